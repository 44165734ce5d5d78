// The bar on top while a version waits to be confirmed: what comes back, in how long, and the two ways out. On every
// page, for who published it may be elsewhere by now.
import { useEffect, useState } from "preact/hooks";
import { cache, send } from "../api/client";
import { draftChanged } from "../api/draft";
import { may } from "../api/session";
import type { Status } from "../api/types";
import { useGet } from "../api/use-get";
import { Button } from "../components/button";
import { Icon } from "../components/icon";
import { announce } from "../components/live-region";
import { errorText } from "../components/states";
import { toast } from "../components/toast";
import { safe } from "../lib/safe";
import { shell as t } from "./text";

/** "4:05" */
const clock = (s: number): string => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;

/** Seconds until then, counted here; the gateway's own clock decides, and the next answer tells what it did. */
function useSeconds(until: string | undefined): number {
  const left = () => (until ? Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000)) : 0);
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (!until) return;
    const timer = setInterval(() => {
      setSeconds(left());
      if (left() === 0) cache.stale("/api/v1/status");
    }, 1000);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}

export function TrialBar() {
  const status = useGet<Status>("/status", { poll_ms: 15_000 });
  const trial = status.data?.confirm ?? null;
  const seconds = useSeconds(trial?.until);
  const [busy, setBusy] = useState<"confirm" | "back" | null>(null);
  if (!trial) return null;
  const values = { version: String(trial.version), old: String(trial.restores) };
  const act = async (what: "confirm" | "back") => {
    setBusy(what);
    try {
      const { status: code } =
        what === "confirm"
          ? await send("POST", "/policy/confirm", { body: { version: trial.version } })
          : await send("POST", "/policy/rollback", { body: { version: trial.restores } });
      const done = what === "confirm" ? "trial.confirmed" : code === 202 ? "trial.back_asked" : "trial.back_done";
      const text = t(done, values);
      announce(text);
      toast({ text });
    } catch (error) {
      toast({ kind: "bad", text: errorText(error) });
    } finally {
      setBusy(null);
      draftChanged();
      cache.stale("/api/v1/status");
    }
  };
  return (
    <section class="notice warn trial" aria-label={t("trial")}>
      <Icon name="history" size={18} />
      <p>
        <b>{t("trial.text", values)}</b>{" "}
        <span class="note">
          {t("trial.by", { author: safe(trial.author) })}
          {trial.comment ? `: ${safe(trial.comment)}` : ""}
        </span>
      </p>
      <span class="trial-clock" role="timer" aria-label={t("trial.left", { time: clock(seconds) })}>
        {clock(seconds)}
      </span>
      {may("policy.publish") && (
        <div class="row">
          <Button small busy={busy === "back"} onClick={() => void act("back")}>
            {t("trial.back", values)}
          </Button>
          <Button small kind="primary" busy={busy === "confirm"} onClick={() => void act("confirm")}>
            {t("trial.confirm", values)}
          </Button>
        </div>
      )}
    </section>
  );
}
