// The middle of an import: the file's text, the tree read from it, and one open question after
// another. Everything can be answered by keyboard; the last answer can be taken back.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ApiError, get, post } from '../lib/api';
import { lastMark, readClause } from '../lib/clause';
import { useData } from '../lib/data';
import { composing } from '../lib/ime';
import { both, first, t } from '../lib/messages';
import { differing, isOpen, nextOpen, tail, windows } from '../lib/policy';
import { go } from '../lib/route';
import type { Candidate, Choice, Import, ImportClause, Question } from '../lib/types';
import { A, Chip, docName, ErrorNote, Loading, Notice, Region } from './bits';

type At = [number, number] | null;
interface Place { key: string; doc: string; at: At }

// The decoded text of the file around a place.
function Source({ id, at }: { id: string; at: At }) {
  const [held, hold] = useState<{ id: string; parts: string[]; error: unknown } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const key = at ? `${at[0]} ${at[1]}` : '';
  useEffect(() => {
    if (!at) return undefined;
    let live = true;
    Promise.all(windows(at).map(([from, to]) => (to > from ? get<{ text: string }>(`policy/import/${encodeURIComponent(id)}/source${tail({ from: String(from), to: String(to) })}`).then((one) => one.text) : Promise.resolve(''))))
      .then((parts) => { if (live) hold({ id: key, parts, error: null }); }, (error: unknown) => { if (live) hold({ id: key, parts: [], error }); });
    return () => { live = false; };
  }, [id, key]);
  // Inside its own box only: the page stays where the reader is.
  useEffect(() => {
    const mark = box.current?.querySelector<HTMLElement>('mark');
    if (mark && box.current) box.current.scrollTop = mark.offsetTop - box.current.offsetTop - 60;
  }, [held]);
  const fits = held && held.id === key;
  return <section class="sk-review__pane" aria-labelledby="import-source"><h2 id="import-source">{t('ui.import.source')}</h2>
    <div class="sk-review__box sk-region" role="region" aria-label={t('ui.import.source')} tabIndex={0} ref={box}>{!at ? <p class="sk-note">{t('ui.import.no_place')}</p> : !fits ? <Loading />
      : held.error ? <ErrorNote error={held.error} /> : <pre class="sk-source" lang="ja">{held.parts[0]}<mark>{held.parts[1]}</mark>{held.parts[2]}</pre>}</div></section>;
}

// Above this many clauses only those near the place are drawn.
const DRAW_ALL = 900;
const NEAR = 250;

function Tree({ rows, now, choose }: { rows: ImportClause[]; now: Place; choose: (one: ImportClause) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const at = rows.findIndex((one) => one.key === now.key && (!now.doc || one.doc === now.doc));
  const [from, to] = rows.length <= DRAW_ALL ? [0, rows.length] : [Math.max(0, at - NEAR), Math.max(at, 0) + NEAR];
  useEffect(() => {
    const row = box.current?.querySelector<HTMLElement>('[aria-current="true"]')?.closest('li');
    if (row && box.current) box.current.scrollTop = row.offsetTop - box.current.offsetTop - 60;
  }, [now.key, now.doc, rows.length]);
  return <section class="sk-review__pane" aria-labelledby="import-tree"><h2 id="import-tree">{t('ui.import.tree', { n: rows.length })}</h2>
    <div class="sk-review__box sk-region" role="region" aria-label={t('ui.import.tree', { n: rows.length })} tabIndex={0} ref={box}>
      <ul class="sk-plain sk-tree">{rows.slice(from, to).map((one, n) => {
        const chosen = from + n === at;
        return <li key={`${one.doc} ${one.key}`} class={`sk-tree__row sk-tree__row--${Math.max(1, Math.min(6, one.depth))}${chosen ? ' sk-tree__row--now' : ''}`}>
          <button type="button" class="sk-button sk-button--text" aria-current={chosen ? 'true' : undefined} aria-label={t('ui.import.show_clause', { label: `${docName(one.doc)} ${readClause(one.label).label}` })} onClick={() => choose(one)}>{lastMark(one.label) || '－'}</button>
          <div>{one.title && <strong>{one.title} </strong>}{one.text && <span class="sk-tree__text" lang="ja">{one.text}</span>}
            {(one.findings ?? []).map((each, k) => <p class="sk-tree__note" key={k}><Chip state={`finding_${each.severity}`} word={t(`policy.severity.${each.severity}`)} /> {first([`policy.finding.${each.code}`, each.code])}{each.text ? ` 「${each.text}」` : ''}</p>)}
            {(one.bindings ?? []).map((each) => <p class="sk-tree__note" key={`${each.topic} ${each.part}`}>→ {both(each.title)} <Chip state={each.confidence} kind="bind" /></p>)}</div></li>;
      })}</ul></div></section>;
}

function Candidates({ rows, clause, value, set }: { rows: Candidate[]; clause: string; value: string; set: (value: string) => void }) {
  const scores = rows.map((one) => one.score ?? 0);
  const best = Math.max(...scores, 0);
  return <>{rows.slice(0, 5).map((one, at) => {
    const title = both(one.title);
    const pieces = typeof one.title === 'object' && title === one.title.ja ? differing(title, clause) : [{ same: true, text: title }];
    return <label class="sk-radio sk-candidate" key={`${one.topic}/${one.part}`}><input type="radio" name="answer" value={`c${at}`} checked={value === `c${at}`} onChange={() => set(`c${at}`)} />
      <span class="sk-candidate__line"><span class="sk-candidate__key" aria-hidden="true">{at + 1}</span><span>{pieces.map((piece, n) => (piece.same ? <span key={n}>{piece.text}</span> : <u class="sk-differs" key={n}>{piece.text}</u>))}
        {best > 0 && <small class="sk-candidate__near"> {t('ui.import.nearness', { n: Math.round(((one.score ?? 0) / best) * 100) })}</small>}</span></span></label>;
  })}</>;
}

const DOCS = ['basic', 'std', 'procedure'] as const;

// What is chosen in the form, as the value of its radio button.
function valueOf(of: Question): string {
  const chosen = of.chosen;
  if (!chosen) return '';
  if ('accept' in chosen) return 'accept';
  if ('none' in chosen) return 'none';
  if ('local' in chosen) return 'local';
  if ('value' in chosen) return `v:${chosen.value}`;
  if ('doc' in chosen) return chosen.doc;
  if ('topic' in chosen) { const at = (of.candidates ?? []).findIndex((one) => one.topic === chosen.topic && (one.part ?? '') === (chosen.part ?? '')); return at >= 0 ? `c${at}` : ''; }
  return '';
}

// Who counts as staff, as the text was read or a person said: a word for each box that is ticked.
function codesOf(of: Question): string[] {
  const said = of.chosen && 'value' in of.chosen ? of.chosen.value : of.profile?.value ?? '';
  return said.split(' ').filter(Boolean);
}

const NAME_MOST = 60;

// One question; a new one is a new form, so that no choice is ever carried over.
function Ask({ of, left, all, moved, busy, error, answer, stop, skip, back }: {
  of: Question; left: number; all: number; moved: boolean; busy: boolean; error: unknown;
  answer: (choice: Choice) => void; stop: () => void; skip: (() => void) | null; back: (() => void) | null;
}) {
  const [value, setValue] = useState(valueOf(of));
  const [local, setLocal] = useState(of.chosen && 'local' in of.chosen ? of.chosen.local : '');
  const [codes, setCodes] = useState(codesOf(of));
  const [wrong, setWrong] = useState('');
  const boxes = of.kind === 'profile' && of.code === 'staff';
  const form = useRef<HTMLFormElement>(null);
  const head = useRef<HTMLHeadingElement>(null);
  // After an answer the next question is read; not at the first drawing, where the page's heading is.
  useEffect(() => { if (moved) head.current?.focus(); }, []);

  const send = (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    const candidate = /^c\d$/.test(value) ? (of.candidates ?? [])[Number(value.slice(1))] : undefined;
    if (boxes) {
      const all = (of.profile?.options ?? []).filter((one) => codes.includes(one)).join(' ');
      if (all) answer({ value: all }); else setWrong(t('ui.import.choose'));
      return;
    }
    if (!value) { setWrong(t('ui.import.choose')); return; }
    if (value.startsWith('v:')) { answer({ value: value.slice(2) }); return; }
    if (value === 'stop') { stop(); return; }
    if (value === 'local') {
      const name = local.trim();
      if (!name || [...name].length > NAME_MOST) { setWrong(t('ui.import.local_missing', { n: NAME_MOST })); document.getElementById('import-local')?.focus(); return; }
      answer({ local: name });
    } else if (value === 'none') answer({ none: true });
    else if (value === 'accept') answer({ accept: true });
    else if (candidate) answer({ topic: candidate.topic, ...(candidate.part ? { part: candidate.part } : {}) });
    else answer({ doc: value });
  };
  // Digits choose and Enter answers while the focus is in the question, but for what is being typed.
  const keys = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'text';
    if (composing(event)) { if (event.key === 'Enter') event.preventDefault(); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[1-9]$/.test(event.key)) {
      const radios = [...(form.current?.querySelectorAll<HTMLInputElement>('input[type=radio], input[type=checkbox]') ?? [])];
      const one = radios[Number(event.key) - 1];
      if (one) { event.preventDefault(); if (one.type === 'checkbox') one.click(); else setValue(one.value); one.focus(); }
    } else if (event.key === 'Enter' && (event.target === head.current || (event.target instanceof HTMLInputElement && event.target.type === 'checkbox'))) { event.preventDefault(); send(); }
    else if (event.key === 'u' && back) { event.preventDefault(); back(); }
  };
  const clause = `${of.title ?? ''} ${of.text ?? ''}`;
  const radio = (key: string, at: number, words: string, help = '') => <label class="sk-radio" key={key}><input type="radio" name="answer" value={key} checked={value === key} onChange={() => setValue(key)} />
    <span class="sk-candidate__line"><span class="sk-candidate__key" aria-hidden="true">{at}</span><span>{words}{help && (value === key || of.kind !== 'binding') && <small class="sk-radio__help">{help}</small>}</span></span></label>;
  const heading = of.kind === 'profile' ? `ui.import.ask.${of.code ?? 'staff'}` : `ui.import.ask.${of.kind}`;
  const n = Math.min(5, of.candidates?.length ?? 0);
  return <form class="sk-review__pane sk-ask" ref={form} onSubmit={send} onKeyDown={keys} noValidate aria-labelledby="import-question" data-question={of.id} data-kind={of.kind}>
    <h2 id="import-question" tabIndex={-1} ref={head}>{t(heading)}</h2>
    <p class="sk-ask__left" role="status"><progress max={Math.max(1, all)} value={all - left} aria-label={t('ui.import.progress')} /> {t('ui.import.left', { n: left })}</p>
    {of.label && <p class="sk-ask__where">{of.doc ? `${docName(of.doc)} ` : ''}<strong>{readClause(of.label).label} {of.title}</strong></p>}
    {of.kind === 'finding' && of.code && <p><Chip state={`finding_${of.severity ?? 'ask'}`} word={t(`policy.severity.${of.severity ?? 'ask'}`)} /> {first([`policy.finding.${of.code}`, of.code])}</p>}
    {of.text && <blockquote class="sk-ask__text" lang="ja">{of.text}</blockquote>}
    {wrong && <p class="sk-field__error" role="alert" id="import-answer-error"><span aria-hidden="true">× </span>{wrong}</p>}
    <ErrorNote error={error} />
    <fieldset class="sk-fieldset"><legend class="sk-hidden">{t(heading)}</legend>
      {of.kind === 'document' ? DOCS.map((one, at) => radio(one, at + 1, docName(one), t(`ui.import.doc_help.${one}`)))
        : boxes ? (of.profile?.options ?? []).map((one) => <label class="sk-radio" key={one}><input type="checkbox" name={`staff-${one}`} checked={codes.includes(one)} onChange={(event) => setCodes(event.currentTarget.checked ? [...codes, one] : codes.filter((each) => each !== one))} /> <span>{t(`ui.profile.staff.${one}`)}</span></label>)
        : of.kind === 'profile' ? (of.profile?.options ?? []).map((one, at) => radio(`v:${one}`, at + 1, t(`ui.import.${of.code ?? ''}.${one}`)))
        : of.kind === 'finding' ? <>{radio('accept', 1, t('ui.import.accept'), t('ui.import.accept_help'))}{radio('stop', 2, t('ui.import.stop'), t('ui.import.stop_help'))}</>
          : <><Candidates rows={of.candidates ?? []} clause={clause} value={value} set={setValue} />
            {radio('local', n + 1, t('ui.import.local'), t('ui.import.local_help'))}
            {value === 'local' && <div class="sk-ask__name"><label for="import-local">{t('ui.import.local_name')}</label><input id="import-local" type="text" class="sk-input" maxLength={NAME_MOST} value={local} onInput={(event) => setLocal(event.currentTarget.value)} /></div>}
            {radio('none', n + 2, t('ui.import.none'), t('ui.import.none_help'))}</>}</fieldset>
    {of.kind === 'binding' && n > 0 && <p class="sk-note"><u class="sk-differs">{t('ui.import.differs_word')}</u> {t('ui.import.differs')}</p>}
    <p class="sk-buttons"><button type="submit" class="sk-button sk-button--main" id="import-answer" aria-disabled={busy ? 'true' : undefined}>{t('ui.import.answer')}</button>
      {skip && <button type="button" class="sk-button" id="import-skip" onClick={skip}>{t('ui.import.skip')}</button>}{back && <button type="button" class="sk-button" id="import-back" onClick={back}>{t('ui.import.back')}</button>}</p>
    <p class="sk-note">{t('ui.import.keys')}</p></form>;
}

export function Review({ of, put, reload }: { of: Import; put: (next: Import) => void; reload: () => Promise<void> }) {
  const tree = useData<{ clauses: ImportClause[] }>(`policy/import/${encodeURIComponent(of.id)}/clauses`);
  const [now, setNow] = useState(() => (of.questions.find(isOpen) ?? of.questions[0])?.id ?? '');
  const [passed, setPassed] = useState<ReadonlySet<string>>(new Set());
  const [answered, setAnswered] = useState<string[]>([]);
  const [looked, setLooked] = useState<Place | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [stopping, setStopping] = useState(false);
  const [turn, setTurn] = useState(0);
  const question = of.questions.find((one) => one.id === now) ?? of.questions.find(isOpen);
  const left = of.questions.filter(isOpen).length;
  const own = useMemo(() => tree.data?.clauses.find((one) => one.key === question?.key && (!question?.doc || one.doc === question.doc)), [tree.data, question]);
  const shown: Place = looked ?? { key: question?.key ?? '', doc: question?.doc ?? '', at: question?.at ?? own?.at ?? null };
  const show = (id: string) => { setNow(id); setTurn(turn + 1); setLooked(null); setError(null); setStopping(false); };

  const answer = async (choice: Choice) => {
    if (!question) return;
    setBusy(true);
    setError(null);
    try {
      const next = await post<Import>(`policy/import/${encodeURIComponent(of.id)}/settle`, { question: question.id, choice, digest: of.digest });
      put(next);
      setAnswered([...answered.filter((one) => one !== question.id), question.id]);
      const following = nextOpen(next.questions, question.id, passed);
      if (following) show(following.id);
      else go(`/policy/import${tail({ id: of.id, step: 'decide' })}`);
    } catch (reason) {
      setError(reason);
      // Somebody else answered meanwhile: what is shown must be the newest.
      if (reason instanceof ApiError && reason.status === 409) await reload();
    } finally {
      setBusy(false);
    }
  };
  const stop = async () => {
    try { await post(`policy/import/${encodeURIComponent(of.id)}/discard`); go('/policy'); } catch (reason) { setError(reason); }
  };
  const last = answered[answered.length - 1];
  const back = last ? () => { setAnswered(answered.slice(0, -1)); show(last); } : null;
  const others = question ? of.questions.filter((one) => isOpen(one) && one.id !== question.id).length : 0;
  const skip = question && others > 0 ? () => { const seen = new Set(passed).add(question.id); setPassed(seen); const following = nextOpen(of.questions, question.id, seen); if (following) show(following.id); } : null;
  return <>
    <p class="sk-review__line">{t('ui.import.found', { sure: of.counts.sure ?? 0, likely: of.counts.likely ?? 0, ask: (of.counts.ask ?? 0) + (of.counts.none ?? 0) })} <A href={`/policy/import${tail({ id: of.id, step: 'decide' })}`}>{t('ui.import.to_summary')}</A></p>
    {stopping && <Notice kind="warn" title={t('ui.import.stop_title')}><p>{t('ui.import.stop_text')}</p><p class="sk-buttons"><button type="button" class="sk-button sk-button--bad" id="import-stop-sure" onClick={() => void stop()}>{t('ui.import.discard_yes')}</button><button type="button" class="sk-button" onClick={() => setStopping(false)}>{t('ui.act.keep')}</button></p></Notice>}
    <div class="sk-review"><Source id={of.id} at={shown.at} />
      {tree.data ? <Tree rows={tree.data.clauses} now={shown} choose={(one) => setLooked({ key: one.key, doc: one.doc, at: one.at ?? null })} /> : <Region name={t('ui.import.step.read')}>{tree.error ? <ErrorNote error={tree.error} retry={() => void tree.reload()} /> : <Loading />}</Region>}
      {question ? <Ask key={question.id} moved={turn > 0} of={question} left={left} all={of.questions.length} busy={busy} error={error} answer={(choice) => void answer(choice)} stop={() => setStopping(true)} skip={skip} back={back} />
        : <section class="sk-review__pane"><Notice kind="good"><p>{t('ui.import.no_questions')}</p></Notice><p><A class="sk-button sk-button--main" href={`/policy/import${tail({ id: of.id, step: 'decide' })}`}>{t('ui.import.to_summary')}</A></p></section>}</div></>;
}
