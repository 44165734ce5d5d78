// An answer of the API in a component: shown from the cache at once, asked again when old, polled while someone looks.
import { useEffect, useReducer } from "preact/hooks";
import type { Entry } from "../lib/cache";
import { address, cache, send, type Query } from "./client";

export type GetOptions = {
  params?: Record<string, string | number>;
  query?: Query;
  /** Asks again after so long; stands still in a hidden tab and catches up when it is shown. */
  poll_ms?: number;
  /** An answer younger than this is not asked for again. */
  fresh_ms?: number;
};
export type Got<T> = Entry<T> & { reload: () => void };

/** `path` null: nothing to ask yet. */
export function useGet<T>(path: string | null, options: GetOptions = {}): Got<T> {
  const key = path === null ? null : address(path, options);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const { poll_ms = 0, fresh_ms = 2000 } = options;

  useEffect(() => {
    if (key === null) return;
    const ask = (signal: AbortSignal) => send<T>("GET", path!, { ...options, signal }).then(a => a.data);
    const load = (fresh: number) => void cache.load(key, ask, fresh);
    const leave = cache.watch(key, () => redraw(undefined));
    // Another part's answer may have come after this one was drawn and before it watched.
    if (cache.get(key) !== entry) redraw(undefined);
    load(fresh_ms);
    let timer = 0;
    const visible = () => {
      if (poll_ms && !document.hidden) load(poll_ms / 2);
    };
    if (poll_ms) {
      timer = setInterval(visible, poll_ms) as unknown as number;
      document.addEventListener("visibilitychange", visible);
    }
    return () => {
      leave();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", visible);
    };
  }, [key, poll_ms, fresh_ms]);

  const entry = key === null ? { data: undefined, error: null, at: 0, loading: false } : cache.get<T>(key);
  // Before the effect has run nothing is known yet: that is loading, not empty.
  const loading = entry.loading || (key !== null && entry.data === undefined && !entry.error);
  return { ...entry, loading, reload: () => key !== null && cache.stale(key) };
}
