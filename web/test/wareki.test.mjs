// Reading and writing days the way officials do. The day tables were worked out by hand.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

const { readDay, eraYear, fiscalYear, fiscalYearName, clock, ordinal } = await load('lib/wareki.ts');
const { dayWords, dateWords, whenWords, whenShort, dueShort, dueWords, fiscalWords, bytes, count, span, isoWhen } = await load('lib/format.ts');
const ja = { lang: 'ja', calendar: 'wareki' };
const west = { lang: 'ja', calendar: 'seireki' };
const en = { lang: 'en', calendar: 'seireki' };

test('every accepted way to write one day is read', () => {
  for (const text of ['令和8年3月31日', 'R8.3.31', 'r8.3.31', 'R8-3-31', 'R8/3/31', '2026-03-31', '2026/3/31', '2026年3月31日', '20260331', '２０２６０３３１', '令和８年３月３１日', ' 令和 8年 3月 31日 ', 'Ｒ８．３．３１']) {
    assert.deepEqual(readDay(text), { ok: { y: 2026, m: 3, d: 31 } }, text);
  }
});

test('the first year of an era may be written 元年 or 1', () => {
  assert.deepEqual(readDay('令和元年5月1日'), { ok: { y: 2019, m: 5, d: 1 } });
  assert.deepEqual(readDay('令和1年5月1日'), { ok: { y: 2019, m: 5, d: 1 } });
  assert.deepEqual(readDay('昭和64年1月7日'), { ok: { y: 1989, m: 1, d: 7 } });
});

test('a day outside its era is refused and the right day is named', () => {
  for (const [text, y, m, d] of [['平成31年5月1日', 2019, 5, 1], ['令和元年4月30日', 2019, 4, 30], ['昭和64年1月8日', 1989, 1, 8], ['H40.1.1', 2028, 1, 1]]) {
    assert.deepEqual(readDay(text), { bad: 'era', hint: { y, m, d } }, text);
  }
  assert.equal(dayWords(readDay('平成31年5月1日').hint, ja), '令和元年5月1日');
});

test('what is no day is refused, with the kind of fault', () => {
  for (const text of ['', '令和', '8.3.31', '3月31日', '令和8年3月', 'X8.3.31', '2026-3', '202603', '令和8年3月31日まで', '皇紀2686年1月1日']) assert.deepEqual(readDay(text), { bad: 'form' }, text);
  for (const text of ['2026-02-29', '2026-13-01', '20260431', '令和8年2月30日', 'R8.0.1', '令和0年1月1日']) assert.deepEqual(readDay(text), { bad: 'day' }, text);
  assert.deepEqual(readDay('2024-02-29'), { ok: { y: 2024, m: 2, d: 29 } });
});

test('what is written is read back, for every day from 1873 to 2040', () => {
  for (let n = Date.UTC(1873, 0, 1); n < Date.UTC(2040, 0, 1); n += 86_400_000) {
    const at = new Date(n);
    const day = { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() };
    assert.deepEqual(readDay(dayWords(day, ja)), { ok: day });
    assert.deepEqual(readDay(dayWords(day, west)), { ok: day });
    assert.equal(ordinal(day), n / 86_400_000);
  }
});

test('eras begin on their first day', () => {
  assert.equal(eraYear({ y: 2019, m: 4, d: 30 }).era, '平成');
  assert.deepEqual(eraYear({ y: 2019, m: 5, d: 1 }), { era: '令和', letter: 'R', roman: 'Reiwa', year: 1 });
  assert.equal(eraYear({ y: 1926, m: 12, d: 24 }).era, '大正');
  assert.equal(eraYear({ y: 1926, m: 12, d: 25 }).year, 1);
});

test('Meiji counts from 1868 though dates begin with the calendar of 1873', () => {
  assert.deepEqual(readDay('明治6年1月1日'), { ok: { y: 1873, m: 1, d: 1 } });
  assert.deepEqual(readDay('明治5年12月2日'), { bad: 'day' });
});

test('the fiscal year begins in April', () => {
  assert.equal(fiscalYear({ y: 2026, m: 3, d: 31 }), 2025);
  assert.equal(fiscalYear({ y: 2026, m: 4, d: 1 }), 2026);
  assert.equal(fiscalYearName(2026), '令和8年度');
  assert.equal(fiscalYearName(2019), '令和元年度');
  assert.equal(fiscalYearName(2018), '平成30年度');
});

test('instants are shown as days and times in Japan', () => {
  const us = Date.UTC(2026, 10, 20, 14, 59, 59) * 1000;
  assert.equal(whenWords(us, ja), '令和8年11月20日(金) 23:59');
  assert.equal(whenWords(us + 1_000_000, ja), '令和8年11月21日(土) 0:00');
  assert.equal(whenWords(us, west), '2026年11月20日(金) 23:59');
  assert.equal(whenWords(us, en), 'Fri 20 Nov 2026, 23:59');
  assert.equal(dateWords(us, { lang: 'en', calendar: 'wareki' }), 'Fri 20 Nov Reiwa 8 (2026)');
  assert.equal(whenShort(us, ja), 'R8.11.20 23:59');
  assert.equal(whenShort(us, west), '2026-11-20 23:59');
  const midnight = us + 1_000_000; // an end: the first instant past the 20th
  assert.equal(dueShort(midnight, ja), 'R8.11.20');
  assert.equal(dueWords(midnight, ja), '令和8年11月20日(金)');
  assert.equal(dueShort(us, ja), 'R8.11.20 23:59');
  assert.equal(isoWhen(us), '2026-11-20T14:59:59.000Z');
  assert.equal(fiscalWords(Date.UTC(2026, 2, 31, 15) * 1000, ja), '令和8年度');
  assert.equal(fiscalWords(Date.UTC(2026, 2, 31, 14) * 1000, en), 'fiscal year 2025');
  assert.equal(clock(us).dow, 5);
});

test('numbers, sizes and spans', () => {
  assert.equal(count(0), '0');
  assert.equal(count(1234567), '1,234,567');
  assert.equal(bytes(1023), '1,023 B'.replace(',', ''));
  assert.equal(bytes(1024), '1 KiB');
  assert.equal(bytes(1536), '1.5 KiB');
  assert.equal(bytes(100 * 2 ** 20), '100 MiB');
  assert.equal(bytes(2 * 2 ** 30), '2 GiB');
  assert.equal(span(90, 'ja'), '1分30秒');
  assert.equal(span(0, 'ja'), '0秒');
  assert.equal(span(0.2, 'ja'), '1秒');
  assert.equal(span(3600, 'en'), '1 h');
  assert.equal(span(3720, 'ja'), '1時間2分');
  assert.equal(span(59.5, 'en'), '1 min');
});
