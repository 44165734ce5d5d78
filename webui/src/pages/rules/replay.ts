// The draft tried on recorded traffic: a job of the gateway, started, watched and cancelled from here.
import { useEffect, useState } from "preact/hooks";
import { send } from "../../api/client";
import type { components } from "../../api/schema";
import type { RangeName } from "../../lib/range";

type Schemas = components["schemas"];
export type Replay = Schemas["Replay"];
type Transition = Replay["transitions"][number];

const POLL_MS = 400;

/** `share` null: how far it is, nobody knows yet. */
export type Trial =
  | { state: "off" }
  | { state: "running"; share: number | null; done: number }
  | { state: "done"; report: Replay }
  | { state: "failed"; error: unknown }
  | { state: "cancelled" };

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done, failed) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      failed(signal.reason);
    });
  });

/** Runs the job to its end; whoever aborts no longer wants it, so the gateway need not go on either. */
async function run(range: RangeName, signal: AbortSignal, tell: (trial: Trial) => unknown): Promise<Trial> {
  const { data } = await send<Schemas["Started"]>("POST", "/replay", { body: { draft: true, from: `-${range}` } });
  const params = { id: data.job };
  try {
    for (;;) {
      signal.throwIfAborted();
      const job = (await send<Schemas["Job"]>("GET", "/jobs/{id}", { params, signal })).data;
      if (job.state === "done") return { state: "done", report: job.result as Replay };
      if (job.state === "cancelled") return { state: "cancelled" };
      if (job.state === "failed") return { state: "failed", error: new Error(job.error ?? "") };
      tell({ state: "running", share: job.total > 0 ? job.progress : null, done: job.done });
      await pause(POLL_MS, signal);
    }
  } catch (error) {
    if (signal.aborted) void send("DELETE", "/jobs/{id}", { params }).catch(() => undefined);
    throw error;
  }
}

/** Tried when `on` begins to hold, for each range, and again on demand; not when the draft changes under it. */
export function useTrial(on: boolean, range: RangeName): { trial: Trial; again: () => void; cancel: () => void } {
  const [trial, setTrial] = useState<Trial>({ state: "off" });
  const [turn, setTurn] = useState(0);
  const [running, setRunning] = useState<AbortController | null>(null);
  useEffect(() => {
    if (!on) return;
    const controller = new AbortController();
    setRunning(controller);
    setTrial({ state: "running", share: null, done: 0 });
    let gone = false; // another trial has begun: this one has nothing to say any more
    const tell = (next: Trial) => gone || setTrial(next);
    run(range, controller.signal, tell).then(tell, (error: unknown) =>
      tell(controller.signal.aborted ? { state: "cancelled" } : { state: "failed", error }),
    );
    return () => {
      gone = true;
      controller.abort();
    };
  }, [on, range, turn]);
  return { trial, again: () => setTurn(n => n + 1), cancel: () => running?.abort() };
}

/** Requests that become `to`, whatever they were. */
export const becoming = (report: Replay, to: Transition["to"]): number =>
  report.transitions.filter(one => one.to === to).reduce((sum, one) => sum + one.requests, 0);
