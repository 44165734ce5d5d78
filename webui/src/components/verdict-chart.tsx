// Requests over time as stacked bars by verdict, in SVG: a path for each verdict, coloured by the tokens, so that
// themes, print and forced colours need no care. Dragging chooses a period. For those who can't see it, it has a
// sentence and, where a page offers one, a table.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ACTIONS, type Action } from "../api/types";
import { clock, count, day, dayClock, short, time } from "../lib/format";
import { bars, stack, ticksOfCount, ticksOfTime, type VerdictSeries } from "../lib/series";
import { common as t } from "../text/common";

type Props = {
  data: VerdictSeries;
  hidden?: ReadonlySet<Action>;
  height: number;
  /** Axes and grid; without them only the bars and the two ends. */
  axes?: boolean;
  label: string;
  /** Dragging chooses a period, in seconds since 1970. */
  onBrush?: (from: number, to: number) => void;
};

const DAY_S = 86400;

export function VerdictChart({ data, hidden, height, axes, label, onBrush }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);

  useLayoutEffect(() => {
    const measure = () => setWidth(box.current!.clientWidth);
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(box.current!);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (!drag) return;
    const escape = (event: KeyboardEvent) => event.key === "Escape" && setDrag(null);
    addEventListener("keydown", escape);
    return () => removeEventListener("keydown", escape);
  }, [drag !== null]);

  const pad = axes ? { start: 44, end: 6, top: 10, bottom: 26 } : { start: 0, end: 0, top: 4, bottom: 0 };
  const inner = { w: Math.max(width - pad.start - pad.end, 1), h: height - pad.top - pad.bottom };
  const stacked = stack(data, hidden);
  const highest = Math.max(1, ...stacked.error);
  const levels = axes ? ticksOfCount(highest) : [];
  const most = axes ? Math.max(levels.at(-1)!, highest) : highest;
  const span = data.to - data.from;
  const x = (s: number) => pad.start + ((s - data.from) / span) * inner.w;
  const y = (n: number) => pad.top + inner.h - (n / most) * inner.h;
  const second = (px: number) => data.from + (Math.min(Math.max(px - pad.start, 0), inner.w) / inner.w) * span;
  const moments = axes ? ticksOfTime(data.from, data.to, Math.max(2, Math.floor(inner.w / 72))) : [];

  const pointer = (event: PointerEvent) => event.clientX - box.current!.getBoundingClientRect().left;
  const bucket = (px: number) => Math.floor((second(px) - (data.t[0] ?? 0)) / data.step_s);
  const finish = () => {
    if (drag && Math.abs(x(drag.to) - x(drag.from)) > 4) {
      // Whole buckets: what was dragged over is what is seen next.
      const step = data.step_s;
      const first = Math.floor(Math.min(drag.from, drag.to) / step) * step;
      onBrush!(first, Math.max(Math.ceil(Math.max(drag.from, drag.to) / step) * step, first + step));
    }
    setDrag(null);
  };
  return (
    <div class={`chart ${onBrush ? "brush" : ""}`} ref={box} role="img" aria-label={label}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          aria-hidden="true"
          onPointerDown={event => {
            if (!onBrush || event.button !== 0 || event.pointerType === "touch") return;
            event.currentTarget.setPointerCapture(event.pointerId);
            const s = second(pointer(event));
            setDrag({ from: s, to: s });
          }}
          onPointerMove={event => {
            const px = pointer(event);
            setAt(bucket(px));
            if (drag) setDrag({ ...drag, to: second(px) });
          }}
          onPointerUp={finish}
          onPointerCancel={() => setDrag(null)}
          onPointerLeave={() => setAt(null)}
        >
          {levels.map(n => (
            <g key={n} class="chart-axis">
              <line x1={pad.start} x2={width - pad.end} y1={y(n)} y2={y(n)} />
              <text x={pad.start - 8} y={y(n) + 4} text-anchor="end">
                {short(n)}
              </text>
            </g>
          ))}
          {moments.map(s => (
            <text key={s} class="chart-moment" x={x(s)} y={height - 6} text-anchor="middle">
              {span > 2 * DAY_S ? day(s) : clock(s)}
            </text>
          ))}
          {ACTIONS.map((a, i) => (
            <path
              key={a}
              class={`v-${a}`}
              d={hidden?.has(a) ? "" : bars(data.t, stacked[a], i ? stacked[ACTIONS[i - 1]!] : null, data.step_s, x, y)}
            />
          ))}
          {drag && (
            <rect
              class="chart-brush"
              x={Math.min(x(drag.from), x(drag.to))}
              width={Math.abs(x(drag.to) - x(drag.from))}
              y={pad.top}
              height={inner.h}
            />
          )}
        </svg>
      )}
      {!axes && (
        <div class="chart-ends" aria-hidden="true">
          <span>{dayClock(data.from)}</span>
          <span>{dayClock(data.to)}</span>
        </div>
      )}
      {at !== null && data.t[at] !== undefined && <Tip data={data} at={at} left={x(data.t[at])} room={width} />}
    </div>
  );
}

/** The numbers under the pointer. */
function Tip({ data, at, left, room }: { data: VerdictSeries; at: number; left: number; room: number }) {
  const start = data.t[at]!;
  const end = start + data.step_s;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const w = box.current!.offsetWidth;
    const beside = left + 24 + w > room ? left - w - 12 : left + 24;
    box.current!.style.left = `${Math.max(0, Math.min(beside, room - w))}px`;
  });
  return (
    <div class="chart-tip" ref={box}>
      <b>{data.step_s >= DAY_S ? day(start) : `${dayClock(start)} – ${data.step_s < 60 ? time(end) : clock(end)}`}</b>
      {[...ACTIONS].reverse().map(a =>
        data.series[a][at] ? (
          <div key={a}>
            <i class={`dot v-${a}`} />
            {t(`action.${a}`)}
            <b>{count(data.series[a][at])}</b>
          </div>
        ) : null,
      )}
    </div>
  );
}
