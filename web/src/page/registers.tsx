// The registers I may see, grouped by use, with what is open and late.
import { useData } from '../lib/data';
import { count } from '../lib/format';
import { both, first, t } from '../lib/messages';
import type { RegisterRow } from '../lib/register';
import { A, Await, H1, Region } from '../part/bits';

// Groups come from the server; without one a register stands with the others of its kind.
function groups(rows: RegisterRow[]): [string, string, RegisterRow[]][] {
  const kept = new Map<string, RegisterRow[]>();
  for (const row of rows) kept.set(row.group ?? '', [...(kept.get(row.group ?? '') ?? []), row]);
  return [...kept].map(([key, list]) => [key, both(list[0]?.group_title) || first([`ui.register.group.${key || 'other'}`, key]), list]);
}

function Counts({ row }: { row: RegisterRow }) {
  const { counts } = row;
  if (!counts) return <>－</>;
  return <>{count(counts['open'] ?? 0)}{(counts['late'] ?? 0) > 0 && <span class="sk-bad"> <span aria-hidden="true">▲</span> {t('ui.registers.late', { n: counts['late'] })}</span>}</>;
}

function Rows({ name, rows, counted }: { name: string; rows: RegisterRow[]; counted: boolean }) {
  return <Region name={name}><table class="sk-table sk-registers"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.registers.register')}</th>{counted && <th scope="col">{t('ui.registers.open')}</th>}<th scope="col">{t('ui.word.action')}</th></tr></thead>
    <tbody>{rows.map((row) => <tr key={row.register}><th scope="row"><A href={`/register/${encodeURIComponent(row.register)}`}>{both(row.title)}</A>{row.help && <small class="sk-block">{both(row.help)}</small>}</th>
      {counted && <td><Counts row={row} /></td>}
      <td>{(row.may_open ?? row.open) ? <A class="sk-button sk-button--small" href={`/register/${encodeURIComponent(row.register)}/new`} label={t('ui.registers.new_of', { name: both(row.title) })}>{t('ui.registers.new')}</A> : '－'}</td></tr>)}</tbody></table></Region>;
}

export function Registers() {
  const asked = useData<{ registers: RegisterRow[] }>('registers');
  return <><H1>{t('ui.page.registers.title')}</H1><p>{t('ui.registers.intro')}</p>
    <Await of={asked}>{(data) => {
      if (!data.registers.length) return <p>{t('ui.registers.none')}</p>;
      const all = groups(data.registers);
      const counted = data.registers.some((row) => row.counts);
      return <>{all.map(([key, name, rows]) => <section key={key} class="sk-group" aria-label={name}>{all.length > 1 && <h2>{name}</h2>}<Rows name={name} rows={rows} counted={counted} /></section>)}</>;
    }}</Await></>;
}
