// A rule's conditions in words, for the list, the preview and the search: clauses whose values are the titles of what
// they name. How clauses are drawn is their reader's business (words.tsx).
import { safe } from "../lib/safe";
import type { Condition, Policy, Rule } from "../api/types";
import { KINDS, valuesOf, type Kind } from "./condition";

export type Clause = { kind: Kind; values: string[]; more: number; code: boolean };
type Sentence = { when: Clause[]; unless: Clause[] };

/** Kinds whose values are written in a language of their own. */
const CODE: readonly Kind[] = ["regex", "url", "user_agent"];

/** Titles of what conditions name, from the document that they stand in. */
export function nameOf(document: Policy, kind: Kind, value: string): string {
  if (kind === "category") return document.categories?.[value]?.title || value;
  if (kind === "schedule") return document.schedules?.[value]?.title || value;
  return value;
}

function clauses(document: Policy, condition: Condition | undefined, most: number): Clause[] {
  return Object.entries(condition ?? {})
    .filter(([name]) => (KINDS as readonly string[]).includes(name))
    .map(([name, value]) => {
      const kind = name as Kind;
      const all = valuesOf(value).map(v => safe(nameOf(document, kind, v)));
      return { kind, values: all.slice(0, most), more: Math.max(0, all.length - most), code: CODE.includes(kind) };
    });
}

/** `most`: values a clause shows before it counts the rest. */
export function sentence(document: Policy, rule: Pick<Rule, "if" | "unless">, most = 2): Sentence {
  return { when: clauses(document, rule.if, most), unless: clauses(document, rule.unless, most) };
}

/** When a rule holds, for the column of schedules; null: always. `not`: outside of them. */
export function scheduleOf(document: Policy, rule: Rule): { names: string[]; not: boolean } | null {
  const named = (values: unknown) => valuesOf(values).map(v => safe(nameOf(document, "schedule", v)));
  if (rule.if?.["schedule"] !== undefined) return { names: named(rule.if["schedule"]), not: false };
  const except = Object.keys(rule.unless ?? {});
  if (except.length === 1 && except[0] === "schedule") return { names: named(rule.unless!["schedule"]), not: true };
  return null;
}

/** Everything of a rule that someone may look for. */
export function haystack(document: Policy, rule: Rule): string {
  const words = [rule.id, rule.title, rule.note, rule.section, rule.message];
  for (const condition of [rule.if, rule.unless]) {
    for (const [name, value] of Object.entries(condition ?? {})) {
      words.push(name, ...valuesOf(value), ...valuesOf(value).map(v => nameOf(document, name as Kind, v)));
    }
  }
  return words
    .filter(Boolean)
    .map(w => String(w).toLowerCase())
    .join("\n");
}
