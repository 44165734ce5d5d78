// Counts over time by verdict, as columns: made of the two shapes that the API answers in.
import { ACTIONS, type Action } from "../api/types";

export type VerdictSeries = {
  from: number;
  to: number;
  step_s: number;
  t: number[];
  series: Record<Action, number[]>;
};
/** GET /stats/series?by=action */
export type NamedSeries = { step_s: number; t: number[]; series: { name: string; values: number[] }[] };
/** GET /requests/histogram */
export type Histogram = {
  step_s: number;
  t: number[];
  series: Partial<Record<Action, number[]>>;
  total: number;
  approx: boolean;
};

const seconds = (at: unknown): number => (typeof at === "number" ? at : Date.parse(String(at)) / 1000);

/** `from` and `to` are the period asked for: an axis shows all of it, also where nothing happened. */
export function fromNamed(got: NamedSeries, from: number, to: number): VerdictSeries {
  const by = Object.fromEntries(got.series.map(s => [s.name, s.values]));
  return shape(got.step_s, got.t, by, from, to);
}

export function fromHistogram(got: Histogram, from: number, to: number): VerdictSeries {
  return shape(got.step_s, got.t, got.series, from, to);
}

function shape(
  step_s: number,
  t: unknown[],
  by: Partial<Record<string, number[]>>,
  from: number,
  to: number,
): VerdictSeries {
  const at = t.map(seconds);
  const zero = at.map(() => 0);
  const series = Object.fromEntries(ACTIONS.map(a => [a, by[a] ?? zero])) as Record<Action, number[]>;
  return { from: Math.min(from, at[0] ?? from), to: Math.max(to, (at.at(-1) ?? 0) + step_s), step_s, t: at, series };
}

/** Each verdict on top of those before it, leaving out the hidden ones. */
export function stack(data: VerdictSeries, hidden?: ReadonlySet<Action>): Record<Action, number[]> {
  const sum = data.t.map(() => 0);
  const stacked = {} as Record<Action, number[]>;
  for (const a of ACTIONS) {
    if (!hidden?.has(a)) data.series[a].forEach((n, i) => (sum[i]! += n));
    stacked[a] = [...sum];
  }
  return stacked;
}

export function totals(data: VerdictSeries): Record<Action, number> {
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return Object.fromEntries(ACTIONS.map(a => [a, sum(data.series[a])])) as Record<Action, number>;
}

/** The bars of one verdict as one path: from the stack below it to its own, a gap between buckets. */
export function bars(
  t: readonly number[],
  top: readonly number[],
  below: readonly number[] | null,
  step_s: number,
  x: (s: number) => number,
  y: (n: number) => number,
): string {
  let path = "";
  for (let i = 0; i < t.length; i++) {
    const from = below?.[i] ?? 0;
    if (top[i]! <= from) continue;
    const left = x(t[i]!);
    const room = x(t[i]! + step_s) - left;
    const wide = Math.max(room > 3 ? room - Math.min(2, room * 0.2) : room, 0.5);
    // Something that happened is at least a line high, also beside a bar of thousands.
    const base = y(from);
    const tall = Math.max(base - y(top[i]!), 1);
    path += `M${left.toFixed(1)} ${base.toFixed(1)}h${wide.toFixed(1)}v${(-tall).toFixed(1)}h${(-wide).toFixed(1)}z`;
  }
  return path;
}

/** Round numbers from 0 to at least `most`, about five of them. */
export function ticksOfCount(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map(n => n * power).find(n => n >= rough)!,
  );
  const ticks = [0];
  while (ticks.at(-1)! < most) ticks.push(ticks.at(-1)! + step);
  return ticks;
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const STEPS = [1, 2, 5, 10, 15, 30]
  .map(n => n * MINUTE)
  .concat(
    [1, 2, 3, 6, 12].map(n => n * HOUR),
    [1, 2, 5, 10].map(n => n * DAY),
  );

/** Moments at round local times in a period, at most so many. */
export function ticksOfTime(from: number, to: number, most: number): number[] {
  const step = STEPS.find(s => (to - from) / s <= most) ?? 30 * DAY;
  const ticks: number[] = [];
  const at = new Date(from * 1000);
  if (step >= DAY) {
    at.setHours(24, 0, 0, 0);
    // Days are not all 24 hours long: let the calendar count.
    for (; at.getTime() / 1000 <= to; at.setDate(at.getDate() + step / DAY)) ticks.push(at.getTime() / 1000);
    return ticks;
  }
  const offset = at.getTimezoneOffset() * MINUTE;
  for (let s = Math.ceil((from - offset) / step) * step + offset; s <= to; s += step) ticks.push(s);
  return ticks;
}
