// Those who may sign in to the console: added with a first password that they must change, given a role, removed. The
// gateway never lets the last administrator go.
import { useState } from "preact/hooks";
import { ApiError, cache, send, type Got as Answer } from "../../api/client";
import { resume, useSession } from "../../api/session";
import type { Role } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm, keepEdits } from "../../components/confirm";
import { Field, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { announce } from "../../components/live-region";
import { Menu } from "../../components/menu";
import { NewPassword } from "../../components/new-password";
import { Sheet } from "../../components/sheet";
import { Async, errorText, Skeleton } from "../../components/states";
import { Switch } from "../../components/switch";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, full } from "../../lib/format";
import { PASSWORD_LEAST } from "../../lib/password";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { FaultNotice } from "../../policy/item-fields";
import { policy } from "../../policy/text";
import { ChangePassword } from "../../sign-in/change-password";
import { common } from "../../text/common";
import { RoleChoice } from "./role-choice";
import { settings as t } from "./text";

type Admin = Answer<"/admins">["items"][number];
type Open = { how: "add" } | { how: "role" | "password"; admin: Admin } | { how: "mine" };

const done = (text: string) => {
  cache.stale("/api/v1/admins");
  cache.stale("/api/v1/sessions");
  announce(text);
  toast({ text });
};

/** A 409 means the last one; anything else says itself. */
const refusal = (error: unknown): string =>
  error instanceof ApiError && error.status === 409 ? `${errorText(error)}. ${t("admins.last")}` : errorText(error);

async function remove(admin: Admin): Promise<void> {
  const name = safe(admin.name);
  const yes = await confirm({
    title: t("admins.remove_title", { name }),
    text: t("admins.remove_text"),
    verb: t("admins.remove"),
    danger: true,
    typed: { label: t("admins.typed", { name }), word: admin.name },
  });
  if (!yes) return;
  try {
    await send("DELETE", "/admins/{name}", { params: { name: admin.name } });
    done(t("admins.removed", { name }));
  } catch (error) {
    toast({ kind: "bad", text: refusal(error) });
  }
}

export function Admins() {
  const me = useSession();
  const got = useGet<Answer<"/admins">>("/admins");
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Card
      title={t("tab.admins")}
      note={t("admins.note")}
      flush
      actions={
        <Button small kind="primary" icon="plus" onClick={() => setOpen({ how: "add" })}>
          {t("admins.add")}
        </Button>
      }
    >
      <Async got={got} skeleton={<Skeleton kind="table" rows={4} />}>
        {({ items }) => (
          <Table
            label={t("admins.table")}
            rows={items}
            rowKey={a => a.name}
            columns={[
              {
                key: "name",
                title: t("col.admin"),
                main: true,
                cell: a => (
                  <span class="row">
                    {safe(a.name)} {a.name === me.name && <Tag kind="accent">{t("admins.you")}</Tag>}
                  </span>
                ),
              },
              { key: "role", title: t("col.role"), cell: a => common(`role.${a.role}`) },
              {
                key: "login",
                title: t("col.login"),
                cell: a => (a.last_login ? <Ago at={a.last_login} /> : <span class="muted">{t("never")}</span>),
              },
              {
                key: "password",
                title: t("col.password"),
                cell: a =>
                  a.must_change_password ? (
                    <Tag kind="warn">{t("admins.must_change")}</Tag>
                  ) : (
                    <span title={full(a.changed)}>{t("admins.changed", { when: ago(a.changed) })}</span>
                  ),
              },
              {
                key: "menu",
                title: "",
                end: true,
                width: "3rem",
                cell: a => (
                  <Menu
                    small
                    kind="quiet"
                    icon="dots"
                    label={common("actions_of", { name: safe(a.name) })}
                    items={[
                      { text: t("admins.role"), icon: "user", run: () => setOpen({ how: "role", admin: a }) },
                      a.name === me.name
                        ? { text: t("account.change"), icon: "key", run: () => setOpen({ how: "mine" }) }
                        : {
                            text: t("admins.reset"),
                            icon: "key",
                            run: () => setOpen({ how: "password", admin: a }),
                          },
                      { text: t("admins.doings"), icon: "changes", href: href("/changes", { actor: a.name }) },
                      "line",
                      { text: t("admins.remove"), icon: "trash", danger: true, run: () => void remove(a) },
                    ]}
                  />
                ),
              },
            ]}
          />
        )}
      </Async>
      {open?.how === "mine" && <ChangePassword onClose={close} />}
      {open && open.how !== "mine" && (
        <AdminSheet how={open.how} admin={open.how === "add" ? null : open.admin} onClose={close} />
      )}
    </Card>
  );
}

type SheetProps = { how: "add" | "role" | "password"; admin: Admin | null; onClose: () => void };

function AdminSheet({ how, admin, onClose }: SheetProps) {
  const me = useSession();
  const [name, setName] = useState(admin?.name ?? "");
  const [role, setRole] = useState<Role>(admin?.role ?? "viewer");
  const [password, setPassword] = useState("");
  const [change, setChange] = useState(true);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const asksPassword = how !== "role";
  const short = PASSWORD_LEAST - [...password].length;
  const faults = {
    name: tried && !name.trim() ? t("admins.name_missing") : null,
    password: tried && asksPassword && short > 0 ? t("admins.short", { count: short }) : null,
  };
  const save = async () => {
    setTried(true);
    setError(null);
    if (!name.trim() || (asksPassword && short > 0) || busy) return;
    setBusy(true);
    const body = {
      ...(how !== "password" && { role }),
      ...(asksPassword && { password, must_change_password: change }),
      ...(how === "add" && { create: true }),
    };
    try {
      await send("PUT", "/admins/{name}", { params: { name: name.trim() }, body });
      done(t(`admins.${how}_done`, { name: safe(name.trim()) }));
      // One's own role is another now, and so is what may be seen.
      if (name.trim() === me.name) await resume();
      onClose();
    } catch (problem) {
      const taken = how === "add" && problem instanceof ApiError && problem.status === 409;
      setError(taken ? t("admins.taken") : refusal(problem));
      setBusy(false);
    }
  };
  const dirty = name !== (admin?.name ?? "") || password !== "" || role !== (admin?.role ?? "viewer");
  const mayClose = keepEdits(
    dirty,
    { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
    onClose,
  );
  const values = { name: safe(admin?.name) };
  return (
    <Sheet
      kind="box"
      title={t(`admins.${how}_title`, values)}
      note={how === "add" ? t("admins.add_note") : how === "password" ? t("admins.password_note") : undefined}
      onClose={onClose}
      mayClose={mayClose}
      onSubmit={save}
      actions={
        <>
          <Button onClick={() => mayClose() && onClose()}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t(`admins.${how}_verb`)}
          </Button>
        </>
      }
    >
      <FaultNotice faults={error ? [error] : []} />
      {how === "add" && (
        <Field label={t("admins.name")} error={faults.name}>
          {(id, by) => (
            <TextInput id={id} aria-describedby={by} mono value={name} onInput={setName} maxLength={128} autofocus />
          )}
        </Field>
      )}
      {how !== "password" && <RoleChoice value={role} onChange={setRole} />}
      {how === "role" && admin?.name === me.name && role !== "admin" && (
        <div class="notice warn">
          <Icon name="warn" size={18} />
          <p>{t("admins.own_role")}</p>
        </div>
      )}
      {asksPassword && (
        <>
          <NewPassword
            label={t("admins.password")}
            help={t("admins.password_help")}
            value={password}
            onInput={setPassword}
            error={faults.password}
          />
          <div class="switch-line">
            <Switch checked={change} label={t("admins.change")} onChange={setChange} />
            <span>{t("admins.change")}</span>
          </div>
        </>
      )}
    </Sheet>
  );
}
