// Rules to begin with. They name only categories that the policy has, so that each is right as it is.
import type { Policy, Rule } from "../../../api/types";
import { slug } from "../../../policy/ids";
import { rules as t } from "../text";

export const TEMPLATES = ["threats", "adult", "social", "programs"] as const;
export type Template = (typeof TEMPLATES)[number];

const CATEGORIES: Record<string, readonly string[]> = {
  threats: ["malware", "phishing", "cryptojacking", "ddos", "stalkerware", "threats"],
  adult: ["adult", "gambling", "drugs", "weapons", "dating", "violence"],
  social: ["social", "social_networks", "social-media"],
};

const known = (document: Policy, name: string): string[] =>
  (CATEGORIES[name] ?? []).filter(c => document.categories?.[c] !== undefined);

/** Does the policy have what this template needs? */
export const offered = (document: Policy, name: Template): boolean =>
  name === "programs" || known(document, name).length > 0;

/** A new rule: of a template, about a category ("category:games"), or an empty one, to be told what it blocks. */
export function template(document: Policy, name: string): Rule {
  const taken = new Set((document.rules ?? []).map(r => r.id));
  const made = (title: string, more: Pick<Rule, "if" | "then" | "message">): Rule => ({
    id: slug(title, taken),
    title,
    ...more,
  });
  const category = known(document, name);
  if (name === "threats" || name === "adult") return made(t(`template.${name}`), { if: { category }, then: "block" });
  if (name === "social")
    return made(t("template.social"), { if: { category }, then: "warn", message: t("template.social_message") });
  if (name === "programs")
    return made(t("template.programs"), { if: { extension: ["exe", "msi", "scr", "bat"] }, then: "block" });
  const about = /^category:(.+)$/.exec(name)?.[1];
  if (about && document.categories?.[about]) {
    return made(document.categories[about].title ?? about, { if: { category: [about] }, then: "block" });
  }
  return { id: "", title: "", if: {}, then: "block" };
}
