// 方針: the bodies and their documents, each with its versions and the state of its clauses.
import { useData } from '../lib/data';
import { t } from '../lib/messages';
import { docPath, inForce, tail, whereOf } from '../lib/policy';
import { place } from '../lib/route';
import { use } from '../lib/store';
import type { ImportBrief, Named, PolicyDoc, PolicyIndex } from '../lib/types';
import { A, Await, Chip, docName, Facts, H1, Notice, Region } from '../part/bits';
import { ProfileCard } from '../part/policy_profile';
import { Bodies, CountChips, docTitle, STATES, versionWords } from '../part/policy';

export const lgwan = () => document.documentElement.dataset['zone'] === 'lgwan';

function Chapters({ of, body }: { of: PolicyDoc; body: string }) {
  const rows = of.chapters ?? [];
  if (!rows.length) return null;
  const name = t('ui.policy.chapters_of', { title: docTitle(of) });
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.policy.chapter')}</th><th scope="col">{t('ui.policy.states')}</th></tr></thead>
    <tbody>{rows.map((one) => <tr key={one.key}><th scope="row"><A href={docPath(of.doc, { body, version: '' }, one.key)}>{one.label.replace(/^\w+:/, '')} {one.title}</A></th><td><CountChips counts={one.counts} /></td></tr>)}</tbody></table></Region>;
}

function Versions({ of, body }: { of: PolicyDoc; body: string }) {
  const rows = of.versions ?? [];
  if (!rows.length) return <>{of.version || '－'}</>;
  return <ul class="sk-plain" data-versions={of.doc}>{rows.map((one) => <li key={`${one.version} ${one.state}`}>{one.state === 'in_force' ? versionWords(one) : <A href={docPath(of.doc, { body, version: one.version })}>{versionWords(one)}</A>}</li>)}</ul>;
}

function linkWords(of: PolicyDoc, bodies: Named[]) {
  if (!of.link) return null;
  if (of.link === 'external') return t('ui.policy.link_external');
  const { body, doc } = of.link;
  const owner = bodies.find((one) => one.id === body)?.name ?? body;
  return <>{t('ui.policy.link_body', { body: owner })} <A href={docPath(doc ?? of.doc, { body, version: '' })}>{docName(doc ?? of.doc)}</A></>;
}

function Document({ of, body, bodies }: { of: PolicyDoc; body: string; bodies: Named[] }) {
  const compare = (of.versions ?? []).length > 1 || bodies.length > 1;
  const outside = of.link === 'external';
  return <section class="sk-card" aria-labelledby={`doc-${of.doc}`} data-doc={of.doc}>
    <h2 id={`doc-${of.doc}`}>{outside ? docTitle(of) : <A href={docPath(of.doc, { body, version: '' })}>{docTitle(of)}</A>}</h2>
    <Facts rows={[[t('ui.word.body'), of.body], [t('ui.policy.version'), <Versions of={of} body={body} />], [t('ui.policy.link'), linkWords(of, bodies)],
      [t('ui.policy.visibility'), of.visibility ? t(`ui.visibility.${of.visibility}`) : null], [t('ui.policy.states'), <CountChips counts={of.counts} />]]} />
    {!inForce(of) && (of.versions ?? []).length > 0 && <p class="sk-note">{t('ui.policy.none_in_force')}</p>}
    {of.older_topics && <p class="sk-note" data-older>{t('ui.policy.older_topics')}</p>}
    {compare && !outside && <p><A href={`/policy/${encodeURIComponent(of.doc)}/diff${tail({ body })}`}>{t('ui.policy.compare')}</A></p>}
    <Chapters of={of} body={body} /></section>;
}

// What was begun and not finished, for those who may import.
function Begun() {
  const asked = useData<{ imports: ImportBrief[] }>('policy/import');
  const rows = asked.data?.imports ?? [];
  if (!rows.length) return null;
  return <Notice kind="info" title={t('ui.import.begun')}><ul>{rows.map((one) => <li key={one.id}><A href={`/policy/import${tail({ id: one.id })}`}>{one.name}</A> {one.body?.name} {t(`ui.import.state.${one.state}`)}{one.questions ? ` ${t('ui.import.left', { n: one.questions })}` : ''}</li>)}</ul></Notice>;
}

export function Policies() {
  const { body } = whereOf(use(place).query);
  const asked = useData<PolicyIndex>(`policy${tail({ body })}`);
  return <Await of={asked} title={t('ui.page.policies.title')} missing={<><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.policy.no_body')}</p><p><A href="/policy">{t('ui.page.policies.title')}</A></p></>}>{(data) => {
    const bodies = data.bodies ?? [];
    const may = Boolean(data.may?.import) && lgwan();
    return <><H1 sub={<span class="sk-h1__acts"><A href={`/policy/coverage${tail({ body })}`}>{t('ui.page.coverage.title')}</A>{may && <A class="sk-button sk-button--small" href="/policy/import">{t('ui.policy.import')}</A>}</span>}>{t('ui.page.policies.title')}</H1>
      <p>{t('ui.policy.intro')}</p>
      {may && <Begun />}
      <Bodies bodies={bodies} now={data.body?.id ?? body} to={(id) => `/policy${tail({ body: id })}`} />
      {data.documents.length ? data.documents.map((one) => <Document key={one.doc} of={one} body={body} bodies={bodies} />) : <p>{t('ui.policy.none')}</p>}
      {data.profile && <ProfileCard of={data.profile} body={body} />}
      <section class="sk-card" aria-labelledby="legend"><h2 id="legend">{t('ui.policy.legend')}</h2>
        <dl class="sk-facts">{STATES.map((one) => <div class="sk-facts__row" key={one}><dt><Chip state={one} /></dt><dd>{t(`ui.policy.legend.${one}`)}</dd></div>)}</dl></section></>;
  }}</Await>;
}
