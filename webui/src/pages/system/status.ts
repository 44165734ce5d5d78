// What the state of the gateway means: rates from two counts, and what a person should look at. Pure.

import type { components } from "../../api/schema";

/** All of it, as the gateway that serves this page says it. */
export type Status = Required<components["schemas"]["Status"]>;

/** Counts at a moment, in milliseconds. */
export type Counts = { at: number; requests: number; bytes: number };
export type Rate = { at: number; requests: number; bytes: number };

export const countsOf = (s: Status, at: number): Counts => ({
  at,
  requests: s.proxy.requests,
  bytes: s.proxy.bytes.from_clients + s.proxy.bytes.to_clients,
});

/** Per second between two counts; null where there is none: no time went by, or the gateway began anew. */
export function rateOf(before: Counts | undefined, now: Counts): Rate | null {
  if (!before || now.at <= before.at || now.requests < before.requests || now.bytes < before.bytes) return null;
  const s = (now.at - before.at) / 1000;
  return { at: now.at, requests: (now.requests - before.requests) / s, bytes: (now.bytes - before.bytes) / s };
}

/** Records behind, and how long the oldest has waited, above which reports are no longer of now. */
const LAG_RECORDS = 10_000;
const LAG_MS = 30_000;

export type Trouble =
  | { kind: "bad"; what: "audit-failing"; error: string; records: number }
  | { kind: "warn"; what: "audit-lag"; records: number; ms: number }
  | { kind: "bad"; what: "lists"; names: string[] }
  | { kind: "warn"; what: "refused"; count: number }
  | { kind: "bad"; what: "parents"; names: string[] }
  | { kind: "bad"; what: "missing-parents"; rules: { rule: string; parent: string }[] }
  | { kind: "warn"; what: "draining" };

/** Names of parent proxies none of which can be reached. */
function groupsDown(s: Status): string[] {
  const up = new Set(s.proxy.parents.filter(p => p.state === "up").map(p => p.name));
  return [...new Set(s.proxy.parents.map(p => p.name))].filter(name => !up.has(name));
}

export function troublesOf(s: Status): Trouble[] {
  const found: Trouble[] = [];
  const { audit, proxy, lists } = s;
  if (audit.failing)
    found.push({ kind: "bad", what: "audit-failing", error: audit.last_error, records: audit.lag_records });
  else if (audit.lag_records > LAG_RECORDS || audit.lag_ms > LAG_MS)
    found.push({ kind: "warn", what: "audit-lag", records: audit.lag_records, ms: audit.lag_ms });
  const names = lists.sources.filter(l => l.failing).map(l => l.name);
  if (names.length) found.push({ kind: "bad", what: "lists", names });
  if (proxy.connections.refused > 0) found.push({ kind: "warn", what: "refused", count: proxy.connections.refused });
  const down = groupsDown(s);
  if (down.length) found.push({ kind: "bad", what: "parents", names: down });
  if (s.missing_parents.length) found.push({ kind: "bad", what: "missing-parents", rules: s.missing_parents });
  if (!s.running) found.push({ kind: "warn", what: "draining" });
  return found;
}
