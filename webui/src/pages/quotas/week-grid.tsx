// The week as a grid to paint: a drag over days and hours paints a rectangle, with mouse or finger; the keyboard moves,
// chooses with Shift and paints with Space. The grid keeps the focus and names its cell by aria-activedescendant. On a
// phone days are columns, so that a cell is large enough for a finger.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { announce } from "../../components/live-region";
import { weekday } from "../../lib/format";
import { DAY, DAYS, paint, share, writeClock, type Interval } from "../../policy/weekly";
import { quotas as t } from "./text";

type Cell = { day: number; slot: number };
type Props = { week: readonly Interval[]; onChange: (week: Interval[]) => void; disabled?: boolean; label: string };

const NARROW = "(max-width: 760px)";

function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const read = () => setNarrow(query.matches);
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  return narrow;
}

const clamp = (n: number, most: number) => Math.max(0, Math.min(most, n));

export function WeekGrid({ week, onChange, disabled, label }: Props) {
  const narrow = useNarrow();
  const step = narrow ? 60 : 30;
  const slots = DAY / step;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Cell>({ day: 0, slot: (8 * 60) / step });
  const [anchor, setAnchor] = useState<Cell | null>(null);
  const [focused, setFocused] = useState(false);
  const dragging = useRef<{ on: boolean } | null>(null);
  const cell: Cell = { day: at.day, slot: clamp(at.slot, slots - 1) };
  const from: Cell = anchor ?? cell;
  const area = {
    days: [Math.min(from.day, cell.day), Math.max(from.day, cell.day)] as const,
    slots: [Math.min(from.slot, cell.slot), Math.max(from.slot, cell.slot)] as const,
  };
  const on = (c: Cell) => share(week, c.day * DAY + c.slot * step, c.day * DAY + (c.slot + 1) * step);
  const painting = dragging.current?.on ?? on(from) < 1;
  const inArea = (c: Cell) =>
    anchor !== null &&
    c.day >= area.days[0] &&
    c.day <= area.days[1] &&
    c.slot >= area.slots[0] &&
    c.slot <= area.slots[1];

  const commit = (paintOn: boolean) => {
    let next = [...week];
    const [first, last] = area.slots;
    for (let d = area.days[0]; d <= area.days[1]; d++)
      next = paint(next, d * DAY + first * step, d * DAY + (last + 1) * step, paintOn);
    const [a, b] = area.days;
    const days = a === b ? weekday(a, "long") : `${weekday(a, "short")}–${weekday(b, "short")}`;
    announce(
      t(paintOn ? "schedule.painted" : "schedule.cleared", {
        days,
        from: writeClock(first * step),
        to: writeClock((last + 1) * step),
      }),
    );
    setAnchor(null);
    onChange(next);
  };
  const cellAt = (event: PointerEvent): Cell | null => {
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-day]");
    if (!found || !box.current!.contains(found)) return null;
    return { day: Number(found.dataset["day"]), slot: Number(found.dataset["slot"]) };
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [alongDay, alongTime] = narrow ? ["Horizontal", "Vertical"] : ["Vertical", "Horizontal"];
    const arrows: Record<string, [string, number]> = {
      ArrowUp: ["Vertical", -1],
      ArrowDown: ["Vertical", 1],
      ArrowLeft: ["Horizontal", -1],
      ArrowRight: ["Horizontal", 1],
    };
    const arrow = arrows[event.key];
    if (arrow || event.key === "Home" || event.key === "End") {
      const to = arrow
        ? {
            day: clamp(cell.day + (arrow[0] === alongDay ? arrow[1] : 0), 6),
            slot: clamp(cell.slot + (arrow[0] === alongTime ? arrow[1] : 0), slots - 1),
          }
        : { day: cell.day, slot: event.key === "Home" ? 0 : slots - 1 };
      setAnchor(event.shiftKey ? from : null);
      setAt(to);
    } else if (event.key === " " || event.key === "Enter") commit(on(from) < 1);
    else if (event.key === "Escape" && anchor) setAnchor(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const hours = useMemo(() => Array.from({ length: narrow ? 12 : 12 }, (_, i) => i * 2), [narrow]);
  return (
    <div class={`week ${narrow ? "narrow" : ""} ${disabled ? "disabled" : ""}`}>
      <div
        ref={box}
        class="week-grid"
        role="grid"
        aria-label={label}
        aria-multiselectable="true"
        aria-disabled={disabled}
        aria-activedescendant={focused ? `${id}-${cell.day}-${cell.slot}` : undefined}
        tabIndex={disabled ? -1 : 0}
        onFocus={() => setFocused(true)}
        onBlur={() => {
          setFocused(false);
          setAnchor(null);
        }}
        onKeyDown={event => !disabled && keys(event)}
        onPointerDown={event => {
          const hit = disabled || event.button !== 0 ? null : cellAt(event);
          if (!hit) return;
          event.preventDefault();
          event.currentTarget.focus({ preventScroll: true });
          event.currentTarget.setPointerCapture(event.pointerId);
          dragging.current = { on: on(hit) < 1 };
          setAt(hit);
          setAnchor(hit);
        }}
        onPointerMove={event => {
          const hit = dragging.current && cellAt(event);
          if (hit && (hit.day !== at.day || hit.slot !== at.slot)) setAt(hit);
        }}
        onPointerUp={() => {
          const was = dragging.current;
          dragging.current = null;
          if (was) commit(was.on);
        }}
        onPointerCancel={() => {
          dragging.current = null;
          setAnchor(null);
        }}
      >
        {hours.map(h => (
          <span key={h} class="week-hour" aria-hidden="true" style={placed(narrow, -1, (h * 60) / step, 120 / step)}>
            {String(h).padStart(2, "0")}
          </span>
        ))}
        {DAYS.map((_, day) => (
          <div key={day} role="row" class="week-row">
            <span class="week-day" role="rowheader" aria-label={weekday(day, "long")} style={placed(narrow, day, -1)}>
              {weekday(day, "short")}
            </span>
            {Array.from({ length: slots }, (_, slot) => {
              const how = on({ day, slot });
              const chosen = inArea({ day, slot });
              const state = how === 1 ? "on" : how > 0 ? "part" : "off";
              const here = focused && cell.day === day && cell.slot === slot;
              return (
                <span
                  key={slot}
                  id={`${id}-${day}-${slot}`}
                  role="gridcell"
                  aria-selected={how === 1}
                  aria-label={t("schedule.cell", {
                    day: weekday(day, "long"),
                    from: writeClock(slot * step),
                    to: writeClock((slot + 1) * step),
                    state: t(`schedule.cell_${state}`),
                  })}
                  data-day={day}
                  data-slot={slot}
                  class={[
                    "week-cell",
                    state,
                    (slot * step) % 60 === 0 && "hour",
                    chosen && (painting ? "will" : "wont"),
                    here && "here",
                  ]
                    .filter(Boolean)
                    .join(" ")}
                  style={placed(narrow, day, slot)}
                />
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Where a cell stands; day or slot -1 is the row or column of names. */
function placed(narrow: boolean, day: number, slot: number, length = 1) {
  const time = slot < 0 ? "1" : `${slot + 2} / span ${length}`;
  const line = `${day + 2}`;
  return narrow ? { gridColumn: line, gridRow: time } : { gridRow: line, gridColumn: time };
}
