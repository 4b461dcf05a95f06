// 年間予定: the duties of a fiscal year as a list and as months; what is late comes first.
import { useState } from 'preact/hooks';
import { ApiError, post } from '../lib/api';
import { useData } from '../lib/data';
import { dayWords } from '../lib/format';
import { both, first, t } from '../lib/messages';
import { lang } from '../lib/prefs';
import { nudge } from '../lib/pulse';
import { isoToDay, recordPath, type Rec } from '../lib/register';
import { go, place } from '../lib/route';
import { use } from '../lib/store';
import { clock, fiscalYear, fiscalYearName, ordinal, type Day } from '../lib/wareki';
import { A, Await, Chip, Clauses, ErrorNote, focusH1, H1, Region, style } from '../part/bits';
import { NotYet } from '../part/value';

interface Duty { id?: string; key?: string; register?: string; record?: string; title?: { ja: string; en: string } | string; due?: number | string; role?: string; holders?: (string | { name: string })[]; scope?: { kind?: string; name?: string } | null; state?: string; clauses?: string[]; do?: string }
// An instant ends its day: midnight belongs to the day before it.
const dayOf = (due: Duty['due']): Day | null => (typeof due === 'number' ? (due > 0 ? clock(due - 1) : null) : isoToDay(due));
const stateOf = (one: Duty, today: number): string => {
  if (one.state && one.state !== 'planned' && one.state !== 'open') return one.state;
  const day = dayOf(one.due);
  return day && ordinal(day) < today ? 'late' : one.state ?? 'planned';
};
const SHAPE: Record<string, string> = { done: 'taken', done_late: 'taken', late: 'fail', planned: 'open', open: 'running', not_set: 'fail', nobody: 'fail' };
const isBad = (state: string) => ['late', 'not_set', 'nobody'].includes(state);
const titleOf = (one: Duty) => both(one.title) || one.key || one.register || '－';

function Title({ one }: { one: Duty }) {
  return one.register && one.record ? <A href={recordPath(one.register, one.record)}>{titleOf(one)}</A> : one.register ? <A href={`/register/${encodeURIComponent(one.register)}`}>{titleOf(one)}</A> : <>{titleOf(one)}</>;
}
const whoOf = (one: Duty) => [one.scope?.name, (one.holders ?? []).map((each) => (typeof each === 'string' ? each : each.name)).join('、') || (one.role ? first([`ui.role.${one.role}`, one.role]) : '')].filter(Boolean).join(' ') || '－';

function List({ rows, today }: { rows: Duty[]; today: number }) {
  const name = t('ui.calendar_page.list');
  const rank = { late: 0, not_set: 0, nobody: 0, open: 1, planned: 2, done_late: 3, done: 3 } as Record<string, number>;
  const sorted = [...rows].sort((a, b) => (rank[stateOf(a, today)] ?? 1) - (rank[stateOf(b, today)] ?? 1) || ordinalOf(a) - ordinalOf(b));
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption><thead><tr><th scope="col">{t('ui.word.due')}</th><th scope="col">{t('ui.calendar_page.duty')}</th><th scope="col">{t('ui.calendar_page.who')}</th><th scope="col">{t('ui.word.state')}</th><th scope="col">{t('ui.word.clause')}</th></tr></thead>
    <tbody>{sorted.map((one, at) => { const day = dayOf(one.due); const state = stateOf(one, today); return <tr key={one.id ?? at} data-duty={state}><td>{day ? dayWords(day, style()) : '－'}</td><th scope="row"><Title one={one} /></th><td>{whoOf(one)}</td><td><Chip state={SHAPE[state] ?? 'open'} word={t(`ui.calendar_page.${state}`)} /></td><td><Clauses list={one.clauses} /></td></tr>; })}</tbody></table></Region>;
}
const ordinalOf = (one: Duty) => { const day = dayOf(one.due); return day ? ordinal(day) : Infinity; };

// Twelve months from April; a month names what falls in it.
function Months({ rows, fy, today }: { rows: Duty[]; fy: number; today: number }) {
  const months = Array.from({ length: 12 }, (_, n) => ({ y: n < 9 ? fy : fy + 1, m: ((n + 3) % 12) + 1 }));
  return <ol class="sk-months">{months.map(({ y, m }) => { const own = rows.filter((one) => { const day = dayOf(one.due); return day && day.y === y && day.m === m; }).sort((a, b) => ordinalOf(a) - ordinalOf(b));
    return <li key={m} class="sk-months__one"><h3>{lang.get() === 'en' ? `${y}-${String(m).padStart(2, '0')}` : `${m}月`}</h3>{own.length ? <ul class="sk-plain">{own.map((one, at) => { const state = stateOf(one, today); return <li key={at} class={isBad(state) ? 'sk-bad' : ''}><span aria-hidden="true">{isBad(state) ? '▲' : state.startsWith('done') ? '✓' : '○'}</span> <span class="sk-hidden">{t(`ui.calendar_page.${state}`)}</span> {dayOf(one.due)?.d} <Title one={one} /></li>; })}</ul> : <p class="sk-note">{t('ui.calendar_page.empty_month')}</p>}</li>; })}</ol>;
}

interface Plan { record?: string | null; decided?: boolean; waiting?: boolean }

// The plan of the year, on top while it waits: who has to decide it does so here, or reads it first.
function PlanCard({ plan, year, reload }: { plan: Plan; year: string; reload: () => Promise<void> }) {
  const id = plan.waiting && plan.record ? plan.record : '';
  const asked = useData<Rec>(id ? `records/${encodeURIComponent(id)}` : null);
  const [error, setError] = useState<unknown>(null);
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  if (!id) return null;
  const of = asked.data;
  const approve = async () => {
    if (busy || !of?.task) return;
    if (!sure) { setSure(true); return; }
    setBusy(true); setError(null);
    try { await post(`records/${encodeURIComponent(id)}/step/${encodeURIComponent(of.task.step)}`, { rev: of.rev, digest: of.digest, kind: of.task.kind, comment: '' }); nudge(); focusH1(); await reload(); }
    catch (failure) { setError(failure); setSure(false); await asked.reload(); } finally { setBusy(false); }
  };
  const n = of?.fields.find((one) => one.key === 'duties')?.value;
  return <section class="sk-card sk-card--strong" aria-labelledby="plan" data-plan><h2 id="plan">{t('ui.plan.title', { fy: year })}</h2>
    <p>{t(of?.task ? 'ui.plan.yours' : 'ui.plan.waiting', { n: Array.isArray(n) ? n.length : '' })}</p><ErrorNote error={error} />
    <p class="sk-buttons">{of?.task && of.task.kind !== 'daiketsu' && <button type="button" id="plan-approve" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined} onClick={() => void approve()}>{t(sure ? 'ui.plan.sure' : 'ui.plan.approve')}</button>}
      {of && <A class="sk-button" href={recordPath(of.register, of.id)}>{t('ui.plan.read')}</A>}</p></section>;
}

export function CalendarPage() {
  const { query } = use(place);
  const now = clock(Date.now() * 1000);
  const this_ = fiscalYear(now);
  const asked_ = Number(query.get('fy'));
  const fy = Number.isInteger(asked_) && asked_ > 2000 && asked_ < 2200 ? asked_ : this_;
  const view = query.get('view') === 'months' ? 'months' : 'list';
  const asked = useData<{ duties?: Duty[]; items?: Duty[]; plan?: Plan | null }>(`duties?fy=${fy}`);
  const to = (next: { fy?: number; view?: string }) => `/calendar?fy=${next.fy ?? fy}&view=${next.view ?? view}`;
  const name = (year: number) => (lang.get() === 'en' ? `FY ${year}` : fiscalYearName(year));
  const absent = asked.error instanceof ApiError && asked.error.status === 404;
  return <><H1 sub={<span class="sk-h1__sub">{name(fy)}</span>}>{t('ui.page.calendar.title')}</H1>
    <div class="sk-filter sk-noprint"><label for="calendar-fy">{t('ui.list.fy')}</label> <select id="calendar-fy" class="sk-select" value={String(fy)} onChange={(event) => go(to({ fy: Number(event.currentTarget.value) }), { keep: true })}>{[...new Set([this_ + 1, this_, this_ - 1, this_ - 2, fy])].sort((a, b) => b - a).map((year) => <option key={year} value={String(year)}>{name(year)}</option>)}</select></div>
    <ul class="sk-tabs">{(['list', 'months'] as const).map((one) => <li key={one}><a href={to({ view: one })} aria-current={one === view ? 'page' : undefined} onClick={(event) => { event.preventDefault(); go(to({ view: one }), { keep: true }); }}>{t(`ui.calendar_page.view.${one}`)}</a></li>)}</ul>
    {absent ? <NotYet what={t('ui.calendar_page.what')} /> : <Await of={asked}>{(data) => { const rows = data.duties ?? data.items ?? []; return <>{data.plan && <PlanCard plan={data.plan} year={name(fy)} reload={asked.reload} />}{rows.length === 0 ? <p>{t('ui.calendar_page.none')}</p> : view === 'list' ? <List rows={rows} today={ordinal(now)} /> : <Months rows={rows} fy={fy} today={ordinal(now)} />}</>; }}</Await>}</>;
}
