// The keyboard of the console: single keys and "g x" pairs, off while someone types, and off altogether for those who
// switch them off (WCAG 2.1.4). Pages add keys of their own while they are shown.
import { useEffect } from "preact/hooks";
import { readLook } from "./look";

export type Hotkey = { keys: string; run: () => void };

const active = new Set<readonly Hotkey[]>();
let first: { key: string; at: number } | null = null;

const typing = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest("input, textarea, select, [contenteditable], .cm-editor, [role=menu]") !== null;

function find(keys: string): Hotkey | undefined {
  // The newest set wins: a sheet's keys before the page's, the page's before the shell's.
  for (const set of [...active].reverse()) {
    const hit = set.find(h => h.keys === keys);
    if (hit) return hit;
  }
  return undefined;
}

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey && !event.shiftKey) {
    const hit = find(`ctrl+${event.key.toLowerCase()}`);
    if (hit) {
      event.preventDefault();
      hit.run();
    }
    return;
  }
  if (event.altKey || typing(event.target) || !readLook().keys) return;
  if (document.querySelector("dialog[open]")) return;
  const pair = first && event.timeStamp - first.at < 1500 ? `${first.key} ${event.key}` : null;
  first = null;
  const hit = (pair && find(pair)) || find(event.key);
  if (hit) {
    event.preventDefault();
    hit.run();
  } else if (event.key === "g") first = { key: "g", at: event.timeStamp };
}

export function useHotkeys(keys: readonly Hotkey[]): void {
  useEffect(() => {
    active.add(keys);
    return () => void active.delete(keys);
  });
}
