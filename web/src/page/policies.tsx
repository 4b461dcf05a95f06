// 方針: the documents in force, each with the state of its clauses.
import { useData } from '../lib/data';
import { t } from '../lib/messages';
import type { Counts, PolicyDoc } from '../lib/types';
import { A, Await, Chip, Facts, H1, Region } from '../part/bits';

export const STATES = ['enforced', 'running', 'checked', 'evidenced', 'not_verified', 'open_gap'] as const;

export function CountChips({ counts }: { counts?: Counts | undefined }) {
  const shown = STATES.filter((one) => (counts?.[one] ?? 0) > 0);
  if (!shown.length) return <>－</>;
  return <span class="sk-chips">{shown.map((one) => <Chip key={one} state={one} word={`${t(`ui.state.${one}`)} ${counts?.[one]}`} />)}</span>;
}

function Chapters({ of }: { of: PolicyDoc }) {
  const rows = of.chapters ?? [];
  if (!rows.length) return null;
  const name = t('ui.policy.chapters_of', { title: of.title });
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.policy.chapter')}</th><th scope="col">{t('ui.policy.states')}</th></tr></thead>
    <tbody>{rows.map((one) => <tr key={one.key}><th scope="row"><A href={`/policy/${encodeURIComponent(of.doc)}/${encodeURIComponent(one.key)}`}>{one.label.replace(/^\w+:/, '')} {one.title}</A></th><td><CountChips counts={one.counts} /></td></tr>)}</tbody></table></Region>;
}

export function Policies() {
  const asked = useData<{ documents: PolicyDoc[] }>('policy');
  return <><H1>{t('ui.page.policies.title')}</H1><p>{t('ui.policy.intro')}</p>
    <Await of={asked}>{(data) => (data.documents.length ? data.documents.map((one) => <section key={one.doc} class="sk-card" aria-labelledby={`doc-${one.doc}`}>
      <h2 id={`doc-${one.doc}`}><A href={`/policy/${encodeURIComponent(one.doc)}`}>{one.title}</A></h2>
      <Facts rows={[[t('ui.word.body'), one.body], [t('ui.policy.version'), one.version], [t('ui.policy.visibility'), one.visibility ? t(`ui.visibility.${one.visibility}`) : null], [t('ui.policy.states'), <CountChips counts={one.counts} />]]} />
      <Chapters of={one} /></section>) : <p>{t('ui.policy.none')}</p>)}</Await>
    <section class="sk-card" aria-labelledby="legend"><h2 id="legend">{t('ui.policy.legend')}</h2>
      <dl class="sk-facts">{STATES.map((one) => <div class="sk-facts__row" key={one}><dt><Chip state={one} /></dt><dd>{t(`ui.policy.legend.${one}`)}</dd></div>)}</dl></section></>;
}
