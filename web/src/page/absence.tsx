// Who is away: my own absences and, for a section manager, those of her section. They are entered beforehand: while
// one runs, the deputy may decide.
import { useState } from 'preact/hooks';
import { post } from '../lib/api';
import { useData } from '../lib/data';
import { guardEnter } from '../lib/ime';
import { first, t } from '../lib/messages';
import { session } from '../lib/session';
import { use } from '../lib/store';
import { ordinal, type Day } from '../lib/wareki';
import { A, Await, Chip, ErrorNote, Field, focusH1, H1, Notice, Region, Summary, When } from '../part/bits';
import { DateBoxes, NO_DATE, readDate, type DateText } from '../part/date';

interface Row { id: string; person: { id: string; name: string }; from: number; until: number; reason: string; entered_by?: string }
const REASONS = ['leave', 'trip', 'sick', 'training', 'other'] as const;
const HOUR_US = 3_600_000_000;

// A minute of a day in Japan.
export function instant(day: Day, time: string): number | null {
  const hit = /^(\d{1,2}):(\d{2})$/.exec(time.normalize('NFKC').trim());
  if (!hit || Number(hit[1]) > 24 || Number(hit[2]) > 59 || (Number(hit[1]) === 24 && Number(hit[2]) > 0)) return null;
  return ordinal(day) * 24 * HOUR_US + (Number(hit[1]) - 9) * HOUR_US + Number(hit[2]) * 60_000_000;
}

function Enter({ put }: { put: (rows: Row[]) => void }) {
  const [from, setFrom] = useState<DateText>(NO_DATE);
  const [until, setUntil] = useState<DateText>(NO_DATE);
  const [times, setTimes] = useState({ from: '8:30', until: '17:15' });
  const [reason, setReason] = useState('');
  const [person, setPerson] = useState('');
  const [errors, setErrors] = useState<{ id: string; text: string }[]>([]);
  const [at, setAt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const who = use(session);
  const manager = who?.roles.some((one) => one.role === 'section_manager') ?? false;
  const wrong = (id: string) => errors.find((one) => one.id === id)?.text;
  const check = () => {
    const list: { id: string; text: string }[] = [];
    const [first_, last] = [readDate(from), readDate(until)];
    const start = first_.day ? instant(first_.day, times.from) : null;
    const end = last.day ? instant(last.day, times.until) : null;
    if (!first_.day) list.push({ id: 'absence-from', text: t('ui.absence.from_missing') });
    else if (start === null) list.push({ id: 'absence-from-time', text: t('ui.form.time') });
    if (!last.day) list.push({ id: 'absence-until', text: t('ui.absence.until_missing') });
    else if (end === null) list.push({ id: 'absence-until-time', text: t('ui.form.time') });
    if (start !== null && end !== null && end <= start) list.push({ id: 'absence-until', text: t('ui.form.period_order') });
    if (!reason) list.push({ id: 'absence-reason-leave', text: t('ui.absence.reason_missing') });
    return { list, start, end };
  };
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const { list, start, end } = check();
    setErrors(list); setAt(Date.now()); setError(null); setDone(false);
    if (list.length) return;
    setBusy(true);
    try {
      const answer = await post<{ absences: Row[] }>('absence', { from: start, until: end, reason, ...(person.trim() ? { person: person.normalize('NFKC').trim() } : {}) });
      put(answer.absences); setDone(true); setFrom(NO_DATE); setUntil(NO_DATE); setReason(''); focusH1();
    } catch (failure) { setError(failure); } finally { setBusy(false); }
  };
  const time = (key: 'from' | 'until') => <Field id={`absence-${key}-time`} label={t(`ui.absence.${key}_time`)} error={wrong(`absence-${key}-time`)}>{(attributes) => <input {...attributes} class="sk-input sk-input--short" autoComplete="off" value={times[key]} onInput={(event) => setTimes({ ...times, [key]: event.currentTarget.value })} onBlur={(event) => setTimes({ ...times, [key]: event.currentTarget.value.normalize('NFKC').trim() })} />}</Field>;
  return <section class="sk-card" aria-labelledby="absence-new"><h2 id="absence-new">{t('ui.absence.new')}</h2><p>{t('ui.absence.how')}</p>
    {done && <Notice kind="good"><p>{t('ui.absence.done')}</p></Notice>}<Summary errors={errors} at={at} /><ErrorNote error={error} />
    <form onSubmit={(event) => void save(event)} onKeyDown={guardEnter} noValidate>
      <div class="sk-span"><div><DateBoxes id="absence-from" legend={t('ui.absence.from')} help={t('ui.field.date_help')} value={from} set={setFrom} error={wrong('absence-from')} />{time('from')}</div>
        <div><DateBoxes id="absence-until" legend={t('ui.absence.until')} help="" value={until} set={setUntil} error={wrong('absence-until')} />{time('until')}</div></div>
      <fieldset class="sk-fieldset"><legend>{t('ui.absence.reason')}</legend>{wrong('absence-reason-leave') && <p class="sk-field__error">× {wrong('absence-reason-leave')}</p>}<div class="sk-row">{REASONS.map((one) => <label class="sk-radio" key={one}><input type="radio" id={`absence-reason-${one}`} name="absence-reason" value={one} checked={reason === one} onChange={() => setReason(one)} /> {t(`ui.absence.reason.${one}`)}</label>)}</div></fieldset>
      {manager && <Field id="absence-person" label={t('ui.absence.person')} help={t('ui.absence.person_help')}>{(attributes) => <input {...attributes} class="sk-input sk-input--short" autoComplete="off" value={person} onInput={(event) => setPerson(event.currentTarget.value)} />}</Field>}
      <p class="sk-buttons"><button type="submit" id="absence-save" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined}>{t('ui.absence.save')}</button></p></form></section>;
}

function List({ rows, put }: { rows: Row[]; put: (rows: Row[]) => void }) {
  const [sure, setSure] = useState('');
  const [error, setError] = useState<unknown>(null);
  const now = Date.now() * 1000;
  const end = async (row: Row) => {
    if (sure !== row.id) { setSure(row.id); return; }
    setError(null);
    try { put((await post<{ absences: Row[] }>(`absence/${encodeURIComponent(row.id)}/end`)).absences); setSure(''); focusH1(); } catch (failure) { setError(failure); }
  };
  const name = t('ui.absence.list');
  const sorted = [...rows].sort((a, b) => b.from - a.from);
  return <section aria-labelledby="absences"><h2 id="absences">{name}</h2><ErrorNote error={error} />
    {rows.length === 0 ? <p>{t('ui.absence.none')}</p> : <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
      <thead><tr><th scope="col">{t('ui.word.name')}</th><th scope="col">{t('ui.absence.from')}</th><th scope="col">{t('ui.absence.until')}</th><th scope="col">{t('ui.absence.reason')}</th><th scope="col">{t('ui.word.state')}</th><th scope="col">{t('ui.word.action')}</th></tr></thead>
      <tbody>{sorted.map((row) => { const state = row.until <= now ? 'closed' : row.from <= now ? 'running' : 'open'; return <tr key={row.id} data-absence={row.id}><th scope="row">{row.person.name}{row.entered_by && row.entered_by !== row.person.name && <small class="sk-block">{t('ui.absence.by', { who: row.entered_by })}</small>}</th>
        <td><When at={row.from} short /></td><td><When at={row.until} short /></td><td>{first([`ui.absence.reason.${row.reason}`, row.reason])}</td><td><Chip state={state} word={t(`ui.absence.state.${state}`)} /></td>
        <td>{state === 'closed' ? '－' : <button type="button" class="sk-button sk-button--small" data-end={row.id} onClick={() => void end(row)}>{t(sure === row.id ? 'ui.absence.end_sure' : state === 'open' ? 'ui.absence.cancel' : 'ui.absence.end')}</button>}</td></tr>; })}</tbody></table></Region>}</section>;
}

export function AbsencePage() {
  const asked = useData<{ absences: Row[] }>('absence');
  const put = (absences: Row[]) => asked.put({ absences });
  return <><H1>{t('ui.page.absence.title')}</H1><p>{t('ui.absence.intro')} <A href="/register/deputy">{t('ui.absence.deputies')}</A></p>
    <Enter put={put} />
    <Await of={asked} missing={<p>{t('ui.error.not_found')}</p>}>{(data) => <List rows={data.absences} put={put} />}</Await></>;
}
