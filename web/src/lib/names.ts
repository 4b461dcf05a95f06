// What ids are called. Every answer that carries names teaches them; what is asked by name is found here.
import { get, onAnswer } from './api';
import { both, t, type Both } from './messages';
import { session } from './session';
import { store } from './store';

export type NameKind = 'person' | 'section' | 'post' | 'record';
export const NAMED = ['person', 'section', 'post', 'ref'];
// Keys of other parts than records: they have no list to choose from here.
export const FOREIGN = ['control', 'path', 'account', 'transfer'];
export const kindOf = (type: string): NameKind => (type === 'ref' ? 'record' : type as NameKind);

export interface Known { text: string; register?: string }
export interface Hit { id: string; text: string; note: string; register?: string }

// Rises with each name learnt, so that what is drawn may follow.
export const learnt = store(0);
const known = new Map<string, Known>();
const put = (kind: string, id: string, one: Known) => { if (known.get(`${kind}/${id}`)?.text !== one.text) { known.set(`${kind}/${id}`, one); return true; } return false; };

export function learn(names: Record<string, Record<string, string | { number: string; register: string; title: Both }>>) {
  let fresh = false;
  for (const [kind, list] of Object.entries(names)) {
    for (const [id, one] of Object.entries(list)) fresh = put(kind, id, typeof one === 'string' ? { text: one } : { text: `${both(one.title)} ${one.number || t('ui.word.no_number')}`, register: one.register }) || fresh;
  }
  if (fresh) learnt.set(learnt.get() + 1);
}
export function learnOne(kind: NameKind, hit: Hit) { if (put(kind, hit.id, hit)) learnt.set(learnt.get() + 1); }
export function forget() { known.clear(); learnt.set(learnt.get() + 1); }
export const nameOf = (kind: NameKind, id: string): Known | undefined => known.get(`${kind}/${id}`);

interface NameRow { id: string; name: string; kana: string; code: string; section_name: string; post_name: string }
interface RecordRow { id: string; number?: string | null; register?: string; title?: Both; state_title?: Both; text?: string; owner_name?: string; fields?: Record<string, unknown> }

const words = (row: RecordRow) => row.text || Object.values(row.fields ?? {}).find((one): one is string => typeof one === 'string' && one.length > 1 && !/^[\d-]+$/.test(one)) || '';
const recordHit = (row: RecordRow, register: string): Hit => ({ id: row.id, text: [both(row.title), row.number || t('ui.word.no_number')].filter(Boolean).join(' '), note: [both(row.state_title), row.owner_name, [...words(row)].slice(0, 40).join('')].filter(Boolean).join(' '), register: row.register ?? register });

// Records are found by their words and numbers; before anything is typed the latest are offered.
async function findRecords(register: string, q: string): Promise<{ hits: Hit[]; more: boolean }> {
  const one = register && register !== 'record' ? register : '';
  if (q) {
    const page = await get<{ items: RecordRow[]; more?: boolean }>(`search?q=${encodeURIComponent(q)}`);
    const fits = page.items.filter((row) => !one || row.register === one);
    if (fits.length || !one) return { hits: fits.slice(0, 20).map((row) => recordHit(row, one)), more: fits.length > 20 || page.more === true };
  }
  if (!one) return { hits: [], more: false };
  const page = await get<{ items: RecordRow[]; more?: boolean }>(`registers/${encodeURIComponent(one)}/records?fy=all&sort=-changed&limit=${q ? 100 : 20}`);
  const all = page.items.map((row) => recordHit(row, one));
  const key = q.normalize('NFKC').toLowerCase();
  const fits = q ? all.filter((hit) => `${hit.text} ${hit.note}`.normalize('NFKC').toLowerCase().includes(key)) : all;
  return { hits: fits.slice(0, 20), more: fits.length > 20 || (!q && page.more === true) };
}

export async function find(kind: NameKind, register: string, q: string): Promise<{ hits: Hit[]; more: boolean }> {
  if (kind === 'record') return findRecords(register, q);
  const found = await get<{ names: NameRow[]; more: boolean }>(`names?kind=${kind}&q=${encodeURIComponent(q)}`);
  const beside = (row: NameRow) => (kind === 'person' ? [row.section_name, row.post_name, row.code] : [row.section_name, row.code]).filter(Boolean).join(' ');
  return { hits: found.names.map((row) => ({ id: row.id, text: kind === 'post' ? `${row.section_name} ${row.name}` : row.name, note: beside(row) })), more: found.more };
}

// What was typed and not chosen stands in a box behind this sign: it is no value.
export const TYPED_SIGN = '?';
export const isTyped = (raw: string) => raw.startsWith(TYPED_SIGN);

// Answers with names of ids have an object of objects under `names`; the answer of a search has a list there.
onAnswer((content) => { const names = (content as { names?: unknown } | null)?.names; if (names && typeof names === 'object' && !Array.isArray(names)) learn(names as Parameters<typeof learn>[0]); });
// The next person at this screen does not read what the last one was told.
let last = session.get()?.person.id;
session.watch(() => { const now = session.get()?.person.id; if (now !== last) { last = now; forget(); } });
