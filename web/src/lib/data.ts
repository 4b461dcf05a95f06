// Data of a page: fetched when its address changes and again when the pulse says something moved.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from './api';
import { pulse } from './pulse';

export interface Data<T> { data: T | null; error: unknown; reload(): Promise<void>; put(value: T): void }

export function useData<T>(path: string | null): Data<T> {
  const [held, hold] = useState<{ path: string | null; data: T | null; error: unknown }>({ path, data: null, error: null });
  const turn = useRef(0);
  const reload = useCallback(async () => {
    if (path === null) return;
    const mine = ++turn.current;
    try {
      const data = await get<T>(path);
      if (mine === turn.current) hold({ path, data, error: null });
    } catch (error) {
      // What was shown stays on the page beside the error.
      if (mine === turn.current) hold((old) => ({ path, data: old.path === path ? old.data : null, error }));
    }
  }, [path]);
  useEffect(() => {
    void reload();
    let seen = pulse.get().n;
    const stop = pulse.watch(() => { if (pulse.get().n !== seen) { seen = pulse.get().n; void reload(); } });
    return () => { stop(); turn.current += 1; };
  }, [reload]);
  const fits = held.path === path;
  return { data: fits ? held.data : null, error: fits ? held.error : null, reload, put: (data) => { turn.current += 1; hold({ path, data, error: null }); } };
}
