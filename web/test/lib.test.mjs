// The IME guard, clause labels, addresses, the catalogue's filling, the limits of a transfer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readPages } from '../pages.mjs';
import { load } from './load.mjs';

const { composing, guardEnter, plainCode } = await load('lib/ime.ts');
const { readClause, clausePath, lastMark, sameClause } = await load('lib/clause.ts');
const { match, safePath } = await load('lib/route.ts');
const { fill } = await load('lib/messages.ts');
const { refuse } = await load('lib/sending.ts');
const { sums } = await load('part/transfer.tsx');

test('a key that confirms a conversion never sends a form', () => {
  const press = (event) => { let stopped = false; guardEnter({ key: 'Enter', isComposing: false, keyCode: 13, preventDefault: () => { stopped = true; }, ...event }); return stopped; };
  assert.equal(press({ isComposing: true }), true);
  assert.equal(press({ keyCode: 229 }), true); // the confirming Enter as Safari reports it
  assert.equal(press({}), false);
  assert.equal(press({ key: 'a', isComposing: true }), false);
  assert.equal(composing({ isComposing: false, keyCode: 229 }), true);
  assert.equal(composing({}), false);
});

test('codes typed in full width are understood', () => {
  assert.equal(plainCode('１２３ ４５６'), '123456');
  assert.equal(plainCode(' 123-456\n'), '123456');
});

test('clause labels are read as printed', () => {
  assert.deepEqual(readClause('std:4(2)①'), { doc: 'std', label: '4(2)①' });
  assert.deepEqual(readClause('4(2)①'), { doc: '', label: '4(2)①' });
  assert.equal(clausePath('std:4(2)①'), '/policy/std/4(2)%E2%91%A0');
  assert.equal(clausePath('basic:3'), '/policy/basic/3');
  for (const [label, mark] of [['std:4(2)①', '①'], ['4(2)', '(2)'], ['4', '4'], ['12', '12'], ['4(2)①ウ', 'ウ'], ['6(1)①ウ(イ)', '(イ)'], ['第3条', '第3条']]) assert.equal(lastMark(label), mark, label);
  for (const asked of ['k7', 'std:4(2)①', '4(2)①']) assert.equal(sameClause(asked, { key: 'k7', label: 'std:4(2)①' }), true);
  assert.equal(sameClause('4(2)', { key: 'k7', label: 'std:4(2)①' }), false);
});

test('addresses are matched by the page table', () => {
  const rows = readPages().filter((row) => row.portal === 'lgwan');
  assert.equal(match(rows, '/').row.page, 'inbox');
  assert.equal(match(rows, '/transfer').row.page, 'transfers');
  assert.deepEqual(match(rows, '/transfer/R8-000001').params, { id: 'R8-000001' });
  assert.deepEqual(match(rows, `/policy/std/${encodeURIComponent('4(2)①')}`).params, { doc: 'std', clause: '4(2)①' });
  for (const path of ['/nothing', '/transfer/', '/transfer/a/b', '/policy/std/', '/policy/std/%E0%A4', '//', '']) assert.equal(match(rows, path), null, path);
});

test('after login only a path of this portal is followed', () => {
  assert.equal(safePath('/transfer/R8-000001?x=1'), '/transfer/R8-000001?x=1');
  for (const path of [null, '', 'https:' + '//evil.example', '//evil.example', '/\\evil.example', '/a\\b', '/login', '/ /x', 'javascript' + ':alert(1)']) assert.equal(safePath(path), '/', String(path));
});

test('a text is filled once; what is filled in is never read as a pattern', () => {
  assert.equal(fill('{a} と {b}', { a: '{b}', b: 2 }), '{b} と 2');
  assert.equal(fill('{a}{none}', { a: '<b>$1</b>' }), '<b>$1</b>');
});

test('files beyond the limits are refused before anything is sent', () => {
  const limits = { item: 100, bundle: 150, items: 2 };
  const file = (size) => ({ name: 'a', size });
  assert.equal(refuse(file(100), [], limits), '');
  assert.notEqual(refuse(file(101), [], limits), '');
  assert.notEqual(refuse(file(0), [], limits), '');
  assert.notEqual(refuse(file(51), [{ size: 100 }], limits), '');
  assert.equal(refuse(file(50), [{ size: 100 }], limits), '');
  assert.notEqual(refuse(file(1), [{ size: 1 }, { size: 1 }], limits), '');
});

test('the sums of a report count members and never hide what was not inspected', () => {
  const found = (id, action, count) => ({ id, action, count, at: '/x' });
  const full = { depth: 'full', findings: [] };
  const report = { verdict: 'rebuilt', findings: [found('A', 'removed', 3), found('B', 'reported', 1)], inspection: full,
    children: [{ verdict: 'rebuilt', input: { name: '中.docx' }, findings: [found('C', 'removed')], inspection: full }] };
  const all = sums(report);
  assert.deepEqual([all.removed, all.left, all.unsure, all.taken.length, all.kept.length], [4, 0, 0, 2, 1]);
  assert.equal(all.taken[1].at, '中.docx /x');
  assert.equal(sums({ ...report, inspection: null }).unsure, 1);
  assert.equal(sums({ ...report, inspection: { depth: 'partial', findings: [found('D', 'found')] } }).left, 1);
});
