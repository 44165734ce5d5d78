// Regular expressions, judged by the gateway's own engine while they are typed: where an error is, what of the samples
// matches, which recent requests it would have matched, and what it costs.
import { useEffect, useState } from "preact/hooks";
import { aborted, ApiError, send } from "../../api/client";
import { Button } from "../../components/button";
import { TextArea } from "../../components/field";
import { Icon } from "../../components/icon";
import { errorText } from "../../components/states";
import { count } from "../../lib/format";
import { safe } from "../../lib/safe";
import { rules as t } from "./text";

export type RegexAnswer = {
  ok: boolean;
  error: { message: string; position: number } | null;
  samples: { text: string; match: [number, number] | null }[];
  literal: string | null;
  cost: { ns: number; class: "cheap" | "always-run" | "heavy" } | null;
  warnings: string[];
  recent: { tested: number; matched: number; hosts: string[] } | null;
};

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
  const [answer, setAnswer] = useState<{ of: string; is: RegexAnswer } | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const question = `${value}\n${samples.join("\n")}`;
  useEffect(() => {
    if (!value) return;
    const running = new AbortController();
    const timer = setTimeout(() => {
      send<RegexAnswer>("POST", "/policy/regex", { body: { pattern: value, samples }, signal: running.signal }).then(
        a => {
          setFailed(null);
          setAnswer({ of: value, is: a.data });
        },
        (error: unknown) => aborted(error) || setFailed(error),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      running.abort();
    };
  }, [question]);
  const is = value && answer?.of === value ? answer.is : null;
  return (
    <div class={`regex ${is?.error ? "wrong" : ""}`}>
      <div class="regex-line">
        <input
          class="input mono"
          aria-label={t("kind_of.regex")}
          aria-invalid={is?.error ? "true" : undefined}
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
      <div aria-live="polite" class="regex-answer">
        {value && failed !== null && !is && (
          <p class="note">
            {failed instanceof ApiError && (failed.status === 404 || failed.status === 405)
              ? t("regex.unknown")
              : errorText(failed)}
          </p>
        )}
        {is?.error && <Wrong value={value} error={is.error} />}
        {is?.ok && <Matches is={is} />}
      </div>
    </div>
  );
}

/** The pattern with the place of the error marked. Positions count bytes, as the engine does. */
function Wrong({ value, error }: { value: string; error: NonNullable<RegexAnswer["error"]> }) {
  const bytes = new TextEncoder().encode(value);
  const [before, at] = [
    new TextDecoder().decode(bytes.slice(0, error.position)),
    new TextDecoder().decode(bytes.slice(error.position)),
  ];
  return (
    <p class="fault" role="alert">
      <Icon name="warn" size={15} />
      <span>
        {safe(error.message)}
        <code class="regex-at">
          {safe(before)}
          <mark>{safe(at.slice(0, 1)) || "⌷"}</mark>
          {safe(at.slice(1))}
        </code>
      </span>
    </p>
  );
}

function Matches({ is }: { is: RegexAnswer }) {
  const slow = is.cost && is.cost.class !== "cheap";
  return (
    <>
      <ul class="samples">
        {is.samples.map((s, i) => (
          <li key={i} class={s.match ? "yes" : "no"}>
            <Icon name={s.match ? "tick" : "close"} size={14} />
            <span class="sr-only">{t(s.match ? "regex.yes" : "regex.no")}</span>
            <Sample text={s.text} match={s.match} />
          </li>
        ))}
      </ul>
      {is.recent && is.recent.tested > 0 && (
        <p class="note">
          {t("regex.recent", { matched: count(is.recent.matched), tested: count(is.recent.tested) })}{" "}
          {is.recent.hosts.length > 0 && <span class="wrap">{is.recent.hosts.map(safe).join(", ")}</span>}
        </p>
      )}
      {is.cost && (
        <p class={slow ? "fault warn" : "note"}>
          {slow && <Icon name="warn" size={15} />}
          {t(`regex.${is.cost.class}`, { ns: count(is.cost.ns) })}
        </p>
      )}
      {is.warnings.map(w => (
        <p class="fault warn" key={w}>
          <Icon name="warn" size={15} /> {safe(w)}
        </p>
      ))}
    </>
  );
}

/** A sample cut around its match, so that the match is seen however long the address is. */
function Sample({ text, match }: { text: string; match: [number, number] | null }) {
  if (!match) return <code class="cut">{safe(text)}</code>;
  const bytes = new TextEncoder().encode(text);
  const part = (a: number, b?: number) => new TextDecoder().decode(bytes.slice(a, b));
  const head = part(0, match[0]);
  return (
    <code class="cut">
      {head.length > 40 ? `…${safe(head.slice(-36))}` : safe(head)}
      <mark>{safe(part(match[0], match[1]))}</mark>
      {safe(part(match[1]))}
    </code>
  );
}
