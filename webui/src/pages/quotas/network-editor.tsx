// One network: a name for ranges of addresses.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { EditorProps } from "../../policy/editor-props";
import { EntriesEditor } from "../../policy/entries-editor";
import { ItemSheet, MissingSheet } from "../../policy/item-sheet";
import { isMember, NameOfMembers, useMembers } from "../../policy/members";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { quotas as t } from "./text";

export function NetworkEditor(props: EditorProps) {
  const { id, draft, onClose, onTheirs } = props;
  const network = useMembers("networks", props);
  const { saving, name, items } = network;
  const [left, setLeft] = useState("");
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={id!} title={t("network.edit")} onClose={onClose} />;

  return (
    <ItemSheet
      saving={saving}
      titles={{ edit: t("network.edit"), new: t("network.new") }}
      note={id && <UsedBy uses={usesOf(draft.document, "network", id)} />}
      dirty={network.dirty}
      shown={isMember}
      onSave={() => void saving.save({ id: name, items }, name, !network.nameFault && !left.trim())}
      left={left}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameOfMembers of={network} help={id ? undefined : t("network.name_help")} disabled={!edit || !!id} />
      <EntriesEditor
        kind="networks"
        values={items}
        onChange={network.change}
        faults={network.faults}
        onText={setLeft}
        disabled={!edit}
      />
    </ItemSheet>
  );
}
