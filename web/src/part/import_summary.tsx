// The end of an import: what was read, what it changes, from when, who may read it; then the decision.
import { useState } from 'preact/hooks';
import { ApiError, post } from '../lib/api';
import { useData } from '../lib/data';
import { dayWords } from '../lib/format';
import { guardEnter } from '../lib/ime';
import { joined, t } from '../lib/messages';
import { inForce, tail } from '../lib/policy';
import type { Diff, Import, ImportDoc, PolicyIndex } from '../lib/types';
import { A, docName, ErrorNote, Field, Loading, Notice, Region, style, Summary as Wrong } from './bits';
import { DateBoxes, isoDay, NO_DATE, readDate } from './date';
import { DiffCounts, DiffList } from './diff';
import { docTitle, versionName, versionWords } from './policy';

const WHO = ['public', 'staff', 'roles'] as const;

function Documents({ of }: { of: Import }) {
  const name = t('ui.import.documents');
  return <Region name={name}><table class="sk-table" id="import-documents"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.import.kind')}</th><th scope="col">{t('ui.import.title')}</th><th scope="col">{t('ui.policy.version')}</th><th scope="col" class="sk-num">{t('ui.import.chapters')}</th><th scope="col" class="sk-num">{t('ui.import.nodes')}</th><th scope="col" class="sk-num">{t('ui.import.leaves')}</th></tr></thead>
    <tbody>{of.documents.map((one) => <tr key={one.doc} data-doc={one.doc}><th scope="row">{docName(one.doc)}</th><td>{one.title || '－'}</td><td>{joined([versionName(one.version), one.dated].filter(Boolean) as string[]) || '－'}</td><td class="sk-num">{one.chapters ?? 0}</td><td class="sk-num">{one.nodes ?? 0}</td><td class="sk-num">{one.leaves ?? 0}</td></tr>)}</tbody></table></Region>;
}

// Against the version in force; nothing where there is none.
function Changes({ of, doc }: { of: Import; doc: ImportDoc }) {
  const data = useData<Diff>(`policy/import/${encodeURIComponent(of.id)}/diff${tail({ doc: doc.doc })}`);
  const [kind, setKind] = useState('');
  if (data.error instanceof ApiError && data.error.status === 404) return <p>{t(doc.replaces ? 'ui.import.no_diff' : 'ui.import.first_version', { doc: docTitle(doc) })}</p>;
  if (data.error) return <ErrorNote error={data.error} retry={() => void data.reload()} />;
  if (!data.data) return <Loading />;
  const again = data.data.pairs.filter((one) => one.recheck).length;
  return <div data-import-diff={doc.doc}><p><strong>{docTitle(doc)}</strong> <DiffCounts counts={data.data.counts} /></p>{again > 0 && <p>{t('ui.import.recheck', { n: again })}</p>}
    <details><summary>{t('ui.import.show_changes')}</summary><DiffList of={data.data} names={[t('ui.import.old'), t('ui.import.new')]} kind={kind} setKind={setKind} /></details></div>;
}

interface Form { name: string; date: typeof NO_DATE; visibility: Record<string, string>; link: string }

function effectWords(of: Import, index: PolicyIndex | null, from: string, open: number): string[] {
  const body = of.body.name;
  const lines = of.documents.map((one) => {
    const own = index?.documents.find((each) => each.doc === one.doc);
    const now = own && inForce(own);
    return one.replaces || now ? t('ui.import.effect.replaces', { doc: docTitle(one), now: now ? versionWords(now) : versionName(one.replaces ?? '') }) : t('ui.import.effect.adds', { body, doc: docTitle(one) });
  });
  lines.push(from ? t('ui.import.effect.from', { at: from }) : t('ui.import.effect.now'));
  lines.push(open > 0 ? t('ui.import.effect.open', { n: open }) : t('ui.import.effect.all'));
  lines.push(t('ui.import.effect.ledger'));
  return lines;
}

export function Summary({ of, put, reload, open }: { of: Import; put: (next: Import) => void; reload: () => Promise<void>; open: number }) {
  const index = useData<PolicyIndex>(of.body.new ? 'policy' : `policy${tail({ body: of.body.id })}`);
  const [form, setForm] = useState<Form>({ name: of.body.name ?? '', date: NO_DATE, visibility: Object.fromEntries(of.documents.map((one) => [one.doc, one.doc === 'basic' ? 'public' : 'staff'])), link: '' });
  const [wrong, setWrong] = useState<{ id: string; text: string }[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const date = readDate(form.date);
  const own = of.body.new ? null : index.data;
  const lacks = of.documents.some((one) => one.doc === 'basic') && !of.documents.some((one) => one.doc === 'std') && !own?.documents.some((one) => one.doc === 'std');
  const others = (index.data?.bodies ?? []).filter((one) => one.id !== of.body.id);
  const stops = of.questions.filter((one) => !one.chosen && one.severity === 'error').length;

  const send = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const found = [
      ...(form.name.trim() ? [] : [{ id: 'import-body', text: t('ui.import.body_missing') }]),
      ...(date.bad ? [{ id: 'import-from', text: t(date.bad, { hint: date.hint ? dayWords(date.hint, style()) : '' }) }] : [])];
    setWrong(found);
    if (found.length) return;
    setBusy(true);
    setError(null);
    try {
      put(await post<Import>(`policy/import/${encodeURIComponent(of.id)}/confirm`, {
        digest: of.digest, body: { id: of.body.id, name: form.name.trim() }, effective: date.day ? isoDay(date.day) : '', visibility: form.visibility,
        links: lacks && form.link ? { std: form.link === 'external' ? 'external' : { body: form.link } } : {},
      }));
      scrollTo(0, 0);
    } catch (reason) {
      setError(reason);
      if (reason instanceof ApiError && reason.status === 409) await reload();
    } finally {
      setBusy(false);
    }
  };
  return <form class="sk-summary" onSubmit={(event) => void send(event)} onKeyDown={guardEnter} noValidate>
    <Wrong errors={wrong} at={wrong} />
    {open > 0 && <Notice kind={stops ? 'bad' : 'warn'}><p>{t(stops ? 'ui.import.open_stops' : 'ui.import.open', { n: open })} <A href={`/policy/import${tail({ id: of.id, step: 'questions' })}`}>{t('ui.import.to_questions')}</A></p></Notice>}
    <section class="sk-card" aria-labelledby="import-what"><h2 id="import-what">{t('ui.import.documents')}</h2><Documents of={of} />
      <p>{t('ui.import.counted', { clauses: of.counts.clauses ?? 0, sure: of.counts.sure ?? 0, likely: of.counts.likely ?? 0, ask: (of.counts.ask ?? 0) + (of.counts.none ?? 0) })}</p></section>
    <section class="sk-card" aria-labelledby="import-changes"><h2 id="import-changes">{t('ui.import.changes')}</h2>{of.documents.map((one) => <Changes key={one.doc} of={of} doc={one} />)}</section>
    <section class="sk-card" aria-labelledby="import-how"><h2 id="import-how">{t('ui.import.how')}</h2>
      {of.body.new ? <Field id="import-body" label={t('ui.import.body_name')} required help={t('ui.import.body_name_help')} error={wrong.find((one) => one.id === 'import-body')?.text}>{(attributes) => <input {...attributes} class="sk-input" maxLength={60} value={form.name} onInput={(event) => setForm({ ...form, name: event.currentTarget.value })} />}</Field> : null}
      <DateBoxes id="import-from" legend={t('ui.import.effective')} help={t('ui.import.effective_help')} value={form.date} set={(next) => setForm({ ...form, date: next })} error={wrong.find((one) => one.id === 'import-from')?.text} />
      {of.documents.map((one) => <fieldset class="sk-fieldset" key={one.doc}><legend>{t('ui.import.who', { doc: docTitle(one) })}</legend><div class="sk-row">{WHO.map((who) => <label class="sk-radio" key={who}><input type="radio" name={`who-${one.doc}`} value={who} checked={form.visibility[one.doc] === who} onChange={() => setForm({ ...form, visibility: { ...form.visibility, [one.doc]: who } })} /> {t(`ui.visibility.${who}`)}</label>)}</div></fieldset>)}
      {lacks && <fieldset class="sk-fieldset" id="import-link"><legend>{t('ui.import.link')}</legend><p class="sk-field__help">{t('ui.import.link_help')}</p>
        <label class="sk-radio"><input type="radio" name="link" value="" checked={form.link === ''} onChange={() => setForm({ ...form, link: '' })} /> {t('ui.import.link_none')}</label>
        {others.map((one) => <label class="sk-radio" key={one.id}><input type="radio" name="link" value={one.id} checked={form.link === one.id} onChange={() => setForm({ ...form, link: one.id })} /> {t('ui.import.link_body', { body: one.name })}</label>)}
        <label class="sk-radio"><input type="radio" name="link" value="external" checked={form.link === 'external'} onChange={() => setForm({ ...form, link: 'external' })} /> {t('ui.import.link_external')}</label></fieldset>}</section>
    <section class="sk-card sk-card--strong" aria-labelledby="import-effect"><h2 id="import-effect">{t('ui.import.effect')}</h2>
      <ul class="sk-list">{effectWords({ ...of, body: { ...of.body, name: form.name.trim() || of.body.name } }, own, date.day ? dayWords(date.day, style()) : '', open).map((one) => <li key={one}>{one}</li>)}</ul>
      <ErrorNote error={error} />
      <p class="sk-buttons"><button type="submit" class="sk-button sk-button--main" id="import-confirm" aria-disabled={busy ? 'true' : undefined}>{t('ui.import.confirm')}</button><A class="sk-button" href={`/policy/import${tail({ id: of.id, step: 'questions' })}`}>{t('ui.import.to_questions_back')}</A></p></section></form>;
}
