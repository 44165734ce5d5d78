// A surface with a head: title, a note beside it, actions on the right.
import type { ComponentChildren } from "preact";

type Props = {
  title?: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  /** No padding: for tables and lists that reach the edges. */
  flush?: boolean;
};

export function Card({ title, note, actions, children, class: name, flush }: Props) {
  return (
    <section class={`card ${flush ? "flush" : ""} ${name ?? ""}`} aria-label={title}>
      {title && (
        <div class="card-head">
          <h2>{title}</h2>
          {note && <span class="note">{note}</span>}
          {actions && <div class="card-actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}
