// What the gateway signs with for inspected sites: the authority of now, the next one, those of before. Clients have to
// trust them, so nothing is changed here without saying what that means for them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { address, cache, send } from "../../api/client";
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm } from "../../components/confirm";
import { CopyButton } from "../../components/copy-button";
import { Icon } from "../../components/icon";
import { lazy } from "../../components/lazy";
import { announce } from "../../components/live-region";
import { Menu, type MenuItem } from "../../components/menu";
import { Async, Empty, errorText, Skeleton } from "../../components/states";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, dayText, full, list } from "../../lib/format";
import { safe } from "../../lib/safe";
import { tls as t } from "./text";
import type { Authorities, Authority } from "./types";

export type Dialog = "make" | "next" | "import" | "sign";
const Dialogs = lazy(() => import("./ca-dialogs"));

/** Everything that shows an authority is old now. */
export function authoritiesChanged(done: string): void {
  announce(done);
  toast({ text: done });
  cache.stale("/api/v1/ca");
  cache.stale("/api/v1/status");
}

const nameOf = (a: Authority): string => /(?:^|, )CN ?= ?([^,]+)/.exec(a.subject)?.[1] ?? a.subject;

export function Ca() {
  const got = useGet<Authorities>("/ca", { poll_ms: 60_000 });
  const [dialog, setDialog] = useState<Dialog | null>(null);
  return (
    <>
      <Async
        got={got}
        title={t("ca.failed")}
        skeleton={
          <Card title={t("ca")}>
            <Skeleton rows={5} />
          </Card>
        }
      >
        {data => (data.items.length === 0 ? <None onDialog={setDialog} /> : <All data={data} onDialog={setDialog} />)}
      </Async>
      {dialog && got.data && <Dialogs dialog={dialog} all={got.data.items} onClose={() => setDialog(null)} />}
    </>
  );
}

/** No authority yet: two ways to one. */
function None({ onDialog }: { onDialog: (dialog: Dialog) => void }) {
  return (
    <Card title={t("ca")}>
      <Empty
        icon="key"
        title={t("ca.none")}
        actions={
          may("ca.write") && (
            <>
              <Button kind="primary" icon="plus" onClick={() => onDialog("make")}>
                {t("ca.make")}
              </Button>
              <Button icon="upload" onClick={() => onDialog("import")}>
                {t("ca.import")}
              </Button>
            </>
          )
        }
      >
        <p>{t("ca.none_help")}</p>
        {!may("ca.write") && <p>{t("ca.only_admins")}</p>}
      </Empty>
    </Card>
  );
}

function All({ data, onDialog }: { data: Authorities; onDialog: (dialog: Dialog) => void }) {
  const next = data.items.find(a => a.state === "next");
  const before = data.items.find(a => a.state === "retired");
  const menu: MenuItem[] = [
    { text: t("ca.next_make"), icon: "plus", disabled: !!next, run: () => onDialog("next") },
    { text: t("ca.next_import"), icon: "upload", disabled: !!next, run: () => onDialog("import") },
    "line",
    { text: t("ca.back"), icon: "history", danger: true, disabled: !before, run: () => void goBack(before!) },
  ];
  return (
    <Card
      title={t("ca")}
      note={t("ca.note")}
      class="ca-card"
      actions={may("ca.write") && <Menu small after="down" items={menu} children={t("ca.rotate")} />}
    >
      <div class="ca-list">
        {data.items.map(a => (
          <One key={a.id} authority={a} onDialog={onDialog} />
        ))}
      </div>
      <p class="note ca-page">
        {t.rich("ca.page", { page: <code>{safe(data.page)}</code> })}
        <CopyButton small kind="quiet" text={data.page} label={t("ca.copy_page")} />
      </p>
    </Card>
  );
}

const TAG = { current: "good", next: "accent", retired: undefined } as const;

function One({ authority: a, onDialog }: { authority: Authority; onDialog: (dialog: Dialog) => void }) {
  const days = Math.floor(a.expires_in_s / 86_400);
  const facts: [string, ComponentChildren][] = [
    [
      t("ca.valid"),
      <>
        {t("ca.from_until", { from: dayText(a.not_before), until: dayText(a.not_after) })}{" "}
        <Tag kind={days < 0 ? "bad" : days < 90 ? "warn" : undefined}>
          {days < 0 ? t("ca.over", { when: ago(a.not_after) }) : t("ca.left", { count: days })}
        </Tag>
      </>,
    ],
    [
      t("ca.sha256"),
      <span class="ca-print">
        <code class="wrap">{a.sha256}</code>
        <CopyButton small kind="quiet" text={a.sha256} label={t("ca.copy_print")} />
      </span>,
    ],
    [t("ca.key"), `${safe(a.key.kind)}, ${a.key.uri ? safe(a.key.uri) : t("ca.key_file")}`],
    [t("ca.issuer"), a.root ? null : safe(a.issuer)],
    [t("ca.permitted"), a.permitted.length ? list(a.permitted.map(safe)) : null],
    [t("ca.excluded"), a.excluded.length ? list(a.excluded.map(safe)) : null],
  ];
  return (
    <section class={`ca-one ${a.state}`} aria-label={safe(nameOf(a))}>
      <div class="ca-head">
        <Icon name="key" size={18} />
        <h3 class="wrap">{safe(nameOf(a))}</h3>
        <Tag kind={TAG[a.state]}>{t(`ca.${a.state}`)}</Tag>
        <span class="note" title={full(a.since)}>
          {standing(a)}
        </span>
      </div>
      {a.warnings.map(text => (
        <div class="notice warn" key={text}>
          <Icon name="warn" size={18} />
          <p>{safe(text)}</p>
        </div>
      ))}
      {a.state !== "retired" && (
        <dl class="facts">
          {facts.map(([name, value]) =>
            value ? (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ) : null,
          )}
        </dl>
      )}
      {a.state !== "retired" && (
        <div class="row">
          <Button small icon="download" href={address("/ca.pem", { query: { id: a.id } })} data-download="">
            {t("ca.pem")}
          </Button>
          <Button small icon="download" href={address("/ca.der", { query: { id: a.id } })} data-download="">
            {t("ca.der")}
          </Button>
          {a.state === "next" && may("ca.write") && (
            <>
              <Button small kind="primary" icon="key" onClick={() => onDialog("sign")}>
                {t("ca.sign")}
              </Button>
              <Button small kind="danger" icon="trash" onClick={() => void drop(a)}>
                {t("ca.drop")}
              </Button>
            </>
          )}
        </div>
      )}
    </section>
  );
}

/** Since when, and until when, it is what it is. */
function standing(a: Authority): string {
  if (a.state === "retired") return a.forget_at ? t("ca.forget", { when: dayText(a.forget_at) }) : "";
  if (a.state === "current") return t("ca.since", { when: dayText(a.since) });
  return a.sign_at ? t("ca.sign_at", { when: dayText(a.sign_at) }) : t("ca.sign_asked");
}

async function deed(done: string, method: "POST" | "DELETE", path: string): Promise<void> {
  try {
    await send(method, path, method === "POST" ? { body: {} } : {});
    authoritiesChanged(done);
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
}

async function drop(a: Authority): Promise<void> {
  const yes = await confirm({
    title: t("ca.drop_title", { name: safe(nameOf(a)) }),
    text: t("ca.drop_text"),
    verb: t("ca.drop"),
    danger: true,
  });
  if (yes) await deed(t("ca.dropped"), "DELETE", "/ca/next");
}

async function goBack(a: Authority): Promise<void> {
  const yes = await confirm({
    title: t("ca.back_title", { name: safe(nameOf(a)) }),
    text: t("ca.back_text"),
    verb: t("ca.back_verb"),
    danger: true,
  });
  if (yes) await deed(t("ca.went_back"), "POST", "/ca/back");
}
