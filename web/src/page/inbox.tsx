// 私の仕事: what waits for me, in groups by day, and the files I can take.
import { useRef, useState } from 'preact/hooks';
import { ApiError, errorText, post } from '../lib/api';
import { useData } from '../lib/data';
import { dateWords, fiscalWords } from '../lib/format';
import { blocking, fits, groups, keyOf, mayBulk, STEPS, type Tile } from '../lib/inbox';
import { composing } from '../lib/ime';
import { both, first, t } from '../lib/messages';
import { nudge } from '../lib/pulse';
import { recordPath } from '../lib/register';
import { go, place } from '../lib/route';
import { use } from '../lib/store';
import type { Inbox as InboxData, Status, Task, Transfer } from '../lib/types';
import { A, Await, Chip, ClauseLink, ErrorNote, focusH1, H1, Notice, Region, style, Until, When } from '../part/bits';
import { TransferTable } from '../part/transfer';

const BULK_MOST = 50;
const TILES = ['decide', 'sent_back', 'late', 'week', 'read'] as const;
// The zones without pages of records lead nowhere.
const lgwan = () => document.documentElement.dataset['zone'] === 'lgwan';
const target = (one: Task) => (one.transfer ? `/transfer/${encodeURIComponent(one.transfer)}` : one.register && lgwan() ? (one.record ? recordPath(one.register, one.record) : one.kind === 'duty' ? `/register/${encodeURIComponent(one.register)}/new` : '') : '');
const titleOf = (one: Task) => both(one.title) || t('ui.inbox.untitled');

function Kind({ one }: { one: Task }) {
  return <>{first([`ui.task.${one.kind}`, one.kind])}{one.for && <small class="sk-block">{t('ui.task.for', { who: one.for })}</small>}{one.step_title && <small class="sk-block">{both(one.step_title)}</small>}</>;
}

function Row({ one, now, marked, mark }: { one: Task; now: number; marked: boolean; mark: ((yes: boolean) => void) | null }) {
  const path = target(one);
  const late = Boolean(one.due && one.due < now);
  const words = titleOf(one);
  return <tr data-task={one.kind} class={marked ? 'sk-marked' : ''}>
    {mark && <td class="sk-tick">{STEPS.includes(one.kind) && <input type="checkbox" class="sk-check" checked={marked} aria-label={t('ui.inbox.select', { title: words })} onChange={(event) => mark(event.currentTarget.checked)} />}</td>}
    <td><Kind one={one} /></td><th scope="row">{path ? <A href={path}>{words}</A> : words}</th>
    <td>{one.applicant ?? '－'}{one.section && <small class="sk-block">{one.section}</small>}</td>
    <td>{typeof one.class === 'string' ? one.class : both(one.class?.label) || '－'}</td>
    <td class={late ? 'sk-bad' : ''}>{late && <><span aria-hidden="true">▲ </span><span class="sk-hidden">{t('ui.record.late')}</span></>}<Until at={one.due} short /></td><td><When at={one.waiting_since} short /></td><td><ClauseLink clause={one.clause} /></td></tr>;
}

function Tasks({ rows, marked, setMarked, ask }: { rows: Task[]; marked: string[]; setMarked: (next: string[]) => void; ask: (what: 'approve' | 'send_back', one: Task) => void }) {
  const body = useRef<HTMLTableElement>(null);
  const now = Date.now() * 1000;
  const grouped = groups(rows, now);
  const flat = grouped.flatMap(([, list]) => list);
  const select = rows.some((one) => one.record && !one.transfer);
  const mark = (one: Task, yes: boolean) => setMarked(yes ? [...marked.filter((key) => key !== keyOf(one)), keyOf(one)] : marked.filter((key) => key !== keyOf(one)));
  // j and k move, x selects, a and r begin a decision (never end one), while the list has the focus.
  const keys = (event: KeyboardEvent) => {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey || !['j', 'k', 'x', 'a', 'r'].includes(event.key)) return;
    if ((event.target as HTMLElement).closest('input:not([type=checkbox]), textarea, select')) return;
    const trs = [...(body.current?.querySelectorAll<HTMLElement>('tr[data-task]') ?? [])];
    const at = trs.findIndex((row) => row.contains(document.activeElement));
    event.preventDefault();
    if (event.key === 'j' || event.key === 'k') { trs[Math.min(trs.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)))]?.querySelector<HTMLElement>('th a')?.focus(); return; }
    const one = flat[at];
    if (!one) return;
    if (event.key === 'x') { if (select && trs[at]?.querySelector('.sk-check')) mark(one, !marked.includes(keyOf(one))); } else ask(event.key === 'a' ? 'approve' : 'send_back', one);
  };
  const name = t('ui.inbox.tasks');
  return <Region name={name}><table class="sk-table sk-tasks" ref={body} onKeyDown={keys}><caption class="sk-hidden">{name}</caption>
    <thead><tr>{select && <td class="sk-tick"><span class="sk-hidden">{t('ui.inbox.selection')}</span></td>}<th scope="col">{t('ui.word.kind')}</th><th scope="col">{t('ui.word.subject')}</th><th scope="col">{t('ui.word.applicant')}</th><th scope="col">{t('ui.word.class')}</th><th scope="col">{t('ui.word.due')}</th><th scope="col">{t('ui.word.waiting_since')}</th><th scope="col">{t('ui.word.clause')}</th></tr></thead>
    {grouped.map(([key, list]) => <tbody key={key} data-group={key}><tr class="sk-tasks__group"><th scope="rowgroup" colSpan={select ? 8 : 7}>{t(`ui.inbox.group.${key}`)} ({list.length})</th></tr>
      {list.map((one) => <Row key={keyOf(one)} one={one} now={now} marked={marked.includes(keyOf(one))} mark={select ? (yes) => mark(one, yes) : null} />)}</tbody>)}</table></Region>;
}

// Several at once: only rows that the server allows together, and only after they were listed again.
function Bulk({ rows, clear, reload }: { rows: Task[]; clear: () => void; reload: () => Promise<void> }) {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ good: number; bad: { title: string; why: string }[] } | null>(null);
  const stop = blocking(rows);
  const run = async () => {
    if (busy) return;
    setBusy(true);
    const bad: { title: string; why: string }[] = [];
    const sent = rows.filter(mayBulk).slice(0, BULK_MOST);
    try {
      // Each has an answer of its own; what is not answered was not done.
      const { items } = await post<{ items: { id: string; done: boolean; code?: string }[] }>('inbox/approve', { items: sent.map((one) => ({ id: one.record, rev: one.rev, digest: one.digest })) });
      sent.forEach((one, at) => { const answer = items[at]; if (!answer?.done) bad.push({ title: titleOf(one), why: first([`err.${answer?.code ?? ''}`, 'ui.error.forbidden'], { detail: '' }) }); });
      for (const one of rows.slice(sent.length)) bad.push({ title: titleOf(one), why: t('ui.bulk.too_many', { n: BULK_MOST }) });
    } catch (failure) { for (const one of rows) bad.push({ title: titleOf(one), why: errorText(failure) }); }
    setResult({ good: rows.length - bad.length, bad }); setBusy(false); setSure(false);
    clear(); nudge(); focusH1();
    await reload();
  };
  return <>{result && <Notice kind={result.bad.length ? 'warn' : 'good'}><p>{t('ui.bulk.done', { n: result.good })}</p>{result.bad.length > 0 && <ul>{result.bad.map((one, at) => <li key={at}>{one.title}: {one.why}</li>)}</ul>}</Notice>}
    {rows.length > 0 && <div class="sk-bulk" role="group" aria-label={t('ui.bulk.title')}><p aria-live="polite">{t('ui.bulk.selected', { n: rows.length })}</p>
      {stop ? <p data-bulk-why>{t('ui.bulk.barred', { title: titleOf(stop) })}</p> : sure ? <><ul>{rows.map((one) => <li key={keyOf(one)}>{titleOf(one)} ({one.applicant})</li>)}</ul><p><button type="button" id="bulk-go" class="sk-button sk-button--main" aria-disabled={busy ? 'true' : undefined} onClick={() => void run()}>{t('ui.bulk.go', { n: rows.length })}</button></p></>
        : <button type="button" id="bulk-ask" class="sk-button" onClick={() => setSure(true)}>{t('ui.bulk.ask', { n: rows.length })}</button>}
      <button type="button" class="sk-button sk-button--small" onClick={clear}>{t('ui.bulk.clear')}</button></div>}</>;
}

function Ready() {
  const asked = useData<{ transfers: Transfer[] }>('transfers?box=incoming');
  return <section aria-labelledby="ready"><h2 id="ready">{t('ui.inbox.ready')}</h2>
    <Await of={asked}>{(data) => {
      const rows = data.transfers.filter((one) => one.state === 'ready');
      return rows.length ? <TransferTable rows={rows} caption={t('ui.inbox.ready')} person="sender" /> : <p>{t('ui.inbox.ready_none')}</p>;
    }}</Await></section>;
}

function Gate() {
  const asked = useData<Status>('status');
  if (asked.error && !asked.data) return <ErrorNote error={asked.error} retry={() => void asked.reload()} />;
  if (!asked.data) return null;
  const { queue, scanner, ledger } = asked.data;
  return <section class="sk-card" aria-labelledby="gate"><h2 id="gate">{t('ui.status.title')}</h2><ul class="sk-plain sk-status">
    {queue && <li>{queue.waiting + queue.running === 0 ? t('ui.status.idle') : t('ui.status.queue', { waiting: queue.waiting, running: queue.running })}</li>}
    {scanner && <li>{t('ui.status.scanner')} <Chip state={scanner.state} kind="scanner" /></li>}
    {ledger && <li>{!ledger.up ? t('ui.status.ledger_down') : ledger.behind > 0 ? t('ui.status.behind', { n: ledger.behind }) : t('ui.status.ledger')}</li>}
  </ul></section>;
}

interface NoticeRow { id: string; kind: string; record?: string; register?: string; number?: string | null; title?: { ja: string; en: string } | null; state_title?: { ja: string; en: string } | null; at: number; count?: number; read?: boolean }

// What the clock had to tell; read ones stay until the next visit, so that nothing vanishes under the hand.
function Notices() {
  const asked = useData<{ notices: NoticeRow[]; unread?: number }>('notices');
  const [error, setError] = useState<unknown>(null);
  if (!asked.data) return asked.error && !(asked.error instanceof ApiError && asked.error.status === 404) ? <ErrorNote error={asked.error} /> : null;
  const rows = asked.data.notices.filter((one) => !one.read);
  const read = async () => { setError(null); try { asked.put(await post('notices/read', { ids: rows.slice(0, 10).map((one) => one.id) })); nudge(); } catch (failure) { setError(failure); } };
  return <section class="sk-card" aria-labelledby="notices"><h2 id="notices">{t('ui.notices.title')}</h2><ErrorNote error={error} />{rows.length === 0 ? <p>{t('ui.notices.none')}</p>
    : <><ul class="sk-list">{rows.slice(0, 10).map((one) => { const words = [both(one.title), one.number].filter(Boolean).join(' ') || t('ui.notices.one');
      return <li key={one.id} data-notice={one.kind}>{first([`ui.notices.${one.kind}`, 'ui.notices.one'])}: {one.record && one.register ? <A href={recordPath(one.register, one.record)}>{words}</A> : words} <small class="sk-block"><When at={one.at} short />{(one.count ?? 1) > 1 && ` ${t('ui.notices.count', { n: one.count })}`} {both(one.state_title)}</small></li>; })}</ul>
      {rows.length > 10 && <p class="sk-note">{t('ui.notices.more', { n: rows.length - 10 })}</p>}<p><button type="button" id="notices-read" class="sk-button sk-button--small" onClick={() => void read()}>{t('ui.notices.read')}</button></p></>}</section>;
}

export function Inbox() {
  const asked = useData<InboxData>('inbox');
  const { query } = use(place);
  const [marked, setMarked] = useState<string[]>([]);
  const now = Date.now() * 1000;
  const tile = (TILES as readonly string[]).includes(query.get('show') ?? '') ? query.get('show') as Tile : '';
  const show = (next: Tile) => go(next ? `/?show=${next}` : '/', { keep: true });
  const ask = (what: 'approve' | 'send_back', one: Task) => { const path = target(one); if (path) go(`${path}?do=${what}`); };
  return <><H1 sub={<span class="sk-h1__sub">{dateWords(now, style())} {fiscalWords(now, style())}</span>}>{t('ui.page.inbox.title')}</H1>
    <div class="sk-two"><div class="sk-two__main">
      <Await of={asked}>{(data) => {
        const rows = data.items.filter((one) => fits(one, tile, now));
        const chosen = rows.filter((one) => marked.includes(keyOf(one)));
        // A tile counts the rows it leads to; files sent back are not rows here but drafts of their own.
        const files = (data.counts.sent_back ?? 0) - data.items.filter((one) => one.kind === 'sent_back').length;
        return <>
          <ul class="sk-tiles">{TILES.map((one) => { const n = Math.max(data.items.filter((row) => fits(row, one, now)).length, one === 'sent_back' ? data.counts.sent_back ?? 0 : 0); return <li key={one}><button type="button" class={`sk-tile${one === 'late' && n > 0 ? ' sk-tile--bad' : ''}`} aria-pressed={tile === one} data-tile={one} onClick={() => show(tile === one ? '' : one)}><span class="sk-tile__n">{n}</span> <span>{one === 'late' && n > 0 && <span aria-hidden="true">▲ </span>}{t(`ui.inbox.tile.${one}`)}</span></button></li>; })}</ul>
          <section aria-labelledby="tasks"><h2 id="tasks">{t('ui.inbox.tasks')}</h2><Bulk rows={chosen} clear={() => setMarked([])} reload={asked.reload} />
            {tile === 'sent_back' && files > 0 && <p>{t('ui.inbox.files_back', { n: files })} <A href="/transfer?box=sent">{t('ui.page.transfers.title')}</A></p>}
            {rows.length ? <Tasks rows={rows} marked={marked} setMarked={setMarked} ask={ask} /> : files > 0 && tile === 'sent_back' ? null : <p>{t(tile ? 'ui.inbox.none_here' : 'ui.inbox.empty')}</p>}</section></>;
      }}</Await>
      {lgwan() && <Ready />}
    </div><div class="sk-two__side"><Gate />{lgwan() && <Notices />}</div></div></>;
}
