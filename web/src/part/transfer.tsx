// How transfers are shown: the list, the stages, the facts, the report of what was removed.
import type { ComponentChildren } from 'preact';
import { bytes, count } from '../lib/format';
import { both, first, has, t } from '../lib/messages';
import type { Finding, Item, Reason, Report, ReportOf, Stage, Transfer } from '../lib/types';
import { A, Chip, Clauses, Facts, Hash, Notice, Region, When, Why } from './bits';

export function zoneName(zone?: string): string { return zone ? first([`ui.zone.${zone}`, zone]) : ''; }
export function flowName(from?: string, to?: string): string { return `${zoneName(from)} → ${zoneName(to)}`; }

export function waitingText(one: Transfer): string {
  const who = one.waiting_for;
  if (!who) return '';
  const holders = (who.holders ?? []).join('、');
  const role = who.role ? first([`ui.role.${who.role}`, who.role]) : '';
  return [who.section, holders || role].filter(Boolean).join(' ');
}

export function nowText(one: Transfer): string {
  const waiting = waitingText(one);
  if (unfit(one)) return t('ui.now.unfit');
  if (one.state === 'waiting' && waiting) return t('ui.now.waiting_for', { who: waiting });
  const stage = (one.stages ?? []).find((each) => each.state === 'now');
  if (stage && (one.state === 'submitted' || one.state === 'releasing')) {
    return t('ui.now.stage', { stage: t(`ui.stage.${stage.stage}`) }) + (stage.note ? ` ${t(stage.note.key, stage.note.args)}` : '');
  }
  return first([`ui.now.${one.state}`, one.state]);
}

export function running(one: Transfer | null): boolean {
  return one !== null && ['submitted', 'releasing', 'waiting'].includes(one.state);
}

export function namesOf(one: Transfer): string {
  const names = (one.items ?? []).map((item) => item.name);
  const more = (one.item_count ?? names.length) - Math.min(names.length, 5);
  return (names.slice(0, 5).join('、') || '－') + (more > 0 ? ` ${t('ui.word.more', { n: more })}` : '');
}

export function StateChip({ of }: { of: Transfer }) {
  return unfit(of) ? <Chip state="blocked" kind="item" /> : <Chip state={of.state} />;
}

export function TransferTable({ rows, caption, person }: { rows: Transfer[]; caption: string; person: 'sender' | 'receiver' }) {
  return <Region name={caption}><table class="sk-table"><caption class="sk-hidden">{caption}</caption>
    <thead><tr><th scope="col">{t('ui.word.number')}</th><th scope="col">{t('ui.word.file')}</th><th scope="col">{t(`ui.word.${person}`)}</th><th scope="col">{t('ui.word.class')}</th><th scope="col">{t('ui.word.state')}</th><th scope="col">{t('ui.word.now')}</th><th scope="col">{t('ui.word.submitted')}</th></tr></thead>
    <tbody>{rows.map((one) => <tr key={one.id}>
      <th scope="row" class="sk-number"><A href={`/transfer/${encodeURIComponent(one.number ?? one.id)}`}>{one.number ?? t('ui.word.no_number')}</A></th>
      <td class="sk-name">{namesOf(one)}</td>
      <td>{one[person]?.name ?? '－'}{one[person]?.section && <small class="sk-block">{one[person]?.section}</small>}</td>
      <td>{both(one.class?.label) || '－'}</td><td><StateChip of={one} /></td><td>{nowText(one)}</td><td><When at={one.submitted || one.created} short /></td>
    </tr>)}</tbody></table></Region>;
}

const STAGE_SHAPE: Record<string, string> = { done: '✓', now: '●', wait: '○', skipped: '－', failed: '×' };

// Refused by what the files are, before anybody was asked.
export function unfit(of: Transfer): boolean {
  const bad = (of.items ?? []).filter((one) => ['blocked', 'infected', 'failed', 'locked'].includes(one.state)).length;
  if (of.state !== 'rejected' || bad === 0) return false;
  return of.events ? !of.events.some((one) => one.kind === 'transfer.reject') : bad === of.items?.length;
}

// Where nobody was asked, the step of asking did not fail.
function stagesOf(of: Transfer): Stage[] {
  return (of.stages ?? []).map((one) => (one.stage === 'approve' && one.state === 'failed' && unfit(of) ? { ...one, state: 'skipped' } : one));
}

export function Stages({ of }: { of: Transfer }) {
  if (!of.stages?.length) return null;
  return <ol class="sk-stages" aria-label={t('ui.word.stages')}>{stagesOf(of).map((one) => <li key={one.stage} class={`sk-stages__one sk-stages__one--${one.state}`} aria-current={one.state === 'now' ? 'step' : undefined}>
    <span class="sk-stages__shape" aria-hidden="true">{STAGE_SHAPE[one.state] ?? '○'}</span>
    <span class="sk-stages__name">{t(`ui.stage.${one.stage}`)}</span>
    <span class="sk-stages__state">{first([`ui.stage_state.${one.state}`, one.state])}{one.at ? <> <When at={one.at} short /></> : null}</span>
    {one.note && <span class="sk-stages__note">{t(one.note.key, one.note.args)}</span>}
  </li>)}</ol>;
}

export function TransferFacts({ of }: { of: Transfer }) {
  return <Facts rows={[
    [t('ui.word.sender'), of.sender ? [of.sender.name, of.sender.section].filter(Boolean).join(' / ') : null],
    [t('ui.word.receiver'), of.receiver?.name],
    [t('ui.word.flow'), of.from ? flowName(of.from, of.to) : of.flow],
    [t('ui.word.class'), both(of.class?.label)],
    [t('ui.word.purpose'), of.purpose ? <span class="sk-lines">{of.purpose}</span> : null],
    [t('ui.word.submitted'), of.submitted ? <When at={of.submitted} /> : null],
    [t('ui.word.expires'), of.expires ? <When at={of.expires} /> : null],
    [t('ui.word.ground'), of.clause?.length ? <Clauses list={of.clause} /> : null],
  ]} />;
}

export function reasonText(one: Reason): string {
  return first([`reason.${one.code}`, `err.${one.code}`, 'ui.report.reason_unknown'], { detail: one.detail ?? '', code: one.code });
}

// What a finding is called: the catalogue of the disarming side first, then its switch.
function findingName(one: Finding): string {
  return has(`check.${one.id}`) ? t(`check.${one.id}`, { detail: one.object ?? '' }) : first([`ui.removed.${one.switch}`, one.object ?? one.id]);
}

function whyText(one: Finding): string { return first([`check.${one.id}.why`, `ui.why.${one.switch}`, 'ui.why.other']); }

const TOOK = new Set(['removed', 'neutralized', 'neutralised', 'changed', 'quoted', 'dropped', 'replaced', 'flattened']);

interface Sums { removed: number; left: number; unsure: number; kept: Finding[]; taken: Finding[] }

export function sums(report: Report): Sums {
  const total: Sums = { removed: 0, left: report.inspection?.findings?.length ?? 0, unsure: 0, kept: [], taken: [] };
  if (!report.inspection || (report.inspection.depth && report.inspection.depth !== 'full')) total.unsure += 1;
  for (const one of report.findings ?? []) {
    if (TOOK.has(one.action)) { total.taken.push(one); total.removed += one.count ?? 1; } else total.kept.push(one);
  }
  for (const child of report.children ?? []) {
    const inner = sums(child);
    const at = child.input?.name ?? '';
    const placed = (one: Finding) => ({ ...one, at: `${at}${one.at ? ` ${one.at}` : ''}` });
    total.removed += inner.removed;
    total.left += inner.left;
    total.taken.push(...inner.taken.map(placed));
    total.kept.push(...inner.kept.map(placed));
  }
  return total;
}

function FindingTable({ rows, caption, clause }: { rows: Finding[]; caption: string; clause: string[] }) {
  return <Region name={caption}><table class="sk-table"><caption>{caption}</caption>
    <thead><tr><th scope="col">{t('ui.report.what')}</th><th scope="col">{t('ui.report.where')}</th><th scope="col" class="sk-num">{t('ui.report.count')}</th><th scope="col">{t('ui.report.reason')}</th><th scope="col">{t('ui.word.clause')}</th></tr></thead>
    <tbody>{rows.map((one, at) => <tr key={`${one.id} ${at}`} data-check={one.id}>
      <th scope="row">{findingName(one)}<small class="sk-id"> {one.id}</small></th>
      <td class="sk-where">{one.at || '－'}{one.object && !one.at?.includes(one.object) && <small class="sk-block">{one.object}</small>}{one.host && <small class="sk-block">{t('ui.report.host', { host: one.host })}</small>}</td>
      <td class="sk-num">{count(one.count ?? 1)}</td>
      <td><Why text={whyText(one)} /></td>
      <td><Clauses list={one.clause ? [one.clause] : clause} /></td>
    </tr>)}</tbody></table></Region>;
}

function Verdict({ item, report }: { item: Item | undefined; report: Report | null }) {
  const verdict = report?.verdict ?? item?.verdict ?? '';
  const told = [...(report?.reasons ?? []), ...(item?.reasons ?? [])];
  const reasons = [...new Map(told.map((one): [string, Reason] => (typeof one === 'string' ? [one, { code: one }] : [one.code, one])).reverse()).values()];
  if (item?.state === 'infected') return <Notice kind="bad"><p>{t('ui.report.infected')}</p></Notice>;
  if (verdict === 'blocked' || item?.state === 'blocked' || item?.state === 'failed') {
    return <Notice kind="bad" title={t('ui.report.blocked')}><ul>{reasons.map((one) => <li key={one.code}>{reasonText(one)}</li>)}{reasons.length === 0 && <li>{t('ui.report.no_reason')}</li>}</ul><p>{t('ui.report.blocked_next')}</p></Notice>;
  }
  return null;
}

export function ReportOne({ of, item, clause }: { of: ReportOf; item?: Item | undefined; clause: string[] }) {
  const report = of.report;
  const all = report ? sums(report) : null;
  const good = report && ['rebuilt', 'inspected'].includes(report.verdict);
  return <section class="sk-report" aria-label={of.name} data-item={of.item}>
    <h3 class="sk-report__name">{of.name} {item && <Chip state={item.state} kind="item" />}</h3>
    <Verdict item={item} report={report} />
    {!report && item?.state !== 'infected' && item?.state !== 'blocked' && <p>{t('ui.report.none_yet')}</p>}
    {good && all && <p class="sk-report__sum">{all.removed ? t('ui.report.sum', { n: count(all.removed) }) : t('ui.report.sum_none')}{' '}
      {report.verdict === 'inspected' ? t('ui.report.inspected') : t('ui.report.left', { left: count(all.left), unsure: count(all.unsure) })}</p>}
    {all && all.taken.length > 0 && <FindingTable rows={all.taken} caption={t('ui.report.taken')} clause={clause} />}
    {all && all.kept.length > 0 && <details><summary>{t('ui.report.kept', { n: all.kept.length })}</summary><FindingTable rows={all.kept} caption={t('ui.report.kept_caption')} clause={clause} /></details>}
    {report && <Losses list={report.losses ?? []} />}
    <details class="sk-report__more"><summary>{t('ui.report.more')}</summary><Facts rows={itemFacts(item, report)} /></details>
  </section>;
}

function Losses({ list }: { list: (string | Finding)[] }) {
  if (!list.length) return null;
  return <div><p><strong>{t('ui.report.losses')}</strong></p><ul class="sk-list">{list.map((one, at) => <li key={at}>{typeof one === 'string' ? first([`check.${one}`, `loss.${one}`, `ui.removed.${one}`, one]) : findingName(one)}</li>)}</ul></div>;
}

function itemFacts(item: Item | undefined, report: Report | null): [string, ComponentChildren][] {
  return [
    [t('ui.report.kind'), report?.input?.kind ?? item?.kind],
    [t('ui.report.name_out'), report?.output?.name ?? item?.name_out],
    [t('ui.report.size_in'), item ? bytes(item.size) : report?.input ? bytes(report.input.size) : null],
    [t('ui.report.size_out'), item?.size_out ? bytes(item.size_out) : report?.output ? bytes(report.output.size) : null],
    [t('ui.report.sha_in'), <Hash value={item?.sha256 ?? report?.input?.sha256} />],
    [t('ui.report.sha_out'), <Hash value={item?.sha256_out ?? report?.output?.sha256} />],
    [t('ui.report.mode'), report?.mode ? first([`ui.mode.${report.mode}`, report.mode]) : null],
    [t('ui.report.profile'), report?.profile?.id],
    [t('ui.report.engine'), report?.engine?.version],
  ];
}
