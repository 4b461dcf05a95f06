// The conditions of register files: the same vectors as the C side, whose trees stand in them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { load, ROOT } from './load.mjs';

const { holds } = await load('lib/cond.ts');
const DAY = Date.UTC(2028, 1, 1) / 86_400_000;
const at = { today: DAY, now: (DAY * 24 + 3) * 3_600_000_000, fy: 2027, me: [2, 5], mine: [1], below: [1, 3, 4], rank: (code) => Number(code[1]) };
const vectors = readFileSync(`${ROOT}/tests/corpus/condition/vectors.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test('the shared vectors', () => {
  const asked = vectors.filter((one) => typeof one.expected === 'boolean');
  assert.ok(asked.length >= 40);
  for (const one of asked) {
    assert.ok(Array.isArray(one.tree), one.condition);
    const fields = { ...one.record, g: { from: one.record.d, until: one.record.e } };
    assert.equal(holds(one.tree, fields, at), one.expected, `${one.condition} ${JSON.stringify(one.record)}`);
  }
});

test('what is not understood gives no hint', () => {
  for (const tree of [null, 'x', [], ['maybe', 1], ['=', ['name', 'number', 'n']], ['=', ['new', 'n'], ['number', 1, 0]], ['in', ['name', 'text', 't'], 5], ['not', ['any']]]) {
    assert.equal(holds(tree, { n: 1, t: 'a' }, at), null, JSON.stringify(tree));
  }
});

test('moving days', () => {
  const same = (from, count, unit, to) => assert.equal(holds(['=', ['sum', ['name', 'date', 'd'], ['+', ['duration', count, unit]]], ['name', 'date', 'e']], { d: from, e: to }, at), true, `${from} + ${count}${unit}`);
  same('2028-01-31', 1, 'm', '2028-02-29');
  same('2027-12-31', 2, 'm', '2028-02-29');
  same('2028-12-15', 1, 'm', '2029-01-15');
  same('2028-02-04', 1, 'bd', '2028-02-07');
  same('2028-03-31', -1, 'm', '2028-02-29');
});

test('the state may be asked', () => {
  const tree = ['in', ['name', 'choice', 'state'], [['code', 'in_force'], ['code', 'closed']]];
  assert.equal(holds(tree, {}, { ...at, state: 'closed' }), true);
  assert.equal(holds(tree, {}, { ...at, state: 'draft' }), false);
});
