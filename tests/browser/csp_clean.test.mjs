// No page is reported by its own policy, the policy holds against what is put into the page, nothing
// is asked from any other origin, and a shell already names its page without script.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startTown, unable } from './lib/town.mjs';
import { pathOf, prepare, ROWS, settled } from './lib/tour.mjs';

const reason = unable();
const MUST = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"];

test('policy of the pages', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const made = await prepare(town);
  const asked = [];
  for (const page of [...Object.values(made.people), made.inside]) page.on('request', (request) => asked.push([page.url(), request.url()]));

  for (const row of ROWS) {
    await t.test(`${row.portal} ${row.path}`, async () => {
      const page = made.people[row.portal];
      const before = town.reports.length;
      const answer = await page.goto(town.url(row.portal, pathOf(row, made.waiting, made.record)));
      const headers = answer.headers();
      for (const rule of MUST) assert.ok((headers['content-security-policy'] ?? '').includes(rule), rule);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      if (row.page !== 'login') await settled(page);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
      assert.deepEqual(town.reports.slice(before), []);
    });
  }

  await t.test('nothing was asked from another origin', () => {
    assert.ok(asked.length > 50);
    for (const [page, address] of asked) if (!address.startsWith('data:')) assert.equal(new URL(address).origin, new URL(page === 'about:blank' ? address : page).origin);
  });

  await t.test('markup put into the page does not run', async () => {
    const page = await town.visitor('internet');
    await page.goto(town.url('internet', '/login'));
    const result = await page.evaluate(() => {
      const tried = {};
      try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hit=1">'); tried.markup = 'done'; } catch { tried.markup = 'refused'; }
      const script = document.createElement('script');
      try { script.textContent = 'window.hit=2'; document.head.append(script); tried.script = 'added'; } catch { tried.script = 'refused'; }
      return { ...tried, hit: window.hit ?? 0 };
    });
    assert.equal(result.hit, 0);
    assert.equal(result.markup, 'refused');
  });

  await t.test('without script the page still has its name and says what it needs', async () => {
    for (const row of ROWS) {
      const page = await town.visitor(row.portal, { javaScriptEnabled: false });
      await page.goto(town.url(row.portal, pathOf(row, made.waiting, made.record)));
      assert.ok((await page.locator('h1').innerText()).length > 0);
      assert.ok((await page.title()).startsWith(await page.locator('h1').innerText()), `${row.path}: ${await page.title()}`);
      assert.match(await page.locator('noscript').innerText(), /JavaScript/);
      await page.context().close();
    }
  });
});
