// Small parts every page uses.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError, errorText } from '../lib/api';
import { clausePath, readClause } from '../lib/clause';
import { dueShort, dueWords, isoWhen, whenShort, whenWords } from '../lib/format';
import { has, t } from '../lib/messages';
import { calendar, lang } from '../lib/prefs';
import { go, moves, place } from '../lib/route';
import { use } from '../lib/store';

export const style = () => ({ lang: lang.get(), calendar: calendar.get() });

export function A(props: { href: string; class?: string; children: ComponentChildren; current?: boolean; label?: string }) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(props.href);
  };
  return <a href={props.href} class={props.class} onClick={follow} aria-label={props.label} aria-current={props.current ? 'page' : undefined}>{props.children}</a>;
}

// Where this portal has no policy pages the label stands as text.
export let policyHere = false;
export function setPolicyHere(yes: boolean) { policyHere = yes; }

export function docName(doc: string): string { return has(`ui.doc.${doc}`) ? t(`ui.doc.${doc}`) : doc; }

export function ClauseLink({ clause }: { clause?: string | null | undefined }) {
  if (!clause) return null;
  const { doc, label } = readClause(clause);
  const words = `${doc ? `${docName(doc)} ` : ''}${label}`;
  return policyHere ? <A class="sk-clause" href={clausePath(clause)}>{words}</A> : <span class="sk-clause">{words}</span>;
}

export function Clauses({ list }: { list?: string[] | string | null | undefined }) {
  const all = typeof list === 'string' ? [list] : list ?? [];
  return <>{all.map((one, at) => <span key={one}>{at > 0 && '、'}<ClauseLink clause={one} /></span>)}</>;
}

export function When({ at, short }: { at?: number | null | undefined; short?: boolean }) {
  if (!at) return <>－</>;
  return <time dateTime={isoWhen(at)}>{short ? whenShort(at, style()) : whenWords(at, style())}</time>;
}

// The end of a term, in words that say its last day.
export function Until({ at, short }: { at?: number | null | undefined; short?: boolean }) {
  if (!at) return <>－</>;
  return <time dateTime={isoWhen(at)}>{short ? dueShort(at, style()) : dueWords(at, style())}</time>;
}

// State = shape + word + colour. The colour is the family, the shape is for who cannot see it.
const FAMILY: Record<string, [string, string]> = {
  draft: ['gray', '○'], open: ['gray', '○'], submitted: ['blue', '◐'], received: ['blue', '◐'], scanned: ['blue', '◐'], releasing: ['blue', '◐'],
  waiting: ['yellow', '◆'], ready: ['green', '●'], taken: ['green', '✓'], disarmed: ['green', '✓'], closed: ['gray', '■'],
  rejected: ['red', '×'], infected: ['red', '×'], blocked: ['red', '×'], failed: ['red', '×'], revoked: ['red', '×'], locked: ['yellow', '◇'],
  withdrawn: ['gray', '↩'], expired: ['gray', '■'], sent_back: ['yellow', '↩'],
  rebuilt: ['green', '✓'], inspected: ['green', '✓'],
  enforced: ['green', '●'], running: ['blue', '◆'], checked: ['green', '✓'], evidenced: ['blue', '▣'], not_verified: ['gray', '○'], open_gap: ['red', '▲'],
  pass: ['green', '✓'], fail: ['red', '▲'], unknown: ['gray', '○'],
  up: ['green', '●'], down: ['red', '▲'], none: ['gray', '○'],
  diff_changed: ['red', '▲'], diff_added: ['green', '＋'], diff_removed: ['red', '−'], diff_reworded: ['blue', '≈'], diff_moved: ['blue', '→'],
  diff_split: ['yellow', '＜'], diff_merged: ['yellow', '＞'], diff_renumbered: ['gray', '№'], diff_same: ['gray', '＝'], diff_only: ['blue', '◇'],
  present: ['green', '✓'], weaker: ['yellow', '◇'], absent: ['red', '▲'], delegated: ['blue', '→'], not_loaded: ['gray', '○'], excluded: ['gray', '■'],
  sure: ['green', '●'], likely: ['blue', '◐'], ask: ['yellow', '?'], hand: ['green', '✓'], confirmed: ['green', '✓'], unconfirmed: ['yellow', '○'],
  finding_note: ['gray', 'i'], finding_ask: ['yellow', '?'], finding_error: ['red', '×'],
};

export function Chip({ state, word, kind = 'state' }: { state: string; word?: string; kind?: string }) {
  const [family, shape] = FAMILY[state] ?? ['gray', '○'];
  const key = `ui.${kind}.${state}`;
  return <span class={`sk-chip sk-chip--${family}`}><span aria-hidden="true">{shape}</span> {word ?? (has(key) ? t(key) : state)}</span>;
}

export function Notice({ kind, children, title }: { kind: 'good' | 'bad' | 'info' | 'warn'; children: ComponentChildren; title?: string }) {
  const shape = { good: '✓', bad: '×', info: 'i', warn: '!' }[kind];
  return <div class={`sk-notice sk-notice--${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
    <span class="sk-notice__shape" aria-hidden="true">{shape}</span>
    <div class="sk-notice__text">{title && <p class="sk-notice__title">{title}</p>}{children}</div>
  </div>;
}

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const clause = error instanceof ApiError ? error.clause : '';
  return <Notice kind="bad">
    <p>{errorText(error)}{clause && <> ({t('ui.word.ground')} <ClauseLink clause={clause} />)</>}</p>
    {retry && <p><button type="button" class="sk-button sk-button--small" onClick={retry}>{t('ui.act.again')}</button></p>}
  </Notice>;
}

export function Loading() { return <p class="sk-loading" role="status">{t('ui.word.loading')}</p>; }

// The content of a page that waits for its data: loading, error, then the page; an error beside old
// data keeps the data.
export function Await<T>({ of, children, missing, title }: { of: { data: T | null; error: unknown; reload(): Promise<void> }; children: (data: T) => ComponentChildren; missing?: ComponentChildren; title?: string }) {
  if (of.data === null) {
    if (missing && of.error instanceof ApiError && of.error.status === 404) return <>{missing}</>;
    return <>{title && <H1>{title}</H1>}{of.error ? <ErrorNote error={of.error} retry={() => void of.reload()} /> : <Loading />}</>;
  }
  return <>{of.error ? <ErrorNote error={of.error} retry={() => void of.reload()} /> : null}{children(of.data)}</>;
}

// The h1 takes the focus after a move inside the portal, so that a screen reader reads the page.
export function H1({ children, sub }: { children: ComponentChildren; sub?: ComponentChildren }) {
  const head = useRef<HTMLHeadingElement>(null);
  use(place);
  // Before anything is drawn, so that the focus is never taken from a reader who is already further.
  useLayoutEffect(() => {
    // The heading shown while loading had it and is gone: this one is its successor.
    const orphaned = moves > 0 && document.activeElement === document.body;
    if (seen === moves && !orphaned) return;
    seen = moves;
    head.current?.focus({ preventScroll: true });
  }, [moves]);
  return <div class="sk-h1"><h1 tabIndex={-1} ref={head}>{children}</h1>{sub}</div>;
}
let seen = 0;

export function focusH1() { document.querySelector<HTMLElement>('h1')?.focus(); }

// A table that scrolls inside its own region where the page is narrow.
export function Region({ name, children }: { name: string; children: ComponentChildren }) {
  return <div class="sk-region" role="region" aria-label={name} tabIndex={0}>{children}</div>;
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return <dl class="sk-facts">{rows.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)
    .map(([name, value]) => <div class="sk-facts__row" key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

export function Hash({ value }: { value?: string | null | undefined }) {
  const [done, setDone] = useState(false);
  if (!value) return <>－</>;
  const copy = async () => {
    try { await navigator.clipboard.writeText(value); setDone(true); setTimeout(() => setDone(false), 2000); } catch { setDone(false); }
  };
  return <span class="sk-hash"><code title={value}>{value.slice(0, 16)}…</code>{' '}
    <button type="button" class="sk-button sk-button--text" onClick={() => void copy()} aria-label={t('ui.act.copy_hash')}>{done ? t('ui.word.copied') : t('ui.act.copy')}</button></span>;
}

export function Why({ text, clause }: { text: string; clause?: ComponentChildren }) {
  return <details class="sk-why"><summary>{t('ui.act.why')}</summary><p>{text}{clause && <> ({t('ui.word.ground')} {clause})</>}</p></details>;
}

export interface FieldAttributes { id: string; 'aria-describedby'?: string; 'aria-invalid'?: 'true' }

export function Field(props: { id: string; label: string; required?: boolean; help?: ComponentChildren; error?: string | undefined; children: (attributes: FieldAttributes) => ComponentChildren }) {
  const described = [props.help ? `${props.id}-help` : '', props.error ? `${props.id}-error` : ''].filter(Boolean).join(' ');
  return <div class={`sk-field${props.error ? ' sk-field--bad' : ''}`}>
    <label class="sk-field__label" for={props.id}>{props.label}{props.required && <Must />}</label>
    {props.error && <p class="sk-field__error" id={`${props.id}-error`}><span aria-hidden="true">× </span>{props.error}</p>}
    {props.children({ id: props.id, ...(described ? { 'aria-describedby': described } : {}), ...(props.error ? { 'aria-invalid': 'true' as const } : {}) })}
    {props.help && <p class="sk-field__help" id={`${props.id}-help`}>{props.help}</p>}
  </div>;
}

export function Must() { return <span class="sk-must">{t('ui.word.required')}</span>; }

// The list of what has to be put right, on top of the form; its links lead to the fields.
export function Summary({ errors, at }: { errors: { id: string; text: string }[]; at: unknown }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { if (errors.length) box.current?.focus(); }, [at]);
  if (!errors.length) return null;
  return <div class="sk-notice sk-notice--bad" role="alert" tabIndex={-1} ref={box}>
    <span class="sk-notice__shape" aria-hidden="true">×</span>
    <div class="sk-notice__text"><p class="sk-notice__title">{t('ui.form.fix', { n: errors.length })}</p>
      <ul>{errors.map((one) => <li key={one.id}><a href={`#${one.id}`} onClick={(event) => { event.preventDefault(); document.getElementById(one.id)?.focus(); }}>{one.text}</a></li>)}</ul></div>
  </div>;
}
