// Tables through the page alone: what a file would do is read before anything is done, a column nobody knows stops it,
// files of two encodings are read, and an export that comes back changes nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { drop, startTown, unable } from './lib/town.mjs';
import { settled } from './lib/tour.mjs';

const reason = unable();
const TITLES = ['運ぶ情報資産', '機密性', '運び出す場所', '運び先', '運ぶ手段', '鍵付きの入れ物を使う', '暗号化する', '運ぶ人', '期間'];
const ROW = ['住民票の写し', '2', '住民課', '県庁', '公用車', 'はい', 'いいえ', '', '令和8年4月1日～R9.3.31'];
const csv = (rows) => rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n');
const cp932 = (text) => execFileSync('iconv', ['-f', 'UTF-8', '-t', 'CP932'], { input: text });
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

test('tables in and out', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const sato = await town.login('sato', 'lgwan');
  const page = async (path) => { await sato.goto(town.url('lgwan', path)); await settled(sato); };
  const give = async (name, buffer) => { await page('/register/carry_permit/import'); await drop(sato, [{ name, buffer }]); await sato.locator('[data-import=previewed], [data-import=failed]').waitFor({ timeout: 40_000 }); };
  const made = async () => (await town.api(sato, 'GET', 'registers/carry_permit/records?fy=all')).body.count;

  await t.test('a CSV with a byte order mark is read, shown in words, and nothing is made before the last button', async () => {
    await give('運搬.csv', Buffer.concat([BOM, Buffer.from(csv([TITLES, ROW, ['<b>地図</b>', ...ROW.slice(1)]]))]));
    assert.equal(await sato.locator('[data-preview] tr[data-kind=new]').count(), 2);
    const text = await sato.locator('[data-preview]').innerText();
    assert.match(text, /令和8年4月1日 から 令和9年3月31日 まで/);
    assert.match(text, /<b>地図<\/b>/);
    assert.match(text, /鍵付きの入れ物を使う: はい/);
    assert.equal(await made(), 0);
    await sato.locator('#import-apply').click();
    await sato.locator('[data-import=done]').waitFor({ timeout: 40_000 });
    assert.equal(await made(), 2);
  });

  await t.test('CP932 is read as what it is', async () => {
    await give('運搬.csv', cp932(csv([TITLES, ['髙橋の台帳①', ...ROW.slice(1)]])));
    assert.match(await sato.locator('[data-preview]').innerText(), /髙橋の台帳①/);
    await sato.locator('#import-drop').click();
    await sato.locator('[data-import=dropped]').waitFor();
    assert.equal(await made(), 2);
  });

  await t.test('a column nobody knows is named, and there is no button to apply', async () => {
    await give('運搬.csv', Buffer.from(csv([[...TITLES, '謎の列'], [...ROW, 'x']])));
    await sato.locator('.sk-bad', { hasText: '謎の列' }).first().waitFor();
    assert.equal(await sato.locator('#import-apply').count(), 0);
    assert.equal(await made(), 2);
  });

  await t.test('cells are pasted', async () => {
    await page('/register/carry_permit/import');
    await sato.locator('#import-paste').fill([TITLES, ['貼り付けた台帳', ...ROW.slice(1, 7), '山﨑 彩', ROW[8]]].map((row) => row.join('\t')).join('\n'));
    await sato.locator('#import-paste-go').click();
    await sato.locator('[data-import=previewed]').waitFor({ timeout: 40_000 });
    await sato.locator('[data-preview]', { hasText: '運ぶ人: 山﨑 彩' }).waitFor();
    await sato.locator('#import-apply').click();
    await sato.locator('[data-import=done]').waitFor({ timeout: 40_000 });
    assert.equal(await made(), 3);
  });

  for (const kind of ['csv', 'xlsx']) {
    await t.test(`what goes out as ${kind} comes back as no change`, async () => {
      await page('/register/carry_permit?fy=all');
      const [file] = await Promise.all([sato.waitForEvent('download'), sato.locator(`#export-${kind}`).click()]);
      const bytes = readFileSync(await file.path());
      assert.ok(bytes.length > 100);
      await give(`戻り.${kind}`, bytes);
      assert.match(await sato.locator('[data-counts]').innerText(), /3/);
      assert.equal(await sato.locator('[data-preview] tr:is([data-kind=new], [data-kind=change], [data-kind=error])').count(), 0);
      assert.equal(await sato.locator('#import-apply').count(), 0);
      await sato.locator('#import-kind').selectOption('same');
      await sato.waitForFunction(() => document.querySelectorAll('[data-preview] tr[data-kind=same]').length === 3);
    });
  }

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
