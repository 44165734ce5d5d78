// What waits for a person: lists that fail, a draft nobody published, quotas used up, an audit trail that lags; and
// below, the gateway itself in a few facts.
import { useEffect, useRef, useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Status } from "../../api/types";
import { useGet } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import { Card } from "../../components/card";
import { Icon, type IconName } from "../../components/icon";
import { Failed, Skeleton } from "../../components/states";
import { ago, count, duration, percent, short } from "../../lib/format";
import { chosen, type Range } from "../../lib/range";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { overview as t } from "./text";

type Usage = { quota: string; subject: string; percent: number };
type Item = { key: string; kind: "bad" | "warn" | "info"; icon: IconName; title: string; note: string; href: string };

/** Errors above this share of all requests are worth a look. */
const MANY_ERRORS = 0.02;

export function Attention({ errors, requests, range }: { errors: number; requests: number; range: Range }) {
  const status = useGet<Status>("/status", { poll_ms: 15_000 });
  const usage = useGet<{ items: Usage[] }>(may("log.read") ? "/quotas/usage" : null, { poll_ms: 60_000 });
  const draft = useDraft();
  const names = useNames();
  const items: Item[] = [];
  const { audit, lists } = status.data ?? {};
  if (audit?.failing || (audit?.lag_records ?? 0) > 10_000) {
    items.push({
      key: "audit",
      kind: "bad",
      icon: "block",
      title: t("audit_lag"),
      note: audit?.last_error ? safe(audit.last_error) : t("audit_lag_note", { count: audit?.lag_records ?? 0 }),
      href: "/system",
    });
  }
  for (const list of lists?.sources ?? []) {
    if (list.state === "ok") continue;
    const failed = list.state === "failed";
    items.push({
      key: `list ${list.name}`,
      kind: failed ? "bad" : list.state === "pinned" ? "info" : "warn",
      icon: failed ? "block" : list.state === "pinned" ? "info" : "warn",
      title: t(`list_${list.state}`, { name: safe(list.name) }),
      note: t(`list_${list.state}_note`, { age: duration(list.age_s ?? 0) }),
      href: href("/lists", { tab: "lists", list: list.name }),
    });
  }
  if (status.data?.ca?.warnings.length) {
    items.push({
      key: "ca",
      kind: "warn",
      icon: "key",
      title: t("ca"),
      note: safe(status.data.ca.warnings[0]!),
      href: "/tls",
    });
  }
  if (requests > 100 && errors / requests > MANY_ERRORS) {
    items.push({
      key: "errors",
      kind: "warn",
      icon: "warn",
      title: t("errors", { count: errors }),
      note: t("errors_note", { part: percent(errors / requests) }),
      href: href("/activity", { ...chosen(range), action: "error" }),
    });
  }
  const full = (usage.data?.items ?? []).filter(u => u.percent >= 100);
  if (full.length) {
    const first = full[0]!;
    items.push({
      key: "quota",
      kind: "warn",
      icon: "quota",
      title: t("quota_users", { count: full.length }),
      note:
        full.length === 1
          ? t("quota_note_one", { name: safe(first.subject), quota: safe(names.quota(first.quota)) })
          : t("quota_note", { name: safe(first.subject) }),
      href: "/quotas",
    });
  }
  const changes = draft.data?.exists ? draft.data.changes.length : 0;
  if (draft.data && changes) {
    items.push({
      key: "draft",
      kind: "info",
      icon: "info",
      title: t("draft", { count: changes }),
      note: t("draft_note", { name: safe(draft.data.author), when: ago(draft.data.changed ?? Date.now() / 1000) }),
      href: "/rules?review=1",
    });
  }
  return (
    <Card title={t("attention")} flush class="attention">
      {!status.data ? (
        <div class="attention-wait">
          {status.error ? <Failed error={status.error} small onRetry={status.reload} /> : <Skeleton rows={6} />}
        </div>
      ) : (
        <>
          <ul>
            {items.map(i => (
              <li key={i.key}>
                <a href={i.href}>
                  <span class={`attention-icon ${i.kind}`}>
                    <Icon name={i.icon} size={18} />
                  </span>
                  <span>
                    <b>{i.title}</b>
                    <small>{i.note}</small>
                  </span>
                  <Icon name="right" size={16} />
                </a>
              </li>
            ))}
            {items.length === 0 && (
              <li class="attention-well">
                <span class="attention-icon good">
                  <Icon name="tick" size={18} />
                </span>
                <span>
                  <b>{t("all_well")}</b>
                  <small>{t("all_well_help")}</small>
                </span>
              </li>
            )}
          </ul>
          <Gateway status={status.data} at={status.at} />
        </>
      )}
    </Card>
  );
}

function Gateway({ status, at }: { status: Status; at: number }) {
  const requests = status.proxy?.requests ?? 0;
  const before = useRef<{ at: number; requests: number } | null>(null);
  const [rate, setRate] = useState<number | null>(null);
  useEffect(() => {
    const last = before.current;
    // A restart counts from nought again: no rate then, rather than a wrong one.
    if (last && at > last.at && requests >= last.requests)
      setRate(((requests - last.requests) * 1000) / (at - last.at));
    before.current = { at, requests };
  }, [at]);
  const facts: [string, string][] = [
    [t("gateway.policy"), `v${status.policy_version}`],
    [t("gateway.version"), safe(status.version)],
    [t("gateway.uptime"), duration(status.uptime_s ?? 0)],
    [t("gateway.connections"), count(status.proxy?.connections?.client ?? 0)],
    [t("gateway.rate"), rate === null ? "…" : short(Math.round(rate))],
  ];
  return (
    <div class="gateway">
      <h3>{t("gateway")}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
