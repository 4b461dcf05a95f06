// What the pages of the policy share: states, counts, the switch of bodies, versions, the head and
// foot of the printed paper.
import { useEffect, useState } from 'preact/hooks';
import { dayWords, whenWords } from '../lib/format';
import { both, first, has, joined, t } from '../lib/messages';
import { dayOf } from '../lib/policy';
import type { Counts, Named, PartRow, VersionRow } from '../lib/types';
import { A, Chip, docName, style } from './bits';

export const STATES = ['enforced', 'running', 'checked', 'evidenced', 'not_verified', 'open_gap'] as const;

export function CountChips({ counts }: { counts?: Counts | undefined }) {
  const shown = STATES.filter((one) => (counts?.[one] ?? 0) > 0);
  if (!shown.length) return <>－</>;
  return <span class="sk-chips">{shown.map((one) => <Chip key={one} state={one} word={`${t(`ui.state.${one}`)} ${counts?.[one]}`} />)}</span>;
}

// The bodies as tabs; nothing where there is only one.
export function Bodies({ bodies, now, to }: { bodies: Named[]; now: string; to: (body: string) => string }) {
  if (bodies.length < 2) return null;
  return <nav class="sk-noprint" aria-label={t('ui.policy.bodies')}><ul class="sk-tabs">{bodies.map((one) => <li key={one.id}><A href={to(one.id)} current={one.id === now}>{one.name}</A></li>)}</ul></nav>;
}

export function effectiveWords(of: { effective?: string | number | null }): string {
  const day = dayOf(of.effective);
  return day ? t('ui.policy.from_day', { at: dayWords(day, style()) }) : '';
}

// 第1.0版, also where it is printed in brackets; a version that is only a day is said as one.
export function versionName(version: string | undefined): string {
  const bare = (version ?? '').replace(/^[(（]([^()（）]*)[)）]$/, '$1');
  const day = /^\d{4}-\d{2}-\d{2}$/.test(bare) ? dayOf(bare) : null;
  return day ? dayWords(day, style()) : bare;
}

export function versionWords(of: VersionRow): string {
  return joined([versionName(of.version) || t('ui.policy.no_version'), first([`ui.version.${of.state}`, of.state]), effectiveWords(of)].filter(Boolean));
}

export const kindsWords = (kinds: string[] | undefined) => joined((kinds ?? []).map((one) => first([`ui.control_kind.${one}`, one])));

// What answers a part, by its name where it has one: a register, a control, a check …
export function answersWords(of: { by?: string; answers?: PartRow['answers'] }, known: { id: string; title: unknown }[] = []): string {
  const names = (of.answers ?? []).map((one) => {
    const id = typeof one === 'string' ? one : one.id;
    const title = typeof one === 'string' ? undefined : one.title;
    const other = known.find((each) => each.id === id)?.title as Parameters<typeof both>[0];
    return both(title ?? other) || (has(`register.${id}.title`) ? t(`register.${id}.title`) : id);
  });
  const by = t(`ui.by.${of.by || 'none'}`);
  return names.length && of.by !== 'none' ? `${by}: ${joined(names)}` : by;
}

// Only on paper: what it is, of whom, which version, and the day it was printed.
export function PaperHead({ body, title, version, note }: { body: string; title: string; version: string; note?: string }) {
  const [at, setAt] = useState(Date.now() * 1000);
  useEffect(() => { const now = () => setAt(Date.now() * 1000); addEventListener('beforeprint', now); return () => removeEventListener('beforeprint', now); }, []);
  return <div class="sk-paper">
    <p class="sk-paper__title">{joined([body, title].filter(Boolean))}</p>
    <p class="sk-paper__line">{[version && `${t('ui.policy.version')} ${version}`, note, t('ui.policy.printed', { at: whenWords(at, style()) })].filter(Boolean).join(' / ')}</p></div>;
}

export function PrintButton() { return <button type="button" class="sk-button sk-button--small sk-noprint" id="policy-print" onClick={() => window.print()}>{t('ui.policy.print')}</button>; }

// "基本方針" where a document has no title of its own.
export const docTitle = (of: { doc: string; title?: string | null | undefined }) => of.title || docName(of.doc);
