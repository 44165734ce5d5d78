// Regular expressions as a condition's values, judged by the gateway's own engine while they are typed, with addresses
// to try them on.
import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { TextArea } from "../components/field";
import { RegexResult, useRegex } from "./regex-check";
import { policy as t } from "./text";

const SAMPLES = ["https://downloads.example/tools/setup.exe?v=2", "https://www.example.com/news/today.html"];
const MOST = 100;

type Props = { values: string[]; disabled: boolean; onChange: (values: string[]) => void };

export function RegexField({ values, disabled, onChange }: Props) {
  const [samples, setSamples] = useState(SAMPLES.join("\n"));
  const shown = values.length ? values : [""];
  const lines = samples
    .split("\n")
    .map(s => s.trim())
    .filter(Boolean)
    .slice(0, MOST);
  return (
    <div class="regexes">
      {shown.map((value, i) => (
        <One
          key={i}
          value={value}
          samples={lines}
          disabled={disabled}
          onChange={to => onChange(shown.map((v, j) => (j === i ? to : v)).filter((v, j) => v || j === i))}
          onRemove={shown.length > 1 ? () => onChange(shown.filter((_, j) => j !== i)) : undefined}
        />
      ))}
      {!disabled && (
        <div class="row">
          <Button small kind="quiet" icon="plus" onClick={() => onChange([...shown, ""])} disabled={shown.includes("")}>
            {t("regex.more")}
          </Button>
        </div>
      )}
      <details class="regex-samples">
        <summary>{t("regex.samples")}</summary>
        <TextArea value={samples} onInput={setSamples} mono rows={4} aria-label={t("regex.samples")} />
      </details>
    </div>
  );
}

type OneProps = {
  value: string;
  samples: string[];
  disabled: boolean;
  onChange: (value: string) => void;
  onRemove?: () => void;
};

function One({ value, samples, disabled, onChange, onRemove }: OneProps) {
  const state = useRegex(value, samples);
  const wrong = state.answer?.ok === false;
  return (
    <div class={`regex ${wrong ? "wrong" : ""}`}>
      <div class="regex-line">
        <input
          class="input mono"
          aria-label={t("kind_of.regex")}
          aria-invalid={wrong ? "true" : undefined}
          value={value}
          disabled={disabled}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="none"
          placeholder="\.(exe|msi)(\?|$)"
          onInput={event => onChange(event.currentTarget.value)}
        />
        {onRemove && !disabled && (
          <Button icon="close" kind="quiet" small label={t("regex.remove")} onClick={onRemove} />
        )}
      </div>
      <div aria-live="polite">
        <RegexResult pattern={value} state={state} />
      </div>
    </div>
  );
}
