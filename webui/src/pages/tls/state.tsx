// How much is inspected, with what, and what is wrong with the sites: of a period.
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { Bars } from "../../components/bars";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Icon } from "../../components/icon";
import { Async, Empty, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Ago } from "../../components/ago";
import { faultMeans, faultName } from "../../inspection/faults";
import { inspection } from "../../inspection/text";
import { count, percent, short } from "../../lib/format";
import { asked, chosen, type Range } from "../../lib/range";
import { href, setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { Ca } from "./ca";
import { tls as t } from "./text";
import type { Authorities, Counted, Inspection } from "./types";

export function State({ range }: { range: Range }) {
  const got = useGet<Inspection>("/inspection", { query: asked(range), poll_ms: 60_000 });
  return (
    <div class="stack">
      <Async got={got} title={t("failed")} skeleton={<Waiting />}>
        {data => (
          <>
            <OnOff enabled={data.enabled} />
            <Figures data={data} range={range} />
          </>
        )}
      </Async>
      <Ca />
      <Async got={got} title={t("failed")} skeleton={<Skeleton kind="table" rows={4} />}>
        {data => (
          <>
            <Faults data={data} range={range} />
            <Sides data={data} range={range} />
          </>
        )}
      </Async>
    </div>
  );
}

function Waiting() {
  return (
    <section class="figures card">
      {[0, 1, 2, 3].map(i => (
        <div class="figure" key={i}>
          <Skeleton rows={2} />
        </div>
      ))}
    </section>
  );
}

/** The setting decides whether any tunnel is opened at all; it is of the machine, so not changed here. */
function OnOff({ enabled }: { enabled: boolean }) {
  const authorities = useGet<Authorities>("/ca");
  const none = enabled && authorities.data?.items.length === 0;
  const state = !enabled ? "off" : none ? "no_ca" : "on";
  return (
    <div class={`notice ${state === "on" ? "system-well" : state === "no_ca" ? "warn" : ""}`}>
      {state === "on" ? <span class="system-light" /> : <Icon name={none ? "warn" : "info"} size={18} />}
      <p>
        <b>{t(state)}</b> {t(`${state}_help`)}
      </p>
    </div>
  );
}

function Figures({ data, range }: { data: Inspection; range: Range }) {
  const { total, inspected } = data.tunnels;
  const faults = data.faults.reduce((sum, f) => sum + f.requests, 0);
  const log = may("log.read");
  const figures = [
    {
      key: "tunnels",
      value: short(total),
      note: t("figure.tunnels_note"),
      href: href("/activity", { ...chosen(range), method: "CONNECT" }),
    },
    {
      key: "inspected",
      value: total ? percent(inspected / total, 0) : t("none_yet"),
      note: t("figure.inspected_note", { count: inspected }),
      href: href("/activity", { ...chosen(range), method: "CONNECT", inspected: "true" }),
    },
    {
      key: "faults",
      value: short(faults),
      note: t("figure.faults_note", { count: data.faults.length }),
      href: href("/activity", { ...chosen(range), "tls_fault!": "@none" }),
    },
    {
      key: "hosts",
      value: data.hosts ? short(data.hosts.length) : t("hidden"),
      note: t("figure.hosts_note"),
      href: undefined,
    },
  ] as const;
  return (
    <section class="figures card" aria-label={t("figures")}>
      {figures.map(f => {
        const inside = (
          <>
            <span class="figure-name">{t(`figure.${f.key}`)}</span>
            <b class="figure-value">{f.value}</b>
            <span class="figure-change">{f.note}</span>
          </>
        );
        return log && f.href ? (
          <a class="figure flat" href={f.href} key={f.key}>
            {inside}
          </a>
        ) : (
          <div class="figure flat" key={f.key}>
            {inside}
          </div>
        );
      })}
    </section>
  );
}

function Faults({ data, range }: { data: Inspection; range: Range }) {
  const log = may("log.read");
  return (
    <div class="tls-two">
      <Card title={t("faults")} note={t("faults_note")}>
        {data.faults.length === 0 ? (
          <p class="note">{t("faults_none")}</p>
        ) : (
          <Bars
            label={t("faults")}
            tone="v-block"
            bars={data.faults.map(f => ({
              key: f.name,
              name: faultName(f.name),
              title: faultMeans(f.name),
              value: f.requests,
              text: short(f.requests),
              href: log ? href("/activity", { ...chosen(range), tls_fault: f.name }) : undefined,
            }))}
          />
        )}
      </Card>
      <Card title={t("hosts")} note={t("hosts_note")} flush>
        <Hosts data={data} range={range} />
      </Card>
    </div>
  );
}

function Hosts({ data, range }: { data: Inspection; range: Range }) {
  if (!data.hosts) return <Empty icon="lock" title={t("names_hidden")} />;
  if (data.hosts.length === 0) {
    return (
      <Empty icon="allow" title={t("hosts_none")}>
        {t("hosts_none_help")}
      </Empty>
    );
  }
  return (
    <Table
      label={t("hosts_table")}
      rows={data.hosts}
      rowKey={h => `${h.name} ${h.fault}`}
      onRow={h => h.chain && setQuery({ host: h.name })}
      columns={[
        {
          key: "host",
          title: t("col.host"),
          main: true,
          cell: h => <span class="mono wrap">{safe(h.name)}</span>,
        },
        { key: "fault", title: t("col.fault"), cell: h => faultName(h.fault) },
        {
          key: "requests",
          title: t("col.requests"),
          end: true,
          cell: h => (
            <a href={href("/activity", { ...chosen(range), host: h.name, tls_fault: h.fault })}>{count(h.requests)}</a>
          ),
        },
        { key: "last", title: t("col.last"), cell: h => <Ago at={h.last} /> },
        {
          key: "chain",
          title: "",
          end: true,
          cell: h =>
            h.chain && (
              <Button
                small
                icon="search"
                label={t("chain_of", { host: safe(h.name) })}
                onClick={() => setQuery({ host: h.name })}
              >
                {inspection("chain.open")}
              </Button>
            ),
        },
      ]}
    />
  );
}

/** Versions and ciphers, towards clients and towards sites. */
function Sides({ data, range }: { data: Inspection; range: Range }) {
  const log = may("log.read");
  const bars = (label: string, items: readonly Counted[], field: string | null) => (
    <section>
      <h3>{label}</h3>
      {items.length === 0 ? (
        <p class="note">{t("none_yet")}</p>
      ) : (
        <Bars
          label={label}
          tone="v-allow"
          bars={items.map(i => ({
            key: i.name,
            name: safe(i.name),
            value: i.requests,
            text: short(i.requests),
            href: log && field ? href("/activity", { ...chosen(range), [field]: i.name }) : undefined,
          }))}
        />
      )}
    </section>
  );
  return (
    <div class="grid-2">
      <Card title={t("side.client")} note={t("side.client_note")} class="tls-side">
        {bars(t("versions"), data.client.versions, "tls_version")}
        {bars(t("ciphers"), data.client.ciphers, "tls_cipher")}
      </Card>
      <Card title={t("side.origin")} note={t("side.origin_note")} class="tls-side">
        {bars(t("versions"), data.origin.versions, null)}
        {bars(t("ciphers"), data.origin.ciphers, null)}
      </Card>
    </div>
  );
}
