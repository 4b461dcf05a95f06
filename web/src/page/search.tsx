// Records whose words match, over all registers I may read.
import { useState } from 'preact/hooks';
import { ApiError } from '../lib/api';
import { useData } from '../lib/data';
import { guardEnter } from '../lib/ime';
import { both, t } from '../lib/messages';
import { recordPath } from '../lib/register';
import { go, place } from '../lib/route';
import { use } from '../lib/store';
import { A, Await, H1, Region, When } from '../part/bits';
import { NotYet, RecordChip } from '../part/value';

interface Hit { id: string; register: string; number?: string | null; title?: { ja: string; en: string } | string; state?: string; state_title?: { ja: string; en: string } | string; changed?: number; field_title?: { ja: string; en: string } | string; text?: unknown }

function Hits({ q }: { q: string }) {
  const asked = useData<{ items: Hit[]; more?: boolean }>(`search?q=${encodeURIComponent(q)}`);
  if (asked.error instanceof ApiError && asked.error.status === 404) return <NotYet what={t('ui.search.what')} />;
  const name = t('ui.search.results', { q });
  return <Await of={asked}>{(data) => (data.items.length === 0 ? <p data-empty>{t('ui.search.none', { q })}</p> : <><p aria-live="polite">{t(data.more ? 'ui.search.count_more' : 'ui.search.count', { n: data.items.length })}</p>
    <Region name={name}><table class="sk-table"><caption class="sk-hidden">{name}</caption><thead><tr><th scope="col">{t('ui.word.number')}</th><th scope="col">{t('ui.registers.register')}</th><th scope="col">{t('ui.word.subject')}</th><th scope="col">{t('ui.word.state')}</th><th scope="col">{t('ui.record.changed')}</th></tr></thead>
      <tbody>{data.items.map((one) => <tr key={one.id}><th scope="row" class="sk-number"><A href={recordPath(one.register, one.id)}>{one.number || t('ui.word.no_number')}</A></th><td>{both(one.title) || one.register}</td><td>{typeof one.text === 'string' ? <>{one.field_title && <small class="sk-block">{both(one.field_title)}</small>}{one.text}</> : '－'}</td><td>{one.state ? <RecordChip state={one.state} title={both(one.state_title)} /> : '－'}</td><td><When at={one.changed} short /></td></tr>)}</tbody></table></Region></>)}</Await>;
}

export function SearchPage() {
  const { query } = use(place);
  const q = (query.get('q') ?? '').trim();
  const [typed, setTyped] = useState(q);
  const submit = (event: Event) => { event.preventDefault(); if (typed.trim()) go(`/search?q=${encodeURIComponent(typed.trim())}`, { keep: true }); };
  return <><H1>{t('ui.page.search.title')}</H1><p>{t('ui.search.intro')}</p>
    <form class="sk-beside" role="search" onSubmit={submit} onKeyDown={guardEnter}><label for="search-q">{t('ui.search.words')}</label> <input id="search-q" class="sk-input sk-input--mid" maxLength={100} autoComplete="off" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} /> <button type="submit" id="search-go" class="sk-button">{t('ui.search.go')}</button></form>
    {q && <Hits key={q} q={q} />}</>;
}
