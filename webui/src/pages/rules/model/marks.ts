// What the draft does to each rule, told at its row: added, changed, moved, switched, removed.
import type { Diff, Rule } from "../../../api/types";

export type Mark = { kind: "added" | "changed" | "on" | "off" } | { kind: "moved"; from: number; to: number };
export type Marks = { of: Map<string, Mark[]>; removed: { rule: Rule; index: number }[] };

const isRule = (value: unknown): value is Rule => typeof value === "object" && value !== null && "id" in value;

export function marks(changes: readonly Diff[]): Marks {
  const of = new Map<string, Mark[]>();
  const removed: Marks["removed"] = [];
  for (const c of changes) {
    if (c.kind !== "rule" || !c.id) continue;
    const put = (mark: Mark) => of.set(c.id!, [...(of.get(c.id!) ?? []), mark]);
    if (c.op === "add") put({ kind: "added" });
    else if (c.op === "move") put({ kind: "moved", from: (c.from ?? 0) + 1, to: (c.to ?? 0) + 1 });
    else if (c.op === "remove" && isRule(c.before)) removed.push({ rule: c.before, index: c.from ?? 0 });
    else if (c.op === "change") {
      const names = c.fields?.map(f => f.name) ?? [];
      const switched = names.includes("enabled") && isRule(c.after);
      if (switched) put({ kind: (c.after as Rule).enabled === false ? "off" : "on" });
      // A move into another section changes the section too: that is told by the move.
      const goes = changes.some(o => o.op === "move" && o.kind === "rule" && o.id === c.id);
      if (names.some(n => n !== "enabled" && !(goes && n === "section"))) put({ kind: "changed" });
    }
  }
  removed.sort((a, b) => a.index - b.index);
  return { of, removed };
}

/** A row of the list: a rule with its number, or one that the draft removes, where it stood. */
export type Row = { rule: Rule; number: number | null };

export function rows(rules: readonly Rule[], removed: Marks["removed"]): Row[] {
  const made: Row[] = rules.map((rule, i) => ({ rule, number: i + 1 }));
  for (const { rule, index } of removed) made.splice(Math.min(index, made.length), 0, { rule, number: null });
  return made;
}
