// One group: its name, and its members as chips with suggestions; hundreds are pasted as lines.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { keepEdits } from "../../components/confirm";
import { ChipsInput, Field, TextInput } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { Sheet } from "../../components/sheet";
import { Empty } from "../../components/states";
import { safe } from "../../lib/safe";
import { EntriesEditor } from "../../policy/entries-editor";
import { ID } from "../../policy/ids";
import { FaultNotice } from "../../policy/item-fields";
import { itemFaults, saveItem } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { common } from "../../text/common";
import { people as t } from "./text";
import { useSuggestedNames } from "./use-people";

/** More chips than these are no longer read; a list with a search is. */
const CHIPS = 60;

type Props = { id: string | null; draft: Draft; onClose: () => void };

export function GroupEditor({ id: existing, draft, onClose }: Props) {
  const all = draft.document.groups ?? {};
  const [was] = useState<string[] | undefined>(() => (existing ? all[existing] : undefined));
  const [name, setName] = useState(existing ?? "");
  const [items, setItems] = useState<string[]>(was ?? []);
  const [how, setHow] = useState<"chips" | "lines">((was?.length ?? 0) > CHIPS ? "lines" : "chips");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const known = useSuggestedNames(typed);
  const edit = may("policy.draft");
  if (existing && !was) {
    return (
      <Sheet title={t("group.edit")} onClose={onClose}>
        <Empty icon="users" title={t("group.gone", { id: safe(existing) })} />
      </Sheet>
    );
  }
  const nameFault = existing
    ? null
    : !name
      ? t("group.name_missing")
      : !ID.test(name)
        ? policy("id.wrong")
        : all[name]
          ? policy("id.taken")
          : null;
  const dirty = name !== (existing ?? "") || JSON.stringify(items) !== JSON.stringify(was ?? []);
  const save = async () => {
    setTried(true);
    if (nameFault || busy) return;
    setBusy(true);
    try {
      await saveItem("groups", { id: name, items }, was ? { id: name, items: was } : null, name);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const change = (next: string[]) => {
    setItems(next);
    setError(null);
  };
  return (
    <Sheet
      title={existing ? safe(existing) : t("group.new")}
      note={existing ? <UsedBy uses={usesOf(draft.document, "group", existing)} /> : t("group.new_note")}
      footnote={policy(edit ? "draft_only" : "read_only")}
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
      <FaultNotice faults={[...itemFaults(error).values()]} />
      {!existing && (
        <Field label={t("group.name")} error={tried || name ? nameFault : null} help={policy("id.wrong")}>
          {(f, d) => (
            <TextInput
              id={f}
              aria-describedby={d}
              mono
              value={name}
              onInput={text => setName(text.trim())}
              maxLength={64}
            />
          )}
        </Field>
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
      {how === "chips" ? (
        <Field label={t("group.members", { count: items.length })} help={edit ? t("group.members_help") : undefined}>
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
        <EntriesEditor kind="users" values={items} onChange={change} disabled={!edit} />
      )}
    </Sheet>
  );
}
