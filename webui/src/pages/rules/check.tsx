// The draft judged by the gateway: its faults, and what each of the policy's tests gives.
import { useCallback, useEffect, useState } from "preact/hooks";
import { aborted, send } from "../../api/client";
import type { Fault } from "../../api/types";
import { Icon } from "../../components/icon";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { rules as t } from "./text";

export type TestResult = {
  index: number;
  title: string;
  url: string;
  user: string | null;
  at: string | null;
  expect: string;
  rule: string | null;
  ok: boolean;
  got: string;
  got_rule: string | null;
  message?: string | null;
};
type Checked = { valid: boolean; faults: Fault[]; tests: TestResult[] };
export type Check = { data: Checked | null; error: unknown; running: boolean; run: () => void };

/** Asked again whenever the draft is another one. */
export function useCheck(etag: string): Check {
  const [state, setState] = useState<Omit<Check, "run">>({ data: null, error: null, running: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const running = new AbortController();
    setState(s => ({ ...s, running: true }));
    send<Checked>("POST", "/policy/draft/validate", { signal: running.signal }).then(
      a => setState({ data: a.data, error: null, running: false }),
      (error: unknown) => aborted(error) || setState({ data: null, error, running: false }),
    );
    return () => running.abort();
  }, [etag, turn]);
  const run = useCallback(() => setTurn(n => n + 1), []);
  return { ...state, run };
}

export const actionWord = (action: string): string =>
  action && common.has(`verb.${action}`) ? common(`verb.${action}` as "verb.block") : safe(action);

/** "warn, by social" */
function verdict(action: string, rule: string | null): string {
  return rule ? t("test.by", { action: actionWord(action), rule: safe(rule) }) : actionWord(action);
}

export function TestLine({ test }: { test: TestResult }) {
  return (
    <li class={test.ok ? "ok" : "bad"}>
      <Icon name={test.ok ? "tick" : "close"} size={16} />
      <span class="sr-only">{t(test.ok ? "test.ok" : "test.bad")}</span>
      <div>
        <span class="wrap">{safe(test.title || test.url)}</span>
        {test.ok ? null : (
          <p class="test-why">
            {t("test.expected", {
              expect: verdict(test.expect, test.rule),
              got: test.got ? verdict(test.got, test.got_rule) : safe(test.message ?? ""),
            })}
          </p>
        )}
        {test.title && (
          <p class="note wrap">
            {[test.url, test.user]
              .filter(Boolean)
              .map(v => safe(v))
              .join(", ")}
          </p>
        )}
      </div>
    </li>
  );
}
