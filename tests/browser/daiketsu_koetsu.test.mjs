// While the holder is away her deputy decides, under her name and with a reason; she reads it afterwards. Everything but
// the naming of the deputy goes through the pages.
import assert from 'node:assert/strict';
import test from 'node:test';
import { applied } from './lib/records.mjs';
import { startTown, unable } from './lib/town.mjs';
import { settled } from './lib/tour.mjs';

const reason = unable();
const carry = { term: { from: '2027-01-04', until: '2027-01-29' }, assets: '台帳の写し', class: '2', from: '本庁', to: '北支所', means: '公用車', locked: true, encrypted: true };
const day = (ahead) => new Date(Date.now() + (9 * 3600 + ahead * 86_400) * 1000).toISOString().slice(0, 10);

test('a deputy decides, the holder reads afterwards', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const open = async (page, path) => { await page.goto(town.url('lgwan', path)); await settled(page); };
  const sato = await town.login('sato', 'lgwan');
  const head = await town.login('yamazaki', 'lgwan');
  const chief = await town.login('ishibashi', 'lgwan');
  const deputy = await town.login('kobayashi', 'lgwan');
  const session = async (page) => (await town.api(page, 'GET', 'session')).body;
  const [own, other] = [await session(head), await session(deputy)];

  await t.test('a deputy is named by a decided record', async () => {
    const id = await applied(town, sato, 'deputy', { role: 'section_manager', of_section: own.posts[0].section, turn: 1, post: other.posts[0].post, term: { from: day(0), until: day(60) } });
    for (const page of [head, chief]) {
      await open(page, `/register/deputy/${id}`);
      await page.locator('#act-approve').click();
      await page.locator('.sk-notice--good').waitFor();
    }
    await chief.locator('[data-state=decided]').waitFor();
  });

  const record = await applied(town, sato, 'carry_permit', carry);
  const path = `/register/carry_permit/${record}`;
  await t.test('while the holder is there the deputy has nothing to do', async () => {
    await open(deputy, '/');
    assert.equal(await deputy.locator('[data-task=daiketsu]').count(), 0);
    const answer = await town.api(deputy, 'POST', `records/${record}/step/decide`, { rev: 1, digest: '0'.repeat(64), kind: 'daiketsu', comment: 'x' });
    assert.ok(answer.status >= 400);
  });

  await t.test('once she is away the deputy is asked in her name, and must give a reason', async () => {
    const from = (Date.now() + 1500) * 1000;
    const made = await town.api(head, 'POST', 'absence', { from, until: from + 86_400e6, reason: 'trip' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    await open(deputy, '/');
    const row = deputy.locator('[data-task=daiketsu]');
    await row.waitFor();
    assert.match(await row.innerText(), /代決[^]*山﨑/);
    await row.locator('th a').click();
    await deputy.locator('#act-approve').waitFor();
    assert.match(await deputy.locator('#decide + p').innerText(), /不在の 山﨑 彩 に代わって/);
    assert.match(await deputy.locator('#act-approve').innerText(), /代決する/);
    await deputy.locator('#act-approve').click();
    await deputy.locator('.sk-field__error').waitFor();
    await deputy.locator('#decide-reason').fill('出張中のため、期日までに決める必要があります。');
    await deputy.locator('#act-approve').click();
    await deputy.locator('.sk-notice--good').waitFor();
    await deputy.locator('[data-state=in_force]').waitFor();
    const stamp = await deputy.locator('[data-stamps] [data-step=decide]').innerText();
    assert.match(stamp, /小林/);
    assert.match(stamp, /代/);
    assert.match(stamp, /山﨑 彩の代わり/);
  });

  await t.test('she reads it afterwards', async () => {
    await open(head, '/?show=read');
    await head.locator('[data-task=read] th a').click();
    await head.locator('#act-read').click();
    await head.locator('.sk-notice--good').waitFor();
    await open(head, '/?show=read');
    assert.equal(await head.locator('[data-task=read]').count(), 0);
    await open(head, path);
    await head.locator('[data-acts] tr[data-act=read]').waitFor();
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
