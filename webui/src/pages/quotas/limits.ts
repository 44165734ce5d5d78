// A quota's limits in words, and its usage beside them in the same units.
import type { Quota } from "../../api/types";
import { bytes, count, list } from "../../lib/format";
import { joinSize, readSize, sizeText, splitSize, writeMinutes, type SizeUnit } from "../../policy/units";
import { safe } from "../../lib/safe";
import { quotas as t } from "./text";

/** In the units in which it was given: "1.5 GiB", and "1,537 MiB" where that would say less. */
function sizeOf(size: string | number): string {
  const { amount, unit } = splitSize(size);
  const n = readSize(size);
  if (n === null) return String(size);
  const round = unit.includes("i") ? sizeText(n) : bytes(n);
  return readSize(joinSize(...(round.split(" ") as [string, SizeUnit])) ?? "") === n
    ? round
    : `${count(Number(amount))} ${unit}`;
}

/** "2 GiB or 1 h". */
function limitsText(quota: Partial<Quota>): string {
  const parts = [
    quota.bytes && sizeOf(quota.bytes),
    quota.minutes && writeMinutes(quota.minutes),
    quota.requests && t("limit.requests", { count: quota.requests }),
  ].filter((p): p is string => !!p);
  return parts.length ? list(parts, "disjunction") : t("limit.none");
}

/** "a day", "in any 24h". */
function windowText(window: Quota["window"]): string {
  return typeof window === "string" ? t(`window.${window}`) : t("window.rolling", { span: safe(window.rolling) });
}

/** How slow it gets at the limit; null: it is not slowed down. */
export const rateOf = (then: Quota["then"]): string | null => (typeof then === "object" ? then.throttle : null);

/** "500 MiB or 15 min": what one extension adds. */
export const extensionText = (e: NonNullable<Quota["extension"]>): string => limitsText(e);

/** "2 GiB or 1 h a day, for each user". */
export function quotaText(quota: Pick<Quota, "per" | "window"> & Partial<Quota>): string {
  return t("limit.sentence", {
    limits: limitsText(quota),
    window: windowText(quota.window),
    per: t(`per.${quota.per}`),
  });
}

export type Used = { bytes: number; minutes: number; requests: number };
type Limit = Partial<Used>;

/** Of the limit that is nearest: "1.4 MiB of 2 MiB". `quota` says in which units people think of it. */
export function usedText(used: Used, limit: Limit, quota: Quota | undefined): string {
  const binary = typeof quota?.bytes === "string" && /i/i.test(quota.bytes);
  const size = (n: number) => (binary ? sizeText(n) : bytes(n));
  const words = {
    bytes: size,
    minutes: (n: number) => writeMinutes(n) || "0 min",
    requests: (n: number) => count(n),
  };
  const keys = (Object.keys(words) as (keyof Used)[]).filter(k => limit[k]);
  const nearest = keys.sort((a, b) => used[b] / limit[b]! - used[a] / limit[a]!)[0];
  if (!nearest) return "";
  return t("usage.of", { used: words[nearest](used[nearest]), limit: words[nearest](limit[nearest]!) });
}
