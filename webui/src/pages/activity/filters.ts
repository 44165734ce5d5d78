// The filter of the log, as it stands in the address and as the API takes it: values of a field are OR, fields are
// AND, a field with "!" is NOT. The same names on both sides, so that an address can be read.
import type { Query } from "../../api/client";
import { ACTIONS, type Action } from "../../api/types";
import { asked, type Range } from "../../lib/range";
import type { Change } from "../../lib/router";

export const FIELDS = [
  "user",
  "group",
  "client",
  "host",
  "category",
  "rule",
  "method",
  "status",
  "policy_version",
  "inspected",
  "tls_fault",
  "tls_version",
  "tls_cipher",
  "tls_exception",
] as const;
export type Field = (typeof FIELDS)[number];
export type Chip = { field: Field; not: boolean; values: string[] };
export type Filter = { q: string; actions: Action[]; chips: Chip[] };

/** Fields whose values the gateway can suggest from the log. */
export const SUGGESTED: readonly Field[] = [
  "user",
  "host",
  "client",
  "category",
  "rule",
  "tls_fault",
  "tls_version",
  "tls_cipher",
];

const name = (chip: Pick<Chip, "field" | "not">): string => chip.field + (chip.not ? "!" : "");

export function readFilter(query: URLSearchParams): Filter {
  const asks = query.getAll("action").flatMap(v => v.split(","));
  const chips: Chip[] = [];
  for (const field of FIELDS) {
    for (const not of [false, true]) {
      const values = [...new Set(query.getAll(name({ field, not })).filter(Boolean))];
      if (values.length) chips.push({ field, not, values });
    }
  }
  return { q: query.get("q") ?? "", actions: ACTIONS.filter(a => asks.includes(a)), chips };
}

/** The change of the address that makes it say this filter, and forget the row that was open. */
export function filterChange(filter: Filter): Change {
  const change: Change = { q: filter.q, action: filter.actions, open: null };
  for (const field of FIELDS) {
    change[field] = null;
    change[`${field}!`] = null;
  }
  for (const chip of filter.chips) change[name(chip)] = chip.values;
  return change;
}

export function apiQuery(filter: Filter, range: Range | null): Query {
  const query: Record<string, string | readonly string[]> = { q: filter.q, action: filter.actions };
  for (const chip of filter.chips) query[name(chip)] = chip.values;
  return range ? { ...asked(range), ...query } : query;
}

/** The filter with one value more: added to a chip of its kind, taken out of the opposite one. */
export function withValue(filter: Filter, field: Field, value: string, not = false): Filter {
  const chips = filter.chips
    .map(c => (c.field === field && c.not !== not ? { ...c, values: c.values.filter(v => v !== value) } : c))
    .filter(c => c.values.length);
  const same = chips.find(c => c.field === field && c.not === not);
  if (same) {
    return {
      ...filter,
      chips: chips.map(c => (c === same ? { ...c, values: [...new Set([...c.values, value])] } : c)),
    };
  }
  return { ...filter, chips: [...chips, { field, not, values: [value] }] };
}

/** The filter with one chip as it should be now; without values it goes. */
export function withChip(filter: Filter, before: Chip | null, after: Chip | null): Filter {
  const rest = filter.chips.filter(c => c !== before);
  if (!after || !after.values.length) return { ...filter, chips: rest };
  const same = rest.find(c => c.field === after.field && c.not === after.not);
  const joined = same ? { ...same, values: [...new Set([...same.values, ...after.values])] } : after;
  const chips = rest.filter(c => c !== same);
  const at = before ? filter.chips.indexOf(before) : chips.length;
  chips.splice(Math.min(at, chips.length), 0, joined);
  return { ...filter, chips };
}

export const isEmpty = (f: Filter): boolean => !f.q && !f.actions.length && !f.chips.length;
