// Lists with their filters in the address, the inbox by keys, and a deputy who decides while the holder is away.
import assert from 'node:assert/strict';
import test from 'node:test';
import { applied, fillDay, opened } from './lib/records.mjs';
import { startTown, unable } from './lib/town.mjs';
import { settled } from './lib/tour.mjs';

const reason = unable();
const carry = (assets) => ({ term: { from: '2027-01-04', until: '2027-01-29' }, assets, class: '2', from: '本庁', to: '北支所', means: '公用車', locked: true, encrypted: true });

test('lists and the inbox', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const sato = await town.login('sato', 'lgwan');
  const open = async (page, path) => { await page.goto(town.url('lgwan', path)); await settled(page); };
  for (const n of [1, 2, 3]) await applied(town, sato, 'carry_permit', carry(`台帳の写し${n}`));
  await opened(town, sato, 'carry_permit', { assets: '書きかけ' });

  await t.test('the list shows all, the state narrows it, and the address brings it back', async () => {
    await open(sato, '/register/carry_permit');
    await sato.locator('[data-list] tbody tr').nth(3).waitFor();
    assert.equal(await sato.locator('[data-list] tbody tr').count(), 4);
    await sato.locator('#filter-state').selectOption('draft');
    await sato.waitForFunction(() => document.querySelectorAll('[data-list] tbody tr').length === 1);
    assert.match(sato.url(), /\?state=draft/);
    await sato.reload();
    await settled(sato);
    await sato.waitForFunction(() => document.querySelectorAll('[data-list] tbody tr').length === 1);
    assert.equal(await sato.locator('#filter-state').inputValue(), 'draft');
    await sato.locator('#filter-clear').click();
    await sato.waitForFunction(() => document.querySelectorAll('[data-list] tbody tr').length === 4);
  });

  await t.test('the head of a column sorts both ways', async () => {
    const first = () => sato.locator('[data-list] tbody th').first().innerText();
    await sato.locator('[data-sort=number]').click();
    await sato.locator('th[aria-sort=ascending]').waitFor();
    await settled(sato);
    await sato.locator('[data-sort=number]').click();
    await sato.locator('th[aria-sort=descending]').waitFor();
    await settled(sato);
    await sato.waitForFunction(() => document.querySelector('[data-list] tbody th')?.innerText.includes('003'));
    assert.match(await first(), /運搬-R8-003/);
  });

  await t.test('another year is empty and says why', async () => {
    await open(sato, '/register/carry_permit?fy=2024');
    await sato.locator('[data-empty]').waitFor();
    assert.match(await sato.locator('[data-empty]').innerText(), /令和6年度/);
    await sato.locator('#list-all-years').click();
    await sato.waitForFunction(() => document.querySelectorAll('[data-list] tbody tr').length === 4);
  });

  const head = await town.login('yamazaki', 'lgwan');
  await t.test('in the inbox j and k move, x selects, a begins an approval and never ends it', async () => {
    await open(head, '/');
    const rows = head.locator('[data-task=decide]');
    assert.equal(await rows.count(), 3);
    await rows.first().locator('th a').focus();
    await head.keyboard.press('j');
    assert.equal(await rows.nth(1).locator('th a').evaluate((link) => link === document.activeElement), true);
    await head.keyboard.press('k');
    await head.keyboard.press('x');
    assert.ok(await rows.first().locator('.sk-check').isChecked());
    // The register does not allow it together: it says so, and there is no button.
    await head.locator('[data-bulk-why]').waitFor();
    assert.equal(await head.locator('#bulk-ask').count(), 0);
    await rows.first().locator('th a').focus();
    await head.keyboard.press('a');
    await head.waitForURL(/\/register\/carry_permit\//);
    await head.locator('#act-approve').waitFor();
    await head.waitForFunction(() => document.activeElement?.id === 'act-approve');
    assert.equal(await head.locator('.sk-record').getAttribute('data-state'), 'pending');
  });

  await t.test('an absence is entered beforehand, and ended again', async () => {
    await open(head, '/absence');
    await head.locator('#absence-save').click();
    await head.locator('.sk-notice--bad').waitFor();
    await fillDay(head, 'absence-from', 9, 2, 1);
    await fillDay(head, 'absence-until', 9, 2, 5);
    await head.locator('#absence-reason-trip').check();
    await head.locator('#absence-save').click();
    await head.locator('[data-absence]').waitFor();
    const row = head.locator('[data-absence]');
    assert.match(await row.innerText(), /山﨑[^]*R9\.2\.1 8:30[^]*R9\.2\.5 17:15[^]*出張/);
    await row.locator('[data-end]').click();
    await row.locator('[data-end]').click();
    await head.waitForFunction(() => !document.querySelector('[data-absence] [data-end]'));
  });

  await t.test('a record is found by its number', async () => {
    await open(sato, '/search');
    await sato.locator('#search-q').fill('運搬-R8-002');
    await sato.locator('#search-go').click();
    await sato.locator('main table tbody tr').first().waitFor();
    assert.match(await sato.locator('main table').innerText(), /運搬-R8-002/);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
