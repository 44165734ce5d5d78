// What goes on, on one screen: figures, verdicts over time, what needs a person, and the tops. Everything leads to
// the log with the same filter and period.
import { useMemo, useState } from "preact/hooks";
import { may, useSession } from "../../api/session";
import type { Action } from "../../api/types";
import { cache } from "../../api/client";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { CopyButton } from "../../components/copy-button";
import { Figure } from "../../components/figure";
import { PageHeader } from "../../components/page";
import { RangePicker } from "../../components/range-picker";
import { Async, Empty, Skeleton } from "../../components/states";
import { bytes, micros, short, zone } from "../../lib/format";
import { asked, chosen, readRange, span, type Range } from "../../lib/range";
import { href, setQuery, usePlace } from "../../lib/router";
import { fromNamed, totals, type NamedSeries } from "../../lib/series";
import { Attention } from "./attention";
import { Tops } from "./tops";
import { overview as t } from "./text";
import { Verdicts } from "./verdicts";

type Metric = { key: string; value: number; previous: number | null; spark: number[] };
type Summary = { from: string; to: string; step_s: number; metrics: Metric[] };

const POLL_MS = 30_000;

const FIGURES: {
  key: string;
  format: (n: number) => string;
  better?: "less";
  tone?: "bad" | "warn";
  action?: Action[];
}[] = [
  { key: "requests", format: short },
  { key: "blocked", format: short, tone: "bad", action: ["block", "quota"] },
  { key: "warned", format: short, tone: "warn", action: ["warn"] },
  { key: "users", format: short },
  { key: "bytes", format: bytes },
  { key: "gateway_p95_us", format: micros, better: "less" },
];

export default function Overview() {
  const { query } = usePlace();
  const range = readRange(query);
  const period = asked(range);
  const summary = useGet<Summary>("/stats/summary", { query: period, poll_ms: POLL_MS });
  const series = useGet<NamedSeries>("/stats/series", { query: { ...period, by: "action" }, poll_ms: POLL_MS });
  const data = useMemo(() => {
    const { from, to } = span(range, series.at ? series.at / 1000 : Date.now() / 1000);
    return series.data && fromNamed(series.data, from, to);
  }, [series.data]);
  const choose = (to: Range) => setQuery(chosen(to));
  const requests = summary.data?.metrics.find(m => m.key === "requests")?.value;
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={t("purpose", { zone: zone() })}
        actions={
          <>
            <RangePicker range={range} onChange={choose} />
            <Button icon="refresh" label={t("refresh")} onClick={() => cache.stale("/api/v1/")} />
          </>
        }
      />
      <div class="stack">
        <Figures got={summary} range={range} />
        {requests === 0 && <FirstSteps />}
        <div class="overview-main">
          <Card class="overview-chart">
            <Async title={t("chart_failed")} got={{ ...series, data }} skeleton={<Skeleton kind="chart" rows={24} />}>
              {shown => <Verdicts data={shown} range={range} />}
            </Async>
          </Card>
          <Attention errors={data ? totals(data).error : 0} requests={requests ?? 0} range={range} />
        </div>
        <Tops range={range} />
      </div>
    </>
  );
}

function Figures({ got, range }: { got: ReturnType<typeof useGet<Summary>>; range: Range }) {
  const log = may("log.read");
  return (
    <section class="figures card" aria-label={t("figures")}>
      <Async
        got={got}
        title={t("figures_failed")}
        small
        skeleton={FIGURES.map(f => (
          <div class="figure" key={f.key}>
            <Skeleton rows={3} />
          </div>
        ))}
      >
        {({ metrics }) =>
          FIGURES.map(f => {
            const m = metrics.find(one => one.key === f.key);
            if (!m) return null;
            const change = m.previous ? (m.value - m.previous) / m.previous : null;
            const link = log && (f.key === "requests" || f.action);
            return (
              <Figure
                key={f.key}
                name={t.has(`metric.${f.key}`) ? t(`metric.${f.key}` as "metric.requests") : f.key}
                value={f.format(m.value)}
                change={change}
                changeNote={change === null ? t("no_previous") : t("previous")}
                better={f.better}
                spark={m.spark}
                tone={f.tone}
                href={link ? href("/activity", { ...chosen(range), action: f.action ?? null }) : undefined}
              />
            );
          })
        }
      </Async>
    </section>
  );
}

/** Nothing has come through yet: how to try it, with what this gateway listens on. */
function FirstSteps() {
  const { proxy, page_host } = useSession();
  const at = `http://${proxy[0] ?? "127.0.0.1:3128"}`;
  const [lines] = useState([
    { note: t("first.text"), line: `curl -x ${at} http://example.org/` },
    { note: t("first.own"), line: `curl -x ${at} http://${page_host}/` },
    { note: t("first.block"), line: `curl -x ${at} http://malware.sluice.example/` },
  ]);
  return (
    <Card>
      <Empty icon="globe" title={t("first.title")}>
        {lines.map(({ note, line }) => (
          <div key={line} class="first-step">
            <p>{note}</p>
            <div class="copy-line">
              <code>{line}</code>
              <CopyButton text={line} small kind="quiet" />
            </div>
          </div>
        ))}
      </Empty>
    </Card>
  );
}
