// Pictures of the main pages of a fresh town:  node tests/browser/shots.mjs FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hostileDocx } from './lib/office.mjs';
import { begin, settleAll, textFile, VILLAGE } from './lib/policy.mjs';
import { drop, startTown } from './lib/town.mjs';
import { CLAUSE, prepare, settled } from './lib/tour.mjs';

const folder = process.argv[2];
if (!folder) { console.error('usage: shots.mjs FOLDER'); process.exit(2); }
mkdirSync(folder, { recursive: true });
const town = await startTown();

async function shot(page, name, zone, path, options = {}) {
  if (path) { await page.goto(town.url(zone, path)); await settled(page); }
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}

try {
  const visitor = await town.visitor('internet');
  await visitor.goto(town.url('internet', '/login'));
  await settled(visitor);
  await shot(visitor, 'login');
  const made = await prepare(town);
  const { internet: outside, lgwan: head, mynumber: closed } = made.people;
  await shot(outside, 'sent', 'internet', '/sent');
  await shot(outside, 'transfer_waiting', 'internet', `/transfer/${made.waiting}`, { fullPage: true });
  await shot(outside, 'transfer_blocked', 'internet', `/transfer/${made.blocked}`, { fullPage: true });
  await outside.goto(town.url('internet', '/'));
  await settled(outside);
  await drop(outside, [{ name: '案内.docx', buffer: hostileDocx() }]);
  await outside.locator('.sk-files .sk-good').waitFor();
  await outside.locator('input[name=class][value="2"]').check();
  await shot(outside, 'send');
  await shot(outside, 'help', 'internet', '/help', { fullPage: true });
  await shot(head, 'inbox', 'lgwan', '/');
  await shot(head, 'approve', 'lgwan', `/transfer/${made.waiting}`, { fullPage: true });
  await shot(made.inside, 'applicant', 'lgwan', `/transfer/${made.waiting}`);
  await shot(made.inside, 'inbox_take', 'lgwan', '/');
  await shot(made.inside, 'take', 'lgwan', `/transfer/${made.approved}`, { fullPage: true });
  await shot(head, 'policies', 'lgwan', '/policy', { fullPage: true });
  await shot(head, 'clause', 'lgwan', `/policy/std/${encodeURIComponent(CLAUSE)}`);
  const chief = await town.login('ishibashi', 'lgwan');
  await begin(chief, town, textFile('架空村.txt', VILLAGE), { fresh: true });
  await shot(chief, 'import_question');
  await settleAll(chief);
  await shot(chief, 'import_summary', '', '', { fullPage: true });
  await chief.locator('#import-body').fill('架空村');
  await chief.locator('#import-confirm').click();
  await chief.locator('.sk-notice--good').waitFor();
  await shot(chief, 'policies_bodies', 'lgwan', '/policy');
  await shot(chief, 'policy_filter', 'lgwan', '/policy/std?state=not_verified');
  await shot(chief, 'diff', 'lgwan', '/policy/std/diff');
  await shot(chief, 'coverage', 'lgwan', '/policy/coverage', { fullPage: true });
  await shot(head, 'ledger', 'lgwan', '/ledger', { fullPage: true });
  await shot(head, 'me', 'lgwan', '/me');
  await shot(closed, 'mynumber', 'mynumber', '/');
  await head.evaluate(() => localStorage.setItem('sekisho.lang', 'en'));
  await shot(head, 'approve_en', 'lgwan', `/transfer/${made.waiting}`, { fullPage: true });
  await shot(head, 'clause_en', 'lgwan', `/policy/std/${encodeURIComponent(CLAUSE)}`);
  await head.setViewportSize({ width: 320, height: 640 });
  await shot(head, 'approve_320', 'lgwan', `/transfer/${made.waiting}`, { fullPage: true });
  if (town.reports.length) { console.error(town.reports.join('\n')); process.exitCode = 1; }
} finally {
  await town.stop();
}
