// 送る: files, class, purpose, receiver; a page to check; then the transfer. Uploading begins on
// the drop, nothing crosses before the second button.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, fieldText, post } from '../lib/api';
import { useData } from '../lib/data';
import { bytes, count } from '../lib/format';
import { guardEnter } from '../lib/ime';
import { both, joined, t } from '../lib/messages';
import { blockLeaving, go, place } from '../lib/route';
import { Sending, type Row } from '../lib/sending';
import { use } from '../lib/store';
import type { Explain, Flow, Transfer } from '../lib/types';
import { A, Await, Clauses, ErrorNote, Facts, Field, focusH1, H1, Must, Notice, Region, Summary, Why } from '../part/bits';
import { namesOf, StateChip } from '../part/transfer';
import { roleName } from './me';

const PURPOSE_MAX = 200;

interface Choice { class: string; purpose: string; receiver: string }
type Problem = { id: string; text: string; server?: boolean };

function DropArea({ limits, add }: { limits: Flow['limits']; add: (files: Iterable<File>) => void }) {
  const [over, setOver] = useState(false);
  const [folder, setFolder] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const items = [...(event.dataTransfer?.items ?? [])];
    // A folder arrives as an unreadable file: say so instead of failing later.
    const folders = items.some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    setFolder(folders);
    if (!folders) add(event.dataTransfer?.files ?? []);
  };
  return <div class={`sk-drop${over ? ' sk-drop--over' : ''}`} id="send-files-area"
    onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
    <p class="sk-drop__text">{t('ui.send.drop')}</p>
    <input class="sk-hidden" ref={input} id="send-files" type="file" multiple aria-label={t('ui.send.pick')} tabIndex={-1}
      onChange={(event) => { setFolder(false); add([...(event.currentTarget.files ?? [])]); event.currentTarget.value = ''; }} />
    <button type="button" id="send-pick" class="sk-button" onClick={() => input.current?.click()}>{t('ui.send.pick')}</button>
    <p class="sk-drop__limits">{t('ui.send.limits', { item: bytes(limits.item), bundle: bytes(limits.bundle), items: count(limits.items) })}</p>
    {folder && <p class="sk-field__error" role="alert">× {t('ui.send.folder')}</p>}
  </div>;
}

function RowState({ row }: { row: Row }) {
  if (row.state === 'refused' || row.state === 'failed') return <span class="sk-bad">× {row.text}</span>;
  if (row.state === 'sent') return <span class="sk-good">✓ {t('ui.send.row.sent')}</span>;
  const part = row.size ? Math.floor((row.sent / row.size) * 100) : 0;
  return <span class="sk-progress"><progress max={row.size} value={row.sent} aria-label={t('ui.send.row.progress', { name: row.name })} />
    <span>{row.state === 'waiting' ? t('ui.send.row.waiting') : row.state === 'queued' ? t('ui.send.row.queued') : t('ui.send.row.sending', { part })}</span></span>;
}

function Files({ sending, rows }: { sending: Sending; rows: Row[] }) {
  if (!rows.length) return null;
  return <Region name={t('ui.send.files')}><table class="sk-table sk-files"><caption class="sk-hidden">{t('ui.send.files')}</caption>
    <thead><tr><th scope="col">{t('ui.word.file')}</th><th scope="col" class="sk-num">{t('ui.word.size')}</th><th scope="col">{t('ui.word.state')}</th><th scope="col"><span class="sk-hidden">{t('ui.word.action')}</span></th></tr></thead>
    <tbody>{rows.map((row) => <tr key={row.key}>
      <th scope="row" class="sk-name">{row.name}</th><td class="sk-num">{bytes(row.size)}</td><td><RowState row={row} /></td>
      <td class="sk-acts">{row.again && <button type="button" class="sk-button sk-button--small" onClick={() => sending.again(row.key)}>{t('ui.act.resume')}</button>}
        <button type="button" class="sk-button sk-button--small" onClick={() => void sending.remove(row.key)} aria-label={t('ui.send.remove', { name: row.name })}>{t('ui.act.cancel')}</button></td>
    </tr>)}</tbody></table></Region>;
}

function useExplain(flow: Flow, cls: string) {
  const asked = useData<Explain>(cls ? `flows/${encodeURIComponent(flow.id)}/explain?class=${encodeURIComponent(cls)}` : null);
  return asked;
}

export function explainText(found: Explain): string {
  if (found.why) return both(found.why);
  if (found.route === 'none' || !found.approver) return t('ui.send.route.none');
  return t('ui.send.route.approve', { who: approverText(found) });
}

function approverText(found: Explain): string {
  const who = found.approver;
  return who ? [who.section, who.role && roleName(who.role), who.holder].filter(Boolean).join(' ') : '';
}

function RouteLine({ flow, cls, plain }: { flow: Flow; cls: string; plain?: boolean }) {
  const asked = useExplain(flow, cls);
  const limits = flow.classes.find((one) => one.id === cls)?.limits ?? [];
  return <div class="sk-live" aria-live="polite">{!cls ? <p>{t('ui.send.route.choose')}</p>
    : asked.error ? <ErrorNote error={asked.error} retry={() => void asked.reload()} />
      : asked.data ? <p><span aria-hidden="true">→ </span>{explainText(asked.data)}{asked.data.approver && asked.data.why && <> <strong>{approverText(asked.data)}</strong></>}
        {asked.data.clause && asked.data.clause.length > 0 && <> ({t('ui.word.ground')} <Clauses list={asked.data.clause} />)</>}</p>
        : <p>{t('ui.word.loading')}</p>}
    {!plain && limits.length > 0 && <p class="sk-note">{t('ui.send.class_limits', { text: joined(limits.map(both)) })}</p>}</div>;
}

function ClassChoice({ flow, value, set, error }: { flow: Flow; value: string; set: (id: string) => void; error?: string }) {
  return <fieldset class={`sk-fieldset${error ? ' sk-field--bad' : ''}`} aria-describedby={error ? 'send-class-error' : 'send-class-help'}>
    <legend>{t('ui.word.class')}<Must /></legend>
    {error && <p class="sk-field__error" id="send-class-error"><span aria-hidden="true">× </span>{error}</p>}
    <div class="sk-row">{[...flow.classes].sort((a, b) => a.rank - b.rank).map((one, at) => <label class="sk-radio" key={one.id}>
      <input type="radio" name="class" id={at === 0 ? 'send-class' : undefined} value={one.id} checked={value === one.id} onChange={() => set(one.id)} /> {both(one.label)}</label>)}</div>
    <p class="sk-field__help" id="send-class-help">{t('ui.send.class_help')}</p></fieldset>;
}

function Ahead() {
  return <section class="sk-card" aria-labelledby="ahead"><h2 id="ahead">{t('ui.send.ahead')}</h2>
    <ol class="sk-ahead">{['receive', 'scan', 'disarm', 'approve', 'take'].map((one) => <li key={one}><strong>{t(`ui.stage.${one}`)}</strong> {t(`ui.send.ahead.${one}`)}<Why text={t(`ui.send.why.${one}`)} /></li>)}</ol></section>;
}

function Recent() {
  const asked = useData<{ transfers: Transfer[] }>('transfers?box=sent');
  return <section class="sk-card" aria-labelledby="recent"><h2 id="recent">{t('ui.send.recent')}</h2>
    <Await of={asked}>{(data) => {
      const rows = data.transfers.filter((one) => one.state !== 'draft').slice(0, 5);
      return rows.length === 0 ? <p>{t('ui.sent.empty_short')}</p> : <ul class="sk-recent">{rows.map((one) => <li key={one.id}>
        <A href={`/transfer/${encodeURIComponent(one.number ?? one.id)}`}>{one.number ?? t('ui.word.no_number')}</A> <StateChip of={one} />
        <span class="sk-recent__names">{namesOf(one)}</span></li>)}</ul>;
    }}</Await>
    <p><A href="/sent">{t('ui.page.sent.title')}</A></p></section>;
}

// What was begun and not sent, so that a closed browser loses nothing.
function Drafts() {
  const asked = useData<{ transfers: Transfer[] }>('transfers?box=sent');
  const [first] = (asked.data?.transfers ?? []).filter((one) => one.state === 'draft' && (one.items ?? []).length > 0);
  const [shown] = useState(Date.now() * 1000);
  // A draft begun by this very page is not offered beside itself.
  if (!first || first.created > shown) return null;
  return <Notice kind="info"><p>{t('ui.send.begun', { files: (first.items ?? []).map((one) => one.name).join('、') })} <A href={`/?draft=${encodeURIComponent(first.id)}`}>{t('ui.act.resume')}</A></p></Notice>;
}

function checkAll(choice: Choice, rows: Row[], sending: Sending): Problem[] {
  const problems: Problem[] = [];
  if (!rows.length) problems.push({ id: 'send-pick', text: t('err.gate.items_missing') });
  else if (rows.some((row) => row.state === 'refused' || row.state === 'failed')) problems.push({ id: 'send-pick', text: t('ui.send.bad_rows') });
  else if (!sending.ready) problems.push({ id: 'send-pick', text: t('err.gate.upload_unfinished') });
  if (!choice.class) problems.push({ id: 'send-class', text: t('err.gate.class_missing') });
  if (!choice.purpose.trim()) problems.push({ id: 'send-purpose', text: t('err.gate.purpose_missing') });
  else if ([...choice.purpose].length > PURPOSE_MAX) problems.push({ id: 'send-purpose', text: t('ui.send.purpose_long', { n: PURPOSE_MAX }) });
  return problems;
}

const FIELD_IDS: Record<string, string> = { class: 'send-class', purpose: 'send-purpose', receiver: 'send-receiver', items: 'send-pick' };

function Confirm(props: { flow: Flow; rows: Row[]; choice: Choice; back: () => void; send: () => void; busy: boolean; error: unknown }) {
  const cls = props.flow.classes.find((one) => one.id === props.choice.class);
  useEffect(focusH1, []);
  return <div class="sk-narrow">
    <H1>{t('ui.send.confirm')}</H1>
    <ErrorNote error={props.error} />
    <section class="sk-card"><Facts rows={[
      [t('ui.word.files'), <ul class="sk-plain">{props.rows.map((row) => <li key={row.key}>{row.name} ({bytes(row.size)})</li>)}</ul>],
      [t('ui.word.flow'), both(props.flow.name)],
      [t('ui.word.class'), both(cls?.label)],
      [t('ui.word.limits'), joined(cls?.limits.map(both) ?? [])],
      [t('ui.word.purpose'), <span class="sk-lines">{props.choice.purpose}</span>],
      [t('ui.word.receiver'), t(`ui.send.receiver.${props.choice.receiver}`)],
    ]} />
      <RouteLine flow={props.flow} cls={props.choice.class} plain /></section>
    <p class="sk-buttons"><button type="button" class="sk-button sk-button--main" id="send-go" onClick={props.send} aria-disabled={props.busy ? 'true' : undefined}>{t('ui.send.go')}</button>
      <button type="button" class="sk-button" onClick={props.back}>{t('ui.send.back')}</button></p>
    <p class="sk-note">{t('ui.send.confirm_note')}</p>
  </div>;
}

function SendForm({ flows, draft }: { flows: Flow[]; draft: Transfer | null }) {
  const [flow, setFlow] = useState<Flow>(flows.find((one) => one.id === draft?.flow) ?? flows[0] as Flow);
  const sending = useMemo(() => {
    // The address names the draft from now on: after a reload or a new login its files are still there.
    const made = new Sending(flow, (id) => history.replaceState(null, '', `/?draft=${encodeURIComponent(id)}`));
    if (draft) made.adopt(draft);
    return made;
  }, [flow]);
  const rows = use(sending.rows);
  const [choice, setChoice] = useState<Choice>({ class: draft?.class?.id ?? '', purpose: draft?.purpose ?? '', receiver: flow.receiver[0] ?? 'self' });
  const [problems, setProblems] = useState<Problem[]>([]);
  const [confirm, setConfirm] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What was wrong at the last check and still is: a corrected field loses its mark at once.
  const wrong = problems.filter((one) => one.server || checkAll(choice, rows, sending).some((now) => now.id === one.id));
  const problem = (id: string) => wrong.find((one) => one.id === id)?.text;
  const receivers = flow.receiver.filter((one) => one === 'self' || one === 'section');

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => { if (sending.busy) event.preventDefault(); };
    addEventListener('beforeunload', warn);
    blockLeaving(() => !sending.busy || window.confirm(t('ui.send.leave')));
    return () => { removeEventListener('beforeunload', warn); blockLeaving(null); sending.stop(); };
  }, [sending]);

  const check = (event: Event) => {
    event.preventDefault();
    const found = checkAll(choice, rows, sending);
    setProblems(found);
    setError(null);
    if (!found.length) setConfirm(true);
  };

  const send = async () => {
    if (busy || !sending.id) return;
    setBusy(true);
    setError(null);
    try {
      const done = await post<Transfer>(`transfers/${sending.id}/submit`, { class: choice.class, purpose: choice.purpose.trim(), receiver: choice.receiver });
      go(`/transfer/${encodeURIComponent(done.number ?? done.id)}?new=1`);
    } catch (reason) {
      if (reason instanceof ApiError && reason.fields.length) {
        setConfirm(false);
        setProblems(reason.fields.map((field) => ({ id: FIELD_IDS[field.key] ?? 'send-pick', text: fieldText(field), server: true })));
      } else setError(reason);
      setBusy(false);
    }
  };

  if (confirm) return <Confirm flow={flow} rows={rows} choice={choice} back={() => setConfirm(false)} send={() => void send()} busy={busy} error={error} />;
  return <div class="sk-send"><form class="sk-send__form" onSubmit={check} onKeyDown={guardEnter} noValidate>
    <H1>{t('ui.page.send.h1')}</H1>
    <Summary errors={wrong} at={problems} />
    {draft ? <Notice kind="info"><p>{t(draft.number ? 'ui.send.again' : 'ui.send.draft', { number: draft.number ?? '' })}</p></Notice> : <Drafts />}
    <DropArea limits={flow.limits} add={(files) => sending.add(files)} />
    <Files sending={sending} rows={rows} />
    {flows.length === 1 ? <p class="sk-flow"><strong>{t('ui.word.flow')}</strong> {both(flow.name)}</p> : <fieldset class="sk-fieldset"><legend>{t('ui.word.flow')}</legend>
      {flows.map((one) => <label class="sk-radio" key={one.id}><input type="radio" name="flow" checked={one === flow} disabled={rows.length > 0 && one !== flow} onChange={() => { setFlow(one); setChoice({ ...choice, class: '', receiver: one.receiver[0] ?? 'self' }); }} /> {both(one.name)}</label>)}
      {rows.length > 0 && <p class="sk-field__help">{t('ui.send.flow_fixed')}</p>}</fieldset>}
    <ClassChoice flow={flow} value={choice.class} set={(id) => setChoice({ ...choice, class: id })} error={problem('send-class')} />
    <RouteLine flow={flow} cls={choice.class} />
    <Field id="send-purpose" label={t('ui.word.purpose')} required help={t('ui.send.purpose_help', { n: PURPOSE_MAX, used: [...choice.purpose].length })} error={problem('send-purpose')}>
      {(attributes) => <textarea {...attributes} class="sk-input" rows={2} value={choice.purpose} onInput={(event) => setChoice({ ...choice, purpose: event.currentTarget.value })} />}
    </Field>
    {receivers.length > 1 && <fieldset class="sk-fieldset"><legend>{t('ui.word.receiver')}</legend><div class="sk-row">{receivers.map((one, at) => <label class="sk-radio" key={one}>
      <input type="radio" name="receiver" id={at === 0 ? 'send-receiver' : undefined} checked={choice.receiver === one} onChange={() => setChoice({ ...choice, receiver: one })} /> {t(`ui.send.receiver.${one}`)}</label>)}</div></fieldset>}
    <p class="sk-buttons"><button type="submit" class="sk-button sk-button--main" id="send-check">{t('ui.send.check')}</button></p>
    <p class="sk-hidden" aria-live="polite">{rows.length > 0 && t('ui.send.sum', { n: rows.length, done: rows.filter((row) => row.state === 'sent').length })}</p>
  </form>
  <div class="sk-send__side"><Ahead /><Recent /></div></div>;
}

// The form keeps the flows it began with: a reload of the list must not throw away what is typed.
function FixedForm({ flows, draft }: { flows: Flow[]; draft: Transfer | null }) {
  const [kept] = useState(flows);
  return <SendForm flows={kept} draft={draft} />;
}

function WithDraft({ flows, id }: { flows: Flow[]; id: string }) {
  const asked = useData<Transfer>(`transfers/${encodeURIComponent(id)}`);
  return <Await of={asked} title={t('ui.page.send.h1')}>{(draft) => (draft.state === 'draft' ? <FixedForm flows={flows} draft={draft} />
    : <><H1>{t('ui.page.send.h1')}</H1><Notice kind="info"><p>{t('ui.send.not_draft')} <A href={`/transfer/${encodeURIComponent(id)}`}>{t('ui.page.transfer_one.title')}</A></p></Notice></>)}</Await>;
}

export function Send() {
  const id = use(place).query.get('draft');
  const asked = useData<{ flows: Flow[] }>('flows');
  return <Await of={asked} title={t('ui.page.send.h1')}>{(data) => (data.flows.length ? id ? <WithDraft flows={data.flows} id={id} key={id} /> : <FixedForm flows={data.flows} draft={null} />
    : <><H1>{t('ui.page.send.h1')}</H1><Notice kind="info"><p>{t('ui.send.no_flow')}</p></Notice></>)}</Await>;
}
