// What publishing would have done to recorded traffic: how many requests, whose, on which hosts, by which rule.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Progress } from "../../components/progress";
import { Segmented } from "../../components/segmented";
import { errorText } from "../../components/states";
import { Table, type Column } from "../../components/table";
import { Verdict } from "../../components/tag";
import { count } from "../../lib/format";
import { RANGES, type RangeName } from "../../lib/range";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { all } from "./edits";
import { becoming, useTrial, type Replay } from "./replay";
import { rules as t } from "./text";

const SHOWN = 5;

type Host = Replay["hosts"][number];
type Rule = Replay["rules"][number];
type User = Replay["by_user"][number];

/** `ready`: the draft has no faults, so that it can be tried at all. */
export function Effect({ draft, ready }: { draft: Draft; ready: boolean }) {
  const [range, setRange] = useState<RangeName>("24h");
  const { trial, again, cancel } = useTrial(ready, range);
  const stale = trial.state === "done" && trial.report.policy.draft !== draft.etag;
  return (
    <section class="review-part effect" aria-busy={trial.state === "running"}>
      <div class="effect-head">
        <h3>{t("effect.title")}</h3>
        <Segmented
          label={t("effect.range")}
          value={range}
          options={RANGES.map(r => ({ value: r, text: common(`range.${r}`) }))}
          onChange={setRange}
          disabled={!ready}
        />
      </div>
      {!ready && <p class="note">{t("effect.later")}</p>}
      {trial.state === "running" && (
        <div class="effect-running">
          <Progress share={trial.share} label={t("effect.running")} />
          <small class="note numbers">{t("effect.done_of", { count: trial.done })}</small>
          <Button small onClick={cancel}>
            {common("cancel")}
          </Button>
        </div>
      )}
      {(trial.state === "failed" || trial.state === "cancelled") && (
        <p class="note effect-again">
          {trial.state === "failed" ? t("effect.failed", { error: errorText(trial.error) }) : t("effect.cancelled")}
          <Button small onClick={again}>
            {t("effect.again")}
          </Button>
        </p>
      )}
      {stale && (
        <div class="notice warn" role="status">
          <Icon name="warn" size={18} />
          <p>{t("effect.stale")}</p>
          <Button small onClick={again}>
            {t("effect.again")}
          </Button>
        </div>
      )}
      {trial.state === "done" && <Report draft={draft} report={trial.report} range={range} />}
    </section>
  );
}

function Report({ draft, report, range }: { draft: Draft; report: Replay; range: RangeName }) {
  const figures: [string, number, string][] = [
    [t("effect.blocked"), becoming(report, "block"), "block"],
    [t("effect.warned"), becoming(report, "warn"), "warn"],
    [t("effect.allowed"), becoming(report, "allow"), "allow"],
  ];
  return (
    <>
      <dl class="effect-figures">
        {figures.map(([name, n, kind]) => (
          <div key={kind} class={n ? kind : ""}>
            <dd>{n && kind !== "allow" ? `+ ${count(n)}` : count(n)}</dd>
            <dt>{name}</dt>
          </div>
        ))}
        <div>
          <dd>{report.users_exact ? count(report.users) : t("effect.more_than", { count: report.users })}</dd>
          <dt>{t("effect.users")}</dt>
        </div>
      </dl>
      <p class="note">
        {report.requests === 0
          ? t("effect.no_traffic")
          : t(report.changed ? "effect.judged" : "effect.same", { count: report.judged })}
      </p>
      {report.changed > 0 && (
        <>
          <Rules draft={draft} report={report} />
          <Hosts report={report} range={range} />
          <Users report={report} range={range} />
        </>
      )}
      {report.notes.length > 0 && (
        <details class="effect-notes">
          <summary>{t("effect.notes")}</summary>
          <ul>
            {report.notes.map(note => (
              <li key={note.code}>{t(`effect.note.${note.code}`, { count: note.requests ?? 0 })}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Change({ row }: { row: Pick<Rule, "before" | "after"> }) {
  return (
    <span class="effect-change">
      <Verdict action={row.before} verb />
      <span class="sr-only">{t("effect.becomes")}</span>
      <Icon name="right" size={14} />
      <Verdict action={row.after} verb />
    </span>
  );
}

/** The rule that decides in the draft; of what gets through, the one that stopped it before. */
function Rules({ draft, report }: { draft: Draft; report: Replay }) {
  const named = (id: string | null) => {
    const rule = id === null ? undefined : all(draft.document).find(one => one.id === id);
    if (id === null) return <>{t("effect.default")}</>;
    return rule ? <a href={href("/rules", { rule: id })}>{safe(rule.title || id)}</a> : <>{safe(id)}</>;
  };
  const columns: Column<Rule>[] = [
    { key: "rule", title: t("effect.by_rule"), main: true, cell: r => named(r.rule) },
    { key: "before", title: t("effect.instead_of"), cell: r => named(r.rule_before) },
    { key: "change", title: t("effect.change"), cell: r => <Change row={r} /> },
    { key: "requests", title: t("effect.requests"), end: true, cell: r => count(r.requests) },
    { key: "users", title: t("effect.users_short"), end: true, cell: r => count(r.users) },
  ];
  return (
    <Part
      name={t("effect.rules")}
      columns={columns}
      rows={report.rules}
      id={r => `${r.rule}>${r.rule_before}>${r.before}${r.after}`}
    />
  );
}

function Hosts({ report, range }: { report: Replay; range: RangeName }) {
  const columns: Column<Host>[] = [
    {
      key: "host",
      title: t("effect.host"),
      main: true,
      cell: h => (
        <a href={href("/activity", { host: h.host, range, open: h.example })} title={t("effect.example")}>
          {safe(h.host)}
        </a>
      ),
    },
    { key: "change", title: t("effect.change"), cell: h => <Change row={h} /> },
    { key: "requests", title: t("effect.requests"), end: true, cell: h => count(h.requests) },
    { key: "users", title: t("effect.users_short"), end: true, cell: h => count(h.users) },
  ];
  const name = report.hosts_exact
    ? t("effect.hosts", { count: report.hosts_changed })
    : t("effect.hosts_more", { count: report.hosts_changed });
  return (
    <Part
      name={name}
      columns={columns}
      rows={report.hosts}
      id={h => `${h.host}>${h.rule}>${h.rule_before}>${h.before}${h.after}`}
    />
  );
}

function Users({ report, range }: { report: Replay; range: RangeName }) {
  const columns: Column<User>[] = [
    {
      key: "user",
      title: t("effect.user"),
      main: true,
      cell: u => (
        <a href={href("/activity", u.user === null ? { client: u.client, range } : { user: u.user, range })}>
          {safe(u.user ?? u.client ?? "")}
        </a>
      ),
    },
    { key: "requests", title: t("effect.requests"), end: true, cell: u => count(u.requests) },
    { key: "hosts", title: t("effect.hosts_short"), end: true, cell: u => count(u.hosts) },
  ];
  return (
    <Part name={t("effect.users_list")} columns={columns} rows={report.by_user} id={u => `${u.user}>${u.client}`} />
  );
}

type PartProps<R> = { name: string; columns: Column<R>[]; rows: readonly R[]; id: (row: R) => string };

/** The first few; all that the report lists on demand. */
function Part<R>({ name, columns, rows, id }: PartProps<R>) {
  const [whole, setWhole] = useState(false);
  if (!may("log.read")) return null;
  return (
    <div class="effect-list">
      <h4>{name}</h4>
      <Table label={name} columns={columns} rows={whole ? rows : rows.slice(0, SHOWN)} rowKey={id} />
      {!whole && rows.length > SHOWN && (
        <Button small kind="quiet" onClick={() => setWhole(true)}>
          {t("effect.show_all", { count: rows.length })}
        </Button>
      )}
    </div>
  );
}
