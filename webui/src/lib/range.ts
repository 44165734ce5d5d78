// Periods of time in the address: `range=24h` follows the clock, `from=...&to=...` stands still.
import type { Change } from "./router";

export const RANGES = ["1h", "24h", "7d", "30d"] as const;
export type RangeName = (typeof RANGES)[number];

/** What the address says: a name, or two moments in seconds since 1970. */
export type Range = { name: RangeName } | { name: null; from: number; to: number };

const SECONDS: Record<RangeName, number> = { "1h": 3600, "24h": 86400, "7d": 604800, "30d": 2592000 };

function seconds(text: string | null): number | null {
  if (!text) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms / 1000;
}

export function readRange(query: URLSearchParams, usual: RangeName = "24h"): Range {
  const from = seconds(query.get("from"));
  const to = seconds(query.get("to"));
  if (from !== null && to !== null && from < to) return { name: null, from, to };
  const name = query.get("range");
  return { name: RANGES.find(r => r === name) ?? usual };
}

export function span(range: Range, now: number): { from: number; to: number } {
  return range.name === null ? { from: range.from, to: range.to } : { from: now - SECONDS[range.name], to: now };
}

/** How the API is asked: relative where the range follows the clock, so that equal questions have equal addresses. */
export function asked(range: Range): { from: string; to: string } {
  return range.name === null ? { from: iso(range.from), to: iso(range.to) } : { from: `-${range.name}`, to: "now" };
}

/** The change of the address that chooses a range. */
export function chosen(range: Range, usual: RangeName = "24h"): Change {
  if (range.name === null) return { range: null, from: iso(range.from), to: iso(range.to) };
  return { range: range.name === usual ? null : range.name, from: null, to: null };
}

export function iso(at: number): string {
  return new Date(Math.round(at * 1000)).toISOString().replace(".000Z", "Z");
}
