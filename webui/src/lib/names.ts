// People know rules and categories by their titles, the API by their ids: this turns one into the other, from the
// policy in force.
import type { Category, Policy, Quota, Rule } from "../api/types";

export type Names = {
  rule: (id: string | null) => string;
  category: (id: string) => string;
  quota: (id: string | null) => string;
  /** Id and title of everything that can be filtered by. */
  rules: { value: string; text: string }[];
  categories: { value: string; text: string }[];
  groups: string[];
  hasRule: (id: string | null) => boolean;
};

const DEFAULT = "@default";

export function namesOf(policy: Policy | undefined, words: { default: string; uncategorised: string }): Names {
  const rules = new Map((policy?.rules ?? []).map((r: Rule) => [r.id, r.title || r.id]));
  const quotas = new Map((policy?.quotas ?? []).map((q: Quota) => [q.id, q.title || q.id]));
  const categories = new Map(
    Object.entries(policy?.categories ?? {}).map(([id, c]: [string, Category]) => [id, c.title || id]),
  );
  return {
    rule: id => (id === null || id === DEFAULT ? words.default : (rules.get(id) ?? id)),
    category: id => (id === "uncategorised" ? words.uncategorised : (categories.get(id) ?? id)),
    quota: id => (id === null ? "" : (quotas.get(id) ?? id)),
    rules: [...rules].map(([value, text]) => ({ value, text })).concat({ value: DEFAULT, text: words.default }),
    categories: [...categories]
      .map(([value, text]) => ({ value, text }))
      .concat({ value: "uncategorised", text: words.uncategorised }),
    groups: Object.keys(policy?.groups ?? {}),
    hasRule: id => id !== null && rules.has(id),
  };
}
