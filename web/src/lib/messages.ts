// The catalogue of the language in use. A text is looked up by key; {name} is filled from args.
import { keepLang, lang, type Lang } from './prefs';

export type Args = Record<string, string | number | null | undefined>;
export interface Both { ja: string; en: string }

let table: Record<string, string> = {};

export async function loadLang(next: Lang): Promise<void> {
  const answer = await fetch(new URL(`./${next}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`catalogue ${next}: ${answer.status}`);
  table = await answer.json() as Record<string, string>;
  document.documentElement.lang = next;
  lang.set(next);
}

// The reader chose a language.
export async function setLang(next: Lang): Promise<void> {
  await loadLang(next);
  keepLang(next);
}

export function has(key: string): boolean { return Object.hasOwn(table, key); }

export function fill(text: string, args: Args): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? ''));
}

export function t(key: string, args: Args = {}): string {
  return has(key) ? fill(table[key] as string, args) : key;
}

// Several texts in a row: whole sentences follow each other, words are listed.
export function joined(texts: string[]): string {
  return texts.every((one) => /[。.]$/.test(one)) ? texts.join(lang.get() === 'en' ? ' ' : '') : texts.join(lang.get() === 'en' ? ', ' : '、');
}

// The first key that has a text; the last is shown as it is when none has.
export function first(keys: string[], args: Args = {}): string {
  const known = keys.find(has);
  return known ? t(known, args) : keys[keys.length - 1] as string;
}

export function both(text: Both | string | null | undefined): string {
  if (!text) return '';
  return typeof text === 'string' ? text : text[lang.get()] || text.ja;
}
