// One control for each field type of a register. A type that cannot be typed here is said so.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { emptyRaw, readCells, rowRaw, toRaw, type Answer, type Clocked, type Raw, type RawRow, type SheetRaw, type SignRaw, type Span } from '../lib/fieldraw';
import { plainCode } from '../lib/ime';
import { both, t } from '../lib/messages';
import { FOREIGN, kindOf, learnOne, NAMED, type Hit } from '../lib/names';
import { optionText, TYPED, type FieldDef } from '../lib/register';
import { session } from '../lib/session';
import { use } from '../lib/store';
import type { Person } from '../lib/types';
import { ClauseLink, style } from './bits';
import { DateBoxes, isoDay, type DateText } from './date';
import { Pick, PickMany } from './pick';
import { readDay } from '../lib/wareki';

export interface InputProps { id: string; field: FieldDef; raw: Raw; set: (next: Raw) => void; required: boolean; error?: string | undefined; people?: Person[]; sections?: { code: string; name: string }[]; classes?: { code: string; title: { ja: string; en: string } | string }[] }

export function Badge({ required }: { required: boolean }) {
  return required ? <span class="sk-must">{t('ui.word.required')}</span> : <span class="sk-may">{t('ui.word.optional')}</span>;
}

const helpOf = (field: FieldDef): string => [both(field.help), field.type === 'text' && field.max ? t('ui.field.max', { max: field.max }) : '', field.personal ? t('ui.field.personal') : '', field.level !== 'open' ? t(`ui.field.level.${field.level}`) : ''].filter(Boolean).join(' ');

function Wrap({ props, children, more }: { props: InputProps; children: (attributes: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }) => ComponentChildren; more?: string }) {
  const help = [helpOf(props.field), more].filter(Boolean).join(' ');
  const described = [help ? `${props.id}-help` : '', props.error ? `${props.id}-error` : ''].filter(Boolean).join(' ');
  return <div class={`sk-field${props.error ? ' sk-field--bad' : ''}`} data-field={props.field.key}>
    <label class="sk-field__label" for={props.id}>{both(props.field.title)} <Badge required={props.required} /></label>
    {props.error && <p class="sk-field__error" id={`${props.id}-error`}><span aria-hidden="true">× </span>{props.error}</p>}
    {children({ id: props.id, ...(described ? { 'aria-describedby': described } : {}), ...(props.error ? { 'aria-invalid': 'true' as const } : {}) })}
    {help && <p class="sk-field__help" id={`${props.id}-help`}>{help}</p>}</div>;
}

function Group({ props, children }: { props: InputProps; children: ComponentChildren }) {
  const help = helpOf(props.field);
  return <fieldset class={`sk-fieldset${props.error ? ' sk-field--bad' : ''}`} data-field={props.field.key} aria-describedby={help ? `${props.id}-help` : undefined}>
    <legend>{both(props.field.title)} <Badge required={props.required} /></legend>
    {props.error && <p class="sk-field__error" id={`${props.id}-error`}><span aria-hidden="true">× </span>{props.error}</p>}
    {children}{help && <p class="sk-field__help" id={`${props.id}-help`}>{help}</p>}</fieldset>;
}

const RADIO_MOST = 7;
interface Choice { code: string; title: string }

function Radios({ props, choices }: { props: InputProps; choices: Choice[] }) {
  return <Group props={props}><div class="sk-row">{choices.map((one, at) => <label class="sk-radio" key={one.code}>
    <input type="radio" id={at === 0 ? props.id : undefined} name={props.id} value={one.code} checked={props.raw === one.code} onChange={() => props.set(one.code)} /> {one.title}</label>)}
    {!props.required && <label class="sk-radio"><input type="radio" name={props.id} value="" checked={props.raw === ''} onChange={() => props.set('')} /> {t('ui.field.none')}</label>}</div></Group>;
}

function Checks({ props, choices }: { props: InputProps; choices: Choice[] }) {
  const marked = props.raw as string[];
  return <Group props={props}><div class="sk-row">{choices.map((one, at) => <label class="sk-radio" key={one.code}>
    <input type="checkbox" id={at === 0 ? props.id : undefined} checked={marked.includes(one.code)} onChange={(event) => props.set(event.currentTarget.checked ? [...marked, one.code] : marked.filter((each) => each !== one.code))} /> {one.title}</label>)}</div></Group>;
}

function Choices({ props, choices }: { props: InputProps; choices: Choice[] }) {
  if (props.field.many) return <Checks props={props} choices={choices} />;
  if (choices.length <= RADIO_MOST) return <Radios props={props} choices={choices} />;
  const known = choices.length > 30;
  return <Wrap props={props}>{(attributes) => (known ? <><input {...attributes} class="sk-input" list={`${props.id}-list`} value={props.raw as string} onInput={(event) => props.set(event.currentTarget.value)} /><datalist id={`${props.id}-list`}>{choices.map((one) => <option key={one.code} value={one.code}>{one.title}</option>)}</datalist></>
    : <select {...attributes} class="sk-select" value={props.raw as string} onChange={(event) => props.set(event.currentTarget.value)}><option value="">{t('ui.field.choose')}</option>{choices.map((one) => <option key={one.code} value={one.code}>{one.title}</option>)}</select>)}</Wrap>;
}

// Somebody or something by name; oneself with one press. Keys of other parts are typed.
function Named({ props }: { props: InputProps }) {
  const who = use(session);
  const { field } = props;
  if (field.type === 'ref' && FOREIGN.includes(field.to)) return field.many ? <Text props={props} /> : <Code props={props} />;
  const kind = kindOf(field.type);
  const post = who?.posts[0];
  const mine: Hit | null = field.type === 'person' && who ? { id: who.person.id, text: who.person.name, note: '' } : field.type === 'section' && post?.section ? { id: post.section, text: post.section_name, note: '' } : null;
  const words = mine ? t(field.type === 'person' ? 'ui.field.myself' : 'ui.field.my_section', { name: mine.text }) : '';
  const add = (id: string) => props.set(field.many ? [...new Set([...(props.raw as string[]), id])] : id);
  return <Wrap props={props} more={t(`ui.field.by.${field.type}`)}>{(attributes) => { const shared = { id: props.id, kind, register: field.to, described: attributes['aria-describedby'], invalid: attributes['aria-invalid'] === 'true' };
    return <span class="sk-beside">{field.many ? <PickMany {...shared} value={props.raw as string[]} set={props.set} /> : <Pick {...shared} value={props.raw as string} set={props.set} />}
      {mine && <button type="button" class="sk-button sk-button--small" onClick={() => { learnOne(kind, mine); add(mine.id); }}>{words}</button>}</span>; }}</Wrap>;
}

function Text({ props }: { props: InputProps }) {
  const { field } = props;
  const long = field.lines > 1 || (field.lines === 0 && (field.max ?? 0) > 400);
  const value = props.raw as string;
  if (field.many) return <Wrap props={props} more={t('ui.field.one_per_line')}>{(attributes) => <textarea {...attributes} class="sk-input" rows={3} value={(props.raw as string[]).join('\n')} onInput={(event) => props.set(event.currentTarget.value.split('\n'))} />}</Wrap>;
  return <Wrap props={props}>{(attributes) => (long ? <textarea {...attributes} class="sk-input" rows={Math.min(8, Math.max(3, field.lines))} value={value} onInput={(event) => props.set(event.currentTarget.value)} />
    : <input {...attributes} class="sk-input" autoComplete="off" value={value} onInput={(event) => props.set(event.currentTarget.value)} />)}</Wrap>;
}

// Codes and numbers: full-width letters become plain when the box is left, and what stands there is shown.
function Code({ props, numeric }: { props: InputProps; numeric?: boolean }) {
  const unit = both(props.field.unit);
  return <Wrap props={props}>{(attributes) => <span class="sk-beside"><input {...attributes} class="sk-input sk-input--short" inputMode={numeric ? 'decimal' : undefined} autoComplete="off" value={props.raw as string} onInput={(event) => props.set(event.currentTarget.value)} onBlur={(event) => props.set(event.currentTarget.value.normalize('NFKC').trim())} />{unit && <span>{unit}</span>}</span>}</Wrap>;
}

function Days({ props }: { props: InputProps }) {
  const title = both(props.field.title);
  const help = t('ui.field.date_help');
  if (props.field.type === 'date') return <div data-field={props.field.key}><DateBoxes id={props.id} legend={title} help={help} value={props.raw as DateText} set={props.set} error={props.error} mark={<Badge required={props.required} />} /></div>;
  if (props.field.type === 'datetime') {
    const value = props.raw as Clocked;
    return <Group props={props}><DateBoxes id={props.id} legend={t('ui.field.day')} help={help} value={value.day} set={(day) => props.set({ ...value, day })} />
      <label class="sk-field__label" for={`${props.id}-time`}>{t('ui.field.time')}</label><input class="sk-input sk-input--short" id={`${props.id}-time`} inputMode="numeric" autoComplete="off" value={value.time} onInput={(event) => props.set({ ...value, time: event.currentTarget.value })} onBlur={(event) => props.set({ ...value, time: event.currentTarget.value.normalize('NFKC').trim() })} /></Group>;
  }
  const value = props.raw as Span;
  return <Group props={props}><div class="sk-span"><DateBoxes id={props.id} legend={t('ui.field.from', { name: title })} help={help} value={value.from} set={(from) => props.set({ ...value, from })} />
    <DateBoxes id={`${props.id}-until`} legend={t('ui.field.until', { name: title })} help="" value={value.until} set={(until) => props.set({ ...value, until })} /></div></Group>;
}

function cellRaw(column: FieldDef, text: string): Raw {
  if (column.type === 'date') { const day = readDay(text); return toRaw(column, 'ok' in day ? isoDay(day.ok) : null); }
  if (column.type === 'flag') return /^(はい|yes|true|1|○)$/i.test(text.trim()) ? 'true' : /^(いいえ|no|false|0|×)$/i.test(text.trim()) ? 'false' : '';
  if (column.many) return text.split(/[、,]/).map((one) => one.trim()).filter(Boolean);
  return column.type === 'text' ? text : plainCode(text);
}

// Rows copied from a spreadsheet are shown first and taken with a second press.
function Paste({ props, add }: { props: InputProps; add: (rows: RawRow[]) => void }) {
  const [cells, setCells] = useState<string[][] | null>(null);
  const { columns } = props.field;
  const wide = cells?.find((row) => row.length > columns.length);
  const read = (event: ClipboardEvent) => { event.preventDefault(); setCells(readCells(event.clipboardData?.getData('text/plain') ?? '')); };
  const take = () => {
    add((cells ?? []).map((row) => ({ ...rowRaw(props.field, {}), ...Object.fromEntries(columns.map((column, at) => [column.key, cellRaw(column, row[at] ?? '')])) })));
    setCells(null);
  };
  return <details class="sk-paste"><summary>{t('ui.field.paste')}</summary>
    <label for={`${props.id}-paste`}>{t('ui.field.paste_help', { columns: columns.map((one) => both(one.title)).join('、') })}</label>
    <textarea class="sk-input" id={`${props.id}-paste`} rows={2} value="" onPaste={read} onInput={(event) => { setCells(readCells(event.currentTarget.value)); event.currentTarget.value = ''; }} />
    {cells && wide && <p class="sk-field__error" role="alert">{t('ui.field.paste_wide', { n: wide.length, columns: columns.length })}</p>}
    {cells && !wide && <><div class="sk-region" role="region" tabIndex={0} aria-label={t('ui.field.paste_preview')}><table class="sk-table"><caption>{t('ui.field.paste_preview')}</caption><thead><tr>{columns.map((one) => <th scope="col" key={one.key}>{both(one.title)}</th>)}</tr></thead>
      <tbody>{cells.slice(0, 20).map((row, at) => <tr key={at}>{columns.map((one, n) => <td key={one.key}>{row[n] ?? ''}</td>)}</tr>)}</tbody></table></div>
      <p class="sk-buttons"><button type="button" class="sk-button sk-button--small" onClick={take}>{t('ui.field.paste_take', { n: cells.length })}</button><button type="button" class="sk-button sk-button--small" onClick={() => setCells(null)}>{t('ui.act.keep')}</button></p></>}</details>;
}

function Rows({ props }: { props: InputProps }) {
  const { field } = props;
  const rows = props.raw as RawRow[];
  const put = (at: number, key: string, value: Raw) => props.set(rows.map((row, n) => (n === at ? { ...row, [key]: value } : row)));
  const most = field.max ?? 2000;
  return <Group props={props}>
    {rows.map((row, at) => <fieldset class="sk-fieldset sk-rowbox" key={at}><legend>{t('ui.field.row', { n: at + 1 })}</legend>
      {field.columns.map((column) => <FieldInput key={column.key} id={`${props.id}-${at}-${column.key}`} field={column} raw={row[column.key] ?? emptyRaw(column)} set={(value) => put(at, column.key, value)} required={column.required === true} {...(props.classes ? { classes: props.classes } : {})} />)}
      <p><button type="button" class="sk-button sk-button--small" onClick={() => props.set(rows.filter((_, n) => n !== at))}>{t('ui.field.row_drop', { n: at + 1 })}</button></p></fieldset>)}
    <p class="sk-buttons"><button type="button" id={props.id} class="sk-button sk-button--small" onClick={() => { if (rows.length < most) props.set([...rows, rowRaw(field, {})]); }}>{t('ui.field.row_add')}</button></p>
    <Paste props={props} add={(more) => props.set([...rows, ...more].slice(0, most))} /></Group>;
}

const ANSWERS = ['yes', 'no', 'na'] as const;
// A row of a checklist: its words and clause, an answer, a note, what proves it.
function Sheet({ props }: { props: InputProps }) {
  const { answers } = props.raw as SheetRaw;
  const put = (key: string, change: Partial<Answer>) => props.set({ answers: { ...answers, [key]: { answer: '', note: '', evidence: '', ...answers[key], ...change } } });
  return <Group props={props}><ol class="sk-plain">{props.field.rows.map((row, n) => { const one = answers[row.key]; const id = `${props.id}-${row.key}`;
    return <li key={row.key}><fieldset class="sk-fieldset sk-rowbox"><legend>{both(row.title) || row.key} {row.clause && <ClauseLink clause={row.clause} />}</legend>
      <div class="sk-row">{ANSWERS.map((code, at) => <label class="sk-radio" key={code}><input type="radio" id={n === 0 && at === 0 ? props.id : undefined} name={id} checked={one?.answer === code} onChange={() => put(row.key, { answer: code })} /> {t(`ui.field.answer.${code}`)}</label>)}</div>
      <div class="sk-beside"><label for={`${id}-note`}>{t('ui.field.note')}</label><input id={`${id}-note`} class="sk-input sk-input--mid" maxLength={1000} autoComplete="off" value={one?.note ?? ''} onInput={(event) => put(row.key, { note: event.currentTarget.value })} /></div>
      <div class="sk-beside"><label for={`${id}-evidence`}>{t('ui.field.evidence')}</label><input id={`${id}-evidence`} class="sk-input sk-input--mid" maxLength={1000} autoComplete="off" value={one?.evidence ?? ''} onInput={(event) => put(row.key, { evidence: event.currentTarget.value })} /></div></fieldset></li>; })}</ol></Group>;
}

// A sentence and one's own hand under it.
function Sign({ props }: { props: InputProps }) {
  const { signed, now } = props.raw as SignRaw;
  return <Group props={props}><p class="sk-lines">{both(props.field.text)}</p>
    {signed ? <p>{t('ui.field.signed')}</p> : <label class="sk-radio"><input type="checkbox" id={props.id} checked={now} onChange={(event) => props.set({ signed, now: event.currentTarget.checked })} /> {t('ui.field.sign')}</label>}</Group>;
}

function ReadOnly({ props }: { props: InputProps }) {
  const known = ['calc', 'clause'].includes(props.field.type);
  return <div class="sk-field" data-field={props.field.key}><p class="sk-field__label">{both(props.field.title)}</p>
    <p id={props.id} tabIndex={-1}>{t(known ? 'ui.field.computed' : 'ui.field.not_here', { type: props.field.type })}</p></div>;
}

export function FieldInput(props: InputProps) {
  const { field } = props;
  if (!TYPED.includes(field.type)) return <ReadOnly props={props} />;
  if (field.type === 'table') return <Rows props={props} />;
  if (field.type === 'sheet') return <Sheet props={props} />;
  if (field.type === 'sign') return <Sign props={props} />;
  if (field.type === 'flag') return <Radios props={props} choices={[{ code: 'true', title: t('ui.word.yes') }, { code: 'false', title: t('ui.word.no') }]} />;
  if (field.type === 'choice' || field.type === 'class') {
    const options = field.options.length ? field.options.map((one) => ({ code: one.code, title: optionText(field, one.code, style()) })) : (field.type === 'class' ? props.classes ?? [] : []).map((one) => ({ code: one.code, title: both(one.title) }));
    return options.length ? <Choices props={props} choices={options} /> : <Code props={props} />;
  }
  if (NAMED.includes(field.type)) return <Named props={props} />;
  if (['date', 'datetime', 'period'].includes(field.type)) return <Days props={props} />;
  if (field.type === 'number') return <Code props={props} numeric />;
  if (field.type === 'hash') return <Code props={props} />;
  return <Text props={props} />;
}
