// What can be done with a request: filter by any of its values, check it, put an exception into the draft, copy it.
import { useDraft } from "../../api/draft";
import type { Request } from "../../api/types";
import { copyText } from "../../components/copy-button";
import { exceptionItems } from "../../components/exception-menu";
import { MenuList, type MenuItem } from "../../components/menu";
import type { Names } from "../../lib/names";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { chipValue } from "./chips";
import type { Field, Filter } from "./filters";
import { withValue } from "./filters";
import { urlOf } from "./request";
import { activity as t } from "./text";

type Props = {
  row: Request;
  at: DOMRect;
  filter: Filter;
  names: Names;
  onFilter: (filter: Filter) => void;
  onClose: () => void;
};

/** The values of a request that the log can be narrowed to. */
export function valuesOf(r: Request): [Field, string][] {
  const values: [Field, string | null][] = [
    ["host", r.host],
    ["user", r.user ?? "@none"],
    ["rule", r.rule ?? "@default"],
    ["category", r.categories[0] ?? "uncategorised"],
    ["client", r.client],
  ];
  return values.filter((v): v is [Field, string] => v[1] !== null && v[1] !== "");
}

export function RowMenu({ row, at, filter, names, onFilter, onClose }: Props) {
  const draft = useDraft();
  const values = valuesOf(row);
  const label = (field: Field, value: string) => `${t(`field.${field}`)} ${chipValue(field, value, names)}`;
  const subject = { host: row.host, user: row.user, categories: row.categories };
  const then = row.action === "allow" ? "block" : "allow";
  const items: MenuItem[] = [
    { heading: t("menu_only") },
    ...values.map(([field, value]) => ({
      text: label(field, value),
      icon: "filter" as const,
      run: () => onFilter(withValue(filter, field, value)),
    })),
    { heading: t("menu_hide") },
    ...values.slice(0, 2).map(([field, value]) => ({
      text: label(field, value),
      icon: "minus" as const,
      run: () => onFilter(withValue(filter, field, value, true)),
    })),
    ...exceptionItems(subject, then, names, draft.data?.document.rules ?? []),
    "line",
    { text: t("menu_check"), icon: "check", href: checkHref(row) },
    { text: t("menu_follow", { client: row.client }), icon: "log", href: href("/system", { follow: row.client }) },
    { text: t("menu_copy_url"), icon: "copy", run: () => void copyText(safe(urlOf(row))) },
    { text: t("menu_copy_id"), icon: "copy", run: () => void copyText(row.id) },
    { text: t("menu_copy_json"), icon: "copy", run: () => void copyText(JSON.stringify(row, null, 2)) },
  ];
  return <MenuList items={items} anchor={() => at} label={t("row_menu")} onClose={onClose} />;
}

export const checkHref = (r: Request, draft = false): string =>
  href("/check", {
    url: urlOf(r),
    who: r.user,
    client: r.client,
    method: r.method === "GET" ? null : r.method,
    policy: draft ? "draft" : null,
  });
