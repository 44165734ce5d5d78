// One category: its name, the lists that it takes, and entries of its own. Saved to the draft as a whole.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Category, Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { ChipsInput, Field, TextArea } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { count } from "../../lib/format";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import type { EditorProps } from "../../policy/editor-props";
import { EntriesEditor } from "../../policy/entries-editor";
import { NameFields, useNewId } from "../../policy/item-fields";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { tidy, type Item } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { lists as t } from "./text";
import type { Source, Top } from "./types";

const KINDS = ["hosts", "urls", "regex", "except"] as const;
type Kind = (typeof KINDS)[number];
type Props = EditorProps & { sources: Source[] | undefined };

export function CategoryEditor({ id: existing, draft, sources, onClose, onTheirs }: Props) {
  const saving = useSaving("categories", existing, draft, onClose);
  const was = saving.was as (Category & Item) | null;
  const [item, setItem] = useState<Category>(() => was ?? {});
  const [kind, setKind] = useState<Kind>(() => KINDS.find(k => was?.[k]?.length) ?? "hosts");
  const taken = useMemo(
    () => new Set([...Object.keys(draft.document.categories ?? {}), "uncategorised"]),
    [draft.document],
  );
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, item.title ?? "", taken);
  const [left, setLeft] = useState("");
  const edit = may("policy.draft");
  const known = useMemo(() => sources?.flatMap(s => s.parts) ?? [], [sources]);
  if (saving.missing) return <MissingSheet id={existing!} title={t("category.edit")} onClose={onClose} />;

  const set = (change: Partial<Category>) => {
    setItem(i => ({ ...i, ...change }));
    saving.touched();
  };
  const titleFault = existing || item.title?.trim() ? null : policy("title.missing");
  const faultsOf = (k: Kind) =>
    new Map(
      [...saving.faults].flatMap(([at, m]) => (at.startsWith(`${k}/`) ? [[Number(at.slice(k.length + 1)), m]] : [])),
    ) as Map<number, string>;
  const held = item.lists ?? [];
  const listed = known.filter(p => held.includes(p.name)).reduce((sum, p) => sum + p.entries, 0);
  return (
    <ItemSheet
      saving={saving}
      kind="wide"
      titles={{ edit: t("category.edit"), new: t("category.new") }}
      note={existing && <Facts id={existing} draft={draft} />}
      dirty={idDirty || JSON.stringify(tidy(item)) !== JSON.stringify(tidy(was ?? {}))}
      shown={at => at.startsWith(`${kind}/`)}
      onSave={() => void saving.save({ ...tidy(item), id }, item.title ?? id, !idFault && !titleFault && !left.trim())}
      left={left}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameFields
        title={item.title ?? ""}
        onTitle={title => set({ title })}
        titleFault={saving.tried ? titleFault : null}
        id={id}
        onId={existing ? undefined : setId}
        idFault={saving.tried || idDirty ? idFault : null}
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
          onChange={next => {
            setKind(next);
            setLeft("");
          }}
        />
      </div>
      <EntriesEditor
        key={kind}
        kind={kind}
        values={item[kind] ?? []}
        onChange={values => set({ [kind]: values })}
        faults={faultsOf(kind)}
        onText={setLeft}
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
    </ItemSheet>
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
