// The walk that decided, made ready to be read: rules that missed before the last few are folded, the step that
// decided is marked, and the whole can be copied as text for a ticket.
import type { Action, Explanation, TraceStep } from "../api/types";
import type { Names } from "./names";
import { safe } from "./safe";

export type Mark = "decided" | "passed" | "missed" | "noted";
export type Line = { kind: "step"; step: TraceStep; mark: Mark } | { kind: "fold"; steps: TraceStep[] };

const MISSED = new Set(["not-matched", "passed-over", "excepted", "switched-off", "off", "disabled"]);
/** Misses that stay in sight right before the step that decided. */
const NEAR = 2;

function markOf(step: TraceStep, answer: Pick<Explanation, "action" | "rule" | "quota">): Mark {
  if (MISSED.has(step.result)) return "missed";
  if (step.step === "rule") {
    const decided = step.id === answer.rule && answer.action !== "quota";
    return decided ? "decided" : step.id === null || step.result === "report-only" ? "noted" : "passed";
  }
  if (step.step.startsWith("quota")) {
    if (step.id !== answer.quota) return "passed";
    return step.step === "quota-use" ? "decided" : "passed";
  }
  return "passed";
}

export function lines(answer: Pick<Explanation, "action" | "rule" | "quota" | "trace">): Line[] {
  const all: Line[] = [];
  let missed: TraceStep[] = [];
  const settle = (keep: number) => {
    const folded = missed.slice(0, Math.max(0, missed.length - keep));
    // One folded line is no shorter than the line itself.
    if (folded.length === 1) missed = [...folded, ...missed.slice(1)];
    else if (folded.length) {
      all.push({ kind: "fold", steps: folded });
      missed = missed.slice(folded.length);
    }
    for (const step of missed) all.push({ kind: "step", step, mark: "missed" });
    missed = [];
  };
  let kind = "";
  for (const step of answer.trace) {
    if (step.step !== kind) settle(0);
    kind = step.step;
    const mark = markOf(step, answer);
    if (mark === "missed") {
      missed.push(step);
      continue;
    }
    settle(mark === "decided" ? NEAR : 0);
    all.push({ kind: "step", step, mark });
  }
  settle(0);
  return all;
}

/** What steps are called that are not known by the name of their rule or quota. */
export type StepWords = Record<"categories" | "consent" | "headers" | "inspection" | "exception", string>;

export function stepTitle(step: TraceStep, names: Names, words: StepWords): string {
  switch (step.step) {
    case "rule":
      return names.rule(step.id);
    case "quota":
    case "quota-use":
      return names.quota(step.id);
  }
  const name = step.step === "categories" ? names.category : step.step === "consent" ? names.rule : String;
  return step.id ? `${words[step.step]}: ${name(step.id)}` : words[step.step];
}

/** For a ticket: every step, nothing folded. */
export function asText(
  head: string,
  answer: { action: Action; rule: string | null; quota: string | null; trace: TraceStep[]; policy_version: number },
  names: Names,
  words: StepWords & { policy: string },
): string {
  const steps = answer.trace.map(step => {
    const sign = { decided: ">", passed: "+", missed: "-", noted: "*" }[markOf(step, answer)];
    return safe(`${sign} ${stepTitle(step, names, words)} [${step.result}] ${step.because}`);
  });
  return [head, `${words.policy} v${answer.policy_version}`, ...steps].join("\n");
}
