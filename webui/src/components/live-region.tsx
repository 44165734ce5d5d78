// One polite voice for screen readers: what has just happened, in words. Everything that says something says it here.
import { createStore, useStore } from "../lib/store";

const said = createStore({ text: "", turn: 0 });

export function announce(text: string): void {
  said.set(before => ({ text, turn: before.turn + 1 }));
}

export function LiveRegion() {
  const { text, turn } = useStore(said);
  // The same sentence twice must be heard twice: a space more makes it a new one.
  return (
    <div class="sr-only" role="status" aria-live="polite">
      {turn % 2 ? text : `${text}\u00a0`}
    </div>
  );
}
