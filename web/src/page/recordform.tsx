// Filing and changing a record: boxes from the schema, a draft kept by the server two seconds after the
// last key, what has to be put right on top, and one page to read before it is submitted.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, fieldText, post } from '../lib/api';
import { useData } from '../lib/data';
import { readAll, toRaw, type Raw, type RawRow } from '../lib/fieldraw';
import { timeWords } from '../lib/format';
import { guardEnter } from '../lib/ime';
import { both, t } from '../lib/messages';
import { lang } from '../lib/prefs';
import { nudge } from '../lib/pulse';
import { fieldOfError, isRequired, isShown, mistakes, momentNow, readSchema, recordPath, type FieldDef, type Mistake, type Rec, type RecordMove, type Schema } from '../lib/register';
import { go, type Match } from '../lib/route';
import type { Flow } from '../lib/types';
import { A, Await, ErrorNote, focusH1, H1, Notice, Summary } from '../part/bits';
import { FieldInput } from '../part/field';
import { Crumbs, ValueList } from '../part/value';
import { NoRecord } from './record';

const WAIT_MS = 2000;
const idOf = (key: string) => `field-${key}`;
type Choice = { code: string; title: { ja: string; en: string } | string };

// The moves that take a draft on: not those that end it or need a reason first.
const ONWARD = (one: RecordMove) => one.allowed && !one.reason && !['withdraw', 'abandon', 'pull_back', 'cancel', 'discard'].includes(one.name);

interface Kept { record: Rec | null; at: number; state: 'none' | 'saving' | 'saved' | 'failed'; error: unknown }

// Saves what stands in the boxes, one call after the other; a draft is made with the first.
function useDraft(schema: Schema, first: Rec | null, base: string) {
  const [kept, keep] = useState<Kept>({ record: first, at: 0, state: 'none', error: null });
  const record = useRef<Rec | null>(first);
  const sent = useRef(first ? JSON.stringify(Object.fromEntries(first.fields.map((one) => [one.key, one.value]))) : '');
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const save = (values: Record<string, unknown>): Promise<Rec> => {
    const run = async (): Promise<Rec> => {
      const text = JSON.stringify(values);
      if (record.current && text === sent.current) return record.current;
      keep((old) => ({ ...old, state: 'saving', error: null }));
      try {
        const now = record.current;
        const next = now ? await post<Rec>(`records/${encodeURIComponent(now.id)}/edit`, { rev: now.rev, digest: now.digest, reason: '', fields: values }) : await post<Rec>('records', { register: schema.register, fields: values });
        // Without a move of the page: the boxes keep the focus and what is being composed in them.
        if (!now) history.replaceState(null, '', `${base}/${encodeURIComponent(next.id)}/edit`);
        record.current = next;
        sent.current = text;
        keep({ record: next, at: Date.now() * 1000, state: 'saved', error: null });
        return next;
      } catch (error) { keep((old) => ({ ...old, state: 'failed', error })); throw error; }
    };
    const mine = line.current.then(run, run);
    line.current = mine.catch(() => {});
    return mine;
  };
  return { kept, save, put: (next: Rec) => { record.current = next; keep((old) => ({ ...old, record: next })); } };
}

function SavedLine({ kept }: { kept: Kept }) {
  const words = kept.state === 'saving' ? t('ui.draft.saving') : kept.state === 'saved' ? t('ui.draft.saved', { time: timeWords(kept.at) })
    : kept.state === 'failed' ? (kept.error instanceof ApiError && kept.error.status === 0 ? t('ui.draft.lost', { time: kept.at ? timeWords(kept.at) : '－' }) : t('ui.draft.not_saved')) : t('ui.draft.how');
  return <p class="sk-note" aria-live="polite" data-draft={kept.state}>{words}</p>;
}

function Confirm({ schema, record, values, back, moves, done }: { schema: Schema; record: Rec; values: Record<string, unknown>; back: () => void; moves: RecordMove[]; done: (next: Rec) => void }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => { focusH1(); scrollTo(0, 0); }, []);
  const at = momentNow(Date.now(), record.state);
  const run = async (move: RecordMove) => {
    if (busy) return;
    setBusy(true); setError(null);
    try { done(await post<Rec>(`records/${encodeURIComponent(record.id)}/move/${encodeURIComponent(move.name)}`, { rev: record.rev, digest: record.digest, reason: '' })); nudge(); } catch (failure) { setError(failure); setBusy(false); }
  };
  const errors = error instanceof ApiError ? fieldOfError(schema, error) : [];
  return <><H1>{t('ui.form.confirm_title', { name: both(schema.title) })}</H1><p>{t('ui.form.confirm_text')}</p>
    {errors.length ? <Notice kind="bad"><ul>{errors.map((one) => <li key={one.key}>{both(schema.fields.find((each) => each.key === one.key)?.title)}: {fieldText({ ...one, args: { detail: both(schema.fields.find((each) => each.key === one.key)?.title) } })}</li>)}</ul></Notice> : <ErrorNote error={error} />}
    <section class="sk-card" aria-label={t('ui.form.content')}><ValueList defs={schema.fields.filter((one) => isShown(one, values, at))} values={values} /></section>
    {moves.length === 0 && <p>{t('ui.form.no_move')}</p>}
    <p class="sk-buttons">{moves.map((one, n) => <button key={one.name} type="button" id={`form-${one.name}`} class={`sk-button${n === 0 ? ' sk-button--main' : ''}`} aria-disabled={busy ? 'true' : undefined} onClick={() => void run(one)}>{both(one.title) || one.name}</button>)}
      <button type="button" id="form-back" class="sk-button" onClick={back}>{t('ui.form.back')}</button><A class="sk-button" href={recordPath(schema.register, record.id)}>{t('ui.form.later')}</A></p></>;
}

// Without drafts: read once more, then filed with one press.
function FileNow({ schema, values, at, save, back, done }: { schema: Schema; values: Record<string, unknown>; at: ReturnType<typeof momentNow>; save: () => Promise<Rec>; back: () => void; done: (next: Rec) => void }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => { focusH1(); scrollTo(0, 0); }, []);
  const run = async () => {
    if (busy) return;
    setBusy(true); setError(null);
    try { done(await save()); nudge(); } catch (failure) { setError(failure); setBusy(false); }
  };
  return <><H1>{t('ui.form.confirm_title', { name: both(schema.title) })}</H1><p>{t('ui.form.file_text')}</p><ErrorNote error={error} />
    <section class="sk-card" aria-label={t('ui.form.content')}><ValueList defs={schema.fields.filter((one) => isShown(one, values, at))} values={values} /></section>
    <p class="sk-buttons"><button type="button" id="form-file" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined} onClick={() => void run()}>{t('ui.form.file')}</button><button type="button" id="form-back" class="sk-button" onClick={back}>{t('ui.form.back')}</button></p></>;
}

// The groups of the layout in its order; what stands in none comes last.
function grouped(schema: Schema, shown: FieldDef[]): [string, FieldDef[]][] {
  const groups = schema.layout.map((one): [string, FieldDef[]] => [both(one.title), one.fields.map((key) => shown.find((field) => field.key === key)).filter((field): field is FieldDef => field !== undefined)]);
  const rest = shown.filter((field) => !schema.layout.some((one) => one.fields.includes(field.key)));
  return [...groups, ['', rest] as [string, FieldDef[]]].filter(([, list]) => list.length > 0);
}

function Form({ schema, first, classes }: { schema: Schema; first: Rec | null; classes: Choice[] }) {
  const base = `/register/${encodeURIComponent(schema.register)}`;
  const given = useMemo(() => Object.fromEntries((first?.fields ?? []).map((one) => [one.key, one.value])), [first]);
  const [raw, setRaw] = useState<RawRow>(() => Object.fromEntries(schema.fields.map((one) => [one.key, toRaw(one, first ? given[one.key] : one.preset)])));
  const [found, setFound] = useState<{ list: Mistake[]; at: number }>({ list: [], at: 0 });
  const [confirming, setConfirming] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const touched = useRef(false);
  const draft = useDraft(schema, first, base);
  const at = momentNow(Date.now(), draft.kept.record?.state ?? schema.states[0]?.name ?? '');
  const { values, bad } = useMemo(() => readAll(schema.fields, raw), [raw]);
  const shown = schema.fields.filter((one) => isShown(one, values, at));
  // What is hidden is not sent: nobody approves what is not shown.
  const sending = Object.fromEntries(Object.entries(values).filter(([key]) => shown.some((one) => one.key === key)));
  const text = JSON.stringify(sending);
  useEffect(() => {
    // Where there are no drafts, what is kept is filed: only the last button does that.
    if (!touched.current || confirming || (schema.whole && !first)) return undefined;
    const timer = setTimeout(() => { void draft.save(sending).catch(() => {}); }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, confirming]);
  const set = (key: string, value: Raw) => { touched.current = true; setRaw((old) => ({ ...old, [key]: value })); };
  const put = (list: Mistake[]) => setFound({ list, at: Date.now() });
  const fail = (failure: unknown) => {
    const named = failure instanceof ApiError ? fieldOfError(schema, failure) : [];
    if (named.length) put(named.map((one) => ({ key: one.key, text: fieldText({ ...one, args: { detail: both(schema.fields.find((each) => each.key === one.key)?.title) } }) })));
    else setError(failure);
  };
  const check = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setError(null);
    const list = mistakes(schema, values, bad, at, lang.get());
    put(list);
    if (list.length) return;
    if (schema.whole && !first) { setConfirming(true); return; }
    setBusy(true);
    try { await draft.save(sending); setConfirming(true); } catch (failure) { fail(failure); } finally { setBusy(false); }
  };
  const record = draft.kept.record;
  if (confirming && record) return <Confirm schema={schema} record={record} values={sending} moves={record.moves.filter(ONWARD)} back={() => { setConfirming(false); setTimeout(focusH1, 0); }} done={(next) => go(recordPath(schema.register, next.id))} />;
  if (confirming && schema.whole && !first) return <FileNow schema={schema} values={sending} at={at} save={() => draft.save(sending)} back={() => { setConfirming(false); setTimeout(focusH1, 0); }} done={(next) => go(recordPath(schema.register, next.id))} />;
  const wrong = new Map(found.list.map((one) => [one.key, one.text]));
  const title = both(schema.title);
  return <><Crumbs parts={[['/register', t('ui.page.registers.title')], [base, title]]} /><H1>{t(first ? 'ui.form.edit_title' : 'ui.form.new_title', { name: title })}</H1>
    {schema.help && <p>{both(schema.help)}</p>}
    <Summary errors={found.list.map((one) => ({ id: idOf(one.key), text: one.text }))} at={found.at} /><ErrorNote error={error} />
    {schema.whole && !first ? <p class="sk-note">{t('ui.draft.none')}</p> : <SavedLine kept={draft.kept} />}
    <form class="sk-form" onSubmit={(event) => void check(event)} onKeyDown={guardEnter} noValidate>
      {grouped(schema, shown).map(([name, list]) => { const inputs = list.map((one) => <FieldInput key={one.key} id={idOf(one.key)} field={one} raw={raw[one.key] ?? toRaw(one, null)} set={(value) => set(one.key, value)} required={isRequired(one, values, at)} error={wrong.get(one.key)} sections={schema.sections} classes={classes} />);
        return name ? <fieldset class="sk-fieldset sk-rowbox" key={name}><legend>{name}</legend>{inputs}</fieldset> : inputs; })}
      <p class="sk-buttons"><button type="submit" id="form-check" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined}>{t('ui.form.check_button')}</button>
        <A class="sk-button" href={record ? recordPath(schema.register, record.id) : base}>{t('ui.act.keep')}</A></p></form></>;
}

// The classes of this town, for schemas that do not list them.
function useClasses(schema: Schema | null): Choice[] {
  const needed = schema?.fields.some((one) => one.type === 'class' && !one.options.length) ?? false;
  const asked = useData<{ flows: Flow[] }>(needed ? 'flows' : null);
  return useMemo(() => [...new Map((asked.data?.flows ?? []).flatMap((flow) => flow.classes).map((one) => [one.id, { code: one.id, title: one.label }])).values()], [asked.data]);
}

export function RecordForm({ at }: { at: Match }) {
  const [register, id] = [at.params['id'] ?? '', at.params['no']];
  const raw = useData<Record<string, unknown>>(`registers/${encodeURIComponent(register)}/schema`);
  const first = useData<Rec>(id ? `records/${encodeURIComponent(id)}` : null);
  const schema = useMemo(() => (raw.data ? readSchema(raw.data) : null), [raw.data]);
  const classes = useClasses(schema);
  // What was there when the form opened: what others change meanwhile is told by the server (409).
  const opened = useRef<Rec | null>(null);
  if (!opened.current && first.data) opened.current = first.data;
  if (id && first.error instanceof ApiError && first.error.status === 404) return <NoRecord register={register} />;
  if (id && !opened.current) return <Await of={first} title={t('ui.page.recordform.title')}>{() => null}</Await>;
  return <Await of={{ ...raw, data: schema }} title={t('ui.page.recordform.title')} missing={<><H1>{t('ui.list.missing')}</H1><p>{t('ui.error.not_found')}</p></>}>
    {(found) => (found.may_open || id ? <Form schema={found} first={opened.current} classes={classes} /> : <><H1>{both(found.title)}</H1><Notice kind="info"><p>{t('ui.form.not_open')}</p></Notice></>)}</Await>;
}
