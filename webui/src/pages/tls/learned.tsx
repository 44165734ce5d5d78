// Hosts that can't be inspected, as the gateway noticed: proposed to be tunnelled, let through, or dismissed.
import { cache, send } from "../../api/client";
import { may } from "../../api/session";
import type { Got as Asked } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { announce } from "../../components/live-region";
import { Menu } from "../../components/menu";
import { Async, Empty, errorText, Forbidden, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { count, dayText } from "../../lib/format";
import { dayIn } from "../../lib/date";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { tls as t } from "./text";
import type { LearnedHost, LearnedHosts } from "./types";

const DAYS = [30, 90, 365] as const;
const TAG = { proposed: "warn", active: "good", dismissed: undefined } as const;

type Put = { state: LearnedHost["state"]; until?: string | null };
const now = (h: LearnedHost): Put => ({ state: h.state, ...(h.state === "active" && { until: h.until }) });

async function put(host: LearnedHost, to: Put, done: string): Promise<void> {
  const change = (body: Put) => send("PUT", "/inspection/learned/{host}", { params: { host: host.host }, body });
  const shown = () => cache.stale("/api/v1/inspection/learned");
  try {
    await change(to);
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
    return shown();
  }
  announce(done);
  toast({
    text: done,
    action: {
      text: common("undo"),
      run: () =>
        void change(now(host))
          .then(() => announce(common("undone")))
          .catch((error: unknown) => toast({ kind: "bad", text: errorText(error) }))
          .finally(shown),
    },
  });
  shown();
}

export function Learned({ got }: { got: Asked<LearnedHosts> }) {
  if (!may("log.read")) return <Forbidden needed="auditor" />;
  return (
    <div class="stack">
      <p class="note">{t("learned.how")}</p>
      <Card flush title={t("learned")} note={t("learned.note")}>
        <Async got={got} skeleton={<Skeleton kind="table" rows={5} />}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty icon="allow" title={t("learned.empty")}>
                {t("learned.empty_help")}
              </Empty>
            ) : (
              <Hosts items={items} />
            )
          }
        </Async>
      </Card>
    </div>
  );
}

function Hosts({ items }: { items: readonly LearnedHost[] }) {
  return (
    <Table
      label={t("learned.table")}
      rows={items}
      rowKey={h => h.host}
      columns={[
        {
          key: "host",
          title: t("col.host"),
          main: true,
          cell: h => <span class="mono wrap">{safe(h.host)}</span>,
        },
        {
          key: "kind",
          title: t("col.kind"),
          cell: h => <span title={t(`kind.${h.kind}_help`)}>{t(`kind.${h.kind}`)}</span>,
        },
        {
          key: "failures",
          title: t("col.failures"),
          end: true,
          cell: h => t("learned.failures", { count: h.failures, clients: count(h.clients) }),
        },
        { key: "first", title: t("col.first"), wide: true, cell: h => <Ago at={h.first} /> },
        { key: "last", title: t("col.last"), cell: h => <Ago at={h.last} /> },
        { key: "state", title: t("col.state"), cell: h => <Standing host={h} /> },
        { key: "do", title: "", end: true, cell: h => <Deeds host={h} /> },
      ]}
    />
  );
}

function Standing({ host: h }: { host: LearnedHost }) {
  const by = h.by ? t("learned.by", { name: safe(h.by) }) : undefined;
  return (
    <span class="two-lines" title={by}>
      <span>
        <Tag kind={TAG[h.state]}>{t(`learned.${h.state}`)}</Tag>
      </span>
      {h.state === "active" && (
        <small class="muted">{h.until ? t("aside.until", { when: dayText(h.until) }) : t("endless")}</small>
      )}
    </span>
  );
}

function Deeds({ host: h }: { host: LearnedHost }) {
  if (!may("learned.decide")) return null;
  const name = { host: safe(h.host) };
  const active = (days: number | null) =>
    void put(
      h,
      { state: "active", until: days === null ? null : `${dayIn(days)}T00:00:00Z` },
      t("learned.done_active", name),
    );
  const dismiss = () => void put(h, { state: "dismissed" }, t("learned.done_dismissed", name));
  const propose = () => void put(h, { state: "proposed" }, t("learned.done_proposed", name));
  return (
    <span class="row deeds">
      {h.state === "proposed" && (
        <Button small onClick={dismiss} label={t("learned.dismiss_one", name)}>
          {t("learned.dismiss")}
        </Button>
      )}
      {h.state !== "active" ? (
        <Menu
          small
          kind={h.state === "proposed" ? "primary" : undefined}
          after="down"
          label={t("learned.accept_one", name)}
          items={[
            { heading: t("learned.accept_how") },
            ...DAYS.map(days => ({ text: t("learned.for", { count: days }), run: () => active(days) })),
            { text: t("learned.always"), run: () => active(null) },
          ]}
        >
          {t("learned.accept")}
        </Menu>
      ) : (
        <Button small onClick={propose} label={t("learned.end_one", name)}>
          {t("learned.end")}
        </Button>
      )}
    </span>
  );
}
