// A value that many parts of the page show. Reading in a component is `use(store)`.
import { useEffect, useState } from 'preact/hooks';

export interface Store<T> { get(): T; set(value: T): void; watch(f: () => void): () => void }

export function store<T>(first: T): Store<T> {
  let value = first;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) { value = next; for (const f of [...watchers]) f(); },
    watch(f) { watchers.add(f); return () => { watchers.delete(f); }; },
  };
}

export function use<T>(from: Store<T>): T {
  const [, redraw] = useState(0);
  const drawn = from.get();
  useEffect(() => {
    const again = () => redraw((n) => n + 1);
    // An effect of an inner part may have set it between the drawing and now.
    if (from.get() !== drawn) again();
    return from.watch(again);
  }, [from]);
  return drawn;
}
