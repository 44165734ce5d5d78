// What a faulty site shows: its certificates from its own upwards, which of them is at fault, what that means and what
// helps. Everything in a certificate is the site's word, so it is shown as text through safe().
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { may } from "../api/session";
import { useGet } from "../api/use-get";
import { Button } from "../components/button";
import { CopyButton } from "../components/copy-button";
import { Icon } from "../components/icon";
import { lazy } from "../components/lazy";
import { Sheet } from "../components/sheet";
import { Async, Empty, Skeleton } from "../components/states";
import { Tag } from "../components/tag";
import { ago, dayText, full, list } from "../lib/format";
import { href } from "../lib/router";
import { safe } from "../lib/safe";
import { faultHelp, faultMeans, faultName, helpsToExcept } from "./faults";
import { inspection as t } from "./text";
import type { FaultyHost, Member } from "./types";

const ExceptSheet = lazy(() => import("./except"));
const NAMES = 12;

type Props = { host: string; onClose: () => void };

export default function ChainSheet({ host, onClose }: Props) {
  const got = useGet<FaultyHost>("/inspection/hosts/{host}", { params: { host } });
  const [excepting, setExcepting] = useState(false);
  const gone = got.error instanceof ApiError && got.error.status === 404;
  const at = got.data;
  return (
    <Sheet
      kind="wide"
      class="chain-sheet"
      title={t("chain.of", { host: safe(host) })}
      note={at?.seen && <span title={full(at.seen)}>{t("chain.seen", { when: ago(at.seen) })}</span>}
      onClose={onClose}
      actions={
        <>
          <Button icon="log" href={href("/activity", { host, tls_fault: at?.fault ?? null, range: "7d" })}>
            {t("chain.requests")}
          </Button>
          {at && may("policy.draft") && helpsToExcept(at.fault) && (
            <Button kind="primary" icon="plus" onClick={() => setExcepting(true)}>
              {t("except")}
            </Button>
          )}
        </>
      }
    >
      {gone ? (
        <Empty icon="search" title={t("chain.none")}>
          {t("chain.none_help")}
        </Empty>
      ) : (
        <Async got={got} skeleton={<Skeleton rows={10} />}>
          {data => <Chain data={data} />}
        </Async>
      )}
      {excepting && at && <ExceptSheet host={host} fault={at.fault} onClose={() => setExcepting(false)} />}
    </Sheet>
  );
}

function Chain({ data }: { data: FaultyHost }) {
  return (
    <>
      <div class="notice bad chain-fault">
        <Icon name="warn" size={18} />
        <div>
          <p>
            <b>{faultName(data.fault)}.</b> {faultMeans(data.fault)}
          </p>
          {data.also.length > 0 && <p class="note">{t("chain.also", { faults: list(data.also.map(faultName)) })}</p>}
        </div>
      </div>
      <section>
        <h3>{t("chain.do")}</h3>
        <p>{faultHelp(data.fault)}</p>
      </section>
      {data.names.length > 0 && (
        <section>
          <h3>{t("chain.names")}</h3>
          <p class="mono wrap">
            {data.names.slice(0, NAMES).map(safe).join(", ")}
            {data.names.length > NAMES && ` +${data.names.length - NAMES}`}
          </p>
        </section>
      )}
      {data.chain.length > 0 && (
        <section>
          <h3>{t("chain.members", { count: data.chain.length })}</h3>
          <ol class="chain">
            {data.chain.map((member, i) => (
              <One key={member.fingerprint} member={member} number={i + 1} data={data} />
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function One({ member: m, number, data }: { member: Member; number: number; data: FaultyHost }) {
  const count = data.chain.length;
  const faulty = m.faults.length > 0 || data.member === number - 1;
  const role = number === 1 ? "leaf" : m.subject === m.issuer ? "root" : "middle";
  const now = Date.now();
  const facts: [string, ComponentChildren][] = [
    [t("chain.subject"), safe(m.subject)],
    [t("chain.issuer"), safe(m.issuer)],
    [t("chain.from"), <Moment at={m.not_before} wrong={at => (at > now ? "chain.begins" : null)} />],
    [t("chain.until"), <Moment at={m.not_after} wrong={at => (at < now ? "chain.ended" : null)} />],
    [t("chain.key"), safe(m.key)],
    [t("chain.signature"), safe(m.signature)],
    [t("chain.serial"), <span class="mono wrap">{safe(m.serial)}</span>],
    [
      t("chain.fingerprint"),
      <span class="chain-print">
        <code class="wrap">{m.fingerprint}</code>
        <CopyButton small kind="quiet" text={m.fingerprint} label={t("chain.copy_fingerprint")} />
      </span>,
    ],
  ];
  return (
    <li class={`chain-member ${faulty ? "faulty" : ""}`} aria-label={t("chain.member", { number, count })}>
      <div class="chain-head">
        <Icon name={faulty ? "warn" : "lock"} size={18} />
        <b class="wrap">{safe(nameOf(m.subject))}</b>
        <Tag>{t(`chain.${role}`)}</Tag>
        {m.anchor && <Tag kind="good">{t("chain.trusted")}</Tag>}
        {m.fetched && <Tag>{t("chain.fetched")}</Tag>}
        {faulty && <Tag kind="bad">{m.faults.length ? list(m.faults.map(faultName)) : t("chain.here")}</Tag>}
        <span class="end">
          <CopyButton small kind="quiet" text={m.pem} label={t("chain.copy_pem")} />
        </span>
      </div>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

type MomentProps = { at: string | null; wrong: (at: number) => "chain.begins" | "chain.ended" | null };

/** One end of a certificate's life, and whether it is the wrong one. */
function Moment({ at, wrong }: MomentProps) {
  if (at === null) return null;
  const key = wrong(Date.parse(at));
  return (
    <>
      <span title={full(at)}>{dayText(at)}</span>
      {key && <Tag kind="bad">{t(key, { when: ago(at) })}</Tag>}
    </>
  );
}

/** The common name of a subject; without one, all of it. */
const nameOf = (subject: string): string => /(?:^|, )CN ?= ?([^,]+)/.exec(subject)?.[1] ?? subject;
