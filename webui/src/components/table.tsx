// A plain table: columns described once. On a phone each row becomes a card whose cells carry their column's name.
// For the log, which can be millions of rows long, there is virtual-table.tsx.
import type { ComponentChildren } from "preact";
import { common as t } from "../text/common";

export type Column<R> = {
  key: string;
  title: ComponentChildren;
  cell: (row: R, index: number) => ComponentChildren;
  /** Numbers stand at the end. */
  end?: boolean;
  /** The cell that names the row. */
  main?: boolean;
  /** A CSS width, such as 8rem. */
  width?: string;
  /** Left out on a phone. */
  wide?: boolean;
};

type Props<R> = {
  label: string;
  columns: Column<R>[];
  rows: readonly R[];
  rowKey: (row: R, index: number) => string;
  onRow?: (row: R) => void;
  rowClass?: (row: R) => string;
};

export function Table<R>({ label, columns, rows, rowKey, onRow, rowClass }: Props<R>) {
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={label}>
      <table class="table">
        <caption class="sr-only">{label}</caption>
        <thead>
          <tr>
            {columns.map(c => (
              <th
                key={c.key}
                scope="col"
                class={`${c.end ? "end" : ""} ${c.wide ? "wide" : ""}`}
                style={c.width ? { width: c.width } : undefined}
              >
                {c.title || <span class="sr-only">{t("actions")}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr
              key={rowKey(row, i)}
              class={`${onRow ? "clickable" : ""} ${rowClass?.(row) ?? ""}`}
              onClick={event => {
                // A press on something inside the row is meant for that.
                if (onRow && !(event.target as Element).closest("a, button, input, label, [popover]")) onRow(row);
              }}
            >
              {columns.map(c => {
                const name = `${c.end ? "end" : ""} ${c.main ? "main" : ""} ${c.wide ? "wide" : ""}`;
                const inside = c.cell(row, i);
                return c.main ? (
                  <th key={c.key} scope="row" class={name}>
                    {inside}
                  </th>
                ) : (
                  <td key={c.key} class={name} data-label={typeof c.title === "string" ? c.title : undefined}>
                    {inside}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
