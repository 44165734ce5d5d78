// A rule made of a request that was seen: what "Allow..." and "Block..." put at the top of the draft.
import type { Rule } from "../api/types";

export type Subject = { host: string | null; user: string | null; categories: readonly string[] };
export type Scope = "host-user" | "host" | "category-user" | "category";

export function exceptionRule(
  subject: Subject,
  then: "allow" | "block",
  scope: Scope,
  taken: ReadonlySet<string>,
): Rule {
  const condition: Rule["if"] = scope.startsWith("host")
    ? { host: [subject.host ?? ""] }
    : { category: [subject.categories[0] ?? "uncategorised"] };
  if (scope.endsWith("-user") && subject.user) condition["user"] = [subject.user];
  return {
    id: freeId(`${then}-${scope.startsWith("host") ? subject.host : subject.categories[0]}`, taken),
    if: condition,
    then,
  };
}

/** An id of the form that the policy takes, from any text, that nothing else has. */
export function freeId(text: string, taken: ReadonlySet<string>): string {
  const base =
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40) || "rule";
  if (!taken.has(base)) return base;
  for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}
