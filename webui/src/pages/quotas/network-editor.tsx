// One network: a name for ranges of addresses.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { keepEdits } from "../../components/confirm";
import { Field, TextInput } from "../../components/field";
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
import { quotas as t } from "./text";

type Props = { id: string | null; draft: Draft; onClose: () => void };

export function NetworkEditor({ id: existing, draft, onClose }: Props) {
  const all = draft.document.networks ?? {};
  const [was] = useState<string[] | undefined>(() => (existing ? all[existing] : undefined));
  const [name, setName] = useState(existing ?? "");
  const [items, setItems] = useState<string[]>(was ?? []);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const edit = may("policy.draft");
  if (existing && !was) {
    return (
      <Sheet title={t("network.edit")} onClose={onClose}>
        <Empty icon="globe" title={t("gone", { id: safe(existing) })} />
      </Sheet>
    );
  }
  const nameFault = existing
    ? null
    : !name
      ? t("network.name_missing")
      : !ID.test(name)
        ? policy("id.wrong")
        : all[name]
          ? policy("id.taken")
          : null;
  const dirty = name !== (existing ?? "") || JSON.stringify(items) !== JSON.stringify(was ?? []);
  const save = async () => {
    setTried(true);
    if (nameFault) return;
    setBusy(true);
    try {
      await saveItem("networks", { id: name, items }, was ? { id: name, items: was } : null, name);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const refused = [...itemFaults(error)];
  const ofItems = new Map(
    refused.flatMap(([at, message]) =>
      /^(items\/)?\d+$/.test(at) ? [[Number(at.replace("items/", "")), message]] : [],
    ),
  );
  return (
    <Sheet
      title={t(existing ? "network.edit" : "network.new")}
      note={existing && <UsedBy uses={usesOf(draft.document, "network", existing)} />}
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
      <FaultNotice faults={refused.filter(([at]) => !/^(items\/)?\d+$/.test(at)).map(([, message]) => message)} />
      <Field
        label={policy("title")}
        error={tried || name ? nameFault : null}
        help={existing ? undefined : policy("id.wrong")}
      >
        {(f, d) => (
          <TextInput
            id={f}
            aria-describedby={d}
            mono
            value={name}
            onInput={text => setName(text.trim())}
            maxLength={64}
            disabled={!edit || !!existing}
          />
        )}
      </Field>
      <EntriesEditor
        kind="networks"
        values={items}
        onChange={next => {
          setItems(next);
          setError(null);
        }}
        faults={ofItems as Map<number, string>}
        disabled={!edit}
      />
    </Sheet>
  );
}
