// Two versions of a document, or the documents of two bodies, side by side.
import { useData } from '../lib/data';
import { t } from '../lib/messages';
import { docPath, inForce, tail } from '../lib/policy';
import { go, place, type Match } from '../lib/route';
import { use } from '../lib/store';
import type { Diff, DiffEnd, Named, PolicyDoc, PolicyIndex } from '../lib/types';
import { A, Await, docName, H1, Notice } from '../part/bits';
import { DiffCounts, DiffList } from '../part/diff';
import { docTitle, PaperHead, versionName, versionWords } from '../part/policy';

interface Asked { body: string; from: string; to: string; other: string; kind: string }
const askedOf = (query: URLSearchParams): Asked => ({ body: query.get('body') ?? '', from: query.get('from') ?? '', to: query.get('to') ?? '', other: query.get('other') ?? '', kind: query.get('kind') ?? '' });

// What to compare when the address does not say: the version before with the one in force, else
// another body's text of the same kind.
function preset(asked: Asked, own: PolicyDoc | undefined, others: Named[]): Asked {
  if (asked.other || asked.from || !own) return asked;
  const versions = own.versions ?? [];
  const to = asked.to || (inForce(own) ?? versions[0])?.version || '';
  const from = versions.find((one) => one.version !== to);
  return from ? { ...asked, from: from.version, to } : { ...asked, other: others[0]?.id ?? '' };
}

function Choice({ doc, asked, own, others }: { doc: string; asked: Asked; own: PolicyDoc; others: Named[] }) {
  const set = (next: Partial<Asked>) => go(`/policy/${encodeURIComponent(doc)}/diff${tail({ ...asked, ...next, kind: '' })}`, { keep: true, replace: true });
  const versions = own.versions ?? [];
  const pick = (value: string) => set(value.startsWith('b:') ? { other: value.slice(2), from: '', to: '' } : { other: '', from: value.slice(2), to: asked.to || (inForce(own)?.version ?? '') });
  return <div class="sk-filter sk-noprint"><span class="sk-filter__one"><label for="diff-from">{t(asked.other ? 'ui.diff.with' : 'ui.diff.from')}</label> <select id="diff-from" class="sk-select" value={asked.other ? `b:${asked.other}` : `v:${asked.from}`} onChange={(event) => pick(event.currentTarget.value)}>
      {versions.filter((one) => one.version !== asked.to || asked.from === one.version).map((one) => <option key={one.version} value={`v:${one.version}`}>{versionWords(one)}</option>)}
      {others.map((one) => <option key={one.id} value={`b:${one.id}`}>{one.name} {docName(doc)}</option>)}</select></span>
    {!asked.other && <span class="sk-filter__one"><label for="diff-to">{t('ui.diff.to')}</label> <select id="diff-to" class="sk-select" value={asked.to} onChange={(event) => set({ to: event.currentTarget.value })}>
      {versions.map((one) => <option key={one.version} value={one.version}>{versionWords(one)}</option>)}</select></span>}</div>;
}

function Compared({ doc, asked, bodies }: { doc: string; asked: Asked; bodies: Named[] }) {
  const { body, from, to, other, kind } = asked;
  const data = useData<Diff>(`policy/${encodeURIComponent(doc)}/diff${tail(other ? { body, other } : { body, from, to })}`);
  const name = (end: DiffEnd) => [bodies.find((one) => one.id === end.body)?.name ?? end.body, versionName(end.version)].filter(Boolean).join(' ');
  return <Await of={data} missing={<Notice kind="warn"><p>{t('ui.diff.missing')}</p></Notice>}>{(of) => {
    const names: [string, string] = [name(of.from) || t('ui.diff.from'), name(of.to) || t('ui.diff.to')];
    return <>
    <p>{t('ui.diff.counts')} <DiffCounts counts={of.counts} apart={other ? names : null} /></p>
    <p class="sk-note sk-noprint">{t('ui.diff.legend')} <del>{t('ui.diff.sample')}</del> {t('ui.diff.sample_del')} <ins>{t('ui.diff.sample')}</ins> {t('ui.diff.sample_ins')}</p>
    <DiffList of={of} apart={other ? names : null} names={names} kind={kind} setKind={(next) => go(`/policy/${encodeURIComponent(doc)}/diff${tail({ ...asked, kind: next })}`, { keep: true, replace: true })} /></>;
  }}</Await>;
}

export function PolicyDiff({ at }: { at: Match }) {
  const doc = at.params['doc'] ?? '';
  const given = askedOf(use(place).query);
  const index = useData<PolicyIndex>(`policy${tail({ body: given.body })}`);
  const missing = <><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.policy.missing')}</p><p><A href="/policy">{t('ui.page.policies.title')}</A></p></>;
  return <Await of={index} title={t('ui.page.diff.title')} missing={missing}>{(data) => {
    const own = data.documents.find((one) => one.doc === doc);
    if (!own) return missing;
    const others = (data.bodies ?? []).filter((one) => one.id !== (data.body?.id ?? given.body));
    const asked = preset(given, own, others);
    const possible = asked.other || (asked.from && asked.to);
    return <><H1 sub={<A href={docPath(doc, { body: given.body, version: '' })}>{t('ui.diff.to_text')}</A>}>{t('ui.diff.title', { title: docTitle(own) })}</H1>
      <PaperHead body={data.body?.name ?? own.body ?? ''} title={docTitle(own)} version="" note={t('ui.page.diff.title')} />
      {possible ? <><Choice doc={doc} asked={asked} own={own} others={others} /><Compared doc={doc} asked={asked} bodies={data.bodies ?? []} /></>
        : <Notice kind="info"><p>{t('ui.diff.nothing')}</p></Notice>}</>;
  }}</Await>;
}
