// uPlot as the console uses it: bars by verdict on top of each other, in the colours of the tokens, with our words for
// numbers and times. It keeps the size of its place, the density of the screen and the theme; it owns no gesture.
import uPlot from "uplot";
import { ACTIONS, type Action } from "../api/types";
import { clock, day, short, time } from "../lib/format";
import { CHANGED } from "../lib/look";
import { bars, DAY_S, stack, type VerdictSeries } from "../lib/series";

export type Plot = {
  show: (data: VerdictSeries, hidden?: ReadonlySet<Action>) => void;
  /** Marks a period, in seconds since 1970. */
  select: (period: { from: number; to: number } | null) => void;
  /** The moment under a place of the window; the nearest end beside the bars. */
  second: (clientX: number) => number;
  /** Where a moment is, in pixels from the left of the plot. */
  left: (s: number) => number;
  width: (period: { from: number; to: number }) => number;
  close: () => void;
};

const INK: Record<Action, string> = {
  allow: "--c-allow",
  warn: "--c-warn",
  quota: "--c-quota",
  block: "--c-block",
  error: "--ctl",
};
/** Requests are counted: no tick between 0 and 1. */
const WHOLE = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map(n => n * 10 ** power)).flat();
const MINUTE_S = 60;

export function openPlot(host: HTMLElement, height: number, axes: boolean): Plot {
  let shown = { from: 0, to: 1, step_s: 1 };
  const style = getComputedStyle(host);
  const ink = (token: string) => () => style.getPropertyValue(token).trim();
  const axis = {
    show: axes,
    stroke: () => style.color,
    font: `11px ${style.fontFamily}`,
    ticks: { show: false },
  };
  const u = new uPlot(
    {
      width: Math.max(host.clientWidth, 1),
      height,
      padding: axes ? [10, 18, 0, 0] : [4, 0, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: () => [shown.from, shown.to] },
        y: { range: (_u, _low, high) => (high > 0 ? uPlot.rangeNum(0, high, 0.05, true) : [0, 1]) },
      },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 8,
          space: 72,
          grid: { show: false },
          values: (_u, at, _i, _space, step) => moments(at, step),
        },
        {
          ...axis,
          size: 44,
          gap: 8,
          space: 40,
          incrs: WHOLE,
          grid: { stroke: ink("--grid"), width: 1 },
          values: (_u, levels) => levels.map(short),
        },
      ],
      series: [
        {},
        ...ACTIONS.map(a => ({
          width: 0,
          fill: ink(INK[a]),
          points: { show: false },
          paths: (plot: uPlot, i: number) => ({ fill: new Path2D(shape(plot, i, shown.step_s)) }),
        })),
      ],
    },
    [[]],
    host,
  );
  const redraw = () => u.redraw(false);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const watcher = new ResizeObserver(() => u.setSize({ width: Math.max(host.clientWidth, 1), height }));
  watcher.observe(host);
  dark.addEventListener("change", redraw);
  addEventListener(CHANGED, redraw);
  let open = true;
  void document.fonts.ready.then(() => open && redraw());

  const x = (s: number) => u.valToPos(Math.min(Math.max(s, shown.from), shown.to), "x");
  return {
    show(data, hidden) {
      shown = data;
      const on = stack(data, hidden);
      u.setData([data.t, ...ACTIONS.map(a => on[a])]);
    },
    select(period) {
      const left = period ? x(Math.min(period.from, period.to)) : 0;
      const width = period ? x(Math.max(period.from, period.to)) - left : 0;
      u.setSelect({ left, width, top: 0, height: period ? u.over.clientHeight : 0 }, false);
    },
    second(clientX) {
      const place = u.over.getBoundingClientRect();
      return u.posToVal(Math.min(Math.max(clientX - place.left, 0), place.width), "x");
    },
    left: s => u.over.offsetLeft + x(s),
    width: ({ from, to }) => Math.abs(x(to) - x(from)),
    close() {
      open = false;
      watcher.disconnect();
      dark.removeEventListener("change", redraw);
      removeEventListener(CHANGED, redraw);
      u.destroy();
    },
  };
}

/** The bars of one verdict, in pixels of the canvas. */
function shape(u: uPlot, i: number, step_s: number): string {
  const [t, ...stacked] = u.data as number[][];
  const x = (s: number) => u.valToPos(s, "x", true);
  const y = (n: number) => u.valToPos(n, "y", true);
  return bars(t!, stacked[i - 1]!, stacked[i - 2] ?? null, step_s, x, y, devicePixelRatio);
}

/** Round local times in words: the clock, or the day where one begins. */
function moments(at: number[], step_s: number): string[] {
  return at.map(s => {
    if (step_s >= DAY_S || (at.at(-1)! - at[0]! > DAY_S && new Date(s * 1000).getHours() === 0)) return day(s);
    return step_s < MINUTE_S ? time(s) : clock(s);
  });
}
