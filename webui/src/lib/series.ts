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

export const DAY_S = 86400;

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

/**
 * The bars of one verdict as one path, on whole pixels: from the stack below it to its own, a gap between buckets.
 * `x` and `y` give pixels of the screen, `unit` of which are one of the page.
 */
export function bars(
  t: readonly number[],
  top: readonly number[],
  below: readonly number[] | null,
  step_s: number,
  x: (s: number) => number,
  y: (n: number) => number,
  unit = 1,
): string {
  const room = x(step_s) - x(0);
  const gap = room > 3 * unit ? Math.round(Math.min(2 * unit, room * 0.2)) : 0;
  let path = "";
  for (let i = 0; i < t.length; i++) {
    const from = below?.[i] ?? 0;
    if (top[i]! <= from) continue;
    const left = Math.round(x(t[i]!));
    const wide = Math.max(Math.round(x(t[i]! + step_s)) - left - gap, 1);
    // Something that happened is at least a line high, also beside a bar of thousands.
    const base = Math.round(y(from));
    const tall = Math.max(base - Math.round(y(top[i]!)), Math.round(unit));
    path += `M${left} ${base}h${wide}v${-tall}h${-wide}z`;
  }
  return path;
}

/** Whole buckets: what was dragged over, in either direction, is what is seen next. */
export function wholeSteps(from: number, to: number, step_s: number): [from: number, to: number] {
  const first = Math.floor(Math.min(from, to) / step_s) * step_s;
  return [first, Math.max(Math.ceil(Math.max(from, to) / step_s) * step_s, first + step_s)];
}
