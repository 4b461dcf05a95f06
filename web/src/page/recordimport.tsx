// Bringing a table in: drop a file or paste cells, read what every row would do, apply. Nothing changes before the last
// button, and not while one row is in error. The address names the batch; the server holds it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get, post } from '../lib/api';
import { useData } from '../lib/data';
import { bytes, count } from '../lib/format';
import { both, first, t } from '../lib/messages';
import { readSchema, recordPath, valueText, type Schema } from '../lib/register';
import { go, place, type Match } from '../lib/route';
import { use } from '../lib/store';
import { tail } from '../lib/policy';
import { sendFile } from '../lib/importing';
import { A, Await, ErrorNote, H1, Notice, Region, style } from '../part/bits';
import { Crumbs, NotYet } from '../part/value';

const MOST = 64 * 1024 * 1024;
const PASTE_ROWS = 1000;
const ASK_MS = 1000;
interface Note { problem: boolean; code: string; place?: string }
interface Batch { import: string; register: string; name?: string; state: string; counts: Record<string, number>; digest?: string; notes?: Note[]; encoding?: string; sheet?: string; failure?: { code: string; detail?: string }; pasted?: boolean }
interface Change { field: string; from?: unknown; to?: unknown }
interface Problem { column?: string; field?: string; code: string; detail?: string }
interface Row { row: number; kind: string; record?: string; fields?: Record<string, unknown>; changes?: Change[]; errors?: Problem[]; answer?: string; code?: string; detail?: string }
const running = (of: Batch) => ['reading', 'applying'].includes(of.state);
const noteText = (code: string, detail: string) => first([`err.${code}`, 'ui.rowimport.problem'], { detail });

function Begin({ schema, began }: { schema: Schema; began: (id: string) => void }) {
  const [over, setOver] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [part, setPart] = useState<number | null>(null);
  const [encoding, setEncoding] = useState('');
  const [typed, setTyped] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const base = `registers/${encodeURIComponent(schema.register)}`;
  const absent = error instanceof ApiError && error.status === 404;
  const take = async (file: File) => {
    setError(null);
    if (!file.size || file.size > MOST) { setError(new ApiError(422, file.size ? 'own.too_big' : 'own.empty', { name: file.name })); return; }
    setPart(0);
    try { began((await sendFile<{ import: string }>(`${base}/import${tail({ name: file.name.normalize('NFC'), encoding })}`, file, setPart)).import); } catch (failure) { setError(failure); } finally { setPart(null); }
  };
  const paste = async () => {
    const rows = typed.split(/\r?\n/).filter((one) => one.trim()).length;
    if (rows < 2 || rows > PASTE_ROWS + 1) { setError(new ApiError(422, 'own.paste', { n: rows })); return; }
    setError(null); setPart(0);
    try { began((await sendFile<{ import: string }>(`${base}/paste`, new File([typed], 'paste.tsv', { type: 'text/tab-separated-values' }), setPart)).import); } catch (failure) { setError(failure); } finally { setPart(null); }
  };
  const own = error instanceof ApiError && error.code.startsWith('own.') ? t(`ui.rowimport.${error.code.slice(4)}`, { ...error.args, limit: bytes(MOST), most: PASTE_ROWS }) : '';
  const titles = schema.fields.filter((one) => one.type !== 'table').map((one) => both(one.title)).join('、');
  return <>{absent ? <NotYet what={t('ui.rowimport.what')} /> : own ? <Notice kind="bad"><p>{own}</p></Notice> : <ErrorNote error={error} />}
    <section class="sk-card" aria-labelledby="import-how"><h2 id="import-how">{t('ui.rowimport.file')}</h2><p>{t('ui.rowimport.columns', { titles })}</p>
      <div class={`sk-drop${over ? ' sk-drop--over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(event) => { event.preventDefault(); setOver(false); const [one] = event.dataTransfer?.files ?? []; if (one) void take(one); }}>
        <p>{t('ui.rowimport.drop')}</p><input class="sk-hidden" ref={input} id="import-file" type="file" accept=".xlsx,.csv,.tsv,.txt" aria-label={t('ui.rowimport.pick')} tabIndex={-1} onChange={(event) => { const one = event.currentTarget.files?.[0]; if (one) void take(one); event.currentTarget.value = ''; }} />
        <button type="button" id="import-pick" class="sk-button" onClick={() => input.current?.click()}>{t('ui.rowimport.pick')}</button><p class="sk-drop__limits">{t('ui.rowimport.limits', { limit: bytes(MOST) })}</p></div>
      {part !== null && <p role="status"><progress max={1} value={part} aria-label={t('ui.rowimport.sending')} /> {t('ui.rowimport.sending')}</p>}
      <p class="sk-filter"><label for="import-encoding">{t('ui.rowimport.encoding')}</label> <select id="import-encoding" class="sk-select" value={encoding} onChange={(event) => setEncoding(event.currentTarget.value)}><option value="">{t('ui.rowimport.encoding_auto')}</option><option value="utf-8">UTF-8</option><option value="cp932">CP932 (Shift_JIS)</option></select></p></section>
    <section class="sk-card" aria-labelledby="import-paste-h"><h2 id="import-paste-h">{t('ui.rowimport.paste_title')}</h2><label for="import-paste">{t('ui.rowimport.paste_help', { most: PASTE_ROWS })}</label>
      <textarea id="import-paste" class="sk-input" rows={4} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} /><p class="sk-buttons"><button type="button" id="import-paste-go" class="sk-button" onClick={() => void paste()}>{t('ui.rowimport.paste_go')}</button></p></section></>;
}

function Cells({ row, schema }: { row: Row; schema: Schema }) {
  const field = (key: string) => schema.fields.find((one) => one.key === key);
  const title = (key: string) => both(field(key)?.title) || key;
  const words = (key: string, value: unknown) => valueText(field(key), value, style());
  if (row.code) return <p class="sk-bad"><span aria-hidden="true">× </span>{noteText(row.code, row.detail ?? '')}</p>;
  if (row.errors?.length) return <ul class="sk-plain">{row.errors.map((one, at) => <li key={at} class="sk-bad"><span aria-hidden="true">× </span>{one.column || (one.field ? title(one.field) : '')}: {noteText(one.code, one.detail ?? '')}</li>)}</ul>;
  if (row.changes?.length) return <ul class="sk-plain">{row.changes.map((one) => <li key={one.field}>{title(one.field)}: <del><span class="sk-hidden">{t('ui.diff.del_from')}</span>{words(one.field, one.from)}</del> → <ins><span class="sk-hidden">{t('ui.diff.ins_from')}</span>{words(one.field, one.to)}</ins></li>)}</ul>;
  const fields = Object.entries(row.fields ?? {});
  return <>{fields.map(([key, value]) => `${title(key)}: ${words(key, value)}`).join('、') || '－'}</>;
}

const KINDS = ['', 'error', 'new', 'change', 'same'] as const;
function Rows({ of, schema }: { of: Batch; schema: Schema }) {
  const { query, path } = use(place);
  const kind = query.get('kind') ?? '';
  const where = `import/${encodeURIComponent(of.import)}/rows${tail({ kind })}`;
  const asked = useData<{ rows: Row[]; more?: boolean; next?: number }>(where);
  const [more, setMore] = useState<{ where: string; rows: Row[]; next: number | null }>({ where, rows: [], next: null });
  const extra = more.where === where ? more.rows : [];
  const next = extra.length ? more.next : asked.data?.more ? asked.data.next ?? null : null;
  const load = async () => { const page = await get<{ rows: Row[]; more?: boolean; next?: number }>(`${where}${where.includes('?') ? '&' : '?'}after=${next}`); setMore({ where, rows: [...extra, ...page.rows], next: page.more ? page.next ?? null : null }); };
  const name = t('ui.rowimport.rows');
  return <section aria-labelledby="import-rows"><h2 id="import-rows">{name}</h2>
    <p class="sk-filter"><label for="import-kind">{t('ui.diff.show')}</label> <select id="import-kind" class="sk-select" value={kind} onChange={(event) => go(`${path}?id=${encodeURIComponent(of.import)}${event.currentTarget.value ? `&kind=${event.currentTarget.value}` : ''}`, { replace: true, keep: true })}>{KINDS.map((one) => <option key={one} value={one}>{t(`ui.rowimport.kind.${one || 'all'}`)}</option>)}</select></p>
    <Await of={asked}>{(data) => { const rows = [...data.rows, ...extra]; return rows.length === 0 ? <p>{t('ui.rowimport.no_rows')}</p> : <><Region name={name}><table class="sk-table" data-preview><caption class="sk-hidden">{name}</caption><thead><tr><th scope="col">{t('ui.rowimport.row')}</th><th scope="col">{t('ui.word.kind')}</th><th scope="col">{t('ui.word.what')}</th></tr></thead>
      <tbody>{rows.map((row) => <tr key={row.row} data-kind={row.kind}><th scope="row" class="sk-num">{row.record ? <A href={recordPath(of.register, row.record)}>{String(row.row)}</A> : row.row}</th><td>{first([`ui.rowimport.kind.${row.kind}`, row.kind])}</td><td><Cells row={row} schema={schema} /></td></tr>)}</tbody></table></Region>
      {next !== null && <p><button type="button" class="sk-button" onClick={() => void load().catch(() => {})}>{t('ui.list.more')}</button></p>}</>; }}</Await></section>;
}

function View({ of, schema, put }: { of: Batch; schema: Schema; put: (next: Batch) => void }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const n = (key: string) => count(of.counts[key] ?? 0);
  const act = async (what: 'apply' | 'discard') => {
    if (busy) return;
    setBusy(true); setError(null);
    try { const next = await post<Batch | { import: string }>(`import/${encodeURIComponent(of.import)}/${what}`, what === 'apply' ? { digest: of.digest } : {}); put('state' in next ? next : { ...of, state: 'applying' }); } catch (failure) { setError(failure); } finally { setBusy(false); }
  };
  const notes = of.notes ?? [];
  const bad = (of.counts['error'] ?? 0) > 0 || notes.some((one) => one.problem);
  const nothing = (of.counts['new'] ?? 0) + (of.counts['change'] ?? 0) === 0;
  return <div data-import={of.state}><ErrorNote error={error} />
    {of.name && <p><strong>{of.pasted ? t('ui.rowimport.paste_title') : of.name}</strong>{of.encoding && ` (${of.encoding})`}</p>}
    {of.state === 'reading' && <p role="status">{t('ui.rowimport.reading')}</p>}
    {of.state === 'failed' && <Notice kind="bad"><p>{of.failure ? noteText(of.failure.code, of.failure.detail ?? '') : t('ui.rowimport.failed')}</p><p>{t('ui.rowimport.nothing_done')}</p></Notice>}
    {of.state === 'dropped' && <Notice kind="info"><p>{t('ui.rowimport.dropped')}</p></Notice>}
    {['previewed', 'applying', 'done'].includes(of.state) && <><p class="sk-sum" data-counts>{t('ui.rowimport.counts', { new: n('new'), change: n('change'), same: n('same'), error: n('error') })}</p>
      {notes.length > 0 && <ul class="sk-list">{notes.map((one, at) => <li key={at} class={one.problem ? 'sk-bad' : ''}>{one.problem && <span aria-hidden="true">× </span>}{noteText(one.code, one.place ?? '')}</li>)}</ul>}
      {of.state === 'applying' && <p role="status"><progress max={(of.counts['new'] ?? 0) + (of.counts['change'] ?? 0) || 1} value={of.counts['done'] ?? 0} aria-label={t('ui.rowimport.applying', { n: n('done') })} /> {t('ui.rowimport.applying', { n: n('done') })}</p>}
      {of.state === 'done' && <Notice kind={(of.counts['left'] ?? 0) > 0 ? 'warn' : 'good'}><p>{t('ui.rowimport.done', { n: n('done') })}{(of.counts['left'] ?? 0) > 0 && ` ${t('ui.rowimport.left', { n: n('left') })}`}</p></Notice>}
      {of.state === 'previewed' && (bad ? <Notice kind="bad"><p>{t('ui.rowimport.barred')}</p></Notice> : nothing ? <Notice kind="info"><p>{t('ui.rowimport.same_all')}</p></Notice> : <p>{t('ui.rowimport.ready')}</p>)}
      {of.state === 'previewed' && <p class="sk-buttons">{!bad && !nothing && <button type="button" id="import-apply" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined} onClick={() => void act('apply')}>{t('ui.rowimport.apply', { n: count((of.counts['new'] ?? 0) + (of.counts['change'] ?? 0)) })}</button>}<button type="button" id="import-drop" class="sk-button" onClick={() => void act('discard')}>{t('ui.rowimport.discard')}</button></p>}
      <Rows key={of.state} of={of} schema={schema} /></>}
    {['failed', 'dropped', 'done'].includes(of.state) && <p class="sk-buttons"><A class="sk-button" href={`/register/${encodeURIComponent(of.register)}/import`}>{t('ui.rowimport.again')}</A><A class="sk-button" href={`/register/${encodeURIComponent(of.register)}`}>{t('ui.record.to_list')}</A></p>}</div>;
}

function One({ id, schema }: { id: string; schema: Schema }) {
  const asked = useData<Batch>(`import/${encodeURIComponent(id)}`);
  // The pulse tells nothing of batches: while one is read or applied it is asked for by itself.
  const going = asked.data !== null && running(asked.data);
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(() => { if (!document.hidden) void asked.reload(); }, ASK_MS);
    return () => clearInterval(timer);
  }, [going, asked.reload]);
  return <Await of={asked} missing={<p>{t('ui.rowimport.missing')}</p>}>{(of) => <View of={of} schema={schema} put={(next) => { asked.put(next); void asked.reload(); }} />}</Await>;
}

export function RecordImport({ at }: { at: Match }) {
  const register = at.params['id'] ?? '';
  const id = use(place).query.get('id') ?? '';
  const raw = useData<Record<string, unknown>>(`registers/${encodeURIComponent(register)}/schema`);
  return <Await of={raw} title={t('ui.page.recordimport.title')} missing={<><H1>{t('ui.list.missing')}</H1><p>{t('ui.error.not_found')}</p></>}>{(given) => {
    const schema = readSchema(given);
    const title = both(schema.title);
    return <><Crumbs parts={[['/register', t('ui.page.registers.title')], [`/register/${encodeURIComponent(register)}`, title]]} /><H1>{t('ui.rowimport.title', { name: title })}</H1><p>{t('ui.rowimport.intro')}</p>
      {id ? <One key={id} id={id} schema={schema} /> : <Begin schema={schema} began={(next) => go(`/register/${encodeURIComponent(register)}/import?id=${encodeURIComponent(next)}`, { keep: true })} />}</>;
  }}</Await>;
}
