// System: is the gateway well, what is it doing right now, what is open, what is running.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Figure } from "../../components/figure";
import { Icon } from "../../components/icon";
import { PageHeader } from "../../components/page";
import { Async, Skeleton } from "../../components/states";
import { Tag } from "../../components/tag";
import { bytes, count, dayClock, duration, list, short } from "../../lib/format";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { Follow } from "./follow";
import { Jobs } from "./jobs";
import { countsOf, rateOf, troublesOf, type Counts, type Rate, type Status, type Trouble } from "./status";
import { system as t } from "./text";
import { Tunnels } from "./tunnels";

const POLL_MS = 5000;

export default function Page() {
  const status = useGet<Status>("/status", { poll_ms: POLL_MS, fresh_ms: 1000 });
  const rates = useRates(status.data, status.at);
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={t("purpose")}
        actions={<Button icon="refresh" label={t("refresh")} onClick={status.reload} />}
      />
      <div class="stack">
        <Async got={status} title={t("failed")} skeleton={<Waiting />}>
          {s => (
            <>
              <Health status={s} />
              <Figures status={s} rates={rates} />
              <div class="system-cards">
                <Proxy status={s} />
                <Audit status={s} />
                <Lists status={s} />
                {s.proxy.parents.length > 0 && <Parents status={s} />}
              </div>
            </>
          )}
        </Async>
        {may("log.read") && <Tunnels />}
        {may("log.read") && <Follow />}
        <Jobs />
      </div>
    </>
  );
}

function Waiting() {
  return (
    <>
      <div class="card">
        <Skeleton rows={2} />
      </div>
      <section class="figures card">
        {[0, 1, 2, 3, 4, 5].map(i => (
          <div class="figure" key={i}>
            <Skeleton rows={3} />
          </div>
        ))}
      </section>
    </>
  );
}

/** Five minutes of rates; kept while the console is open, so that coming back to the page shows them at once. */
const KEPT = 60;
let last: Counts | undefined;
let kept: Rate[] = [];

function useRates(status: Status | undefined, at: number): Rate[] {
  const [rates, setRates] = useState(kept);
  useEffect(() => {
    if (!status || at === last?.at) return;
    const now = countsOf(status, at);
    const rate = rateOf(last, now);
    last = now;
    kept = rate ? [...kept.slice(1 - KEPT), rate] : [];
    setRates(kept);
  }, [at]);
  return rates;
}

function Health({ status: s }: { status: Status }) {
  const troubles = troublesOf(s);
  return (
    <>
      {troubles.length === 0 && (
        <div class="notice system-well">
          <span class="system-light" />
          <p>
            <b>{t("well")}</b> {t("well_help", { version: String(s.policy_version) })}
          </p>
        </div>
      )}
      {troubles.map(trouble => (
        <div key={trouble.what} class={`notice ${trouble.kind}`} role={trouble.kind === "bad" ? "alert" : undefined}>
          <Icon name="warn" size={18} />
          <Said trouble={trouble} />
        </div>
      ))}
    </>
  );
}

/** What is wrong, whether traffic is still filtered, and what to do. */
function Said({ trouble: w }: { trouble: Trouble }) {
  switch (w.what) {
    case "audit-failing":
      return (
        <p>
          <b>{t("audit_failing")}</b> {w.error && <code>{safe(w.error)}</code>} {t("audit_failing_do")}
        </p>
      );
    case "audit-lag":
      return (
        <p>
          <b>{t("audit_lag", { count: w.records, time: duration(w.ms / 1000) })}</b> {t("audit_lag_do")}
        </p>
      );
    case "lists":
      return (
        <p>
          <b>{t("lists_failing", { names: list(w.names.map(safe)), count: w.names.length })}</b> {t("lists_serve")}{" "}
          <a href="/lists?tab=lists">{t("to_lists")}</a>
        </p>
      );
    case "refused":
      return (
        <p>
          <b>{t("refused", { count: w.count })}</b> {t("refused_do")}
        </p>
      );
    case "parents":
      return (
        <p>
          <b>{t("parents_down", { names: list(w.names.map(safe)), count: w.names.length })}</b> {t("parents_down_do")}
        </p>
      );
    case "missing-parents":
      return (
        <p>
          <b>{t("parents_missing", { names: list(w.rules.map(r => `${safe(r.rule)} (${safe(r.parent)})`)) })}</b>{" "}
          {t("parents_missing_do")} <a href="/rules">{t("to_rules")}</a>
        </p>
      );
    case "draining":
      return (
        <p>
          <b>{t("draining")}</b> {t("draining_do")}
        </p>
      );
  }
}

function Figures({ status: s, rates }: { status: Status; rates: Rate[] }) {
  const now = rates.at(-1);
  const { connections } = s.proxy;
  const wait = t("measuring");
  const none = { change: null, changeNote: "" } as const;
  return (
    <section class="figures card" aria-label={t("figures")}>
      <Figure
        {...none}
        name={t("rate")}
        value={now ? rateText(now.requests) : "…"}
        changeNote={now ? t("rate_note") : wait}
        spark={rates.map(r => r.requests)}
      />
      <Figure
        {...none}
        name={t("traffic")}
        value={now ? t("per_second", { amount: bytes(now.bytes) }) : "…"}
        changeNote={now ? t("rate_note") : wait}
        spark={rates.map(r => r.bytes)}
      />
      <Figure
        {...none}
        name={t("connections")}
        value={short(connections.client)}
        changeNote={t("idle", { count: connections.idle })}
        spark={[]}
      />
      <Figure
        {...none}
        name={t("tunnels")}
        value={short(connections.tunnels)}
        changeNote={t("tunnels_note")}
        spark={[]}
      />
      <Figure
        {...none}
        name={t("uptime")}
        value={duration(s.uptime_s)}
        changeNote={t("since", { time: dayClock(s.started) })}
        spark={[]}
      />
      <Figure
        {...none}
        name={t("policy")}
        value={`v${s.policy_version}`}
        changeNote={t("version", { version: safe(s.version) })}
        spark={[]}
        href="/rules?view=history"
      />
    </section>
  );
}

const rateText = (n: number): string => (n > 0 && n < 10 ? n.toFixed(1) : short(Math.round(n)));

type Fact = [name: string, value: ComponentChildren, note?: string];

function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl class="fact-lines">
      {facts.map(([name, value, note]) => (
        <div key={name}>
          <dt title={note}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Proxy({ status: { proxy } }: { status: Status }) {
  const { connections: c, bytes: b } = proxy;
  return (
    <Card title={t("proxy")} note={t("proxy_note")}>
      <Facts
        facts={[
          [t("workers"), count(proxy.workers), t("workers_note", { each: busy(proxy) })],
          [t("requests"), count(proxy.requests)],
          ...(["block", "warn", "quota", "error"] as const).map((a): Fact => [
            common(`action.${a}`),
            count(proxy.by_action[a] ?? 0),
          ]),
          [t("upstream"), t("of_pooled", { count: c.upstream, pooled: c.pooled })],
          [t("refused_name"), count(c.refused)],
          [t("to_clients"), bytes(b.to_clients)],
          [t("from_clients"), bytes(b.from_clients)],
        ]}
      />
    </Card>
  );
}

/** CPU time of each worker: one that stands out gets more than its share of the connections. */
const busy = (proxy: Status["proxy"]): string =>
  list(proxy.per_worker.map(w => `${w.worker}: ${duration(w.cpu_s)}, ${count(w.requests)}`));

function Audit({ status: { audit: a } }: { status: Status }) {
  return (
    <Card
      title={t("audit")}
      actions={
        <Tag kind={a.failing ? "bad" : "good"}>
          <Icon name={a.failing ? "warn" : "tick"} size={14} />
          {t(a.failing ? "audit.bad" : "audit.good")}
        </Tag>
      }
    >
      <Facts
        facts={[
          [t("audit.appended"), count(a.appended)],
          [t("audit.stored"), count(a.stored)],
          [t("audit.lag"), a.lag_records ? t("audit.behind", { count: a.lag_records }) : t("audit.none")],
          [t("audit.lag_time"), a.lag_ms ? duration(a.lag_ms / 1000) : t("audit.none")],
          [t("audit.failed"), count(a.failed)],
          [t("audit.journal"), bytes(a.journal_bytes)],
          [t("audit.database"), bytes(a.database_bytes)],
        ]}
      />
      <p class="note fact-note">{t("audit.help")}</p>
    </Card>
  );
}

/** The way to the sites leads through these. */
function Parents({ status: { proxy } }: { status: Status }) {
  return (
    <Card title={t("parents")} note={t("parents_note")}>
      <dl class="fact-lines parents">
        {proxy.parents.map(p => (
          <div key={`${p.name} ${p.url}`}>
            <dt>
              {safe(p.name)}
              <span class="note">{safe(p.url)}</span>
            </dt>
            <dd>
              <Tag kind={p.state === "up" ? "good" : "bad"}>
                <Icon name={p.state === "up" ? "tick" : "warn"} size={14} />
                {t(`parents.${p.state}`)}
              </Tag>
              <span class="note">
                {p.error ? safe(p.error) : t("parents.requests", { count: p.requests })}
                {p.failures > 0 && `, ${t("parents.failures", { count: p.failures })}`}
                {p.state === "down" && p.since && `, ${t("since", { time: dayClock(p.since) })}`}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

const SHOWN = 8;

function Lists({ status: { lists } }: { status: Status }) {
  const sources = [...lists.sources].sort((a, b) => Number(b.failing) - Number(a.failing) || b.age_s - a.age_s);
  return (
    <Card title={t("lists")} note={t("lists_note", { count: lists.hosts, size: bytes(lists.file_bytes) })}>
      {sources.length === 0 ? (
        <p class="note">
          {t("lists_none")} <a href="/lists?tab=lists">{t("to_lists")}</a>
        </p>
      ) : (
        <dl class="fact-lines">
          {sources.slice(0, SHOWN).map(s => (
            <div key={s.name}>
              <dt>
                <a href={href("/lists", { tab: "lists", list: s.name })}>{safe(s.name)}</a>
              </dt>
              <dd>
                {s.failing && <Tag kind="bad">{t("list_failing")}</Tag>}{" "}
                <span title={t("checked", { age: duration(s.checked_s) })}>{t("old", { age: duration(s.age_s) })}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {sources.length > SHOWN && (
        <p class="note fact-note">
          <a href="/lists?tab=lists">{t("lists_more", { count: sources.length - SHOWN })}</a>
        </p>
      )}
    </Card>
  );
}
