// What is done to a list from its row or its sheet, with the questions that belong to it.
import { render } from "preact";
import { useState } from "preact/hooks";
import { cache, send } from "../../api/client";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { confirm } from "../../components/confirm";
import { Field, Select } from "../../components/field";
import { Sheet } from "../../components/sheet";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { putInto } from "./jobs";
import { lists as t } from "./text";
import type { Source } from "./types";

export async function removeList(name: string): Promise<void> {
  const yes = await confirm({
    title: t("remove_list.title", { name: safe(name) }),
    text: t("remove_list.text"),
    verb: t("remove_list"),
    danger: true,
  });
  if (!yes) return;
  try {
    await send("DELETE", "/lists/{name}", { params: { name } });
    toast({ text: t("removed_list", { name: safe(name) }) });
    setQuery({ list: null });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) }); // a conflict says who names it
  }
  cache.stale("/api/v1/lists");
}

/** The categories of the draft to choose from; `first` stands before them. */
export function categoryOptions(draft: Draft | undefined, first: { value: string; text: string }[]) {
  const all = Object.entries(draft?.document.categories ?? {}).map(([value, c]) => ({
    value,
    text: safe(c.title ?? value),
  }));
  return [...first, ...all.sort((a, b) => a.text.localeCompare(b.text))];
}

function Ask({ source, draft, done }: { source: Source; draft: Draft; done: (category: string | null) => void }) {
  const fresh = draft.document.categories?.[source.name] ? [] : [{ value: source.name, text: t("add.new_category") }];
  const options = categoryOptions(draft, fresh);
  const [chosen, setChosen] = useState(options[0]?.value ?? source.name);
  return (
    <Sheet
      kind="box"
      title={t("put.title", { name: safe(source.name) })}
      onClose={() => done(null)}
      onSubmit={() => done(chosen)}
      actions={
        <>
          <Button onClick={() => done(null)}>{common("cancel")}</Button>
          <Button kind="primary" type="submit">
            {t("put.verb")}
          </Button>
        </>
      }
    >
      <p>{t("put.text")}</p>
      <Field label={t("col.category")}>
        {id => <Select id={id} value={chosen} options={options} onChange={setChosen} />}
      </Field>
    </Sheet>
  );
}

/** Asks for a category, and lets the draft's hold every part of the list. */
export function askPutInto(source: Source, draft: Draft): Promise<void> {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise(resolve => {
    const done = (category: string | null) => {
      render(null, place);
      place.remove();
      resolve();
      if (category)
        void putInto(
          category,
          source.parts.map(p => p.name),
        );
    };
    render(<Ask source={source} draft={draft} done={done} />, place);
  });
}
