// Who refers to a named part of the policy: asked before it is removed, and shown as "used by 3 rules".
import type { Condition, Policy } from "../api/types";

export type Named = "category" | "schedule" | "network" | "group" | "list";
export type Use = {
  kind: "rule" | "quota" | "header" | "inspection" | "exception" | "category";
  id: string;
  title: string;
};

type Guarded = { id?: string; title?: string; if?: Condition; unless?: Condition };

/** A single value may stand for a list of one. */
function names(condition: Condition | undefined, key: string): readonly string[] {
  const value = condition?.[key];
  return Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
}

/** Every name of a kind with its users, in one pass over the document: a page asks for hundreds. */
export function allUses(document: Policy, what: Named): Map<string, Use[]> {
  const found = new Map<string, Use[]>();
  const note = (name: string, use: Use) => {
    const uses = found.get(name);
    if (!uses) found.set(name, [use]);
    else if (!uses.some(u => u.kind === use.kind && u.id === use.id)) uses.push(use);
  };
  if (what === "list") {
    for (const [id, category] of Object.entries(document.categories ?? {}))
      for (const list of category.lists ?? []) note(list, { kind: "category", id, title: category.title ?? id });
    return found;
  }
  const guarded = (kind: Use["kind"], items: unknown) => {
    for (const item of Array.isArray(items) ? (items as Guarded[]) : []) {
      const id = item.id ?? "";
      for (const name of [...names(item.if, what), ...names(item.unless, what)])
        note(name, { kind, id, title: item.title ?? id });
    }
  };
  guarded("rule", document.rules);
  guarded("quota", document.quotas);
  guarded("header", document.headers);
  guarded("inspection", document.inspection?.rules);
  guarded("exception", document.inspection?.exceptions);
  return found;
}

export const usesOf = (document: Policy, what: Named, id: string): Use[] => allUses(document, what).get(id) ?? [];

/** The editor of what a JSON pointer of a fault or remark is in; null when there is none. */
export function editorOf(document: Policy, pointer: string): { title: string; href: string } | null {
  const [, member = "", raw = ""] = pointer.split("/");
  const key = raw.replace(/~1/g, "/").replace(/~0/g, "~");
  const lead = (base: string, id: string, title?: string) => ({
    title: title || id,
    href: `${base}=${encodeURIComponent(id)}`,
  });
  if (member === "rules" || member === "quotas") {
    const item = document[member]?.[Number(key)];
    if (!item) return null;
    return lead(member === "rules" ? "/rules?rule" : "/quotas?quota", item.id, item.title);
  }
  if (member === "inspection") {
    const [list, at] = [raw, Number(pointer.split("/")[3])];
    const found = list === "rules" || list === "exceptions" ? document.inspection?.[list]?.[at] : undefined;
    const name = list === "rules" ? "inspection" : "exception";
    return found ? lead(`/tls?tab=${list}&${name}`, found.id, found.title) : null;
  }
  const category = member === "categories" ? document.categories?.[key] : undefined;
  if (category) return lead("/lists?category", key, category.title);
  const schedule = member === "schedules" ? document.schedules?.[key] : undefined;
  if (schedule) return lead("/quotas?tab=schedules&schedule", key, schedule.title);
  if (member === "networks" && document.networks?.[key]) return lead("/quotas?tab=networks&network", key);
  if (member === "groups" && document.groups?.[key]) return lead("/people?tab=groups&group", key);
  return null;
}

/** Where a use can be looked at and changed. */
export function useHref(use: Use): string {
  const id = encodeURIComponent(use.id);
  if (use.kind === "category") return `/lists?category=${id}`;
  if (use.kind === "quota") return `/quotas?quota=${id}`;
  if (use.kind === "inspection") return `/tls?tab=rules&inspection=${id}`;
  if (use.kind === "exception") return `/tls?tab=exceptions&exception=${id}`;
  return use.kind === "rule" ? `/rules?rule=${id}` : "/tls?tab=services";
}
