// A key figure: name, value, change against the period before, and its course.
import { percent } from "../lib/format";
import { Icon } from "./icon";

type Props = {
  name: string;
  value: string;
  /** Share by which it changed; null when there was nothing before. */
  change: number | null;
  changeNote: string;
  /** Is less better (errors, latency)? Undefined: neither is. */
  better?: "more" | "less";
  spark: readonly number[];
  tone?: "accent" | "bad" | "warn";
  href?: string;
};

export function Figure({ name, value, change, changeNote, better, spark, tone = "accent", href }: Props) {
  const up = (change ?? 0) > 0;
  const flat = change === null || Math.abs(change) < 0.0005;
  const good = !flat && better !== undefined && (better === "more") === up;
  const inside = (
    <>
      <span class="figure-name">{name}</span>
      <b class="figure-value">{value}</b>
      <span class={`figure-change ${good ? "good" : ""}`}>
        {!flat && <Icon name={up ? "up" : "down"} size={14} />}
        {change === null ? "" : <b>{percent(Math.abs(change))}</b>} {changeNote}
      </span>
      {spark.length > 1 && <Spark values={spark} tone={tone} />}
    </>
  );
  return href ? (
    <a class="figure" href={href}>
      {inside}
    </a>
  ) : (
    <div class="figure">{inside}</div>
  );
}

/** The course of a figure without axes; the figure beside it carries the meaning. */
export function Spark({ values, tone = "accent" }: { values: readonly number[]; tone?: string }) {
  const most = Math.max(...values, 0) || 1;
  const n = Math.max(values.length - 1, 1);
  const points = values.map(
    (v, i) => `${((i / n) * 100).toFixed(2)},${(29 - (Math.max(v, 0) / most) * 26).toFixed(2)}`,
  );
  const line = points.length > 1 ? points.join(" ") : "0,29 100,29";
  return (
    <svg class={`spark ${tone}`} viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <polygon points={`0,30 ${line} 100,30`} />
      <polyline points={line} />
    </svg>
  );
}
