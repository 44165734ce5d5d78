// What the patterns of the enforced policy cost, the dearest first; measured by the gateway when somebody asks.
import { useState } from "preact/hooks";
import type { Got } from "../../api/client";
import type { Policy } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Async, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { count, nanos } from "../../lib/format";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { useHref } from "../../policy/uses";
import { rules as t } from "./text";

type Costs = Got<"/policy/regexes">;
type Cost = Costs["items"][number];
type User = Cost["used_by"][number];

const MOST = 50;

export function Regexes({ document }: { document: Policy }) {
  const [open, setOpen] = useState(false);
  const got = useGet<Costs>(open ? "/policy/regexes" : null, { query: { limit: MOST }, fresh_ms: 30_000 });
  return (
    <details class="card regex-costs" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{t("regexes")}</summary>
      {open && (
        <Async got={got} small skeleton={<Skeleton rows={3} />}>
          {data => <Dearest costs={data} document={document} />}
        </Async>
      )}
    </details>
  );
}

function Dearest({ costs, document }: { costs: Costs; document: Policy }) {
  if (costs.count === 0) return <p class="note">{t("regexes.none")}</p>;
  return (
    <>
      <p class="note">
        {t("regexes.sum", { count: costs.count, time: nanos(costs.url_ns) })}
        {costs.always > 0 && ` ${t("regexes.always", { count: costs.always })}`}
        {costs.heavy > 0 && ` ${t("regexes.heavy", { count: costs.heavy })}`}
        {costs.count > costs.items.length && ` ${t("regexes.first", { count: costs.items.length })}`}
      </p>
      <Table
        label={t("regexes")}
        rows={costs.items}
        rowKey={(c, i) => `${c.pattern} ${i}`}
        columns={[
          {
            key: "pattern",
            title: t("regexes.pattern"),
            main: true,
            cell: c =>
              c.pattern === null ? (
                <span class="muted">{t("regexes.of_list")}</span>
              ) : (
                <code class="wrap">{safe(c.pattern)}</code>
              ),
          },
          {
            key: "class",
            title: t("regexes.runs"),
            cell: c => (
              <span class="two-lines">
                <Tag kind={c.cost.class === "heavy" ? "bad" : c.cost.class === "always-run" ? "warn" : undefined}>
                  {t(`regexes.class.${c.cost.class}`)}
                </Tag>
                <small class="muted">{t("regexes.of", { runs: count(c.cost.runs), urls: count(c.cost.urls) })}</small>
              </span>
            ),
          },
          { key: "time", title: t("regexes.time"), end: true, cell: c => nanos(c.cost.url_ns) },
          { key: "used", title: t("regexes.used"), cell: c => <Users users={c.used_by} document={document} /> },
        ]}
      />
    </>
  );
}

function Users({ users, document }: { users: readonly User[]; document: Policy }) {
  return (
    <span class="row">
      {users.map(user => {
        const { title, at } = named(user, document);
        return (
          <a key={user.kind + user.id} href={at}>
            {safe(title)}
          </a>
        );
      })}
    </span>
  );
}

function named({ kind, id }: User, document: Policy): { title: string; at: string } {
  if (kind === "list") return { title: id, at: href("/lists", { tab: "lists", list: id.split("/")[0] }) };
  if (kind === "headers") return { title: id, at: "/rules?view=text" };
  const own =
    kind === "category"
      ? document.categories?.[id]
      : kind === "inspection"
        ? undefined
        : (kind === "quota" ? document.quotas : document.rules)?.find(one => one.id === id);
  const title = own?.title || id;
  return { title, at: kind === "inspection" ? "/rules?view=text" : useHref({ kind, id, title }) };
}
