// Japanese calendar: eras, reading a date as officials write it, fiscal year, writing both ways.
// All days are days in Japan (UTC+9, no summer time). Instants are microseconds since 1970, UTC.
import { ERAS } from './eras';

export interface Day { y: number; m: number; d: number }
export type Read = { ok: Day } | { bad: 'form' | 'day' | 'era'; hint?: Day };

const DAY_MS = 86_400_000;
const TOKYO_MS = 9 * 3_600_000;

export function ordinal(day: Day): number { return Date.UTC(day.y, day.m - 1, day.d) / DAY_MS; }

export function real(day: Day): boolean {
  const at = new Date(Date.UTC(day.y, day.m - 1, day.d));
  return day.y >= 1873 && day.y <= 9999 && at.getUTCFullYear() === day.y && at.getUTCMonth() === day.m - 1 && at.getUTCDate() === day.d;
}

export interface Clock extends Day { hh: number; mm: number; ss: number; dow: number }

export function clock(us: number): Clock {
  const at = new Date(Math.floor(us / 1000) + TOKYO_MS);
  return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate(), hh: at.getUTCHours(), mm: at.getUTCMinutes(), ss: at.getUTCSeconds(), dow: at.getUTCDay() };
}

export function eraOf(day: Day) {
  const n = ordinal(day);
  return ERAS.find((era) => n >= ordinal(era.from));
}

export interface EraYear { era: string; letter: string; roman: string; year: number }

export function eraYear(day: Day): EraYear | undefined {
  const era = eraOf(day);
  return era && { era: era.kanji, letter: era.letter, roman: era.roman, year: day.y - era.first + 1 };
}

export function fiscalYear(day: Day): number { return day.m >= 4 ? day.y : day.y - 1; }

// 令和8年度: named after the era of its first day.
export function fiscalYearName(year: number): string {
  const named = eraYear({ y: year, m: 4, d: 1 });
  if (!named) return `${year}年度`;
  // The year that begins in April and whose era changes in May carries the new name (令和元年度).
  const may = eraYear({ y: year, m: 5, d: 1 }) ?? named;
  return `${may.era}${may.year === 1 ? '元' : may.year}年度`;
}

const WESTERN = /^(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))$/;
const JAPANESE = /^([^\d\s.]{1,2}|[A-Z])(\d{1,2}|元)(?:年(\d{1,2})月(\d{1,2})日|[.\-/](\d{1,2})[.\-/](\d{1,2}))$/;

// Reads 令和8年3月31日, R8.3.31, 2026-03-31, 2026年3月31日, 20260331, also in full width. A day that
// lies outside the era it was written in is refused and the right day is the hint.
export function readDay(text: string): Read {
  const plain = text.normalize('NFKC').replace(/\s/g, '');
  const west = WESTERN.exec(plain);
  if (west) {
    const day = { y: Number(west[1]), m: Number(west[2] ?? west[4] ?? west[6]), d: Number(west[3] ?? west[5] ?? west[7]) };
    return real(day) ? { ok: day } : { bad: 'day' };
  }
  const hit = JAPANESE.exec(plain.replace(/^[a-z]/, (letter) => letter.toUpperCase()));
  if (!hit) return { bad: 'form' };
  const era = ERAS.find((one) => one.kanji === hit[1] || one.letter === hit[1]);
  if (!era) return { bad: 'form' };
  const year = hit[2] === '元' ? 1 : Number(hit[2]);
  const day = { y: era.first + year - 1, m: Number(hit[3] ?? hit[5]), d: Number(hit[4] ?? hit[6]) };
  if (year < 1 || !real(day)) return { bad: 'day' };
  return eraOf(day) === era ? { ok: day } : { bad: 'era', hint: day };
}
