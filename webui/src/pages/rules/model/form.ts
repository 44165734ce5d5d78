// A rule as the fields of its form, and back.
import type { Policy, Rule } from "../../../api/types";
import { conditionOf, line, ruleLines, type Line } from "../../../policy/condition";

export type Then = "allow" | "block" | "warn";
export type Form = {
  id: string;
  title: string;
  note: string;
  section: string;
  enabled: boolean;
  then: Then;
  reportOnly: boolean;
  message: string;
  warnFor: string;
  /** A date, or a time with its offset; "" open. */
  from: string;
  until: string;
  /** The rate alone: whom it counts together and its burst stay as they are in the document. */
  throttle: string;
  /** The address from which the origin is dialled; "" any. */
  source: string;
  /** Parent proxies by name, `direct` for none; "" as the settings have it. */
  parent: string;
  lines: Line[];
  /** Where a new rule goes: the id of a rule, "" the end. */
  before: string;
};

/** The form of a rule; a new one stands in the section of the rule that it goes before. */
export function formOf(document: Policy, rule: Rule, fresh: boolean, before: string | null | undefined): Form {
  const rules = document.rules ?? [];
  const last = rules.at(-1);
  const near = rules.find(r => r.id === before);
  return {
    id: rule.id,
    title: rule.title ?? "",
    note: rule.note ?? "",
    section: fresh ? (near ? (near.section ?? "") : (last?.section ?? "")) : (rule.section ?? ""),
    enabled: rule.enabled !== false,
    then: typeof rule.then === "string" ? rule.then : "allow",
    reportOnly: rule.report_only === true,
    message: rule.message ?? "",
    warnFor: rule.warn_for ?? "",
    from: rule.from ?? "",
    until: rule.until ?? "",
    throttle: typeof rule.throttle === "object" ? rule.throttle.rate : (rule.throttle ?? ""),
    source: rule.source ?? "",
    parent: rule.parent ?? "",
    // A new rule begins with the question that most rules answer.
    lines: fresh && Object.keys(rule.if ?? {}).length === 0 ? [line("if", "category")] : ruleLines(rule),
    before: before ?? "",
  };
}

/** The rule that the form says; members that the form does not know stay. */
export function ruleOf(form: Form, rule: Rule): Rule {
  const made: Rule = { ...rule, id: form.id, if: conditionOf(form.lines, "if", rule.if), then: form.then };
  // `if` may be left out in a document: what was not there does not come by saving.
  if (Object.keys(made.if).length === 0 && rule.if === undefined) delete (made as Partial<Rule>).if;
  const put = (
    name: "title" | "note" | "section" | "message" | "warn_for" | "from" | "until" | "source" | "parent",
    value: string,
  ) => {
    if (value.trim()) made[name] = value.trim();
    else delete made[name];
  };
  put("title", form.title);
  put("note", form.note);
  put("section", form.section);
  put("message", form.then === "allow" ? "" : form.message);
  put("warn_for", form.then === "warn" ? form.warnFor : "");
  put("from", form.from);
  put("until", form.until);
  put("source", form.then === "allow" ? form.source : "");
  put("parent", form.then === "block" ? "" : form.parent);
  const rate = form.then === "allow" ? form.throttle.trim() : "";
  if (!rate) delete made.throttle;
  else made.throttle = typeof rule.throttle === "object" ? { ...rule.throttle, rate } : rate;
  const unless = conditionOf(form.lines, "unless", rule.unless);
  if (Object.keys(unless).length) made.unless = unless;
  else delete made.unless;
  if (form.reportOnly) made.report_only = true;
  else delete made.report_only;
  if (form.enabled) delete made.enabled;
  else made.enabled = false;
  return made;
}
