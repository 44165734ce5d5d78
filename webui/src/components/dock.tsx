// Details beside a table: docked where the window is wide, a sheet over it where it is not.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { common as t } from "../text/common";
import { Button } from "./button";
import { Sheet } from "./sheet";

const WIDE = "(min-width: 1200px)";

export function useMedia(query: string): boolean {
  const [on, setOn] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const change = () => setOn(media.matches);
    change();
    media.addEventListener("change", change);
    return () => media.removeEventListener("change", change);
  }, [query]);
  return on;
}
export const useWide = (): boolean => useMedia(WIDE);

type Props = {
  title: ComponentChildren;
  note?: ComponentChildren;
  children: ComponentChildren;
  foot?: ComponentChildren;
  onClose: () => void;
};

export function Dock({ title, note, children, foot, onClose }: Props) {
  const wide = useWide();
  const id = useId();
  if (!wide) {
    return (
      <Sheet title={title} note={note} onClose={onClose} actions={foot} class="details">
        {children}
      </Sheet>
    );
  }
  return (
    <aside class="dock card flush details" aria-labelledby={id}>
      <div class="sheet-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note && <p>{note}</p>}
        </div>
        <Button icon="close" kind="quiet" label={t("close")} onClick={onClose} />
      </div>
      <div class="sheet-body" tabIndex={0}>
        {children}
      </div>
      {foot && <div class="sheet-foot">{foot}</div>}
    </aside>
  );
}
