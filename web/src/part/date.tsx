// A day in four small boxes: era, year, month, day, as officials write it. A whole date pasted into
// any box fills all of them. Digits in full width become plain when the box is left.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { dayWords } from '../lib/format';
import { plainCode } from '../lib/ime';
import { t } from '../lib/messages';
import { lang } from '../lib/prefs';
import { ERAS } from '../lib/eras';
import { eraYear, readDay, type Day } from '../lib/wareki';
import { style } from './bits';

export interface DateText { era: string; y: string; m: string; d: string }
export const NO_DATE: DateText = { era: ERAS[0]?.letter ?? '', y: '', m: '', d: '' };

export function dateText(day: Day): DateText {
  const named = eraYear(day);
  return named ? { era: named.letter, y: String(named.year), m: String(day.m), d: String(day.d) } : { era: '', y: String(day.y), m: String(day.m), d: String(day.d) };
}

// The day meant, nothing while all boxes are empty, or the key of what is wrong.
export function readDate(text: DateText): { day: Day | null; bad: string; hint?: Day } {
  const [y, m, d] = [text.y, text.m, text.d].map(plainCode) as [string, string, string];
  if (!y && !m && !d) return { day: null, bad: '' };
  const read = readDay(text.era ? `${text.era}${y}.${m}.${d}` : `${y}-${m}-${d}`);
  if ('ok' in read) return { day: read.ok, bad: '' };
  return { day: null, bad: `ui.date.bad_${read.bad}`, ...(read.hint ? { hint: read.hint } : {}) };
}

export const isoDay = (day: Day) => `${day.y}-${String(day.m).padStart(2, '0')}-${String(day.d).padStart(2, '0')}`;

export function DateBoxes(props: { id: string; legend: string; help: string; value: DateText; set: (next: DateText) => void; error?: string | undefined; mark?: ComponentChildren }) {
  const [touched, setTouched] = useState(false);
  const { value, set } = props;
  const read = readDate(value);
  const paste = (event: ClipboardEvent) => {
    const found = readDay(event.clipboardData?.getData('text/plain') ?? '');
    if (!('ok' in found)) return;
    event.preventDefault();
    set(dateText(found.ok));
  };
  const shown = props.error ?? (touched && read.bad ? t(read.bad, { hint: read.hint ? dayWords(read.hint, style()) : '' }) : '');
  const box = (key: 'y' | 'm' | 'd', at: number) => <span class="sk-date__box"><input class="sk-input" id={at === 0 ? props.id : `${props.id}-${key}`} inputMode="numeric" autoComplete="off" maxLength={6} size={3} value={value[key]} aria-label={`${props.legend} ${t(`ui.date.${key}`)}`}
    aria-invalid={shown ? 'true' : undefined} aria-describedby={`${props.id}-help`} onPaste={paste} onInput={(event) => set({ ...value, [key]: event.currentTarget.value })} onBlur={(event) => { setTouched(true); set({ ...value, [key]: plainCode(event.currentTarget.value) }); }} /> <span aria-hidden="true">{t(`ui.date.${key}`)}</span></span>;
  return <fieldset class={`sk-fieldset${shown ? ' sk-field--bad' : ''}`}><legend>{props.legend} {props.mark}</legend>
    {shown && <p class="sk-field__error" id={`${props.id}-error`} role="alert"><span aria-hidden="true">× </span>{shown}</p>}
    <div class="sk-date"><select class="sk-select" id={`${props.id}-era`} aria-label={`${props.legend} ${t('ui.date.era')}`} value={value.era} onChange={(event) => set({ ...value, era: event.currentTarget.value })}>
      {ERAS.slice(0, 2).map((one) => <option key={one.letter} value={one.letter}>{lang.get() === 'en' ? one.roman : one.kanji}</option>)}<option value="">{t('ui.date.western')}</option></select>
      {box('y', 0)}{box('m', 1)}{box('d', 2)}</div>
    <p class="sk-field__help" id={`${props.id}-help`}>{props.help}{read.day && <strong> → {dayWords(read.day, style())}</strong>}</p></fieldset>;
}
