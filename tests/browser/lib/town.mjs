// A fresh town for one test file, and people who use it through real browsers.
//   const town = await startTown();  const page = await town.login('sato', 'internet');
// The town is ./run demo in a state folder of its own; SEKISHO_DEMO names another command.
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const fromWeb = createRequire(join(ROOT, 'web/package.json'));
export const { chromium } = fromWeb('playwright-core');
export const AXE = fromWeb.resolve('axe-core/axe.min.js');
export const PROGRAMS = process.env.SEKISHO_PROGRAMS ?? join(ROOT, 'build/release');
const DEMO = (process.env.SEKISHO_DEMO ?? join(ROOT, 'run')).split(' ');
export const REAL = !process.env.SEKISHO_DEMO;
const ZONES = ['internet', 'lgwan', 'mynumber'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const WIDE = { width: 1366, height: 768 };

function chromiumPath() { return ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find(existsSync); }

// Why the tests cannot run here, or nothing.
export function unable() {
  if (!chromiumPath()) return 'no Chromium';
  if (!existsSync(join(ROOT, 'build/web/manifest.json'))) return 'build/web is not built';
  if (REAL && !existsSync(join(PROGRAMS, 'sekishod'))) return `${PROGRAMS}/sekishod is not built`;
  return '';
}

function run(verb, state, more = []) {
  const [program, ...first] = DEMO;
  // Into a file: what the command leaves running may hold a pipe open for ever.
  const log = `${state}.${verb}.log`;
  const out = openSync(log, 'a');
  const done = spawnSync(program, [...first, verb, '--state', state, ...more], { stdio: ['ignore', out, out], timeout: 120_000, cwd: ROOT });
  closeSync(out);
  if (done.status !== 0) throw new Error(`${verb}: ${done.error ?? ''} ${readFileSync(log, 'utf8')}`);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export function totp(secret, step) {
  let bits = '';
  for (const letter of secret.toUpperCase().replace(/=|\s/g, '')) bits += LETTERS.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(count).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Three ports in a row that nobody listens on.
async function freeBase() {
  const free = (port) => new Promise((resolve) => { const server = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true))); });
  for (;;) {
    const base = 25000 + 10 * Math.floor(Math.random() * 700);
    if ((await Promise.all([0, 1, 2].map((n) => free(base + n)))).every(Boolean)) return base;
  }
}

export async function startTown() {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-browser-'));
  chmodSync(folder, 0o711);
  const state = join(folder, 'town');
  try {
    run('demo', state, ['--yes', '--no-build', '--programs', PROGRAMS, '--port-base', String(await freeBase())]);
  } catch (error) {
    // What did start must not stay behind.
    try { run('stop', state); } catch { /* the first error says more */ }
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const base = Number(readFileSync(join(state, 'ports'), 'utf8'));
  const people = Object.fromEntries(readFileSync(join(state, 'logins.txt'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)).map((one) => [one.login, one]));
  const browser = await chromium.launch({ executablePath: chromiumPath(), headless: true, args: FLAGS });
  const steps = {};
  const town = {
    state, folder, people, browser,
    reports: [], // what the pages complained about: CSP, exceptions, failed scripts
    url: (zone, path = '/') => `http://${zone}.localhost:${base + ZONES.indexOf(zone)}${path}`,

    // A one-time code that was not used yet: a step counts once for each person.
    // The last step is taken only while it stays good long enough to be typed.
    // late: of the running step, so that it stays inside the server's window for 30 s more.
    async code(login, late = false) {
      const step = (ahead = 0) => Math.floor((Date.now() + ahead) / 30_000);
      const next = Math.max(late ? step() : step(10_000) - 1, (steps[login] ?? 0) + 1);
      while (next > step() + 1) await sleep(500);
      steps[login] = next;
      return totp(people[login].totp, next);
    },

    async visitor(zone, options = {}) {
      const context = await browser.newContext({ viewport: WIDE, locale: 'ja-JP', timezoneId: 'Asia/Tokyo', acceptDownloads: true, ...options });
      const page = await context.newPage();
      page.zone = zone;
      page.setDefaultTimeout(15_000);
      page.on('pageerror', (error) => town.reports.push(`${zone} ${page.url()}: ${error.message}`));
      page.on('console', (message) => { if (/Content Security Policy|TrustedHTML|Trusted Type/i.test(message.text())) town.reports.push(`${zone} ${page.url()}: ${message.text()}`); });
      return page;
    },

    async login(login, zone, options = {}) {
      const page = await town.visitor(zone, options);
      await page.goto(town.url(zone, '/login'));
      await fillLogin(page, login, people[login].password);
      await page.getByRole('textbox').fill(await town.code(login));
      await page.keyboard.press('Enter');
      await page.waitForURL(town.url(zone, '/'));
      await page.locator('.sk-header__person').waitFor();
      return page;
    },

    // A call of the API with the page's own session.
    api: (page, method, path, body) => page.evaluate(async ([verb, where, content]) => {
      const answer = await fetch(`/api/v1/${where}`, { method: verb, headers: { 'X-Sekisho': '1', 'Content-Type': 'application/json' }, ...(content === null ? {} : { body: JSON.stringify(content) }) });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    }, [method, path, body ?? null]),

    // A request no browser would make: any headers. Node does not resolve *.localhost, so by address.
    raw: (zone, method, path, headers = {}, body = '') => new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: base + ZONES.indexOf(zone), method, path, headers: { Host: `${zone}.localhost:${base + ZONES.indexOf(zone)}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), ...headers } }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      });
      call.on('error', reject);
      call.end(body);
    }),

    async stop() {
      await browser.close();
      try { run('stop', state); } finally { if (process.env.SEKISHO_KEEP_TOWN !== '1') rmSync(folder, { recursive: true, force: true }); }
    },
  };
  return town;
}

export async function fillLogin(page, login, password) {
  await page.locator('#login-login').fill(login);
  await page.keyboard.press('Enter');
  await page.locator('#login-password').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('#login-totp').waitFor();
}

// Puts files on the drop area as a real drag does.
export async function drop(page, files) {
  const given = files.map((file) => ({ name: file.name, data: file.buffer.toString('base64') }));
  const transfer = await page.evaluateHandle((list) => {
    const made = new DataTransfer();
    for (const file of list) made.items.add(new File([Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0))], file.name));
    return made;
  }, given);
  await page.locator('.sk-drop').dispatchEvent('dragover', { dataTransfer: transfer });
  await page.locator('.sk-drop').dispatchEvent('drop', { dataTransfer: transfer });
}

// Until the page stands at an address that matches; what it says instead is told when it does not.
export async function arrive(page, pattern) {
  try { await page.waitForURL(pattern); } catch (error) {
    throw new Error(`${error.message}\n${page.url()}\n${await page.locator('main').innerText()}`);
  }
}

// Sends files up to 送る; ends on the page of the transfer.
export async function send(page, files, options = {}) {
  await page.goto(page.url().replace(/^(https?:\/\/[^/]+).*/, '$1/'));
  await drop(page, files);
  for (const file of files) await page.locator('.sk-files tr', { hasText: file.name }).locator('.sk-good').waitFor({ timeout: options.timeout ?? 30_000 });
  await page.locator(`input[name=class][value="${options.class ?? '2'}"]`).check();
  await page.locator('#send-purpose').fill(options.purpose ?? '窓口の案内を更新するため');
  await page.locator('#send-check').click();
  await page.locator('#send-go').click();
  await arrive(page, /\/transfer\//);
}

export async function waitState(page, states, timeout = 60_000) {
  const wanted = [states].flat();
  await page.locator(wanted.map((one) => `.sk-now[data-state="${one}"]`).join(',')).waitFor({ timeout });
}
