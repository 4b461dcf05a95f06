// View preferences, the only thing these pages keep in the browser: language and calendar.
import { store } from './store';

export type Lang = 'ja' | 'en';
export type Calendar = 'wareki' | 'seireki';

function read<T extends string>(key: string, known: readonly T[]): T {
  try {
    const kept = localStorage.getItem(key);
    if (known.includes(kept as T)) return kept as T;
  } catch { /* storage may be shut off: the first choice holds */ }
  return known[0] as T;
}

function keep(key: string, value: string) {
  try { localStorage.setItem(key, value); } catch { /* see above */ }
}

export const lang = store<Lang>(read('sekisho.lang', ['ja', 'en'] as const));
export const calendar = store<Calendar>(read('sekisho.calendar', ['wareki', 'seireki'] as const));

export function setCalendar(value: Calendar) { keep('sekisho.calendar', value); calendar.set(value); }
export function keepLang(value: Lang) { keep('sekisho.lang', value); }
