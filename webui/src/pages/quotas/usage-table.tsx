// Who has used how much of what: searched by name, the nearest to a limit first, each with its reset.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Quota } from "../../api/types";
import type { Got } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput, Select } from "../../components/field";
import { Async, Empty, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { percent } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { usedText } from "./limits";
import { resetUsage } from "./quotas";
import { quotas as t } from "./text";
import { standingOf, subjectName, UsageBar, type Usage } from "./usage-bar";

const PAGE = 50;
const TAG = { ok: undefined, near: "warn", out: "bad" } as const;

export function UsageTable({ got, quotas }: { got: Got<{ items: Usage[] }>; quotas: readonly Quota[] }) {
  const { query } = usePlace();
  const find = query.get("who") ?? "";
  const only = query.get("of") ?? "";
  const out = query.get("state") === "out";
  return (
    <Card title={t("usage.title")} note={t("usage.note")} flush class="usage">
      <div class="toolbar">
        <SearchInput
          value={find}
          onInput={who => setQuery({ who: who || null }, { replace: true })}
          label={t("usage.find")}
        />
        <span class="usage-filter">
          <Select
            label={t("usage.quota")}
            value={only}
            options={[{ value: "", text: t("usage.all") }, ...choices(got.data?.items ?? [], quotas)]}
            onChange={of => setQuery({ of: of || null })}
          />
        </span>
        <Button pressed={out} onClick={() => setQuery({ state: out ? null : "out" })}>
          {t("usage.only")}
        </Button>
      </div>
      <Async got={got} skeleton={<Skeleton kind="table" rows={5} />} small>
        {data => <Rows items={data.items} quotas={quotas} find={find} only={only} out={out} />}
      </Async>
    </Card>
  );
}

function choices(items: readonly Usage[], quotas: readonly Quota[]) {
  const names = new Map(quotas.map(q => [q.id, q.title ?? q.id]));
  for (const u of items) names.set(u.quota, u.title || u.quota);
  return [...names].map(([value, text]) => ({ value, text: safe(text) }));
}

type RowsProps = { items: Usage[]; quotas: readonly Quota[]; find: string; only: string; out: boolean };

function Rows({ items, quotas, find, only, out }: RowsProps) {
  const [most, setMost] = useState(PAGE);
  const wanted = find.trim().toLowerCase();
  const rows = items
    .filter(u => (!only || u.quota === only) && (!out || u.exhausted) && subjectName(u).toLowerCase().includes(wanted))
    .sort((a, b) => b.percent - a.percent || a.subject.localeCompare(b.subject));
  if (!rows.length) {
    return <Empty icon="quotas" title={wanted ? t("usage.none_found", { text: safe(find) }) : t("usage.empty")} />;
  }
  const quotaOf = (u: Usage) => quotas.find(q => q.id === u.quota);
  const warnAt = (u: Usage) => quotaOf(u)?.warn_at;
  return (
    <>
      <Table
        label={t("usage.table")}
        rows={rows.slice(0, most)}
        rowKey={u => `${u.quota}\n${u.subject}`}
        columns={[
          { key: "who", title: t("usage.subject"), main: true, cell: u => <Who usage={u} /> },
          {
            key: "quota",
            title: t("usage.quota"),
            cell: u => <a href={href("/quotas", { quota: u.quota })}>{safe(u.title || u.quota)}</a>,
          },
          {
            key: "used",
            title: t("usage.used"),
            width: "34%",
            cell: u => (
              <span class="usage-cell">
                <UsageBar usage={u} warnAt={warnAt(u)} />
                <span class="numbers">
                  {usedText(u, u.limit, quotaOf(u))} <span class="muted">{percent(u.percent / 100, 0)}</span>
                </span>
              </span>
            ),
          },
          {
            key: "state",
            title: t("usage.state"),
            cell: u => {
              const state = standingOf(u, warnAt(u));
              return (
                <span class="row">
                  <Tag kind={TAG[state]}>{t(`usage.state.${state}`)}</Tag>
                  {u.extension && u.extension.taken > 0 && (
                    <span class="note">
                      {t("usage.extended", { count: u.extension.taken, times: u.extension.times })}
                    </span>
                  )}
                </span>
              );
            },
          },
          {
            key: "anew",
            title: t("usage.anew"),
            cell: u => <Ago at={u.resets} />,
          },
          ...(may("quotas.reset")
            ? [
                {
                  key: "reset",
                  title: "",
                  end: true,
                  cell: (u: Usage) => (
                    <Button
                      small
                      label={t("usage.reset_of", { name: subjectName(u) })}
                      onClick={() => void resetUsage(u.quota, u.title || u.quota, u.subject, subjectName(u))}
                    >
                      {t("usage.reset")}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {rows.length > most && (
        <div class="usage-more">
          <Button small onClick={() => setMost(m => m + PAGE)}>
            {t("usage.more", { count: Math.min(PAGE, rows.length - most) })}
          </Button>
        </div>
      )}
    </>
  );
}

/** The log knows users, devices and groups by these names. */
const FIELD = { user: "user", client: "client", group: "group" } as const;

function Who({ usage: u }: { usage: Usage }) {
  if (u.per === "all" || !may("log.read")) return <>{subjectName(u)}</>;
  return (
    <a href={href("/activity", { [FIELD[u.per]]: u.subject })} title={t("usage.log")}>
      {subjectName(u)}
    </a>
  );
}
