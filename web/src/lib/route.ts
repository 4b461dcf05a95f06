// Addresses: the page table decides which page an address shows. Only paths of this portal.
import { store } from './store';

export interface PageRow { path: string; page: string; title: string; help: string; menu: number; session: boolean; clause: string }
export interface Place { path: string; query: URLSearchParams }
export interface Match { row: PageRow; params: Record<string, string> }

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
export const place = store<Place>(here());

// How often the reader moved inside the portal; a page's heading takes the focus once for each move.
export let moves = 0;

export function match(rows: PageRow[], path: string): Match | null {
  const asked = path.split('/');
  for (const row of rows) {
    const parts = row.path.split('/');
    if (parts.length !== asked.length) continue;
    const params: Record<string, string> = {};
    const fits = parts.every((part, at) => {
      const given = asked[at] as string;
      if (!part.startsWith('<')) return part === given;
      if (!given) return false;
      try { params[part.slice(1, -1)] = decodeURIComponent(given); } catch { return false; }
      return true;
    });
    if (fits) return { row, params };
  }
  return null;
}

// A path given in an address (?next=) is followed only inside this portal.
export function safePath(path: string | null): string {
  return path && /^\/(?![/\\])[^\\\s]*$/.test(path) && !path.startsWith('/login') ? path : '/';
}

let blocker: (() => boolean) | null = null;
export function blockLeaving(f: (() => boolean) | null) { blocker = f; }

export function go(path: string, options: { replace?: boolean; keep?: boolean } = {}) {
  if (blocker && !options.keep && !blocker()) return;
  if (options.replace) history.replaceState(null, '', path); else history.pushState(null, '', path);
  if (!options.keep) moves += 1;
  place.set(here());
  if (!options.keep) scrollTo(0, 0);
}

addEventListener('popstate', () => { moves += 1; place.set(here()); });
