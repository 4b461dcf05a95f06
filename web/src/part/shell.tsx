// What stands around every page: zone band, header, menu, skip link, session and network notices.
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { errorText, lastCall, onSessionEnd } from '../lib/api';
import { span } from '../lib/format';
import { setLang, t } from '../lib/messages';
import { calendar, lang, setCalendar } from '../lib/prefs';
import { pulse } from '../lib/pulse';
import { match, place, type Match, type PageRow } from '../lib/route';
import { askSession, endSession, session, toLogin } from '../lib/session';
import { use } from '../lib/store';
import { A, H1, Loading, Notice } from './bits';

export type PageView = (props: { at: Match; rows: PageRow[] }) => VNode;
export interface Portal { zone: 'internet' | 'lgwan' | 'mynumber'; rows: PageRow[]; pages: Record<string, PageView>; side: boolean }

function Switches() {
  const now = use(lang);
  const era = use(calendar);
  const other = now === 'ja' ? 'en' : 'ja';
  return <>
    <button type="button" class="sk-header__button" onClick={() => setCalendar(era === 'wareki' ? 'seireki' : 'wareki')}
      >{t(`ui.shell.to_${era === 'wareki' ? 'seireki' : 'wareki'}`)}</button>
    <button type="button" class="sk-header__button" lang={other} onClick={() => void setLang(other)}>{other === 'en' ? 'English' : '日本語'}</button>
  </>;
}

function Person() {
  const who = use(session);
  const [error, setError] = useState('');
  if (!who) return null;
  const post = who.posts[0];
  const leave = () => endSession().catch((reason) => setError(errorText(reason)));
  return <>
    <span class="sk-header__person"><A href="/me">{who.person.name}</A>{post && <span class="sk-header__post">{post.section_name} {post.name}</span>}</span>
    <button type="button" class="sk-header__button" onClick={() => void leave()}>{t('ui.act.logout')}</button>
    {error && <span role="alert" class="sk-header__error">{error}</span>}
  </>;
}

function Menu({ rows, path }: { rows: PageRow[]; path: string }) {
  const waiting = use(pulse).waiting;
  const shown = rows.filter((row) => row.menu).sort((a, b) => a.menu - b.menu);
  const under = (row: PageRow) => row.path === path || (row.path !== '/' && path.startsWith(`${row.path}/`));
  return <ul class="sk-menu">{shown.map((row) => <li key={row.path}>
    <A href={row.path} current={under(row)} class="sk-menu__link">{t(row.title)}{row.page === 'inbox' && waiting > 0 && <span class="sk-menu__count" aria-label={t('ui.shell.waiting', { n: waiting })}>{waiting}</span>}</A>
  </li>)}</ul>;
}

function SessionEnd() {
  const who = use(session);
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    if (!who) return undefined;
    const timer = setInterval(() => {
      const idle = who.idle_s ? lastCall + who.idle_s * 1000 - Date.now() : Infinity;
      const whole = who.until ? who.until / 1000 - Date.now() : Infinity;
      const next = Math.min(idle, whole) / 1000;
      setLeft(next < 120 ? Math.max(0, next) : null);
    }, 5000);
    return () => clearInterval(timer);
  }, [who]);
  if (!who || left === null) return null;
  return <Notice kind="warn"><p>{t('ui.shell.ending', { left: span(left, lang.get()) })}</p>
    <p><button type="button" class="sk-button sk-button--small" onClick={() => void askSession().then(() => setLeft(null)).catch(() => {})}>{t('ui.act.continue')}</button></p></Notice>;
}

function NotFound() {
  return <><H1>{t('ui.page.not_found.title')}</H1><p>{t('ui.error.not_found')}</p><p><A href="/">{t('ui.act.to_top')}</A></p></>;
}

function Body({ portal, at }: { portal: Portal; at: Match | null }) {
  const who = use(session);
  const needs = at ? at.row.session : true;
  useEffect(() => { if (who === null && needs) toLogin(''); }, [who, needs]);
  if (needs && !who) return <Loading />;
  const View = at && portal.pages[at.row.page];
  return View ? <View at={at} rows={portal.rows} key={`${at.row.page} ${at.params['doc'] ?? place.get().path}`} /> : <NotFound />;
}

export function App({ portal }: { portal: Portal }) {
  use(lang);
  use(calendar);
  const { path } = use(place);
  const who = use(session);
  const lost = use(pulse).lost;
  const at = match(portal.rows, path);
  const title = t(at ? at.row.title : 'ui.page.not_found.title');
  useEffect(() => { document.title = `${title} | ${t('ui.product')} ${t(`ui.zone.${portal.zone}`)}`; });
  useEffect(() => onSessionEnd(() => { if (session.get()) { session.set(null); toLogin('session'); } }), []);
  const menu: ComponentChildren = who && <nav class="sk-nav" aria-label={t('ui.shell.menu')}><Menu rows={portal.rows} path={path} /></nav>;
  return <div class={`sk-page${portal.side && who ? ' sk-page--side' : ''}`}>
    <a class="sk-skip" href="#app" onClick={(event) => { event.preventDefault(); document.getElementById('app')?.focus(); }}>{t('ui.shell.skip')}</a>
    <header class="sk-header">
      <p class="sk-header__zone">{t(`ui.zone.${portal.zone}`)}</p>
      <p class="sk-header__product"><A href="/">{t('ui.product')}</A>{who && <span class="sk-header__body">{who.body.name}</span>}{who?.demo && <span class="sk-header__demo">{t('ui.shell.demo')}</span>}</p>
      {!portal.side && menu}
      <div class="sk-header__right"><Switches />{!who && <A class="sk-header__link" href="/help">{t('ui.page.help.title')}</A>}<Person /></div>
    </header>
    {portal.side && menu}
    <main id="app" class="sk-main" tabIndex={-1}>
      {lost && <Notice kind="warn"><p>{t('ui.error.net')}</p></Notice>}
      <SessionEnd />
      <Body portal={portal} at={at} />
    </main>
  </div>;
}
