// What stands in the boxes of a form (text, parts of a day, marked choices) and the value it means.
import type { FieldDef } from './register';
import { isoToDay, readNumber, showNumber } from './register';
import { t } from './messages';
import { isTyped, NAMED } from './names';
import { plainCode } from './ime';
import { dateText, isoDay, NO_DATE, readDate, type DateText } from '../part/date';

export interface Span { from: DateText; until: DateText }
export interface Clocked { day: DateText; time: string }
export interface Answer { answer: string; note: string; evidence: string }
export interface SheetRaw { answers: Record<string, Answer> }
// A signature that stands is sent back as it is; a new one is `true`: the server says whose hand it was.
export interface SignRaw { signed: unknown; now: boolean }
export type Raw = string | string[] | DateText | Span | Clocked | SheetRaw | SignRaw | RawRow[];
export type RawRow = Record<string, Raw>;
export interface Read { value: unknown; bad: string }

const dayOf = (value: unknown): DateText => { const day = isoToDay(value); return day ? dateText(day) : NO_DATE; };

export function emptyRaw(field: FieldDef): Raw {
  if (field.type === 'table') return [];
  if (field.type === 'sheet') return { answers: {} };
  if (field.type === 'sign') return { signed: null, now: false };
  if (field.many) return [];
  if (field.type === 'date') return NO_DATE;
  if (field.type === 'datetime') return { day: NO_DATE, time: '' };
  if (field.type === 'period') return { from: NO_DATE, until: NO_DATE };
  return '';
}

export function toRaw(field: FieldDef, value: unknown): Raw {
  if (value === undefined || value === null) return emptyRaw(field);
  if (field.type === 'table') return Array.isArray(value) ? value.map((row) => rowRaw(field, (row ?? {}) as Record<string, unknown>)) : [];
  if (field.type === 'sheet') return { answers: Object.fromEntries(Object.entries(value as Record<string, Partial<Answer>>).map(([key, one]) => [key, { answer: one.answer ?? '', note: one.note ?? '', evidence: one.evidence ?? '' }])) };
  if (field.type === 'sign') return { signed: value === true ? null : value, now: value === true };
  if (field.many) return Array.isArray(value) ? value.map((one) => (one && typeof one === 'object' ? String((one as { id?: unknown }).id ?? '') : String(one))) : [];
  if (field.type === 'date') return dayOf(value);
  if (field.type === 'period') { const span = value as { from?: unknown; until?: unknown }; return { from: dayOf(span.from), until: dayOf(span.until) }; }
  if (field.type === 'datetime') {
    if (typeof value !== 'number') return { day: NO_DATE, time: '' };
    const at = new Date(value / 1000 + 9 * 3_600_000);
    return { day: dayOf(at.toISOString().slice(0, 10)), time: at.toISOString().slice(11, 16) };
  }
  if (field.type === 'number' && typeof value === 'number') return showNumber(value, field.scale).replace(/,/g, '');
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'object') return String((value as { id?: unknown }).id ?? '');
  return String(value);
}
export const rowRaw = (field: FieldDef, row: Record<string, unknown>): RawRow => Object.fromEntries(field.columns.map((one) => [one.key, toRaw(one, row[one.key])]));

function readOneDay(text: DateText): { value: string | null; bad: string } {
  const read = readDate(text);
  if (read.bad) return { value: null, bad: t('ui.form.date') };
  return { value: read.day ? isoDay(read.day) : null, bad: '' };
}

function readText(field: FieldDef, text: string): Read {
  if (text.trim() === '') return { value: null, bad: '' };
  const long = [...text].length;
  if (field.max !== null && field.max > 0 && long > field.max) return { value: null, bad: t('ui.form.long', { max: field.max, n: long }) };
  return { value: text, bad: '' };
}

function readTime(raw: Clocked): Read {
  const day = readOneDay(raw.day);
  const time = plainCode(raw.time).replace('：', ':');
  if (day.bad || (!day.value && !time)) return day;
  const hit = /^(\d{1,2}):(\d{2})$/.exec(time);
  if (!day.value || !hit || Number(hit[1]) > 23 || Number(hit[2]) > 59) return { value: null, bad: t('ui.form.time') };
  return { value: Date.parse(`${day.value}T${(hit[1] as string).padStart(2, '0')}:${hit[2]}:00+09:00`) * 1000, bad: '' };
}

function readSheet(field: FieldDef, raw: SheetRaw): Read {
  const answered = field.rows.map((row) => ({ row, one: raw.answers[row.key] })).filter((each) => each.one?.answer);
  const bare = answered.find((each) => each.one?.answer === 'na' && !each.one.note.trim());
  const value = Object.fromEntries(answered.map(({ row, one }) => [row.key, { answer: one?.answer, ...(one?.note.trim() ? { note: one.note } : {}), ...(one?.evidence.trim() ? { evidence: one.evidence } : {}) }]));
  return { value: answered.length ? value : null, bad: bare ? t('ui.form.na_note', { row: bare.row.key }) : '' };
}

export function readRaw(field: FieldDef, raw: Raw): Read {
  if (field.type === 'sheet') return readSheet(field, raw as SheetRaw);
  if (field.type === 'sign') return { value: (raw as SignRaw).now ? true : (raw as SignRaw).signed, bad: '' };
  if (field.type === 'table') {
    const rows = (raw as RawRow[]).map((row) => field.columns.map((column) => ({ column, read: readRaw(column, row[column.key] ?? emptyRaw(column)) })));
    const bad = rows.flatMap((row, at) => row.filter((one) => one.read.bad).map((one) => t('ui.form.row', { n: at + 1, why: one.read.bad })))[0] ?? '';
    const values = rows.map((row) => Object.fromEntries(row.filter((one) => one.read.value !== null && !(Array.isArray(one.read.value) && !one.read.value.length)).map((one) => [one.column.key, one.read.value]))).filter((row) => Object.keys(row).length);
    return { value: values, bad };
  }
  // Typed and not chosen: said, and not sent.
  if (NAMED.includes(field.type) && (field.many ? raw as string[] : [raw as string]).some(isTyped)) return { value: null, bad: t('ui.form.pick') };
  if (field.many) return { value: (raw as string[]).map((one) => one.trim()).filter(Boolean), bad: '' };
  if (field.type === 'date') return readOneDay(raw as DateText);
  if (field.type === 'datetime') return readTime(raw as Clocked);
  if (field.type === 'period') {
    const [from, until] = [readOneDay((raw as Span).from), readOneDay((raw as Span).until)];
    if (from.bad || until.bad) return { value: null, bad: from.bad || until.bad };
    if (!from.value && !until.value) return { value: null, bad: '' };
    if (!from.value || !until.value) return { value: null, bad: t('ui.form.period_half') };
    return from.value > until.value ? { value: null, bad: t('ui.form.period_order') } : { value: { from: from.value, until: until.value }, bad: '' };
  }
  const text = raw as string;
  if (field.type === 'number') return readNumber(text, field);
  if (field.type === 'flag') return { value: text === '' ? null : text === 'true', bad: '' };
  if (field.type === 'text') return readText(field, text);
  const plain = text.trim();
  return { value: plain === '' ? null : plain, bad: '' };
}

// All boxes as values: what is wrong is left out, so that a draft can be kept.
export function readAll(fields: FieldDef[], raw: RawRow): { values: Record<string, unknown>; bad: Record<string, string> } {
  const values: Record<string, unknown> = {};
  const bad: Record<string, string> = {};
  for (const field of fields) {
    const read = readRaw(field, raw[field.key] ?? emptyRaw(field));
    if (read.bad) bad[field.key] = read.bad;
    else if (read.value !== null && !(Array.isArray(read.value) && read.value.length === 0)) values[field.key] = read.value;
  }
  return { values, bad };
}

// Cells as copied from a spreadsheet: tabs between columns, a cell in quotes may hold line ends.
export function readCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') { cell += '"'; at += 1; } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === '\t') { row.push(cell); cell = ''; }
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[at + 1] === '\n') at += 1;
      row.push(cell); rows.push(row); row = []; cell = '';
    } else cell += c;
  }
  if (cell !== '' || row.length) { row.push(cell); rows.push(row); }
  return rows.filter((one) => one.some((each) => each.trim() !== ''));
}
