// The spans of a schedule to the minute, as the policy keeps them: days to press, begin and end to type.
import { Button } from "../../components/button";
import { TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { weekday } from "../../lib/format";
import { DAY, readClock, readDays, writeDays, type Span } from "../../policy/weekly";
import { quotas as t } from "./text";

/** What is wrong with a span; null: nothing. */
export function spanFault(span: Partial<Span>): string | null {
  const days = readDays(span.days);
  const from = readClock(span.from, 0);
  const to = readClock(span.to, DAY);
  if (!days) return span.days ? t("schedule.span_days_fault") : t("schedule.span_no_days");
  if (from === null || to === null) return t("schedule.span_fault");
  return from === to ? t("schedule.span_empty") : null;
}

type Props = { spans: readonly Span[]; onChange: (spans: Span[]) => void; disabled?: boolean };

export function SpanList({ spans, onChange, disabled }: Props) {
  const set = (i: number, change: Partial<Span>) => onChange(spans.map((s, j) => (j === i ? { ...s, ...change } : s)));
  return (
    <div class="field">
      <h3>{t("schedule.spans")}</h3>
      {spans.length === 0 && <p class="note">{t("schedule.spans_none")}</p>}
      <ul class="spans">
        {spans.map((span, i) => (
          <OneSpan
            key={i}
            span={span}
            onChange={change => set(i, change)}
            onRemove={() => onChange(spans.filter((_, j) => j !== i))}
            disabled={disabled}
          />
        ))}
      </ul>
      {!disabled && (
        <div class="row">
          <Button
            small
            icon="plus"
            onClick={() => onChange([...spans, { days: "mon-fri", from: "08:00", to: "18:00" }])}
          >
            {t("schedule.span_add")}
          </Button>
        </div>
      )}
    </div>
  );
}

type OneProps = { span: Span; onChange: (change: Partial<Span>) => void; onRemove: () => void; disabled?: boolean };

function OneSpan({ span, onChange, onRemove, disabled }: OneProps) {
  const days = readDays(span.days || undefined) ?? [];
  const chosen = span.days === "" ? [] : days;
  const from = readClock(span.from, 0);
  const to = readClock(span.to, DAY);
  const night = from !== null && to !== null && to < from;
  const fault = spanFault(span);
  return (
    <li class={fault ? "wrong" : ""}>
      <span class="days" role="group" aria-label={t("schedule.span_days")}>
        {Array.from({ length: 7 }, (_, d) => (
          <button
            key={d}
            type="button"
            class="day"
            aria-pressed={!!chosen[d]}
            aria-label={weekday(d, "long")}
            disabled={disabled}
            onClick={() => {
              const next = Array.from({ length: 7 }, (_, i) => (i === d ? !chosen[i] : !!chosen[i]));
              onChange({ days: writeDays(next) });
            }}
          >
            {weekday(d, "narrow")}
          </button>
        ))}
      </span>
      <span class="times">
        <TextInput
          mono
          aria-label={t("schedule.span_from")}
          value={span.from ?? "00:00"}
          onInput={text => onChange({ from: text })}
          onBlur={() => onChange({ from: fullClock(span.from ?? "00:00") })}
          maxLength={5}
          disabled={disabled}
        />
        –
        <TextInput
          mono
          aria-label={t("schedule.span_to")}
          value={span.to ?? "24:00"}
          onInput={text => onChange({ to: text })}
          onBlur={() => onChange({ to: fullClock(span.to ?? "24:00") })}
          maxLength={5}
          disabled={disabled}
        />
      </span>
      {night && !fault && <span class="note">{t("schedule.span_night")}</span>}
      {!disabled && <Button small kind="quiet" icon="close" label={t("schedule.span_remove")} onClick={onRemove} />}
      {fault && (
        <p class="fault">
          <Icon name="warn" size={15} /> {fault}
        </p>
      )}
    </li>
  );
}

/** What people type for a time: "8" and "8:30" and "830". */
function fullClock(text: string): string {
  const found = /^\s*(\d{1,2})(?:[:.]?(\d{2}))?\s*$/.exec(text);
  return found ? `${found[1]!.padStart(2, "0")}:${found[2] ?? "00"}` : text;
}
