// One group: its name, and its members as chips with suggestions; hundreds are pasted as lines.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { ChipsInput, Field, TextInput } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { EntriesEditor } from "../../policy/entries-editor";
import { ID } from "../../policy/ids";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { people as t } from "./text";
import { useSuggestedNames } from "./use-people";

/** More chips than these are no longer read; a list with a search is. */
const CHIPS = 60;
const MEMBER = /^(?:items\/)?(\d+)$/;

type Props = { id: string | null; draft: Draft; onClose: () => void; onTheirs: () => void };

function nameFault(name: string, taken: boolean): string | null {
  if (!name) return t("group.name_missing");
  return !ID.test(name) ? policy("id.wrong") : taken ? policy("id.taken") : null;
}

export function GroupEditor({ id, draft, onClose, onTheirs }: Props) {
  const saving = useSaving("groups", id, draft, onClose);
  const had = (saving.was?.["items"] as string[] | undefined) ?? [];
  const [name, setName] = useState(id ?? "");
  const [items, setItems] = useState<string[]>(had);
  const [how, setHow] = useState<"chips" | "lines">(had.length > CHIPS ? "lines" : "chips");
  const [typed, setTyped] = useState("");
  const known = useSuggestedNames(typed);
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={id!} title={t("group.edit")} onClose={onClose} />;

  const fault = id ? null : nameFault(name, draft.document.groups?.[name] !== undefined);
  const faults = new Map<number, string>();
  for (const [at, message] of saving.faults) {
    const found = MEMBER.exec(at);
    if (found) faults.set(Number(found[1]), message);
  }
  const change = (next: string[]) => {
    setItems(next);
    saving.touched();
  };
  return (
    <ItemSheet
      saving={saving}
      titles={{ edit: t("group.edit"), new: t("group.new") }}
      note={id ? <UsedBy uses={usesOf(draft.document, "group", id)} /> : t("group.new_note")}
      dirty={name !== (id ?? "") || JSON.stringify(items) !== JSON.stringify(had)}
      shown={at => MEMBER.test(at)}
      onSave={() => void saving.save({ id: name, items }, name, !fault)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <Field
        label={t("group.name")}
        error={saving.tried || name ? fault : null}
        help={id ? undefined : t("group.name_help")}
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
              onChange={change}
              known={known}
              onText={setTyped}
              placeholder={t("group.add_member")}
              disabled={!edit}
            />
          )}
        </Field>
      ) : (
        <EntriesEditor kind="users" values={items} onChange={change} faults={faults} disabled={!edit} />
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
