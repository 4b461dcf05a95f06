// One document: contents, the text exactly as written, and the live state of the chosen clause.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { lastMark, readClause, sameClause } from '../lib/clause';
import { useData } from '../lib/data';
import { dateWords, dayWords, whenShort } from '../lib/format';
import { composing } from '../lib/ime';
import { both, first, has, joined, t } from '../lib/messages';
import { ancestry, apiPath, chaptersOf, dayOf, docPath, filterOf, inForce, narrow, NO_FILTER, rolesOf, tail, whereOf, type Filter, type Where } from '../lib/policy';
import { go, place, type Match } from '../lib/route';
import { use } from '../lib/store';
import type { ClausePane, ClauseRow, PartRow, PolicyIndex, PolicyText } from '../lib/types';
import { A, Await, Chip, ClauseLink, docName, Facts, H1, Notice, Region, style, When } from '../part/bits';
import { answersWords, Bodies, docTitle, effectiveWords, kindsWords, PaperHead, PrintButton, STATES, versionName, versionWords } from '../part/policy';
import { roleName } from './me';

const bare = (one: { label: string }) => readClause(one.label).label;
const nameOf = (one: ClauseRow) => bare(one) || one.key;

// The chapters, and below the chapter of the chosen clause its headings.
function contentRows(rows: ClauseRow[], chosen: ClauseRow | undefined): ClauseRow[] {
  const above = ancestry(rows);
  const top = (one: ClauseRow) => (above.get(one) ?? [])[0] ?? one;
  const open = chosen && top(chosen);
  return rows.filter((one) => top(one) === one || (above.get(one)?.length === 1 && one.title && open && top(one) === open));
}

interface Shown { of: PolicyText; where: Where; filter: Filter; chosen: ClauseRow | undefined }

function Contents({ of, where, filter, chosen }: Shown) {
  const rows = contentRows(of.clauses, chosen);
  const top = rows[0]?.depth ?? 1;
  const open = !matchMedia('(max-width: 1023px)').matches;
  return <nav class="sk-contents" aria-label={t('ui.policy.contents')}><details open={open}><summary>{t('ui.policy.contents')}</summary>
    <ul class="sk-plain">{rows.map((one) => <li key={one.key} class={`sk-contents__${one.depth === top ? 1 : 2}`}><A href={docPath(of.doc, where, nameOf(one), { ...filter, chapter: '' })} current={one === chosen}>{bare(one)} {one.title}</A></li>)}</ul></details></nav>;
}

function Clause({ at, one }: { at: Shown; one: ClauseRow }) {
  const chosen = one === at.chosen;
  const depth = Math.max(1, Math.min(6, one.depth));
  return <div class={`sk-article sk-article--${depth}${chosen ? ' sk-article--chosen' : ''}`} id={`c-${one.key}`} data-label={one.label}>
    <span class="sk-article__mark"><A href={docPath(at.of.doc, at.where, nameOf(one), at.filter)} current={chosen} label={t('ui.policy.choose', { label: nameOf(one) })}>{lastMark(one.label)}</A></span>
    <div class="sk-article__body">{one.title && <p class="sk-article__title">{one.title}</p>}{one.text && <p class="sk-article__text" lang="ja">{one.text}</p>}</div>
    <span class="sk-article__state">{one.state && <Chip state={one.state} />}{one.exception_until ? <small class="sk-block">{t('ui.policy.exception', { at: dateWords(one.exception_until, style()) })}</small> : null}</span>
  </div>;
}

// The duties of the clause: what answers each, how it stands, and whether a person has confirmed it.
function Parts({ of }: { of: ClausePane }) {
  const rows = of.parts ?? [];
  if (!rows.length) return null;
  const bound = (one: PartRow) => (one.confirmed ? <Chip state="confirmed" word={t('ui.bind.confirmed')} />
    : <Chip state="unconfirmed" word={one.confidence && has(`ui.bind.${one.confidence}`) ? t('ui.bind.unconfirmed_as', { how: t(`ui.bind.${one.confidence}`) }) : t('ui.bind.unconfirmed')} />);
  return <section aria-labelledby="parts"><h3 id="parts">{t('ui.policy.parts')}</h3>
    <ul class="sk-plain">{rows.map((one) => <li class="sk-control" key={`${one.topic} ${one.part}`} data-part={`${one.topic}/${one.part ?? ''}`}>
      <p><strong>{both(one.title)}</strong></p>
      <p>{one.state && <Chip state={one.state} />} {bound(one)}</p>
      <p class="sk-note">{answersWords(one, of.controls ?? [])}{one.kind?.length ? ` (${kindsWords(one.kind)})` : ''}</p></li>)}</ul>
    {rows.some((one) => !one.confirmed) && <p class="sk-note">{t('ui.bind.note')}</p>}</section>;
}

function Controls({ of }: { of: ClausePane }) {
  const rows = of.controls ?? [];
  return <section aria-labelledby="controls"><h3 id="controls">{t('ui.policy.controls')}</h3>
    {rows.length === 0 ? <p>{t('ui.policy.no_controls')}</p> : <ul class="sk-plain">{rows.map((one) => <li class="sk-control" key={one.id} data-control={one.id}>
      <p><strong>{both(one.title)}</strong> {one.kind && <small>{first([`ui.control_kind.${one.kind}`, one.kind])}</small>}</p>
      <p>{one.state && <Chip state={one.state} />} {one.verdict && <Chip state={one.verdict} kind="verdict" />}</p>
      <p>{one.live ? t(one.live.key, one.live.args) : null}{one.at ? <> <small>{t('ui.policy.checked_at')} <When at={one.at} short /></small></> : null}</p></li>)}</ul>}</section>;
}

function Evidence({ of }: { of: ClausePane }) {
  const rows = of.evidence ?? [];
  const name = t('ui.policy.evidence');
  const receipts = document.documentElement.dataset['zone'] === 'lgwan';
  return <section aria-labelledby="evidence"><h3 id="evidence">{name}</h3>
    {rows.length === 0 ? <p>{t('ui.policy.no_evidence')}</p> : <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
      <thead><tr><th scope="col">{t('ui.word.when')}</th><th scope="col">{t('ui.word.what')}</th><th scope="col">{t('ui.word.ledger')}</th></tr></thead>
      <tbody>{rows.map((one) => <tr key={`${one.log ?? ''} ${one.index}`} data-index={one.index} data-record={one.record}><td><When at={one.at} short /></td><th scope="row">{first([`event.${one.kind}`, `ui.event.${one.kind}`, one.kind])}</th>
        <td>{t('ui.ledger.leaf', { n: one.index })}{receipts && <> <a href={`/api/v1/ledger/receipt/${one.index}`} download={`leaf-${one.index}.tlog-proof`} aria-label={t('ui.ledger.receipt_of', { n: one.index })}>{t('ui.ledger.receipt')}</a></>}</td></tr>)}</tbody></table></Region>}
  </section>;
}

// Why the state is what it is, as the server says it; the meaning of the state where it says nothing.
function reasonWords(of: ClausePane): string {
  if (of.reason && typeof of.reason === 'object' && has(of.reason.key)) return t(of.reason.key, of.reason.args);
  if (typeof of.reason === 'string' && of.reason) return first([`control.reason.${of.reason}`, of.reason]);
  return of.state ? t(`ui.policy.legend.${of.state}`) : '';
}

function Exceptions({ of }: { of: ClausePane }) {
  const rows = of.exceptions ?? [];
  if (!rows.length) return null;
  const until = (value: number | string | null | undefined) => {
    const day = dayOf(value);
    return day ? t('ui.policy.exception', { at: dayWords(day, style()) }) : t('ui.policy.exception_open');
  };
  return <section aria-labelledby="exceptions"><h3 id="exceptions">{t('ui.policy.exceptions')}</h3>
    <ul class="sk-plain">{rows.map((one) => <li key={`${one.record} ${one.until}`}><strong>{until(one.until)}</strong>{one.record && <> <small>{one.record}</small></>}</li>)}</ul></section>;
}

function Refs({ of, where, doc }: { of: ClausePane; where: Where; doc: string }) {
  const rows = of.refs ?? [];
  if (!rows.length) return null;
  return <>{rows.map((one, at) => <span key={`${one.doc} ${one.label}`}>{at > 0 && '、'}{where.body || where.version
    ? <A class="sk-clause" href={docPath(one.doc || doc, one.doc && one.doc !== doc ? { ...where, version: '' } : where, readClause(one.label).label || (one.key ?? ''))}>{one.doc && one.doc !== doc ? `${docName(one.doc)} ` : ''}{readClause(one.label).label}</A>
    : <ClauseLink clause={`${one.doc || doc}:${readClause(one.label).label}`} />}</span>)}</>;
}

function Pane({ at, row }: { at: Shown; row: ClauseRow }) {
  const { doc } = at.of;
  const asked = useData<ClausePane>(`policy/${encodeURIComponent(doc)}/clause/${encodeURIComponent(row.key)}${tail({ ...at.where })}`);
  return <Await of={asked}>{(of) => <>
    <h2 id="pane" class="sk-pane__head">{bare(of)} {of.title || row.title || ''}</h2>
    <p>{of.state ? <Chip state={of.state} /> : t('ui.policy.no_state')} {of.since ? <small>{t('ui.policy.since', { at: whenShort(of.since, style()) })}</small> : null}</p>
    {of.state && <p class="sk-note" data-reason>{reasonWords(of)}</p>}
    <Facts rows={[[t('ui.policy.topics'), joined((of.topics ?? []).map((one) => both(one.title)))], [t('ui.policy.role'), joined(rolesOf(of).map(roleName))], [t('ui.policy.refs'), of.refs?.length ? <Refs of={of} where={at.where} doc={doc} /> : null]]} />
    <Exceptions of={of} /><Parts of={of} /><Controls of={of} /><Evidence of={of} /></>}</Await>;
}

function Select({ id, label, value, none, options, set }: { id: string; label: string; value: string; none: string; options: [string, string][]; set: (value: string) => void }) {
  return <span class="sk-filter__one"><label for={id}>{label}</label> <select id={id} class="sk-select" value={value} onChange={(event) => set(event.currentTarget.value)}>
    <option value="">{none}</option>{options.map(([key, word]) => <option key={key} value={key}>{word}</option>)}</select></span>;
}

// Chapter, role and state narrow together and stand in the address.
function Filters({ at, hits, on }: { at: Shown; hits: number; on: boolean }) {
  const { of, where, filter, chosen } = at;
  const roles = useMemo(() => [...new Set(of.clauses.flatMap(rolesOf))], [of]);
  const set = (next: Partial<Filter>) => go(docPath(of.doc, where, chosen ? nameOf(chosen) : '', { ...filter, ...next }), { keep: true, replace: true });
  return <div class="sk-filter sk-noprint" role="group" aria-label={t('ui.policy.filter')}>
    <Select id="policy-chapter" label={t('ui.policy.chapter')} value={filter.chapter} none={t('ui.policy.all_chapters')} options={chaptersOf(of.clauses).map((one) => [one.key, `${bare(one)} ${one.title ?? ''}`])} set={(chapter) => set({ chapter })} />
    {roles.length > 0 && <Select id="policy-role" label={t('ui.policy.role')} value={filter.role} none={t('ui.policy.all_roles')} options={roles.map((one) => [one, roleName(one)])} set={(role) => set({ role })} />}
    <Select id="policy-state" label={t('ui.word.state')} value={filter.state} none={t('ui.policy.all_states')} options={STATES.map((one) => [one, t(`ui.state.${one}`)])} set={(state) => set({ state })} />
    <span class="sk-filter__buttons"><span role="status">{on ? t('ui.policy.hits', { n: hits }) : ''}</span>
      {on && <button type="button" class="sk-button sk-button--small" id="policy-clear" onClick={() => set(NO_FILTER)}>{t('ui.policy.clear')}</button>}<PrintButton /></span></div>;
}

// What the list of documents knows about this one: bodies, versions, whether this is an old one.
function Around({ at, index }: { at: Shown; index: PolicyIndex | null }) {
  const { of, where } = at;
  const own = index?.documents.find((one) => one.doc === of.doc);
  const bodies = index?.bodies ?? [];
  const now = own && inForce(own);
  const shown = own?.versions?.find((one) => one.version === where.version);
  const old = where.version && now && now.version !== where.version;
  const compare = (own?.versions ?? []).length > 1 || bodies.length > 1;
  const body = index?.body?.name ?? own?.body ?? '';
  const version = shown ? versionWords(shown) : now ? versionWords(now) : versionName(own?.version);
  return <><PaperHead body={body} title={docTitle(of)} version={version} note={joined(filterWords(at))} />
    <Bodies bodies={bodies} now={index?.body?.id ?? where.body} to={(id) => docPath(of.doc, { body: id, version: '' })} />
    {where.version && (old || shown?.state !== 'in_force') && <Notice kind="warn" title={t(shown?.state === 'draft' || shown?.state === 'confirmed' ? 'ui.policy.not_yet' : 'ui.policy.old', { version: versionName(where.version) })}>
      <p>{now && <>{t('ui.policy.now', { version: joined([versionName(now.version), effectiveWords(now)].filter(Boolean)) })} <A href={docPath(of.doc, { body: where.body, version: '' })}>{t('ui.policy.to_now')}</A></>}</p><p>{t('ui.policy.no_states')}</p></Notice>}
    <p class="sk-policy__line sk-noprint">{joined([body, version && `${t('ui.policy.version')} ${version}`].filter(Boolean))} {compare && <A href={`/policy/${encodeURIComponent(of.doc)}/diff${tail({ body: where.body, from: old ? where.version : '' })}`}>{t('ui.policy.compare')}</A>}</p></>;
}

function filterWords({ of, filter }: Shown): string[] {
  const chapter = chaptersOf(of.clauses).find((one) => one.key === filter.chapter || bare(one) === filter.chapter);
  const words = [chapter && `${bare(chapter)} ${chapter.title ?? ''}`, filter.role && roleName(filter.role), filter.state && t(`ui.state.${filter.state}`)].filter(Boolean) as string[];
  return words.length ? [t('ui.policy.narrowed', { text: words.join(' / ') })] : [];
}

function Article({ of, wanted }: { of: PolicyText; wanted: string }) {
  const { query } = use(place);
  const where = whereOf(query);
  const filter = filterOf(query);
  const index = useData<PolicyIndex>(`policy${tail({ body: where.body })}`);
  const chosen = useMemo(() => (wanted ? of.clauses.find((one) => sameClause(wanted, one)) : undefined), [of, wanted]);
  const text = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const row = chosen && document.getElementById(`c-${chosen.key}`);
    if (row && !matchMedia('(max-width: 1023px)').matches && (row.getBoundingClientRect().top < 64 || row.getBoundingClientRect().bottom > innerHeight)) row.scrollIntoView({ block: 'center' });
  }, [chosen]);
  const at: Shown = { of, where, filter, chosen };
  const { shown, hits, on } = useMemo(() => narrow(of.clauses, filter, chosen), [of, filter.chapter, filter.role, filter.state, chosen]);
  // Up and down move by clause while the text has the focus; the address follows.
  const keys = (event: KeyboardEvent) => {
    if (composing(event) || !['ArrowUp', 'ArrowDown'].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const next = shown[(chosen ? shown.indexOf(chosen) : -1) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    go(docPath(of.doc, where, nameOf(next), filter), { keep: true, replace: true });
  };
  return <>
    <H1>{docTitle(of)}{chosen && <span class="sk-h1__clause"> {bare(chosen)}</span>}</H1>
    <Around at={at} index={index.data} />
    {wanted && !chosen && <Notice kind="warn"><p>{t('ui.policy.no_clause', { label: wanted })}</p></Notice>}
    <Filters at={at} hits={hits} on={on} />
    <div class="sk-policy"><Contents {...at} />
      <div class="sk-policy__text" role="region" aria-label={t('ui.policy.text')} tabIndex={0} ref={text} onKeyDown={keys}>{hits || chosen ? shown.map((one) => <Clause key={one.key} at={at} one={one} />) : <p>{t('ui.policy.no_hit')}</p>}</div>
      <aside class="sk-policy__pane" aria-label={t('ui.policy.pane')}>{chosen ? <Pane at={at} row={chosen} /> : <p class="sk-noprint">{t('ui.policy.choose_one')}</p>}</aside></div></>;
}

export function PolicyPage({ at }: { at: Match }) {
  const doc = at.params['doc'] ?? '';
  const where = whereOf(use(place).query);
  const asked = useData<PolicyText>(apiPath(doc, where));
  return <Await of={asked} title={t('ui.page.policy.title')} missing={<><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.policy.missing')}</p><p><A href={`/policy${tail({ body: where.body })}`}>{t('ui.page.policies.title')}</A></p></>}>
    {(of) => <Article of={of} wanted={at.params['clause'] ?? ''} />}</Await>;
}
