// What becomes of a version once it is published: it stays, or goes back by itself unless somebody confirms it in time.
import { Field, Select } from "../../components/field";
import { rules as t } from "./text";

const TRIALS = ["", "5m", "15m", "60m"] as const;
export type Trial = (typeof TRIALS)[number];

export function ThenWhat({ value, onChange }: { value: Trial; onChange: (to: Trial) => void }) {
  return (
    <Field label={t("trial.label")} help={value ? t("trial.help") : undefined}>
      {id => (
        <Select
          id={id}
          value={value}
          options={TRIALS.map(v => ({
            value: v,
            text: v ? t("trial.within", { minutes: v.slice(0, -1) }) : t("trial.stays"),
          }))}
          onChange={onChange}
        />
      )}
    </Field>
  );
}
