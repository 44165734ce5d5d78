// One category: its name, the lists that it takes, and entries of its own. Saved to the draft as a whole.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Category, Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { keepEdits } from "../../components/confirm";
import { ChipsInput, Field, TextArea } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { Sheet } from "../../components/sheet";
import { Empty } from "../../components/states";
import { count } from "../../lib/format";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { EntriesEditor } from "../../policy/entries-editor";
import { FaultNotice, NameFields, useNewId } from "../../policy/item-fields";
import { itemFaults, saveItem, tidy } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { lists as t } from "./text";
import type { Source, Top } from "./types";

const KINDS = ["hosts", "urls", "regex", "except"] as const;
type Kind = (typeof KINDS)[number];
type Props = { id: string | null; draft: Draft; sources: Source[] | undefined; onClose: () => void };

export function CategoryEditor({ id: existing, draft, sources, onClose }: Props) {
  const all = draft.document.categories ?? {};
  // What it was when the sheet opened: what others do meanwhile shows when it is saved, not under someone's hands.
  const [was] = useState<Category | undefined>(() => (existing ? all[existing] : undefined));
  const [item, setItem] = useState<Category>(() => was ?? {});
  const [kind, setKind] = useState<Kind>(() => KINDS.find(k => was?.[k]?.length) ?? "hosts");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const taken = useMemo(() => new Set([...Object.keys(all), "uncategorised"]), [draft.document]);
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, item.title ?? "", taken);
  const faults = useMemo(() => itemFaults(error), [error]);
  const edit = may("policy.draft");
  const known = useMemo(() => sources?.flatMap(s => s.parts) ?? [], [sources]);

  if (existing && !was) {
    return (
      <Sheet title={t("category.edit")} onClose={onClose}>
        <Empty icon="lists" title={t("category.gone", { id: safe(existing) })} />
      </Sheet>
    );
  }
  const set = (change: Partial<Category>) => {
    setItem(i => ({ ...i, ...change }));
    setError(null);
  };
  const dirty = idDirty || JSON.stringify(tidy(item)) !== JSON.stringify(tidy(was ?? {}));
  const titleFault = tried && !existing && !item.title?.trim() ? policy("title.missing") : null;
  const save = async () => {
    setTried(true);
    if (idFault || (!existing && !item.title?.trim())) return;
    setBusy(true);
    try {
      await saveItem("categories", { ...tidy(item), id }, was ? { ...was, id } : null, item.title ?? id);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const faultsOf = (k: Kind) =>
    new Map([...faults].filter(([at]) => at.startsWith(`${k}/`)).map(([at, m]) => [Number(at.slice(k.length + 1)), m]));
  const others = [...faults].filter(([at]) => !KINDS.some(k => at.startsWith(`${k}/`))).map(([, m]) => m);
  const held = item.lists ?? [];
  const listed = known.filter(p => held.includes(p.name)).reduce((sum, p) => sum + p.entries, 0);
  return (
    <Sheet
      kind="wide"
      title={existing ? t("category.edit") : t("category.new")}
      note={existing && <Facts id={existing} draft={draft} />}
      footnote={edit ? policy("draft_only") : policy("read_only")}
      onClose={onClose}
      mayClose={keepEdits(
        dirty && edit,
        { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
        onClose,
      )}
      onSubmit={save}
      actions={
        <>
          <Button onClick={onClose}>{common(edit ? "cancel" : "close")}</Button>
          {edit && (
            <Button kind="primary" type="submit" busy={busy} disabled={!dirty}>
              {policy(existing ? "save" : "add")}
            </Button>
          )}
        </>
      }
    >
      <FaultNotice faults={others} />
      <NameFields
        title={item.title ?? ""}
        onTitle={title => set({ title })}
        titleFault={titleFault}
        id={id}
        onId={existing ? undefined : setId}
        idFault={tried || idDirty ? idFault : null}
        disabled={!edit}
      />
      <Field
        label={t("category.lists")}
        help={
          known.length
            ? t("category.lists_help", { entries: t("contents.entries", { count: listed }) })
            : sources && t("category.lists_none")
        }
      >
        {(f, d) =>
          edit ? (
            <ChipsInput
              id={f}
              describedby={d}
              values={held}
              onChange={names => set({ lists: names })}
              known={known.map(p => ({ value: p.name }))}
              placeholder={t("category.list_hint")}
            />
          ) : (
            <p id={f}>{held.length ? held.map(safe).join(", ") : common("none")}</p>
          )
        }
      </Field>
      <div class="field">
        <h3>{t("category.own")}</h3>
        <Segmented
          label={t("category.own")}
          value={kind}
          options={KINDS.map(k => ({
            value: k,
            text: `${policy(`kind.${k}`)}${item[k]?.length ? ` ${count(item[k]!.length)}` : ""}`,
          }))}
          onChange={setKind}
        />
      </div>
      <EntriesEditor
        key={kind}
        kind={kind}
        values={item[kind] ?? []}
        onChange={values => set({ [kind]: values })}
        faults={faultsOf(kind)}
        disabled={!edit}
      />
      <Field label={policy("note")} optional>
        {f => (
          <TextArea
            id={f}
            rows={2}
            value={item.note ?? ""}
            onInput={note => set({ note })}
            placeholder={t("category.note_hint")}
            disabled={!edit}
          />
        )}
      </Field>
    </Sheet>
  );
}

function Facts({ id, draft }: { id: string; draft: Draft }) {
  const hits = useGet<{ items: Top[] }>("/stats/top", {
    query: { dim: "category", from: "-7d", to: "now", limit: 1000 },
    fresh_ms: 60_000,
  });
  const n = hits.data && (hits.data.items.find(h => h.name === id)?.requests ?? 0);
  return (
    <span class="row">
      {n !== undefined && t("category.hits", { count: n })}
      <UsedBy uses={usesOf(draft.document, "category", id)} />
    </span>
  );
}
