// One request: what was asked, why it was decided so, and the facts around it. Docked beside the table where there is
// room, a sheet where there is not.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Request, RequestDetails } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { CopyButton } from "../../components/copy-button";
import { ExceptionMenu } from "../../components/exception-menu";
import { Icon } from "../../components/icon";
import { lazy } from "../../components/lazy";
import { Failed, Skeleton } from "../../components/states";
import { Verdict } from "../../components/tag";
import { stepWords, Trace } from "../../components/trace";
import { faultMeans, faultName, helpsToExcept } from "../../inspection/faults";
import { inspection } from "../../inspection/text";
import { bytes, full, list, millis } from "../../lib/format";
import type { Names } from "../../lib/names";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { asText } from "../../lib/trace";
import { common } from "../../text/common";
import { chipValue } from "./chips";
import { userText } from "./columns";
import { withValue, type Field, type Filter } from "./filters";
import { urlOf } from "./request";
import { checkHref } from "./row-menu";
import { activity as t } from "./text";

const ChainSheet = lazy(() => import("../../inspection/chain"));
const ExceptSheet = lazy(() => import("../../inspection/except"));

type Props = {
  id: string;
  /** The row of the table, shown until the answer with the trace is here. */
  row: Request | undefined;
  names: Names;
  filter: Filter;
  onFilter: (filter: Filter) => void;
};

export type DetailsParts = { title: ComponentChildren; note: string; body: ComponentChildren; foot: ComponentChildren };

export function useDetails({ id, row, names, filter, onFilter }: Props): DetailsParts {
  const got = useGet<RequestDetails>("/requests/{id}", { params: { id }, fresh_ms: 60_000 });
  const r = got.data ?? row;
  if (!r) {
    return {
      title: t("details"),
      note: "",
      body: got.error ? <Failed error={got.error} onRetry={got.reload} /> : <Skeleton rows={10} />,
      foot: null,
    };
  }
  const only = (field: Field, value: string) => onFilter(withValue(filter, field, value));
  const refused = r.action !== "allow";
  return {
    title: (
      <>
        <Verdict action={r.action} verb={false} />{" "}
        <span class="mono details-host">{r.host === null ? t("no_url") : safe(r.host)}</span>
      </>
    ),
    note: full(r.time),
    body: (
      <>
        {r.host !== null && (
          <div class="url-box">
            <code class="wrap">
              {safe(r.method)} {safe(urlOf(r))}
            </code>
            <CopyButton text={safe(urlOf(r))} label={t("menu_copy_url")} small kind="quiet" />
          </div>
        )}
        <section class="why">
          <h3>{t(`why.${r.action}`)}</h3>
          <p class="why-sentence">
            <Why r={r} names={names} />
          </p>
          {got.data?.trace ? (
            <>
              <Trace
                answer={{ ...r, trace: got.data.trace }}
                names={names}
                ruleHref={rule => href("/rules", { rule })}
              />
              {got.data.trace_note && <p class="note">{safe(got.data.trace_note)}</p>}
            </>
          ) : got.data ? (
            <p class="note">{safe(got.data.trace_note) || t("trace_off", { version: String(r.policy_version) })}</p>
          ) : got.error ? (
            <Failed error={got.error} small onRetry={got.reload} />
          ) : (
            <Skeleton rows={6} />
          )}
        </section>
        <Tls r={r} names={names} only={only} />
        <Facts r={r} names={names} only={only} />
      </>
    ),
    foot: (
      <>
        {r.host !== null && (
          <Button icon="check" href={checkHref(r, may("policy.draft"))}>
            {may("policy.draft") ? t("check_draft") : t("check")}
          </Button>
        )}
        {got.data?.trace && (
          <CopyButton
            label={t("copy_why")}
            kind="quiet"
            text={() =>
              asText(
                `${common(`action.${r.action}`)}: ${safe(urlOf(r))} (${userText(r)}, ${r.time}, ${r.id})`,
                { ...r, trace: got.data!.trace! },
                names,
                { ...stepWords(), policy: t("fact.policy") },
              )
            }
          />
        )}
        <span class="end">
          <ExceptionMenu
            subject={{ host: r.host, user: r.user, categories: r.categories }}
            then={refused ? "allow" : "block"}
            names={names}
            primary
          />
        </span>
      </>
    ),
  };
}

/** The whole reason in a sentence, with links to what decided. */
function Why({ r, names }: { r: Request; names: Names }) {
  const listed = r.categories.length > 0 && (
    <> {t.rich("listed", { categories: <b>{list(r.categories.map(c => safe(names.category(c))))}</b> })}</>
  );
  if (r.action === "error") return <>{t("by_error", { error: safe(r.error ?? r.reason ?? "") })}</>;
  if (r.action === "quota") {
    return (
      <>
        {t.rich("by_quota", { quota: <a href="/quotas">{safe(names.quota(r.quota))}</a> })}
        {listed}
      </>
    );
  }
  if (r.rule === null) {
    return (
      <>
        {t("by_default")}
        {listed}
      </>
    );
  }
  const name = safe(names.rule(r.rule));
  return (
    <>
      {t.rich("by_rule", {
        rule: names.hasRule(r.rule) ? <a href={href("/rules", { rule: r.rule })}>{name}</a> : <b>{name}</b>,
      })}
      {listed}
    </>
  );
}

type FactsProps = { r: Request; names: Names; only: (field: Field, value: string) => void };

/** A value with a button that narrows the log to it. */
const funnels =
  ({ names, only }: Omit<FactsProps, "r">) =>
  (field: Field, value: string, shown: ComponentChildren) => {
    const label = t("only_this", { field: t(`field.${field}`), value: chipValue(field, value, names) });
    return (
      <>
        {shown}
        <button type="button" class="funnel" aria-label={label} title={label} onClick={() => only(field, value)}>
          <Icon name="filter" size={14} />
        </button>
      </>
    );
  };

/** What is known of its TLS, and what was wrong with the site's. */
function Tls({ r, names, only }: FactsProps) {
  const { tls } = r;
  if (!tls) return null;
  const filterable = funnels({ names, only });
  const facts: [string, ComponentChildren][] = [
    [t("tls.inspected"), filterable("inspected", String(tls.inspected), common(tls.inspected ? "yes" : "no"))],
    [
      t("tls.client"),
      tls.version && (
        <>
          {filterable("tls_version", tls.version, safe(tls.version))} {safe(tls.cipher)}
        </>
      ),
    ],
    [t("tls.origin"), tls.origin_version && `${safe(tls.origin_version)} ${safe(tls.origin_cipher)}`],
    [t("tls.sni"), safe(tls.sni)],
    [t("tls.issuer"), safe(tls.issuer)],
    [
      t("tls.fault"),
      tls.fault && filterable("tls_fault", tls.fault, <b title={faultMeans(tls.fault)}>{faultName(tls.fault)}</b>),
    ],
    [
      t("tls.exception"),
      tls.exception && (
        <a href={href("/tls", { tab: "exceptions", exception: tls.exception })}>{safe(tls.exception)}</a>
      ),
    ],
  ];
  return (
    <section>
      <h3>{t("tls")}</h3>
      <FactList facts={facts} />
      {tls.fault && r.host !== null && <FaultDeeds host={r.host} fault={tls.fault} />}
    </section>
  );
}

/** From a request whose site is at fault: what the site showed, and an exception for it. */
function FaultDeeds({ host, fault }: { host: string; fault: string }) {
  const [open, setOpen] = useState<"chain" | "except" | null>(null);
  const close = () => setOpen(null);
  return (
    <div class="row fault-deeds">
      <Button small icon="search" onClick={() => setOpen("chain")}>
        {inspection("chain.open")}
      </Button>
      {may("policy.draft") && helpsToExcept(fault) && (
        <Button small icon="plus" onClick={() => setOpen("except")}>
          {inspection("except")}
        </Button>
      )}
      {open === "chain" && <ChainSheet host={host} onClose={close} />}
      {open === "except" && <ExceptSheet host={host} fault={fault} onClose={close} />}
    </div>
  );
}

function FactList({ facts }: { facts: readonly [string, ComponentChildren][] }) {
  return (
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
  );
}

function Facts({ r, names, only }: FactsProps) {
  const filterable = funnels({ names, only });
  const facts: [string, ComponentChildren][] = [
    [t("fact.user"), filterable("user", r.user ?? "@none", userText(r))],
    [t("fact.groups"), r.groups?.length ? list(r.groups.map(safe)) : null],
    [t("fact.client"), filterable("client", r.client, safe(r.client))],
    [t("fact.status"), r.status === null ? null : filterable("status", String(r.status), String(r.status))],
    [t("fact.received"), bytes(r.bytes_out)],
    [t("fact.sent"), bytes(r.bytes_in)],
    [t("fact.duration"), millis(r.duration_ms)],
    [t("fact.upstream"), r.upstream && (r.reused ? t("fact.reused", { address: safe(r.upstream) }) : safe(r.upstream))],
    [t("fact.parent"), safe(r.parent)],
    [t("fact.type"), safe(r.content_type)],
    [t("fact.http"), safe(r.http_version)],
    [t("fact.agent"), safe(r.user_agent)],
    [t("fact.referrer"), safe(r.referrer)],
    [t("fact.report"), r.report_only?.length ? list(r.report_only.map(id => safe(names.rule(id)))) : null],
    [t("fact.error"), safe(r.error)],
    [t("fact.policy"), filterable("policy_version", String(r.policy_version), `v${r.policy_version}`)],
    [t("fact.id"), <span class="mono">{safe(r.id)}</span>],
  ];
  return (
    <section>
      <h3>{t("facts")}</h3>
      <FactList facts={facts} />
    </section>
  );
}
