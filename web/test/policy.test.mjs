// What the policy pages compute themselves: addresses, filters, the two sides of a difference, which
// question comes next, which bytes are asked for, and the days typed into the boxes.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const policy = await load('lib/policy.ts');
const row = (key, label, depth, more = {}) => ({ key, label, depth, title: '', text: '', state: null, ...more });
const ROWS = [
  row('a', 'std:1', 1, { title: '範囲' }), row('b', 'std:1(1)', 2, { title: '機関', text: 'x', state: 'checked', role: ['chief'] }), row('c', 'std:1(2)', 2, { text: 'y', state: 'open_gap', role: ['person'] }),
  row('d', 'std:2', 1, { title: '体制' }), row('e', 'std:2(1)', 2, { title: '責任者' }), row('f', 'std:2(1)①', 3, { text: 'z', state: 'open_gap', role: ['chief', 'person'] }), row('g', 'std:2(1)②', 3, { text: 'w', state: 'running', role: 'chief' }),
];
const keys = (found) => found.shown.map((one) => one.key).join('');
const F = (more) => ({ chapter: '', role: '', state: '', ...more });

test('filters narrow together and keep the headings above', () => {
  assert.deepEqual([keys(policy.narrow(ROWS, F({}))), policy.narrow(ROWS, F({})).on], ['abcdefg', false]);
  assert.equal(keys(policy.narrow(ROWS, F({ state: 'open_gap' }))), 'acdef');
  assert.equal(policy.narrow(ROWS, F({ state: 'open_gap' })).hits, 2);
  assert.equal(keys(policy.narrow(ROWS, F({ state: 'open_gap', role: 'chief' }))), 'def');
  assert.equal(keys(policy.narrow(ROWS, F({ chapter: 'd', role: 'chief' }))), 'defg');
  assert.equal(keys(policy.narrow(ROWS, F({ chapter: '2', state: 'checked' }))), '');
  assert.equal(policy.narrow(ROWS, F({ chapter: 'nothing' })).hits, 0);
  assert.equal(keys(policy.narrow(ROWS, F({ state: 'checked' }), ROWS[6])), 'abg');
});

test('addresses carry body, version and filters, and nothing that is empty', () => {
  assert.equal(policy.docPath('std', { body: '', version: '' }, '4(2)①'), `/policy/std/${encodeURIComponent('4(2)①')}`);
  assert.equal(policy.docPath('std', { body: 'b', version: '1.0' }, '', F({ state: 'running', role: 'chief' })), '/policy/std?body=b&version=1.0&role=chief&state=running');
  const query = new URLSearchParams('body=b&state=running&chapter=d');
  assert.deepEqual([policy.whereOf(query), policy.filterOf(query)], [{ body: 'b', version: '' }, F({ state: 'running', chapter: 'd' })]);
  assert.equal(policy.apiPath('a/b', { body: 'x&y', version: '' }), 'policy/a%2Fb?body=x%26y');
});

test('each side of a pair has its own text and nothing of the other', () => {
  const side = (text, title = '') => ({ key: 'a', label: '1', title, text });
  const whole = (pieces) => pieces.map((one) => one.text).join('');
  const pair = { kind: 'changed', old: side('年に一度行う。'), new: side('随時行う。'), spans: [['-', '年に一度'], ['+', '随時'], ['=', '行う。']] };
  const both = policy.sides(pair);
  assert.deepEqual([whole(both.old.text), whole(both.new.text)], [pair.old.text, pair.new.text]);
  assert.deepEqual(both.old.text.map((one) => one.same), [false, true]);
  assert.deepEqual(policy.sides({ kind: 'added', old: null, new: side('x', 'T'), spans: [['+', 'T\nx']] }), { old: null, new: { title: [{ same: false, text: 'T' }], text: [{ same: false, text: 'x' }] } });
  assert.deepEqual(policy.sides({ kind: 'moved', old: side('x', 'T'), new: side('x', 'T') }).new, { title: [{ same: true, text: 'T' }], text: [{ same: true, text: 'x' }] });
  // Titles differ: the spans run over both, and nothing stands twice.
  const titled = policy.sides({ kind: 'reworded', old: side('本文一', '資産の管理'), new: side('本文二', '資産'), spans: [['=', '資産'], ['-', 'の管理'], ['=', '\n本文'], ['-', '一'], ['+', '二']] });
  assert.deepEqual([whole(titled.old.title), whole(titled.old.text), whole(titled.new.title), whole(titled.new.text)], ['資産の管理', '本文一', '資産', '本文二']);
  assert.deepEqual(titled.old.title.map((one) => one.same), [true, false]);
  const bare = policy.sides({ kind: 'moved', old: side('', '資産の管理'), new: side('', '資産'), spans: [['=', '資産'], ['-', 'の管理']] });
  assert.deepEqual([bare.old.text, whole(bare.old.title), whole(bare.new.title)], [[], '資産の管理', '資産']);
});

test('what a candidate says beyond the clause is told apart', () => {
  const cut = (title, clause) => policy.differing(title, clause).map((one) => `${one.same ? '=' : '!'}${one.text}`).join('|');
  assert.equal(cut('研修を毎年度行う', '職員に研修を行わなければならない。'), '=研修を|!毎年度行う');
  assert.equal(cut('ＵＳＢの持出し', 'USBの持出しを禁じる。'), '=ＵＳＢの持出し');
  assert.equal(cut('監査', ''), '!監査');
  assert.equal(cut('', 'x'), '');
});

test('the next question is the next open one, passed ones come last', () => {
  const q = (id, chosen) => ({ id, kind: 'binding', chosen });
  const all = [q('a', { none: true }), q('b'), q('c'), q('d')];
  assert.equal(policy.nextOpen(all, 'b', new Set()).id, 'c');
  assert.equal(policy.nextOpen(all, 'd', new Set()).id, 'b');
  assert.equal(policy.nextOpen(all, 'b', new Set(['c'])).id, 'd');
  assert.equal(policy.nextOpen(all, 'b', new Set(['b', 'c', 'd'])).id, 'c');
  assert.equal(policy.nextOpen([q('a', { none: true }), q('b')], 'a', new Set(['b'])).id, 'b');
  assert.equal(policy.nextOpen([q('a', { none: true })], 'a', new Set()), undefined);
});

test('the bytes around a place never begin before the file and stay bounded', () => {
  assert.deepEqual(policy.windows([0, 10]), [[0, 0], [0, 10], [10, 10 + policy.AROUND]]);
  assert.deepEqual(policy.windows([5000, 5100])[0], [5000 - policy.AROUND, 5000]);
  for (const [from, to] of policy.windows([0, 5_000_000])) assert.ok(to >= from && to - from <= 65_536);
});

test('days come as days and as instants', () => {
  assert.deepEqual(policy.dayOf('2026-04-01'), { y: 2026, m: 4, d: 1 });
  assert.deepEqual(policy.dayOf(Date.UTC(2026, 2, 31, 15) * 1000), { y: 2026, m: 4, d: 1 });
  assert.deepEqual([policy.dayOf(''), policy.dayOf(null), policy.dayOf('soon')], [null, null, null]);
});

test('the four boxes read a day, refuse one that is not there, and say the right one', async () => {
  const { readDate, dateText, isoDay } = await load('part/date.tsx');
  const box = (era, y, m, d) => readDate({ era, y, m, d });
  assert.equal(isoDay(box('R', '8', '4', '1').day), '2026-04-01');
  assert.equal(isoDay(box('R', '８', '４', '１').day), '2026-04-01');
  assert.equal(isoDay(box('', '2026', '4', '1').day), '2026-04-01');
  assert.deepEqual(box('R', '', '', ''), { day: null, bad: '' });
  assert.equal(box('R', '8', '2', '30').bad, 'ui.date.bad_day');
  assert.equal(box('R', '8', '', '1').bad, 'ui.date.bad_form');
  const wrong = box('H', '31', '5', '1');
  assert.deepEqual([wrong.bad, dateText(wrong.hint)], ['ui.date.bad_era', { era: 'R', y: '1', m: '5', d: '1' }]);
});
