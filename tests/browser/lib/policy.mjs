// A policy of a village that does not exist, in our own words, and what the tests do with the wizard.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, REAL } from './town.mjs';

export const SHARED = process.env.SEKISHO_SHARED ?? join(ROOT, '../shared');
export const seed = (name) => { const path = join(SHARED, 'seeds', name); return existsSync(path) ? readFileSync(path) : null; };

// Foreign text stays text, whatever it looks like.
const MARKUP = '③ 職員等は、<img src=x onerror="window.hit=1">のような題を文書に付けてはならない。';
// 2(3) is missing on purpose: the reader has to ask about it.
const LINES = [
  '架空村情報セキュリティ対策基準', '', '令和8年4月1日 制定', '',
  '1 対象範囲', '', '(1) 情報資産', '', '① 情報システムと、その設備及び媒体', '', '② 紙に写した情報', '',
  '2 人の守ること', '', '(1) 持出し', '', '① 職員等は、許可を得ずに情報資産を外へ持ち出してはならない。', '', '② 情報セキュリティ管理者は、持出しの記録を作らなければならない。', '', MARKUP, '',
  '(2) 研修', '', '① 統括情報セキュリティ責任者は、毎年度、全ての職員等に研修を行わなければならない。', '', '② 村の花は、春に役場の前へ植えなければならない。', '',
  '(4) 事故の報告', '', '職員等は、情報セキュリティの事故を見付けたときは、直ちに情報セキュリティ管理者へ知らせなければならない。', '',
  '3 技術の対策', '', '(1) 控え', '', '① 情報システム管理者は、重要な情報の控えを定期に取り、戻せることを確かめなければならない。', '', '② 情報システム管理者は、メールを自動で外へ転送する設定を禁じなければならない。', '',
];
export const VILLAGE = LINES.join('\n');
// The next version: one duty softer, one clause more, the numbering mended.
export const VILLAGE_NEXT = LINES.map((line) => line.replace('(4) 事故の報告', '(3) 事故の報告').replace('研修を行わなければならない。', '研修を行うことができる。').replace('制定', '改定')).concat('③ 情報システム管理者は、使わない利用者名を止めなければならない。', '').join('\n');

export const textFile = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

// From the start page of the wizard to the first question, or the summary, or the refusal.
export async function begin(page, town, file, { body, fresh = false } = {}) {
  await page.goto(town.url('lgwan', '/policy/import'));
  await page.locator('#import-pick').waitFor();
  if (fresh) await page.locator('input[name=body][value=""]').check();
  if (body) await page.locator(`input[name=body][value="${body}"]`).check();
  await page.locator('#import-file').setInputFiles(file);
  await page.locator('[data-file]').waitFor();
  await page.locator('#import-read').click();
  await page.locator('[data-question], #import-confirm, [data-reason]').first().waitFor({ timeout: 60_000 });
}

export const openCount = async (page) => Number((await page.locator('.sk-ask__left').innerText()).match(/\d+/)[0]);

// Answers all that is open, by keyboard: a finding is accepted, a binding gets its first candidate or
// is no duty. Ends on the summary.
export async function settleAll(page, most = 400) {
  for (let n = 0; n < most && await page.locator('[data-question]').count(); n++) {
    const form = page.locator('[data-question]');
    const [id, kind] = [await form.getAttribute('data-question'), await form.getAttribute('data-kind')];
    const radios = await form.locator('input[type=radio]').count();
    await page.locator('#import-question').focus();
    const boxes = form.locator('input[type=checkbox]');
    if (kind !== 'profile' || await boxes.count() === 0 || await form.locator('input[type=checkbox]:checked').count() === 0) await page.keyboard.press(kind === 'binding' && radios === 2 ? '2' : '1');
    else await page.locator('#import-question').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((old) => document.querySelector('[data-question]')?.dataset.question !== old, id);
  }
  await page.locator('#import-confirm').waitFor();
}

// What is on paper, page by page.
export function pdfText(path) {
  const info = spawnSync('pdfinfo', [path], { encoding: 'utf8' });
  const text = spawnSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
  assert.equal(info.status, 0, info.stderr);
  assert.equal(text.status, 0, text.stderr);
  return { size: /Page size:\s+([\d.]+) x ([\d.]+)/.exec(info.stdout).slice(1).map(Number), pages: Number(/Pages:\s+(\d+)/.exec(info.stdout)[1]), text: text.stdout };
}
export const canReadPdf = () => spawnSync('pdftotext', ['-v']).status === 0;
export const plain = (text) => text.replace(/\s/g, '');
export { REAL };
