// How much of a quota is used: the bar's colour goes with its words, never alone.
import { percent } from "../../lib/format";
import { safe } from "../../lib/safe";
import { quotas as t } from "./text";

export type Usage = {
  quota: string;
  title: string;
  per: "user" | "client" | "group" | "all";
  subject: string;
  bytes: number;
  requests: number;
  minutes: number;
  limit: { bytes?: number; requests?: number; minutes?: number };
  extension: { bytes?: number; requests?: number; minutes?: number; times: number; taken: number } | null;
  percent: number;
  exhausted: boolean;
  resets: string;
};

export const standingOf = (u: Usage, warnAt = 80): "ok" | "near" | "out" =>
  u.exhausted ? "out" : u.percent >= warnAt ? "near" : "ok";

/** "all" is not a name. */
export const subjectName = (u: Pick<Usage, "per" | "subject">): string =>
  u.per === "all" ? t("usage.everyone") : safe(u.subject);

export function UsageBar({ usage, warnAt }: { usage: Usage; warnAt?: number }) {
  const share = Math.min(100, usage.percent);
  return (
    <span
      class={`usage-bar ${standingOf(usage, warnAt)}`}
      role="meter"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share}
      aria-label={t("usage.bar", { name: subjectName(usage), percent: percent(usage.percent / 100, 0) })}
    >
      <i style={{ width: `${share}%` }} />
    </span>
  );
}
