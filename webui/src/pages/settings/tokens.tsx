// API tokens: for programs. A token is shown once, when it is made; the gateway keeps only its hash.
import { useState } from "preact/hooks";
import { ApiError, BASE, cache, send, type Got as Answer } from "../../api/client";
import { useSession } from "../../api/session";
import type { Role } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm, keepEdits } from "../../components/confirm";
import { CopyButton } from "../../components/copy-button";
import { Field, Select, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { announce } from "../../components/live-region";
import { Sheet } from "../../components/sheet";
import { Async, Empty, errorText, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { safe } from "../../lib/safe";
import { FaultNotice } from "../../policy/item-fields";
import { policy } from "../../policy/text";
import { common } from "../../text/common";
import { RoleChoice, ROLES } from "./role-choice";
import { settings as t } from "./text";

type Token = Answer<"/tokens">["items"][number];
const SOON_MS = 14 * 86_400_000;

async function revoke(token: Token): Promise<void> {
  const name = safe(token.name || token.id);
  const yes = await confirm({
    title: t("tokens.revoke_title", { name }),
    text: t("tokens.revoke_text"),
    verb: t("tokens.revoke"),
    danger: true,
  });
  if (!yes) return;
  try {
    await send("DELETE", "/tokens/{id}", { params: { id: token.id } });
    announce(t("tokens.revoked", { name }));
    toast({ text: t("tokens.revoked", { name }) });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/tokens");
}

export function Tokens() {
  const got = useGet<Answer<"/tokens">>("/tokens");
  const [open, setOpen] = useState(false);
  const add = (
    <Button small kind="primary" icon="plus" onClick={() => setOpen(true)}>
      {t("tokens.add")}
    </Button>
  );
  return (
    <Card title={t("tab.tokens")} note={t("tokens.note")} flush actions={add}>
      <Async got={got} skeleton={<Skeleton kind="table" rows={4} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="key" title={t("tokens.empty")}>
              {t("tokens.empty_help")}
            </Empty>
          ) : (
            <Table
              label={t("tokens.table")}
              rows={items}
              rowKey={i => i.id}
              columns={[
                {
                  key: "name",
                  title: t("col.token"),
                  main: true,
                  cell: i => (
                    <span class="two-lines">
                      {i.name ? safe(i.name) : <span class="muted">{t("tokens.unnamed")}</span>}
                      <small class="muted mono">{safe(i.id)}</small>
                    </span>
                  ),
                },
                {
                  key: "role",
                  title: t("col.role"),
                  cell: i => (
                    <span>
                      {common(`role.${i.role}`)} <span class="muted">{t("tokens.of", { name: safe(i.admin) })}</span>
                    </span>
                  ),
                },
                {
                  key: "created",
                  title: t("col.created"),
                  cell: i => <Ago at={i.created} />,
                },
                {
                  key: "used",
                  title: t("col.used"),
                  cell: i => (i.last_used ? <Ago at={i.last_used} /> : <span class="muted">{t("never")}</span>),
                },
                { key: "expires", title: t("col.expires"), cell: i => <Expires at={i.expires} /> },
                {
                  key: "revoke",
                  title: "",
                  end: true,
                  cell: i => (
                    <Button
                      small
                      kind="danger"
                      label={t("tokens.revoke_one", { name: safe(i.name || i.id) })}
                      onClick={() => void revoke(i)}
                    >
                      {t("tokens.revoke")}
                    </Button>
                  ),
                },
              ]}
            />
          )
        }
      </Async>
      {open && <AddToken onClose={() => setOpen(false)} />}
    </Card>
  );
}

function Expires({ at }: { at: string | null }) {
  if (!at) return <span class="muted">{t("never")}</span>;
  const left = Date.parse(at) - Date.now();
  if (left <= 0) return <Tag kind="bad">{t("tokens.expired")}</Tag>;
  const when = <Ago at={at} />;
  return left < SOON_MS ? <Tag kind="warn">{when}</Tag> : when;
}

const LIVES = ["30d", "90d", "365d", ""] as const;

function AddToken({ onClose }: { onClose: () => void }) {
  const me = useSession();
  const admins = useGet<Answer<"/admins">>("/admins");
  const [name, setName] = useState("");
  const [admin, setAdmin] = useState(me.name);
  const [role, setRole] = useState<Role>("viewer");
  const [life, setLife] = useState<(typeof LIVES)[number]>("90d");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<string | null>(null);
  // A token can do no more than the one it belongs to.
  const most = admins.data?.items.find(a => a.name === admin)?.role ?? me.role;
  const chosen = ROLES.indexOf(role) > ROLES.indexOf(most) ? most : role;
  const save = async () => {
    setTried(true);
    if (!name.trim() || busy) return;
    setBusy(true);
    setError(null);
    try {
      const body = { admin, name: name.trim(), role: chosen, ...(life && { expires: life }) };
      const { data } = await send<{ token: string }>("POST", "/tokens", { body });
      cache.stale("/api/v1/tokens");
      setMade(data.token);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  if (made) return <Made token={made} name={name.trim()} onClose={onClose} />;
  const mayClose = keepEdits(
    name !== "",
    { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
    onClose,
  );
  const fault = error instanceof ApiError || error ? [errorText(error)] : [];
  return (
    <Sheet
      kind="box"
      title={t("tokens.add_title")}
      note={t("tokens.add_note")}
      onClose={onClose}
      mayClose={mayClose}
      onSubmit={save}
      actions={
        <>
          <Button onClick={() => mayClose() && onClose()}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t("tokens.add")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={fault} />
      <Field
        label={t("tokens.name")}
        help={t("tokens.name_help")}
        error={tried && !name.trim() ? t("tokens.name_missing") : null}
      >
        {(id, by) => (
          <TextInput id={id} aria-describedby={by} value={name} onInput={setName} maxLength={100} autofocus />
        )}
      </Field>
      <div class="fields">
        <Field label={t("tokens.admin")} help={t("tokens.admin_help")}>
          {id => (
            <Select
              id={id}
              value={admin}
              options={(admins.data?.items ?? [{ name: me.name }]).map(a => ({ value: a.name, text: safe(a.name) }))}
              onChange={setAdmin}
            />
          )}
        </Field>
        <Field label={t("col.expires")} help={life ? undefined : t("tokens.forever")}>
          {id => (
            <Select
              id={id}
              value={life}
              options={LIVES.map(value => ({ value, text: t(`life.${value}`) }))}
              onChange={setLife}
            />
          )}
        </Field>
      </div>
      <RoleChoice value={chosen} onChange={setRole} most={most} />
    </Sheet>
  );
}

/** The one time that it is seen. */
function Made({ token, name, onClose }: { token: string; name: string; onClose: () => void }) {
  const line = `curl -sS -H "Authorization: Bearer $TOKEN" ${location.origin}${BASE}/status`;
  return (
    <Sheet
      kind="box"
      title={t("tokens.made", { name: safe(name) })}
      onClose={onClose}
      // Esc or a press beside the box would lose it for good: only the button closes.
      mayClose={() => false}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t("tokens.kept")}
        </Button>
      }
    >
      <div class="notice warn">
        <Icon name="warn" size={18} />
        <p>{t("tokens.once")}</p>
      </div>
      <div class="token-line">
        <code>{token}</code>
        <CopyButton text={token} label={t("tokens.copy")} kind="quiet" />
      </div>
      <p class="note">{t("tokens.try")}</p>
      <div class="token-line">
        <code>{line}</code>
        <CopyButton text={line} label={t("tokens.copy_line")} kind="quiet" />
      </div>
    </Sheet>
  );
}
