// What was sent back is corrected and sent again with its files; a draft outlives its page; the
// sender withdraws; a decision on what has changed meanwhile does nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { docx } from './lib/office.mjs';
import { drop, send, startTown, unable, waitState } from './lib/town.mjs';

const reason = unable();

test('send back, draft, withdraw', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const clerk = await town.login('sato', 'internet');
  const head = await town.login('yamazaki', 'lgwan');
  const numberOf = async () => (await clerk.locator('h1').innerText()).match(/[A-Z]\d+-\d+/)[0];
  const state = async (number) => (await town.api(clerk, 'GET', `transfers/${number}`)).body.state;

  await send(clerk, [{ name: '案内.docx', buffer: docx() }], { purpose: '目的が足りない' });
  await waitState(clerk, 'waiting');
  const number = await numberOf();

  await t.test('sending back needs a reason', async () => {
    await head.goto(town.url('lgwan', `/transfer/${number}`));
    await head.locator('#decide-send_back').click();
    await head.locator('.sk-field__error').waitFor();
    assert.equal(await head.evaluate(() => document.activeElement.id), 'decide-reason');
    assert.equal(await state(number), 'waiting');
    await head.locator('#decide-reason').fill('目的を具体的に書いてください');
    await head.locator('#decide-send_back').click();
    await head.locator('.sk-notice--good').waitFor();
  });

  await t.test('the clerk corrects it and sends the same files again', async () => {
    await clerk.goto(town.url('internet', `/transfer/${number}`));
    await waitState(clerk, 'draft');
    await clerk.locator('#events + .sk-region', { hasText: '目的を具体的に書いてください' }).waitFor();
    await clerk.locator('a', { hasText: '直して送る' }).click();
    await clerk.locator('.sk-files .sk-good').waitFor();
    await clerk.locator('#send-purpose').fill('窓口の受付時間を令和8年12月から改めるため');
    await clerk.locator('input[name=class][value="2"]').check();
    await clerk.locator('#send-check').click();
    await clerk.locator('#send-go').click();
    await clerk.waitForURL(/\/transfer\//);
    await waitState(clerk, 'waiting');
    assert.match(await clerk.locator('#facts + dl').innerText(), /12月から改める/);
  });

  await t.test('a decision on an older state does nothing', async () => {
    const again = await numberOf();
    const seen = (await town.api(head, 'GET', `transfers/${again}`)).body;
    const answer = await town.api(head, 'POST', `transfers/${again}/decide`, { rev: seen.rev - 1, digest: seen.digest, decision: 'approve', reason: '' });
    assert.equal(answer.status, 409);
    assert.equal(await state(again), 'waiting');
  });

  await t.test('withdrawing asks once more, then it is final', async () => {
    const again = await numberOf();
    await clerk.getByRole('button', { name: '取り下げる' }).click();
    assert.equal(await state(again), 'waiting');
    await clerk.getByRole('button', { name: '本当に取り下げる' }).click();
    await waitState(clerk, 'withdrawn');
    await head.goto(town.url('lgwan', `/transfer/${again}`));
    await head.locator('h1').first().waitFor();
    await head.waitForFunction(() => !document.querySelector('.sk-loading'));
    assert.equal(await head.locator('#decide-approve').count(), 0);
  });

  await t.test('an upload that was left half way goes on when the file is dropped again', async () => {
    const bytes = randomBytes(10 * 2 ** 20);
    await clerk.goto(town.url('internet', '/'));
    let calls = 0;
    await clerk.route('**/api/v1/uploads/**', async (route) => { if (route.request().method() === 'PATCH' && ++calls > 1) await route.abort('connectionreset'); else await route.continue(); });
    await drop(clerk, [{ name: '長い.txt', buffer: bytes }]);
    await clerk.locator('.sk-files', { hasText: 'つながりません' }).waitFor();
    await clerk.unroute('**/api/v1/uploads/**');
    clerk.on('dialog', (dialog) => void dialog.accept());
    await clerk.goto(town.url('internet', '/sent'));
    await clerk.goto(town.url('internet', '/'));
    await clerk.locator('.sk-notice a', { hasText: '続きから送る' }).click();
    await clerk.locator('.sk-files .sk-bad', { hasText: '途中で止まっています' }).waitFor();
    const offsets = [];
    await clerk.route('**/api/v1/uploads/**', async (route) => { if (route.request().method() === 'PATCH') offsets.push(Number(route.request().headers()['upload-offset'])); await route.continue(); });
    await drop(clerk, [{ name: '長い.txt', buffer: bytes }]);
    await clerk.locator('.sk-files .sk-good').waitFor();
    assert.deepEqual(offsets, [8 * 2 ** 20]);
    assert.equal(await clerk.locator('.sk-files tbody tr').count(), 1);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
