// What has just been done, with a way back: an edit is undone from here instead of being asked about first.
import { useEffect } from "preact/hooks";
import { createStore, useStore } from "../lib/store";
import { common as t } from "../text/common";
import { Icon } from "./icon";

export type Toast = {
  text: string;
  kind?: "good" | "bad";
  action?: { text: string; run: () => void };
  /** A newer one of the same kind of news takes its place. */
  topic?: string;
};
type Shown = Toast & { id: number };

const shown = createStore<Shown[]>([]);
let last = 0;

export function toast(what: Toast): void {
  const id = ++last;
  shown.set(before => [...before.filter(b => !what.topic || b.topic !== what.topic).slice(-2), { ...what, id }]);
}

const drop = (id: number): void => shown.set(before => before.filter(t => t.id !== id));

function One({ it }: { it: Shown }) {
  useEffect(() => {
    // Failures and ways back stay long enough to be read and reached by keyboard.
    const timer = setTimeout(() => drop(it.id), it.kind === "bad" || it.action ? 12_000 : 5000);
    return () => clearTimeout(timer);
  }, [it.id]);
  return (
    <div class={`toast ${it.kind ?? "good"}`} role={it.kind === "bad" ? "alert" : undefined}>
      <Icon name={it.kind === "bad" ? "warn" : "allow"} size={18} />
      <span>{it.text}</span>
      {it.action && (
        <button
          type="button"
          class="btn small"
          onClick={() => {
            drop(it.id);
            it.action!.run();
          }}
        >
          {it.action.text}
        </button>
      )}
      <button type="button" class="btn icon-only small quiet" aria-label={t("dismiss")} onClick={() => drop(it.id)}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

export function Toasts() {
  const all = useStore(shown);
  return (
    <div class="toasts">
      {all.map(it => (
        <One key={it.id} it={it} />
      ))}
    </div>
  );
}
