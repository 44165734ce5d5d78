// Who is signed in to the console, from where; any of it can be ended.
import { cache, send, type Got as Answer } from "../../api/client";
import { signOut } from "../../api/session";
import { useGet } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm } from "../../components/confirm";
import { announce } from "../../components/live-region";
import { Async, Empty, errorText, Skeleton } from "../../components/states";
import { Table, type Column } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { agentOf } from "../../lib/agent";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { settings as t } from "./text";

type Item = Answer<"/sessions">["items"][number];

function browserName(header: string): string {
  const { browser, system } = agentOf(header);
  if (browser) return system ? t("sessions.on", { browser, system }) : browser;
  return header ? safe(header.slice(0, 60)) : t("sessions.unknown");
}

async function end(session: Item): Promise<void> {
  if (session.current) {
    const yes = await confirm({ title: t("end.own_title"), text: t("end.own_text"), verb: t("end.own") });
    if (yes) await signOut().catch((error: unknown) => toast({ kind: "bad", text: errorText(error) }));
    return;
  }
  await endAll([session], t("end.done", { name: safe(session.name) }));
}

async function endAll(sessions: readonly Item[], done: string): Promise<void> {
  try {
    for (const { id } of sessions) await send("DELETE", "/sessions/{id}", { params: { id } });
    announce(done);
    toast({ text: done });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/sessions");
}

export const Sessions = () => <SessionsCard title={t("sessions.all")} />;

/** `of`: only this one's. */
export function SessionsCard({ of, title }: { of?: string; title: string }) {
  const got = useGet<Answer<"/sessions">>("/sessions", { poll_ms: 30_000 });
  const items = (got.data?.items ?? []).filter(s => !of || s.name === of);
  const others = items.filter(s => !s.current);
  const ask = async () => {
    const yes = await confirm({
      title: t("end.others_title", { count: others.length }),
      text: t(of ? "end.others_text" : "end.everyone_text"),
      verb: t("end.others"),
      danger: true,
    });
    if (yes) await endAll(others, t("end.others_done", { count: others.length }));
  };
  return (
    <Card
      title={title}
      note={got.data && t("sessions.count", { count: items.length })}
      flush
      actions={
        others.length > 0 && (
          <Button small onClick={() => void ask()}>
            {t("end.others")}
          </Button>
        )
      }
    >
      <Async got={got} small skeleton={<Skeleton kind="table" rows={3} />}>
        {() =>
          items.length ? (
            <Table label={t("sessions.table")} rows={items} rowKey={s => s.id} columns={columns(of === undefined)} />
          ) : (
            <Empty icon="globe" title={t("sessions.none")} />
          )
        }
      </Async>
    </Card>
  );
}

function columns(named: boolean): Column<Item>[] {
  const browser: Column<Item> = {
    key: "browser",
    title: t("col.browser"),
    main: !named,
    cell: s => (
      <span class="row" title={safe(s.user_agent)}>
        {browserName(s.user_agent)} {s.current && <Tag kind="good">{t("sessions.this")}</Tag>}
      </span>
    ),
  };
  const who: Column<Item> = {
    key: "who",
    title: t("col.admin"),
    main: true,
    cell: s => (
      <span class="row">
        {safe(s.name)} <Tag>{common(`role.${s.role}`)}</Tag>
      </span>
    ),
  };
  return [
    ...(named ? [who] : []),
    browser,
    { key: "from", title: t("col.from"), cell: s => <span class="mono">{safe(s.source)}</span> },
    { key: "since", title: t("col.since"), cell: s => <Ago at={s.created} /> },
    { key: "seen", title: t("col.seen"), cell: s => <Ago at={s.last_seen} /> },
    {
      key: "end",
      title: "",
      end: true,
      cell: s => (
        <Button
          small
          label={s.current ? undefined : t("end.one", { name: safe(s.name), browser: browserName(s.user_agent) })}
          onClick={() => void end(s)}
        >
          {t(s.current ? "end.own" : "end")}
        </Button>
      ),
    },
  ];
}
