// Does a header rule do what it says? The gateway makes the head of a request to each of its hosts, and to neighbours
// that it must leave alone, as it would be sent.
import { useState } from "preact/hooks";
import { send } from "../../api/client";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { errorText } from "../../components/states";
import { safe } from "../../lib/safe";
import { tls as t } from "./text";
import type { Trials } from "./types";

export type Tried = { ok: boolean; text: string };

/** `body`: which rule of which policy. */
export async function tryRule(body: object): Promise<Tried> {
  try {
    const { data } = await send<Trials>("POST", "/policy/headers/test", { body });
    const rule = data.rules[0];
    const failed = rule?.tests.find(one => !one.ok);
    const unseen = rule?.tests.some(one => !one.neighbour && one.inspected === false);
    if (!rule || !data.ok) return { ok: false, text: safe(failed?.message ?? rule?.message ?? t("test.failed")) };
    return { ok: !unseen, text: t(unseen ? "test.unseen" : "test.ok", { count: rule.hosts }) };
  } catch (error) {
    return { ok: false, text: errorText(error) };
  }
}

export function Outcome({ tried }: { tried: Tried }) {
  return (
    <span class={`tried ${tried.ok ? "good" : "bad"}`} role="status">
      <Icon name={tried.ok ? "allow" : "warn"} size={16} /> {tried.text}
    </span>
  );
}

export function SelfTest({ rule, draft }: { rule: string; draft: Draft }) {
  const [tried, setTried] = useState<{ etag: string; outcome: Tried } | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    const outcome = await tryRule({ rule, ...(draft.exists && { draft: true }) });
    setTried({ etag: draft.etag, outcome });
    setBusy(false);
  };
  return (
    <>
      {tried?.etag === draft.etag && <Outcome tried={tried.outcome} />}
      <Button small kind="quiet" icon="check" busy={busy} onClick={() => void run()}>
        {t("test")}
      </Button>
    </>
  );
}
