// Sizes and lengths of time as people type them and as the policy keeps them.

const UNITS: Record<string, number> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
export const SIZE_UNITS = ["KiB", "MiB", "GiB", "TiB", "KB", "MB", "GB", "TB"] as const;
export type SizeUnit = (typeof SIZE_UNITS)[number];

/** Bytes of a size in the policy ("2GiB", 4096); null when it is none. */
export function readSize(size: string | number | undefined): number | null {
  if (typeof size === "number") return Number.isInteger(size) && size > 0 ? size : null;
  const found = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(size ?? "");
  const unit = found && UNITS[found[2]!.toLowerCase()];
  return found && unit ? Number(found[1]) * unit : null;
}

/** A size as number and unit for two fields; whole numbers only, as the policy wants them. */
export function splitSize(size: string | number | undefined): { amount: string; unit: SizeUnit } {
  const found = /^\s*(\d+)\s*([a-z]+)\s*$/i.exec(String(size ?? ""));
  const unit = found && SIZE_UNITS.find(u => u.toLowerCase() === found[2]!.toLowerCase());
  if (found && unit) return { amount: found[1]!, unit };
  const bytes = readSize(size);
  if (bytes === null) return { amount: "", unit: "GiB" };
  const best = ([...SIZE_UNITS].reverse() as SizeUnit[])
    .filter(u => bytes % UNITS[u.toLowerCase()]! === 0)
    .sort((a, b) => UNITS[b.toLowerCase()]! - UNITS[a.toLowerCase()]!)[0];
  return best ? { amount: String(bytes / UNITS[best.toLowerCase()]!), unit: best } : { amount: "", unit: "GiB" };
}

/** The policy's text of an amount that may have a fraction: "1.5" GiB -> "1536MiB". null: no size at all. */
export function joinSize(amount: string, unit: SizeUnit): string | null {
  const text = amount.trim().replace(",", ".");
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(text)) return null;
  if (!text.includes(".")) return Number(text) > 0 ? `${Number(text)}${unit}` : null;
  const smaller = unit.includes("i") ? 1024 : 1000;
  const at = SIZE_UNITS.indexOf(unit);
  const bytes = Math.round(Number(text) * UNITS[unit.toLowerCase()]!);
  const below = at % 4 === 0 ? null : SIZE_UNITS[at - 1]!;
  if (bytes <= 0) return null;
  if (below && Number.isInteger(Number(text) * smaller)) return `${Number(text) * smaller}${below}`;
  return String(bytes);
}

/** A number of bytes in binary units, for limits that were given in them: "1.4 MiB". */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
  let at = 0;
  let value = bytes;
  while (value >= 1023.5 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  const text = at === 0 || value >= 99.95 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
  return `${text} ${units[at]}`;
}

/** Minutes of "90", "1:30", "1h 30m", "1.5 h"; null when it is no length of time, 0 when it is empty. */
export function readMinutes(text: string): number | null {
  const it = text.trim().toLowerCase();
  if (!it) return 0;
  const clock = /^(\d{1,4}):([0-5]\d)$/.exec(it);
  if (clock) return Number(clock[1]) * 60 + Number(clock[2]);
  if (/^\d{1,7}$/.test(it)) return Number(it);
  const parts = /^(?:(\d+(?:[.,]\d+)?)\s*(?:h|hours?|hrs?))?\s*(?:(\d+)\s*(?:m|min|mins|minutes?))?$/.exec(it);
  if (!parts || (parts[1] === undefined && parts[2] === undefined)) return null;
  return Math.round(Number((parts[1] ?? "0").replace(",", ".")) * 60) + Number(parts[2] ?? 0);
}

/** "1 h 30 min": what readMinutes reads again. */
export function writeMinutes(minutes: number | undefined): string {
  if (!minutes) return "";
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  return [h ? `${h} h` : "", m ? `${m} min` : ""].filter(Boolean).join(" ");
}
