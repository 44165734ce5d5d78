// What people do to the two ordered lists of inspection: each is one change of the shared draft, said in a toast that
// can take it back.
import { changeDraft, editDraft } from "../../api/draft";
import type { Draft, InspectionRule, Policy, TlsException } from "../../api/types";
import { safe } from "../../lib/safe";
import { removeItem } from "../../policy/items";
import { before, type Place } from "../../policy/places";
import { tls as t } from "./text";

export type Kind = "inspection-rules" | "exceptions";
export type Item = InspectionRule | TlsException;

export const listOf = (document: Policy, kind: Kind): readonly Item[] =>
  (kind === "exceptions" ? document.inspection?.exceptions : document.inspection?.rules) ?? [];
export const pathOf = (kind: Kind): string => (kind === "exceptions" ? "/inspection/exceptions" : "/inspection/rules");
export const titleOf = (item: Item): string => safe(item.title || item.id);

const nextOf = (items: readonly Item[], id: string): string | undefined =>
  items[items.findIndex(i => i.id === id) + 1]?.id;

export function moveItem(kind: Kind, items: readonly Item[], item: Item, to: Place): Promise<boolean> {
  const move = (next: string | null) =>
    changeDraft("POST", `/${kind}/{id}/move`, { params: { id: item.id }, body: { before: next } });
  return editDraft(
    t("done.moved", { name: titleOf(item), number: to.index + 1 }),
    () => move(before(items, item.id, to)),
    () => move(nextOf(items, item.id) ?? null),
  );
}

export const deleteItem = (kind: Kind, items: readonly Item[], item: Item): Promise<boolean> =>
  removeItem(kind, item, titleOf(item), nextOf(items, item.id));

/** Brings back what the draft removes, before what stands there now. */
export function restoreItem(kind: Kind, item: Item, next: string | null): Promise<boolean> {
  return editDraft(
    t("done.restored", { name: titleOf(item) }),
    () => changeDraft("POST", `/${kind}`, { body: item, query: { before: next } }),
    () => changeDraft("DELETE", `/${kind}/{id}`, { params: { id: item.id } }),
  );
}

/** What is done with tunnels that no rule names: a member of its own, so the document goes as a whole. */
export function setDefault(draft: Draft, word: "inspect" | "tunnel"): Promise<boolean> {
  const was = draft.document.inspection?.default;
  let after = draft;
  const put = async (value: "inspect" | "tunnel" | undefined) => {
    const { default: _, ...rest } = after.document.inspection ?? {};
    const inspection = value ? { default: value, ...rest } : rest;
    const document = { ...after.document, inspection };
    after = await changeDraft<Draft>("PUT", "", { body: document, etag: after.etag });
  };
  return editDraft(
    t(`done.default_${word}`),
    () => put(word),
    () => put(was),
  );
}

/** Ends today what would let a fault through longer. */
export const ended = (item: Item, now = Date.now()): boolean =>
  item.until !== undefined && Date.parse(item.until.length === 10 ? `${item.until}T23:59:59` : item.until) < now;
