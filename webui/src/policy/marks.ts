// What the draft does to each item of a list, told at its row: added, changed, moved, switched, removed.
import type { Diff } from "../api/types";
import type { Placed } from "./places";

export type Mark = { kind: "added" | "changed" | "on" | "off" } | { kind: "moved"; from: number; to: number };
export type Marks<T extends Placed> = { of: Map<string, Mark[]>; removed: { rule: T; index: number }[] };

/** `list`: where it stands in the document, such as "/rules". */
export function marks<T extends Placed>(changes: readonly Diff[], list: string): Marks<T> {
  const isItem = (value: unknown): value is T => typeof value === "object" && value !== null && "id" in value;
  const of = new Map<string, Mark[]>();
  const removed: Marks<T>["removed"] = [];
  for (const c of changes) {
    if (!c.id || c.path !== `${list}/${c.id}`) continue;
    const put = (mark: Mark) => of.set(c.id!, [...(of.get(c.id!) ?? []), mark]);
    if (c.op === "add") put({ kind: "added" });
    else if (c.op === "move") put({ kind: "moved", from: (c.from ?? 0) + 1, to: (c.to ?? 0) + 1 });
    else if (c.op === "remove" && isItem(c.before)) removed.push({ rule: c.before, index: c.from ?? 0 });
    else if (c.op === "change") {
      const names = c.fields?.map(f => f.name) ?? [];
      const after = c.after as { enabled?: boolean } | undefined;
      if (names.includes("enabled") && after) put({ kind: after.enabled === false ? "off" : "on" });
      // A move into another section changes the section too: that is told by the move.
      const goes = changes.some(o => o.op === "move" && o.path === c.path);
      if (names.some(n => n !== "enabled" && !(goes && n === "section"))) put({ kind: "changed" });
    }
  }
  removed.sort((a, b) => a.index - b.index);
  return { of, removed };
}

/** A row of the list: an item with its number, or one that the draft removes, where it stood. */
export type Row<T extends Placed> = { rule: T; number: number | null };

export function rows<T extends Placed>(rules: readonly T[], removed: Marks<T>["removed"]): Row<T>[] {
  const made: Row<T>[] = rules.map((rule, i) => ({ rule, number: i + 1 }));
  for (const { rule, index } of removed) made.splice(Math.min(index, made.length), 0, { rule, number: null });
  return made;
}
