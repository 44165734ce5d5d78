// A pattern, checked by the engine that will run it: whether it can be read, what it would cost, and what of the last
// requests it would have matched. Asked a moment after the typing stops; an answer that comes late is dropped.
import { useEffect, useState } from "preact/hooks";
import { aborted, send } from "../api/client";
import { TextInput } from "../components/field";
import { Icon } from "../components/icon";
import { errorText } from "../components/states";
import { list, nanos } from "../lib/format";
import { safe } from "../lib/safe";
import { policy as t } from "./text";

type RegexCost = {
  ns: number;
  url_ns: number;
  urls: number;
  runs: number;
  class: "cheap" | "always-run" | "heavy";
};
type RegexAnswer = {
  ok: boolean;
  error: { message: string; position: number } | null;
  samples: { text: string; match: [number, number] | null }[];
  literal: string | null;
  cost: RegexCost | null;
  warnings: string[];
  recent: { tested: number; matched: number; hosts: string[] } | null;
};
type RegexState = { answer: RegexAnswer | null; error: unknown; asking: boolean };

export function useRegex(pattern: string, samples: readonly string[] = []): RegexState {
  const [state, setState] = useState<RegexState>({ answer: null, error: null, asking: false });
  const asked = JSON.stringify([pattern, samples]);
  useEffect(() => {
    if (!pattern) return setState({ answer: null, error: null, asking: false });
    const leave = new AbortController();
    setState(s => ({ ...s, asking: true }));
    const timer = setTimeout(() => {
      const body = { pattern, samples: samples.slice(0, 100) };
      send<RegexAnswer>("POST", "/policy/regex", { body, signal: leave.signal }).then(
        a => setState({ answer: a.data, error: null, asking: false }),
        (error: unknown) => !aborted(error) && setState({ answer: null, error, asking: false }),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [asked]);
  return state;
}

/** What a pattern costs, in a sentence. */
function costText(cost: RegexCost): string {
  return t(`regex.cost.${cost.class}`, {
    runs: cost.runs,
    urls: cost.urls,
    time: nanos(cost.url_ns),
    run: nanos(cost.ns),
  });
}

/** The part of a text that a pattern matched, marked; of a long way to it only the end is shown. */
function Marked({ text, match }: { text: string; match: [number, number] | null }) {
  if (!match) return <>{safe(text)}</>;
  const head = text.slice(0, match[0]);
  return (
    <>
      {head.length > 40 ? `…${safe(head.slice(-36))}` : safe(head)}
      <mark>{safe(text.slice(match[0], match[1]))}</mark>
      {safe(text.slice(match[1]))}
    </>
  );
}

export function RegexResult({ pattern, state }: { pattern: string; state: RegexState }) {
  const { answer, error, asking } = state;
  if (error) return <p class="note">{t("regex.not_checked", { error: errorText(error) })}</p>;
  if (!answer) return asking ? <p class="note">{t("regex.checking")}</p> : null;
  if (!answer.ok) {
    const at = answer.error?.position ?? pattern.length;
    return (
      <div class="regex-fault" role="alert">
        <Icon name="warn" size={15} />
        <div>
          <code>
            {safe(pattern.slice(0, at))}
            <mark>{safe(pattern.slice(at, at + 1)) || "\u00a0"}</mark>
            {safe(pattern.slice(at + 1))}
          </code>
          <p>
            {safe(answer.error?.message)} {t("regex.at", { position: at })}
          </p>
        </div>
      </div>
    );
  }
  return (
    <ul class={`regex-result ${asking ? "old" : ""}`} aria-label={t("regex.check")}>
      {answer.samples.map(s => (
        <li key={s.text} class={s.match ? "" : "muted"}>
          <Icon name={s.match ? "tick" : "close"} size={14} />
          <code class="cut">
            <Marked {...s} />
          </code>
          <span class="sr-only">{t(s.match ? "regex.match" : "regex.no_match")}</span>
        </li>
      ))}
      {answer.recent && answer.recent.tested > 0 && (
        <li>
          <Icon name="history" size={14} />
          <span>
            {t("regex.recent", { count: answer.recent.tested, matched: answer.recent.matched })}{" "}
            {answer.recent.hosts.length > 0 && t("regex.recent_hosts", { hosts: list(answer.recent.hosts.map(safe)) })}
          </span>
        </li>
      )}
      {answer.cost && (
        <li class={answer.cost.class === "cheap" ? "" : "warn"}>
          <Icon name={answer.cost.class === "cheap" ? "allow" : "warn"} size={14} />
          <span>{costText(answer.cost)}</span>
        </li>
      )}
      {answer.warnings.map(w => (
        <li key={w} class="warn">
          <Icon name="warn" size={14} />
          <span>{safe(w)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The check of one pattern, with a field to try an address of one's own. */
export function RegexCheck({ pattern }: { pattern: string }) {
  const [sample, setSample] = useState("");
  const state = useRegex(pattern, sample ? [sample] : []);
  return (
    <div class="regex-check">
      <RegexResult pattern={pattern} state={state} />
      {state.answer?.ok && (
        <TextInput
          mono
          value={sample}
          onInput={setSample}
          aria-label={t("regex.try")}
          placeholder={t("regex.try_hint")}
        />
      )}
    </div>
  );
}
