// What is open: tunnels and long transfers, who holds which, how fast it may be, and a way to cut it.
import { useState } from "preact/hooks";
import { cache, send, type Got as Answer, type Query } from "../../api/client";
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm } from "../../components/confirm";
import { SearchInput, Select } from "../../components/field";
import { announce } from "../../components/live-region";
import { Async, Empty, errorText, Skeleton } from "../../components/states";
import { Table, type Column } from "../../components/table";
import { toast } from "../../components/toast";
import { Tag } from "../../components/tag";
import { bytes } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { system as t } from "./text";

type Tunnel = Answer<"/tunnels">["items"][number];
const PAGE = 50;
const ORDERS = ["newest", "traffic", "oldest"] as const;
type Order = (typeof ORDERS)[number];

const SHOWN = ["all", "tunnel", "upgrade", "download", "upload", "throttled"] as const;
type Shown = (typeof SHOWN)[number];

const asked = (order: Order, shown: Shown): Query => ({
  sort: order,
  kind: shown === "all" || shown === "throttled" ? undefined : shown,
  throttled: shown === "throttled" ? "true" : undefined,
});

const target = (tunnel: Tunnel): string => `${tunnel.host ?? tunnel.upstream ?? ""}:${tunnel.port}`;

async function cut(tunnel: Tunnel): Promise<void> {
  const values = { host: safe(target(tunnel)), user: safe(tunnel.user ?? tunnel.client) };
  const yes = await confirm({
    title: t("cut.title", values),
    text: t("cut.text", values),
    verb: t("cut"),
    danger: true,
  });
  if (!yes) return;
  try {
    await send("DELETE", "/tunnels/{id}", { params: { id: tunnel.id } });
    announce(t("cut.done", values));
    toast({ text: t("cut.done", values) });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/tunnels");
}

export function Tunnels() {
  const { query } = usePlace();
  const find = query.get("q") ?? "";
  const order = ORDERS.find(o => o === query.get("order")) ?? "newest";
  const shown = SHOWN.find(s => s === query.get("show")) ?? "all";
  const got = useGet<Answer<"/tunnels">>("/tunnels", { query: asked(order, shown), poll_ms: 5000 });
  const many = (got.data?.total ?? 0) > 0 || find !== "" || shown !== "all";
  return (
    <Card title={t("tunnels.title")} note={got.data && t("tunnels.count", { count: got.data.total })} flush>
      {many && (
        <div class="toolbar card-tools">
          <SearchInput
            value={find}
            onInput={q => setQuery({ q: q || null }, { replace: true })}
            label={t("tunnels.find")}
          />
          <span class="tunnel-order">
            <Select
              label={t("tunnels.show")}
              value={shown}
              options={SHOWN.map(value => ({ value, text: t(`tunnels.show.${value}`) }))}
              onChange={value => setQuery({ show: value === "all" ? null : value })}
            />
          </span>
          <span class="tunnel-order">
            <Select
              label={t("tunnels.order")}
              value={order}
              options={ORDERS.map(value => ({ value, text: t(`tunnels.order.${value}`) }))}
              onChange={value => setQuery({ order: value === "newest" ? null : value })}
            />
          </span>
        </div>
      )}
      <Async got={got} small skeleton={<Skeleton kind="table" rows={4} />}>
        {({ items, total }) => (
          <>
            {total > items.length && (
              <p class="table-more muted">{t("tunnels.shown", { count: total, shown: items.length })}</p>
            )}
            <Rows items={items} find={find} filtered={find !== "" || shown !== "all"} />
          </>
        )}
      </Async>
    </Card>
  );
}

function Where({ of }: { of: Tunnel }) {
  return (
    <span class="mono wrap">
      {safe(target(of))}
      {of.path && <span class="muted">{safe(of.path)}</span>}
    </span>
  );
}

function Rows({ items, find, filtered }: { items: Tunnel[]; find: string; filtered: boolean }) {
  const names = useNames();
  const [most, setMost] = useState(PAGE);
  const wanted = find.trim().toLowerCase();
  const rows = items.filter(i =>
    [i.user, i.client, i.host, i.path, i.upstream].join("\n").toLowerCase().includes(wanted),
  );
  if (!rows.length) {
    return (
      <Empty icon="tunnel" title={filtered ? t("tunnels.none_found") : t("tunnels.empty")}>
        {filtered ? undefined : t("tunnels.empty_help")}
      </Empty>
    );
  }
  const columns: Column<Tunnel>[] = [
    { key: "host", title: t("col.host"), main: true, cell: i => <Where of={i} /> },
    {
      key: "kind",
      title: t("col.kind"),
      cell: i => (
        <span>
          {t(`tunnels.kind.${i.kind}`)}
          {i.throttle && (
            <>
              {" "}
              <Tag kind="warn">{t("tunnels.at_most", { rate: i.throttle })}</Tag>
            </>
          )}
        </span>
      ),
    },
    {
      key: "user",
      title: t("col.user"),
      cell: i =>
        i.user ? (
          <a href={href("/people", { user: i.user })}>{safe(i.user)}</a>
        ) : (
          <span class="muted">{common("nobody")}</span>
        ),
    },
    { key: "client", title: t("col.client"), cell: i => <span class="mono">{safe(i.client)}</span> },
    { key: "open", title: t("col.open"), cell: i => <Ago at={i.started} /> },
    { key: "down", title: t("col.down"), end: true, cell: i => bytes(i.bytes_out) },
    { key: "up", title: t("col.up"), end: true, cell: i => bytes(i.bytes_in) },
    {
      key: "rule",
      title: t("col.rule"),
      cell: i =>
        names.hasRule(i.rule) ? (
          <a href={href("/rules", { rule: i.rule })}>{safe(names.rule(i.rule))}</a>
        ) : (
          safe(names.rule(i.rule))
        ),
    },
  ];
  if (may("tunnels.close")) {
    columns.push({
      key: "cut",
      title: "",
      end: true,
      cell: i => (
        <Button small kind="danger" label={t("cut.one", { host: safe(target(i)) })} onClick={() => void cut(i)}>
          {t("cut")}
        </Button>
      ),
    });
  }
  return (
    <>
      <Table label={t("tunnels.table")} rows={rows.slice(0, most)} rowKey={i => i.id} columns={columns} />
      {rows.length > most && (
        <div class="table-more">
          <Button small onClick={() => setMost(m => m + PAGE)}>
            {t("more", { count: Math.min(PAGE, rows.length - most) })}
          </Button>
        </div>
      )}
    </>
  );
}
