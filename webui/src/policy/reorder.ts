// Reordering by hand: a handle that is dragged (pointer capture, the page scrolls at its edges), or lifted with Space
// and moved with the arrow keys. Both choose among the places of places.ts and end in one change of the draft.
// What was chosen shows at once; the draft's next answer takes its place.
import type { RefObject, TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Draft } from "../api/types";
import { announce } from "../components/live-region";
import { safe } from "../lib/safe";
import { beside, moved, placeOf, step, type Place, type Placed } from "./places";
import { policy as t } from "./text";

export type Reorder<T extends Placed> = {
  /** The rules as they stand, with what was moved a moment ago. */
  rules: readonly T[];
  /** The rule in someone's hands. */
  held: string | null;
  /** Where arrow keys have carried it. */
  preview: { id: string; to: Place } | null;
  /** Pixels that the dragged row lies beside its place. */
  shift: number;
  /** Where the line between two rows is drawn, from the top of the box. */
  line: number | null;
  /** Always the same object, so that rows need not be drawn again for it. */
  hands: Hands<T>;
};
export type Hands<T extends Placed> = {
  draft: () => Draft;
  key: (rule: T, event: TargetedKeyboardEvent<HTMLElement>) => void;
  pointer: (rule: T, event: TargetedPointerEvent<HTMLElement>) => void;
};
/** Which list it is. */
export type Order<T extends Placed> = {
  all: (draft: Draft) => readonly T[];
  /** One change of the draft, made from what is shown; false: it was refused. */
  move: (draft: Draft, shown: readonly T[], rule: T, to: Place) => Promise<boolean>;
  /** What a section is called; left out: the list has none. */
  section?: (name: string | undefined) => string;
};

const EDGE = 90;

export function useReorder<T extends Placed>(
  draft: Draft,
  box: RefObject<HTMLDivElement | null>,
  order: Order<T>,
): Reorder<T> {
  const [early, setEarly] = useState<{ etag: string; rules: T[] } | null>(null);
  const [preview, setPreview] = useState<Reorder<T>["preview"]>(null);
  const [drag, setDrag] = useState<{ id: string; shift: number; line: number | null } | null>(null);
  const focus = useRef<string | null>(null);
  const rules = early && early.etag === draft.etag ? early.rules : order.all(draft);

  useEffect(() => setEarly(null), [draft.etag]);
  // A row that moves in the document loses the focus; its handle takes it back.
  useLayoutEffect(() => {
    if (!focus.current) return;
    box.current?.querySelector<HTMLElement>(`[data-grip="${CSS.escape(focus.current)}"]`)?.focus();
  }, [preview, early, draft.etag]);
  useEffect(() => {
    if (!preview) return;
    // Whoever clicks elsewhere has let go.
    const away = (event: Event) => {
      if ((event.target as Element | null)?.closest?.(`[data-grip="${CSS.escape(preview.id)}"]`)) return;
      setPreview(null);
      focus.current = null;
      announce(t("reorder.cancelled"));
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [preview]);

  const words = (to: Place) => {
    const at = { number: to.index + 1, count: rules.length };
    return order.section
      ? t("reorder.place_in", { ...at, section: order.section(to.section) })
      : t("reorder.place", at);
  };
  const titleOf = (rule: T) => safe(rule.title || rule.id);

  const drop = (rule: T, to: Place | null) => {
    const from = placeOf(rules, rule.id);
    if (!to || !from || (to.index === from.index && to.section === from.section)) return;
    setEarly({ etag: draft.etag, rules: moved(rules, rule.id, to) });
    void order.move(draft, rules, rule, to).then(done => done || setEarly(null));
  };

  const key: Hands<T>["key"] = (rule, event) => {
    const now = preview?.id === rule.id ? preview.to : null;
    const lift = event.key === " " || event.key === "Enter";
    if (lift) {
      event.preventDefault();
      if (now) {
        setPreview(null);
        drop(rule, now);
        announce(t("reorder.dropped", { name: titleOf(rule), place: words(now) }));
      } else {
        const at = placeOf(rules, rule.id)!;
        focus.current = rule.id;
        setPreview({ id: rule.id, to: at });
        announce(t("reorder.lifted", { name: titleOf(rule), place: words(at) }));
      }
    } else if (now && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      const to = step(moved(rules, rule.id, now), rule.id, event.key === "ArrowUp" ? -1 : 1);
      if (!to) return announce(t("reorder.end"));
      setPreview({ id: rule.id, to });
      announce(t("reorder.at", { place: words(to) }));
      box.current?.querySelector(`[data-rule="${CSS.escape(rule.id)}"]`)?.scrollIntoView({ block: "nearest" });
    } else if (now && (event.key === "Escape" || event.key === "Tab")) {
      if (event.key === "Escape") event.preventDefault();
      else focus.current = null;
      setPreview(null);
      announce(t("reorder.cancelled"));
    } else if (!now) focus.current = null;
  };

  const pointer: Hands<T>["pointer"] = (rule, event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const grip = event.currentTarget;
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    const startY = event.clientY + scrollY;
    let y = event.clientY;
    let target: Place | null = null;
    let timer = 0;
    const follow = () => {
      const found = hit(box.current!, rules, rule.id, y);
      target = found?.place ?? null;
      setDrag({ id: rule.id, shift: y + scrollY - startY, line: found?.line ?? null });
    };
    const scroll = () => {
      const speed = y < EDGE ? y - EDGE : y > innerHeight - EDGE ? y - innerHeight + EDGE : 0;
      if (speed !== 0) {
        scrollBy(0, speed / 5);
        follow();
      }
      timer = requestAnimationFrame(scroll);
    };
    const move = (e: PointerEvent) => {
      y = e.clientY;
      follow();
    };
    const end = (e: Event) => {
      cancelAnimationFrame(timer);
      grip.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) grip.removeEventListener(name, end);
      removeEventListener("keydown", escape, true);
      setDrag(null);
      if (e.type === "pointerup") drop(rule, target);
    };
    const escape = (e: KeyboardEvent) => {
      if (e.key !== "Escape") return;
      e.preventDefault();
      e.stopPropagation();
      end(e);
    };
    grip.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) grip.addEventListener(name, end);
    addEventListener("keydown", escape, true);
    timer = requestAnimationFrame(scroll);
  };

  const now = useRef({ draft, key, pointer });
  now.current = { draft, key, pointer };
  const [hands] = useState<Hands<T>>(() => ({
    draft: () => now.current.draft,
    key: (rule, event) => now.current.key(rule, event),
    pointer: (rule, event) => now.current.pointer(rule, event),
  }));

  return {
    rules,
    held: drag?.id ?? preview?.id ?? null,
    preview,
    shift: drag?.shift ?? 0,
    line: drag?.line ?? null,
    hands,
  };
}

/** The place under the pointer: the upper half of a row is before it, the lower half after it, in its section. */
function hit(box: HTMLElement, rules: readonly Placed[], id: string, y: number): { place: Place; line: number } | null {
  const top = box.getBoundingClientRect().top;
  let best: { other: string; after: boolean; edge: number; far: number } | null = null;
  for (const row of box.querySelectorAll<HTMLElement>("[data-rule]")) {
    const other = row.dataset["rule"]!;
    if (other === id) continue;
    const { top: a, bottom: b } = row.getBoundingClientRect();
    const after = y > (a + b) / 2;
    const edge = after ? b : a;
    const far = y < a ? a - y : y > b ? y - b : 0;
    if (!best || far < best.far) best = { other, after, edge, far };
  }
  if (!best) return null;
  const place = beside(rules, id, best.other, best.after);
  return place && { place, line: best.edge - top };
}
