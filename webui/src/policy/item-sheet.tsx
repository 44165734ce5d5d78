// The sheet in which a named thing of the draft is edited: what is refused stands where it belongs, what others did to
// the same thing meanwhile is told before it is lost, and nothing typed is thrown away unasked.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { may } from "../api/session";
import type { Draft } from "../api/types";
import { Button } from "../components/button";
import { keepEdits } from "../components/confirm";
import { Icon } from "../components/icon";
import { Sheet } from "../components/sheet";
import { Empty } from "../components/states";
import { ago } from "../lib/format";
import { safe } from "../lib/safe";
import { common } from "../text/common";
import { FaultNotice } from "./item-fields";
import { itemFaults, itemOf, Overtaken, saveItem, type Item, type ItemKind } from "./items";
import { policy as t } from "./text";

export type Saving = {
  /** What it was when the sheet opened; null: it is new. */
  was: Item | null;
  /** It was named in the address but is not in the draft. */
  missing: boolean;
  busy: boolean;
  /** Has saving been tried? Then what is missing is shown. */
  tried: boolean;
  overtaken: Overtaken | null;
  /** What the gateway said, by member; see itemFaults. */
  faults: Map<string, string>;
  /** Saves, and closes the sheet; `ok` false only shows what is missing. */
  save: (item: Item, name: string, ok: boolean, before?: string | null) => Promise<void>;
  /** The error is about what has been changed since. */
  touched: () => void;
};

export function useSaving(kind: ItemKind, id: string | null, draft: Draft, onClose: () => void): Saving {
  // What others do meanwhile shows when it is saved, not under someone's hands.
  const [start] = useState(() => ({ was: id === null ? null : itemOf(draft, kind, id), etag: draft.etag }));
  const [base, setBase] = useState(start);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const faults = useMemo(() => itemFaults(error), [error]);
  return {
    was: start.was,
    missing: id !== null && start.was === null,
    busy,
    tried,
    faults,
    overtaken: error instanceof Overtaken ? error : null,
    touched: () => setError((e: unknown) => (e instanceof Overtaken ? e : null)),
    save: async (item, name, ok, before) => {
      setTried(true);
      if (!ok || busy) return;
      setBusy(true);
      try {
        // Whoever has seen what the others did, and saves again, means it.
        const on = error instanceof Overtaken ? { was: error.theirs, etag: error.etag } : base;
        setBase(on);
        await saveItem(kind, item, on.was, name, on.etag, before);
        onClose();
      } catch (problem) {
        setError(problem);
        setBusy(false);
      }
    },
  };
}

type Props = {
  saving: Saving;
  titles: { edit: string; new: string };
  note?: ComponentChildren;
  dirty: boolean;
  kind?: "side" | "wide";
  /** What was typed into a field of entries and could not be added. */
  left?: string;
  /** Members whose faults stand beside their field. */
  shown: (member: string) => boolean;
  onSave: () => void;
  onClose: () => void;
  /** Shows what the others made of it: the sheet opens anew. */
  onTheirs: () => void;
  children: ComponentChildren;
};

export function ItemSheet(props: Props) {
  const { saving, titles, note, left, kind, shown, onSave, onClose, onTheirs, children } = props;
  const dirty = props.dirty || !!left?.trim();
  const edit = may("policy.draft");
  const { was, overtaken } = saving;
  const mayClose = keepEdits(
    dirty && edit,
    { title: t("discard.title"), text: t("discard.text"), verb: t("discard") },
    onClose,
  );
  return (
    <Sheet
      kind={kind}
      title={!was ? titles.new : edit ? titles.edit : safe(String(was["title"] ?? was.id))}
      note={note}
      footnote={t(edit ? "draft_only" : "read_only")}
      onClose={onClose}
      mayClose={mayClose}
      onSubmit={() => edit && onSave()}
      actions={
        <>
          <Button onClick={() => mayClose() && onClose()}>{common(edit ? "cancel" : "close")}</Button>
          {edit && (
            <Button kind="primary" type="submit" busy={saving.busy} disabled={!dirty}>
              {t(overtaken ? "save_mine" : was ? "save" : "add")}
            </Button>
          )}
        </>
      }
    >
      {overtaken && (
        <div class="notice warn" role="alert">
          <Icon name="users" size={18} />
          <p>
            {t(overtaken.theirs ? "overtaken" : "overtaken.removed", {
              author: safe(overtaken.author ?? "?"),
              when: overtaken.changed ? ago(overtaken.changed) : "",
            })}
          </p>
          <Button small onClick={onTheirs}>
            {t("take_theirs")}
          </Button>
        </div>
      )}
      <FaultNotice faults={saving.tried && left?.trim() ? [t("entries.left")] : []} />
      <FaultNotice faults={[...saving.faults].filter(([at]) => !shown(at)).map(([, message]) => message)} />
      {children}
    </Sheet>
  );
}

export function MissingSheet({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  return (
    <Sheet title={title} onClose={onClose}>
      <Empty icon="search" title={t("missing", { id: safe(id) })}>
        {t("missing_help")}
      </Empty>
    </Sheet>
  );
}
