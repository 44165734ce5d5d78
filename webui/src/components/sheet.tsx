// A sheet from the side, or a box in the middle: the platform's modal dialog, which keeps focus inside and gives it
// back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { common as t } from "../text/common";
import { Button } from "./button";

type Props = {
  title: ComponentChildren;
  note?: ComponentChildren;
  children: ComponentChildren;
  /** Buttons at the foot. */
  actions?: ComponentChildren;
  /** A sentence at the foot, opposite the buttons. */
  footnote?: ComponentChildren;
  /** side: 560 px; wide: 720 px; box: in the middle. */
  kind?: "side" | "wide" | "box";
  onClose: () => void;
  /** Asked before Esc, the scrim or the cross close it: false keeps it open. */
  mayClose?: () => boolean;
  onSubmit?: () => void;
  class?: string;
};

export function Sheet({
  title,
  note,
  children,
  actions,
  footnote,
  kind = "side",
  onClose,
  mayClose,
  onSubmit,
  class: name,
}: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const it = box.current!;
    const before = document.activeElement as HTMLElement | null;
    it.showModal();
    (
      it.querySelector<HTMLElement>("[autofocus]") ??
      it.querySelector<HTMLElement>(".sheet-body input, .sheet-body select, .sheet-body textarea")
    )?.focus();
    // Long text without controls must be reachable to be scrolled.
    const body = it.querySelector<HTMLElement>(".sheet-body")!;
    if (!body.querySelector("a, button, input, select, textarea")) body.tabIndex = 0;
    return () => {
      it.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const close = () => (mayClose?.() ?? true) && onClose();
  const inside = (
    <>
      <div class="sheet-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p>{note}</p>}
        </div>
        <Button icon="close" kind="quiet" label={t("close")} onClick={close} />
      </div>
      <div class="sheet-body">{children}</div>
      {(actions || footnote) && (
        <div class="sheet-foot">
          <span class="note">{footnote}</span>
          <div class="row">{actions}</div>
        </div>
      )}
    </>
  );
  return (
    <dialog
      ref={box}
      class={`sheet ${kind} ${name ?? ""}`}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault();
        close();
      }}
      onMouseDown={event => event.target === box.current && close()}
    >
      {onSubmit ? (
        <form
          class="sheet-form"
          noValidate
          onSubmit={event => {
            event.preventDefault();
            onSubmit();
          }}
        >
          {inside}
        </form>
      ) : (
        <div class="sheet-form">{inside}</div>
      )}
    </dialog>
  );
}
