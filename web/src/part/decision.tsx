// The card beside a record: the approval form as it looks on paper, and what I may do. A refused act is a sentence with
// its reason, never a dead button; a reason is asked for beside the act that needs it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, errorText, post } from '../lib/api';
import { whenShort } from '../lib/format';
import { guardEnter } from '../lib/ime';
import { both, first, t } from '../lib/messages';
import { nudge } from '../lib/pulse';
import { emptyRaw, readAll, toRaw, type RawRow } from '../lib/fieldraw';
import { filled, TYPED, type Act, type Later, type Rec, type RecordMove, type Schema, type StepRow, type StepTask } from '../lib/register';
import { place } from '../lib/route';
import { session } from '../lib/session';
import { use } from '../lib/store';
import { A, ClauseLink, ErrorNote, Field, focusH1, Notice, style, Until } from './bits';
import { FieldInput } from './field';

const WIDTH = 4;
const surname = (name: string) => name.split(/[\s　]/)[0] ?? name;
const dayOnly = (at: number) => whenShort(at, style()).split(' ')[0] as string;

interface Box { key: string; head: string; act: Act | null; state: string; holders: string[] }

// The last vote of each step that still stands: a return makes those of its own step and of later ones void.
export function standing(acts: Act[], steps: StepRow[]): Map<string, Act> {
  const kept = new Map<string, Act>();
  const place = (key: string) => steps.findIndex((one) => one.key === key);
  for (const act of acts) {
    if (!act.step && ['submit', 'pull_back'].includes(act.kind ?? act.move)) { if (act.kind === 'pull_back') kept.clear(); continue; }
    if (!act.step) continue;
    kept.set(act.step, act);
    if (act.kind === 'send_back') for (const key of [...kept.keys()]) if (key !== act.step && (place(key) < 0 || place(key) > place(act.step))) kept.delete(key);
  }
  return kept;
}

export function boxes(of: Rec, acts: Act[]): Box[] {
  const opened = acts.find((one) => one.kind === 'open' || one.move === 'open') ?? null;
  const drafted: Box = { key: '', head: t('ui.stamp.draft'), act: opened, state: 'done', holders: [] };
  const steps = of.steps ?? [];
  const kept = standing(acts, steps);
  const known = steps.length ? steps : [...kept.keys()].map((key): StepRow => ({ key, kind: kept.get(key)?.kind ?? '', title: key, state: 'done' }));
  return [drafted, ...known.map((one): Box => ({ key: one.key, head: first([`ui.stamp.${one.kind}`, `ui.stamp.other`]), act: kept.get(one.key) ?? null, state: one.state, holders: one.holders ?? [] }))];
}

function Stamp({ box }: { box: Box }) {
  const { act } = box;
  if (!act) return <span class="sk-stamp__none">{box.state === 'done' ? t('ui.stamp.passed') : box.state === 'open' ? t('ui.stamp.waiting') : ''}{box.state === 'open' && box.holders.map((name) => <small class="sk-block" key={name}>{name}</small>)}</span>;
  const mark = act.mark && act.step ? act.mark : '';
  return <><span class="sk-stamp__name">{surname(act.who)}</span><span class="sk-stamp__day">{dayOnly(act.at)}</span>{mark && <span class="sk-stamp__mark">{mark}</span>}{act.for && <small class="sk-block">{t('ui.stamp.for', { who: act.for.who })}</small>}</>;
}

// 起案 · 合議 · 決裁 in a row of boxes, four to a line, as on the paper form.
export function Stamps({ of, acts }: { of: Rec; acts: Act[] }) {
  const all = boxes(of, acts);
  const lines = Array.from({ length: Math.ceil(all.length / WIDTH) }, (_, at) => all.slice(at * WIDTH, at * WIDTH + WIDTH));
  return <>{lines.map((line, at) => <table class="sk-stamps" key={at} data-stamps><caption class="sk-hidden">{t('ui.stamp.title')}</caption>
    <thead><tr>{line.map((box) => <th scope="col" key={box.key}>{box.head}</th>)}</tr></thead>
    <tbody><tr>{line.map((box) => <td key={box.key} data-step={box.key} class={box.state === 'open' ? 'sk-stamps__open' : ''}><Stamp box={box} /></td>)}</tr></tbody></table>)}</>;
}

interface Way { id: string; name: string; words: string; need: boolean; main?: boolean; bad?: boolean; back?: boolean; fields?: string[]; run: (reason: string, back: string, fields: Record<string, unknown>) => Promise<Rec> }

function stepWays(of: Rec, task: StepTask, call: (path: string, body: object) => Promise<Rec>): Way[] {
  const move = (on: string) => of.moves.find((one) => one.on === on || (!one.on && one.name === (on === 'decided' ? 'approve' : on === 'sent_back' ? 'send_back' : 'reject')));
  const step = (kind: string, comment: string, back = '') => call(`step/${encodeURIComponent(task.step)}`, { kind, comment, ...(back ? { back_to: back } : {}) });
  const [no, back] = [move('rejected'), move('sent_back')];
  const ways: Way[] = [];
  ways.push({ id: 'approve', name: task.kind, main: true, need: task.kind === 'daiketsu', words: first([`ui.step.${task.kind}`, 'ui.step.decide']), run: (reason) => step(task.kind, reason) });
  if (task.kind === 'consult') ways.push({ id: 'object', name: 'object', need: true, words: t('ui.step.object'), run: (reason) => step('object', reason) });
  if (back?.allowed) ways.push({ id: 'send_back', name: back.name, need: true, back: true, words: both(back.title) || t('ui.decide.send_back'), run: (reason, to) => step('send_back', reason, to) });
  if (no?.allowed) ways.push({ id: 'reject', name: no.name, need: true, bad: true, words: both(no.title) || t('ui.decide.reject'), run: (reason) => step('reject', reason) });
  return ways;
}

const BAD = ['withdraw', 'abandon', 'reject', 'cut', 'revoke', 'suspend'];
function moveWays(of: Rec, taken: string[], call: (path: string, body: object) => Promise<Rec>): Way[] {
  return of.moves.filter((one) => one.allowed && !taken.includes(one.name) && !['decided', 'rejected', 'sent_back'].includes(one.on ?? '') && !(!one.on && ['approve', 'reject', 'send_back'].includes(one.name)))
    .map((one): Way => ({ id: `move-${one.name}`, name: one.name, words: both(one.title) || one.name, need: one.reason === true, main: one.name === 'submit', bad: BAD.includes(one.name), fields: [...new Set([...(one.asks ?? []), ...(one.needs ?? []).filter((key) => !of.fields.some((each) => each.key === key))])], run: (reason, _, fields) => call(`move/${encodeURIComponent(one.name)}`, { reason, ...(Object.keys(fields).length ? { fields } : {}) }) }));
}

// Why I may not: each reason once, with the acts it holds for.
function WhyNot({ moves }: { moves: RecordMove[] }) {
  const steps = ['approve', 'reject', 'send_back'];
  const decisive = moves.filter((one) => !one.allowed && (one.on ? ['decided', 'rejected', 'sent_back'].includes(one.on) : steps.includes(one.name)));
  const reasons = [...new Map(decisive.filter((one) => one.why_not).map((one) => [one.why_not as string, one])).values()];
  return <>{reasons.map((one) => { const names = decisive.filter((each) => each.why_not === one.why_not).map((each) => both(each.title) || each.name).join('・');
    return <p key={one.why_not} class="sk-whynot" data-why={one.why_not}>{t('ui.record.why_not', { names, why: first([`ui.record.whynot.${one.why_not}`, `err.${one.why_not}`, 'ui.error.forbidden'], { detail: one.detail ?? '' }) })}{one.clause && <> (<ClauseLink clause={one.clause} />)</>}</p>; })}</>;
}

function Capacity({ task, of }: { task: StepTask; of: Rec }) {
  const who = use(session);
  const one = who?.posts.find((each) => each.section_name === of.section) ?? who?.posts[0];
  const words = { who: who?.person.name ?? '', post: one ? `${one.section_name} ${one.name}` : '', step: both(task.title), holder: task.for ?? '' };
  return <><p>{t(task.for ? 'ui.record.as_deputy' : 'ui.record.as', words)}</p>{task.for && <p class="sk-note">{t('ui.record.deputy_note', words)}</p>}{task.basis && <p class="sk-note">{t('ui.record.basis', { basis: task.basis })}</p>}</>;
}

// What a move asks for, filled in before it is sent.
function Asked({ way, of, schema, raw, set, bad }: { way: Way; of: Rec; schema: Schema; raw: RawRow; set: (next: RawRow) => void; bad: Record<string, string> }) {
  const need = of.moves.find((one) => one.name === way.name)?.needs ?? [];
  const defs = schema.fields.filter((one) => way.fields?.includes(one.key));
  return <fieldset class="sk-fieldset sk-rowbox"><legend>{t('ui.record.fill', { name: way.words })}</legend>{defs.map((one) => <FieldInput key={one.key} id={`asked-${one.key}`} field={one} raw={raw[one.key] ?? emptyRaw(one)} set={(value) => set({ ...raw, [one.key]: value })} required={need.includes(one.key) || one.required === true} error={bad[one.key]} sections={schema.sections} />)}</fieldset>;
}

export function Decide({ of, task, later, schema, put, reload }: { of: Rec; task: StepTask | null; later: Later[]; schema: Schema | null; put: (next: Rec) => void; reload: () => Promise<void> }) {
  const [asking, setAsking] = useState('');
  const [raw, setRaw] = useState<RawRow>({});
  const [bad, setBad] = useState<Record<string, string>>({});
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState('');
  const [back, setBack] = useState('');
  const [sure, setSure] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState('');
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const who = use(session);
  const call = (path: string, body: object) => post<Rec>(`records/${encodeURIComponent(of.id)}/${path}`, { rev: of.rev, digest: of.digest, ...body });
  const steps = task ? stepWays(of, task, call) : [];
  const mine: Way[] = [...steps, ...moveWays(of, steps.map((one) => one.name), call)];
  const toRead = later.find((one) => !one.read && one.who === who?.person.name);
  if (toRead) mine.unshift({ id: 'read', name: 'read', words: t('ui.step.read'), need: false, main: true, run: () => call(`step/${encodeURIComponent(toRead.step)}`, { kind: 'read', comment: reason.trim() }) });
  // Whoever applied answers the objection that stopped the route; then it goes on.
  const stopping = of.steps?.find((one) => one.state === 'open')?.key;
  if (of.answer && stopping) mine.unshift({ id: 'answer', name: 'answer', words: t('ui.step.answer'), need: true, main: true, run: (text) => call(`step/${encodeURIComponent(stopping)}`, { kind: 'answer', comment: text }) });
  // From the list: the act that was begun there has the focus, and is still to be pressed.
  const begun = place.get().query.get('do');
  useEffect(() => { if (begun === 'approve') document.getElementById('act-approve')?.focus(); else if (begun === 'send_back') box.current?.focus(); }, [Boolean(task)]);
  const earlier = (of.steps ?? []).filter((one) => one.state === 'done' && one.key !== task?.step);

  const act = async (way: Way) => {
    if (busy) return;
    if (way.need && !reason.trim()) { setMissing(t('ui.record.reason_for', { name: way.words })); box.current?.focus(); return; }
    const defs = schema?.fields.filter((one) => way.fields?.includes(one.key) && TYPED.includes(one.type)) ?? [];
    if (defs.length && asking !== way.id) { setRaw(Object.fromEntries(defs.map((one) => [one.key, toRaw(one, of.fields.find((each) => each.key === one.key)?.value)]))); setBad({}); setAsking(way.id); return; }
    const read = readAll(defs, raw);
    const need = of.moves.find((one) => one.name === way.name)?.needs ?? [];
    const wrong = { ...read.bad, ...Object.fromEntries(defs.filter((one) => !read.bad[one.key] && need.includes(one.key) && !filled(read.values[one.key])).map((one) => [one.key, t('ui.form.missing', { name: both(one.title) })])) };
    setBad(wrong);
    if (Object.keys(wrong).length) { document.getElementById(`asked-${Object.keys(wrong)[0]}`)?.focus(); return; }
    if (way.bad && sure !== way.id) { setSure(way.id); return; }
    setBusy(true); setError(null); setMissing('');
    try {
      put(await way.run(reason.trim(), way.back ? back : '', read.values));
      setDone(t('ui.record.done', { name: way.words })); setReason(''); setSure(''); setBack(''); setAsking('');
      nudge();
      focusH1();
    } catch (failure) {
      setError(failure);
      if (failure instanceof ApiError && failure.code === 'register.reason_missing') { setMissing(errorText(failure)); box.current?.focus(); }
      if (failure instanceof ApiError && failure.status === 409) await reload();
    } finally { setBusy(false); }
  };

  return <section class="sk-card sk-card--strong" aria-labelledby="decide"><h2 id="decide">{t('ui.record.act')}</h2>
    {done && <Notice kind="good"><p>{done}</p><p><A href="/">{t('ui.decide.to_inbox')}</A></p></Notice>}
    <ErrorNote error={missing ? null : error} />
    {of.stopped && <Notice kind="warn"><p data-stopped>{t(of.answer ? 'ui.record.stopped_mine' : 'ui.record.stopped_by', { who: of.owner })}</p></Notice>}
    {task && <Capacity task={task} of={of} />}
    {toRead && <p>{t('ui.record.to_read', { step: stepTitle(of, toRead.step) })}</p>}
    {mine.length > 0 && <form onSubmit={(event) => event.preventDefault()} onKeyDown={guardEnter} noValidate>
      {(task || toRead || mine.some((one) => one.need)) && <Field id="decide-reason" label={t(task ? 'ui.decide.reason' : 'ui.record.reason')} help={t('ui.record.reason_help', { names: mine.filter((one) => one.need).map((one) => one.words).join('・') || '－' })} error={missing || undefined}>
        {(attributes) => <textarea {...attributes} ref={box} class="sk-input" rows={2} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}</Field>}
      {mine.some((one) => one.back) && earlier.length > 0 && <Field id="decide-back" label={t('ui.record.back_to')}>{(attributes) => <select {...attributes} class="sk-select" value={back} onChange={(event) => setBack(event.currentTarget.value)}>
        <option value="">{t('ui.record.back_owner', { who: of.owner })}</option>{earlier.map((one) => <option key={one.key} value={one.key}>{both(one.title)}</option>)}</select>}</Field>}
      {schema && mine.filter((one) => one.id === asking).map((way) => <Asked key={way.id} way={way} of={of} schema={schema} raw={raw} set={setRaw} bad={bad} />)}
      <p class="sk-buttons">{mine.map((way) => <button key={way.id} type="button" id={`act-${way.id}`} class={`sk-button${way.main ? ' sk-button--main' : ''}${way.bad ? ' sk-button--bad' : ''}`} aria-disabled={busy ? 'true' : undefined} onClick={() => void act(way)}>{sure === way.id ? t('ui.record.sure', { name: way.words }) : way.words}</button>)}</p>
    </form>}
    {!task && <WhyNot moves={of.moves} />}
    {mine.length === 0 && !of.moves.some((one) => one.why_not) && <p class="sk-note">{t('ui.record.nothing')}</p>}
  </section>;
}

export function stepTitle(of: Rec, key: string): string { return both(of.steps?.find((one) => one.key === key)?.title) || key; }

export function Due({ of }: { of: Rec }) {
  const now = Date.now() * 1000;
  const rows = [...(of.due ? [{ key: 'due', title: t('ui.record.step_due'), at: of.due, late: of.due < now, stopped: false }] : []), ...(of.until ? [{ key: 'until', title: t('ui.record.until'), at: of.until, late: false, stopped: false }] : []),
    ...(of.clocks ?? []).map((one) => ({ key: `clock ${one.key}`, title: both(one.title) || one.key, at: one.late ?? 0, late: one.state === 'late', stopped: one.state === 'stopped' }))];
  const keys = of.keys ?? [];
  if (!rows.length && !keys.length) return null;
  return <section class="sk-card" aria-labelledby="clocks"><h2 id="clocks">{t('ui.record.clocks')}</h2><ul class="sk-plain">{rows.map((one) => <li key={one.key} class={one.late ? 'sk-bad' : ''}>{one.late && <span aria-hidden="true">▲ </span>}{one.title}: <Until at={one.at} />{one.late && ` ${t('ui.record.late')}`}{one.stopped && ` ${t('ui.record.stopped')}`}</li>)}
    {keys.map((one) => <li key={one.name}>{first([`ui.key.${one.name}`, one.name])}: {t(one.state === 'open' ? 'ui.record.key_open' : 'ui.record.key_closed')}{one.state === 'open' && one.until ? <> (<Until at={one.until} short />)</> : null}</li>)}</ul></section>;
}
