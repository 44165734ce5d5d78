// One group: its name, and its members as chips with suggestions; hundreds are pasted as lines.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { ChipsInput, Field } from "../../components/field";
import { Segmented } from "../../components/segmented";
import type { EditorProps } from "../../policy/editor-props";
import { EntriesEditor } from "../../policy/entries-editor";
import { ItemSheet, MissingSheet } from "../../policy/item-sheet";
import { isMember, NameOfMembers, useMembers } from "../../policy/members";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { people as t } from "./text";
import { useSuggestedNames } from "./use-people";

/** More chips than these are no longer read; a list with a search is. */
const CHIPS = 60;

export function GroupEditor(props: EditorProps) {
  const { id, draft, onClose, onTheirs } = props;
  const group = useMembers("groups", props);
  const { saving, name, items, faults } = group;
  const [how, setHow] = useState<"chips" | "lines">(items.length > CHIPS ? "lines" : "chips");
  const [typed, setTyped] = useState("");
  const known = useSuggestedNames(typed);
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={id!} title={t("group.edit")} onClose={onClose} />;

  return (
    <ItemSheet
      saving={saving}
      titles={{ edit: t("group.edit"), new: t("group.new") }}
      note={id ? <UsedBy uses={usesOf(draft.document, "group", id)} /> : t("group.new_note")}
      dirty={group.dirty}
      shown={isMember}
      onSave={() => void saving.save({ id: name, items }, name, !group.nameFault)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameOfMembers of={group} help={id ? undefined : t("group.name_help")} disabled={!edit || !!id} />
      {how === "chips" ? (
        <Field
          label={t("group.members", { count: items.length })}
          help={edit ? t("group.members_help") : undefined}
          error={[...faults.values()].join("; ") || null}
        >
          {(f, d) => (
            <ChipsInput
              id={f}
              describedby={d}
              values={items}
              onChange={group.change}
              known={known}
              onText={setTyped}
              placeholder={t("group.add_member")}
              disabled={!edit}
            />
          )}
        </Field>
      ) : (
        <EntriesEditor kind="users" values={items} onChange={group.change} faults={faults} disabled={!edit} />
      )}
      {edit && (
        <Segmented
          label={t("group.how")}
          value={how}
          options={[
            { value: "chips", text: t("group.one_by_one") },
            { value: "lines", text: t("group.as_list") },
          ]}
          onChange={setHow}
        />
      )}
    </ItemSheet>
  );
}
