// A small town in memory that answers the HTTP contract, to try the pages without the daemons.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { policyRoutes } from './policy.mjs';

const [state, base] = [process.argv[2], Number(process.argv[3])];
const WEB = process.env.SEKISHO_WEB ?? fileURLToPath(new URL('../../../build/web', import.meta.url));
const ZONES = ['internet', 'lgwan', 'mynumber'];
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const manifest = JSON.parse(readFileSync(join(WEB, 'manifest.json'), 'utf8'));
const files = new Map(manifest.files.map((file) => [file.path, { type: file.type, bytes: readFileSync(join(WEB, file.file)) }]));
// Words whose owners are other modules, where this tree has none yet.
const words = JSON.parse(readFileSync(new URL('words.json', import.meta.url), 'utf8'));
for (const [path, file] of files) {
  const lang = /\/(ja|en)\.json$/.exec(path)?.[1];
  if (lang) file.bytes = Buffer.from(JSON.stringify({ ...words[lang], ...JSON.parse(file.bytes) }));
}

const now = () => Date.now() * 1000;
const id = () => randomBytes(8).toString('hex');
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

const people = [
  { login: 'sato', password: 'hana-no-ki 42', totp: 'JBSWY3DPEHPK3PXP', name: '佐藤 未来', kana: 'サトウ ミライ', post: '主事', section: 'resident', section_name: '住民課', roles: [] },
  { login: 'yamazaki', password: 'kawa-no-ishi 7', totp: 'KRSXG5CTMVRXEZLU', name: '山﨑 彩', kana: 'ヤマザキ アヤ', post: '課長', section: 'resident', section_name: '住民課', roles: [{ role: 'section_manager', scope: 'resident' }] },
  { login: 'ishibashi', password: 'yama-no-oto 19', totp: 'MFRGGZDFMZTWQ2LK', name: '石橋 真理', kana: 'イシバシ マリ', post: '課長', section: 'it', section_name: '企画情報課', roles: [{ role: 'chief', scope: 'mayor' }] },
];
for (const one of people) one.id = sha(one.login).slice(0, 16);
const b32 = (text) => { let bits = ''; for (const c of text) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'); return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))); };
function totp(secret, step) {
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', b32(secret)).update(count).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const attempts = new Map();
const sessions = new Map();
const failures = new Map();
const used = new Set();
const transfers = [];
const leaves = [];
let pulse = 1;
let number = 122;
const log = (kind) => { leaves.push({ kind, at: now() }); pulse += 1; return leaves.length - 1; };

const flow = {
  id: 'inward', name: { ja: 'インターネット接続系からLGWAN接続系へ', en: 'Internet zone to LGWAN zone' }, from: 'internet', to: 'lgwan', clause: ['std:4(2)①'],
  classes: [
    { id: '3A', label: { ja: '機密性3A', en: 'Confidentiality 3A' }, rank: 5, limits: [{ ja: '複製禁止', en: 'no copies' }, { ja: '暗号化して保存', en: 'encrypted at rest' }] },
    { id: '2', label: { ja: '機密性2', en: 'Confidentiality 2' }, rank: 2, limits: [{ ja: '所属外へは許可が要る', en: 'permit needed outside the section' }] },
    { id: '1', label: { ja: '機密性1', en: 'Confidentiality 1' }, rank: 1, limits: [] }],
  receiver: ['self', 'section'], limits: { item: 100 * 2 ** 20, bundle: 500 * 2 ** 20, items: 1000 },
};

class Refuse extends Error { constructor(status, code, more = {}) { super(code); this.status = status; this.body = { code, ...more }; } }

function view(one, who) {
  const applicant = one.sender.id === who.id;
  const manager = who.roles.some((role) => role.role === 'section_manager');
  const moves = one.state === 'waiting' ? ['approve', 'send_back', 'reject'].map((name) => (applicant ? { name, allowed: false, why_not: 'register.apart', clause: 'std:2(8)①' } : { name, allowed: manager, ...(manager ? {} : { why_not: 'register.not_candidate' }) })) : [];
  const { owner: _owner, reports: _reports, ...rest } = one;
  return { ...rest, digest: sha(JSON.stringify([one.state, one.rev])), moves, may: { take: ['ready', 'taken'].includes(one.state) && applicant, withdraw: applicant && ['submitted', 'waiting'].includes(one.state) } };
}

function stage(one, name, value) { const row = one.stages.find((each) => each.stage === name); row.state = value; if (value !== 'wait') row.at = now(); }
function event(one, kind, who = '', reason = '') { one.events.push({ at: now(), kind, who, reason, log: 'main', index: log(kind), leaf_state: 'logged' }); one.rev += 1; }

function report(item) {
  const kind = item.name.split('.').pop().toLowerCase();
  const input = { name: item.name, kind, size: item.size, sha256: item.sha256 };
  if (kind === 'exe') return { report: 1, verdict: 'blocked', reasons: ['type.forbidden'], input, findings: [], losses: [], children: [], inspection: null };
  return {
    report: 1, engine: { version: '0.3.0' }, profile: { id: 'standard', digest: 'sha256:41' }, input, verdict: 'rebuilt', mode: 'rebuild', reasons: [],
    output: { name: item.name, kind: 'docx', size: 400, sha256: sha(item.name) },
    findings: [
      { id: 'OOXML-01', switch: 'macro', action: 'removed', object: 'vbaProject', at: '/word/vbaProject.bin', count: 1 },
      { id: 'OOXML-11', switch: 'external_ref', action: 'removed', object: 'attachedTemplate', at: '/word/settings.xml', count: 1, host: 'files.example.net' }],
    losses: [], children: [], inspection: { depth: 'full', findings: [], engine: '0.3.0' },
  };
}

async function work(one) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  stage(one, 'scan', 'now'); pulse += 1;
  await wait(300);
  stage(one, 'scan', 'done'); event(one, 'transfer.scan');
  stage(one, 'disarm', 'now');
  await wait(500);
  for (const item of one.items) {
    const made = report(item);
    one.reports.set(item.item, made);
    Object.assign(item, made.verdict === 'blocked' ? { state: 'blocked', verdict: 'blocked', reasons: made.reasons } : { state: 'disarmed', verdict: 'rebuilt', removed: 2, name_out: made.output.name, size_out: 400, sha256_out: made.output.sha256 });
  }
  event(one, 'transfer.disarm');
  if (one.items.some((item) => item.state === 'blocked')) { stage(one, 'disarm', 'failed'); one.state = 'rejected'; return; }
  stage(one, 'disarm', 'done');
  if (one.class.id === '1') { stage(one, 'approve', 'skipped'); await release(one); return; }
  stage(one, 'approve', 'now');
  one.state = 'waiting';
  one.waiting_for = { step: 'decide', role: 'section_manager', section: '住民課', holders: ['山﨑 彩'] };
  pulse += 1;
}

async function release(one) {
  one.state = 'releasing'; one.waiting_for = null; event(one, 'transfer.release');
  await new Promise((resolve) => setTimeout(resolve, 300));
  event(one, 'transfer.deposit'); one.state = 'ready'; one.expires = now() + 7 * 86400e6; stage(one, 'take', 'now'); pulse += 1;
}

const find = (key, who) => {
  const one = transfers.find((each) => (each.id === key || each.number === key) && (each.owner === who.login || who.roles.length));
  if (!one) throw new Refuse(404, 'not_found');
  return one;
};

const clauses = [
  { key: 'c2', label: 'std:2', depth: 1, kind: 'article', title: '組織体制', text: null, state: null, controls: 0 },
  { key: 'c2-8', label: 'std:2(8)', depth: 2, kind: 'paragraph', title: '兼務の禁止', text: null, state: null, controls: 0 },
  { key: 'c2-8-1', label: 'std:2(8)①', depth: 3, kind: 'item', title: null, text: '申請する者とこれを承認する者は、やむを得ない場合を除き、同じ者であってはならない。', state: 'enforced', controls: 1 },
  { key: 'c4', label: 'std:4', depth: 1, kind: 'article', title: '情報システム全体の強靭性の向上', text: null, state: null, controls: 0 },
  { key: 'c4-2', label: 'std:4(2)', depth: 2, kind: 'paragraph', title: 'LGWAN接続系', text: null, state: null, controls: 0 },
  { key: 'c4-2-1', label: 'std:4(2)①', depth: 3, kind: 'item', title: 'インターネット接続系との分割', text: '二つの区間の間では、次のものだけを通す。ファイルは、危険な部分を取り除いたもの又はそれがないことを確かめたものに限る。', state: 'enforced', controls: 2 },
  { key: 'c4-2-1-a', label: 'std:4(2)①ア', depth: 4, kind: 'sub', title: null, text: 'メールは、本文だけを文字として受け取る。', state: 'not_verified', controls: 0 },
  ...Array.from({ length: 40 }, (_, n) => ({ key: `c5-${n}`, label: `std:5(${n + 1})`, depth: 2, kind: 'paragraph', title: `物理的な対策 その${n + 1}`, text: '職員は、定められた手順に従い、設備を管理しなければならない。', state: ['running', 'checked', 'evidenced', 'open_gap', 'not_verified'][n % 5], controls: 1 })),
];
const routes = [
  ...policyRoutes({ Refuse, clauses, now, log, leaves }),
  ['GET', /^session$/, (c) => ({ person: { id: c.who.id, name: c.who.name, kana: c.who.kana }, body: { code: 'town', name: '関乃町' }, zone: c.zone, demo: true, posts: [{ post: 'p', section: c.who.section, section_name: c.who.section_name, name: c.who.post }], roles: c.who.roles, factors: ['password', 'totp'], idle_s: 900, until: now() + 8 * 3600e6 })],
  ['GET', /^pulse$/, (c) => (Number(c.query.get('since')) === pulse ? null : { n: pulse, waiting: inbox(c.who).length, mine_running: transfers.some((one) => one.owner === c.who.login && ['submitted', 'releasing'].includes(one.state)) })],
  ['GET', /^flows$/, (c) => ({ flows: c.zone === 'internet' ? [flow] : [] })],
  ['GET', /^flows\/inward\/explain$/, (c) => (c.query.get('class') === '1' ? { route: 'none', why: { ja: '承認は要りません。', en: 'No approval is needed.' }, clause: 'std:4(2)①' } : { route: 'manager', approver: { role: 'section_manager', holder: '山﨑 彩', section: '住民課' }, why: { ja: '機密性2以上のため、所属の情報セキュリティ管理者の承認が要ります。', en: 'Class 2 or higher: the section security manager has to approve.' }, clause: 'std:3(2)②' })],
  ['POST', /^transfers$/, (c) => {
    const one = { id: id(), owner: c.who.login, number: null, rev: 1, state: 'draft', flow: 'inward', from: 'internet', to: 'lgwan', class: null, purpose: '', sender: { id: c.who.id, name: c.who.name, section: c.who.section_name }, receiver: null, created: now(), submitted: 0, expires: 0, items: [], reports: new Map(), stages: ['receive', 'scan', 'disarm', 'approve', 'take'].map((name) => ({ stage: name, state: 'wait', at: 0, note: null })), waiting_for: null, events: [], clause: ['std:4(2)①'] };
    transfers.unshift(one);
    return { id: one.id, number: null, state: 'draft' };
  }],
  ['POST', /^transfers\/(\w+)\/items$/, (c, key) => {
    const one = find(key, c.who);
    if (!c.body.size) throw new Refuse(422, 'gate.empty');
    const item = { item: id(), name: c.body.name, size: c.body.size, state: 'open', offset: 0, reasons: [], hash: createHash('sha256') };
    Object.defineProperty(item, 'hash', { enumerable: false });
    one.items.push(item);
    return { item: item.item, upload: `/api/v1/uploads/${item.item}` };
  }],
  ['DELETE', /^transfers\/(\w+)\/items\/(\w+)$/, (c, key, item) => { const one = find(key, c.who); one.items = one.items.filter((each) => each.item !== item); return {}; }],
  ['POST', /^transfers\/(\w+)\/submit$/, (c, key) => {
    const one = find(key, c.who);
    const cls = flow.classes.find((each) => each.id === c.body.class);
    if (!cls) throw new Refuse(422, 'gate.form', { fields: [{ key: 'class', code: 'gate.class_missing' }] });
    if (!c.body.purpose) throw new Refuse(422, 'gate.form', { fields: [{ key: 'purpose', code: 'gate.purpose_missing' }] });
    Object.assign(one, { number: one.number ?? `R8-${String(++number).padStart(6, '0')}`, state: 'submitted', class: { id: cls.id, label: cls.label }, purpose: c.body.purpose, receiver: { id: c.who.id, name: c.who.name }, submitted: now() });
    for (const row of one.stages) row.state = 'wait';
    stage(one, 'receive', 'done');
    event(one, 'transfer.submit', c.who.name);
    void work(one);
    return view(one, c.who);
  }],
  ['GET', /^transfers$/, (c) => {
    const box = c.query.get('box');
    return { transfers: transfers.filter((one) => (box === 'waiting' ? one.state === 'waiting' && c.who.roles.length : one.owner === c.who.login && (box === 'sent' || !['draft'].includes(one.state)))).map((one) => view(one, c.who)) };
  }],
  ['GET', /^transfers\/([\w-]+)$/, (c, key) => view(find(key, c.who), c.who)],
  ['GET', /^transfers\/([\w-]+)\/report$/, (c, key) => { const one = find(key, c.who); return { items: one.items.map((item) => ({ item: item.item, name: item.name, report: one.reports.get(item.item) ?? null })) }; }],
  ['POST', /^transfers\/([\w-]+)\/decide$/, (c, key) => {
    const one = find(key, c.who);
    if (one.sender.id === c.who.id) throw new Refuse(403, 'register.apart', { clause: 'std:2(8)①' });
    if (c.body.rev !== one.rev) throw new Refuse(409, 'register.changed');
    if (c.body.decision !== 'approve' && !c.body.reason) throw new Refuse(422, 'register.reason_missing');
    event(one, `transfer.${c.body.decision}`, c.who.name, c.body.reason);
    if (c.body.decision === 'approve') { stage(one, 'approve', 'done'); void release(one); } else { one.state = c.body.decision === 'reject' ? 'rejected' : 'draft'; stage(one, 'approve', 'failed'); one.waiting_for = null; }
    return view(one, c.who);
  }],
  ['POST', /^transfers\/([\w-]+)\/withdraw$/, (c, key) => { const one = find(key, c.who); one.state = 'withdrawn'; one.waiting_for = null; event(one, 'transfer.withdraw', c.who.name); return view(one, c.who); }],
  ['GET', /^inbox$/, (c) => ({ items: inbox(c.who), counts: { decide: inbox(c.who).length, sent_back: 0, late: 0, week: inbox(c.who).length } })],
  ['GET', /^status$/, (c) => ({ zone: c.zone, ready: true, queue: { waiting: 0, running: 0 }, scanner: { state: 'none' }, ledger: { up: true, behind: 0 } })],
  ['GET', /^ledger\/head$/, () => ({ origin: 'demo.sekisho.invalid/n1/1', size: leaves.length, root: sha(String(leaves.length)), at: now(), checkpoint: `demo.sekisho.invalid/n1/1\n${leaves.length}\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\n\n— demo.sekisho.invalid/n1/1 az9a1b2c3d4e5f==\n` })],
  ['POST', /^auth\/end$/, (c) => { sessions.delete(c.sid); c.out['Set-Cookie'] = '__Host-sekisho=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0'; return {}; }],
];
function inbox(who) {
  return who.roles.length ? transfers.filter((one) => one.state === 'waiting' && one.owner !== who.login).map((one) => ({ kind: 'decide', register: 'file_transfer', record: one.id, title: `授受の承認 ${one.number}`, applicant: one.sender.name, section: one.sender.section, class: one.class, due: now() + 86400e6, waiting_since: one.submitted, clause: 'std:4(2)①', transfer: one.number })) : [];
}

function auth(c, path) {
  if (path === 'auth/begin') { const attempt = id(); attempts.set(attempt, { login: c.body.login, stage: 'password' }); return { attempt, state: 'need', accept: ['password'] }; }
  const attempt = attempts.get(c.body.attempt);
  if (!attempt) throw new Refuse(401, 'auth.attempt_expired');
  const who = people.find((one) => one.login === attempt.login);
  const lock = failures.get(attempt.login) ?? { n: 0, until: 0 };
  if (lock.until > Date.now()) throw new Refuse(429, 'auth.delayed', { args: { retry_s: Math.ceil((lock.until - Date.now()) / 1000) } });
  const fail = (code) => { lock.n += 1; if (lock.n >= 4) lock.until = Date.now() + 2000; failures.set(attempt.login, lock); throw new Refuse(401, code); };
  if (attempt.stage === 'password') {
    if (!who || who.password !== c.body.data.password) fail('auth.refused');
    attempt.stage = 'totp';
    return { attempt: c.body.attempt, state: 'need', accept: ['totp'] };
  }
  const step = Math.floor(Date.now() / 30000);
  const hit = [step, step - 1, step + 1].find((one) => totp(who.totp, one) === c.body.data.code);
  if (hit === undefined) fail('auth.code_wrong');
  if (used.has(`${who.login} ${hit}`)) fail('auth.code_replayed');
  used.add(`${who.login} ${hit}`);
  failures.delete(who.login);
  const sid = randomBytes(16).toString('hex');
  sessions.set(sid, { who, zone: c.zone });
  c.out['Set-Cookie'] = `__Host-sekisho=${sid}; Path=/; Secure; HttpOnly; SameSite=Strict`;
  return { state: 'done' };
}

async function uploadCall(request, response, item, c) {
  const found = transfers.flatMap((one) => one.items).find((one) => one.item === item);
  if (!found) { response.writeHead(404).end(); return; }
  const head = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': found.offset, 'Upload-Length': found.size };
  if (request.method === 'HEAD') { response.writeHead(200, head).end(); return; }
  if (Number(request.headers['upload-offset']) !== found.offset) { response.writeHead(409, head).end(); return; }
  for await (const piece of request) { found.offset += piece.length; found.hash.update(piece); }
  if (found.offset === found.size) { found.state = 'received'; found.sha256 = found.hash.digest('hex'); }
  void c;
  response.writeHead(204, { ...head, 'Upload-Offset': found.offset }).end();
}

async function answer(zone, request, response) {
  const url = new URL(request.url, 'http://x');
  const out = { 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' };
  const path = decodeURIComponent(url.pathname);
  const sid = /__Host-sekisho=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = sessions.get(sid);
  const c = { zone, query: url.searchParams, out, sid, who: session?.zone === zone ? session.who : null };
  if (!path.startsWith('/api/v1/')) {
    const file = files.get(path);
    if (file) { response.writeHead(200, { ...out, 'Content-Type': file.type }).end(file.bytes); return; }
    const page = manifest.pages.find((one) => one.portal === zone && new RegExp(`^${one.path.replace(/<\w+>/g, '[^/]+')}$`).test(path));
    const title = page ? page.title.ja : 'ページがありません';
    const html = readFileSync(join(WEB, manifest.shells[zone]), 'utf8').replaceAll('{{title}}', title).replaceAll('{{h1}}', title);
    response.writeHead(page ? 200 : 404, { ...out, 'Content-Type': 'text/html; charset=utf-8' }).end(html);
    return;
  }
  const call = path.slice(8);
  const send = (status, body) => response.writeHead(status, { ...out, 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD' && (request.headers['x-sekisho'] !== '1' || new URL(request.headers.origin ?? 'null://').host !== request.headers.host)) throw new Refuse(403, 'portal.origin');
    if (!call.startsWith('auth/') && !c.who) throw new Refuse(401, 'auth.no_session');
    const up = /^uploads\/(\w+)$/.exec(call);
    if (up) { await uploadCall(request, response, up[1], c); return; }
    const text = [];
    for await (const piece of request) text.push(piece);
    c.bytes = Buffer.concat(text);
    c.body = text.length && call !== 'policy/import' ? JSON.parse(c.bytes) : {};
    const content = /^items\/(\w+)\/content$/.exec(call);
    if (content) {
      const one = transfers.find((each) => each.items.some((item) => item.item === content[1]));
      event(one, 'transfer.take', c.who.name); stage(one, 'take', 'done'); one.state = 'taken';
      response.writeHead(200, { ...out, 'Content-Type': 'application/octet-stream', 'Content-Disposition': 'attachment' }).end('clean');
      return;
    }
    const receipt = /^ledger\/receipt\/(\d+)$/.exec(call);
    if (receipt) { response.writeHead(200, { ...out, 'Content-Type': 'text/plain', 'Content-Disposition': 'attachment' }).end('c2sp.org/tlog-proof@v1\n'); return; }
    if (call === 'auth/begin' || call === 'auth/step') { const body = auth(c, call); send(200, body); return; }
    for (const [method, rule, run] of routes) {
      const hit = method === request.method && rule.exec(call);
      if (!hit) continue;
      const body = run(c, ...hit.slice(1));
      if (body === null) response.writeHead(304, out).end();
      else send(call === 'transfers' && method === 'POST' ? 201 : call === 'policy/import' && method === 'POST' ? 202 : 200, body);
      return;
    }
    throw new Refuse(404, 'not_found');
  } catch (error) {
    if (!(error instanceof Refuse)) console.error(error);
    send(error.status ?? 500, error.body ?? { code: 'server.fault' });
  }
}

ZONES.forEach((zone, at) => createServer((request, response) => { answer(zone, request, response).catch(() => response.destroy()); }).listen(base + at, '127.0.0.1'));
writeFileSync(join(state, 'ports'), String(base));
writeFileSync(join(state, 'logins.txt'), people.map((one) => JSON.stringify({ login: one.login, password: one.password, totp: one.totp, name: one.name, post: one.post })).join('\n') + '\n');
writeFileSync(join(state, 'ready'), '');
