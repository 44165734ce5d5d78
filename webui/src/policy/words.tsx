// A rule's conditions as a sentence, drawn: what is compared is quiet, what it is compared with stands out.
import type { ComponentChildren } from "preact";
import type { Policy, Rule } from "../api/types";
import { sentence, type Clause } from "./sentence";
import { policy as t } from "./text";

function Said({ clause }: { clause: Clause }) {
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
      <Said clause={c} />
    </>
  ));
}

type Props = { document: Policy; rule: Pick<Rule, "if" | "unless">; most?: number };

export function Words({ document, rule, most }: Props) {
  const { when, unless } = sentence(document, rule, most);
  return (
    <>
      {when.length ? joined(when) : t("any")}
      {unless.length > 0 && (
        <>
          {`, ${t("unless")} `}
          {joined(unless)}
        </>
      )}
    </>
  );
}
