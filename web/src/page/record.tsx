// One record: its values, the approval card, what happened, what it is tied to, its leaves.
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError } from '../lib/api';
import { useData, type Data } from '../lib/data';
import { both, first, t } from '../lib/messages';
import { useWatch } from '../lib/pulse';
import { readSchema, recordPath, type Act, type History, type Rec, type Schema, type StepTask } from '../lib/register';
import { go, place, type Match } from '../lib/route';
import { session } from '../lib/session';
import { use } from '../lib/store';
import type { Inbox } from '../lib/types';
import { A, Await, Clauses, ErrorNote, Facts, H1, Region, Until, When } from '../part/bits';
import { Decide, Due, Stamps, stepTitle } from '../part/decision';
import { Crumbs, Fields, NotYet, RecordChip } from '../part/value';

const TABS = ['events', 'changes', 'related', 'proof'] as const;
type Tab = typeof TABS[number];

export function NoRecord({ register }: { register: string }) {
  return <><H1>{t('ui.record.missing')}</H1><p>{t('ui.error.not_found')}</p><p><A href={`/register/${encodeURIComponent(register)}`}>{t('ui.record.to_list')}</A></p></>;
}

export const actName = (act: Act, of: Rec): string => {
  const move = of.moves.find((one) => one.name === act.move);
  return act.kind && act.kind !== 'move' ? first([`ui.acted.${act.kind}`, act.kind]) : both(move?.title) || first([`ui.acted.${act.move}`, act.move]);
};

function stateName(schema: Schema | null, state: string | undefined): string {
  return state ? both(schema?.states.find((one) => one.name === state)?.title) || state : '';
}

function Leaf({ act }: { act: Act }) {
  if (typeof act.index !== 'number') return <>{act.leaf_state === 'waiting' ? t('ui.ledger.writing') : '－'}</>;
  return <span class="sk-leaf">{t('ui.ledger.leaf', { n: act.index })} <a href={`/api/v1/ledger/receipt/${act.index}`} download={`leaf-${act.index}.tlog-proof`} aria-label={t('ui.ledger.receipt_of', { n: act.index })}>{t('ui.ledger.receipt')}</a></span>;
}

function Who({ act }: { act: Act }) {
  return <>{act.who || t('ui.word.system')}{(act.section || act.post) && <small class="sk-block">{act.section} {act.post}</small>}{act.for && <small class="sk-block">{t('ui.stamp.for', { who: `${act.for.who}${act.for.post ? ` (${act.for.post})` : ''}` })}</small>}</>;
}

function Events({ of, acts, schema }: { of: Rec; acts: Act[]; schema: Schema | null }) {
  const name = t('ui.record.tab.events');
  return <Region name={name}><table class="sk-table" data-acts><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.word.when')}</th><th scope="col">{t('ui.word.what')}</th><th scope="col">{t('ui.word.who')}</th><th scope="col">{t('ui.word.state')}</th></tr></thead>
    <tbody>{acts.map((act) => <tr key={act.id} data-act={act.kind ?? act.move}><td><When at={act.at} short /></td>
      <th scope="row">{act.mark && <span class="sk-markbox">{act.mark}</span>} {actName(act, of)}{act.step && <small class="sk-block">{stepTitle(of, act.step)}</small>}{act.basis && <small class="sk-block">{t('ui.record.basis', { basis: act.basis })}</small>}{act.reason && <span class="sk-block sk-lines">{t('ui.transfer.reason', { text: act.reason })}</span>}</th>
      <td><Who act={act} /></td><td>{act.to && act.to !== act.from ? stateName(schema, act.to) : '－'}</td></tr>)}</tbody></table></Region>;
}

function Later({ of, history }: { of: Rec; history: History }) {
  if (!history.later?.length) return null;
  return <><h3>{t('ui.record.later')}</h3><ul class="sk-list">{history.later.map((one, at) => <li key={at}>{one.who}: {stepTitle(of, one.step)} {one.read ? <>{t('ui.record.read_at')} <When at={one.read} short /></> : <>{t('ui.record.unread')} <Until at={one.due} short /></>}</li>)}</ul></>;
}

function Changes({ acts }: { acts: Act[] }) {
  const rows = acts.filter((one) => ['open', 'edit'].includes(one.kind ?? one.move));
  return <><ul class="sk-list">{rows.map((act) => <li key={act.id}>{t('ui.word.rev', { n: act.rev ?? 1 })}: <When at={act.at} short /> {act.who}</li>)}</ul><NotYet what={t('ui.record.field_diff')} /></>;
}

function Related({ of }: { of: Rec }) {
  const rows = [...(of.children ?? []).map((one) => ({ id: one.id, register: of.register, words: `${one.number ?? ''} ${both(one.title)} ${both(one.state_title)}`.trim() || one.id })), ...(of.links ?? []).map((one) => ({ id: one.id, register: one.register ?? of.register, words: one.number ?? one.id }))];
  return rows.length ? <ul class="sk-list">{rows.map((one) => <li key={one.id}><A href={recordPath(one.register, one.id)}>{one.words}</A></li>)}</ul> : <p>{t('ui.record.no_related')}</p>;
}

function Proof({ of, acts }: { of: Rec; acts: Act[] }) {
  const name = t('ui.record.tab.proof');
  return <><Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption><thead><tr><th scope="col">{t('ui.word.what')}</th><th scope="col">{t('ui.word.when')}</th><th scope="col">{t('ui.word.ledger')}</th></tr></thead>
    <tbody>{acts.map((act) => <tr key={act.id}><th scope="row">{actName(act, of)}</th><td><When at={act.at} short /></td><td><Leaf act={act} /></td></tr>)}</tbody></table></Region><p class="sk-note">{t('ui.ledger.receipt_note')}</p></>;
}

function Tabs({ of, history, schema }: { of: Rec; history: Data<History>; schema: Schema | null }) {
  const { path, query } = use(place);
  const asked = query.get('tab') as Tab;
  const tab: Tab = TABS.includes(asked) ? asked : 'events';
  const acts = history.data?.acts ?? of.acts ?? [];
  return <section class="sk-card" aria-labelledby="record-more"><h2 id="record-more">{t('ui.record.more')}</h2>
    <ul class="sk-tabs">{TABS.map((one) => <li key={one}><a href={`${path}?tab=${one}`} aria-current={one === tab ? 'page' : undefined} onClick={(event) => { event.preventDefault(); go(`${path}?tab=${one}`, { replace: true, keep: true }); }}>{t(`ui.record.tab.${one}`)}</a></li>)}</ul>
    {history.error ? <ErrorNote error={history.error} /> : null}
    {tab === 'events' && <><Events of={of} acts={acts} schema={schema} />{history.data && <Later of={of} history={history.data} />}</>}
    {tab === 'changes' && <Changes acts={acts} />}{tab === 'related' && <Related of={of} />}{tab === 'proof' && <Proof of={of} acts={acts} />}</section>;
}

// What the inbox says of this record, where the record itself does not say what I am asked.
function taskOf(of: Rec, inbox: Inbox | null): StepTask | null {
  if (of.task !== undefined) return of.task;
  const row = inbox?.items.find((one) => one.record === of.id && one.step && !['read', 'sent_back', 'stuck'].includes(one.kind));
  return row?.step ? { step: row.step, kind: row.kind, ...(row.step_title ? { title: row.step_title } : {}), ...(row.for ? { for: row.for } : {}) } : null;
}

function View({ of, asked, schema }: { of: Rec; asked: Data<Rec>; schema: Schema | null }) {
  const history = useData<History>(`records/${encodeURIComponent(of.id)}/history`);
  const inbox = useData<Inbox>(of.task === undefined ? 'inbox' : null);
  const who = use(session);
  const moved = `${of.rev} ${of.state} ${of.acts?.length ?? 0}`;
  useEffect(() => { void history.reload(); void inbox.reload(); }, [moved]);
  useWatch((of.acts ?? []).some((one) => one.leaf_state === 'waiting'));
  const acts = history.data?.acts ?? of.acts ?? [];
  const draft = schema?.states[0]?.name === of.state && of.owner === who?.person.name && of.moves.some((one) => one.name === 'submit' && one.allowed);
  const title = both(of.title);
  return <>
    <Crumbs parts={[['/register', t('ui.page.registers.title')], [`/register/${encodeURIComponent(of.register)}`, title]]} />
    <H1 sub={<span class="sk-h1__sub"><RecordChip state={of.state} title={both(of.state_title)} /> <span class="sk-rev">{t('ui.word.rev', { n: of.rev })}</span></span>}>{title} {of.number ?? t('ui.word.no_number')}</H1>
    <div class="sk-two sk-record" data-state={of.state}><div class="sk-two__main">
      <section class="sk-card" aria-labelledby="record-facts"><h2 id="record-facts">{t('ui.record.facts')}</h2>
        <Facts rows={[[t('ui.word.applicant'), `${of.owner} (${of.section})`], [t('ui.record.created'), <When at={of.created} />], [t('ui.record.changed'), <When at={of.changed} />], [t('ui.word.ground'), of.clauses?.length ? <Clauses list={of.clauses} /> : null]]} />
        <Fields of={of} defs={schema?.fields ?? []} />
        {(of.may_edit ?? draft) && <p class="sk-buttons"><A class="sk-button" href={`${recordPath(of.register, of.id)}/edit`}>{t('ui.record.edit')}</A></p>}</section>
      <Tabs of={of} history={history} schema={schema} />
    </div><div class="sk-two__side">
      <section class="sk-card" aria-labelledby="stamps"><h2 id="stamps">{t('ui.stamp.title')}</h2><Stamps of={of} acts={acts} /></section>
      <Decide of={of} task={taskOf(of, inbox.data)} later={history.data?.later ?? []} schema={schema} put={asked.put} reload={asked.reload} />
      <Due of={of} />
      <p class="sk-noprint"><button type="button" class="sk-button sk-button--small" onClick={() => print()}>{t('ui.record.print')}</button></p>
    </div></div></>;
}

export function RecordPage({ at }: { at: Match }) {
  const [register, id] = [at.params['id'] ?? '', at.params['no'] ?? ''];
  const asked = useData<Rec>(`records/${encodeURIComponent(id)}`);
  const raw = useData<Record<string, unknown>>(`registers/${encodeURIComponent(register)}/schema`);
  const schema = useMemo(() => (raw.data ? readSchema(raw.data) : null), [raw.data]);
  const gone = asked.error instanceof ApiError && asked.error.status === 404;
  if (gone || (asked.data && asked.data.register !== register)) return <NoRecord register={register} />;
  return <Await of={asked} title={t('ui.page.record.title')}>{(of) => <View of={of} asked={asked} schema={schema} />}</Await>;
}
