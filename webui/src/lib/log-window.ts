// The rows of the log that the page holds: pages appended at the end, live rows put on top or held back while someone
// reads further down. Never more than MOST rows: then it asks to narrow. Pure, so that its rules are tested.
import type { Request } from "../api/types";

export const MOST = 5000;

/** What GET /requests answers. */
export type LogPage = {
  items: Request[];
  cursor: string | null;
  tail: string | null;
  partial: boolean;
  searched_to: string | null;
  skipped?: number;
};

export type LogWindow = {
  /** Newest first. */
  rows: readonly Request[];
  /** Where the next page begins; null at the end. */
  cursor: string | null;
  /** Where the live tail goes on. */
  tail: string | null;
  /** The last page ended because its time was up, at `searched_to`. */
  partial: boolean;
  searched_to: string | null;
  /** Live rows that wait for the reader to come back to the top, newest first. */
  held: readonly Request[];
  /** Live rows that came faster than they can be shown. */
  skipped: number;
  /** MOST is reached: older rows are left out. */
  full: boolean;
};

export function begin(page: LogPage): LogWindow {
  return {
    rows: page.items.slice(0, MOST),
    cursor: page.cursor,
    tail: page.tail,
    partial: page.partial,
    searched_to: page.searched_to,
    held: [],
    skipped: 0,
    full: page.items.length > MOST,
  };
}

/** An older page at the end. A row is there once, also when two pages overlap. */
export function append(log: LogWindow, page: LogPage): LogWindow {
  const known = new Set(log.rows.map(r => r.id));
  const rows = [...log.rows, ...page.items.filter(r => !known.has(r.id))];
  const full = rows.length > MOST || (rows.length === MOST && page.cursor !== null);
  return {
    ...log,
    rows: rows.slice(0, MOST),
    cursor: full ? null : page.cursor,
    partial: page.partial,
    searched_to: page.searched_to,
    full,
  };
}

/** Live rows, oldest first as they ended. `hold`: the reader has left the top. */
export function arrive(log: LogWindow, page: LogPage, hold: boolean): LogWindow {
  const known = new Set([...log.rows, ...log.held].map(r => r.id));
  const fresh = page.items.filter(r => !known.has(r.id)).reverse();
  const waiting = [...fresh, ...log.held].slice(0, MOST);
  const next = { ...log, tail: page.tail ?? log.tail, skipped: log.skipped + (page.skipped ?? 0) };
  if (hold) return fresh.length ? { ...next, held: waiting } : next;
  return fresh.length || log.held.length ? release({ ...next, held: waiting }) : next;
}

/** The reader is back: what waited goes on top. */
export function release(log: LogWindow): LogWindow {
  if (!log.held.length) return log;
  const rows = [...log.held, ...log.rows];
  const cut = rows.length > MOST;
  // The row that the cursor continues from has gone: older ones are reached by narrowing, not by scrolling.
  return {
    ...log,
    rows: cut ? rows.slice(0, MOST) : rows,
    held: [],
    cursor: cut ? null : log.cursor,
    full: log.full || cut,
  };
}
