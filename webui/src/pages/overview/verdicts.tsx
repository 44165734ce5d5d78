// Verdicts over time: bars whose legend switches them on and off, the same as a table, and a brush that opens the log.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { ACTIONS, type Action } from "../../api/types";
import { Button } from "../../components/button";
import { Empty } from "../../components/states";
import { Table } from "../../components/table";
import { VerdictChart } from "../../components/verdict-chart";
import { count, dayClock, list, short } from "../../lib/format";
import { iso, type Range } from "../../lib/range";
import { href, navigate, setQuery, usePlace } from "../../lib/router";
import { totals, type VerdictSeries } from "../../lib/series";
import { common } from "../../text/common";
import { overview as t } from "./text";

export function Verdicts({ data }: { data: VerdictSeries; range: Range }) {
  const { query } = usePlace();
  const [hidden, setHidden] = useState<ReadonlySet<Action>>(new Set());
  const asTable = query.get("view") === "table";
  const sums = totals(data);
  const present = ACTIONS.filter(a => a !== "error" || sums.error > 0);
  const total = ACTIONS.reduce((sum, a) => sum + sums[a], 0);
  const toggle = (a: Action) => {
    const next = new Set(hidden);
    if (!next.delete(a)) next.add(a);
    setHidden(next);
  };
  const label = t("chart_label", {
    total: count(total),
    parts: list(present.map(a => `${common(`action.${a}`)} ${count(sums[a])}`)),
  });
  const rows = data.t.map((at, i) => ({ at, i })).filter(({ i }) => ACTIONS.some(a => data.series[a][i]));
  return (
    <>
      <div class="card-head">
        <h2>{t("chart")}</h2>
        {may("log.read") && !asTable && <span class="note">{t("chart_note")}</span>}
        <div class="card-actions">
          <Button
            kind="quiet"
            small
            icon={asTable ? "overview" : "lists"}
            onClick={() => setQuery({ view: asTable ? null : "table" }, { replace: true })}
          >
            {asTable ? t("as_chart") : t("as_table")}
          </Button>
        </div>
      </div>
      <div class="legend toggles">
        {present.map(a => (
          <button key={a} type="button" aria-pressed={!hidden.has(a)} onClick={() => toggle(a)}>
            <i class={`dot v-${a}`} />
            {common(`action.${a}`)} <b>{short(sums[a])}</b>
          </button>
        ))}
      </div>
      {total === 0 ? (
        <Empty icon="log" title={t("chart_empty")} />
      ) : asTable ? (
        <div class="overview-table">
          <Table
            label={t("chart")}
            rows={rows.reverse()}
            rowKey={r => String(r.at)}
            columns={[
              { key: "at", title: t("table_time"), main: true, cell: r => dayClock(r.at) },
              ...present.map(a => ({
                key: a,
                title: common(`action.${a}`),
                end: true,
                cell: (r: { i: number }) => count(data.series[a][r.i] ?? 0),
              })),
            ]}
          />
        </div>
      ) : (
        <VerdictChart
          data={data}
          hidden={hidden}
          height={320}
          axes
          label={label}
          onBrush={
            may("log.read") ? (from, to) => navigate(href("/activity", { from: iso(from), to: iso(to) })) : undefined
          }
        />
      )}
    </>
  );
}
