// Prepares a town in which every page has something to show, and walks through all of them.
import { readPages } from '../../../web/pages.mjs';
import { docx, hostileDocx } from './office.mjs';
import { send, waitState } from './town.mjs';
import { applied } from './records.mjs';

export const ROWS = readPages();
export const CLAUSE = '4(2)①';

const numberOf = async (page) => (await page.locator('h1').innerText()).match(/[A-Z]\d+-\d+/)[0];

// One transfer that waits, one refused, one approved; one browser per portal and person.
export async function prepare(town) {
  const outside = await town.login('sato', 'internet');
  await send(outside, [{ name: '承認ずみ.docx', buffer: docx() }]);
  await waitState(outside, 'waiting');
  const approved = await numberOf(outside);
  await send(outside, [{ name: '案内.docx', buffer: hostileDocx() }]);
  await waitState(outside, 'waiting');
  const waiting = await numberOf(outside);
  await send(outside, [{ name: '道具.exe', buffer: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(600)]) }]);
  await outside.locator('.sk-report .sk-notice--bad').waitFor({ timeout: 60_000 });
  const blocked = await numberOf(outside);
  const head = await town.login('yamazaki', 'lgwan');
  await head.goto(town.url('lgwan', `/transfer/${approved}`));
  await head.locator('#decide-approve').click();
  await head.locator('.sk-notice--good').waitFor();
  const inside = await town.login('sato', 'lgwan');
  const closed = await town.login('yamazaki', 'mynumber');
  const record = await applied(town, inside, REGISTER, CARRY());
  return { approved, waiting, blocked, record, people: { internet: outside, lgwan: head, mynumber: closed }, inside };
}

// A permit that waits for the section manager.
const CARRY = () => ({ term: { from: '2027-01-04', until: '2027-01-29' }, assets: '台帳の写し', class: '2', from: '本庁', to: '北支所', means: '公用車', locked: true, encrypted: true });
export const REGISTER = 'carry_permit';

export function pathOf(row, number, record) {
  if (row.path.startsWith('/register')) return row.path.replace('<id>', REGISTER).replace('<no>', record);
  return row.path.replace('<id>', number).replace('<doc>', 'std').replace('<clause>', encodeURIComponent(CLAUSE));
}

// Until the page shows its data, not the word "loading".
export async function settled(page) {
  // The shell has a heading of its own; the drawn page is the one whose main takes the focus.
  await page.locator('main[tabindex="-1"] h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.sk-loading'));
}

export async function speak(page, lang) {
  await page.evaluate((value) => localStorage.setItem('sekisho.lang', value), lang);
}
