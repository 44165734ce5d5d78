// The chart of verdicts as people use it: a pointer over it tells the numbers, dragging it (mouse, pen or finger) or
// arrow keys choose a period. For those who can't see it, it has a sentence, each step is said, and where a page offers
// one there is a table.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ACTIONS, type Action } from "../api/types";
import { clock, count, day, dayClock, list, time } from "../lib/format";
import { DAY_S, wholeSteps, type VerdictSeries } from "../lib/series";
import { common as t } from "../text/common";
import { openPlot, type Plot } from "./plot";

export type VerdictPlotProps = {
  data: VerdictSeries;
  hidden?: ReadonlySet<Action>;
  height: number;
  /** Axes and grid; without them only the bars and the two ends. */
  axes?: boolean;
  label: string;
  /** A period was chosen, in seconds since 1970. */
  onBrush?: (from: number, to: number) => void;
};

/** A drag of fewer pixels is a click. */
const CLICK_PX = 4;

export default function VerdictPlot({ data, hidden, height, axes, label, onBrush }: VerdictPlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(null!);
  /** What is being chosen, in seconds: from where it began to where it has come. */
  const picked = useRef<{ from: number; to: number } | null>(null);
  /** The step where choosing with the keys began. */
  const anchor = useRef(0);
  const [at, setAt] = useState<number | null>(null);
  const last = data.t.length - 1;
  const end = (i: number) => data.t[i]! + data.step_s;

  useLayoutEffect(() => {
    plot.current = openPlot(host.current!, height, axes ?? false);
    return plot.current.close;
  }, [height, axes]);
  useLayoutEffect(() => {
    plot.current.show(data, hidden);
    plot.current.select(picked.current);
  }, [data, hidden, height, axes]);

  const pick = (period: { from: number; to: number } | null) => {
    picked.current = period;
    plot.current.select(period);
  };
  const drop = () => {
    pick(null);
    setAt(null);
  };
  const choose = () => {
    const period = picked.current;
    drop();
    if (period && onBrush) onBrush(...wholeSteps(period.from, period.to, data.step_s));
  };
  /** The pointer's moment; the numbers there are shown. */
  const follow = (event: PointerEvent): number => {
    const s = plot.current.second(event.clientX);
    const i = Math.floor((s - (data.t[0] ?? 0)) / data.step_s);
    setAt(i >= 0 && i <= last ? i : null);
    return s;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = at ?? last + 1;
    const steps: Record<string, number> = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last };
    const next = steps[event.key];
    if (next !== undefined && last >= 0) {
      const i = Math.min(Math.max(next, 0), last);
      if (!event.shiftKey || at === null) anchor.current = i;
      pick({ from: data.t[Math.min(anchor.current, i)]!, to: end(Math.max(anchor.current, i)) });
      setAt(i);
    } else if (event.key === "Enter" && picked.current) choose();
    else if (event.key === "Escape" && (picked.current || at !== null)) drop();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const brush = onBrush && {
    role: "slider" as const,
    tabIndex: 0,
    "aria-label": t("chart.hand"),
    "aria-valuemin": 0,
    "aria-valuemax": Math.max(last, 0),
    "aria-valuenow": at ?? Math.max(last, 0),
    "aria-valuetext": data.t[at ?? last] === undefined ? t("none") : inWords(data, at ?? last),
    onKeyDown,
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      if (event.button !== 0 || !event.isPrimary) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const s = follow(event);
      pick({ from: s, to: s });
    },
    onPointerUp: () => (picked.current && plot.current.width(picked.current) > CLICK_PX ? choose() : pick(null)),
    // A finger that moves up or down scrolls the page: the browser takes the pointer away.
    onPointerCancel: drop,
    onBlur: drop,
  };
  return (
    <div class={`chart ${onBrush ? "brush" : ""}`}>
      <div ref={host} class="chart-plot" role="img" aria-label={label} />
      <div
        class="chart-hand"
        {...brush}
        onPointerMove={event => {
          const s = follow(event);
          if (picked.current && event.currentTarget.hasPointerCapture(event.pointerId))
            pick({ ...picked.current, to: s });
        }}
        // A finger that is lifted leaves the numbers there to be read.
        onPointerLeave={event => (event.pointerType !== "touch" || !onBrush) && setAt(null)}
      />
      {!axes && (
        <div class="chart-ends" aria-hidden="true">
          <span>{dayClock(data.from)}</span>
          <span>{dayClock(data.to)}</span>
        </div>
      )}
      {at !== null && data.t[at] !== undefined && <Tip data={data} at={at} plot={plot.current} />}
    </div>
  );
}

function moment({ t: starts, step_s }: VerdictSeries, at: number): string {
  const start = starts[at]!;
  const end = start + step_s;
  return step_s >= DAY_S ? day(start) : `${dayClock(start)} – ${step_s < 60 ? time(end) : clock(end)}`;
}

function inWords(data: VerdictSeries, at: number): string {
  const there = ACTIONS.filter(a => data.series[a][at]);
  const parts = there.map(a => `${t(`action.${a}`)} ${count(data.series[a][at]!)}`);
  return `${moment(data, at)}: ${list(parts) || t("none")}`;
}

/** The numbers of one step, beside it. */
function Tip({ data, at, plot }: { data: VerdictSeries; at: number; plot: Plot }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const room = box.current!.parentElement!.clientWidth;
    const wide = box.current!.offsetWidth;
    const left = plot.left(data.t[at]!);
    const beside = left + 24 + wide > room ? left - wide - 12 : left + 24;
    box.current!.style.left = `${Math.max(0, Math.min(beside, room - wide))}px`;
  });
  return (
    <div class="chart-tip" ref={box} aria-hidden="true">
      <b>{moment(data, at)}</b>
      {[...ACTIONS].reverse().map(a =>
        data.series[a][at] ? (
          <div key={a}>
            <i class={`dot v-${a}`} />
            {t(`action.${a}`)}
            <b>{count(data.series[a][at])}</b>
          </div>
        ) : null,
      )}
    </div>
  );
}
