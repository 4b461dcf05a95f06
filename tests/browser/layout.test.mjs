// Every page at 1366×768 and at 320 px wide: nothing scrolls sideways but named regions, the main
// button is in the first 768 px, targets are large enough, and the keyboard reaches everything.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startTown, unable } from './lib/town.mjs';
import { pathOf, prepare, ROWS, settled } from './lib/tour.mjs';

const reason = unable();
const SIZES = [{ width: 1366, height: 768 }, { width: 320, height: 640 }];

// What sticks out of the page, but for what scrolls inside its own region.
const sticksOut = () => {
  const wide = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > wide ? [`page ${document.documentElement.scrollWidth} > ${wide}`] : [];
  for (const one of document.querySelectorAll('main *, header *')) {
    if (one.closest('.sk-region, .sk-hidden, .sk-skip, svg, option, .sk-recent__names')) continue;
    const box = one.getBoundingClientRect();
    if (box.width > 0 && (box.right > wide + 1 || box.left < -1)) found.push(`${one.tagName}.${one.className} ${Math.round(box.left)}–${Math.round(box.right)}`);
  }
  return found.slice(0, 5);
};
const smallTargets = () => [...document.querySelectorAll('button, select, summary, input[type=radio], .sk-menu a')]
  .filter((one) => one.offsetParent && !one.closest('.sk-hidden')).map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 20 || box.width < 20).map(([one, box]) => `${one.tagName} ${one.textContent} ${box.width}×${box.height}`);
const clipped = () => [...document.querySelectorAll('button, .sk-chip, .sk-menu a, h1, h2, label')]
  .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible').map((one) => one.textContent);

test('layout', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const made = await prepare(town);

  for (const size of SIZES) {
    for (const row of ROWS) {
      await t.test(`${row.portal} ${row.path} at ${size.width}`, async () => {
        const page = row.page === 'login' ? await town.visitor(row.portal) : made.people[row.portal];
        await page.setViewportSize(size);
        await page.goto(town.url(row.portal, pathOf(row, made.waiting, made.record)));
        await settled(page);
        assert.deepEqual(await page.evaluate(sticksOut), []);
        assert.deepEqual(await page.evaluate(smallTargets), []);
        assert.deepEqual(await page.evaluate(clipped), []);
        if (row.page === 'login') await page.context().close();
      });
    }
  }

  await t.test('the main button is in the first 768 px', async () => {
    const visitor = await town.visitor('internet');
    const places = [[visitor, town.url('internet', '/login')], [made.people.internet, town.url('internet', '/')], [made.people.lgwan, town.url('lgwan', `/transfer/${made.waiting}`)], [made.inside, town.url('lgwan', `/transfer/${made.approved}`)]];
    for (const [page, address] of places) {
      await page.setViewportSize(SIZES[0]);
      await page.goto(address);
      const button = page.locator('.sk-button--main').first();
      await button.waitFor();
      const box = await button.boundingBox();
      assert.ok(box.y + box.height <= 768, `${address}: ${box.y + box.height}`);
    }
  });

  await t.test('at 200 % zoom nothing is lost', async () => {
    const page = made.people.lgwan;
    await page.setViewportSize({ width: 683, height: 384 });
    await page.goto(town.url('lgwan', `/transfer/${made.waiting}`));
    await settled(page);
    assert.deepEqual(await page.evaluate(sticksOut), []);
    await page.locator('#decide-approve').scrollIntoViewIfNeeded();
  });

  await t.test('the first Tab is the skip link, and every control shows its focus', async () => {
    const page = made.people.lgwan;
    await page.setViewportSize(SIZES[0]);
    await page.goto(town.url('lgwan', `/transfer/${made.waiting}`));
    await page.locator('#decide-approve').waitFor();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'sk-skip');
    const reached = new Set();
    for (let n = 0; n < 80; n++) {
      await page.keyboard.press('Tab');
      const now = await page.evaluate(() => { const one = document.activeElement; const look = getComputedStyle(one); return { id: one.id, body: one === document.body, ring: one === document.body || (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2), text: one.outerHTML.slice(0, 80) }; });
      if (now.body) break;
      assert.ok(now.ring, now.text);
      if (now.id) reached.add(now.id);
    }
    for (const id of ['decide-reason', 'decide-approve', 'decide-send_back', 'decide-reject']) assert.ok(reached.has(id), id);
  });

  await t.test('Enter that confirms a conversion does not send the form', async () => {
    const page = await town.visitor('internet');
    await page.goto(town.url('internet', '/login'));
    await page.locator('#login-login').focus();
    const wire = await page.context().newCDPSession(page);
    await wire.send('Input.imeSetComposition', { text: 'さとう', selectionStart: 3, selectionEnd: 3 });
    await wire.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 });
    await page.waitForTimeout(300);
    assert.equal(await page.locator('#login-login').count(), 1);
    await wire.send('Input.insertText', { text: '佐藤' });
    assert.equal(await page.locator('#login-login').inputValue(), '佐藤');
    await page.keyboard.press('Enter');
    await page.locator('#login-password').waitFor();
  });

  await t.test('both calendars and both languages at one press', async () => {
    const page = made.people.lgwan;
    await page.setViewportSize(SIZES[0]);
    await page.goto(town.url('lgwan', '/'));
    await settled(page);
    assert.match(await page.locator('.sk-h1__sub').innerText(), /^令和\d+年/);
    await page.getByRole('button', { name: '西暦で表示' }).click();
    assert.match(await page.locator('.sk-h1__sub').innerText(), /^20\d\d年/);
    await page.getByRole('button', { name: 'English' }).click();
    await page.locator('h1', { hasText: 'My work' }).waitFor();
    await page.reload();
    await page.locator('h1', { hasText: 'My work' }).waitFor();
    await page.getByRole('button', { name: '日本語' }).click();
    await page.locator('h1', { hasText: '私の仕事' }).waitFor();
    await page.getByRole('button', { name: '和暦で表示' }).click();
  });
});
