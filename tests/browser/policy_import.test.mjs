// The chief imports a policy: a wrong file, an own text, its open questions by keyboard, undo, leaving
// and coming back, the decision; then its articles with their states, its next version, the
// difference, coverage and paper. Nobody else may.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { begin, canReadPdf, openCount, pdfText, plain, seed, settleAll, textFile, VILLAGE, VILLAGE_NEXT } from './lib/policy.mjs';
import { AXE, drop, startTown, unable } from './lib/town.mjs';
import { settled, speak } from './lib/tour.mjs';

const reason = unable();
const source = reason ? '' : readFileSync(AXE, 'utf8');
const bare = (text) => text.replace(/^\w+:/, '');

async function axe(page) {
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(source);
  const found = await page.evaluate(async () => (await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`));
  assert.deepEqual(found, []);
  const text = await page.locator('body').innerText();
  assert.doesNotMatch(text, /(^|[\s(「])(ui|err|control|policy)\.[a-z_]+\.[a-z]/m, text.match(/.{0,40}\b(ui|err|control|policy)\.[a-z_]+\..{0,20}/)?.[0]);
}
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('importing a policy', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const chief = await town.login('ishibashi', 'lgwan');
  const other = await town.login('yamazaki', 'lgwan');
  const index = async (body = '') => (await town.api(chief, 'GET', `policy${body ? `?body=${body}` : ''}`)).body;
  const before = await index();
  let village;

  await t.test('who is not the chief is told so, and the server refuses too', async () => {
    await other.goto(town.url('lgwan', '/policy'));
    await settled(other);
    assert.equal(await other.locator('a[href="/policy/import"]').count(), 0);
    await other.goto(town.url('lgwan', '/policy/import'));
    await other.locator('.sk-notice--warn').waitFor();
    assert.equal(await other.locator('#import-pick').count(), 0);
    assert.match(await other.locator('.sk-notice--warn').innerText(), /統括情報セキュリティ責任者/);
    const asked = await other.evaluate(async () => { const answer = await fetch('/api/v1/policy/import?name=x.txt&body=town', { method: 'POST', headers: { 'X-Sekisho': '1', 'Content-Type': 'application/octet-stream' }, body: 'x' }); return { status: answer.status, body: await answer.json().catch(() => null) }; });
    assert.deepEqual([asked.status, asked.body?.code], [403, 'policy.not_chief']);
  });

  await t.test('a wrong file: the reason, what is safe and what to do, in words', async () => {
    await chief.goto(town.url('lgwan', '/policy/import'));
    await chief.locator('#import-pick').waitFor();
    await chief.locator('#import-read').click();
    await chief.locator('#import-wrong').waitFor();
    await chief.locator('#import-file').setInputFiles(textFile('空.txt', ''));
    assert.match(await chief.locator('#import-wrong').innerText(), /空\.txt/);
    const big = Buffer.alloc(16 * 2 ** 20 + 1, 'a');
    await chief.locator('#import-file').setInputFiles({ name: '大.txt', mimeType: 'text/plain', buffer: big });
    await chief.waitForFunction(() => /16 MiB/.test(document.querySelector('#import-wrong')?.textContent ?? ''));
    assert.equal(await chief.locator('[data-file]').count(), 0);
    // A file may be dropped as well.
    await drop(chief, [textFile('落とした.txt', VILLAGE)]);
    assert.match(await chief.locator('[data-file]').innerText(), /落とした\.txt/);
    await begin(chief, town, { name: '絵.bin', mimeType: '', buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff, 0xfe, 0]) });
    const words = await chief.locator('.sk-notice--bad').innerText();
    assert.match(words, /絵\.bin/);
    assert.match(words, /何も取り込まれていません/);
    assert.doesNotMatch(words, /err\.|policy\./);
    await axe(chief);
    assert.deepEqual((await index()).documents.map((one) => [one.doc, one.version]), before.documents.map((one) => [one.doc, one.version]));
  });

  await t.test('an own text is read; text, tree and one question at a time', async () => {
    await begin(chief, town, textFile('架空村.txt', VILLAGE), { fresh: true });
    assert.equal(await chief.locator('[data-question]').count(), 1);
    assert.match(await chief.locator('.sk-source').innerText(), /職員等は、許可を得ずに/);
    await chief.locator('.sk-tree__row').first().waitFor();
    assert.ok(await chief.locator('.sk-tree__row').count() >= 15);
    const box = await chief.locator('#import-answer').boundingBox();
    assert.ok(box.y + box.height <= 768, `answer at ${box.y}`);
    assert.equal(await sideways(chief), 0);
    // A clause of the tree shows its place in the file.
    const row = chief.locator('.sk-tree__row', { hasText: '記録を作らなければならない' });
    await row.locator('button').click();
    await chief.waitForFunction(() => /記録を作らなければならない/.test(document.querySelector('.sk-source mark')?.textContent ?? ''));
    await axe(chief);
  });

  await t.test('answered by keyboard, taken back, left and found again', async () => {
    const form = chief.locator('[data-question]');
    const first = await form.getAttribute('data-question');
    const open = await openCount(chief);
    assert.ok(open >= 2, `${open} questions`);
    await chief.locator('#import-question').focus();
    await chief.keyboard.press('Enter');
    await chief.locator('#import-answer-error').waitFor();
    await chief.keyboard.press('1');
    await chief.keyboard.press('Enter');
    await chief.waitForFunction((old) => document.querySelector('[data-question]')?.dataset.question !== old, first);
    assert.equal(await openCount(chief), open - 1);
    assert.equal(await chief.evaluate(() => document.activeElement.id), 'import-question');
    await chief.keyboard.press('u');
    await chief.waitForFunction((old) => document.querySelector('[data-question]')?.dataset.question === old, first);
    assert.equal(await form.locator('input[type=radio]:checked').count(), 1);
    await chief.goto(town.url('lgwan', '/policy'));
    await chief.locator('.sk-notice a', { hasText: '架空村.txt' }).first().click();
    await chief.locator('[data-question]').waitFor();
    assert.notEqual(await form.getAttribute('data-question'), first);
    assert.equal(await openCount(chief), open - 1);
  });

  await t.test('what no topic fits gets a name of its own, or is no duty', async () => {
    while (await chief.locator('[data-question]').getAttribute('data-kind') !== 'binding') {
      const id = await chief.locator('[data-question]').getAttribute('data-question');
      await chief.locator('#import-question').focus();
      await chief.keyboard.press('1');
      await chief.keyboard.press('Enter');
      await chief.waitForFunction((old) => document.querySelector('[data-question]')?.dataset.question !== old, id);
    }
    const id = await chief.locator('[data-question]').getAttribute('data-question');
    await chief.locator('input[value=local]').check();
    await chief.locator('#import-answer').click();
    await chief.locator('#import-answer-error').waitFor();
    await chief.locator('#import-local').fill('村の花');
    await chief.keyboard.press('Enter');
    await chief.waitForFunction((old) => document.querySelector('[data-question]')?.dataset.question !== old, id);
    await settleAll(chief);
    assert.equal(await chief.locator('.sk-summary .sk-notice--bad').count(), 0);
  });

  await t.test('the summary says what will change; a day that is not there is refused', async () => {
    await axe(chief);
    assert.equal(await sideways(chief), 0);
    assert.equal(await chief.locator('#import-documents tbody tr').count(), 1);
    await chief.locator('#import-body').fill('架空村');
    await chief.locator('#import-from').fill('8');
    await chief.locator('#import-from-m').fill('2');
    await chief.locator('#import-from-d').fill('30');
    await chief.locator('#import-confirm').click();
    await chief.locator('.sk-summary .sk-notice--bad').waitFor();
    for (const id of ['#import-from', '#import-from-m', '#import-from-d']) await chief.locator(id).fill('');
    assert.match(await chief.locator('#import-effect + ul').innerText(), /架空村/);
    await chief.locator('#import-confirm').click();
    await chief.locator('.sk-notice--good').waitFor();
    const all = await index();
    village = all.bodies.find((one) => one.name === '架空村')?.id;
    assert.ok(village, JSON.stringify(all.bodies));
    await axe(chief);
  });

  await t.test('its articles stand with their text, a state each, and what answers them', async () => {
    await chief.goto(town.url('lgwan', `/policy/std?body=${village}`));
    await settled(chief);
    const rows = (await town.api(chief, 'GET', `policy/std?body=${village}`)).body.clauses;
    assert.equal(await chief.locator('.sk-article').count(), rows.length);
    const shown = plain(await chief.locator('.sk-policy__text').innerText());
    for (const one of rows) if (one.text) assert.ok(shown.includes(plain(one.text)), one.label);
    assert.equal(await chief.locator('.sk-article__state .sk-chip').count(), rows.filter((one) => one.state).length);
    assert.ok(shown.includes(plain('<img src=x onerror="window.hit=1">')));
    assert.deepEqual(await chief.evaluate(() => [document.querySelectorAll('main img').length, window.hit ?? 0]), [0, 0]);
    const duty = rows.find((one) => /許可を得ずに/.test(one.text ?? ''));
    await chief.goto(town.url('lgwan', `/policy/std/${encodeURIComponent(bare(duty.label))}?body=${village}`));
    await chief.locator('.sk-pane__head').waitFor();
    assert.ok((await chief.locator('[data-reason]').innerText()).length > 5);
    assert.ok(await chief.locator('[data-part]').count() >= 1);
    await axe(chief);
  });

  await t.test('filters narrow together and stand in the address', async () => {
    await chief.goto(town.url('lgwan', '/policy/std'));
    await settled(chief);
    const rows = (await town.api(chief, 'GET', 'policy/std')).body.clauses;
    const state = rows.find((one) => one.state).state;
    await chief.locator('#policy-state').selectOption(state);
    await chief.waitForURL(/state=/);
    const all = rows.filter((one) => one.state === state).length;
    assert.match(await chief.locator('.sk-filter [role=status]').innerText(), new RegExp(`^${all}\\D`));
    const chapter = await chief.locator('#policy-chapter option').nth(1).getAttribute('value');
    await chief.locator('#policy-chapter').selectOption(chapter);
    await chief.waitForURL(/chapter=/);
    const hits = Number((await chief.locator('.sk-filter [role=status]').innerText()).match(/\d+/)[0]);
    assert.ok(hits <= all);
    await chief.reload();
    await settled(chief);
    assert.equal(await chief.locator('#policy-state').inputValue(), state);
    assert.equal(await chief.locator('#policy-chapter').inputValue(), chapter);
    await chief.locator('#policy-clear').click();
    await chief.waitForFunction((n) => document.querySelectorAll('.sk-article').length === n, rows.length);
  });

  await t.test('compared with the town: two columns, marks in words, next by key', async () => {
    await chief.goto(town.url('lgwan', `/policy/std/diff?body=${village}`));
    await chief.locator('[data-diff-counts] .sk-chip').first().waitFor();
    await chief.locator('.sk-diff__pair').first().waitFor();
    await chief.locator('.sk-diff__list').focus();
    await chief.keyboard.press('n');
    await chief.keyboard.press('n');
    assert.equal(await chief.evaluate(() => document.activeElement.dataset.at), '1');
    await chief.keyboard.press('p');
    assert.equal(await chief.evaluate(() => document.activeElement.dataset.at), '0');
    const kind = await chief.locator('#diff-kind option').nth(2).getAttribute('value');
    await chief.locator('#diff-kind').selectOption(kind);
    await chief.waitForURL(/kind=/);
    const kinds = await chief.locator('.sk-diff__pair').evaluateAll((all) => [...new Set(all.map((one) => one.dataset.kind))]);
    assert.deepEqual(kinds, [kind]);
    await axe(chief);
  });

  await t.test('a new version: what changed, asked again, and the old one still readable', async () => {
    await begin(chief, town, textFile('架空村2.txt', VILLAGE_NEXT), { body: village });
    if (await chief.locator('[data-question]').count()) await settleAll(chief);
    await chief.locator('#import-confirm').waitFor();
    await chief.locator('[data-import-diff=std] [data-diff-counts] .sk-chip').first().waitFor();
    await chief.locator('[data-import-diff=std] summary').click();
    const softer = chief.locator('.sk-diff__pair', { hasText: '毎年度、全ての職員等に研修を' });
    await softer.waitFor();
    assert.ok(await softer.locator('del').count() >= 1 && await softer.locator('ins').count() >= 1);
    assert.equal(await softer.locator('del').first().evaluate((one) => getComputedStyle(one).textDecorationLine), 'line-through');
    await chief.locator('#import-confirm').click();
    await chief.locator('.sk-notice--good').waitFor();
    const own = (await index(village)).documents.find((one) => one.doc === 'std');
    const old = own.versions.find((one) => one.state === 'replaced');
    assert.ok(old && own.versions.some((one) => one.state === 'in_force'), JSON.stringify(own.versions));
    await chief.goto(town.url('lgwan', `/policy/std?body=${village}&version=${encodeURIComponent(old.version)}`));
    await chief.locator('.sk-notice--warn').waitFor();
    assert.match(plain(await chief.locator('.sk-policy__text').innerText()), /研修を行わなければならない/);
    await chief.locator('.sk-notice--warn a').click();
    await chief.waitForFunction(() => /研修を行うことができる/.test(document.querySelector('.sk-policy__text')?.textContent ?? ''));
    await chief.goto(town.url('lgwan', `/policy/std/diff?body=${village}`));
    await chief.locator('.sk-diff__pair[data-kind=changed]').first().waitFor();
  });

  await t.test('coverage: what the policy does not order stands on top', async () => {
    await chief.goto(town.url('lgwan', `/policy/coverage?body=${village}`));
    await chief.locator('[data-coverage-counts] .sk-chip').first().waitFor();
    const of = (await town.api(chief, 'GET', `coverage?body=${village}`)).body;
    const absent = of.topics.flatMap((one) => one.parts).filter((one) => one.verdict === 'absent').length;
    assert.ok(absent > 0);
    assert.equal(await chief.locator('[data-gap=absent] [data-part]').count(), absent);
    await chief.locator('#coverage-verdict').selectOption('absent');
    await chief.waitForURL(/verdict=absent/);
    assert.equal(await chief.locator('[data-topic] tr').count(), absent);
    assert.equal(await chief.locator('.sk-fold:not([open])').count(), 0);
    await axe(chief);
  });

  await t.test('printed on A4 with body, document, version and day, without navigation', { skip: canReadPdf() ? false : 'no pdftotext' }, async () => {
    await chief.goto(town.url('lgwan', '/policy/std'));
    await settled(chief);
    await chief.locator('.sk-policy__line').filter({ hasText: /\S/ }).waitFor();
    const path = join(town.folder, 'std.pdf');
    await chief.pdf({ path, preferCSSPageSize: true });
    const paper = pdfText(path);
    assert.ok(Math.abs(paper.size[0] - 595.3) < 1 && Math.abs(paper.size[1] - 841.9) < 1, String(paper.size));
    const text = plain(paper.text);
    const { body, title } = (await index()).documents.find((one) => one.doc === 'std');
    for (const word of [body, title, '印刷令和', `1/${paper.pages}`, '強制中']) assert.ok(text.includes(plain(word)), word);
    for (const word of ['ログアウト', '私の仕事', '絞込み', '目次']) assert.ok(!text.includes(word), word);
    const rows = (await town.api(chief, 'GET', 'policy/std')).body.clauses;
    // A sentence may be cut by a line or a page: its first words stand together.
    for (const one of rows) if (one.text) assert.ok(text.includes(plain(one.text).slice(0, 12)), one.label);
  });

  await t.test('all of it in English too, and at 320 px nothing scrolls sideways', async () => {
    await speak(chief, 'en');
    await begin(chief, town, textFile('village.txt', VILLAGE), { body: village });
    await axe(chief);
    await chief.setViewportSize({ width: 320, height: 640 });
    assert.equal(await sideways(chief), 0);
    await chief.goto(`${chief.url().replace(/&step=\w+/, '')}&step=decide`);
    await chief.locator('#import-confirm').waitFor();
    assert.equal(await sideways(chief), 0);
    await axe(chief);
    for (const path of [`/policy/std/diff?body=${village}`, `/policy/coverage?body=${village}`, `/policy/std?body=${village}`]) {
      await chief.goto(town.url('lgwan', path));
      await settled(chief);
      assert.equal(await sideways(chief), 0, path);
      await axe(chief);
    }
    await chief.setViewportSize({ width: 1366, height: 768 });
    await speak(chief, 'ja');
  });

  const samples = ['000_ed251d9b659fb860.txt', '003_efd68a073c0cba1f.txt'].map(seed);
  await t.test('sample policies of other bodies, compared with each other', { skip: samples.every(Boolean) && process.env.SEKISHO_DEMO === undefined ? false : '../shared is absent' }, async () => {
    const made = [];
    for (const [at, bytes] of samples.entries()) {
      await begin(chief, town, { name: `見本${at}.txt`, mimeType: 'text/plain', buffer: bytes }, { fresh: true });
      const id = new URL(chief.url()).searchParams.get('id');
      await chief.goto(town.url('lgwan', `/policy/import?id=${id}&step=decide`));
      await chief.locator('#import-confirm').waitFor();
      for (let n = 0; n < 60 && await chief.locator('.sk-summary .sk-notice--bad').count(); n++) {
        await chief.goto(town.url('lgwan', `/policy/import?id=${id}&step=questions`));
        await settleAll(chief, 1);
      }
      await chief.locator('#import-body').fill(`見本の団体${at}`);
      await chief.locator('#import-confirm').click();
      await chief.locator('.sk-notice--good').waitFor();
      made.push((await index()).bodies.find((one) => one.name === `見本の団体${at}`).id);
    }
    await chief.goto(town.url('lgwan', `/policy/basic/diff?body=${made[0]}&other=${made[1]}`));
    await chief.locator('.sk-diff__pair').first().waitFor();
    assert.ok(await chief.locator('.sk-diff__pair del').count() > 0);
    await chief.goto(town.url('lgwan', `/policy/std?body=${made[1]}`));
    await settled(chief);
    const rows = (await town.api(chief, 'GET', `policy/std?body=${made[1]}`)).body.clauses;
    assert.ok(rows.length > 600);
    assert.equal(await chief.locator('.sk-article').count(), rows.length);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
