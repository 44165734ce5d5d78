// An account of the proxy: made, given a password, removed. What is made here holds at once; the groups that someone
// joins are part of the policy and wait in its draft.
import { useState } from "preact/hooks";
import { ApiError, cache, send } from "../../api/client";
import { changeDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { confirm, keepEdits } from "../../components/confirm";
import { ChipsInput, Field, TextInput } from "../../components/field";
import { announce } from "../../components/live-region";
import { NewPassword } from "../../components/new-password";
import { Sheet } from "../../components/sheet";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { list } from "../../lib/format";
import { navigate } from "../../lib/router";
import { safe } from "../../lib/safe";
import { FaultNotice } from "../../policy/item-fields";
import { policy } from "../../policy/text";
import { common } from "../../text/common";
import { people as t } from "./text";

const done = (text: string) => {
  cache.stale("/api/v1/users");
  announce(text);
  toast({ text });
};

/** There is no way back: a password can't be read again. So the name is typed first. */
export async function removeAccount(name: string, groups: readonly string[]): Promise<void> {
  const yes = await confirm({
    title: t("remove.title", { name: safe(name) }),
    text: groups.length ? t("remove.text_groups", { groups: list(groups.map(safe)) }) : t("remove.text"),
    verb: t("remove_user"),
    danger: true,
    typed: { label: t("remove.typed", { name: safe(name) }), word: name },
  });
  if (!yes) return;
  try {
    await send("DELETE", "/users/{name}", { params: { name } });
    done(t("removed", { name: safe(name) }));
    navigate("/people");
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
}

type Props = { name: string | null; draft: Draft; onClose: () => void };

/** `name` null adds someone; else a new password. */
export function AccountSheet({ name: existing, draft, onClose }: Props) {
  const [name, setName] = useState(existing ?? "");
  const [password, setPassword] = useState("");
  const [groups, setGroups] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const all = draft.document.groups ?? {};
  const taken = error instanceof ApiError && error.status === 409 ? t("add.taken") : null;
  const nameFault = taken ?? (tried && !name.trim() ? t("add.name_missing") : null);
  const passwordFault = tried && !password ? t("add.password_missing") : null;
  const save = async () => {
    setTried(true);
    if (!name.trim() || !password || busy) return;
    setBusy(true);
    setError(null);
    try {
      const params = { name: name.trim() };
      await send("PUT", "/users/{name}", { params, body: { password, create: existing === null } });
    } catch (problem) {
      setError(problem);
      setBusy(false);
      return;
    }
    done(t(existing ? "password.done" : "add.done", { name: safe(name.trim()) }));
    await join(name.trim(), groups);
    onClose();
  };
  // The account is there by now: a group that could not be changed is told, and tried again by hand.
  const join = async (user: string, ids: readonly string[]) => {
    for (const id of ids) {
      const items = all[id] ?? [];
      if (items.includes(user)) continue;
      try {
        await changeDraft("PUT", "/groups/{id}", { params: { id }, body: { id, items: [...items, user] } });
      } catch (problem) {
        toast({ kind: "bad", text: t("add.group_failed", { group: safe(id), error: errorText(problem) }) });
      }
    }
  };
  const dirty = password !== "" || name !== (existing ?? "");
  return (
    <Sheet
      kind="box"
      title={existing ? t("password.title", { name: safe(existing) }) : t("add.title")}
      note={t(existing ? "password.note" : "add.note")}
      onClose={onClose}
      mayClose={keepEdits(
        dirty,
        { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
        onClose,
      )}
      onSubmit={save}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t(existing ? "set_password" : "add_user")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={error && !taken ? [errorText(error)] : []} />
      {!existing && (
        <Field label={t("add.name")} help={t("add.name_help")} error={nameFault}>
          {(id, by) => (
            <TextInput id={id} aria-describedby={by} mono value={name} onInput={setName} maxLength={128} autofocus />
          )}
        </Field>
      )}
      <NewPassword label={t("add.password")} value={password} onInput={setPassword} error={passwordFault} />
      {!existing && may("policy.draft") && Object.keys(all).length > 0 && (
        <Field label={t("add.groups")} help={t("add.groups_help")} optional>
          {(id, by) => (
            <ChipsInput
              id={id}
              describedby={by}
              values={groups}
              onChange={setGroups}
              known={Object.keys(all).map(value => ({ value }))}
              only
            />
          )}
        </Field>
      )}
    </Sheet>
  );
}
