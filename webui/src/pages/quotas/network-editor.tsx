// One network: a name for ranges of addresses.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { Field, TextInput } from "../../components/field";
import { EntriesEditor } from "../../policy/entries-editor";
import { ID } from "../../policy/ids";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { quotas as t } from "./text";
import type { EditorProps } from "./editor-props";

const MEMBER = /^(?:items\/)?(\d+)$/;

function nameFault(name: string, taken: boolean): string | null {
  if (!name) return t("network.name_missing");
  return !ID.test(name) ? policy("id.wrong") : taken ? policy("id.taken") : null;
}

export function NetworkEditor({ id, draft, onClose, onTheirs }: EditorProps) {
  const saving = useSaving("networks", id, draft, onClose);
  const had = (saving.was?.["items"] as string[] | undefined) ?? [];
  const [name, setName] = useState(id ?? "");
  const [items, setItems] = useState<string[]>(had);
  const [left, setLeft] = useState("");
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={id!} title={t("network.edit")} onClose={onClose} />;

  const fault = id ? null : nameFault(name, draft.document.networks?.[name] !== undefined);
  const faults = new Map<number, string>();
  for (const [at, message] of saving.faults) {
    const found = MEMBER.exec(at);
    if (found) faults.set(Number(found[1]), message);
  }
  return (
    <ItemSheet
      saving={saving}
      titles={{ edit: t("network.edit"), new: t("network.new") }}
      note={id && <UsedBy uses={usesOf(draft.document, "network", id)} />}
      dirty={name !== (id ?? "") || JSON.stringify(items) !== JSON.stringify(had)}
      shown={at => MEMBER.test(at)}
      onSave={() => void saving.save({ id: name, items }, name, !fault && !left.trim())}
      left={left}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <Field
        label={policy("title")}
        error={saving.tried || name ? fault : null}
        help={id ? null : t("network.name_help")}
      >
        {(f, d) => (
          <TextInput
            id={f}
            aria-describedby={d}
            mono
            value={name}
            onInput={text => setName(text.trim())}
            maxLength={64}
            disabled={!edit || !!id}
          />
        )}
      </Field>
      <EntriesEditor
        kind="networks"
        values={items}
        onChange={next => {
          setItems(next);
          saving.touched();
        }}
        faults={faults}
        onText={setLeft}
        disabled={!edit}
      />
    </ItemSheet>
  );
}
