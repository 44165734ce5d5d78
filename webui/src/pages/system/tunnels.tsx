// Open tunnels: who holds which connection, and a way to cut it.
import { useState } from "preact/hooks";
import { cache, send, type Got as Answer } from "../../api/client";
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
import { bytes } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { system as t } from "./text";

type Tunnel = Answer<"/tunnels">["items"][number];
const PAGE = 50;
const ORDERS = ["newest", "traffic", "oldest"] as const;
type Order = (typeof ORDERS)[number];

const COMPARE: Record<Order, (a: Tunnel, b: Tunnel) => number> = {
  newest: (a, b) => b.started.localeCompare(a.started),
  oldest: (a, b) => a.started.localeCompare(b.started),
  traffic: (a, b) => b.bytes_in + b.bytes_out - a.bytes_in - a.bytes_out,
};

const placeOf = (tunnel: Tunnel): string => `${tunnel.host ?? tunnel.upstream}:${tunnel.port}`;

async function cut(tunnel: Tunnel): Promise<void> {
  const values = { host: safe(placeOf(tunnel)), user: safe(tunnel.user ?? tunnel.client) };
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
  const got = useGet<Answer<"/tunnels">>("/tunnels", { poll_ms: 5000 });
  const find = query.get("q") ?? "";
  const order = ORDERS.find(o => o === query.get("order")) ?? "newest";
  const many = (got.data?.items.length ?? 0) > 0 || find !== "";
  return (
    <Card title={t("tunnels.title")} note={got.data && t("tunnels.count", { count: got.data.items.length })} flush>
      {many && (
        <div class="toolbar card-tools">
          <SearchInput
            value={find}
            onInput={q => setQuery({ q: q || null }, { replace: true })}
            label={t("tunnels.find")}
          />
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
        {({ items }) => <Rows items={items} find={find} order={order} />}
      </Async>
    </Card>
  );
}

function Rows({ items, find, order }: { items: Tunnel[]; find: string; order: Order }) {
  const names = useNames();
  const [most, setMost] = useState(PAGE);
  const wanted = find.trim().toLowerCase();
  const rows = items
    .filter(i => [i.user, i.client, i.host, i.upstream].join("\n").toLowerCase().includes(wanted))
    .sort(COMPARE[order]);
  if (!rows.length) {
    return (
      <Empty icon="tunnel" title={wanted ? t("tunnels.none_found", { text: safe(find) }) : t("tunnels.empty")}>
        {wanted ? undefined : t("tunnels.empty_help")}
      </Empty>
    );
  }
  const columns: Column<Tunnel>[] = [
    { key: "host", title: t("col.host"), main: true, cell: i => <span class="mono wrap">{safe(placeOf(i))}</span> },
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
        <Button small kind="danger" label={t("cut.one", { host: safe(placeOf(i)) })} onClick={() => void cut(i)}>
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
