// One transfer: where it stands, its facts, what was removed, what happened, and on the LGWAN side
// the decision and the clean files.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, errorText, post } from '../lib/api';
import { useData, type Data } from '../lib/data';
import { bytes } from '../lib/format';
import { guardEnter } from '../lib/ime';
import { first, t } from '../lib/messages';
import { nudge, useWatch } from '../lib/pulse';
import { place, type Match } from '../lib/route';
import { session } from '../lib/session';
import { use } from '../lib/store';
import type { Event, Move, ReportOf, Transfer } from '../lib/types';
import { A, Await, ClauseLink, ErrorNote, Field, focusH1, H1, Notice, Region, When } from '../part/bits';
import { nowText, ReportOne, running, Stages, StateChip, TransferFacts } from '../part/transfer';

function NotThere() {
  return <><H1>{t('ui.transfer.missing')}</H1><p>{t('ui.transfer.missing_text')}</p><p><A href="/">{t('ui.act.to_top')}</A></p></>;
}

function Reports({ of }: { of: Transfer }) {
  const asked = useData<{ items: ReportOf[] }>(of.state === 'draft' ? null : `transfers/${encodeURIComponent(of.id)}/report`);
  // A new state of an item brings a new report.
  const moved = (of.items ?? []).map((one) => `${one.item} ${one.state}`).join();
  useEffect(() => { void asked.reload(); }, [moved, of.rev]);
  if (of.state === 'draft') return null;
  return <section class="sk-card" aria-labelledby="report"><h2 id="report">{t('ui.report.title')}</h2>
    <Await of={asked}>{(data) => (data.items.length ? data.items.map((one) => <ReportOne key={one.item} of={one} item={(of.items ?? []).find((item) => item.item === one.item)} clause={of.clause ?? []} />)
      : <p>{t('ui.report.none_yet')}</p>)}</Await></section>;
}

function Leaf({ one, receipts }: { one: Event; receipts: boolean }) {
  if (typeof one.index !== 'number') return <span>{one.leaf_state === 'waiting' ? t('ui.ledger.writing') : '－'}</span>;
  const words = t('ui.ledger.leaf', { n: one.index });
  return <span class="sk-leaf">{words}{receipts && <> <a href={`/api/v1/ledger/receipt/${one.index}`} download={`leaf-${one.index}.tlog-proof`} aria-label={t('ui.ledger.receipt_of', { n: one.index })}>{t('ui.ledger.receipt')}</a></>}</span>;
}

function Events({ of, receipts }: { of: Transfer; receipts: boolean }) {
  const rows = of.events ?? [];
  const name = t('ui.transfer.events');
  return <section class="sk-card" aria-labelledby="events"><h2 id="events">{name}</h2>
    {rows.length === 0 ? <p>{t('ui.transfer.no_events')}</p> : <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
      <thead><tr><th scope="col">{t('ui.word.when')}</th><th scope="col">{t('ui.word.what')}</th><th scope="col">{t('ui.word.who')}</th><th scope="col">{t('ui.word.ledger')}</th></tr></thead>
      <tbody>{rows.map((one, at) => <tr key={at}><td><When at={one.at} short /></td><th scope="row">{first([`event.${one.kind}`, `ui.event.${one.kind}`, one.kind])}{one.reason && <span class="sk-block sk-lines">{t('ui.transfer.reason', { text: one.reason })}</span>}</th><td>{one.who || t('ui.word.system')}</td><td><Leaf one={one} receipts={receipts} /></td></tr>)}</tbody></table></Region>}
    {receipts && rows.length > 0 && <p class="sk-note">{t('ui.ledger.receipt_note')}</p>}
  </section>;
}

function Take({ of, reload }: { of: Transfer; reload: () => Promise<void> }) {
  const ready = (of.items ?? []).filter((one) => one.verdict !== 'blocked' && one.state !== 'blocked');
  if (!of.may?.take) return null;
  return <section class="sk-card sk-card--strong" aria-labelledby="take"><h2 id="take">{t('ui.take.title')}</h2><p>{t('ui.take.text')}</p>
    <ul class="sk-plain">{ready.map((one) => <li key={one.item} class="sk-take"><a class="sk-button sk-button--main" href={`/api/v1/items/${encodeURIComponent(one.item)}/content`} download={one.name_out ?? one.name} data-take={one.item}
      onClick={() => { setTimeout(() => void reload(), 1500); setTimeout(() => void reload(), 6000); }}>{t('ui.act.take')}<span class="sk-hidden"> {one.name_out ?? one.name}</span></a>
      <span>{one.name_out ?? one.name}{one.size_out ? ` (${bytes(one.size_out)})` : ''}</span></li>)}</ul>
    {of.expires ? <p class="sk-note">{t('ui.take.until')} <When at={of.expires} /></p> : null}</section>;
}

const DECISIONS = ['approve', 'send_back', 'reject'] as const;
type Decision = typeof DECISIONS[number];

// A refused move is a sentence with its reason, never a dead button.
function WhyNot({ moves }: { moves: Move[] }) {
  const reasons = [...new Map(moves.filter((one) => !one.allowed).map((one) => [one.why_not ?? '', one])).values()];
  return <>{reasons.map((one) => <p key={one.why_not} class="sk-whynot" data-why={one.why_not}>{first([`ui.whynot.${one.why_not}`, `err.${one.why_not}`, 'ui.error.forbidden'])}{one.clause && <> (<ClauseLink clause={one.clause} />)</>}</p>)}</>;
}

function Decide({ of, put, reload }: { of: Transfer; put: (next: Transfer) => void; reload: () => Promise<void> }) {
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState('');
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const who = use(session);
  const moves = (of.moves ?? []).filter((one) => (DECISIONS as readonly string[]).includes(one.name));
  const allowed = moves.filter((one) => one.allowed).map((one) => one.name as Decision);

  const decide = async (decision: Decision) => {
    if (busy) return;
    if (decision !== 'approve' && !reason.trim()) { setMissing(t('err.register.reason_missing')); box.current?.focus(); return; }
    setBusy(true);
    setError(null);
    setMissing('');
    try {
      put(await post<Transfer>(`transfers/${encodeURIComponent(of.id)}/decide`, { rev: of.rev, digest: of.digest, decision, reason: reason.trim() }));
      setDone(t(`ui.decide.done.${decision}`));
      setReason('');
      nudge();
      focusH1();
    } catch (failure) {
      setError(failure);
      if (failure instanceof ApiError && failure.code === 'register.reason_missing') setMissing(errorText(failure));
      if (failure instanceof ApiError && failure.status === 409) await reload();
    } finally {
      setBusy(false);
    }
  };

  if (done) return <Notice kind="good"><p>{done}</p><p><A href="/">{t('ui.decide.to_inbox')}</A></p></Notice>;
  if (!moves.length) return null;
  const post0 = who?.posts.find((one) => one.section_name === of.waiting_for?.section) ?? who?.posts[0];
  return <section class="sk-card sk-card--strong" aria-labelledby="decide"><h2 id="decide">{t('ui.decide.title')}</h2>
    <ErrorNote error={missing ? null : error} />
    {allowed.length === 0 ? <WhyNot moves={moves} /> : <form onSubmit={(event) => event.preventDefault()} onKeyDown={guardEnter} noValidate>
      <p>{t('ui.decide.as', { who: who?.person.name ?? '', post: post0 ? `${post0.section_name} ${post0.name}` : '' })}</p>
      <Field id="decide-reason" label={t('ui.decide.reason')} help={t('ui.decide.reason_help')} error={missing || undefined}>
        {(attributes) => <textarea {...attributes} ref={box} class="sk-input" rows={2} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
      <p class="sk-buttons">{DECISIONS.filter((one) => allowed.includes(one)).map((one) => <button key={one} type="button" id={`decide-${one}`} class={`sk-button${one === 'approve' ? ' sk-button--main' : ''}`} aria-disabled={busy ? 'true' : undefined} onClick={() => void decide(one)}>{t(`ui.decide.${one}`)}</button>)}</p>
      <p class="sk-note">{t('ui.decide.effect')}</p>
    </form>}
  </section>;
}

function Withdraw({ of, put }: { of: Transfer; put: (next: Transfer) => void }) {
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (!of.may?.withdraw) return null;
  const run = async () => {
    setError(null);
    try { put(await post<Transfer>(`transfers/${encodeURIComponent(of.id)}/withdraw`)); setSure(false); nudge(); focusH1(); } catch (failure) { setError(failure); }
  };
  const kind = of.state === 'draft' ? 'draft_' : '';
  return <section class="sk-card" aria-labelledby="withdraw"><h2 id="withdraw">{t(`ui.withdraw.${kind}title`)}</h2>
    <ErrorNote error={error} /><p>{t(`ui.withdraw.${kind}text`)}</p>
    <p class="sk-buttons">{sure ? <><button type="button" class="sk-button sk-button--bad" onClick={() => void run()}>{t(`ui.withdraw.${kind}sure`)}</button><button type="button" class="sk-button" onClick={() => setSure(false)}>{t('ui.act.keep')}</button></>
      : <button type="button" class="sk-button" onClick={() => setSure(true)}>{t(`ui.withdraw.${kind}act`)}</button>}</p></section>;
}

// Sent back, or never sent: the sender goes on with it where files are sent from.
function Redo({ of, zone }: { of: Transfer; zone: string }) {
  if (of.state !== 'draft' || of.from !== zone) return null;
  return <Notice kind="info"><p>{t(of.number ? 'ui.transfer.sent_back' : 'ui.now.draft')}</p><p><A class="sk-button" href={`/?draft=${encodeURIComponent(of.id)}`}>{t('ui.transfer.redo')}</A></p></Notice>;
}

// On the sender's side of a flow the clean file is taken elsewhere: say where.
function Elsewhere({ of, zone }: { of: Transfer; zone: string }) {
  if (of.state !== 'ready' || of.may?.take || !of.to || of.to === zone) return null;
  return <Notice kind="good"><p>{t('ui.take.elsewhere', { zone: t(`ui.zone.${of.to}`), who: of.receiver?.name ?? '' })}</p></Notice>;
}

function View({ of, asked }: { of: Transfer; asked: Data<Transfer> }) {
  const zone = document.documentElement.dataset['zone'] ?? '';
  const fresh = use(place).query.get('new') === '1';
  useWatch(running(of));
  return <>
    <H1 sub={<span class="sk-h1__sub"><StateChip of={of} /> <span class="sk-rev">{t('ui.word.rev', { n: of.rev })}</span></span>}>{t('ui.transfer.title', { number: of.number ?? t('ui.word.no_number') })}</H1>
    {fresh && running(of) && <Notice kind="good"><p>{t('ui.send.done', { number: of.number ?? '' })}</p></Notice>}
    <p class="sk-now" aria-live="polite" data-state={of.state}>{t('ui.word.now')}: <strong>{nowText(of)}</strong></p>
    <Stages of={of} />
    <Elsewhere of={of} zone={zone} />
    <Redo of={of} zone={zone} />
    <div class="sk-two"><div class="sk-two__main">
      <section class="sk-card" aria-labelledby="facts"><h2 id="facts">{t('ui.transfer.facts')}</h2><TransferFacts of={of} /></section>
      <Reports of={of} />
      <Events of={of} receipts={zone === 'lgwan'} />
    </div><div class="sk-two__side">
      <Take of={of} reload={asked.reload} />
      {zone === 'lgwan' && <Decide of={of} put={asked.put} reload={asked.reload} />}
      <Withdraw of={of} put={asked.put} />
    </div></div>
  </>;
}

export function TransferPage({ at }: { at: Match }) {
  const asked = useData<Transfer>(`transfers/${encodeURIComponent(at.params['id'] ?? '')}`);
  return <Await of={asked} missing={<NotThere />} title={t('ui.page.transfer_one.title')}>{(of) => <View of={of} asked={asked} />}</Await>;
}
