// The rows of the log for one filter and period: the first page, older ones on demand, and the live tail, which asks
// with a position and waits at the gateway for what comes, so that an idle log costs one waiting request.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { aborted, address, send, type Query } from "../../api/client";
import { append, arrive, begin, release, type LogPage, type LogWindow } from "../../lib/log-window";

const PAGE = 200;
/** Rows that one poll of the tail may bring; the gateway says how many it skipped. */
const LIVE = 200;
const WAIT_S = 20;
/** A search that found less than a screenful goes on by itself for so many rounds, each as long as the API allows. */
const SCREENFUL = 30;
const ROUNDS = 20;

export type Log = {
  log: LogWindow | null;
  error: unknown;
  busy: boolean;
  more: () => void;
  reload: () => void;
  /** The reader is at the top (true) or reads further down (false). */
  setTop: (top: boolean) => void;
  showHeld: () => void;
};

export function useLog(query: Query, tailQuery: Query, live: boolean): Log {
  const [log, setLog] = useState<LogWindow | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [turn, setTurn] = useState(0);
  const top = useRef(true);
  const stop = useRef(new AbortController());
  const key = address("/requests", { query });
  const tailKey = address("/requests", { query: tailQuery });

  useEffect(() => {
    stop.current.abort();
    const mine = (stop.current = new AbortController());
    setBusy(true);
    setError(null);
    send<LogPage>("GET", "/requests", { query: { ...query, limit: PAGE }, signal: mine.signal })
      .then(({ data }) => setLog(begin(data)))
      .catch((e: unknown) => {
        if (aborted(e)) return;
        setError(e);
        setLog(null);
      })
      .finally(() => !mine.signal.aborted && setBusy(false));
    return () => mine.abort();
  }, [key, turn]);

  const more = useCallback(() => {
    const signal = stop.current.signal;
    if (busy || !log?.cursor) return;
    setBusy(true);
    send<LogPage>("GET", "/requests", { query: { ...query, limit: PAGE, cursor: log.cursor }, signal })
      .then(({ data }) => setLog(now => now && append(now, data)))
      .catch((e: unknown) => !aborted(e) && setError(e))
      .finally(() => !signal.aborted && setBusy(false));
  }, [busy, log?.cursor, key]);

  const rounds = useRef(0);
  useEffect(() => {
    rounds.current = 0;
  }, [key, turn]);
  useEffect(() => {
    if (busy || !log?.partial || !log.cursor || log.rows.length >= SCREENFUL || rounds.current >= ROUNDS) return;
    rounds.current++;
    more();
  }, [busy, log?.cursor]);

  const started = log !== null;
  const tail = useRef<string | null>(null);
  tail.current = log?.tail ?? null;
  useEffect(() => {
    if (!live || !started) return;
    const end = new AbortController();
    void follow(tailQuery, tail, end.signal, page => setLog(now => now && arrive(now, page, !top.current)), setError);
    return () => end.abort();
  }, [live, started, tailKey, turn]);

  return {
    log,
    error,
    busy,
    more,
    reload: () => setTurn(n => n + 1),
    setTop: now => {
      top.current = now;
      if (now) setLog(w => w && release(w));
    },
    showHeld: () => setLog(w => w && release(w)),
  };
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>(resolve => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

const visible = (signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (!document.hidden) return resolve();
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look, { once: true });
  });

/** Asks for what came after the last position until stopped; stands still in a hidden tab; backs off when it fails. */
async function follow(
  query: Query,
  tail: { current: string | null },
  signal: AbortSignal,
  take: (page: LogPage) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  let wait_ms = 0;
  let after = tail.current;
  while (!signal.aborted && after) {
    await visible(signal);
    if (signal.aborted) return;
    try {
      const asked = performance.now();
      const { data } = await send<LogPage>("GET", "/requests", {
        query: { ...query, after, wait: WAIT_S, limit: LIVE },
        signal,
      });
      fail(null);
      wait_ms = 0;
      after = data.tail ?? after;
      take(data);
      // A busy log answers at once, over and over: twice a second is as much as anyone can read.
      await pause(Math.max(0, 500 - (performance.now() - asked)), signal);
    } catch (error) {
      if (aborted(error) || signal.aborted) return;
      fail(error);
      wait_ms = Math.min(30_000, (wait_ms || 1000) * 2);
      await pause(wait_ms, signal);
    }
  }
}
