// A record's values as a description list; tables as tables; hashes short with a button to copy.
import type { ComponentChildren } from 'preact';
import { both, first, t } from '../lib/messages';
import { nameOf } from '../lib/names';
import { filled, recordPath, stateFamily, valueText, type FieldDef, type Rec } from '../lib/register';
import { A, Chip, ClauseLink, Facts, Hash, Region, style, When } from './bits';

function Table({ field, title, rows }: { field: FieldDef | undefined; title: string; rows: Record<string, unknown>[] }) {
  const keys = field?.columns.length ? field.columns.map((one) => one.key) : [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const column = (key: string) => field?.columns.find((one) => one.key === key);
  return <Region name={title}><table class="sk-table"><caption class="sk-hidden">{title}</caption><thead><tr>{keys.map((key) => <th scope="col" key={key}>{both(column(key)?.title) || key}</th>)}</tr></thead>
    <tbody>{rows.slice(0, 200).map((row, at) => <tr key={at}>{keys.map((key) => <td key={key}><Value field={column(key)} value={row[key]} /></td>)}</tr>)}</tbody></table>
    {rows.length > 200 && <p class="sk-note">{t('ui.register.rows_more', { n: rows.length - 200 })}</p>}</Region>;
}

function Sheet({ field, answers }: { field: FieldDef; answers: Record<string, Record<string, string>> }) {
  const name = both(field.title);
  const rows = field.rows.length ? field.rows : Object.keys(answers).map((key) => ({ key, title: key, clause: '' }));
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption><thead><tr><th scope="col">{t('ui.word.what')}</th><th scope="col">{t('ui.field.answer')}</th><th scope="col">{t('ui.field.note')}</th><th scope="col">{t('ui.field.evidence')}</th></tr></thead>
    <tbody>{rows.map((row) => { const one = answers[row.key]; return <tr key={row.key}><th scope="row">{both(row.title) || row.key} {row.clause && <ClauseLink clause={row.clause} />}</th><td>{one?.['answer'] ? first([`ui.field.answer.${one['answer']}`, one['answer']]) : '－'}</td><td class="sk-lines">{one?.['note'] ?? ''}</td><td class="sk-lines">{one?.['evidence'] ?? ''}</td></tr>; })}</tbody></table></Region>;
}

export function Value({ field, value }: { field: FieldDef | undefined; value: unknown }): ComponentChildren {
  if (!filled(value)) return <>－</>;
  if (field?.type === 'hash' && typeof value === 'string') return <Hash value={value} />;
  if (field?.type === 'clause' && typeof value === 'string') return <ClauseLink clause={value} />;
  if (Array.isArray(value) && value.some((one) => one && typeof one === 'object')) return <Table field={field} title={both(field?.title) || ''} rows={value as Record<string, unknown>[]} />;
  if (field?.type === 'sheet' && value && typeof value === 'object') return <Sheet field={field} answers={value as Record<string, Record<string, string>>} />;
  if (field?.type === 'sign' && value && typeof value === 'object' && 'at' in value) return <>{t('ui.field.signed')} <When at={Number((value as { at: unknown }).at)} /></>;
  if (value === true && field?.type === 'sign') return <>{t('ui.field.sign')}</>;
  if (value && typeof value === 'object' && !('from' in value) && !('name' in value) && !('number' in value)) return <code class="sk-raw">{JSON.stringify(value)}</code>;
  const record = field?.type === 'ref' && typeof value === 'string' ? nameOf('record', value) : undefined;
  if (record?.register) return <A href={recordPath(record.register, value as string)}>{record.text}</A>;
  return <span class="sk-lines">{valueText(field, value, style())}</span>;
}

// The marks of a field: its class above open, personal data, and the clause that asks for it.
function Name({ title, field, clause }: { title: string; field: FieldDef | undefined; clause?: string | undefined }) {
  return <>{title}{field?.personal && <small class="sk-mark">{t('ui.field.mark.personal')}</small>}{field && field.level !== 'open' && <small class="sk-mark">{t(`ui.field.mark.${field.level}`)}</small>}
    {(clause || field?.clause) && <small class="sk-block"><ClauseLink clause={clause ?? field?.clause} /></small>}</>;
}

export function Fields({ of, defs }: { of: Rec; defs: FieldDef[] }) {
  const rows = of.fields.map((one) => { const field = defs.find((each) => each.key === one.key); return { one, field, title: both(field?.title ?? one.title) }; });
  return <dl class="sk-facts">{rows.map(({ one, field, title }) => <div class="sk-facts__row" key={one.key} data-key={one.key}><dt><Name title={title} field={field} clause={one.clause} /></dt><dd><Value field={field} value={one.value} /></dd></div>)}</dl>;
}

export function ValueList({ defs, values }: { defs: FieldDef[]; values: Record<string, unknown> }) {
  return <Facts rows={defs.map((one): [string, ComponentChildren] => [both(one.title), <Value field={one} value={values[one.key]} />])} />;
}

export function RecordChip({ state, title }: { state: string; title: string }) { return <Chip state={stateFamily(state)} word={title || state} />; }

// A call this town's server does not answer yet is told as what it is.
export function NotYet({ what }: { what: string }) {
  return <div class="sk-notice sk-notice--info" data-not-yet><span class="sk-notice__shape" aria-hidden="true">i</span><div class="sk-notice__text"><p>{t('ui.notyet', { what })}</p></div></div>;
}

export function Crumbs({ parts }: { parts: [string, string][] }) {
  return <nav class="sk-crumbs" aria-label={t('ui.register.crumbs')}><ol>{parts.map(([href, name]) => <li key={href}><A href={href}>{name}</A></li>)}</ol></nav>;
}
