// One document: contents, the text exactly as written, and the live state of the chosen clause.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { lastMark, readClause, sameClause } from '../lib/clause';
import { useData } from '../lib/data';
import { dateWords, whenShort } from '../lib/format';
import { composing } from '../lib/ime';
import { both, first, t } from '../lib/messages';
import { go, type Match } from '../lib/route';
import type { ClausePane, ClauseRow } from '../lib/types';
import { A, Await, Chip, Facts, H1, Notice, Region, style, When } from '../part/bits';
import { roleName } from './me';
import { STATES } from './policies';

interface Doc { doc: string; title: string; clauses: ClauseRow[] }
const pathOf = (doc: string, one: { key: string; label: string }) => `/policy/${encodeURIComponent(doc)}/${encodeURIComponent(readClause(one.label).label || one.key)}`;
const bare = (one: { label: string }) => readClause(one.label).label;

// The chapters, and below the chapter of the chosen clause its headings.
function contentRows(rows: ClauseRow[], chosen: ClauseRow | undefined): ClauseRow[] {
  const top = Math.min(...rows.map((one) => one.depth));
  let chapter: ClauseRow | undefined;
  const of = new Map(rows.map((one) => { if (one.depth === top) chapter = one; return [one, chapter]; }));
  const open = chosen && of.get(chosen);
  return rows.filter((one) => one.depth === top || (one.depth === top + 1 && one.title && open && of.get(one) === open));
}

function Contents({ of, chosen }: { of: Doc; chosen: ClauseRow | undefined }) {
  const rows = contentRows(of.clauses, chosen);
  const top = rows[0]?.depth ?? 1;
  const open = !matchMedia('(max-width: 1023px)').matches;
  return <nav class="sk-contents" aria-label={t('ui.policy.contents')}><details open={open}><summary>{t('ui.policy.contents')}</summary>
    <ul class="sk-plain">{rows.map((one) => <li key={one.key} class={`sk-contents__${one.depth === top ? 1 : 2}`}><A href={pathOf(of.doc, one)} current={one === chosen}>{bare(one)} {one.title}</A></li>)}</ul></details></nav>;
}

function Clause({ doc, one, chosen }: { doc: string; one: ClauseRow; chosen: boolean }) {
  const depth = Math.max(1, Math.min(6, one.depth));
  return <div class={`sk-article sk-article--${depth}${chosen ? ' sk-article--chosen' : ''}`} id={`c-${one.key}`} data-label={one.label}>
    <span class="sk-article__mark"><A href={pathOf(doc, one)} current={chosen} label={t('ui.policy.choose', { label: bare(one) })}>{lastMark(one.label)}</A></span>
    <div class="sk-article__body">{one.title && <p class="sk-article__title">{one.title}</p>}{one.text && <p class="sk-article__text" lang="ja">{one.text}</p>}</div>
    <span class="sk-article__state">{one.state && <Chip state={one.state} />}{one.exception_until ? <small class="sk-block">{t('ui.policy.exception', { at: dateWords(one.exception_until, style()) })}</small> : null}</span>
  </div>;
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

function Pane({ doc, row }: { doc: string; row: ClauseRow }) {
  const asked = useData<ClausePane>(`policy/${encodeURIComponent(doc)}/clause/${encodeURIComponent(row.key)}`);
  return <Await of={asked}>{(of) => <>
    <h2 id="pane" class="sk-pane__head">{bare(of)} {of.title || row.title || ''}</h2>
    <p>{of.state ? <Chip state={of.state} /> : t('ui.policy.no_state')} {of.since ? <small>{t('ui.policy.since', { at: whenShort(of.since, style()) })}</small> : null}</p>
    {of.state && <p class="sk-note">{t(`ui.policy.legend.${of.state}`)}</p>}
    <Facts rows={[[t('ui.policy.topics'), (of.topics ?? []).map((one) => both(one.title)).join('、')], [t('ui.policy.role'), of.role ? roleName(of.role) : '']]} />
    <Controls of={of} /><Evidence of={of} /></>}</Await>;
}

function Article({ of, wanted }: { of: Doc; wanted: string }) {
  const chosen = useMemo(() => (wanted ? of.clauses.find((one) => sameClause(wanted, one)) : undefined), [of, wanted]);
  const [only, setOnly] = useState('');
  const text = useRef<HTMLDivElement>(null);
  const first0 = useRef(true);
  useEffect(() => {
    const row = chosen && document.getElementById(`c-${chosen.key}`);
    if (row && !matchMedia('(max-width: 1023px)').matches && (first0.current || row.getBoundingClientRect().top < 0 || row.getBoundingClientRect().bottom > innerHeight)) row.scrollIntoView({ block: 'center' });
    first0.current = false;
  }, [chosen]);
  // Up and down move by clause while the text has the focus; the address follows.
  const keys = (event: KeyboardEvent) => {
    if (composing(event) || !['ArrowUp', 'ArrowDown'].includes(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    const at = chosen ? of.clauses.indexOf(chosen) : -1;
    const next = of.clauses[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    go(pathOf(of.doc, next), { keep: true, replace: true });
  };
  const shown = only ? of.clauses.filter((one) => one.state === only || one === chosen) : of.clauses;
  return <>
    <H1>{of.title}{chosen && <span class="sk-h1__clause"> {bare(chosen)}</span>}</H1>
    {wanted && !chosen && <Notice kind="warn"><p>{t('ui.policy.no_clause', { label: wanted })}</p></Notice>}
    <p class="sk-filter"><label for="policy-only">{t('ui.policy.only')}</label> <select id="policy-only" class="sk-select" value={only} onChange={(event) => setOnly(event.currentTarget.value)}><option value="">{t('ui.policy.all')}</option>{STATES.map((one) => <option key={one} value={one}>{t(`ui.state.${one}`)}</option>)}</select></p>
    <div class="sk-policy"><Contents of={of} chosen={chosen} />
      <div class="sk-policy__text" role="region" aria-label={t('ui.policy.text')} tabIndex={0} ref={text} onKeyDown={keys}>{shown.length ? shown.map((one) => <Clause key={one.key} doc={of.doc} one={one} chosen={one === chosen} />) : <p>{t('ui.policy.no_hit')}</p>}</div>
      <aside class="sk-policy__pane" aria-label={t('ui.policy.pane')}>{chosen ? <Pane doc={of.doc} row={chosen} /> : <p>{t('ui.policy.choose_one')}</p>}</aside></div></>;
}

export function PolicyPage({ at }: { at: Match }) {
  const doc = at.params['doc'] ?? '';
  const asked = useData<Doc>(`policy/${encodeURIComponent(doc)}`);
  return <Await of={asked} title={t('ui.page.policy.title')} missing={<><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.policy.missing')}</p><p><A href="/policy">{t('ui.page.policies.title')}</A></p></>}>
    {(of) => <Article of={of} wanted={at.params['clause'] ?? ''} />}</Await>;
}
