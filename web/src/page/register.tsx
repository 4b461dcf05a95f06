// One register as a list: filter row, order, fiscal year, pages of 100 up to 1,000, all in the address.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, errorText, get } from '../lib/api';
import { useData } from '../lib/data';
import { count } from '../lib/format';
import { ariaSort, ask, FILTERED, isNarrowed, nextSort, readState, writeState, type ListState } from '../lib/listquery';
import { both, t } from '../lib/messages';
import { lang } from '../lib/prefs';
import { columnsOf, optionText, readSchema, recordPath, valueText, type FieldDef, type ListPage, type ListRow, type Schema } from '../lib/register';
import { go, place, type Match } from '../lib/route';
import { use } from '../lib/store';
import { clock, fiscalYear, fiscalYearName, readDay } from '../lib/wareki';
import { A, Await, ErrorNote, H1, Loading, Notice, Region, style, Until, When } from '../part/bits';
import { isoDay } from '../part/date';
import { download, EXPORTS } from '../lib/download';
import { Crumbs, NotYet, RecordChip } from '../part/value';

const PAGE = 100;
const MOST = 1000;

function FieldFilter({ field, value, set }: { field: FieldDef; value: string; set: (value: string) => void }) {
  const id = `filter-${field.key}`;
  const [typed, setTyped] = useState(value);
  const [bad, setBad] = useState(false);
  useEffect(() => setTyped(value), [value]);
  const name = both(field.title);
  if (field.type === 'flag' || ((field.type === 'choice' || field.type === 'class') && field.options.length)) {
    const options = field.type === 'flag' ? [['true', t('ui.word.yes')], ['false', t('ui.word.no')]] as const : field.options.map((one) => [one.code, optionText(field, one.code, style())] as const);
    return <span class="sk-filter__one"><label for={id}>{name}</label><select id={id} class="sk-select" value={value} onChange={(event) => set(event.currentTarget.value)}><option value="">{t('ui.list.all')}</option>{options.map(([code, word]) => <option key={code} value={code}>{word}</option>)}</select></span>;
  }
  const day = field.type === 'date' || field.type === 'period';
  const take = () => {
    const read = day && typed.trim() ? readDay(typed) : null;
    const failed = read !== null && !('ok' in read);
    setBad(failed);
    if (!failed) set(read && 'ok' in read ? isoDay(read.ok) : typed.trim());
  };
  return <span class="sk-filter__one"><label for={id}>{name}{day && <small> {t(field.type === 'date' ? 'ui.list.from_day' : 'ui.list.on_day')}</small>}</label>
    <input id={id} class="sk-input sk-input--short" autoComplete="off" value={typed} aria-invalid={bad ? 'true' : undefined} onInput={(event) => setTyped(event.currentTarget.value)} onBlur={take} onKeyDown={(event) => { if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) take(); }} />
    {bad && <small class="sk-bad" role="alert">{t('ui.form.date')}</small>}</span>;
}

function yearName(year: number): string { return lang.get() === 'en' ? `FY ${year}` : fiscalYearName(year); }

function Filters({ schema, now, set }: { schema: Schema; now: ListState; set: (next: ListState) => void }) {
  const year = fiscalYear(clock(Date.now() * 1000));
  const fields = schema.filter.map((key) => schema.fields.find((one) => one.key === key)).filter((one): one is FieldDef => one !== undefined && FILTERED.includes(one.type));
  return <form class="sk-filter sk-noprint" aria-label={t('ui.list.filters')} onSubmit={(event) => event.preventDefault()}>
    <span class="sk-filter__one"><label for="filter-state">{t('ui.word.state')}</label><select id="filter-state" class="sk-select" value={now.state} onChange={(event) => set({ ...now, state: event.currentTarget.value })}><option value="">{t('ui.list.all')}</option>{schema.states.map((one) => <option key={one.name} value={one.name}>{both(one.title)}</option>)}</select></span>
    <span class="sk-filter__one"><label for="filter-fy">{t('ui.list.fy')}</label><select id="filter-fy" class="sk-select" value={now.fy} onChange={(event) => set({ ...now, fy: event.currentTarget.value })}><option value="">{yearName(year)}</option>{[1, 2, 3, 4, 5].map((n) => <option key={n} value={String(year - n)}>{yearName(year - n)}</option>)}<option value="all">{t('ui.list.all_years')}</option></select></span>
    {schema.sections.length > 0 && <span class="sk-filter__one"><label for="filter-section">{t('ui.list.section')}</label><select id="filter-section" class="sk-select" value={now.section} onChange={(event) => set({ ...now, section: event.currentTarget.value })}><option value="">{t('ui.list.all')}</option>{schema.sections.map((one) => <option key={one.code} value={one.code}>{one.name}</option>)}</select></span>}
    {fields.map((one) => <FieldFilter key={one.key} field={one} value={now.filters[one.key] ?? ''} set={(value) => set({ ...now, filters: { ...now.filters, [one.key]: value } })} />)}
    {(['mine', 'late'] as const).map((one) => <label class="sk-filter__one" key={one}><input type="checkbox" class="sk-check" id={`filter-${one}`} checked={now[one]} onChange={(event) => set({ ...now, [one]: event.currentTarget.checked })} /> {t(`ui.list.${one}`)}</label>)}
    {isNarrowed(now) && <button type="button" id="filter-clear" class="sk-button sk-button--small" onClick={() => set({ state: '', section: '', fy: '', sort: now.sort, mine: false, late: false, filters: {} })}>{t('ui.list.clear')}</button>}</form>;
}

function Head({ name, by, now, set, schema }: { name: string; by: string; now: ListState; set: (next: ListState) => void; schema: Schema }) {
  if (!schema.sort.includes(by)) return <th scope="col">{name}</th>;
  const sorted = ariaSort(now.sort, by);
  return <th scope="col" aria-sort={sorted}><button type="button" class="sk-sort" data-sort={by} onClick={() => set({ ...now, sort: nextSort(now.sort, by) })}>{name} <span aria-hidden="true">{sorted === 'ascending' ? '▲' : sorted === 'descending' ? '▼' : '△'}</span></button></th>;
}

function Table({ schema, rows, columns, now, set }: { schema: Schema; rows: ListRow[]; columns: FieldDef[]; now: ListState; set: (next: ListState) => void }) {
  const name = both(schema.title);
  const body = useRef<HTMLTableSectionElement>(null);
  const dated = rows.some((row) => row.due);
  const head = (by: string, words: string) => <Head key={by} by={by} name={words} now={now} set={set} schema={schema} />;
  const keys = (event: KeyboardEvent) => {
    if (event.isComposing || event.keyCode === 229 || !['j', 'k'].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...(body.current?.querySelectorAll<HTMLElement>('th a') ?? [])];
    links[Math.min(links.length - 1, Math.max(0, links.indexOf(document.activeElement as HTMLElement) + (event.key === 'j' ? 1 : -1)))]?.focus();
  };
  return <Region name={name}><table class="sk-table sk-list-table" data-list><caption class="sk-hidden">{name}</caption>
    <thead><tr>{head('number', t('ui.word.number'))}{columns.map((one) => head(one.key, both(one.title)))}{head('state', t('ui.word.state'))}{head('section', t('ui.list.section'))}{head('owner', t('ui.word.applicant'))}{head('changed', t('ui.record.changed'))}{dated && head('due', t('ui.word.due'))}</tr></thead>
    <tbody ref={body} onKeyDown={keys}>{rows.map((row) => <tr key={row.id}><th scope="row" class="sk-number"><A href={recordPath(schema.register, row.id)}>{row.number || t('ui.word.no_number')}</A></th>
      {columns.map((one) => <td key={one.key}>{short(valueText(one, row.fields?.[one.key], style()))}</td>)}
      <td><RecordChip state={row.state ?? ''} title={both(row.state_title)} /></td><td>{row.section_name ?? '－'}</td><td>{row.owner_name ?? '－'}</td><td><When at={row.changed} short /></td>{dated && <td class={late(row) ? 'sk-bad' : ''}>{late(row) && <><span aria-hidden="true">▲ </span><span class="sk-hidden">{t('ui.record.late')}</span></>}<Until at={row.due} short /></td>}</tr>)}</tbody></table></Region>;
}
const late = (row: ListRow) => row.late ?? Boolean(row.due && row.due < Date.now() * 1000);
const short = (text: string) => { const all = [...text]; return all.length > 60 ? `${all.slice(0, 60).join('')}…` : text; };

// All pages fetched so far of one question; another question begins anew.
function usePages(schema: Schema, now: ListState) {
  const question = ask(schema, now, PAGE);
  const [held, hold] = useState<{ question: string; rows: ListRow[]; last: ListPage | null; error: unknown; busy: boolean }>({ question, rows: [], last: null, error: null, busy: true });
  const turn = useRef(0);
  const fetchPage = async (after: string) => {
    const mine = ++turn.current;
    const before = after && held.question === question ? held.rows : [];
    hold((old) => ({ ...old, question, busy: true, error: null, ...(after ? {} : { rows: [], last: null }) }));
    try {
      const page = await get<ListPage>(ask(schema, now, PAGE, after));
      if (mine === turn.current) hold({ question, rows: [...before, ...page.items], last: page, error: null, busy: false });
    } catch (error) { if (mine === turn.current) hold((old) => ({ ...old, question, rows: before, error, busy: false })); }
  };
  useEffect(() => { void fetchPage(''); return () => { turn.current += 1; }; }, [question]);
  return { ...held, fresh: held.question === question, more: () => void fetchPage(held.last?.next ?? ''), again: () => void fetchPage('') };
}

function Total({ page, shown }: { page: ListPage; shown: number }) {
  if (typeof page.count !== 'number') return <>{t('ui.list.shown', { n: count(shown) })}</>;
  return <>{t(page.count_more ? 'ui.list.count_more' : 'ui.list.count', { n: count(page.count), shown: count(shown) })}</>;
}

function Exports({ schema, now }: { schema: Schema; now: ListState }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState('');
  const take = async (kind: string) => {
    if (busy) return;
    setBusy(kind); setError('');
    // Of the filters the export knows the year and the state.
    const query = new URLSearchParams({ format: kind, ...(now.fy === 'all' ? {} : { fy: now.fy || String(fiscalYear(clock(Date.now() * 1000))) }), ...(now.state ? { state: now.state } : {}) });
    try { await download(`registers/${encodeURIComponent(schema.register)}/export?${query}`, `${schema.register}.${kind}`); }
    catch (failure) { setError(failure instanceof ApiError && failure.status === 404 ? t('ui.notyet', { what: t('ui.list.export') }) : errorText(failure)); } finally { setBusy(''); }
  };
  return <><span class="sk-export">{EXPORTS.map((kind) => <button key={kind} type="button" class="sk-button sk-button--small" id={`export-${kind}`} aria-disabled={busy ? 'true' : undefined} onClick={() => void take(kind)}>{t('ui.list.export_as', { kind: kind.toUpperCase() })}</button>)}</span>{(now.section || Object.values(now.filters).some(Boolean)) && <small class="sk-note">{t('ui.list.export_note')}</small>}{error && <Notice kind="bad"><p>{error}</p></Notice>}</>;
}

function Records({ schema, now, set }: { schema: Schema; now: ListState; set: (next: ListState) => void }) {
  const pages = usePages(schema, now);
  const columns = columnsOf(schema);
  if (pages.error instanceof ApiError && pages.error.status === 404) return <NotYet what={t('ui.list.what')} />;
  if (!pages.fresh || (pages.busy && !pages.last)) return <Loading />;
  return <>{pages.error ? <ErrorNote error={pages.error} retry={pages.again} /> : null}
    {pages.last && <p aria-live="polite" data-count={pages.rows.length}><Total page={pages.last} shown={pages.rows.length} /></p>}
    {pages.last && (pages.rows.length ? <Table schema={schema} rows={pages.rows} columns={columns} now={now} set={set} /> : <p data-empty>{t(isNarrowed(now) ? 'ui.list.none_here' : 'ui.list.none_yet')} {now.fy !== 'all' && <>{t('ui.list.year_narrowed', { fy: yearName(now.fy ? Number(now.fy) : fiscalYear(clock(Date.now() * 1000))) })} <button type="button" id="list-all-years" class="sk-button sk-button--small" onClick={() => set({ ...now, fy: 'all' })}>{t('ui.list.search_all')}</button></>}</p>)}
    {pages.last?.next && (pages.rows.length < MOST ? <p><button type="button" id="list-more" class="sk-button" aria-disabled={pages.busy ? 'true' : undefined} onClick={() => { if (!pages.busy) pages.more(); }}>{t('ui.list.more')}</button></p> : <Notice kind="info"><p>{t('ui.list.too_many', { n: count(MOST) })}</p></Notice>)}</>;
}

function View({ schema }: { schema: Schema }) {
  const { path, query } = use(place);
  const now = readState(query, schema);
  const set = (next: ListState) => go(writeState(path, next), { keep: true });
  const base = `/register/${encodeURIComponent(schema.register)}`;
  return <><Crumbs parts={[['/register', t('ui.page.registers.title')]]} /><H1>{both(schema.title)}</H1>{schema.help && <p>{both(schema.help)}</p>}
    <p class="sk-buttons sk-noprint">{schema.may_open && <A class="sk-button sk-button--main" href={`${base}/new`}>{t('ui.registers.new')}</A>}<A class="sk-button" href={`${base}/import`}>{t('ui.list.import')}</A><Exports schema={schema} now={now} /></p>
    <Filters schema={schema} now={now} set={set} /><Records schema={schema} now={now} set={set} /></>;
}

export function RegisterPage({ at }: { at: Match }) {
  const raw = useData<Record<string, unknown>>(`registers/${encodeURIComponent(at.params['id'] ?? '')}/schema`);
  const schema = useMemo(() => (raw.data ? readSchema(raw.data) : null), [raw.data]);
  return <Await of={{ ...raw, data: schema }} title={t('ui.page.register.title')} missing={<><H1>{t('ui.list.missing')}</H1><p>{t('ui.error.not_found')}</p><p><A href="/register">{t('ui.page.registers.title')}</A></p></>}>{(found) => <View schema={found} />}</Await>;
}
