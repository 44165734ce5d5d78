// A grid that draws only the rows in sight, for thousands of them. The grid keeps the focus itself and names the row by
// aria-activedescendant, so that a row which scrolls out of the DOM can't lose it. Rows have one height.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export type GridColumn<R> = {
  key: string;
  title: ComponentChildren;
  cell: (row: R) => ComponentChildren;
  end?: boolean;
  /** CSS grid track */ track: string;
};

type Props<R> = {
  label: string;
  columns: GridColumn<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  rowClass?: (row: R) => string;
  /** Pixels a row. */
  height: number;
  /** One cell of two lines instead of columns, for phones. */
  card?: (row: R) => ComponentChildren;
  selected: string | null;
  onSelect: (row: R) => void;
  onOpen: (row: R) => void;
  onMenu?: (row: R, at: DOMRect) => void;
  /** Near the end: there may be more. */
  onEnd?: () => void;
  /** Has the reader left the top? Live rows wait then. */
  onTop?: (atTop: boolean) => void;
  /** What stands below the last row: loading, the end, ask to narrow. */
  foot?: ComponentChildren;
  scroller?: RefObject<HTMLDivElement | null>;
};

const OVERSCAN = 6;

export function VirtualTable<R>(props: Props<R>) {
  const {
    label,
    columns,
    rows,
    rowKey,
    rowClass,
    height,
    card,
    selected,
    onSelect,
    onOpen,
    onMenu,
    onEnd,
    onTop,
    foot,
  } = props;
  const own = useRef<HTMLDivElement>(null);
  const box = props.scroller ?? own;
  const [view, setView] = useState({ top: 0, room: 800 });
  const at = selected === null ? -1 : rows.findIndex(r => rowKey(r) === selected);

  useLayoutEffect(() => {
    const it = box.current!;
    const measure = () => setView({ top: it.scrollTop, room: it.clientHeight });
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(it);
    return () => watcher.disconnect();
  }, []);

  const onScroll = () => {
    const it = box.current!;
    setView({ top: it.scrollTop, room: it.clientHeight });
    onTop?.(it.scrollTop < height / 2);
  };
  const first = Math.max(0, Math.floor(view.top / height) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.room) / height) + OVERSCAN);
  useEffect(() => {
    if (last >= rows.length - 20) onEnd?.();
  }, [last, rows.length]);

  const show = (i: number) => {
    const it = box.current!;
    const head = it.querySelector<HTMLElement>(".grid-head")?.offsetHeight ?? 0;
    const y = i * height;
    if (y < it.scrollTop) it.scrollTop = y;
    else if (y + height > it.scrollTop + it.clientHeight - head) it.scrollTop = y + height - it.clientHeight + head;
  };
  const go = (i: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, i));
    const row = rows[to];
    if (!row) return;
    show(to);
    onSelect(row);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== box.current) return;
    const page = Math.max(1, Math.floor(view.room / height) - 2);
    const row = rows[at];
    switch (event.key) {
      case "ArrowDown":
      case "j":
        go(at + 1);
        break;
      case "ArrowUp":
      case "k":
        go(at < 0 ? 0 : at - 1);
        break;
      case "PageDown":
        go(at + page);
        break;
      case "PageUp":
        go(at - page);
        break;
      case "Home":
        go(0);
        break;
      case "End":
        go(rows.length - 1);
        break;
      case "Enter":
        if (!row) return;
        onOpen(row);
        break;
      case "m":
      case "ContextMenu":
        if (!row || !onMenu) return;
        onMenu(
          row,
          document.getElementById(`row-${selected}`)?.getBoundingClientRect() ?? box.current!.getBoundingClientRect(),
        );
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const tracks = columns.map(c => c.track).join(" ");
  return (
    <div
      ref={box}
      class={`grid ${card ? "cards" : ""}`}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={at >= first && at < last ? `row-${selected}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={keys}
      onFocus={event =>
        event.target === box.current &&
        at < 0 &&
        rows[0] &&
        event.currentTarget.matches(":focus-visible") &&
        go(first ? first + OVERSCAN : 0)
      }
    >
      {!card && (
        <div class="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks }}>
          {columns.map(c => (
            <div key={c.key} role="columnheader" class={c.end ? "end" : ""}>
              {c.title}
            </div>
          ))}
        </div>
      )}
      <div class="grid-body" role="presentation" style={{ height: `${rows.length * height}px` }}>
        {rows.slice(first, last).map((row, i) => {
          const key = rowKey(row);
          return (
            <div
              key={key}
              id={`row-${key}`}
              role="row"
              aria-rowindex={first + i + 2}
              aria-selected={key === selected}
              class={`grid-row ${key === selected ? "on" : ""} ${rowClass?.(row) ?? ""}`}
              style={{
                transform: `translateY(${(first + i) * height}px)`,
                height: `${height}px`,
                gridTemplateColumns: card ? "1fr" : tracks,
              }}
              onClick={event => !(event.target as Element).closest("a, button") && onOpen(row)}
              onContextMenu={event => {
                if (!onMenu || getSelection()?.toString()) return;
                event.preventDefault();
                onMenu(row, new DOMRect(event.clientX, event.clientY, 0, 0));
              }}
            >
              {card ? (
                <div role="gridcell">{card(row)}</div>
              ) : (
                columns.map(c => (
                  <div key={c.key} role="gridcell" class={c.end ? "end" : ""}>
                    {c.cell(row)}
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
      {foot && (
        <div class="grid-foot" role="row">
          <div role="gridcell">{foot}</div>
        </div>
      )}
    </div>
  );
}
