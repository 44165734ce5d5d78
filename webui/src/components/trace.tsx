// Why: the steps of the decision from top to bottom, the deciding one marked; earlier misses are folded until asked
// for.
import { useState } from "preact/hooks";
import type { Action, TraceStep } from "../api/types";
import type { Names } from "../lib/names";
import { safe } from "../lib/safe";
import { lines, stepTitle, type Mark, type StepWords } from "../lib/trace";
import { common as t } from "../text/common";
import { Icon, type IconName } from "./icon";

type Props = {
  answer: { action: Action; rule: string | null; quota: string | null; trace: TraceStep[] };
  names: Names;
  /** Rules become links to their place in the policy. */
  ruleHref?: (id: string) => string;
};

const ICONS: Record<Mark, IconName> = { decided: "flag", passed: "tick", missed: "next", noted: "info" };

export const stepWords = (): StepWords => ({
  categories: t("trace.categories"),
  consent: t("trace.consent"),
  headers: t("trace.headers"),
  inspection: t("trace.inspection"),
  exception: t("trace.exception"),
});

export function Trace({ answer, names, ruleHref }: Props) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  return (
    <ol class="trace">
      {lines(answer).map((line, i) =>
        line.kind === "step" ? (
          <Step key={i} step={line.step} mark={line.mark} action={answer.action} names={names} ruleHref={ruleHref} />
        ) : open.has(i) ? (
          line.steps.map((step, j) => (
            <Step
              key={`${i}.${j}`}
              step={step}
              mark="missed"
              action={answer.action}
              names={names}
              ruleHref={ruleHref}
            />
          ))
        ) : (
          <li key={i} class="missed">
            <span class="trace-sign">
              <Icon name="next" size={14} />
            </span>
            <button type="button" class="trace-fold" onClick={() => setOpen(new Set([...open, i]))}>
              {t(foldKey(line.steps), { count: line.steps.length })}
            </button>
          </li>
        ),
      )}
    </ol>
  );
}

const foldKey = (steps: TraceStep[]) =>
  steps[0]?.step === "rule"
    ? "trace.folded_rules"
    : steps[0]?.step === "quota"
      ? "trace.folded_quotas"
      : "trace.folded";

type StepProps = { step: TraceStep; mark: Mark; action: Action; names: Names; ruleHref?: (id: string) => string };

function Step({ step, mark, action, names, ruleHref }: StepProps) {
  const title = safe(stepTitle(step, names, stepWords()));
  const key = `trace.${step.result}`;
  const result = mark === "decided" ? t("trace.decided") : t.has(key) ? t(key) : safe(step.result);
  const link = step.step === "rule" && step.id && names.hasRule(step.id) ? ruleHref?.(step.id) : undefined;
  return (
    <li class={`${mark} ${mark === "decided" ? `v-${action}` : ""}`}>
      <span class="trace-sign">
        <Icon name={ICONS[mark]} size={14} />
      </span>
      <div>
        <p>
          {link ? <a href={link}>{title}</a> : <b>{title}</b>} <small>{result}</small>
        </p>
        <p class="trace-because">{safe(step.because)}</p>
      </div>
    </li>
  );
}
