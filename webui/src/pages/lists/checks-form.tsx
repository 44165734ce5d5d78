// How updates of one list are checked, and how many of its versions are kept.
import { useState } from "preact/hooks";
import { cache, send } from "../../api/client";
import { Button } from "../../components/button";
import { ChipsInput, Field, TextInput } from "../../components/field";
import { Sheet } from "../../components/sheet";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { safe } from "../../lib/safe";
import { FaultNotice } from "../../policy/item-fields";
import { common } from "../../text/common";
import { lists as t } from "./text";
import type { Source } from "./types";

const NUMBERS = ["shrink", "grow", "keep"] as const;

export function ChecksForm({ source: s, onClose }: { source: Source; onClose: () => void }) {
  const [numbers, setNumbers] = useState({
    shrink: String(s.checks.shrink),
    grow: String(s.checks.grow),
    keep: String(s.checks.keep),
  });
  const [never, setNever] = useState(s.checks.never);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const wrong = (key: (typeof NUMBERS)[number]) => !/^\d{1,6}$/.test(numbers[key]);
  const save = async () => {
    setTried(true);
    if (NUMBERS.some(wrong)) return;
    try {
      const body = { ...Object.fromEntries(NUMBERS.map(k => [k, Number(numbers[k])])), never };
      await send("PUT", "/lists/{name}/checks", { params: { name: s.name }, body });
      cache.stale("/api/v1/lists");
      toast({ text: t("checks.saved", { name: safe(s.name) }) });
      onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Sheet
      title={t("checks.title", { name: safe(s.name) })}
      note={t("checks.note")}
      onClose={onClose}
      onSubmit={save}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind="primary" type="submit">
            {t("checks.verb")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={error ? [errorText(error)] : []} />
      {NUMBERS.map(key => (
        <Field
          key={key}
          label={t(`checks.${key}`)}
          help={t(`checks.${key}_help`)}
          error={tried && wrong(key) ? t("checks.number") : null}
        >
          {(id, d) => (
            <TextInput
              id={id}
              aria-describedby={d}
              inputmode="numeric"
              value={numbers[key]}
              onInput={text => setNumbers(n => ({ ...n, [key]: text.trim() }))}
            />
          )}
        </Field>
      ))}
      <Field label={t("checks.never")} help={t("checks.never_help")}>
        {(id, d) => (
          <ChipsInput
            id={id}
            describedby={d}
            values={never}
            onChange={setNever}
            known={[]}
            placeholder="intranet.example"
          />
        )}
      </Field>
    </Sheet>
  );
}
