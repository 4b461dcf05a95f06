// 方針の取込み: choose the file, wait for the reading, answer the open questions, look at the whole,
// decide. The server holds the state; the address names the import, so it may be left at any time.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, post } from '../lib/api';
import { useData } from '../lib/data';
import { bytes } from '../lib/format';
import { POLICY_MOST, sendPolicy } from '../lib/importing';
import { first, has, t } from '../lib/messages';
import { docPath, isOpen, tail } from '../lib/policy';
import { blockLeaving, go, place } from '../lib/route';
import { use } from '../lib/store';
import type { Import, ImportBrief, PolicyIndex } from '../lib/types';
import { A, Await, ClauseLink, ErrorNote, Facts, H1, Hash, Notice } from '../part/bits';
import { Review } from '../part/import_review';
import { Summary } from '../part/import_summary';
import { docTitle } from '../part/policy';

const STEPS = ['file', 'read', 'questions', 'decide'] as const;

function Steps({ now }: { now: (typeof STEPS)[number] }) {
  const at = STEPS.indexOf(now);
  return <ol class="sk-steps">{STEPS.map((one, n) => <li key={one} aria-current={n === at ? 'step' : undefined}><span aria-hidden="true">{n < at ? '✓' : n === at ? '●' : '○'}</span> {t(`ui.import.step.${one}`)}</li>)}</ol>;
}

function refuse(file: File): string {
  if (file.size === 0) return t('ui.import.empty', { name: file.name });
  if (file.size > POLICY_MOST) return t('ui.import.too_big', { name: file.name, size: bytes(file.size), limit: bytes(POLICY_MOST) });
  return '';
}

function DropOne({ file, take }: { file: File | null; take: (file: File) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [one] = event.dataTransfer?.files ?? [];
    if (one) take(one);
  };
  return <div class={`sk-drop${over ? ' sk-drop--over' : ''}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
    {file ? <p><strong data-file>{file.name}</strong> ({bytes(file.size)})</p> : <p>{t('ui.import.drop')}</p>}
    <input class="sk-hidden" ref={input} id="import-file" type="file" aria-label={t('ui.import.pick')} tabIndex={-1} onChange={(event) => { const one = event.currentTarget.files?.[0]; if (one) take(one); event.currentTarget.value = ''; }} />
    <button type="button" id="import-pick" class="sk-button" onClick={() => input.current?.click()}>{t(file ? 'ui.import.pick_other' : 'ui.import.pick')}</button>
    <p class="sk-drop__limits">{t('ui.import.limits', { limit: bytes(POLICY_MOST) })}</p></div>;
}

function Begun({ rows }: { rows: ImportBrief[] }) {
  if (!rows.length) return null;
  return <section class="sk-card" aria-labelledby="begun"><h2 id="begun">{t('ui.import.begun')}</h2>
    <ul class="sk-list">{rows.map((one) => <li key={one.id}><A href={`/policy/import${tail({ id: one.id })}`}>{one.name}</A> {one.body?.name} {first([`ui.import.state.${one.state}`, one.state])}{one.questions ? ` ${t('ui.import.left', { n: one.questions })}` : ''}</li>)}</ul></section>;
}

// A body that is not there yet gets the next free name; what it is called is asked at the end.
function freshBody(index: PolicyIndex): string {
  const known = new Set((index.bodies ?? []).map((one) => one.id));
  for (let n = 2; ; n++) if (!known.has(`body${n}`)) return `body${n}`;
}

function Begin({ index }: { index: PolicyIndex }) {
  const begun = useData<{ imports: ImportBrief[] }>('policy/import');
  const bodies = index.bodies ?? [];
  const [body, setBody] = useState(index.body?.id ?? bodies[0]?.id ?? '');
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [part, setPart] = useState<number | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => { blockLeaving(() => part === null || window.confirm(t('ui.import.leave'))); return () => blockLeaving(null); }, [part]);
  useEffect(() => () => stop.current?.abort(), []);
  const take = (one: File) => { const text = refuse(one); setWrong(text); setError(null); setFile(text ? null : one); };
  const send = async (event: Event) => {
    event.preventDefault();
    if (part !== null) return;
    if (!file) { setWrong(t('ui.import.no_file')); document.getElementById('import-pick')?.focus(); return; }
    setError(null);
    setPart(0);
    stop.current = new AbortController();
    try {
      const made = await sendPolicy(file, body || freshBody(index), setPart, stop.current.signal);
      blockLeaving(null);
      go(`/policy/import${tail({ id: made.import })}`);
    } catch (reason) {
      setPart(null);
      if (!(reason instanceof ApiError && reason.status === 0 && stop.current.signal.aborted)) setError(reason);
    }
  };
  return <><Steps now="file" />
    <Begun rows={begun.data?.imports ?? []} />
    <form class="sk-narrow sk-narrow--left" onSubmit={(event) => void send(event)} noValidate>
      <p>{t('ui.import.intro')}</p>
      <fieldset class="sk-fieldset"><legend>{t('ui.import.body')}</legend>{bodies.map((one) => <label class="sk-radio" key={one.id}><input type="radio" name="body" value={one.id} checked={body === one.id} onChange={() => setBody(one.id)} /> {one.name}</label>)}
        <label class="sk-radio"><input type="radio" name="body" value="" checked={body === ''} onChange={() => setBody('')} /> <span>{t('ui.import.body_new')}<small class="sk-radio__help">{t('ui.import.body_new_help')}</small></span></label></fieldset>
      <p class="sk-field__label">{t('ui.word.file')}</p>
      {wrong && <p class="sk-field__error" id="import-wrong" role="alert"><span aria-hidden="true">× </span>{wrong}</p>}
      <ErrorNote error={error} />
      <DropOne file={file} take={take} />
      {part !== null && <p class="sk-progress" role="status"><progress max={1} value={part} aria-label={t('ui.import.sending')} /> {t('ui.import.sending')} {Math.floor(part * 100)}%</p>}
      <p class="sk-buttons"><button type="submit" class="sk-button sk-button--main" id="import-read" aria-disabled={part !== null ? 'true' : undefined}>{t('ui.import.read')}</button></p>
      <p class="sk-note">{t('ui.import.safe')}</p></form></>;
}

function Reading({ of, reload }: { of: Import; reload: () => Promise<void> }) {
  useEffect(() => { const timer = setInterval(() => void reload(), 700); return () => clearInterval(timer); }, [reload]);
  return <><Steps now="read" /><p role="status">{t('ui.import.reading', { name: of.name })}</p><p><progress aria-label={t('ui.import.step.read')} /></p><p class="sk-note">{t('ui.import.reading_note')}</p></>;
}

// What happened, what is safe, what to do now.
function Failed({ of }: { of: Import }) {
  const code = of.error?.code ?? '';
  const key = `err.${code}`;
  return <><Steps now="read" /><Notice kind="bad" title={t('ui.import.failed', { name: of.name })}>
    <p data-reason>{has(key) ? t(key, of.error?.args ?? { detail: of.error?.detail ?? '' }) : t('ui.import.failed_unknown', { code })}</p><p>{t('ui.import.failed_safe')}</p></Notice>
    <section class="sk-card"><h2>{t('ui.import.failed_do')}</h2><ul class="sk-list"><li>{t('ui.import.failed_text')}</li><li>{t('ui.import.failed_pdf')}</li><li>{t('ui.import.failed_other')}</li></ul>
      <p class="sk-buttons"><A class="sk-button sk-button--main" href="/policy/import">{t('ui.import.other_file')}</A></p></section></>;
}

function Done({ of }: { of: Import }) {
  const where = { body: of.body.id, version: '' };
  return <><Notice kind="good" title={t('ui.import.done')}><p>{t('ui.import.done_text', { body: of.body.name })}</p></Notice>
    <ul class="sk-list">{of.documents.map((one) => <li key={one.doc}><A href={docPath(one.doc, { ...where, version: '' })}>{docTitle(one)}</A></li>)}
      <li><A href={`/policy${tail({ body: of.body.id })}`}>{t('ui.import.to_policies', { body: of.body.name })}</A></li><li><A href={`/policy/coverage${tail({ body: of.body.id })}`}>{t('ui.page.coverage.title')}</A></li></ul></>;
}

function Discard({ id }: { id: string }) {
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const drop = async () => { try { await post(`policy/import/${encodeURIComponent(id)}/discard`); go('/policy'); } catch (reason) { setError(reason); } };
  return <div class="sk-discard"><ErrorNote error={error} />{sure ? <p role="alert">{t('ui.import.discard_sure')} <button type="button" class="sk-button sk-button--small sk-button--bad" id="import-discard-sure" onClick={() => void drop()}>{t('ui.import.discard_yes')}</button> <button type="button" class="sk-button sk-button--small" onClick={() => setSure(false)}>{t('ui.act.keep')}</button></p>
    : <p><button type="button" class="sk-button sk-button--text" id="import-discard" onClick={() => setSure(true)}>{t('ui.import.discard')}</button></p>}</div>;
}

function Wizard({ id }: { id: string }) {
  const { query } = use(place);
  const asked = useData<Import>(`policy/import/${encodeURIComponent(id)}`);
  const step = query.get('step') ?? '';
  return <Await of={asked} title={t('ui.page.import.title')} missing={<><H1>{t('ui.page.import.title')}</H1><Notice kind="warn"><p>{t('ui.import.missing')}</p></Notice><p><A href="/policy/import">{t('ui.import.other_file')}</A></p></>}>{(of) => {
    const open = of.questions.filter(isOpen).length;
    const head = <H1 sub={<span class="sk-h1__sub">{of.name} → {of.body.name || t('ui.import.body_new')}</span>}>{t('ui.page.import.title')}</H1>;
    if (of.state === 'reading') return <>{head}<Reading of={of} reload={asked.reload} /></>;
    if (of.state === 'failed') return <>{head}<Failed of={of} /></>;
    if (of.state === 'confirmed') return <>{head}<Done of={of} /></>;
    const deciding = step === 'decide' || (open === 0 && step !== 'questions');
    return <>{head}<Steps now={deciding ? 'decide' : 'questions'} />
      {deciding ? <Summary of={of} put={asked.put} reload={asked.reload} open={open} /> : <Review of={of} put={asked.put} reload={asked.reload} />}
      <details class="sk-card"><summary>{t('ui.import.about')}</summary><Facts rows={[[t('ui.word.file'), of.name], ['SHA-256', <Hash value={of.sha256} />]]} /><Discard id={of.id} /></details></>;
  }}</Await>;
}

export function PolicyImport() {
  const id = use(place).query.get('id') ?? '';
  const index = useData<PolicyIndex>(id ? null : 'policy');
  if (id) return <Wizard id={id} key={id} />;
  return <Await of={index} title={t('ui.page.import.title')}>{(data) => <><H1>{t('ui.page.import.title')}</H1>
    {data.may?.import ? <Begin index={data} /> : <><Notice kind="warn"><p>{t('ui.import.not_chief')} ({t('ui.word.ground')} <ClauseLink clause="std:10(3)" />)</p></Notice><p><A href="/policy">{t('ui.page.policies.title')}</A></p></>}</>}</Await>;
}

