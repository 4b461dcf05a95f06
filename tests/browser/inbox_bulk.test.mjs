// Several matters taken over together from the inbox, each with its own answer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { applied, opened } from './lib/records.mjs';
import { startTown, unable } from './lib/town.mjs';
import { settled } from './lib/tour.mjs';

const reason = unable();
const carry = (assets) => ({ term: { from: '2027-01-04', until: '2027-01-29' }, assets, class: '2', from: '本庁', to: '北支所', means: '公用車', locked: true, encrypted: true });

test('bulk approval', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const sato = await town.login('sato', 'lgwan');
  const head = await town.login('yamazaki', 'lgwan');
  const open = async (page, path) => { await page.goto(town.url('lgwan', path)); await settled(page); };
  const to = (await town.api(sato, 'GET', `names?kind=person&q=${encodeURIComponent('山﨑')}`)).body.names[0].id;
  const matter = await applied(town, sato, 'carry_permit', carry('台帳の写し'));
  const offered = [];
  for (const n of [1, 2, 3]) offered.push(await opened(town, sato, 'handover', { matter, register: 'carry_permit', title: `引継ぎ${n}`, to }));

  await t.test('who takes over and what stands by name, and the record is a link', async () => {
    await open(sato, `/register/handover/${offered[0]}`);
    await sato.locator('[data-key=to] dd', { hasText: '山﨑' }).waitFor();
    await sato.locator('[data-key=matter] dd a', { hasText: '情報資産運搬許可' }).waitFor();
  });

  await t.test('where there are no drafts nothing is filed before the last button', async () => {
    const count = async () => (await town.api(sato, 'GET', 'registers/handover/records?fy=all&mine=1')).body.count;
    const before = await count();
    await open(sato, '/register/handover/new');
    await sato.locator('#field-matter').click();
    await sato.locator('#field-matter').fill('運搬');
    await sato.locator('#field-matter-list [role=option]').first().click();
    await sato.locator('#field-register').fill('carry_permit');
    await sato.locator('#field-title').fill('台帳の件');
    await sato.locator('#field-to').fill('中村');
    await sato.locator('#field-to-list [role=option]').first().click();
    await sato.waitForTimeout(2600);
    assert.equal(await count(), before);
    await sato.locator('#form-check').click();
    await sato.locator('#form-file').waitFor();
    assert.match(await sato.locator('main').innerText(), /中村/);
    assert.equal(await count(), before);
    await sato.locator('#form-file').click();
    await sato.locator('[data-state=offered]').waitFor();
    assert.equal(await count(), before + 1);
  });

  await t.test('one that does not allow it bars the whole choice', async () => {
    await open(head, '/');
    for (const box of await head.locator('[data-task=decide] .sk-check').all()) await box.check();
    await head.locator('[data-bulk-why]').waitFor();
    assert.equal(await head.locator('#bulk-ask').count(), 0);
  });

  await t.test('chosen, read once more and approved; what changed meanwhile is left with its reason', async () => {
    await open(head, '/');
    for (const n of [1, 2, 3]) await head.locator('tr', { hasText: `引継ぎ${n}` }).locator('.sk-check').check();
    await head.locator('#bulk-ask').click();
    const shown = await town.api(head, 'GET', `records/${offered[2]}`);
    const done = await town.api(head, 'POST', `records/${offered[2]}/step/${shown.body.task.step}`, { rev: shown.body.rev, digest: shown.body.digest, kind: 'decide', comment: '' });
    assert.equal(done.status, 200);
    await head.locator('#bulk-go').click();
    await head.locator('.sk-notice--warn, .sk-notice--good').first().waitFor();
    assert.match(await head.locator('.sk-notice--warn').first().innerText(), /引継ぎ3/);
    for (const id of offered) assert.equal((await town.api(head, 'GET', `records/${id}`)).body.state, 'taken');
    await head.waitForFunction(() => document.querySelectorAll('[data-task=decide]').length === 1);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
