// The columns of the log: what each shows, and which are seen in how much room.
import type { Request } from "../../api/types";
import { Button } from "../../components/button";
import { Verdict } from "../../components/tag";
import type { GridColumn } from "../../components/virtual-table";
import { bytes, fraction, full, millis, time } from "../../lib/format";
import type { Names } from "../../lib/names";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { pathOf, portOf, sizeOf } from "./request";
import { activity as t } from "./text";

export const OPTIONAL = ["user", "client", "method", "status", "category", "rule", "size", "duration"] as const;
export type ColumnKey = (typeof OPTIONAL)[number];
export const USUAL: readonly ColumnKey[] = ["user", "method", "category", "rule", "size"];
/** In a narrow table, such as beside the open details, there is room for these. */
const NARROW: readonly ColumnKey[] = ["user", "rule"];

export const userText = (r: Request): string => (r.user === null ? common("nobody") : safe(r.user));
export const ruleText = (r: Request, names: Names): string =>
  r.action === "quota"
    ? safe(names.quota(r.quota))
    : r.action === "error"
      ? safe(r.error ?? r.reason)
      : safe(names.rule(r.rule));
export const categoryText = (r: Request, names: Names): string =>
  r.categories.map(c => safe(names.category(c))).join(", ");

export function columns(
  chosen: readonly string[],
  narrow: boolean,
  names: Names,
  onMenu: (row: Request, at: DOMRect) => void,
): GridColumn<Request>[] {
  const all: GridColumn<Request>[] = [
    {
      key: "time",
      title: t("col.time"),
      track: "98px",
      cell: r => (
        <time class="mono" dateTime={r.time} title={full(r.time)}>
          {time(r.time)}
          <span class="muted">{fraction(r.time)}</span>
        </time>
      ),
    },
    { key: "verdict", title: t("col.verdict"), track: "124px", cell: r => <Verdict action={r.action} /> },
    {
      key: "user",
      title: t("col.user"),
      track: "minmax(80px, 1fr)",
      cell: r => <span class={r.user === null ? "muted" : ""}>{userText(r)}</span>,
    },
    { key: "client", title: t("col.client"), track: "130px", cell: r => <span class="mono">{safe(r.client)}</span> },
    {
      key: "method",
      title: t("col.method"),
      track: "72px",
      cell: r => <span class="mono muted">{safe(r.method)}</span>,
    },
    {
      key: "url",
      title: t("col.url"),
      track: "minmax(160px, 3fr)",
      cell: r => (
        <span class="mono">
          {r.host === null ? <span class="muted">{t("no_url")}</span> : safe(r.host)}
          <span class="muted">
            {portOf(r)}
            {safe(pathOf(r).slice(0, 300))}
          </span>
        </span>
      ),
    },
    { key: "status", title: t("col.status"), track: "56px", cell: r => <span class="mono">{r.status ?? ""}</span> },
    {
      key: "category",
      title: t("col.category"),
      track: "minmax(90px, 1.2fr)",
      cell: r => categoryText(r, names),
    },
    {
      key: "rule",
      title: t("col.rule"),
      track: "minmax(100px, 1.6fr)",
      cell: r => <span class="muted">{ruleText(r, names)}</span>,
    },
    { key: "size", title: t("col.size"), track: "74px", end: true, cell: r => bytes(sizeOf(r)) },
    { key: "duration", title: t("col.duration"), track: "76px", end: true, cell: r => millis(r.duration_ms) },
    {
      key: "menu",
      title: <span class="sr-only">{t("col.menu")}</span>,
      track: "28px",
      cell: r => (
        <Button
          icon="dots"
          kind="quiet"
          small
          label={t("row_menu")}
          class="row-menu"
          onClick={event => onMenu(r, event.currentTarget.getBoundingClientRect())}
        />
      ),
    },
  ];
  const seen = (key: string) =>
    ["time", "verdict", "url"].includes(key) ||
    key === "menu" ||
    (narrow ? (NARROW as readonly string[]).includes(key) : chosen.includes(key));
  return all.filter(c => seen(c.key));
}
