// What is only a name for some members, a group or a network: the name is its id, and a fault of a member is told by
// its number.
import { useState } from "preact/hooks";
import { Field, TextInput } from "../components/field";
import type { EditorProps } from "./editor-props";
import { ID } from "./ids";
import { useSaving } from "./item-sheet";
import { policy as t } from "./text";

const MEMBER = /^(?:items\/)?(\d+)$/;
/** Whether a fault at `at` stands beside the members. */
export const isMember = (at: string): boolean => MEMBER.test(at);

export function useMembers(kind: "groups" | "networks", { id, draft, onClose }: EditorProps) {
  const saving = useSaving(kind, id, draft, onClose);
  const had = (saving.was?.["items"] as string[] | undefined) ?? [];
  const [name, setName] = useState(id ?? "");
  const [items, setItems] = useState<string[]>(had);
  const faults = new Map<number, string>();
  for (const [at, message] of saving.faults) {
    const found = MEMBER.exec(at);
    if (found) faults.set(Number(found[1]), message);
  }
  return {
    saving,
    name,
    setName,
    items,
    change: (next: string[]) => {
      setItems(next);
      saving.touched();
    },
    /** What is wrong with the name of a new one. */
    nameFault: id !== null ? null : nameFault(name, draft.document[kind]?.[name] !== undefined),
    /** By the number of the member. */
    faults,
    dirty: name !== (id ?? "") || JSON.stringify(items) !== JSON.stringify(had),
  };
}

function nameFault(name: string, taken: boolean): string | null {
  if (!name) return t("title.missing");
  return !ID.test(name) ? t("id.wrong") : taken ? t("id.taken") : null;
}

type Props = { of: ReturnType<typeof useMembers>; help?: string; disabled: boolean };

export function NameOfMembers({ of, help, disabled }: Props) {
  return (
    <Field label={t("title")} error={of.saving.tried || of.name ? of.nameFault : null} help={help}>
      {(f, d) => (
        <TextInput
          id={f}
          aria-describedby={d}
          mono
          value={of.name}
          onInput={text => of.setName(text.trim())}
          maxLength={64}
          disabled={disabled}
        />
      )}
    </Field>
  );
}
