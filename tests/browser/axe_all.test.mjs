// axe on every page of the page table, in Japanese and English, and on their error, empty and
// confirming states. Also: no raw key on any page, and no Japanese word of ours on an English one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { hostileDocx } from './lib/office.mjs';
import { AXE, drop, startTown, unable } from './lib/town.mjs';
import { pathOf, prepare, ROWS, settled, speak } from './lib/tour.mjs';

const reason = unable();
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// What axe could not decide, for the list that is settled by hand.
const unsure = new Set();
const source = reason ? '' : readFileSync(AXE, 'utf8');

async function axe(page) {
  // From the top: axe takes a target half under the header, which stays while the page scrolls, for a small one.
  await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(source);
  const all = await page.evaluate(async (tags) => { const done = await window.axe.run(document, { runOnly: tags }); return { violations: done.violations, incomplete: done.incomplete }; }, TAGS);
  // Symbols beside their word: web/test/contrast.test.mjs has their numbers.
  for (const one of all.incomplete) for (const node of one.nodes) if (!/aria-hidden="true"/.test(node.html)) unsure.add(`${one.id}: ${node.target.join(' ')}`);
  const found = all.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' | ')}`);
  assert.deepEqual(found, []);
}

async function words(page, lang) {
  const text = await page.locator('body').innerText();
  assert.doesNotMatch(text, /(^|[\s(「])(ui|err|check|reason|event|live|control)\.[a-z_]+(\.|[^\w]|$)/m, text.match(/.{0,40}\b(ui|err|check|reason|event|live|control)\.[a-z_]+.{0,20}/)?.[0]);
  assert.equal(await page.locator('html').getAttribute('lang'), lang);
  assert.equal(await page.locator('h1').count(), 1);
}

test('accessibility', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const made = await prepare(town);

  for (const lang of ['ja', 'en']) {
    for (const row of ROWS) {
      await t.test(`${row.portal} ${row.path} ${lang}`, async () => {
        const page = row.page === 'login' ? await town.visitor(row.portal) : made.people[row.portal];
        await page.goto(town.url(row.portal, '/help'));
        await speak(page, lang);
        await page.goto(town.url(row.portal, pathOf(row, made.waiting, made.record)));
        await settled(page);
        await words(page, lang);
        await axe(page);
        if (row.page === 'login') await page.context().close();
      });
    }

    const outside = made.people.internet;
    const head = made.people.lgwan;
    await t.test(`login with an error ${lang}`, async () => {
      const page = await town.visitor('internet');
      await page.goto(town.url('internet', '/login'));
      await speak(page, lang);
      await page.goto(town.url('internet', '/login?why=session'));
      await page.locator('#login-login').waitFor();
      await page.locator('button[type=submit]').click();
      await page.locator('.sk-field__error').waitFor();
      await words(page, lang);
      await axe(page);
      await page.context().close();
    });
    await t.test(`sending: errors, files, confirming ${lang}`, async () => {
      await outside.goto(town.url('internet', '/'));
      await settled(outside);
      await outside.locator('#send-check').click();
      await outside.locator('.sk-notice--bad').waitFor();
      await words(outside, lang);
      await axe(outside);
      await drop(outside, [{ name: '案内.docx', buffer: hostileDocx() }, { name: '空.txt', buffer: Buffer.alloc(0) }]);
      await outside.locator('.sk-files .sk-good').waitFor();
      await axe(outside);
      await outside.locator('.sk-files tr', { hasText: '空.txt' }).getByRole('button').click();
      await outside.locator('input[name=class]').last().check();
      await outside.locator('#send-purpose').fill('試験');
      await outside.locator('.sk-live').waitFor();
      await axe(outside);
      await outside.locator('#send-check').click();
      await outside.locator('#send-go').waitFor();
      await words(outside, lang);
      await axe(outside);
    });
    await t.test(`a refused file ${lang}`, async () => {
      await outside.goto(town.url('internet', `/transfer/${made.blocked}`));
      await outside.locator('.sk-report .sk-notice--bad').waitFor();
      await words(outside, lang);
      await axe(outside);
    });
    await t.test(`not found ${lang}`, async () => {
      for (const path of ['/transfer/R8-999999', '/policy/nothing', '/policy/std/999', '/policy/nothing/diff', '/policy/coverage?body=nobody', '/policy?body=nobody', '/policy/import?id=nothing', '/policy/std?state=open_gap&role=chief&chapter=none', '/transfer?box=waiting', '/transfer?box=sent']) {
        await head.goto(town.url('lgwan', path));
        await settled(head);
        await words(head, lang);
        await axe(head);
      }
    });
    await t.test(`a decision without its reason, reasons opened ${lang}`, async () => {
      await head.goto(town.url('lgwan', `/transfer/${made.waiting}`));
      await head.locator('#decide-reject').click();
      await head.locator('.sk-field__error').waitFor();
      for (const one of await head.locator('details > summary').all()) await one.click();
      await words(head, lang);
      await axe(head);
    });
    await t.test(`the applicant's view, and files to take ${lang}`, async () => {
      await made.inside.goto(town.url('lgwan', '/help'));
      await speak(made.inside, lang);
      for (const path of [`/transfer/${made.waiting}`, `/transfer/${made.approved}`, '/', '/transfer']) {
        await made.inside.goto(town.url('lgwan', path));
        await settled(made.inside);
        await words(made.inside, lang);
        await axe(made.inside);
      }
    });
  }
  for (const one of [...unsure].sort()) console.error(`axe could not decide: ${one}`);
});
