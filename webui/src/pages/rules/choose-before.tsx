// "Move before...": a question whose answer is a rule.
import { render } from "preact";
import { useState } from "preact/hooks";
import type { Policy, Rule } from "../../api/types";
import { Button } from "../../components/button";
import { Field, Select } from "../../components/field";
import { Sheet } from "../../components/sheet";
import { common } from "../../text/common";
import { all, titleOf } from "./edits";
import { rules as t } from "./text";

type Props = { document: Policy; rule: Rule; done: (id: string | null) => void };

function Ask({ document, rule, done }: Props) {
  const others = all(document)
    .map((r, i) => ({ rule: r, number: i + 1 }))
    .filter(o => o.rule.id !== rule.id);
  const [id, setId] = useState(others[0]?.rule.id ?? "");
  return (
    <Sheet
      kind="box"
      title={t("before.title", { name: titleOf(rule) })}
      onClose={() => done(null)}
      onSubmit={() => done(id)}
      actions={
        <>
          <Button onClick={() => done(null)}>{common("cancel")}</Button>
          <Button type="submit" kind="primary">
            {t("before.move")}
          </Button>
        </>
      }
    >
      <Field label={t("before.which")}>
        {field => (
          <Select
            id={field}
            value={id}
            options={others.map(o => ({ value: o.rule.id, text: `${o.number}. ${titleOf(o.rule)}` }))}
            onChange={setId}
          />
        )}
      </Field>
    </Sheet>
  );
}

export function chooseBefore(policy: Policy, rule: Rule): Promise<string | null> {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise(resolve => {
    const done = (id: string | null) => {
      render(null, place);
      place.remove();
      resolve(id);
    };
    render(<Ask document={policy} rule={rule} done={done} />, place);
  });
}
