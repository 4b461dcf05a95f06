// 論点と備え: what the policy orders, chapter by chapter, and the duties it does not speak of.
import { useData } from '../lib/data';
import { both, first, has, joined, t } from '../lib/messages';
import { docPath, tail } from '../lib/policy';
import { go, place } from '../lib/route';
import { use } from '../lib/store';
import type { Coverage, CoverageChapter, CoveragePart, CoverageTopic, Note, PolicyIndex } from '../lib/types';
import { A, Await, Chip, docName, H1, Notice, Region } from '../part/bits';
import { answersWords, Bodies, kindsWords, PaperHead, PrintButton } from '../part/policy';

const VERDICTS = ['absent', 'weaker', 'present', 'delegated', 'not_loaded', 'excluded'] as const;
const groupOf = (one: CoverageTopic) => one.id.split('.')[0] as string;
const TOPICS_SHOWN = 12;
const KINDS = ['E', 'Ex', 'W', 'Wd', 'C', 'R'] as const;

const noteWords = (note: string | Note | null | undefined): string => (!note ? '' : typeof note === 'string' ? first([`ui.coverage.word.${note}`, note]) : has(note.key) ? t(note.key, note.args) : '');

function Places({ of, body }: { of: CoveragePart; body: string }) {
  const rows = of.clauses ?? [];
  if (!rows.length) return <>－</>;
  return <>{rows.slice(0, 6).map((one, at) => <span key={`${one.doc} ${one.key}`}>{at > 0 && '、'}<A class="sk-clause" href={docPath(one.doc, { body, version: '' }, one.label.replace(/^\w+:/, '') || one.key)}>{docName(one.doc)} {one.label.replace(/^\w+:/, '')}</A></span>)}{rows.length > 6 && t('ui.coverage.more', { n: rows.length - 6 })}</>;
}

function Gaps({ topics, verdict, body }: { topics: CoverageTopic[]; verdict: 'absent' | 'weaker'; body: string }) {
  // What holds the zones together comes first; one line for each topic.
  const rows = topics.map((topic) => ({ topic, parts: topic.parts.filter((part) => part.verdict === verdict) })).filter((one) => one.parts.length)
    .sort((a, b) => Number(b.topic.id.startsWith('zone.')) - Number(a.topic.id.startsWith('zone.')));
  if (!rows.length) return null;
  const name = t(`ui.coverage.${verdict}_title`, { n: rows.reduce((sum, one) => sum + one.parts.length, 0) });
  const lines = (some: typeof rows) => <ul class="sk-list">{some.map(({ topic, parts }) => <li key={topic.id}><strong>{both(topic.title)}</strong>: {parts.map((part, at) => <span key={part.key} data-part={`${topic.id}/${part.key}`}>{at > 0 && '、'}{both(part.title)}{verdict === 'weaker' && <>
    {noteWords(part.expected) && <> ({t('ui.coverage.expected', { text: noteWords(part.expected) })}{noteWords(part.found) && <> / {t('ui.coverage.found', { text: noteWords(part.found) })}</>})</>} <Places of={part} body={body} /></>}</span>)}</li>)}</ul>;
  const more = rows.slice(TOPICS_SHOWN);
  return <section class={`sk-card${verdict === 'absent' ? ' sk-card--bad' : ''}`} aria-labelledby={`gap-${verdict}`} data-gap={verdict}><h2 id={`gap-${verdict}`}><Chip state={verdict} kind="coverage.verdict" /> {name}</h2><p>{t(`ui.coverage.${verdict}_text`)}</p>
    {lines(rows.slice(0, TOPICS_SHOWN))}{more.length > 0 && <details><summary>{t('ui.coverage.more_topics', { n: more.length })}</summary>{lines(more)}</details>}</section>;
}

function Chapters({ rows, body }: { rows: CoverageChapter[]; body: string }) {
  if (!rows.length) return null;
  const name = t('ui.coverage.chapters');
  const kinds = KINDS.filter((one) => rows.some((row) => (row.kind?.[one] ?? 0) > 0));
  const num = (n: number | undefined, key: string) => <td class="sk-num" key={key}>{n ?? 0}</td>;
  const total = (of: (row: CoverageChapter) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  return <section class="sk-card" aria-labelledby="chapters"><h2 id="chapters">{name}</h2><p class="sk-note">{t('ui.coverage.chapters_text')}</p><Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.policy.chapter')}</th><th scope="col" class="sk-num">{t('ui.coverage.leaves')}</th><th scope="col" class="sk-num">{t('ui.coverage.bound')}</th>{kinds.map((one) => <th scope="col" class="sk-num" key={one}>{t(`ui.kind_short.${one}`)}</th>)}<th scope="col" class="sk-num">{t('ui.coverage.answered')}</th><th scope="col" class="sk-num">{t('ui.coverage.gaps')}</th></tr></thead>
    <tbody>{rows.map((row) => <tr key={`${row.doc} ${row.label}`}><th scope="row" class="sk-name"><A href={docPath(row.doc, { body, version: '' }, row.label.replace(/^\w+:/, ''))}>{docName(row.doc)} {row.label.replace(/^\w+:/, '')} {row.title}</A></th>{num(row.leaves, 'l')}{num(row.bound, 'b')}{kinds.map((one) => num(row.kind?.[one], one))}{num(row.answered, 'a')}<td class="sk-num">{row.gaps > 0 ? <span class="sk-bad">▲ {row.gaps}</span> : 0}</td></tr>)}</tbody>
    <tfoot><tr><th scope="row">{t('ui.coverage.total')}</th>{num(total((row) => row.leaves), 'l')}{num(total((row) => row.bound), 'b')}{kinds.map((one) => num(total((row) => row.kind?.[one] ?? 0), one))}{num(total((row) => row.answered), 'a')}{num(total((row) => row.gaps), 'g')}</tr></tfoot></table></Region></section>;
}

function TopicTable({ name, rows, body }: { name: string; rows: CoverageTopic[]; body: string }) {
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.policy.topics')}</th><th scope="col">{t('ui.coverage.part')}</th><th scope="col">{t('ui.coverage.verdict')}</th><th scope="col">{t('ui.coverage.where')}</th><th scope="col">{t('ui.coverage.answer')}</th></tr></thead>
    {rows.map((topic) => <tbody key={topic.id} data-topic={topic.id}>{topic.parts.map((part, at) => <tr key={part.key}>{at === 0 && <th scope="rowgroup" rowSpan={topic.parts.length} class="sk-name">{both(topic.title)}</th>}
      <td>{both(part.title)}</td><td><Chip state={part.verdict} kind="coverage.verdict" />{part.verdict === 'weaker' && noteWords(part.found) && <small class="sk-block">{noteWords(part.found)}</small>}</td>
      <td>{part.verdict === 'absent' ? '－' : <Places of={part} body={body} />}</td><td>{answersWords(part)}{part.kind?.length ? <small class="sk-block">{kindsWords(part.kind)}</small> : null}</td></tr>)}</tbody>)}</table></Region>;
}

// One fold for each field; what was asked for is open.
function Topics({ topics, verdict, group, body }: { topics: CoverageTopic[]; verdict: string; group: string; body: string }) {
  const shown = topics.filter((one) => !group || groupOf(one) === group).map((one) => ({ ...one, parts: one.parts.filter((part) => !verdict || part.verdict === verdict) })).filter((one) => one.parts.length);
  if (!shown.length) return <p>{t('ui.coverage.no_hit')}</p>;
  return <>{[...new Set(shown.map(groupOf))].map((one) => {
    const rows = shown.filter((topic) => groupOf(topic) === one);
    const count = (word: string) => rows.reduce((sum, topic) => sum + topic.parts.filter((part) => part.verdict === word).length, 0);
    const name = t(`ui.group.${one}`);
    return <details class="sk-fold" key={`${one} ${verdict} ${group}`} open={Boolean(verdict || group)} data-group={one}><summary><strong>{name}</strong> <span class="sk-chips">{VERDICTS.filter((word) => count(word) > 0).map((word) => <Chip key={word} state={word} word={`${t(`ui.coverage.verdict.${word}`)} ${count(word)}`} />)}</span></summary>
      <TopicTable name={name} rows={rows} body={body} /></details>;
  })}</>;
}

export function CoveragePage() {
  const { query } = use(place);
  const [body, verdict, group] = [query.get('body') ?? '', query.get('verdict') ?? '', query.get('group') ?? ''];
  const asked = useData<Coverage>(`coverage${tail({ body })}`);
  const index = useData<PolicyIndex>(`policy${tail({ body })}`);
  const bodies = index.data?.bodies ?? [];
  const set = (next: Record<string, string>) => go(`/policy/coverage${tail({ body, verdict, group, ...next })}`, { keep: true, replace: true });
  return <Await of={asked} title={t('ui.page.coverage.title')} missing={<><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.policy.no_body')}</p><p><A href="/policy">{t('ui.page.policies.title')}</A></p></>}>{(of) => {
    const groups = [...new Set(of.topics.map(groupOf))];
    const absent = of.topics.some((one) => one.parts.some((part) => part.verdict === 'absent'));
    return <><H1 sub={<A href={`/policy${tail({ body })}`}>{t('ui.page.policies.title')}</A>}>{t('ui.page.coverage.title')}</H1>
      <PaperHead body={index.data?.body?.name ?? ''} title={t('ui.page.coverage.title')} version="" />
      <Bodies bodies={bodies} now={index.data?.body?.id ?? body} to={(id) => `/policy/coverage${tail({ body: id })}`} />
      <p>{t('ui.coverage.intro')}</p>
      <p class="sk-chips" data-coverage-counts>{VERDICTS.filter((one) => (of.counts[one] ?? 0) > 0).map((one) => <Chip key={one} state={one} word={`${t(`ui.coverage.verdict.${one}`)} ${of.counts[one]}`} />)}</p>
      {(of.older_topics ?? []).length > 0 && <Notice kind="warn" title={t('ui.policy.older_title')}><p data-older>{t('ui.coverage.older_topics', { docs: joined((of.older_topics ?? []).map(docName)) })}</p></Notice>}
      {!absent && <Notice kind="good"><p>{t('ui.coverage.no_absent')}</p></Notice>}
      <Gaps topics={of.topics} verdict="absent" body={body} /><Gaps topics={of.topics} verdict="weaker" body={body} />
      <Chapters rows={of.chapters} body={body} />
      <section class="sk-card" aria-labelledby="topics"><h2 id="topics">{t('ui.coverage.topics')}</h2>
        <div class="sk-filter sk-noprint"><span class="sk-filter__one"><label for="coverage-verdict">{t('ui.coverage.verdict')}</label> <select id="coverage-verdict" class="sk-select" value={verdict} onChange={(event) => set({ verdict: event.currentTarget.value })}><option value="">{t('ui.coverage.all')}</option>{VERDICTS.map((one) => <option key={one} value={one}>{t(`ui.coverage.verdict.${one}`)}</option>)}</select></span>
          <span class="sk-filter__one"><label for="coverage-group">{t('ui.coverage.group')}</label> <select id="coverage-group" class="sk-select" value={group} onChange={(event) => set({ group: event.currentTarget.value })}><option value="">{t('ui.coverage.all')}</option>{groups.map((one) => <option key={one} value={one}>{t(`ui.group.${one}`)}</option>)}</select></span><span class="sk-filter__buttons"><PrintButton /></span></div>
        <Topics topics={of.topics} verdict={verdict} group={group} body={body} /></section></>;
  }}</Await>;
}
