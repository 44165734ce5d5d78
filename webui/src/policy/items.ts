// Saving and removing the named things of the draft: each with words in a toast and a way back.
import { changeDraft, conflictText, editDraft } from "../api/draft";
import { ApiError, send } from "../api/client";
import type { Draft, Fault, Policy } from "../api/types";
import { errorText } from "../components/states";
import { toast } from "../components/toast";
import { announce } from "../components/live-region";
import { safe } from "../lib/safe";
import { common } from "../text/common";
import { policy as t } from "./text";

export type ItemKind =
  | "categories"
  | "quotas"
  | "networks"
  | "groups"
  | "schedules"
  | "headers"
  | "rules"
  | "inspection-rules"
  | "exceptions";
export type Item = { id: string; [more: string]: unknown };

const one = (kind: ItemKind) => ({ path: `/${kind}/{id}`, all: `/${kind}` });

/** Empty members are left out, so that a document holds only what someone said. */
export function tidy<T extends object>(item: T): T {
  return Object.fromEntries(
    Object.entries(item).filter(
      ([, v]) => v !== undefined && v !== "" && v !== null && !(Array.isArray(v) && v.length === 0),
    ),
  ) as T;
}

/** Someone else changed the very thing that is being saved. */
export class Overtaken extends Error {
  constructor(
    readonly theirs: Item | null,
    readonly etag: string,
    readonly author: string | null,
    readonly changed: string | null,
  ) {
    super("overtaken");
    this.name = "Overtaken";
  }
}

/** Where the document keeps a kind that does not stand under its own name. */
const INSIDE: Partial<Record<ItemKind, readonly string[]>> = {
  "inspection-rules": ["inspection", "rules"],
  exceptions: ["inspection", "exceptions"],
};
const placeOf = (kind: ItemKind): readonly string[] => INSIDE[kind] ?? [kind];

/** All items of a kind, as the document has them. */
function itemsOf(document: Policy, kind: ItemKind): unknown {
  return placeOf(kind).reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
}

/** How an item stands in a draft, with its id, as the API gives it; null: it does not. */
export function itemOf(draft: Draft, kind: ItemKind, id: string): Item | null {
  const all = itemsOf(draft.document, kind);
  if (Array.isArray(all)) return (all as Item[]).find(i => i.id === id) ?? null;
  const value = (all as Record<string, unknown> | undefined)?.[id];
  if (value === undefined) return null;
  return Array.isArray(value) ? { id, items: value } : { ...(value as object), id };
}

const sameItem = (a: Item | null, b: Item | null): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/**
 * Saves what was edited on the draft `etag`; `was` null adds. What others did meanwhile to other things does not
 * matter; to this thing, it does: then nothing is saved and Overtaken says who. Throws what the gateway refused.
 * `before`: what a new one goes before, in kinds that have an order; else it goes to the end.
 */
export async function saveItem(
  kind: ItemKind,
  item: Item,
  was: Item | null,
  name: string,
  etag: string | undefined,
  before?: string | null,
): Promise<void> {
  const { path, all } = one(kind);
  const params = { id: item.id };
  const put = (on: string | undefined) =>
    was
      ? changeDraft("PUT", path, { params, body: item, etag: on })
      : changeDraft("POST", all, { body: item, query: { before }, etag: on });
  try {
    await put(etag);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    const now = (await send<Draft>("GET", "/policy/draft")).data;
    const theirs = itemOf(now, kind, item.id);
    if (!sameItem(theirs, was)) throw new Overtaken(theirs, now.etag, now.author, now.changed);
    await put(now.etag);
  }
  const done = t(was ? "saved" : "added", { name: safe(name) });
  announce(done);
  toast({
    text: done,
    action: {
      text: common("undo"),
      run: () =>
        void editDraft(common("undone"), () =>
          was ? changeDraft("PUT", path, { params, body: was }) : changeDraft("DELETE", path, { params }),
        ),
    },
  });
}

/** Removes, with a toast that brings it back to its place. `before`: what follows it, in kinds that have an order. */
export function removeItem(kind: ItemKind, was: Item, name: string, before?: string): Promise<boolean> {
  const { path, all } = one(kind);
  return editDraft(
    t("removed", { name: safe(name) }),
    () => changeDraft("DELETE", path, { params: { id: was.id } }),
    () => changeDraft("POST", all, { body: was, query: { before } }),
  );
}

/** What a refusal says about the members of an item: "hosts/3" -> message; "" for what belongs to none. */
export function itemFaults(error: unknown): Map<string, string> {
  const found = new Map<string, string>();
  if (!error || error instanceof Overtaken) return found;
  const faults = error instanceof ApiError ? (error.problem.faults as Fault[] | undefined) : undefined;
  const root = error instanceof ApiError ? String(error.problem["item_pointer"] ?? "") : "";
  for (const fault of faults ?? []) {
    const under = root && fault.pointer.startsWith(`${root}/`) ? fault.pointer.slice(root.length + 1) : "";
    const at = under.replace(/~1/g, "/").replace(/~0/g, "~");
    found.set(at, found.has(at) ? `${found.get(at)}; ${safe(fault.message)}` : safe(fault.message));
  }
  if (found.size === 0) found.set("", conflictText(error) ?? errorText(error));
  return found;
}

/** Whether an item of the draft is new or changed against the policy in force. */
export function itemState(draft: Draft, kind: ItemKind, id: string): "new" | "changed" | null {
  const diff = draft.changes.find(c => c.path === `/${placeOf(kind).join("/")}/${id}`);
  return !diff ? null : diff.op === "add" ? "new" : diff.op === "remove" ? null : "changed";
}
