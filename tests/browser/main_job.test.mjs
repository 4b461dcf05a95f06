// The main job, as a clerk and a section head do it: drop a file with a macro and a remote template,
// see what was removed and why, be refused as one's own approver, have it approved by another
// person, take the clean file on the LGWAN side, prove it by the receipt, find it under its clause.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { hostileDocx, SENTENCE } from './lib/office.mjs';
import { PROGRAMS, REAL, send, startTown, unable, waitState } from './lib/town.mjs';
import { unzip } from './lib/zip.mjs';

const reason = unable();

test('the main job', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const outside = await town.login('sato', 'internet');
  let number = '';

  await t.test('the dropped file is sent and reported', async () => {
    await send(outside, [{ name: '案内.docx', buffer: hostileDocx() }]);
    await waitState(outside, 'waiting');
    number = (await outside.locator('h1').innerText()).match(/[A-Z]\d+-\d+/)[0];
    const rows = outside.locator('.sk-report tr[data-check]');
    await rows.first().waitFor();
    const found = await rows.evaluateAll((all) => all.map((row) => row.dataset.check));
    for (const id of ['OOXML-01', 'OOXML-11']) assert.ok(found.includes(id), `${id} of ${found}`);
    assert.match(await outside.locator('tr[data-check="OOXML-01"]').innerText(), /マクロ/);
    assert.match(await outside.locator('tr[data-check="OOXML-11"]').innerText(), /files\.example\.net/);
    const clauses = await outside.locator('.sk-report tr[data-check] .sk-clause').allInnerTexts();
    assert.ok(clauses.length >= 2 && clauses.every((one) => one.includes('4(2)①')), clauses.join());
    assert.match(await outside.locator('.sk-report__sum').innerText(), /件を取り除きました。.*残った危険 0件。確かめられない部分 0件。/);
  });

  await t.test('"why" opens a reason in words', async () => {
    const why = outside.locator('.sk-report tr[data-check] details').first();
    await why.locator('summary').click();
    assert.ok((await why.locator('p').innerText()).length > 20);
  });

  await t.test('the page says whom it waits for', async () => {
    assert.match(await outside.locator('.sk-now').innerText(), /山﨑 彩/);
  });

  const inside = await town.login('sato', 'lgwan');
  await t.test('the applicant has no button and the sentence with its clause', async () => {
    await inside.goto(town.url('lgwan', `/transfer/${number}`));
    await inside.locator('.sk-whynot').first().waitFor();
    assert.match(await inside.locator('.sk-whynot').first().innerText(), /申請した人は承認できません.*2\(8\)①/);
    assert.equal(await inside.locator('#decide-approve, #decide-reject, #decide-send_back').count(), 0);
  });

  await t.test('the call itself is refused too', async () => {
    const seen = await town.api(inside, 'GET', `transfers/${number}`);
    const answer = await town.api(inside, 'POST', `transfers/${number}/decide`, { rev: seen.body.rev, digest: seen.body.digest, decision: 'approve', reason: '' });
    assert.equal(answer.status, 403);
    assert.equal(answer.body.code, 'register.apart');
    assert.equal((await town.api(inside, 'GET', `transfers/${number}`)).body.state, 'waiting');
  });

  await t.test('another person approves from the inbox', async () => {
    const head = await town.login('yamazaki', 'lgwan');
    await head.locator('table a', { hasText: number }).or(head.locator('tbody th a')).first().click();
    await head.locator('#decide-approve').click();
    await head.locator('.sk-notice--good').waitFor();
    await head.context().close();
  });

  let clean;
  await t.test('the clerk takes the clean file in the LGWAN portal', async () => {
    await inside.goto(town.url('lgwan', '/'));
    await inside.locator('tr', { hasText: number }).locator('a').click({ timeout: 40_000 });
    const [download] = await Promise.all([inside.waitForEvent('download'), inside.locator('[data-take]').click()]);
    assert.match(download.suggestedFilename(), /^案内.*\.docx$/);
    clean = readFileSync(await download.path());
    await waitState(inside, ['taken', 'closed']);
  });

  await t.test('nothing dangerous is left in it, and the words are', { skip: REAL ? false : 'the fake town does not disarm' }, () => {
    const members = unzip(clean);
    for (const [name, content] of members) {
      assert.doesNotMatch(name, /vba/i);
      assert.doesNotMatch(content.toString('latin1'), /vbaProject|attachedTemplate|files\.example\.net|TargetMode="External"/, name);
    }
    assert.ok(members.get('word/document.xml').toString('utf8').includes(SENTENCE));
  });

  await t.test('LibreOffice opens it', { skip: !REAL ? 'the fake town does not disarm' : spawnSync('soffice', ['--version']).error ? 'no LibreOffice' : false }, () => {
    const folder = mkdtempSync(join(town.folder, 'office-'));
    writeFileSync(join(folder, 'clean.docx'), clean);
    const done = spawnSync('soffice', [`-env:UserInstallation=file://${folder}/profile`, '--headless', '--convert-to', 'pdf', '--outdir', folder, join(folder, 'clean.docx')], { encoding: 'utf8', timeout: 120_000 });
    assert.equal(done.status, 0, done.stderr);
    assert.equal(readFileSync(join(folder, 'clean.pdf')).subarray(0, 5).toString(), '%PDF-');
  });

  await t.test('every step has its leaf, and its receipt verifies offline', async () => {
    await inside.locator('.sk-leaf a').first().waitFor();
    const links = inside.locator('.sk-leaf a');
    assert.ok(await links.count() >= 4);
    const [download] = await Promise.all([inside.waitForEvent('download'), links.last().click()]);
    const receipt = join(town.folder, 'receipt.tlog-proof');
    await download.saveAs(receipt);
    assert.match(readFileSync(receipt, 'utf8'), /^c2sp\.org\/tlog-proof@v1\n/);
    if (!REAL) return;
    // The key as the operator saw it when the ledger was opened, not the one beside the ledger.
    const key = readFileSync(join(town.state, 'log'), 'utf8').match(/"event":"ledger\.opened".*?"vkey":"([^"]+)"/)[1];
    const verify = (file, vkey) => spawnSync(join(PROGRAMS, 'sekisho'), ['ledger', 'verify', '--receipt', file, '--vkey', vkey], { encoding: 'utf8', cwd: town.folder });
    const good = verify(receipt, key);
    assert.equal(good.status, 0, good.stdout + good.stderr);
    const text = readFileSync(receipt, 'utf8');
    const forged = join(town.folder, 'forged.tlog-proof');
    writeFileSync(forged, text.replace(/^index (\d+)$/m, (_, n) => `index ${Number(n) === 0 ? 1 : Number(n) - 1}`));
    assert.notEqual(readFileSync(forged, 'utf8'), text);
    assert.equal(verify(forged, key).status, 1);
  });

  await t.test('the policy page shows this evidence at 4(2)①', async () => {
    await inside.goto(town.url('lgwan', `/policy/std/${encodeURIComponent('4(2)①')}`));
    const pane = inside.locator('.sk-policy__pane');
    await pane.locator('h2', { hasText: '4(2)①' }).waitFor();
    assert.match(await pane.innerText(), /強制中/);
    const seen = (await town.api(inside, 'GET', `transfers/${number}`)).body.events.map((one) => one.index).filter((one) => one !== null);
    const shown = await pane.locator('tr[data-index]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.index)));
    assert.ok(shown.some((one) => seen.includes(one)), `${shown} of ${seen}`);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
