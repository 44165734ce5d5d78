// The log as a tool for triage: filter, period and open row are in the address; keys move and the details follow; the
// live tail keeps the filter and waits while someone reads.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useGet } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import type { Request } from "../../api/types";
import { Dock, useMedia, useWide } from "../../components/dock";
import { PageHeader } from "../../components/page";
import { Failed, Skeleton } from "../../components/states";
import { VerdictChart } from "../../components/verdict-chart";
import { VirtualTable } from "../../components/virtual-table";
import { count } from "../../lib/format";
import { useHotkeys } from "../../lib/keys";
import { chosen, iso, readRange, span } from "../../lib/range";
import { setQuery, usePlace } from "../../lib/router";
import { useLook } from "../../lib/use-look";
import { fromHistogram, type Histogram } from "../../lib/series";
import { Actions } from "./actions";
import { Card } from "./card";
import { columns, USUAL } from "./columns";
import { useDetails } from "./details";
import { apiQuery, filterChange, readFilter, type Filter } from "./filters";
import { Foot, Held, Nothing } from "./foot";
import { RowMenu } from "./row-menu";
import { activity as t } from "./text";
import { Toolbar } from "./toolbar";
import { useLog } from "./use-log";

export default function Activity() {
  const { query } = usePlace();
  const address = query.toString();
  const range = useMemo(() => readRange(query), [address]);
  const filter = useMemo(() => readFilter(query), [address]);
  const live = query.has("live") && range.name !== null;
  const open = query.get("open");
  const names = useNames();
  const wide = useWide();
  const phone = useMedia("(max-width: 760px)");
  const tight = useMedia("(max-width: 1100px)");
  const [selected, setSelected] = useState<string | null>(open);
  const [menu, setMenu] = useState<{ row: Request; at: DOMRect } | null>(null);
  const look = useLook();
  const scroller = useRef<HTMLDivElement>(null);

  const asking = apiQuery(filter, range);
  const { log, error, busy, more, reload, setTop, showHeld } = useLog(asking, apiQuery(filter, null), live);
  const histogram = useGet<Histogram>("/requests/histogram", { query: asking, poll_ms: live ? 5000 : 60_000 });
  const bars = useMemo(() => {
    const { from, to } = span(range, (histogram.at || Date.now()) / 1000);
    return histogram.data && fromHistogram(histogram.data, from, to);
  }, [histogram.data]);

  // Another question begins at its top.
  const question = JSON.stringify(asking);
  useEffect(() => {
    scroller.current?.scrollTo(0, 0);
    setTop(true);
  }, [question]);

  const setFilter = (next: Filter) => setQuery(filterChange(next));
  const show = (row: Request | null) => {
    if (row) setSelected(row.id);
    // Moving from row to row is one step back, not fifty.
    setQuery({ open: row?.id ?? null }, { replace: open !== null });
  };
  const close = () => {
    show(null);
    scroller.current?.focus();
  };
  useHotkeys([
    { keys: "Escape", run: () => open && close() },
    ...["j", "k"].map(keys => ({
      keys,
      run: () => {
        scroller.current?.focus();
        scroller.current?.dispatchEvent(new KeyboardEvent("keydown", { key: keys, bubbles: true, cancelable: true }));
      },
    })),
  ]);
  const top = () => {
    scroller.current!.scrollTop = 0;
    showHeld();
  };
  const height = phone ? 60 : look.density === "compact" ? 30 : 38;
  const rows = log?.rows ?? [];
  return (
    <div class="activity">
      <PageHeader
        title={t("title")}
        actions={
          <Actions
            range={range}
            filter={filter}
            live={live}
            look={look}
            onRange={to => setQuery({ ...chosen(to), open: null, ...(to.name === null && { live: null }) })}
            onLive={on => setQuery({ live: on ? "1" : null, ...(on && range.name === null && chosen({ name: "1h" })) })}
          />
        }
      />
      <Toolbar filter={filter} range={range} names={names} onChange={setFilter}>
        {histogram.data && (
          <span class="note end numbers" role="status">
            {t(histogram.data.approx ? "about_approx" : "about", { count: histogram.data.total })}
          </span>
        )}
      </Toolbar>
      <section class="card activity-chart">
        {bars ? (
          <VerdictChart
            data={bars}
            height={64}
            label={t("histogram", { total: count(histogram.data!.total) })}
            onBrush={(from, to) =>
              setQuery({ ...chosen({ name: null, from, to }), live: null, from: iso(from), to: iso(to) })
            }
          />
        ) : histogram.error ? (
          <Failed small error={histogram.error} onRetry={histogram.reload} />
        ) : (
          <Skeleton kind="chart" rows={48} />
        )}
      </section>
      <div class={`activity-body ${open && wide ? "with-dock" : ""}`}>
        <section class={`card flush activity-table ${busy && log ? "busy" : ""}`} aria-busy={busy}>
          {log && log.held.length > 0 && <Held count={log.held.length} onClick={top} />}
          {!log && error ? (
            <Failed error={error} title={t("failed")} onRetry={reload} />
          ) : !log ? (
            <div class="activity-wait">
              <Skeleton kind="table" rows={12} />
            </div>
          ) : rows.length === 0 && !log.cursor ? (
            <Nothing filter={filter} live={live} onClear={() => setFilter({ q: "", actions: [], chips: [] })} />
          ) : (
            <VirtualTable
              label={t("table")}
              scroller={scroller}
              columns={columns(look.columns ?? USUAL, (open !== null && wide) || tight, names, (row, at) =>
                setMenu({ row, at }),
              )}
              rows={rows}
              rowKey={r => r.id}
              rowClass={r => `r-${r.action}`}
              height={height}
              card={phone ? r => <Card row={r} names={names} /> : undefined}
              selected={selected}
              onSelect={row => {
                setSelected(row.id);
                if (open) show(row);
              }}
              onOpen={show}
              onMenu={(row, at) => {
                setSelected(row.id);
                setMenu({ row, at });
              }}
              onEnd={more}
              onTop={setTop}
              foot={<Foot log={log} busy={busy} error={error} live={live} onMore={more} />}
            />
          )}
        </section>
        {open && (
          <Details
            key={wide ? "dock" : "sheet"}
            id={open}
            row={rows.find(r => r.id === open)}
            names={names}
            filter={filter}
            onFilter={setFilter}
            onClose={close}
          />
        )}
      </div>
      {menu && <RowMenu {...menu} filter={filter} names={names} onFilter={setFilter} onClose={() => setMenu(null)} />}
    </div>
  );
}

function Details({ onClose, ...props }: Parameters<typeof useDetails>[0] & { onClose: () => void }) {
  const { title, note, body, foot } = useDetails(props);
  return (
    <Dock title={title} note={note} foot={foot} onClose={onClose}>
      {body}
    </Dock>
  );
}
