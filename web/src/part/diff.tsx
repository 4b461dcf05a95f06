// Two texts of the policy side by side: what went is struck through and marked −, what came is
// underlined and marked ＋, so that colour is not needed to read it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readClause } from '../lib/clause';
import { composing } from '../lib/ime';
import { first, joined, t } from '../lib/messages';
import { sides, type Piece, type Shown } from '../lib/policy';
import type { Diff, DiffPair, DiffSide } from '../lib/types';
import { A, Chip, Notice } from './bits';

export const KINDS = ['changed', 'added', 'removed', 'reworded', 'moved', 'split', 'merged', 'renumbered', 'same'] as const;
const SHOWN = 200;

// Between bodies nothing was added or removed: a clause stands on one side only, and NAMES says whose.
type Apart = [string, string] | null;
const onlyOne = (kind: string, apart: Apart) => Boolean(apart) && (kind === 'added' || kind === 'removed');
const kindState = (kind: string, apart: Apart) => (onlyOne(kind, apart) ? 'diff_only' : `diff_${kind}`);
const kindWord = (kind: string, apart: Apart) => (apart && (kind === 'added' || kind === 'removed') ? t('ui.diff.only', { name: apart[kind === 'added' ? 1 : 0] }) : t(`ui.diff.${kind}`));

export function DiffCounts({ counts, apart = null }: { counts: Record<string, number>; apart?: Apart }) {
  const some = KINDS.filter((one) => (counts[one] ?? 0) > 0);
  return <span class="sk-chips" data-diff-counts>{some.map((one) => <Chip key={one} state={kindState(one, apart)} word={`${kindWord(one, apart)} ${counts[one]}`} />)}</span>;
}

function Pieces({ of, mark }: { of: Piece[]; mark: 'del' | 'ins' }) {
  const Mark = mark;
  return <>{of.map((one, at) => (one.same ? <span key={at}>{one.text}</span>
    : <Mark key={at}><span class="sk-hidden">{t(`ui.diff.${mark}_from`)}</span>{one.text}<span class="sk-hidden">{t(`ui.diff.${mark}_to`)}</span></Mark>))}</>;
}

function Side({ of, other, shown, mark, name }: { of: DiffSide | null; other: DiffSide | null; shown: Shown | null; mark: 'del' | 'ins'; name: string }) {
  const label = of ? readClause(of.label).label : '';
  const moved = other && readClause(other.label).label !== label;
  return <div class={`sk-diff__side sk-diff__side--${mark}`}><p class="sk-diff__name">{name}</p>
    {of && shown ? <><p class="sk-diff__head"><Pieces of={[{ same: !moved, text: label }]} mark={mark} /> <Pieces of={shown.title} mark={mark} /></p>
      {shown.text.length > 0 && <p class="sk-diff__text" lang="ja"><Pieces of={shown.text} mark={mark} /></p>}</> : <p class="sk-note">{t(mark === 'del' ? 'ui.diff.not_before' : 'ui.diff.not_after')}</p>}</div>;
}

function Pair({ pair, at, names, apart }: { pair: DiffPair; at: number; names: [string, string]; apart: Apart }) {
  const found = sides(pair);
  const plain = (pieces: Piece[]) => pieces.map((one) => ({ ...one, same: true }));
  const bare = (one: Shown | null) => one && { title: plain(one.title), text: plain(one.text) };
  const parts = onlyOne(pair.kind, apart) ? { old: bare(found.old), new: bare(found.new) } : found;
  const label = readClause((pair.new ?? pair.old)?.label ?? '').label;
  const fields = (pair.fields ?? []).map((one) => first([`ui.diff.field.${one}`, one]));
  return <article class="sk-diff__pair" data-kind={pair.kind} data-at={at} tabIndex={-1} aria-label={`${label} ${kindWord(pair.kind, apart)}`}>
    <p class="sk-diff__kind"><Chip state={kindState(pair.kind, apart)} word={kindWord(pair.kind, apart)} />{fields.length > 0 && <> {t('ui.diff.fields', { text: joined(fields) })}</>}{pair.recheck && !apart && <> <strong>{t('ui.diff.recheck')}</strong></>}{pair.task && <> <A href={`/register/revision_task/${pair.task}`}>{t('ui.diff.task')}</A></>}</p>
    <div class="sk-diff__sides"><Side of={pair.old} other={pair.new} shown={parts.old} mark="del" name={names[0]} /><Side of={pair.new} other={pair.old} shown={parts.new} mark="ins" name={names[1]} /></div></article>;
}

// The list with its filter; the filter is the caller's, so that it may stand in the address.
export function DiffList({ of, names, kind, setKind, apart = null }: { of: Diff; names: [string, string]; kind: string; setKind: (kind: string) => void; apart?: Apart }) {
  const [most, setMost] = useState(SHOWN);
  const [now, setNow] = useState(-1);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => of.pairs.filter((one) => (kind === 'all' ? true : kind ? one.kind === kind : one.kind !== 'same')), [of, kind]);
  useEffect(() => { setMost(SHOWN); setNow(-1); }, [kind, of]);
  const focus = (at: number) => {
    setNow(at);
    const row = box.current?.querySelector<HTMLElement>(`[data-at="${at}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'start' });
  };
  const move = (step: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, now + step));
    if (at < most) { focus(at); return; }
    setMost(at + SHOWN);
    setTimeout(() => focus(at), 0);
  };
  // n and p only while the list has the focus.
  const keys = (event: KeyboardEvent) => {
    if (composing(event) || event.ctrlKey || event.altKey || event.metaKey || !['n', 'p', 'j', 'k'].includes(event.key)) return;
    event.preventDefault();
    move(event.key === 'n' || event.key === 'j' ? 1 : -1);
  };
  const known = KINDS.filter((one) => (of.counts[one] ?? 0) > 0);
  return <div class="sk-diff">
    <div class="sk-filter sk-noprint"><label for="diff-kind">{t('ui.diff.show')}</label> <select id="diff-kind" class="sk-select" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
      <option value="">{t('ui.diff.only_changes')}</option><option value="all">{t('ui.diff.everything')}</option>{known.map((one) => <option key={one} value={one}>{kindWord(one, apart)} ({of.counts[one]})</option>)}</select>
      {rows.length > 0 && <span class="sk-filter__buttons"><button type="button" class="sk-button sk-button--small" id="diff-prev" onClick={() => move(-1)}>{t('ui.diff.prev')}</button> <button type="button" class="sk-button sk-button--small" id="diff-next" onClick={() => move(1)}>{t('ui.diff.next')}</button>
        <span aria-live="polite">{now >= 0 ? t('ui.diff.at', { n: now + 1, all: rows.length }) : t('ui.diff.n', { n: rows.length })}</span></span>}</div>
    {rows.length === 0 ? <Notice kind="info"><p>{t(kind ? 'ui.diff.none_of_kind' : 'ui.diff.same_text')}</p></Notice>
      : <div class="sk-diff__list" role="region" aria-label={t('ui.diff.list')} tabIndex={0} ref={box} onKeyDown={keys}>{rows.slice(0, most).map((one, at) => <Pair key={at} pair={one} at={at} names={names} apart={apart} />)}</div>}
    {rows.length > most && <p class="sk-noprint"><button type="button" class="sk-button" onClick={() => setMost(most + SHOWN)}>{t('ui.diff.more', { n: rows.length - most })}</button></p>}</div>;
}
