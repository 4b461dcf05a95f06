// Addresses and views of the policy that hold no page: where a clause lives, which clauses a set of
// filters leaves, how two texts are shown side by side, what a candidate says that the clause does not.
import { readClause } from './clause';
import type { ClauseRow, DiffPair, DiffSide, PolicyDoc, Question, VersionRow } from './types';

export interface Where { body: string; version: string }
export interface Filter { chapter: string; role: string; state: string }
export const NO_FILTER: Filter = { chapter: '', role: '', state: '' };
const FILTER_KEYS = ['chapter', 'role', 'state'] as const;

export const whereOf = (query: URLSearchParams): Where => ({ body: query.get('body') ?? '', version: query.get('version') ?? '' });
export const filterOf = (query: URLSearchParams): Filter => ({ chapter: query.get('chapter') ?? '', role: query.get('role') ?? '', state: query.get('state') ?? '' });

// `?a=1&b=2` of what is not empty, in the order given.
export function tail(values: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  const text = query.toString();
  return text ? `?${text}` : '';
}

export const apiPath = (doc: string, where: Where) => `policy/${encodeURIComponent(doc)}${tail({ ...where })}`;

export function docPath(doc: string, where: Where, label = '', filter: Filter = NO_FILTER): string {
  return `/policy/${encodeURIComponent(doc)}${label ? `/${encodeURIComponent(label)}` : ''}${tail({ ...where, ...filter })}`;
}

export const rolesOf = (one: { role?: string[] | string | null }): string[] => (Array.isArray(one.role) ? one.role : one.role ? [one.role] : []);

// The rows above each row, nearest last, as their depths say.
export function ancestry(rows: ClauseRow[]): Map<ClauseRow, ClauseRow[]> {
  const open: ClauseRow[] = [];
  return new Map(rows.map((one) => {
    while (open.length && (open[open.length - 1] as ClauseRow).depth >= one.depth) open.pop();
    const above = [...open];
    open.push(one);
    return [one, above];
  }));
}

export function chaptersOf(rows: ClauseRow[]): ClauseRow[] {
  const top = Math.min(...rows.map((one) => one.depth));
  return rows.filter((one) => one.depth === top && one.kind !== 'term');
}

// What the filters leave: the clauses that fit all of them (`hits`), and with them the titled clauses
// above, so that each is read in its place.
export function narrow(rows: ClauseRow[], filter: Filter, keep?: ClauseRow): { shown: ClauseRow[]; hits: number; on: boolean } {
  if (FILTER_KEYS.every((key) => !filter[key])) return { shown: rows, hits: rows.length, on: false };
  const above = ancestry(rows);
  const fits = (one: ClauseRow) => {
    const chapter = (above.get(one) ?? [])[0] ?? one;
    return (!filter.chapter || chapter.key === filter.chapter || readClause(chapter.label).label === filter.chapter)
      && (!filter.state || one.state === filter.state) && (!filter.role || rolesOf(one).includes(filter.role));
  };
  const hits = rows.filter(fits);
  const shown = new Set<ClauseRow>(hits);
  for (const one of hits) for (const each of above.get(one) ?? []) if (each.title) shown.add(each);
  if (keep) shown.add(keep);
  return { shown: rows.filter((one) => shown.has(one)), hits: hits.length, on: true };
}

export const inForce = (of: PolicyDoc): VersionRow | undefined => of.versions?.find((one) => one.state === 'in_force');

// The two sides of one pair: what only the old has is cut from the new side and the other way round.
// Where titles differ, the spans run over the title, a line break and the text.
export type Piece = { same: boolean; text: string };
export interface Shown { title: Piece[]; text: Piece[] }

function cut(pieces: Piece[], at: number): [Piece[], Piece[]] {
  const out: [Piece[], Piece[]] = [[], []];
  let left = at;
  for (const one of pieces) {
    const [head, rest] = [one.text.slice(0, Math.max(0, left)), one.text.slice(Math.max(0, left))];
    if (head) out[0].push({ same: one.same, text: head });
    if (rest) out[1].push({ same: one.same, text: rest });
    left -= one.text.length;
  }
  return out;
}

function sideOf(of: DiffSide | null, alone: boolean, spans: [string, string][], mark: string): Shown | null {
  if (!of) return null;
  const whole = (text: string | null | undefined, same: boolean): Piece[] => (text ? [{ same, text }] : []);
  const pieces = spans.filter(([kind]) => kind === '=' || kind === mark).map(([kind, text]) => ({ same: kind === '=', text }));
  const full = pieces.map((one) => one.text).join('');
  const title = of.title ?? '';
  if (alone || !pieces.length) return { title: whole(title, !alone), text: whole(of.text, !alone) };
  if (title && full !== (of.text ?? '') && (full === title || full.startsWith(`${title}\n`))) {
    const [head, rest] = cut(pieces, title.length);
    return { title: head, text: cut(rest, 1)[1] };
  }
  return { title: whole(title, true), text: pieces };
}

export function sides(pair: DiffPair): { old: Shown | null; new: Shown | null } {
  const alone = !pair.old || !pair.new;
  const spans = pair.spans ?? [];
  return { old: sideOf(pair.old, alone, spans, '-'), new: sideOf(pair.new, alone, spans, '+') };
}

// Cuts a candidate's title into what also stands in the clause and what does not: a character counts
// as standing there if a pair of neighbours it belongs to does.
export function differing(title: string, clause: string): Piece[] {
  const plain = (text: string) => text.normalize('NFKC').toLowerCase();
  const known = plain(clause);
  const chars = [...title];
  const pair = (at: number) => at >= 0 && at + 1 < chars.length && known.includes(plain(chars[at] as string) + plain(chars[at + 1] as string));
  const out: Piece[] = [];
  chars.forEach((char, at) => {
    const same = /[\s、。・,.()（）「」]/u.test(char) ? out[out.length - 1]?.same ?? true : chars.length === 1 ? known.includes(plain(char)) : pair(at) || pair(at - 1);
    const last = out[out.length - 1];
    if (last && last.same === same) last.text += char; else out.push({ same, text: char });
  });
  return out;
}

// Questions of an import. A settled one keeps what was chosen.
export const isOpen = (one: Question) => !one.chosen;
export function nextOpen(all: Question[], after: string, passed: ReadonlySet<string>): Question | undefined {
  const at = all.findIndex((one) => one.id === after);
  const turned = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  return turned.find((one) => isOpen(one) && !passed.has(one.id)) ?? turned.find((one) => isOpen(one) && one.id !== after) ?? turned.find(isOpen);
}

// The bytes to show around a place of the file: a little before, the place itself, a little after.
export const AROUND = 1500;
export const PLACE_MOST = 60_000;
export function windows(at: [number, number]): [number, number][] {
  const [from, to] = [Math.max(0, at[0]), Math.max(at[0], at[1])];
  const end = Math.min(to, from + PLACE_MOST);
  return [[Math.max(0, from - AROUND), from], [from, end], [end, end + AROUND]];
}

// A version's first day: the API writes days as 2026-04-01, instants as microseconds.
export function dayOf(value: string | number | null | undefined): { y: number; m: number; d: number } | null {
  if (!value) return null;
  if (typeof value === 'number') { const at = new Date(value / 1000 + 9 * 3_600_000); return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() }; }
  const hit = /^(\d{4})-(\d{2})-(\d{2})/.exec(value);
  return hit ? { y: Number(hit[1]), m: Number(hit[2]), d: Number(hit[3]) } : null;
}
