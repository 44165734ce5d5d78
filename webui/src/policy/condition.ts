// Conditions as the lines of a form, and back. A condition is an object: all keys must hold, any value of a key is
// enough. A line is one key with its values; lines of `unless` count together, as in the document.
import type { Condition, Rule } from "../api/types";

export const KINDS = [
  "category",
  "host",
  "url",
  "regex",
  "user",
  "group",
  "network",
  "schedule",
  "method",
  "extension",
  "content_type",
  "size_over",
  "scheme",
  "port",
  "address",
  "user_agent",
] as const;
export type Kind = (typeof KINDS)[number];
/** Which of the two conditions of a rule a line belongs to. */
export type Side = "if" | "unless";
export type Line = { key: number; side: Side; kind: Kind; values: string[] };

let last = 0;
export const line = (side: Side, kind: Kind, values: string[] = []): Line => ({ key: ++last, side, kind, values });

const isKind = (name: string): name is Kind => (KINDS as readonly string[]).includes(name);

/** Values of a key as texts, whatever form the document gives them: one, several, numbers. */
export function valuesOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

export function linesOf(condition: Condition | undefined, side: Side): Line[] {
  return Object.entries(condition ?? {})
    .filter(([name]) => isKind(name))
    .map(([name, value]) => line(side, name as Kind, valuesOf(value)));
}

/** A rule's lines, those of `if` first. */
export const ruleLines = (rule: Pick<Rule, "if" | "unless">): Line[] => [
  ...linesOf(rule.if, "if"),
  ...linesOf(rule.unless, "unless"),
];

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((v, i) => v === b[i]);

function documented(kind: Kind, values: string[]): string[] | string | number {
  if (kind === "size_over") {
    const text = values[0] ?? "";
    return /^\d+$/.test(text) ? Number(text) : text;
  }
  if (kind === "port") return values.map(v => (/^\d+$/.test(v) ? Number(v) : v)) as unknown as string[];
  return values;
}

/**
 * The condition that the lines of one side say. What the form did not touch keeps the form it had in the document, so
 * that a saved rule differs only where someone changed it. Lines without a value say nothing.
 */
export function conditionOf(lines: readonly Line[], side: Side, before: Condition = {}): Condition {
  const said = new Map<Kind, string[]>();
  for (const l of lines) {
    const values = l.values.filter(Boolean);
    if (l.side !== side || values.length === 0) continue;
    const had = said.get(l.kind) ?? [];
    said.set(l.kind, [...had, ...values.filter(v => !had.includes(v))]);
  }
  const made: Condition = {};
  for (const [name, value] of Object.entries(before)) {
    if (!isKind(name)) made[name] = value;
    else if (said.has(name)) {
      const values = said.get(name)!;
      made[name] = same(values, valuesOf(value)) ? value : documented(name, values);
      said.delete(name);
    }
  }
  for (const [kind, values] of said) made[kind] = documented(kind, values);
  return made;
}

/** The kinds that a side does not name yet: a key stands once in a condition. */
export const freeKinds = (lines: readonly Line[], side: Side, kinds: readonly Kind[] = KINDS): Kind[] =>
  kinds.filter(kind => !lines.some(l => l.side === side && l.kind === kind));
