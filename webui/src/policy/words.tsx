// What a rule says of requests as a sentence, drawn: what is compared is quiet, what it is compared with stands out.
import type { ComponentChildren } from "preact";
import type { Policy, Rule } from "../api/types";
import { safe } from "../lib/safe";
import { sentence, type Clause } from "./sentence";
import { policy as t } from "./text";

function Part({ clause }: { clause: Clause }) {
  const values = clause.values.map((v, i) => (
    <>
      {i > 0 && ", "}
      {clause.code ? <code>{v}</code> : <b>{v}</b>}
    </>
  ));
  return (
    <>
      {t.rich(`when.${clause.kind}`, {
        values: (
          <>
            {values}
            {clause.more > 0 && <b> +{clause.more}</b>}
          </>
        ),
      })}
    </>
  );
}

function joined(clauses: Clause[]): ComponentChildren {
  return clauses.map((c, i) => (
    <>
      {i > 0 && ` ${t("and")} `}
      <Part clause={c} />
    </>
  ));
}

type Said = Pick<Rule, "if" | "unless" | "throttle" | "source" | "parent" | "from" | "until">;
/** `any`: what is said where there is no condition. */
type Props = { document: Policy; rule: Said; most?: number; any?: string };

export function Words({ document, rule, most, any = t("any") }: Props) {
  const { when, unless } = sentence(document, rule, most);
  const rate = typeof rule.throttle === "object" ? rule.throttle.rate : rule.throttle;
  return (
    <>
      {when.length ? joined(when) : any}
      {unless.length > 0 && (
        <>
          {`, ${t("unless")} `}
          {joined(unless)}
        </>
      )}
      {rate && `, ${t("at_most", { rate: safe(rate) })}`}
      {rule.source && `, ${t("source", { address: safe(rule.source) })}`}
      {rule.parent && `, ${rule.parent === "direct" ? t("parent.direct") : t("parent", { name: safe(rule.parent) })}`}
      {rule.from && `, ${t("valid.from", { when: safe(rule.from) })}`}
      {rule.until && `, ${t("valid.until", { when: safe(rule.until) })}`}
    </>
  );
}
