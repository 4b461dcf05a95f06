// 私の仕事: what waits for me, and the files I can take.
import { useRef } from 'preact/hooks';
import { useData } from '../lib/data';
import { dateWords, fiscalWords } from '../lib/format';
import { composing } from '../lib/ime';
import { both, first, t } from '../lib/messages';
import type { Inbox as InboxData, Status, Task, Transfer } from '../lib/types';
import { A, Await, Chip, ClauseLink, ErrorNote, H1, Region, style, When } from '../part/bits';
import { TransferTable } from '../part/transfer';

const TILES = ['decide', 'sent_back', 'late', 'week'] as const;
const target = (one: Task) => (one.transfer ? `/transfer/${encodeURIComponent(one.transfer)}` : '');

function Title({ one }: { one: Task }) {
  const words = both(one.title) || t('ui.inbox.untitled');
  const path = target(one);
  return path ? <A href={path}>{words}</A> : <>{words}</>;
}

function Tasks({ rows }: { rows: Task[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  // j and k move between the rows while the list has the focus; Enter is the link's own.
  const keys = (event: KeyboardEvent) => {
    if (composing(event) || !['j', 'k'].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...(body.current?.querySelectorAll<HTMLElement>('th a') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.min(links.length - 1, Math.max(0, at + (event.key === 'j' ? 1 : -1)))]?.focus();
  };
  const name = t('ui.inbox.tasks');
  return <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption>
    <thead><tr><th scope="col">{t('ui.word.kind')}</th><th scope="col">{t('ui.word.subject')}</th><th scope="col">{t('ui.word.applicant')}</th><th scope="col">{t('ui.word.class')}</th><th scope="col">{t('ui.word.due')}</th><th scope="col">{t('ui.word.waiting_since')}</th><th scope="col">{t('ui.word.clause')}</th></tr></thead>
    <tbody ref={body} onKeyDown={keys}>{rows.map((one, at) => <tr key={`${one.record ?? ''} ${at}`}>
      <td>{first([`ui.task.${one.kind}`, one.kind])}</td><th scope="row"><Title one={one} /></th>
      <td>{one.applicant ?? '－'}{one.section && <small class="sk-block">{one.section}</small>}</td>
      <td>{typeof one.class === 'string' ? one.class : both(one.class?.label) || '－'}</td>
      <td><When at={one.due} short /></td><td><When at={one.waiting_since} short /></td><td><ClauseLink clause={one.clause} /></td>
    </tr>)}</tbody></table></Region>;
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

export function Inbox() {
  const asked = useData<InboxData>('inbox');
  const now = Date.now() * 1000;
  const lgwan = document.documentElement.dataset['zone'] === 'lgwan';
  return <><H1 sub={<span class="sk-h1__sub">{dateWords(now, style())} {fiscalWords(now, style())}</span>}>{t('ui.page.inbox.title')}</H1>
    <div class="sk-two"><div class="sk-two__main">
      <Await of={asked}>{(data) => <>
        <ul class="sk-tiles">{TILES.map((one) => <li key={one} class={`sk-tile${one === 'late' && data.counts[one] > 0 ? ' sk-tile--bad' : ''}`}><span class="sk-tile__n">{data.counts[one] ?? 0}</span> <span>{one === 'late' && data.counts[one] > 0 && <span aria-hidden="true">▲ </span>}{t(`ui.inbox.tile.${one}`)}</span></li>)}</ul>
        <section aria-labelledby="tasks"><h2 id="tasks">{t('ui.inbox.tasks')}</h2>{data.items.length ? <Tasks rows={data.items} /> : <p>{t('ui.inbox.empty')}</p>}</section></>}</Await>
      {lgwan && <Ready />}
    </div><div class="sk-two__side"><Gate /></div></div></>;
}
