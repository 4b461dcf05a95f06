// Choosing a person, section, post or record by name: a box with a list under it (WAI-ARIA combobox). Nothing
// is asked while a word is being composed, and what was typed but not chosen is no value.
import { useEffect, useRef, useState } from 'preact/hooks';
import { errorText } from '../lib/api';
import { composing } from '../lib/ime';
import { t } from '../lib/messages';
import { find, isTyped, learnOne, learnt, nameOf, TYPED_SIGN, type Hit, type NameKind } from '../lib/names';
import { use } from '../lib/store';

const WAIT_MS = 200;

export interface PickProps { id: string; kind: NameKind; register?: string; value: string; set: (next: string) => void; label?: string; described?: string | undefined; invalid?: boolean }
interface List { hits: Hit[]; more: boolean; error: string; of: string }

// What stands in the box for VALUE.
const shown = (kind: NameKind, value: string) => (isTyped(value) ? value.slice(TYPED_SIGN.length) : value ? nameOf(kind, value)?.text ?? value : '');

export function Pick(props: PickProps) {
  const { id, kind, value } = props;
  use(learnt);
  const [list, setList] = useState<List | null>(null);
  const [at, setAt] = useState(-1);
  const timer = useRef(0);
  const turn = useRef(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => () => { clearTimeout(timer.current); turn.current += 1; }, []);
  const open = list !== null;
  const close = () => { clearTimeout(timer.current); turn.current += 1; setList(null); setAt(-1); };
  const look = async (q: string) => {
    const mine = ++turn.current;
    try { const found = await find(kind, props.register ?? '', q.trim()); if (mine === turn.current) { setList({ ...found, error: '', of: q }); setAt(-1); } }
    catch (failure) { if (mine === turn.current) { setList({ hits: [], more: false, error: errorText(failure), of: q }); setAt(-1); } }
  };
  const soon = (q: string) => { clearTimeout(timer.current); timer.current = window.setTimeout(() => void look(q), WAIT_MS); };
  const type = (text: string, busy: boolean) => {
    props.set(text.trim() ? TYPED_SIGN + text : '');
    if (!busy) { if (text.trim()) soon(text); else close(); }
  };
  const choose = (hit: Hit) => { learnOne(kind, hit); props.set(hit.id); close(); input.current?.focus(); };
  const move = (step: number) => { const n = list?.hits.length ?? 0; if (n) { const next = at < 0 ? (step > 0 ? 0 : n - 1) : (at + step + n) % n; setAt(next); document.getElementById(`${id}-o${next}`)?.scrollIntoView({ block: 'nearest' }); } };
  const keys = (event: KeyboardEvent) => {
    if (composing(event)) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); if (open) move(event.key === 'ArrowDown' ? 1 : -1); else void look(isTyped(value) ? shown(kind, value) : ''); }
    else if (event.key === 'Enter' && open) { event.preventDefault(); const hit = list.hits[at]; if (hit) choose(hit); }
    else if (event.key === 'Escape' && open) { event.preventDefault(); event.stopPropagation(); close(); }
  };
  // The whole name or code of just one is as good as choosing it.
  const leave = () => {
    const exact = isTyped(value) && list?.of === shown(kind, value) ? list.hits.filter((hit) => [hit.text, ...hit.note.split(' ')].includes(shown(kind, value).normalize('NFKC').trim())) : [];
    close();
    if (exact.length === 1 && exact[0]) { learnOne(kind, exact[0]); props.set(exact[0].id); }
  };
  const status = !open ? '' : list.error ? list.error : list.hits.length === 0 ? t('ui.pick.none') : t(list.more ? 'ui.pick.more' : 'ui.pick.found', { n: list.hits.length });
  return <span class="sk-pick">
    <input ref={input} id={id} class="sk-input sk-input--mid" role="combobox" aria-expanded={open} aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={at >= 0 ? `${id}-o${at}` : undefined} aria-label={props.label} aria-describedby={props.described} aria-invalid={props.invalid ? 'true' : undefined}
      autoComplete="off" spellcheck={false} value={shown(kind, value)} data-picked={value && !isTyped(value) ? value : undefined}
      onInput={(event) => type(event.currentTarget.value, (event as InputEvent).isComposing)} onCompositionEnd={(event) => soon(event.currentTarget.value)} onKeyDown={keys} onBlur={leave} onClick={() => { if (!open && !value) void look(''); }} />
    <ul id={`${id}-list`} class="sk-pick__list" role="listbox" aria-label={props.label ?? t('ui.pick.list')} hidden={!open || list.hits.length === 0}>
      {list?.hits.map((hit, n) => <li key={hit.id} id={`${id}-o${n}`} role="option" aria-selected={n === at} data-id={hit.id} onMouseDown={(event) => event.preventDefault()} onClick={() => choose(hit)}>{hit.text}<small class="sk-block">{hit.note}</small></li>)}</ul>
    <small class="sk-pick__status" role="status">{status}</small></span>;
}

// Several: what was chosen stands above the box and can be taken out again.
export function PickMany(props: Omit<PickProps, 'value' | 'set'> & { value: string[]; set: (next: string[]) => void }) {
  use(learnt);
  const { value, set, ...rest } = props;
  const chosen = value.filter((one) => !isTyped(one));
  const typed = value.find(isTyped) ?? '';
  const put = (next: string) => set(next === '' ? chosen : isTyped(next) ? [...chosen, next] : chosen.includes(next) ? chosen : [...chosen, next]);
  return <>{chosen.length > 0 && <ul class="sk-picked">{chosen.map((one) => { const name = nameOf(props.kind, one)?.text ?? one; return <li key={one}>{name} <button type="button" class="sk-button sk-button--small" aria-label={t('ui.pick.drop_one', { name })} onClick={() => { set(value.filter((each) => each !== one)); document.getElementById(props.id)?.focus(); }}>{t('ui.pick.drop')}</button></li>; })}</ul>}
    <Pick {...rest} value={typed} set={put} /></>;
}
