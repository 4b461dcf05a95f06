// 団体のすがた: what a body's policy says of the body itself, each fact with the clause it stands at,
// and plainly said where this text says nothing.
import { clausePath } from '../lib/clause';
import { both, first, joined, t } from '../lib/messages';
import type { Profile, ProfileClass, ProfilePlace, ProfileZone } from '../lib/types';
import { A, Chip, docName, Notice, Region } from './bits';

const absent = () => <span class="sk-note">{t('ui.profile.not_found')}</span>;

function Place({ of, doc, body }: { of: ProfilePlace | null | undefined; doc?: string | undefined; body: string }) {
  if (!of) return doc ? <>{t('ui.profile.front', { doc: docName(doc) })}</> : null;
  const words = `${docName(of.doc)} ${of.label}`;
  return <A class="sk-clause" href={`${clausePath(`${of.doc}:${of.label}`)}${body ? `?body=${encodeURIComponent(body)}` : ''}`}>{words}</A>;
}

function Places({ list, body }: { list: ProfilePlace[]; body: string }) {
  return <>{list.map((one, at) => <span key={`${one.doc}:${one.key}`}>{at > 0 && '、'}<Place of={one} body={body} /></span>)}</>;
}

function Zones({ rows, body }: { rows: ProfileZone[]; body: string }) {
  const name = t('ui.profile.zones');
  return <Region name={name}><table class="sk-table"><caption>{name}</caption>
    <thead><tr><th scope="col">{t('ui.profile.zone')}</th><th scope="col">{t('ui.profile.order')}</th><th scope="col">{t('ui.profile.said')}</th><th scope="col">{t('ui.profile.clause')}</th></tr></thead>
    <tbody>{rows.map((zone) => zone.parts.map((part, at) => <tr key={`${zone.id} ${part.topic} ${part.part}`} data-zone={zone.id} data-part={part.part} data-verdict={part.verdict}>
      {at === 0 && <th scope="rowgroup" rowSpan={zone.parts.length}>{first([`ui.profile.zone.${zone.id}`, zone.id])}{!zone.ordered && <><br />{absent()}</>}</th>}
      <td>{both(part.title)}</td><td><Chip state={part.verdict} kind="coverage.verdict" />{part.clauses.length > 0 && !part.confirmed && <> <Chip state="unconfirmed" kind="bind" /></>}</td>
      <td>{part.clauses.length ? <Places list={part.clauses} body={body} /> : t('ui.profile.none')}</td></tr>))}</tbody></table></Region>;
}

function Classes({ rows, body }: { rows: ProfileClass[]; body: string }) {
  const name = t('ui.profile.classes');
  if (!rows.length) return <section><h3>{name}</h3><p>{absent()}</p></section>;
  return <Region name={name}><table class="sk-table"><caption>{name}</caption>
    <thead><tr><th scope="col">{t('ui.profile.class')}</th><th scope="col">{t('ui.profile.rank')}</th><th scope="col">{t('ui.profile.limits')}</th><th scope="col">{t('ui.profile.clause')}</th></tr></thead>
    <tbody>{rows.map((one) => <tr key={`${one.axis} ${one.code}`} data-class={`${one.axis} ${one.code}`}><th scope="row">{one.title}{one.unsure && <> <Chip state="ask" word={t('ui.profile.unsure')} /></>}{one.fixed && <> <Chip state="hand" word={t('ui.profile.fixed')} /></>}</th>
      <td>{one.rank}</td><td lang="ja">{one.limits.length ? <ul class="sk-plain">{one.limits.map((limit) => <li key={limit.clause?.key ?? limit.text}>{limit.text}</li>)}</ul> : t('ui.profile.none')}</td><td><Place of={one.clause} body={body} /></td></tr>)}</tbody></table></Region>;
}

function Staff({ of, body }: { of: Profile['staff']; body: string }) {
  return <section data-profile-staff><h3>{t('ui.profile.staff')}</h3>
    {!of || (!of.places.length && !of.fixed) ? <p>{absent()}</p> : <><p>{t('ui.profile.counts', { name: of.short, text: joined(of.counts.map((one) => t(`ui.profile.staff.${one}`))) })} {of.unsure && <Chip state="ask" word={t('ui.profile.unsure')} />}{of.fixed && <Chip state="hand" word={t('ui.profile.fixed')} />}</p>
      <ul class="sk-plain">{of.places.map((one, at) => <li key={at}><Place of={one.clause} doc={one.doc} body={body} /> <q lang="ja">{one.term}</q></li>)}</ul></>}</section>;
}

function Roles({ rows, body }: { rows: Profile['roles']; body: string }) {
  const name = t('ui.profile.roles');
  if (!rows.length) return <section><h3>{name}</h3><p>{absent()}</p></section>;
  return <Region name={name}><table class="sk-table"><caption>{name}</caption>
    <thead><tr><th scope="col">{t('ui.profile.role')}</th><th scope="col">{t('ui.profile.holder')}</th><th scope="col">{t('ui.profile.clause')}</th></tr></thead>
    <tbody lang="ja">{rows.map((one, at) => <tr key={at}><th scope="row">{one.title}</th><td>{one.holder || '－'}</td><td><Place of={one.clause} body={body} /></td></tr>)}</tbody></table></Region>;
}

function Findings({ of }: { of: Profile }) {
  const rows = of.findings ?? [];
  if (!rows.length) return null;
  return <Notice kind="warn" title={t('ui.profile.findings')}><ul>{rows.map((one) => <li key={`${one.code} ${one.flow} ${one.class ?? ''}`} data-finding={one.code}>{t(`ui.profile.${one.code}`, { flow: one.flow, class: one.class ?? '' })}</li>)}</ul></Notice>;
}

export function ProfileCard({ of, body }: { of: Profile; body: string }) {
  return <section class="sk-card" aria-labelledby="profile" data-profile><h2 id="profile">{t('ui.profile.title')}</h2>
    <p>{t('ui.profile.intro')}</p>
    {(of.links ?? []).map((one) => <p key={one.doc} data-link={one.body}>{t('ui.profile.link', { doc: docName(one.doc), body: one.name })}</p>)}
    {of.unsure > 0 && <p class="sk-note">{t('ui.profile.unsure_n', { n: of.unsure })}</p>}
    <Findings of={of} />
    <details><summary>{t('ui.profile.open')}</summary>
      <Zones rows={of.zones} body={body} /><Classes rows={of.classes} body={body} /><Staff of={of.staff} body={body} /><Roles rows={of.roles} body={body} />
      <section><h3>{t('ui.profile.bodies')}</h3>{of.bodies.length ? <ul class="sk-plain" lang="ja">{of.bodies.map((one) => <li key={one.id}>{one.word} <Place of={one.clause} body={body} /></li>)}</ul> : <p>{absent()}</p>}</section></details></section>;
}
