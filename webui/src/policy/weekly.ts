// The week of a schedule: spans as the policy writes them ("mon-fri 08:00-18:00", also over midnight) and as a week of
// minutes that a grid can paint. Pure, and exact to the minute: painting one cell leaves all others as they were.
import type { Schedule } from "../api/types";

export const DAY = 1440;
export const WEEK = 7 * DAY;
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Span = Schedule["spans"][number];
/** Minutes since Monday 00:00, `from` before `to`, apart from each other, in order. */
export type Interval = { from: number; to: number };

export function readDays(text: string | undefined): boolean[] | null {
  const words = (text ?? "all").trim().toLowerCase();
  if (words === "all") return DAYS.map(() => true);
  const on = DAYS.map(() => false);
  for (const part of words.split(",")) {
    const [a, b, ...more] = part.split("-").map(w => DAYS.indexOf(w.trim() as (typeof DAYS)[number]));
    if (a === undefined || a < 0 || more.length || (b !== undefined && b < 0)) return null;
    for (let d = a; ; d = (d + 1) % 7) {
      on[d] = true;
      if (d === (b ?? a)) break;
    }
  }
  return on;
}

/** The shortest way to write them: runs of three or more as a range, also over the weekend (fri-mon). */
export function writeDays(on: readonly boolean[]): string {
  if (on.every(Boolean)) return "all";
  const parts: { start: number; text: string }[] = [];
  for (let d = 0; d < 7; d++) {
    if (!on[d] || on[(d + 6) % 7]) continue;
    let length = 1;
    while (on[(d + length) % 7]) length++;
    const last = DAYS[(d + length - 1) % 7]!;
    const text = length === 1 ? DAYS[d]! : length === 2 ? `${DAYS[d]},${last}` : `${DAYS[d]}-${last}`;
    parts.push({ start: d, text });
  }
  return parts.map(p => p.text).join(",");
}

export function readClock(text: string | undefined, usual: number): number | null {
  if (text === undefined) return usual;
  const found = /^(\d\d):(\d\d)$/.exec(text.trim());
  if (!found) return null;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minute <= DAY ? minute : null;
}

export const writeClock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

function merged(all: Interval[]): Interval[] {
  const out: Interval[] = [];
  for (const it of all.filter(i => i.from < i.to).sort((a, b) => a.from - b.from)) {
    const last = out[out.length - 1];
    if (last && it.from <= last.to) last.to = Math.max(last.to, it.to);
    else out.push({ ...it });
  }
  return out;
}

/** What can't be read is left out: the gateway names it when the draft is checked. On days `off` none begins. */
export function readSpans(spans: readonly Partial<Span>[], off?: readonly boolean[]): Interval[] {
  const all: Interval[] = [];
  for (const span of spans) {
    const days = readDays(span.days);
    const from = readClock(span.from, 0);
    const to = readClock(span.to, DAY);
    if (!days || from === null || to === null || from === to) continue;
    days.forEach((on, d) => {
      if (!on || off?.[d]) return;
      const start = d * DAY + from;
      const end = d * DAY + to + (to < from ? DAY : 0);
      all.push({ from: start, to: Math.min(end, WEEK) });
      if (end > WEEK) all.push({ from: 0, to: end - WEEK }); // Sunday's night belongs to Monday
    });
  }
  return merged(all);
}

/** Pieces of at most a day: whole days apart, a night kept whole on the day where it begins. */
function pieces(week: readonly Interval[]): { day: number; from: number; to: number }[] {
  const first = week[0];
  const last = week[week.length - 1];
  let rest = week.map(i => ({ ...i }));
  if (first && last && first !== last && first.from === 0 && last.to === WEEK) {
    rest = rest.slice(1, -1).concat({ from: last.from, to: WEEK + first.to });
  }
  const out: { day: number; from: number; to: number }[] = [];
  for (const it of rest) {
    let at = it.from;
    while (at < it.to) {
      const day = Math.floor(at / DAY);
      const midnight = (day + 1) * DAY;
      const from = at - day * DAY;
      // The night goes on to the next day when it ends there, earlier in the day than it began.
      const night = from > 0 && it.to > midnight && it.to - midnight < Math.min(from, DAY);
      const end = night ? it.to : Math.min(it.to, midnight);
      out.push({ day: day % 7, from, to: night ? end - midnight : end - day * DAY });
      at = end;
    }
  }
  return out;
}

export function writeSpans(week: readonly Interval[]): Span[] {
  const groups = new Map<string, { from: number; to: number; days: boolean[] }>();
  for (const piece of pieces(week)) {
    const key = `${piece.from} ${piece.to}`;
    const group = groups.get(key) ?? { from: piece.from, to: piece.to, days: DAYS.map(() => false) };
    group.days[piece.day] = true;
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((a, b) => a.days.indexOf(true) - b.days.indexOf(true) || a.from - b.from)
    .map(g => ({ days: writeDays(g.days), from: writeClock(g.from), to: writeClock(g.to) }));
}

/** The week with [from, to) on or off. */
export function paint(week: readonly Interval[], from: number, to: number, on: boolean): Interval[] {
  if (on) return merged([...week, { from, to }]);
  return merged(
    week.flatMap(i => [
      { from: i.from, to: Math.min(i.to, from) },
      { from: Math.max(i.from, to), to: i.to },
    ]),
  );
}

/** How much of [from, to) is on: 0 to 1. */
export function share(week: readonly Interval[], from: number, to: number): number {
  const on = week.reduce((sum, i) => sum + Math.max(0, Math.min(i.to, to) - Math.max(i.from, from)), 0);
  return on / (to - from);
}

export const minutes = (week: readonly Interval[]): number => week.reduce((sum, i) => sum + i.to - i.from, 0);

/** The minute of the week on the clocks of a zone; null when the browser does not know the zone. */
export function minuteOfWeek(at: Date, zone: string | undefined): number | null {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone || undefined,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    }).formatToParts(at);
    const get = (type: string) => parts.find(p => p.type === type)?.value ?? "";
    const day = DAYS.indexOf(get("weekday").toLowerCase() as (typeof DAYS)[number]);
    return day * DAY + Number(get("hour")) * 60 + Number(get("minute"));
  } catch {
    return null;
  }
}

/** Of the seven days from yesterday on, by the clocks of a zone: which are among the dates. A night may go on today. */
export function daysOff(dates: readonly string[], at: Date, zone: string | undefined): boolean[] {
  const off = DAYS.map(() => false);
  try {
    const today = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone || undefined,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    }).format(at);
    for (let i = -1; i < 6; i++) {
      const day = new Date(Date.parse(`${today}T00:00Z`) + i * 86_400_000);
      if (dates.includes(day.toISOString().slice(0, 10))) off[(day.getUTCDay() + 6) % 7] = true;
    }
  } catch {
    // A zone that the browser does not know: nothing is said about now either.
  }
  return off;
}

/** Is it on now, and in how many minutes does that change? null: never. */
export function standing(week: readonly Interval[], minute: number): { on: boolean; changes: number | null } {
  const total = minutes(week);
  const on = week.some(i => minute >= i.from && minute < i.to);
  if (total === 0 || total === WEEK) return { on, changes: null };
  const edges = week.flatMap(i => [i.from, i.to % WEEK]);
  const after = edges
    // A week's end that runs on into Monday is no edge.
    .filter(e => share(week, (e + WEEK - 1) % WEEK, ((e + WEEK - 1) % WEEK) + 1) !== share(week, e, e + 1))
    .map(e => (e - minute + WEEK) % WEEK || WEEK);
  return { on, changes: Math.min(...after) };
}
