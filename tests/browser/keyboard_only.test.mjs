// The main job without a mouse: log in, choose a file, send, approve, take, read the clause.
import assert from 'node:assert/strict';
import test from 'node:test';
import { docx } from './lib/office.mjs';
import { arrive, startTown, unable, waitState } from './lib/town.mjs';

const reason = unable();

// Tab until the focus is on what SELECTOR names; fails when the page has no way there.
async function tabTo(page, selector, most = 90) {
  for (let n = 0; n < most; n++) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no way to ${selector} by Tab`);
}

// Until the page itself has put the focus on SELECTOR: what is typed before that goes nowhere.
const focused = (page, selector) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), selector);

async function loginByKeys(town, login, zone) {
  const page = await town.visitor(zone);
  await page.goto(town.url(zone, '/'));
  await focused(page, '#login-login');
  await page.keyboard.type(login);
  await page.keyboard.press('Enter');
  await focused(page, '#login-password');
  await page.keyboard.type(town.people[login].password);
  await page.keyboard.press('Enter');
  await focused(page, '#login-totp');
  await page.keyboard.type(await town.code(login));
  await page.keyboard.press('Enter');
  await page.locator('.sk-header__person').waitFor();
  return page;
}

test('by keyboard alone', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const outside = await loginByKeys(town, 'sato', 'internet');
  let number;

  await t.test('a file is chosen, classed and sent', async () => {
    // Asked for early: the browser is told to hand the dialog over only then.
    const chosen = new Promise((resolve) => outside.once('filechooser', resolve));
    await outside.locator('#send-pick').waitFor();
    await tabTo(outside, '#send-pick');
    await outside.waitForTimeout(200);
    await outside.keyboard.press('Enter');
    await (await chosen).setFiles([{ name: '案内.docx', mimeType: '', buffer: docx() }]);
    await outside.locator('.sk-files .sk-good').waitFor();
    await tabTo(outside, 'input[name=class]');
    for (let n = 0; n < 5 && !(await outside.evaluate(() => document.activeElement.checked && document.activeElement.value === '2')); n++) await outside.keyboard.press('ArrowRight');
    assert.equal(await outside.locator('input[name=class]:checked').getAttribute('value'), '2');
    await tabTo(outside, '#send-purpose');
    await outside.keyboard.type('keyboard');
    await tabTo(outside, '#send-check');
    await outside.keyboard.press('Enter');
    await outside.locator('#send-go').waitFor();
    assert.equal(await outside.evaluate(() => document.activeElement.tagName), 'H1');
    await tabTo(outside, '#send-go');
    await outside.keyboard.press('Enter');
    await arrive(outside, /\/transfer\//);
    await waitState(outside, 'waiting');
    assert.equal(await outside.evaluate(() => document.activeElement.tagName), 'H1');
    number = (await outside.locator('h1').innerText()).match(/[A-Z]\d+-\d+/)[0];
  });

  await t.test('it is approved from the inbox', async () => {
    const head = await loginByKeys(town, 'yamazaki', 'lgwan');
    await head.locator('#tasks + .sk-region a').first().waitFor();
    await tabTo(head, '#tasks + .sk-region th a');
    await head.keyboard.press('Enter');
    await head.waitForURL(/\/transfer\//);
    await head.locator('#decide-approve').waitFor();
    await tabTo(head, '#decide-approve');
    await head.keyboard.press('Enter');
    await head.locator('.sk-notice--good').waitFor();
    assert.equal(await head.evaluate(() => document.activeElement.tagName), 'H1');
  });

  const inside = await loginByKeys(town, 'sato', 'lgwan');
  await t.test('it is taken', async () => {
    await inside.locator('tr', { hasText: number }).locator('a').first().waitFor({ timeout: 40_000 });
    await tabTo(inside, `a[href*="/transfer/"]:not(.sk-menu__link)`);
    await inside.keyboard.press('Enter');
    await inside.locator('[data-take]').waitFor();
    await tabTo(inside, '[data-take]');
    const [download] = await Promise.all([inside.waitForEvent('download'), inside.keyboard.press('Enter')]);
    assert.match(download.suggestedFilename(), /\.docx$/);
  });

  await t.test('the policy is read clause by clause with the arrows', async () => {
    await inside.goto(town.url('lgwan', `/policy/std/${encodeURIComponent('4(2)①')}`));
    const head = inside.locator('.sk-pane__head');
    await head.waitFor();
    const before = await head.innerText();
    await inside.evaluate(() => document.activeElement.blur());
    await tabTo(inside, '.sk-policy__text', 150);
    await inside.keyboard.press('ArrowDown');
    await inside.waitForFunction((old) => document.querySelector('.sk-pane__head')?.innerText !== old, before);
    assert.notEqual(decodeURIComponent(new URL(inside.url()).pathname), '/policy/std/4(2)①');
    await inside.keyboard.press('ArrowUp');
    await inside.waitForFunction((old) => document.querySelector('.sk-pane__head')?.innerText === old, before);
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
