// Allow or block what has just been seen: a rule at the top of the draft, for this host, its site or its category,
// for one person or everyone. Nothing is enforced before the draft is published.
import { addRule, useDraft } from "../api/draft";
import { may } from "../api/session";
import type { Rule } from "../api/types";
import { exceptionRule, type Subject } from "../lib/exception";
import type { Names } from "../lib/names";
import { safe } from "../lib/safe";
import { common as t } from "../text/common";
import { Menu, type MenuItem } from "./menu";

type Props = { subject: Subject; then: "allow" | "block"; names: Names; primary?: boolean; small?: boolean };

export function exceptionItems(
  subject: Subject,
  then: "allow" | "block",
  names: Names,
  taken: readonly Rule[],
): MenuItem[] {
  if (!may("policy.draft") || !subject.host) return [];
  const verb = t(`verb.${then}`);
  const host = safe(subject.host);
  const add = (scope: Parameters<typeof exceptionRule>[2], what: string) => () => {
    const ids = new Set(taken.map(r => r.id));
    const rule = exceptionRule(subject, then, scope, ids);
    void addRule(
      { ...rule, title: `${verb} ${what}` },
      taken[0]?.id ?? null,
      t("exception.done", { title: `${verb} ${what}` }),
    );
  };
  const one = subject.user;
  const category = subject.categories[0];
  const items: MenuItem[] = [{ heading: t("exception.heading") }];
  if (one) {
    const what = t("exception.host_user", { host, user: safe(one) });
    items.push({ text: `${verb} ${what}`, icon: "user", run: add("host-user", what) });
  }
  const everyone = t("exception.host_all", { host });
  items.push({ text: `${verb} ${everyone}`, icon: "globe", run: add("host", everyone) });
  if (category && category !== "uncategorised") {
    const what = t("exception.category", { category: safe(names.category(category)) });
    if (one) {
      const whose = t("exception.category_user", { category: safe(names.category(category)), user: safe(one) });
      items.push({ text: `${verb} ${whose}`, icon: "lists", run: add("category-user", whose) });
    }
    items.push({ text: `${verb} ${what}`, icon: "lists", run: add("category", what) });
  }
  return items;
}

export function ExceptionMenu({ subject, then, names, primary, small }: Props) {
  const draft = useDraft();
  const items = exceptionItems(subject, then, names, draft.data?.document.rules ?? []);
  if (!items.length) return null;
  return (
    <Menu items={items} name={t(`exception.${then}`)} after="down" kind={primary ? "primary" : undefined} small={small}>
      {t(`exception.${then}`)}
    </Menu>
  );
}
