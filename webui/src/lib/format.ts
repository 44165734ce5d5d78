// Numbers, sizes and times for people: Intl, in the browser's zone. Exports and the API keep ISO 8601.
// Everything takes its locale from one place, so that a language changes them together.

let locale: string | undefined;
export function setLocale(name: string | undefined): void {
  locale = name;
  made.clear();
}

// Intl objects are dear to make and free to use.
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();
function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n${JSON.stringify(options)}`;
  let f = made.get(key) as Intl.NumberFormat | undefined;
  if (!f) made.set(key, (f = new Intl.NumberFormat(locale, options)));
  return f;
}
function moment(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `d${JSON.stringify(options)}`;
  let f = made.get(key) as Intl.DateTimeFormat | undefined;
  if (!f) made.set(key, (f = new Intl.DateTimeFormat(locale, options)));
  return f;
}

export const count = (n: number): string => number({ maximumFractionDigits: 0 }).format(n);

/** 815,400 -> 815.4K: for figures and axes, where the exact number is a click away. */
export const short = (n: number): string =>
  Math.abs(n) < 10_000 ? count(n) : number({ notation: "compact", maximumFractionDigits: 1 }).format(n);

export const percent = (part: number, digits = 1): string =>
  number({ style: "percent", maximumFractionDigits: digits, minimumFractionDigits: digits }).format(part);

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;
export function bytes(n: number): string {
  let i = 0;
  let value = n;
  while (Math.abs(value) >= 999.5 && i < SIZES.length - 1) {
    value /= 1000;
    i++;
  }
  const digits = i === 0 || Math.abs(value) >= 99.5 ? 0 : 1;
  return number({
    style: "unit",
    unit: SIZES[i],
    unitDisplay: i === 0 ? "long" : "short",
    maximumFractionDigits: digits,
  }).format(value);
}

/** What a step of a request takes, of a few hundred nanoseconds: 0.09 µs. Never nothing. */
export const nanos = (ns: number): string =>
  `${number({ maximumSignificantDigits: 2 }).format(Math.max(ns, 10) / 1000)} µs`;

/** Microseconds as the unit that reads best. */
export function micros(us: number): string {
  if (us < 1000) return `${count(us)} µs`;
  if (us < 1_000_000) return `${number({ maximumFractionDigits: us < 100_000 ? 1 : 0 }).format(us / 1000)} ms`;
  return `${number({ maximumFractionDigits: 1 }).format(us / 1_000_000)} s`;
}
/** Whole milliseconds: 0 is less than one, not nothing. */
export const millis = (ms: number): string => (ms < 1 ? "< 1 ms" : micros(ms * 1000));

/** A length of time in its two largest units: 3 h 20 min. */
export function duration(s: number): string {
  const units: [Intl.NumberFormatOptions["unit"], number][] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  let rest = Math.max(0, Math.round(s));
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0 && parts.length < 2) parts.push(number({ style: "unit", unit, unitDisplay: "short" }).format(n));
    else if (parts.length > 0) break;
  }
  return parts.join(" ") || number({ style: "unit", unit: "second", unitDisplay: "short" }).format(0);
}

type When = string | number | Date;
/** Text is RFC 3339, a number is seconds since 1970. */
const date = (at: When): Date => (at instanceof Date ? at : new Date(typeof at === "number" ? at * 1000 : at));

export const time = (at: When): string =>
  moment({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date(at));
export const clock = (at: When): string =>
  moment({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date(at));
export const fraction = (at: When): string => `.${String(date(at).getMilliseconds()).padStart(3, "0")}`;
export const day = (at: When): string => moment({ month: "short", day: "numeric" }).format(date(at));
/** With its year: for what is months away. */
export const dayText = (at: When): string =>
  moment({ year: "numeric", month: "short", day: "numeric" }).format(date(at));
export const dayClock = (at: When): string =>
  moment({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(date(at));
export const full = (at: When): string =>
  moment({
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  }).format(date(at));

/** 0 is Monday. */
export const weekday = (d: number, how: "long" | "short" | "narrow"): string =>
  moment({ weekday: how, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + d)));

export const zone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "3 hours ago", "in 2 days": words, with the exact time as the tooltip's business. */
export function ago(at: When, now: number = Date.now()): string {
  const s = (date(at).getTime() - now) / 1000;
  const key = "r";
  let f = made.get(key) as Intl.RelativeTimeFormat | undefined;
  if (!f) made.set(key, (f = new Intl.RelativeTimeFormat(locale, { numeric: "auto" })));
  const abs = Math.abs(s);
  if (abs < 45) return f.format(Math.round(s) === 0 ? 0 : Math.round(s), "second");
  if (abs < 2700) return f.format(Math.round(s / 60), "minute");
  if (abs < 79200) return f.format(Math.round(s / 3600), "hour");
  if (abs < 2592000) return f.format(Math.round(s / 86400), "day");
  return f.format(Math.round(s / 2592000), "month");
}

export const list = (items: readonly string[], type: "conjunction" | "disjunction" = "conjunction"): string =>
  new Intl.ListFormat(locale, { style: "long", type }).format(items);
