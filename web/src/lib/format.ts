// Numbers, sizes, days and spans as words, in the language and calendar given.
import type { Calendar, Lang } from './prefs';
import { clock, eraYear, fiscalYear, fiscalYearName, type Day } from './wareki';

const DOW = { ja: ['日', '月', '火', '水', '木', '金', '土'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };
const MONTH = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

export interface Style { lang: Lang; calendar: Calendar }

export function dayWords(day: Day, style: Style): string {
  const named = style.calendar === 'wareki' ? eraYear(day) : undefined;
  if (style.lang === 'en') return `${day.d} ${MONTH[day.m - 1]} ${named ? `${named.roman} ${named.year} (${day.y})` : day.y}`;
  return `${named ? `${named.era}${named.year === 1 ? '元' : named.year}` : day.y}年${day.m}月${day.d}日`;
}

export function dateWords(us: number, style: Style): string {
  const at = clock(us);
  const dow = DOW[style.lang][at.dow];
  return style.lang === 'en' ? `${dow} ${dayWords(at, style)}` : `${dayWords(at, style)}(${dow})`;
}

export function timeWords(us: number): string {
  const at = clock(us);
  return `${at.hh}:${two(at.mm)}`;
}

export function whenWords(us: number, style: Style): string {
  return style.lang === 'en' ? `${dateWords(us, style)}, ${timeWords(us)}` : `${dateWords(us, style)} ${timeWords(us)}`;
}

// For tables: R8.11.20 14:05 or 2026-11-20 14:05.
export function whenShort(us: number, style: Style): string { return `${dayShort(us, style)} ${timeWords(us)}`; }

function dayShort(us: number, style: Style): string {
  const at = clock(us);
  const named = style.calendar === 'wareki' ? eraYear(at) : undefined;
  return named ? `${named.letter}${named.year}.${at.m}.${at.d}` : `${at.y}-${two(at.m)}-${two(at.d)}`;
}

// The end of a term is the first instant past it: an end at midnight is read as the day before, whole.
const wholeDay = (us: number): boolean => clock(us - 1).d !== clock(us).d;
export function dueWords(us: number, style: Style): string { return wholeDay(us) ? dateWords(us - 1, style) : whenWords(us, style); }
export function dueShort(us: number, style: Style): string { return wholeDay(us) ? dayShort(us - 1, style) : whenShort(us, style); }

export function isoWhen(us: number): string { return new Date(us / 1000).toISOString(); }

export function fiscalWords(us: number, style: Style): string {
  const year = fiscalYear(clock(us));
  if (style.lang === 'en') return `fiscal year ${year}`;
  return style.calendar === 'wareki' ? fiscalYearName(year) : `${year}年度`;
}

export function count(n: number): string { return String(Math.trunc(n)).replace(/\B(?=(\d{3})+$)/g, ','); }

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  let value = n / 1024;
  let unit = 'KiB';
  for (const next of ['MiB', 'GiB']) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 && value % 1 >= 0.05 ? value.toFixed(1) : count(Math.round(value))} ${unit}`;
}

// 90 → 1分30秒; for countdowns.
export function span(seconds: number, lang: Lang): string {
  const left = Math.max(0, Math.ceil(seconds));
  const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const units = lang === 'en' ? [' h', ' min', ' s'] : ['時間', '分', '秒'];
  const words = [h && `${h}${units[0]}`, m && `${m}${units[1]}`, (s && !h) || (!h && !m) ? `${s}${units[2]}` : ''].filter(Boolean);
  return words.join(lang === 'en' ? ' ' : '');
}
