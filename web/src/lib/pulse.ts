// One small question to the server tells whether anything I may see has moved: every 2 s while a page
// watches a running transfer, 5 s while a job of mine runs, else 30 s; never in a hidden tab.
import { useEffect } from 'preact/hooks';
import { ApiError, get } from './api';
import { store } from './store';
import type { Pulse } from './types';

export const pulse = store<{ n: number; waiting: number; lost: boolean }>({ n: 0, waiting: 0, lost: false });

let watching = 0;
let running = false;
let timer = 0;
let on = false;

function plan() {
  clearTimeout(timer);
  if (on && !document.hidden) timer = window.setTimeout(ask, watching ? 2000 : running ? 5000 : 30_000);
}

async function ask() {
  const before = pulse.get();
  try {
    const now = await get<Pulse | undefined>(`pulse?since=${before.n}`);
    if (now) {
      running = Boolean(now.mine_running);
      if (now.n !== before.n || before.lost) pulse.set({ n: now.n, waiting: now.waiting ?? 0, lost: false });
    } else if (before.lost) pulse.set({ ...before, lost: false });
  } catch (error) {
    if (error instanceof ApiError && error.status === 0 && !before.lost) pulse.set({ ...before, lost: true });
  }
  plan();
}

export function startPulse() {
  if (on) return;
  on = true;
  void ask();
}
// Something was just done here: ask at once.
export function nudge() { if (on) void ask(); }
export function stopPulse() { on = false; clearTimeout(timer); }

document.addEventListener('visibilitychange', () => { if (on && !document.hidden) void ask(); else clearTimeout(timer); });

// The page that is shown watches something that moves by itself.
export function useWatch(active: boolean) {
  useEffect(() => {
    if (!active) return undefined;
    watching += 1;
    plan();
    return () => { watching -= 1; plan(); };
  }, [active]);
}
