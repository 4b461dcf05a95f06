// The policy part of the fake town: bodies, versions, comparing, coverage and importing, from memory.
// Its reader knows three marks (1, (1), ①) and nothing else; it only gives the pages something to do.
import { createHash, randomBytes } from 'node:crypto';

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const CHIEF = (who) => who.roles.some((role) => role.role === 'chief');
const both = (ja, en) => ({ ja, en });
const CANDIDATES = [['people.training', 'all', '職員の研修を行う', 'Staff are trained'], ['people.carry_out', 'permit', '持出しを許可する', 'Taking out is permitted'], ['asset.label', 'mark', '分類を表示する', 'The class is shown'], ['tech.backup', 'check', '控えを確かめる', 'Backups are checked'], ['org.apart', 'apart', '申請者と承認者を分ける', 'Applicant and approver differ']];

// Lines to clauses with their byte places.
function read(bytes) {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (text.includes('\0')) throw new Error('binary');
  const rows = [];
  let at = 0;
  const marks = ['', ''];
  for (const line of text.split('\n')) {
    const size = Buffer.byteLength(line);
    const hit = /^(\d+|\(\d+\)|[①-⑳])\s*(.*)$/.exec(line.trim());
    if (hit) {
      const depth = /^\d/.test(hit[1]) ? 1 : hit[1].startsWith('(') ? 2 : 3;
      if (depth === 1) marks.splice(0, 2, hit[1], '');
      if (depth === 2) marks[1] = hit[1];
      const label = `std:${depth === 1 ? hit[1] : depth === 2 ? marks[0] + hit[1] : marks[0] + marks[1] + hit[1]}`;
      const sentence = /。$/.test(hit[2]);
      rows.push({ key: `c${String(rows.length + 1).padStart(4, '0')}`, doc: 'std', label, depth, kind: 'clause', title: sentence ? '' : hit[2], text: sentence ? hit[2] : '', at: [at, at + size] });
    }
    at += size + 1;
  }
  return { rows, title: text.split('\n')[0].trim() };
}

function compare(old, now) {
  const pairs = [];
  const left = new Set(old);
  for (const one of now) {
    const twin = old.find((each) => each.label === one.label);
    if (twin) left.delete(twin);
    const side = (each) => each && { key: each.key, label: each.label, title: each.title, text: each.text };
    if (!twin) { pairs.push({ kind: 'added', fields: [], old: null, new: side(one), spans: [], recheck: false }); continue; }
    const same = twin.text === one.text && twin.title === one.title;
    let from = 0;
    const [a, b] = [twin.text ?? '', one.text ?? ''];
    while (from < a.length && a[from] === b[from]) from++;
    let end = 0;
    while (end < a.length - from && end < b.length - from && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const spans = [['=', a.slice(0, from)], ['-', a.slice(from, a.length - end)], ['+', b.slice(from, b.length - end)], ['=', end ? a.slice(-end) : '']].filter(([, text]) => text);
    pairs.push({ kind: same ? 'same' : /ならない/.test(a) !== /ならない/.test(b) ? 'changed' : 'reworded', fields: same ? [] : ['modality'], old: side(twin), new: side(one), spans, recheck: !same });
  }
  for (const one of left) pairs.push({ kind: 'removed', fields: [], old: { key: one.key, label: one.label, title: one.title, text: one.text }, new: null, spans: [], recheck: true });
  const counts = {};
  for (const one of pairs) counts[one.kind] = (counts[one.kind] ?? 0) + 1;
  return { counts, pairs };
}

export function policyRoutes({ Refuse, clauses, now, log, leaves }) {
  const DAY = 86400e6;
  for (const one of clauses) { one.role = one.depth > 1 ? ['system_manager', 'section_manager'].slice(0, 1 + (one.key.length % 2)) : []; one.chapter = one.label.replace(/^std:(\d+).*/, 'c$1'); }
  clauses.push({ key: 'c5', label: 'std:5', depth: 1, kind: 'article', title: '物理的な対策', text: null, state: null, controls: 0, role: [], chapter: 'c5' });
  clauses.sort((a, b) => Number(/\d+/.exec(a.label)[0]) - Number(/\d+/.exec(b.label)[0]) || a.depth - b.depth || 0);
  const older = clauses.filter((one) => one.key !== 'c5-39').map((one) => (one.key === 'c2-8-1' ? { ...one, text: '申請する者とこれを承認する者は、同じ者でないことが望ましい。', state: 'not_verified' } : one));
  const bodies = [{ id: 'town', name: '関乃町', docs: { std: { title: '関乃町情報セキュリティ対策基準', visibility: 'staff', versions: [{ version: '1.0', state: 'in_force', effective: '2026-04-01', rows: clauses }, { version: '0.9', state: 'replaced', effective: '2023-04-01', rows: older }] } } }];
  const imports = new Map();
  const body = (id) => bodies.find((one) => one.id === (id || 'town')) ?? (() => { throw new Refuse(404, 'not_found'); })();
  const doc = (of, name) => of.docs[name] ?? (() => { throw new Refuse(404, 'not_found'); })();
  const pick = (of, version) => of.versions.find((one) => (version ? one.version === version : one.state === 'in_force')) ?? (() => { throw new Refuse(404, 'not_found'); })();
  const count = (rows) => { const out = {}; for (const one of rows) if (one.state) out[one.state] = (out[one.state] ?? 0) + 1; return out; };
  const mine = (c, id) => { if (!CHIEF(c.who)) throw new Refuse(403, 'policy.not_chief'); const one = imports.get(id); if (!one) throw new Refuse(404, 'not_found'); return one; };
  const open = (one) => one.questions.filter((each) => !each.chosen);
  const view = (one) => ({ id: one.id, state: one.state, error: one.error, name: one.name, sha256: one.sha256, digest: one.digest, body: one.body, documents: one.documents, counts: { ...one.counts, questions: open(one).length }, questions: one.questions });

  function finish(one) {
    try {
      const { rows, title } = read(one.bytes);
      if (!rows.length) throw new Error('empty');
      one.rows = rows;
      if (one.body.new) one.body.name = title.replace(/情報セキュリティ.*$/, '');
      const questions = rows.filter((row) => row.text).slice(0, 4).map((row, at) => ({ id: `q${at + 1}`, kind: 'binding', doc: 'std', key: row.key, label: row.label, title: row.title, text: row.text, at: row.at, candidates: CANDIDATES.map(([topic, part, ja, en], n) => ({ topic, part, title: both(ja, en), score: 9 - n })) }));
      const first = rows.find((row) => row.text);
      questions.unshift({ id: 'q0', kind: 'finding', doc: 'std', key: first.key, label: first.label, title: first.title, text: first.text, code: 'P106', severity: 'error', at: first.at, candidates: [] });
      Object.assign(one, { state: 'read', questions, counts: { clauses: rows.length, sure: 1, likely: 1, ask: 3, none: 1 }, digest: sha(`${one.id}0`),
        documents: [{ doc: 'std', title, version: '第1版', dated: '', chapters: rows.filter((row) => row.depth === 1).length, nodes: rows.length, leaves: rows.filter((row) => row.text).length, replaces: bodies.find((each) => each.id === one.body.id)?.docs.std ? '1.0' : null }] });
    } catch {
      Object.assign(one, { state: 'failed', error: { code: 'policy.binary', detail: '4' } });
    }
  }

  return [
    ['GET', /^policy$/, (c) => {
      const of = body(c.query.get('body'));
      return { body: { id: of.id, name: of.name }, bodies: bodies.map(({ id, name }) => ({ id, name })), may: { import: CHIEF(c.who) },
        documents: Object.entries(of.docs).map(([name, one]) => {
          const { rows } = pick(one, one.versions.some((each) => each.state === 'in_force') ? '' : one.versions[0].version);
          return { doc: name, title: one.title, body: of.name, version: one.versions[0].version, visibility: one.visibility, counts: count(rows), versions: one.versions.map(({ version, state, effective }) => ({ version, state, effective })),
            chapters: rows.filter((row) => row.depth === 1).map((row) => ({ key: row.key, label: row.label, title: row.title, counts: count(rows.filter((each) => each.label.startsWith(row.label))) })) };
        }) };
    }],
    ['POST', /^policy\/import$/, (c) => {
      if (!CHIEF(c.who)) throw new Refuse(403, 'policy.not_chief');
      const known = bodies.find((one) => one.id === c.query.get('body'));
      const one = { id: randomBytes(8).toString('hex'), state: 'reading', name: c.query.get('name'), bytes: c.bytes, sha256: sha(c.bytes), digest: '', at: now(), body: known ? { id: known.id, name: known.name, new: false } : { id: c.query.get('body'), name: '', new: true }, documents: [], counts: {}, questions: [], turn: 0 };
      imports.set(one.id, one);
      setTimeout(() => finish(one), 400);
      return { import: one.id };
    }],
    ['GET', /^policy\/import$/, (c) => { if (!CHIEF(c.who)) throw new Refuse(403, 'policy.not_chief'); return { imports: [...imports.values()].filter((one) => one.state !== 'confirmed').map((one) => ({ id: one.id, state: one.state, name: one.name, body: one.body, at: one.at, questions: open(one).length })) }; }],
    ['GET', /^policy\/import\/(\w+)$/, (c, id) => view(mine(c, id))],
    ['GET', /^policy\/import\/(\w+)\/source$/, (c, id) => { const one = mine(c, id); const [from, to] = [Number(c.query.get('from')), Math.min(Number(c.query.get('to')), one.bytes.length)]; return { from, to, text: one.bytes.subarray(from, to).toString('utf8').replace(/^�+|�+$/g, '') }; }],
    ['GET', /^policy\/import\/(\w+)\/clauses$/, (c, id) => { const one = mine(c, id); return { clauses: one.rows.map((row, at) => ({ ...row, bindings: row.text && at % 2 ? [{ topic: 'org.apart', part: 'apart', title: both('申請者と承認者を分ける', 'Applicant and approver differ'), confidence: 'sure' }] : [], findings: one.questions.filter((each) => each.kind === 'finding' && each.key === row.key).map(() => ({ code: 'P106', severity: 'error', text: '' })) })) }; }],
    ['GET', /^policy\/import\/(\w+)\/diff$/, (c, id) => { const one = mine(c, id); const own = bodies.find((each) => each.id === one.body.id)?.docs[c.query.get('doc')]; if (!own) throw new Refuse(404, 'not_found'); return { from: { body: one.body.id, version: '1.0' }, to: { body: one.body.id, version: '' }, ...compare(pick(own, '').rows, one.rows) }; }],
    ['POST', /^policy\/import\/(\w+)\/settle$/, (c, id) => {
      const one = mine(c, id);
      if (c.body.digest !== one.digest) throw new Refuse(409, 'policy.import_moved');
      const question = one.questions.find((each) => each.id === c.body.question) ?? (() => { throw new Refuse(422, 'policy.question'); })();
      question.chosen = c.body.choice.open ? null : c.body.choice;
      one.digest = sha(`${one.id}${++one.turn}`);
      return view(one);
    }],
    ['POST', /^policy\/import\/(\w+)\/confirm$/, (c, id) => {
      const one = mine(c, id);
      if (c.body.digest !== one.digest) throw new Refuse(409, 'policy.import_moved');
      if (open(one).some((each) => each.severity === 'error')) throw new Refuse(422, 'policy.questions_open');
      const rows = one.rows.map((row) => ({ ...row, state: row.text ? 'not_verified' : null, controls: 0, role: ['person'] }));
      let of = bodies.find((each) => each.id === one.body.id);
      if (!of) { of = { id: one.body.id, name: c.body.body.name, docs: {} }; bodies.push(of); }
      const versions = of.docs.std?.versions ?? [];
      for (const each of versions) if (!c.body.effective) each.state = 'replaced';
      of.docs.std = { title: one.documents[0].title, visibility: c.body.visibility.std, versions: [{ version: `取込み${imports.size}`, state: c.body.effective ? 'confirmed' : 'in_force', effective: c.body.effective || now(), rows }, ...versions] };
      one.state = 'confirmed';
      one.body = { id: of.id, name: of.name, new: false };
      log('policy.version.confirm');
      return view(one);
    }],
    ['POST', /^policy\/import\/(\w+)\/discard$/, (c, id) => { mine(c, id); imports.delete(id); return {}; }],
    ['GET', /^policy\/(\w+)\/diff$/, (c, name) => {
      const of = body(c.query.get('body'));
      const other = c.query.get('other');
      if (other) { const theirs = body(other); return { from: { body: other, version: '' }, to: { body: of.id, version: '' }, ...compare(pick(doc(theirs, name), '').rows, pick(doc(of, name), '').rows) }; }
      return { from: { body: of.id, version: c.query.get('from') }, to: { body: of.id, version: c.query.get('to') }, ...compare(pick(doc(of, name), c.query.get('from')).rows, pick(doc(of, name), c.query.get('to')).rows) };
    }],
    ['GET', /^policy\/(\w+)$/, (c, name) => { const one = doc(body(c.query.get('body')), name); return { doc: name, title: one.title, clauses: pick(one, c.query.get('version')).rows }; }],
    ['GET', /^policy\/(\w+)\/clause\/(.+)$/, (c, name, key) => {
      const row = pick(doc(body(c.query.get('body')), name), c.query.get('version')).rows.find((one) => one.key === key || one.label === key || one.label.replace(/^\w+:/, '') === key);
      if (!row) throw new Refuse(404, 'not_found');
      const own = row.controls > 0;
      const evidence = leaves.map((leaf, index) => ({ log: 'main', index, at: leaf.at, kind: leaf.kind, record: 'R8' })).filter((leaf) => /disarm|release|deposit|take/.test(leaf.kind)).slice(-5).reverse();
      return { key: row.key, label: row.label, path: [], title: row.title, text: row.text, state: row.state, since: now() - DAY, reason: row.state ? { key: `ui.policy.legend.${row.state}`, args: {} } : null,
        topics: [{ id: 'zone.lgwan_split', title: both('LGWAN接続系とインターネット接続系の分割', 'Split of the LGWAN and internet zones') }],
        controls: own ? [{ id: 'gate_disarm', title: both('ファイルの無害化', 'Disarming of files'), kind: 'E', state: 'enforced', verdict: 'pass', at: now() - 180e6, live: { key: 'ui.status.idle', args: {} } }] : [],
        parts: row.text ? [{ topic: 'zone.lgwan_split', part: 'disarm', title: both('ファイルの無害化', 'Files disarmed'), kind: ['E'], by: own ? 'control' : 'none', answers: own ? ['gate_disarm'] : [], state: row.state, confidence: 'sure', confirmed: own }] : [],
        exceptions: row.key === 'c5-3' ? [{ record: 'R8-EX-2', until: now() + 30 * DAY }] : [], refs: row.key === 'c4-2-1-a' ? [{ doc: 'std', label: 'std:4(2)①', key: 'c4-2-1' }] : [],
        evidence: row.key === 'c4-2-1' ? evidence : [], role: row.role };
    }],
    ['GET', /^coverage$/, (c) => {
      const of = body(c.query.get('body'));
      const one = of.docs.std;
      const rows = pick(one, one.versions.some((each) => each.state === 'in_force') ? '' : one.versions[0].version).rows;
      const leafs = rows.filter((row) => row.text);
      const at = leafs.slice(0, 2).map((row) => ({ doc: 'std', label: row.label, key: row.key }));
      const topics = [
        { id: 'zone.lgwan_split', group: '4(2)①', title: both('LGWAN接続系の切離し', 'LGWAN split'), kind: ['E'], parts: [{ key: 'split', title: both('二つの系を切り離す', 'The zones are split'), kind: ['E'], by: 'control', answers: ['gate_flows'], verdict: 'present', clauses: at }, { key: 'disarm', title: both('ファイルの無害化', 'Files disarmed'), kind: ['E'], by: 'control', answers: ['gate_disarm'], verdict: of.id === 'town' ? 'present' : 'absent', clauses: of.id === 'town' ? at : [] }] },
        { id: 'review.audit', group: '10(1)', title: both('監査', 'Audit'), kind: ['W'], parts: [{ key: 'yearly', title: both('監査を毎年度行う', 'A yearly audit'), kind: ['W', 'R'], by: 'none', answers: [], verdict: 'weaker', clauses: at.slice(0, 1), expected: 'yearly', found: 'as_needed' }] },
        { id: 'ai.use', group: '', title: both('生成AIの利用', 'Use of AI'), kind: ['W'], parts: [{ key: 'permit', title: both('利用を許可する', 'Use is permitted'), kind: ['W'], by: 'none', answers: [], verdict: 'absent', clauses: [] }] }];
      const counts = {};
      for (const part of topics.flatMap((topic) => topic.parts)) counts[part.verdict] = (counts[part.verdict] ?? 0) + 1;
      return { topics, counts, links: [], chapters: rows.filter((row) => row.depth === 1).map((row) => ({ doc: 'std', label: row.label, title: row.title, leaves: 3, bound: 2, kind: { E: 1, W: 1 }, answered: 1, gaps: 1 })) };
    }],
  ];
}
