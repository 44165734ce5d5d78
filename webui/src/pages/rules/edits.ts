// What people do to rules: each is one change of the shared draft, said in a toast that can take it back.
import { ApiError } from "../../api/client";
import { changeDraft, editDraft } from "../../api/draft";
import type { Draft, Policy, Rule } from "../../api/types";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { safe } from "../../lib/safe";
import { rules as t } from "./text";
import { slug } from "../../policy/ids";
import { before, moved, placeOf, type Place } from "../../policy/places";

/** Why something did not work; that the session has ended is said by the sign-in form. */
export function complain(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) return;
  toast({ kind: "bad", text: errorText(error) });
}

export const titleOf = (rule: Pick<Rule, "id" | "title">): string => safe(rule.title || rule.id);
export const all = (document: Policy): Rule[] => document.rules ?? [];

const put = (rule: Rule) => changeDraft("PUT", "/rules/{id}", { params: { id: rule.id }, body: rule });
const add = (rule: Rule, next: string | null) => changeDraft("POST", "/rules", { body: rule, query: { before: next } });
const remove = (id: string) => changeDraft("DELETE", "/rules/{id}", { params: { id } });

/** The whole document at once, made from what is shown: refused when someone else was faster. */
export const putDocument = (draft: Pick<Draft, "etag">, document: Policy) =>
  changeDraft<Draft>("PUT", "", { body: document, etag: draft.etag });

const nextOf = (document: Policy, id: string): string | null => {
  const rules = all(document);
  return rules[rules.findIndex(r => r.id === id) + 1]?.id ?? null;
};

export function switchRule(rule: Rule, on: boolean): Promise<boolean> {
  const { enabled: _, ...bare } = rule;
  const after = on ? bare : { ...rule, enabled: false };
  return editDraft(
    t(on ? "done.on" : "done.off", { name: titleOf(rule) }),
    () => put(after as Rule),
    () => put(rule),
  );
}

export function deleteRule(document: Policy, rule: Rule): Promise<boolean> {
  const next = nextOf(document, rule.id);
  return editDraft(
    t("done.deleted", { name: titleOf(rule) }),
    () => remove(rule.id),
    () => add(rule, next),
  );
}

/** Brings back what the draft removes, before the rule that stands there now. */
export function restoreRule(rule: Rule, next: string | null): Promise<boolean> {
  return editDraft(
    t("done.restored", { name: titleOf(rule) }),
    () => add(rule, next),
    () => remove(rule.id),
  );
}

export function duplicateRule(document: Policy, rule: Rule): Promise<boolean> {
  const title = t("copy_of", { name: rule.title || rule.id });
  const taken = new Set(all(document).map(r => r.id));
  const copy: Rule = { ...rule, id: slug(title, taken), title };
  return editDraft(
    t("done.duplicated", { name: titleOf(rule) }),
    () => add(copy, nextOf(document, rule.id)),
    () => remove(copy.id),
  );
}

/** Within its section the order changes; into another the rule does too, in one change of the document. */
export function moveRule(draft: Draft, rule: Rule, to: Place): Promise<boolean> {
  const rules = all(draft.document);
  const from = placeOf(rules, rule.id)!;
  const name = { name: titleOf(rule), number: to.index + 1, section: to.section ? safe(to.section) : t("no_section") };
  if (from.section === to.section) {
    const move = (next: string | null) =>
      changeDraft("POST", "/rules/{id}/move", { params: { id: rule.id }, body: { before: next } });
    return editDraft(
      t("done.moved", name),
      () => move(before(rules, rule.id, to)),
      () => move(nextOf(draft.document, rule.id)),
    );
  }
  let after: Draft | null = null;
  return editDraft(
    t("done.moved_into", name),
    async () => (after = await putDocument(draft, { ...draft.document, rules: moved(rules, rule.id, to) })),
    () => putDocument(after!, { ...after!.document, rules: moved(all(after!.document), rule.id, from) }),
  );
}

export function setDefault(draft: Draft, then: "allow" | "block"): Promise<boolean> {
  const set = (at: Pick<Draft, "etag" | "document">, word: Policy["default"]["then"]) =>
    putDocument(at, { ...at.document, default: { ...at.document.default, then: word } });
  const was = draft.document.default.then;
  let after: Draft | null = null;
  return editDraft(
    t(then === "allow" ? "done.default_allow" : "done.default_block"),
    async () => (after = await set(draft, then)),
    () => set(after!, was),
  );
}
