// Who is logged in here. Null = nobody; undefined = not asked yet.
import { ApiError, call } from './api';
import { startPulse, stopPulse } from './pulse';
import { go, place } from './route';
import { store } from './store';
import type { Session } from './types';

export const session = store<Session | null | undefined>(undefined);

export async function askSession(): Promise<Session | null> {
  try {
    const found = await call<Session>('GET', 'session');
    session.set(found);
    startPulse();
    return found;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) { session.set(null); stopPulse(); return null; }
    throw error;
  }
}

export function toLogin(why: '' | 'session' | 'bye') {
  const { path } = place.get();
  const query = new URLSearchParams();
  const here = path + location.search;
  if (here !== '/' && path !== '/login' && why !== 'bye') query.set('next', here);
  if (why) query.set('why', why);
  const tail = query.toString();
  go(`/login${tail ? `?${tail}` : ''}`, { replace: true });
}

export async function endSession() {
  await call('POST', 'auth/end', {});
  stopPulse();
  session.set(null);
  toLogin('bye');
}
