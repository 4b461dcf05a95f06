// What the inbox shows in which order: filters of the tiles, groups by due day, and which rows may be
// approved together.
import type { Task } from './types';
import { clock, ordinal } from './wareki';

export type Tile = '' | 'decide' | 'read' | 'sent_back' | 'late' | 'week';
export const STEPS = ['consult', 'approve', 'decide', 'daiketsu'];

const DAY = 86_400_000_000;
export const dayOf = (us: number) => ordinal(clock(us));

export function fits(one: Task, tile: Tile, now: number): boolean {
  if (tile === 'decide') return STEPS.includes(one.kind);
  if (tile === 'late') return Boolean(one.due && one.due < now);
  if (tile === 'week') return Boolean(one.due && one.due >= now && one.due < now + 7 * DAY);
  return tile === '' || one.kind === tile;
}

// 今日まで, 今週 (to Sunday), それ以後; what has no day comes last.
export function groups(rows: Task[], now: number): [string, Task[]][] {
  const today = dayOf(now);
  const weekday = (clock(now).dow + 6) % 7;
  const sunday = today + (6 - weekday);
  const place = (one: Task) => (!one.due ? 'after' : dayOf(one.due) <= today ? 'today' : dayOf(one.due) <= sunday ? 'week' : 'after');
  const sorted = [...rows].sort((a, b) => (a.due || Infinity) - (b.due || Infinity) || (a.waiting_since ?? 0) - (b.waiting_since ?? 0));
  return (['today', 'week', 'after'] as const).map((key): [string, Task[]] => [key, sorted.filter((one) => place(one) === key)]).filter(([, list]) => list.length > 0);
}

export const keyOf = (one: Task) => `${one.kind} ${one.record ?? one.transfer ?? ''} ${one.step ?? ''}`;

// Together only what the server marks so and gives all that an approval must name.
export const mayBulk = (one: Task) => one.bulk === true && STEPS.includes(one.kind) && one.kind !== 'daiketsu' && Boolean(one.record && one.step && one.digest && one.rev);
export const blocking = (rows: Task[]) => rows.find((one) => !mayBulk(one)) ?? null;
