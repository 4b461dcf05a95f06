// What goes wrong for people, and what the pages say then.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import test from 'node:test';
import { docx } from './lib/office.mjs';
import { drop, fillLogin, send, startTown, totp, unable, waitState } from './lib/town.mjs';

const reason = unable();

test('bad input', { skip: reason || false }, async (t) => {
  const town = await startTown();
  t.after(() => town.stop());
  const message = (page) => page.locator('.sk-field__error').innerText();

  await t.test('an unknown name and a wrong password read the same', async () => {
    const said = [];
    for (const login of ['sato', 'nobody-of-that-name']) {
      const page = await town.visitor('internet');
      await page.goto(town.url('internet', '/login'));
      await page.locator('#login-login').fill(login);
      await page.keyboard.press('Enter');
      await page.locator('#login-password').fill('wrong-password-1');
      await page.keyboard.press('Enter');
      await page.locator('.sk-field__error').waitFor();
      said.push(await message(page));
      assert.equal((await town.api(page, 'GET', 'session')).status, 401);
      await page.context().close();
    }
    assert.equal(said[0], said[1]);
    assert.doesNotMatch(said[0], /auth\.|ui\.|err\./);
  });

  await t.test('a page asked for without a login leads to it, and back', async () => {
    const page = await town.visitor('lgwan');
    await page.goto(town.url('lgwan', '/ledger'));
    await page.waitForURL(/\/login\?next=%2Fledger/);
    await fillLogin(page, 'yamazaki', town.people.yamazaki.password);
    await page.locator('#login-totp').fill(await town.code('yamazaki'));
    await page.keyboard.press('Enter');
    await page.waitForURL(town.url('lgwan', '/ledger'));
    await page.locator('h1', { hasText: '台帳の証明' }).waitFor();
    await page.context().close();
  });

  await t.test('an empty field is named', async () => {
    const page = await town.visitor('internet');
    await page.goto(town.url('internet', '/login'));
    await page.getByRole('button', { name: '次へ' }).click();
    assert.match(await message(page), /利用者名を入力してください/);
    assert.equal(await page.locator('#login-login').getAttribute('aria-invalid'), 'true');
    await page.context().close();
  });

  let used;
  await t.test('a wrong code is refused in words; the next right one is taken', async () => {
    const page = await town.visitor('internet');
    await page.goto(town.url('internet', '/login'));
    await fillLogin(page, 'sato', town.people.sato.password);
    used = await town.code('sato', true);
    await page.locator('#login-totp').fill(String((Number(used) + 1) % 1_000_000).padStart(6, '0'));
    await page.keyboard.press('Enter');
    await page.locator('.sk-field__error').waitFor();
    assert.match(await message(page), /コード/);
    // Full width, with a blank: as an input method leaves it.
    await page.locator('#login-totp').fill(`${[...used].map((digit) => String.fromCodePoint(digit.codePointAt(0) + 0xfee0)).join('').slice(0, 3)} ${used.slice(3)}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(town.url('internet', '/'));
    await page.context().close();
  });

  await t.test('a code counts once', async () => {
    const page = await town.visitor('lgwan');
    await page.goto(town.url('lgwan', '/login'));
    await fillLogin(page, 'sato', town.people.sato.password);
    await page.locator('#login-totp').fill(used);
    await page.keyboard.press('Enter');
    await page.locator('.sk-field__error').waitFor();
    assert.match(await message(page), /使/);
    await page.context().close();
  });

  await t.test('after several failures the page counts the wait down', async () => {
    const page = await town.visitor('internet');
    await page.goto(town.url('internet', '/login'));
    await page.locator('#login-login').fill('yamazaki');
    await page.keyboard.press('Enter');
    await page.locator('#login-password').waitFor();
    for (let n = 0; n < 8; n++) {
      if (await page.locator('#login-login').count()) { await page.locator('#login-login').fill('yamazaki'); await page.keyboard.press('Enter'); await page.locator('#login-password').waitFor(); }
      await page.locator('#login-password').fill(`wrong-password-${n}`);
      await page.keyboard.press('Enter');
      await page.waitForTimeout(300);
      if (/あと/.test(await message(page))) break;
    }
    assert.match(await message(page), /あと\d+(秒|分)/);
    assert.equal(await page.locator('button[type=submit]').getAttribute('aria-disabled'), 'true');
    await page.context().close();
  });

  const page = await town.login('sato', 'internet');

  await t.test('without file, class and purpose the form says so and leads there', async () => {
    await page.locator('#send-check').click();
    const links = page.locator('.sk-notice--bad li a');
    assert.equal(await links.count(), 3);
    assert.doesNotMatch((await links.allInnerTexts()).join(), /err\./);
    await links.nth(1).click();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('name')), 'class');
    assert.equal(await page.locator('input[name=class]:checked').count(), 0);
  });

  await t.test('an empty file is refused before anything is sent', async () => {
    await drop(page, [{ name: '空.docx', buffer: Buffer.alloc(0) }]);
    await page.locator('.sk-files .sk-bad').waitFor();
    await page.getByRole('button', { name: /空\.docx/ }).click();
    assert.equal(await page.locator('.sk-files').count(), 0);
  });

  await t.test('a connection cut in the middle goes on by itself; every byte arrives once', async () => {
    const bytes = randomBytes(17 * 2 ** 20);
    let calls = 0;
    let cut = 0;
    const sent = [];
    await page.route('**/api/v1/uploads/**', async (route) => {
      const request = route.request();
      if (request.method() === 'PATCH' && ++calls === 2) { cut += 1; await route.abort('connectionreset'); return; }
      if (request.method() === 'PATCH') sent.push(Number(request.headers()['upload-offset']));
      await route.continue();
    });
    await page.goto(town.url('internet', '/'));
    await drop(page, [{ name: '大きい.txt', buffer: bytes }]);
    await page.locator('.sk-files .sk-good').waitFor({ timeout: 60_000 });
    await page.unroute('**/api/v1/uploads/**');
    assert.equal(cut, 1);
    assert.deepEqual(sent, [0, 8 * 2 ** 20, 16 * 2 ** 20]);
    await page.locator('input[name=class]').first().check();
    await page.locator('#send-purpose').fill('切断の試験');
    await page.locator('#send-check').click();
    await page.locator('#send-go').click();
    await page.waitForURL(/\/transfer\//);
    const id = decodeURIComponent(new URL(page.url()).pathname.split('/').pop());
    let item;
    for (let n = 0; n < 100 && !item?.sha256; n++) { item = (await town.api(page, 'GET', `transfers/${id}`)).body.items[0]; await page.waitForTimeout(100); }
    assert.equal(item.sha256, createHash('sha256').update(bytes).digest('hex'));
  });

  await t.test('a file that cannot cross shows its reason in words', async () => {
    await send(page, [{ name: '道具.exe', buffer: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(600)]) }]);
    await page.locator('.sk-report .sk-notice--bad').waitFor({ timeout: 60_000 });
    const text = await page.locator('.sk-report .sk-notice--bad').innerText();
    assert.match(text, /このファイルは渡しません/);
    assert.doesNotMatch(text, /reason\.|type\.forbidden|\[object|受け付けられない内容がありました/);
    assert.equal(await page.locator('.sk-report .sk-notice--bad li').count(), 1);
    assert.doesNotMatch(await page.locator('.sk-now').getAttribute('data-state'), /ready|taken|releasing/);
  });

  await t.test('markup in what people type stays text', async () => {
    const evil = '<img src=x onerror="document.title=\'hit\'"><script>document.title="hit"</script>';
    await send(page, [{ name: '案内.docx', buffer: docx() }], { purpose: evil });
    await waitState(page, ['waiting', 'ready', 'submitted', 'releasing']);
    await page.locator('.sk-facts', { hasText: 'onerror' }).waitFor();
    assert.ok((await page.locator('#facts + dl').innerText()).includes(evil));
    assert.equal(await page.locator('main img, main script').count(), 0);
    assert.notEqual(await page.title(), 'hit');
  });

  await t.test('a transfer that does not exist reads as not found', async () => {
    await page.goto(town.url('internet', '/transfer/R8-999999'));
    await page.locator('h1', { hasText: '見つかりません' }).waitFor();
  });

  await t.test('an unknown address has a page that says so', async () => {
    const answer = await page.goto(town.url('internet', '/nothing/here'));
    assert.equal(answer.status(), 404);
    await page.locator('h1', { hasText: 'ページがありません' }).waitFor();
  });

  await t.test('when the session is over the page says so and comes back after login', async () => {
    await page.goto(town.url('internet', '/sent'));
    await page.locator('.sk-table').waitFor();
    await page.context().clearCookies();
    await page.getByRole('link', { name: '送る', exact: true }).click();
    await page.waitForURL(/\/login/);
    await page.locator('.sk-notice', { hasText: 'ログインが切れました' }).waitFor();
    await fillLogin(page, 'sato', town.people.sato.password);
    await page.locator('#login-totp').fill(await town.code('sato'));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== '/login');
  });

  await t.test('a call without the header or from another origin is refused', async () => {
    const cookie = (await page.context().cookies(town.url('internet', '/'))).map((one) => `${one.name}=${one.value}`).join('; ');
    const origin = town.url('internet', '').replace(/\/$/, '');
    assert.equal((await town.raw('internet', 'POST', '/api/v1/transfers', { Cookie: cookie, Origin: origin }, '{"flow":"inward"}')).status, 403);
    assert.equal((await town.raw('internet', 'POST', '/api/v1/transfers', { Cookie: cookie, Origin: 'http://evil.localhost', 'X-Sekisho': '1' }, '{"flow":"inward"}')).status, 403);
    assert.equal((await town.raw('internet', 'POST', '/api/v1/transfers', { Cookie: cookie, Origin: origin, 'X-Sekisho': '1' }, '{"flow":"inward"}')).status, 201);
  });

  await t.test('the test\'s own codes are right', () => {
    // RFC 6238, appendix B, SHA-1: the last six digits at 59 s and 1111111109 s.
    const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    assert.equal(totp(secret, 1), '287082');
    assert.equal(totp(secret, Math.floor(1111111109 / 30)), '081804');
  });

  await t.test('no page complained', () => assert.deepEqual(town.reports, []));
});
