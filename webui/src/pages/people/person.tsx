// One person: what they do, what stopped them, what of their quotas is used, which rules can decide for them.
import { Fragment } from "preact";
import { useMemo, useState } from "preact/hooks";
import { changeDraft, editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, Policy, Quota, Rule } from "../../api/types";
import { useGet, type Got } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import { Bars } from "../../components/bars";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Figure } from "../../components/figure";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { PageHeader } from "../../components/page";
import { RangePicker } from "../../components/range-picker";
import { Async, Empty, Skeleton } from "../../components/states";
import { Tag, Verdict } from "../../components/tag";
import { VerdictChart } from "../../components/verdict-chart";
import { ago, bytes, count, full, percent, short } from "../../lib/format";
import { asked, chosen, readRange, span, type Range } from "../../lib/range";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { fromHistogram, totals, type Histogram, type VerdictSeries } from "../../lib/series";
import { common } from "../../text/common";
import { quotaText, usedText } from "../quotas/limits";
import { UsageBar, type Usage } from "../quotas/usage-bar";
import { Words } from "../../policy/words";
import { removeAccount } from "./account";
import { groupsOf, reaching, type Reached, type Seen } from "./people";
import { Avatar, LastSeen } from "./table";
import { people as t } from "./text";
import { useActive, usePeople } from "./use-people";

const USUAL = "7d";

export function PersonPage({ name, draft }: { name: string; draft: Got<Draft> }) {
  const { query } = usePlace();
  const all = usePeople();
  const active = useActive();
  const person = all.data?.find(p => p.name === name);
  const range = readRange(query, USUAL);
  const log = may("log.read");
  return (
    <>
      <p class="crumb">
        <a href="/people">
          <Icon name="left" size={16} /> {t("title")}
        </a>
      </p>
      <PageHeader
        title={safe(name)}
        purpose={
          all.data && (
            <span class="row person-facts">
              <Avatar name={name} />
              {may("users.write") &&
                (person?.account ? (
                  <span title={full(person.account.created)}>
                    {t("person.since", { when: ago(person.account.created) })}
                  </span>
                ) : (
                  <Tag>{t("no_account")}</Tag>
                ))}
              {log && person && (
                <span class="row">
                  {person.seen?.last && t("person.last")} <LastSeen person={person} />
                </span>
              )}
            </span>
          )
        }
        actions={
          <>
            {log && <RangePicker range={range} onChange={r => setQuery(chosen(r, USUAL))} />}
            {log && (
              <Button icon="log" href={href("/activity", { ...chosen(range), user: name })}>
                {t("person.log")}
              </Button>
            )}
            <Menu
              icon="dots"
              label={common("actions_of", { name: safe(name) })}
              items={[
                { text: t("check"), icon: "check", href: href("/check", { who: name }) },
                ...(may("changes.read")
                  ? [{ text: t("person.changes"), icon: "changes" as const, href: href("/changes", { subject: name }) }]
                  : []),
                ...(may("users.write")
                  ? [
                      "line" as const,
                      person?.account
                        ? {
                            text: t("set_password"),
                            icon: "key" as const,
                            run: () => setQuery({ form: "password" }),
                          }
                        : { text: t("person.make"), icon: "plus" as const, run: () => setQuery({ form: "password" }) },
                      {
                        text: t("remove_user"),
                        icon: "trash" as const,
                        danger: true,
                        disabled: !person?.account,
                        run: () => void removeAccount(name, person?.groups ?? []),
                      },
                    ]
                  : []),
              ]}
            />
          </>
        }
      />
      <div class="stack">
        {log && <Doings name={name} range={range} />}
        <div class="grid-2">
          <GroupsCard name={name} draft={draft} active={active.data?.document} />
          <Card title={t("person.quotas")} note={t("person.quotas_note")}>
            <Async got={active} small>
              {({ document }) => <Quotas name={name} document={document} />}
            </Async>
          </Card>
        </div>
        <Card title={t("person.rules")} note={t("person.rules_note")} flush>
          <Async got={active} small skeleton={<Skeleton rows={6} kind="table" />}>
            {({ document }) => <Rules name={name} document={document} />}
          </Async>
        </Card>
      </div>
    </>
  );
}

type Series = { series: { values: number[] }[] };
const FRESH = { fresh_ms: 30_000 };

function Doings({ name, range }: { name: string; range: Range }) {
  const query = { user: name, ...asked(range) };
  const got = useGet<Histogram>("/requests/histogram", { query, ...FRESH });
  const traffic = useGet<Series>("/stats/series", { query: { ...query, by: "user", metric: "bytes" }, ...FRESH });
  const sums = useGet<{ items: Seen[] }>("/stats/top", { query: { ...query, dim: "user", limit: 1 }, ...FRESH });
  const data = useMemo<VerdictSeries | undefined>(() => {
    if (!got.data) return undefined;
    const { from, to } = span(range, Date.now() / 1000);
    return fromHistogram(got.data, from, to);
  }, [got.data]);
  return (
    <Async got={{ ...got, data }} skeleton={<Skeleton kind="chart" rows={24} />}>
      {shown => (
        <>
          <Figures name={name} range={range} data={shown} traffic={traffic.data} bytes={sums.data?.items[0]?.bytes} />
          <Card title={t("person.trend")} note={t("person.trend_note")}>
            {got.data?.total === 0 ? (
              <Empty icon="log" title={t("person.quiet")}>
                {t("person.quiet_help")}
              </Empty>
            ) : (
              <VerdictChart
                data={shown}
                height={200}
                axes
                label={t("person.chart", { name: safe(name), count: got.data?.total ?? 0 })}
                onBrush={(from, to) => setQuery(chosen({ name: null, from, to }))}
              />
            )}
          </Card>
          <div class="grid-2">
            <Top dim="host" name={name} range={range} />
            <Top dim="category" name={name} range={range} />
          </div>
        </>
      )}
    </Async>
  );
}

type FiguresProps = {
  name: string;
  range: Range;
  data: VerdictSeries;
  traffic: Series | undefined;
  bytes: number | undefined;
};

function Figures({ name, range, data, traffic, bytes: size }: FiguresProps) {
  const sum = totals(data);
  const { allow, warn, quota, block, error } = data.series;
  const all = sum.allow + sum.warn + sum.quota + sum.block + sum.error;
  const log = (action: string[] | null) => href("/activity", { ...chosen(range), user: name, action });
  const part = (n: number) => (all ? t("person.part", { part: percent(n / all) }) : "");
  const spark = data.t.map((_, i) => allow[i]! + warn[i]! + quota[i]! + block[i]! + error[i]!);
  return (
    <section class="figures card" aria-label={t("person.figures")}>
      <Figure
        name={t("figure.requests")}
        value={short(all)}
        change={null}
        changeNote=""
        spark={spark}
        href={log(null)}
      />
      <Figure
        name={t("figure.blocked")}
        value={short(sum.block + sum.quota)}
        change={null}
        changeNote={part(sum.block + sum.quota)}
        spark={data.t.map((_, i) => block[i]! + quota[i]!)}
        tone="bad"
        href={log(["block", "quota"])}
      />
      <Figure
        name={t("figure.warned")}
        value={short(sum.warn)}
        change={null}
        changeNote={part(sum.warn)}
        spark={warn}
        tone="warn"
        href={log(["warn"])}
      />
      <Figure
        name={t("figure.traffic")}
        value={size === undefined ? "…" : bytes(size)}
        change={null}
        changeNote=""
        spark={traffic?.series[0]?.values ?? []}
      />
    </section>
  );
}

function Top({ dim, name, range }: { dim: "host" | "category"; name: string; range: Range }) {
  const names = useNames();
  const got = useGet<{ items: (Seen & { title?: string })[] }>("/stats/top", {
    query: { dim, by: "requests", limit: 8, user: name, ...asked(range) },
    ...FRESH,
  });
  return (
    <Card title={t(`person.top.${dim}`)} note={t("unit.requests")}>
      <Async got={got} small skeleton={<Skeleton rows={8} kind="table" />}>
        {({ items }) =>
          items.length ? (
            <Bars
              label={t(`person.top.${dim}`)}
              tone="v-allow"
              bars={items.map(i => {
                const text = safe(dim === "host" ? i.name : names.category(i.name));
                const stopped = i.blocked ? `, ${t("person.stopped", { count: i.blocked })}` : "";
                return {
                  key: i.name,
                  name: dim === "host" ? <span class="mono">{text}</span> : text,
                  title: `${text}: ${count(i.requests)}${stopped}`,
                  value: i.requests,
                  text: i.blocked ? `${short(i.requests)}${stopped}` : short(i.requests),
                  href: href("/activity", { ...chosen(range), user: name, [dim]: i.name }),
                };
              })}
            />
          ) : (
            <p class="note">{t("person.top_empty")}</p>
          )
        }
      </Async>
    </Card>
  );
}

type GroupsProps = { name: string; draft: Got<Draft>; active: Policy | undefined };

function GroupsCard({ name, draft, active }: GroupsProps) {
  const edit = may("policy.draft");
  return (
    <Card title={t("person.groups")} note={edit ? t("person.groups_note") : undefined}>
      <Async got={draft} small>
        {d => <Memberships name={name} draft={d} active={active} edit={edit} />}
      </Async>
    </Card>
  );
}

function Memberships({ name, draft, active, edit }: { name: string; draft: Draft; active?: Policy; edit: boolean }) {
  const all = draft.document.groups ?? {};
  const mine = groupsOf(draft.document, name);
  const inForce = groupsOf(active, name);
  const others = Object.keys(all).filter(id => !mine.includes(id));
  const put = (id: string, items: string[]) =>
    changeDraft("PUT", "/groups/{id}", { params: { id }, body: { id, items } });
  const change = (id: string, joins: boolean) => {
    const was = all[id]!;
    const next = joins ? [...was, name] : was.filter(one => one !== name);
    void editDraft(
      t(joins ? "person.joined" : "person.left", { name: safe(name), group: safe(id) }),
      () => put(id, next),
      () => put(id, was),
    );
  };
  const leaving = inForce.filter(id => !mine.includes(id));
  return (
    <>
      <div class="row tags">
        {mine.length === 0 && <span class="muted">{t("no_groups")}</span>}
        {mine.map(id => (
          <span class="chip" key={id}>
            <a href={href("/people", { tab: "groups", group: id })}>{safe(id)}</a>
            {!inForce.includes(id) && active && <span class="note">{t("person.in_draft")}</span>}
            {edit && (
              <button
                type="button"
                aria-label={t("person.leave", { group: safe(id) })}
                onClick={() => change(id, false)}
              >
                <Icon name="close" size={12} />
              </button>
            )}
          </span>
        ))}
        {edit && others.length > 0 && (
          <Menu
            small
            icon="plus"
            align="start"
            name={t("person.join")}
            items={others.map(id => ({ text: safe(id), run: () => change(id, true) }))}
          >
            {t("person.join")}
          </Menu>
        )}
        {edit && Object.keys(all).length === 0 && (
          <Button small icon="plus" onClick={() => setQuery({ group: "@new" })}>
            {t("add_group")}
          </Button>
        )}
      </div>
      {leaving.length > 0 && (
        <p class="note person-leaving">{t("person.leaving", { groups: leaving.map(safe).join(", ") })}</p>
      )}
    </>
  );
}

function Quotas({ name, document }: { name: string; document: Policy }) {
  const got = useGet<{ items: Usage[] }>(may("log.read") ? "/quotas/usage" : null, {
    query: { subject: name },
    poll_ms: 15_000,
  });
  const { quotas } = reaching(document, name, groupsOf(document, name));
  const mine = quotas.filter(q => q.reach !== "excepted");
  if (!mine.length) return <p class="note">{t("person.no_quotas")}</p>;
  if (!may("log.read")) {
    // How much someone used is not for every role; what they may use is.
    return (
      <ul class="person-quotas">
        {mine.map(({ item: q }) => (
          <li key={q.id}>
            <a href={href("/quotas", { quota: q.id })}>{safe(q.title ?? q.id)}</a>
            <small class="note">{quotaText(q)}</small>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Async got={got} small>
      {({ items }) => (
        <ul class="person-quotas">
          {mine.map(({ item: q }) => (
            <li key={q.id}>
              <QuotaRow quota={q} usage={items.find(u => u.quota === q.id && u.per === "user")} />
            </li>
          ))}
        </ul>
      )}
    </Async>
  );
}

function QuotaRow({ quota: q, usage: u }: { quota: Quota; usage: Usage | undefined }) {
  return (
    <>
      <a href={href("/quotas", { quota: q.id })}>{safe(q.title ?? q.id)}</a>
      <span class="numbers">
        {u ? usedText(u, u.limit, q) : q.per === "user" ? t("person.unused") : t(`person.per.${q.per}`)}
      </span>
      {u ? <UsageBar usage={u} warnAt={q.warn_at} /> : null}
      <small class="note">
        {quotaText(q)}
        {u && u.requests + u.bytes + u.minutes > 0 && <>, {t("person.anew", { when: ago(u.resets) })}</>}
      </small>
    </>
  );
}

const TONE = { user: "accent", group: "accent", all: undefined, excepted: "warn", none: undefined } as const;

function Rules({ name, document }: { name: string; document: Policy }) {
  const [open, setOpen] = useState(false);
  const { rules } = reaching(document, name, groupsOf(document, name));
  const named = rules.filter(r => r.reach !== "all");
  const general = rules.length - named.length;
  const shown = open ? rules : named;
  return (
    <>
      {named.length === 0 && !open && <p class="note person-none">{t("person.no_rules")}</p>}
      {shown.length > 0 && (
        <ol class="person-rules">
          {shown.map(r => (
            <Fragment key={r.item.id}>
              <RuleRow reached={r} document={document} />
            </Fragment>
          ))}
        </ol>
      )}
      {general > 0 && (
        <div class="table-more">
          <Button small after={open ? "up" : "down"} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? t("person.fewer") : t("person.general", { count: general })}
          </Button>
        </div>
      )}
    </>
  );
}

function RuleRow({ reached: { item: r, reach }, document }: { reached: Reached<Rule>; document: Policy }) {
  return (
    <li class={r.enabled === false ? "off" : ""}>
      <div>
        <a href={href("/rules", { rule: r.id })}>{safe(r.title ?? r.id)}</a>{" "}
        <Tag kind={TONE[reach]}>{t(`reach.${reach}`)}</Tag> {r.enabled === false && <Tag>{t("person.off")}</Tag>}
        <p class="note">
          <Words document={document} rule={r} />
        </p>
      </div>
      {typeof r.then === "string" ? <Verdict action={r.then} verb /> : <Tag>{common("verb.throttle")}</Tag>}
    </li>
  );
}
