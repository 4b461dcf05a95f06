// Registers as the pages see them: what a schema says of its fields, how a value is typed, checked
// before sending, and shown. The server judges again; here it is only said earlier.
import { holds, type Fields, type Moment, type Tree } from './cond';
import { dayWords, whenWords, type Style } from './format';
import { has, t, type Both } from './messages';
import { kindOf, NAMED, nameOf } from './names';
import { clock, fiscalYear, ordinal, readDay, type Day } from './wareki';

export interface Option { code: string; title: Both | string }
export interface FieldDef {
  key: string; type: string; title: Both | string; help: Both | string | null; required: boolean | Tree;
  visible_if: Tree; check: Tree; min: number | null; max: number | null; scale: number; unit: Both | string | null; lines: number;
  options: Option[]; many: boolean; columns: FieldDef[]; personal: boolean; level: string; clause: string; kinds: string[];
  write: boolean; free: boolean; preset: unknown; index: boolean; to: string; rows: { key: string; title: Both | string; clause: string }[]; text: Both | string | null;
}
export interface Schema {
  register: string; title: Both | string; help: Both | string | null; fields: FieldDef[]; states: { name: string; title: Both | string }[];
  list: string[]; sort: string[]; filter: string[]; may_open: boolean; whole: boolean; sections: { code: string; name: string }[]; may_import: boolean; clauses: string[]; layout: { title: Both | string; fields: string[] }[];
}
export interface RegisterRow {
  register: string; title: Both | string; help?: Both | string; group?: string; group_title?: Both | string; version?: number;
  open?: boolean; may_open?: boolean; counts?: Record<string, number>; may_import?: boolean;
}
export interface ListRow {
  id: string; number?: string | null; state?: string; state_title?: Both | string; section_name?: string; owner_name?: string;
  created?: number; changed?: number; due?: number; late?: boolean; fields?: Record<string, unknown>;
}
export interface ListPage { items: ListRow[]; next?: string | null; more?: boolean; count?: number; count_more?: boolean }
export interface RecordMove { name: string; title?: Both; allowed: boolean; reason?: boolean; on?: string; why_not?: string; detail?: string; clause?: string; asks?: string[]; needs?: string[]; bulk?: boolean }
export interface Act {
  id: string; move: string; step: string; kind?: string; mark?: string; who: string; section?: string; post?: string; from?: string; to?: string;
  reason?: string; at: number; rev?: number; for?: { who: string; post?: string }; absence?: string; basis?: string; waiver?: string; leaf_state?: string; log?: string; index?: number;
}
export interface StepRow { key: string; kind: string; title: Both | string; state: 'done' | 'open' | 'ahead' | 'passed' | string; holders?: string[] }
export interface StepTask { step: string; title?: Both | string; kind: string; for?: string; basis?: string; object?: string }
export interface Rec {
  id: string; number: string | null; register: string; title: Both; rev: number; digest: string; state: string; state_title: Both; owner: string; section: string;
  created: number; changed: number; fields: { key: string; title: Both; value: unknown; level?: string; clause?: string }[]; moves: RecordMove[]; acts: Act[];
  steps?: StepRow[]; task?: StepTask | null; due?: number; until?: number; clocks?: { key: string; title?: Both | string; late?: number; stopped?: number; state?: string }[];
  keys?: { name: string; state: string; since?: number; until?: number }[];
  children?: { id: string; number?: string | null; state_title?: Both | string; title?: Both | string }[]; links?: { id: string; number?: string | null; register?: string; kind?: string }[];
  clauses?: string[]; may_edit?: boolean; stopped?: boolean; answer?: boolean;
}
export interface Later { step: string; kind: string; who: string; since: number; due: number; read: number }
export interface History { acts: Act[]; later: Later[] }

type Loose = Record<string, unknown>;
const words = (value: unknown): Both | string | null => (typeof value === 'string' || (value && typeof value === 'object' && 'ja' in value) ? value as Both | string : null);
const numberOr = <T>(value: unknown, other: T) => (typeof value === 'number' ? value : other);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);

export function readField(given: Loose): FieldDef {
  const options = (given['options'] ?? given['choices'] ?? given['of']) as unknown;
  return {
    key: String(given['key'] ?? ''), type: String(given['type'] ?? ''), title: words(given['label']) ?? words(given['title']) ?? String(given['key'] ?? ''), help: words(given['help']),
    required: given['required_if'] ?? (given['required'] === true ? true : Array.isArray(given['required']) ? given['required'] : false), visible_if: given['visible_if'] ?? null, check: given['check'] ?? null,
    min: numberOr(given['min'], null), max: numberOr(given['max'], null), scale: numberOr(given['scale'], 0), unit: given['unit'] === '' ? null : words(given['unit']), lines: numberOr(given['lines'], 0),
    options: Array.isArray(options) ? options.map((one: unknown): Option => (typeof one === 'string' ? { code: one, title: one } : { code: String((one as Loose)['code'] ?? (one as Loose)['id'] ?? ''), title: words((one as Loose)['title']) ?? words((one as Loose)['label']) ?? String((one as Loose)['code'] ?? '') })) : [],
    many: given['many'] === true, columns: Array.isArray(given['columns']) ? given['columns'].map((one) => readField(one as Loose)) : [], personal: given['personal'] === true,
    level: typeof given['level'] === 'string' ? given['level'] : 'open', clause: typeof given['clause'] === 'string' ? given['clause'] : '', kinds: texts(given['kinds'] ?? given['kind']),
    write: given['write'] !== false, free: given['free'] === true, preset: given['default'] ?? null, index: given['index'] === true, to: typeof given['to'] === 'string' ? given['to'] : '',
    rows: (Array.isArray(given['rows']) ? given['rows'] as Loose[] : []).map((one) => ({ key: String(one['key'] ?? ''), title: words(one['title']) ?? '', clause: String(one['clause'] ?? '') })), text: words(given['text']),
  };
}

// Every list may be sorted by these.
export const HEADS = ['number', 'state', 'section', 'owner', 'created', 'changed', 'due'];

// `list`, `sort` and `filter` stand beside the fields, or as marks on them.
export function readSchema(given: Loose): Schema {
  const raw = Array.isArray(given['fields']) ? given['fields'] as Loose[] : [];
  const fields = raw.map(readField);
  const named = (key: string) => (Array.isArray(given[key]) ? texts(given[key]) : raw.filter((one) => one[key] === true).map((one) => String(one['key'])));
  return {
    register: String(given['register'] ?? ''), title: words(given['title']) ?? String(given['register'] ?? ''), help: words(given['help']), fields,
    states: (Array.isArray(given['states']) ? given['states'] as Loose[] : []).map((one) => ({ name: String(one['name'] ?? one['state'] ?? ''), title: words(one['title']) ?? String(one['name'] ?? '') })),
    list: named('list'), sort: [...HEADS, ...new Set([...named('sort'), ...fields.filter((one) => one.index).map((one) => one.key)])], filter: named('filter').length ? named('filter') : fields.filter((one) => one.index).map((one) => one.key),
    layout: (Array.isArray(given['layout']) ? given['layout'] as Loose[] : []).map((one) => ({ title: words(one['title']) ?? '', fields: texts(one['fields']) })), may_open: (given['may_open'] ?? given['open']) !== false, may_import: given['may_import'] !== false, whole: given['whole'] === true,
    sections: (Array.isArray(given['sections']) ? given['sections'] as Loose[] : []).map((one) => ({ code: String(one['code'] ?? one['id'] ?? ''), name: String(one['name'] ?? one['code'] ?? '') })), clauses: texts(given['clauses']),
  };
}

export function momentNow(nowMs: number, state?: string): Moment {
  const today = clock(nowMs * 1000);
  return { today: ordinal(today), now: nowMs * 1000, fy: fiscalYear(today), ...(state === undefined ? {} : { state }) };
}

// What cannot be told from here counts as shown and as not required: the server says it then.
export const isShown = (field: FieldDef, fields: Fields, at: Moment) => field.visible_if === null || holds(field.visible_if, fields, at) !== false;
export const isRequired = (field: FieldDef, fields: Fields, at: Moment) => (typeof field.required === 'boolean' ? field.required : holds(field.required, fields, at) === true);

export const filled = (value: unknown) => !(value === undefined || value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0));

export interface Mistake { key: string; text: string }
const titleText = (title: Both | string, lang: 'ja' | 'en') => (typeof title === 'string' ? title : title[lang] || title.ja);

// Types whose value a person types here. The others are shown only.
export const TYPED = ['text', 'number', 'flag', 'date', 'datetime', 'period', 'choice', 'class', 'person', 'section', 'post', 'ref', 'hash', 'net', 'address', 'table', 'sheet', 'sign'];

export function mistakes(schema: Schema, fields: Fields, bad: Record<string, string>, at: Moment, lang: 'ja' | 'en'): Mistake[] {
  const found: Mistake[] = [];
  for (const field of schema.fields) {
    if (!isShown(field, fields, at) || !field.write || !TYPED.includes(field.type)) continue;
    const name = titleText(field.title, lang);
    const value = fields[field.key];
    if (bad[field.key]) found.push({ key: field.key, text: t('ui.form.bad', { name, why: bad[field.key] }) });
    else if (field.type === 'sheet' && isRequired(field, fields, at) && Object.keys(value ?? {}).length < field.rows.length) found.push({ key: field.key, text: t('ui.form.rows_left', { name, n: field.rows.length - Object.keys(value ?? {}).length }) });
    else if (!filled(value)) { if (isRequired(field, fields, at)) found.push({ key: field.key, text: t('ui.form.missing', { name }) }); }
    else if (field.check !== null && holds(field.check, fields, at) === false) found.push({ key: field.key, text: t('ui.form.check', { name }) });
  }
  return found;
}

// Numbers are typed with their decimals and kept as scaled integers.
export function readNumber(text: string, field: { scale: number; min: number | null; max: number | null }): { value: number | null; bad: string } {
  const plain = text.normalize('NFKC').replace(/[\s,]/g, '').replace(/^[−ー‐]/, '-');
  if (!plain) return { value: null, bad: '' };
  const hit = /^(-?\d{1,15})(?:\.(\d+))?$/.exec(plain);
  if (!hit || (hit[2]?.length ?? 0) > field.scale) return { value: null, bad: field.scale ? t('ui.form.number_scale', { n: field.scale }) : t('ui.form.number') };
  const value = Number(`${hit[1]}${(hit[2] ?? '').padEnd(field.scale, '0')}`);
  if ((field.min !== null && value < field.min) || (field.max !== null && value > field.max)) return { value: null, bad: t('ui.form.range', { min: showNumber(field.min ?? 0, field.scale), max: showNumber(field.max ?? 0, field.scale) }) };
  return { value, bad: '' };
}

export function showNumber(value: number, scale: number): string {
  const digits = String(Math.abs(value)).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0 ? '-' : ''}${whole}${scale ? `.${digits.slice(-scale)}` : ''}`;
}

export function isoToDay(value: unknown): Day | null {
  const read = typeof value === 'string' ? readDay(value) : null;
  return read && 'ok' in read ? read.ok : null;
}

const named = (one: unknown) => (one && typeof one === 'object' ? String((one as Loose)['name'] ?? (one as Loose)['title'] ?? (one as Loose)['number'] ?? (one as Loose)['id'] ?? '') : String(one ?? ''));

// A value as one line of text; tables are drawn by the page.
export function valueText(field: FieldDef | undefined, value: unknown, style: Style): string {
  if (!filled(value)) return '－';
  if (Array.isArray(value)) return value.every((one) => typeof one !== 'object') ? value.map((one) => valueText(field, one, style)).join('、') : t('ui.register.rows', { n: value.length });
  const day = (one: unknown) => { const found = isoToDay(one); return found ? dayWords(found, style) : String(one ?? '－'); };
  const type = field?.type ?? (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? 'date' : typeof value === 'object' && value && 'from' in value ? 'period' : typeof value === 'boolean' ? 'flag' : '');
  if (type === 'flag') return t(value ? 'ui.word.yes' : 'ui.word.no');
  if (type === 'date') return day(value);
  if (type === 'period') return t('ui.register.period', { from: day((value as Loose)['from']), until: day((value as Loose)['until']) });
  if (type === 'datetime' && typeof value === 'number') return whenWords(value, style);
  if (type === 'number' && typeof value === 'number') return `${showNumber(value, field?.scale ?? 0)}${field?.unit ? ` ${titleText(field.unit, style.lang)}` : ''}`;
  if (type === 'choice' || type === 'class') return optionText(field, String(value), style);
  return typeof value === 'string' && NAMED.includes(type) ? nameOf(kindOf(type), value)?.text ?? value : named(value);
}

// A choice without a title of its own is a role more often than not.
export function optionText(field: FieldDef | undefined, code: string, style: Style): string {
  const option = field?.options.find((one) => one.code === code);
  const title = option ? titleText(option.title, style.lang) : code;
  return title === code && has(`ui.role.${code}`) ? t(`ui.role.${code}`) : title;
}

// The order of the list's columns: what the register says, else its first four fields that fit a line.
export function columnsOf(schema: Schema): FieldDef[] {
  const own = schema.list.map((key) => schema.fields.find((one) => one.key === key)).filter((one): one is FieldDef => one !== undefined);
  return own.length ? own : schema.fields.filter((one) => !['table', 'sheet', 'sign', 'file', 'hash'].includes(one.type) && !(one.type === 'text' && (one.max ?? 0) > 400)).slice(0, 4);
}

const STATE: [RegExp, string][] = [[/^(draft|planned|entered|open|reported)$/, 'draft'], [/^(pending|submitted|waiting)$/, 'waiting'], [/^(in_force|current|decided|granted|running|approved|answered)$/, 'ready'],
  [/^(rejected|refused)$/, 'rejected'], [/^(withdrawn|abandoned|returned|void)$/, 'withdrawn'], [/^(closed|used|retired|checked|confirmed|done|expired)$/, 'closed']];
export const stateFamily = (state: string) => STATE.find(([rule]) => rule.test(state))?.[1] ?? 'open';

export const recordPath = (register: string, id: string) => `/register/${encodeURIComponent(register)}/${encodeURIComponent(id)}`;

// A row that names the value in error: `fields` when the server names them, else the key in its detail.
export function fieldOfError(schema: Schema, error: { fields: { key: string; code: string }[]; code: string; args: Record<string, unknown> }): { key: string; code: string }[] {
  if (error.fields.length) return error.fields;
  const detail = String(error.args['detail'] ?? '');
  return schema.fields.some((one) => one.key === detail) ? [{ key: detail, code: error.code }] : [];
}
