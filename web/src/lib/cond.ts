// Conditions of register files, as the server sends them (src/format/cond/cond.h, cond_json): nested
// arrays. The page only hints with them: what may be seen or saved is judged by the server. Both sides
// run tests/corpus/condition/vectors.jsonl. A tree this page does not understand is `null`: no hint.
import { ordinal, readDay } from './wareki';

export type Tree = unknown;
export type Fields = Record<string, unknown>;
export interface Moment { today: number; now: number; fy: number; state?: string; me?: number[]; mine?: number[]; below?: number[]; rank?: (code: string) => number | null }

type Plain = number | string | null;
type Term = unknown[];
interface Asked { fields: Fields; row: Fields | null; at: Moment }

const DAY_US = 86_400_000_000;
const MOST = 1e14;
class Unknown extends Error {}
const head = (term: unknown): string => (Array.isArray(term) && typeof term[0] === 'string' ? term[0] : '');
const text = (value: unknown) => { if (typeof value !== 'string') throw new Unknown(); return value; };

export function dayNumber(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const read = /^\d{4}-\d{2}-\d{2}$/.test(value) ? readDay(value) : null;
  return read && 'ok' in read ? ordinal(read.ok) : null;
}

function fits(type: string, value: unknown): Plain {
  if (value === null || value === undefined || value === '') return null;
  if (type === 'number') return typeof value === 'number' && Math.abs(value) <= MOST ? value : null;
  if (type === 'flag') return typeof value === 'boolean' ? Number(value) : null;
  if (type === 'date') return dayNumber(value);
  if (type === 'time') {
    const at = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) * 1000 : NaN;
    return Number.isFinite(at) && at >= 0 ? at : null;
  }
  if (type === 'person' || type === 'section' || type === 'post') { const id = Number(value); return Number.isFinite(id) ? id : null; }
  return typeof value === 'string' ? value : null;
}

function find(asked: Asked, path: string[]): unknown {
  const out = path[0] === 'parent';
  let value: unknown = out || !asked.row ? asked.fields : asked.row;
  for (const part of out ? path.slice(1) : path) {
    if (part === 'state' && value === asked.fields && !(part in asked.fields)) return asked.at.state;
    value = value && typeof value === 'object' && !Array.isArray(value) ? (value as Fields)[part] : undefined;
  }
  return value;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const path = (term: unknown, from: number) => { if (!Array.isArray(term)) throw new Unknown(); return term.slice(from).map(text); };

function months(day: number, count: number): number {
  const at = new Date(day * 86_400_000);
  const month = at.getUTCFullYear() * 12 + at.getUTCMonth() + count;
  // Years below 100 mean 1900 and more to Date.UTC, so the year is set apart.
  const to = new Date(0);
  const [y, m] = [Math.floor(month / 12), ((month % 12) + 12) % 12];
  to.setUTCFullYear(y, m + 1, 0);
  const most = to.getUTCDate();
  to.setUTCFullYear(y, m, Math.min(at.getUTCDate(), most));
  return Math.round(to.getTime() / 86_400_000);
}

function business(day: number, count: number): number {
  const step = count < 0 ? -1 : 1;
  let at = day;
  for (let left = Math.abs(count); left > 0;) {
    at += step;
    const weekday = (((at + 4) % 7) + 7) % 7;
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return at;
}

function moveDay(day: number, count: number, unit: string): number {
  if (unit === 'd') return day + count;
  if (unit === 'bd') return business(day, count);
  if (unit === 'm') return months(day, count);
  if (unit === 'y') return months(day, count * 12);
  throw new Unknown();
}

function moveTime(us: number, count: number, unit: string): number {
  if (unit === 'h' || unit === 'd' || count === 0) return us + count * (unit === 'h' ? DAY_US / 24 : DAY_US);
  const local = us + 9 * (DAY_US / 24);
  const day = Math.floor(local / DAY_US);
  const moved = moveDay(day, count, unit);
  const bent = unit === 'bd' ? business(business(day, 1), -1) !== day : new Date(day * 86_400_000).getUTCDate() !== new Date(moved * 86_400_000).getUTCDate();
  const rest = bent ? (unit === 'bd' && count < 0 ? 0 : DAY_US - 1) : local - day * DAY_US;
  return moved * DAY_US + rest - 9 * (DAY_US / 24);
}

// What a term counts in: days, microseconds, or neither.
function measure(term: unknown): string {
  if (head(term) === 'name') return String((term as Term)[1]);
  if (head(term) === 'date') return 'date';
  if (head(term) === 'know') return (term as Term)[1] === 'today' ? 'date' : (term as Term)[1] === 'now' ? 'time' : '';
  return head(term) === 'sum' && Array.isArray((term as Term)[1]) ? measure((term as Term)[1]) : '';
}

function one(asked: Asked, term: Term, timed: boolean): Plain {
  const { at } = asked;
  switch (head(term)) {
    case 'number': case 'date': return Number(term[1]);
    case 'flag': return Number(Boolean(term[1]));
    case 'text': case 'code': return text(term[1]);
    case 'duration': {
      if (term[2] !== 'h' && term[2] !== 'd') throw new Unknown();
      return Number(term[1]) * (timed ? (term[2] === 'h' ? DAY_US / 24 : DAY_US) : 1);
    }
    case 'know': return term[1] === 'today' ? at.today : term[1] === 'now' ? at.now : term[1] === 'fy_now' ? at.fy : idsOf(asked, term)?.[0] ?? null;
    case 'name': return fits(text(term[1]), find(asked, path(term, 2)));
    case 'rank': { const code = fits('class', find(asked, path(term, 1))); const rank = code === null ? null : at.rank?.(String(code)); return rank === undefined ? null : rank; }
    case 'count': return list(find(asked, path(term, 1))).length;
    case 'sum': case 'min': case 'max': return total(asked, term);
    default: throw new Unknown();
  }
}

function total(asked: Asked, term: Term): Plain {
  const column = text(term[term.length - 1]);
  const rows = list(find(asked, term.slice(1, -1).map(text)));
  // The column's type is not told: days come as text, numbers as numbers.
  const values = rows.map((row) => (row as Fields)?.[column]).map((value) => (typeof value === 'string' ? dayNumber(value) : fits('number', value))).filter((value): value is number => typeof value === 'number');
  if (head(term) === 'sum') return values.reduce((sum, value) => sum + value, 0);
  return values.length ? values.reduce((best, value) => ((head(term) === 'min' ? value < best : value > best) ? value : best)) : null;
}

function sum(asked: Asked, term: unknown, timed: boolean): Plain {
  if (!Array.isArray(term)) throw new Unknown();
  if (head(term) !== 'sum' || !Array.isArray(term[1])) return one(asked, term, timed);
  const rest = term.slice(2) as Term[];
  let value = one(asked, term[1] as Term, timed);
  for (const [sign, what] of rest as [string, Term][]) {
    const minus = sign === '-' ? -1 : 1;
    if (head(what) === 'duration' && ['date', 'time'].includes(measure(term[1]))) {
      if (typeof value !== 'number') return null;
      value = (measure(term[1]) === 'time' ? moveTime : moveDay)(value, minus * Number(what[1]), text(what[2]));
      continue;
    }
    const more = one(asked, what, timed);
    value = typeof value === 'number' && typeof more === 'number' ? value + minus * more : null;
  }
  return value;
}

function idsOf({ at }: Asked, term: unknown): number[] | null {
  if (head(term) !== 'know') return null;
  const name = (term as Term)[1];
  return name === 'me' ? at.me ?? [] : name === 'mine' ? at.mine ?? [] : name === 'below' ? at.below ?? [] : null;
}

// Texts compare by bytes of UTF-8, which is the order of code points.
function order(a: Plain, b: Plain): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [[...String(a)], [...String(b)]];
  for (let n = 0; n < Math.min(left.length, right.length); n++) {
    const by = (left[n]?.codePointAt(0) ?? 0) - (right[n]?.codePointAt(0) ?? 0);
    if (by) return by;
  }
  return left.length - right.length;
}
const OPS: Record<string, (by: number) => boolean> = { '=': (n) => n === 0, '!=': (n) => n !== 0, '<': (n) => n < 0, '<=': (n) => n <= 0, '>': (n) => n > 0, '>=': (n) => n >= 0 };

function compare(asked: Asked, [op, left, right]: Term): boolean {
  const timed = measure(left) === 'time' || measure(right) === 'time';
  const [a, b] = [sum(asked, left, timed), sum(asked, right, timed)];
  if (a === null || b === null) return false;
  const ids = idsOf(asked, left) ?? idsOf(asked, right);
  if (ids) return ids.includes(Number(idsOf(asked, left) ? b : a)) === (op === '=');
  return (OPS[op as string] as (by: number) => boolean)(order(a, b));
}

function inList(asked: Asked, value: Plain, term: unknown, ids: number[] | null): boolean {
  const known = idsOf(asked, term);
  if (known) return known.includes(Number(value));
  if (head(term) !== 'name') throw new Unknown();
  const type = text((term as Term)[1]);
  return list(find(asked, path(term, 2))).map((each) => fits(type, each)).some((each) => each !== null && (ids ? ids.includes(Number(each)) : order(each, value) === 0));
}

function test(asked: Asked, tree: Term): boolean {
  const [op, left, right] = tree;
  if (typeof op === 'string' && op in OPS) return compare(asked, tree);
  if (op === 'true') return sum(asked, left, false) === 1;
  if (op === 'empty') {
    const value = head(left) === 'name' ? find(asked, path(left, 2)) : undefined;
    if (Array.isArray(value)) return value.length === 0;
    return sum(asked, left, false) === null;
  }
  if (op === 'starts') {
    const [a, b] = [sum(asked, left, false), sum(asked, right, false)];
    return typeof a === 'string' && typeof b === 'string' && a.startsWith(b);
  }
  if (op === 'in' || op === 'not in') {
    const value = sum(asked, left, false);
    if (value === null) return false;
    const constants = Array.isArray(right) && Array.isArray(right[0]);
    const found = constants ? (right as Term[]).some((each) => idsOf(asked, each)?.includes(Number(value)) ?? order(one(asked, each, false), value) === 0) : inList(asked, value, right, idsOf(asked, left));
    return found === (op === 'in');
  }
  if (op === 'has') {
    const value = sum(asked, right, false);
    return value !== null && inList(asked, value, left, idsOf(asked, right));
  }
  throw new Unknown();
}

function holdsIn(asked: Asked, tree: Tree): boolean {
  if (!Array.isArray(tree)) throw new Unknown();
  const [op, first, second] = tree as Term;
  if (op === 'and') return tree.slice(1).every((each) => holdsIn(asked, each));
  if (op === 'or') return tree.slice(1).some((each) => holdsIn(asked, each));
  if (op === 'not') return !holdsIn(asked, first);
  if (op === 'any' || op === 'all') {
    const rows = list(find(asked, path(first, 2))).map((row) => ({ ...asked, row: (row ?? {}) as Fields }));
    return op === 'any' ? rows.some((row) => holdsIn(row, second)) : rows.every((row) => holdsIn(row, second));
  }
  return test(asked, tree);
}

// True, false, or null when this page does not understand the condition.
export function holds(tree: Tree, fields: Fields, at: Moment): boolean | null {
  try { return holdsIn({ fields, row: null, at }, tree); } catch (error) { if (error instanceof Unknown) return null; throw error; }
}
