// The list of rules: sections, order, switch, conditions in words, action, schedule, hits of a week, and what the draft
// does to each.
import { useMemo, useRef, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft, Fault, Note, Rule, Usage } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { SearchInput } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { Empty } from "../../components/states";
import { count } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { DefaultRow } from "./default-row";
import { all, moveRule } from "./edits";
import { marks, rows, type Mark, type Row } from "../../policy/marks";
import { moved } from "../../policy/places";
import { haystack } from "../../policy/sentence";
import { policy } from "../../policy/text";
import { offered, TEMPLATES } from "./model/templates";
import { Regexes } from "./regexes";
import { byRule as byRuleNotes, useRemarks } from "./remarks";
import { useReorder, type Order } from "../../policy/reorder";
import { GoneRow, RuleRow, type Hit } from "./row";
import { rules as t } from "./text";

const FILTERS = ["all", "allow", "warn", "block", "report"] as const;
/** From here on rows out of sight are left to the browser. */
const MANY = 100;
type Filter = (typeof FILTERS)[number];
// One of each, so that rows without marks stay as they are.
const NO_MARKS: readonly Mark[] = [];
const NO_FAULTS: readonly Fault[] = [];
const NO_NOTES: readonly Note[] = [];
const ORDER: Order<Rule> = {
  all: draft => all(draft.document),
  move: (draft, shown, rule, to) =>
    moveRule({ ...draft, document: { ...draft.document, rules: [...shown] } }, rule, to),
  section: name => (name ? safe(name) : t("no_section")),
};
type Top = { items: { name: string; requests: number; last: string }[] };
type RowOf = Row<Rule>;
type Used = { items: Usage[]; log_days: number };

function passes(rule: Rule, filter: Filter): boolean {
  if (filter === "all") return true;
  if (filter === "report") return rule.report_only === true;
  return rule.then === filter && !rule.report_only;
}

/** Neighbours of one section under one heading, with those that the draft removes where they stood. */
function sections(all: readonly RowOf[]): { name: string; rows: RowOf[] }[] {
  const made: { name: string; rows: RowOf[] }[] = [];
  for (const row of all) {
    const name = row.rule.section ?? "";
    const open = made[made.length - 1];
    if (open?.name === name) open.rows.push(row);
    else made.push({ name, rows: [row] });
  }
  return made;
}

export function List({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const document = draft.document;
  const edits = may("policy.draft");
  const used = useGet<Used>("/policy/usage", { poll_ms: 60_000 });
  const by = useMemo(() => new Map(used.data?.items.map(i => [i.rule, i])), [used.data]);
  const rest = useGet<Top>("/stats/top", { query: { dim: "rule", from: "-7d", limit: 1000 }, poll_ms: 60_000 });
  const most = Math.max(1, ...(used.data?.items.map(i => i.hits_7d) ?? []));
  const notes = useRemarks(draft.etag, document, draft.faults.length === 0);
  const remarks = useMemo(() => byRuleNotes(notes), [notes]);
  const box = useRef<HTMLDivElement>(null);
  const order = useReorder(draft, box, ORDER);
  const [find, setFind] = useState(query.get("find") ?? "");
  const filter = FILTERS.find(f => f === query.get("then")) ?? "all";
  const words = find.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const filtered = words.length > 0 || filter !== "all";

  const told = useMemo(() => marks<Rule>(draft.changes, "/rules"), [draft.changes]);
  const shown = order.preview ? moved(order.rules, order.preview.id, order.preview.to) : order.rules;
  const listed = rows(shown, order.preview ? [] : told.removed).filter(({ rule }) => {
    if (!passes(rule, filter)) return false;
    const hay = words.length ? haystack(document, rule) : "";
    return words.every(w => hay.includes(w));
  });
  const faults = useMemo(() => byRule(draft.faults), [draft.faults]);
  const hit = (id: string): Hit | null | undefined => (used.data ? (by.get(id) ?? null) : undefined);
  const defaults = rest.data?.items.find(i => i.name === "@default");
  const empty = all(document).length === 0 && told.removed.length === 0;

  return (
    <>
      {!empty && (
        <div class="toolbar">
          <SearchInput
            value={find}
            onInput={text => {
              setFind(text);
              setQuery({ find: text || null }, { replace: true });
            }}
            label={t("find")}
          />
          <Segmented
            label={t("filter")}
            value={filter}
            options={FILTERS.map(f => ({ value: f, text: t(`filter.${f}`) }))}
            onChange={f => setQuery({ then: f === "all" ? null : f }, { replace: true })}
          />
          {filtered && <span class="note">{t("found", { count: listed.length })}</span>}
          <Button
            class="end rules-check"
            kind="quiet"
            icon="check"
            href={href("/check", { policy: draft.exists ? "draft" : null })}
          >
            {t("check")}
          </Button>
        </div>
      )}
      <div class={`card flush rules ${shown.length > MANY ? "many" : ""}`} ref={box}>
        <div class="rules-head" aria-hidden="true">
          <span />
          <span class="end">#</span>
          <span>{t("col.on")}</span>
          <span>{t("col.rule")}</span>
          <span>{t("col.action")}</span>
          <span>{t("col.schedule")}</span>
          <span class="end">{t("col.hits")}</span>
          <span />
        </div>
        {empty && <Start draft={draft} />}
        {listed.length === 0 && !empty && (
          <Empty
            icon="search"
            title={t("none_found")}
            actions={
              <Button
                onClick={() => {
                  setFind("");
                  setQuery({ find: null, then: null }, { replace: true });
                }}
              >
                {t("clear")}
              </Button>
            }
          />
        )}
        {sections(listed).map((section, i) => (
          <section key={`${i} ${section.name}`} aria-label={section.name ? safe(section.name) : t("no_section")}>
            {(section.name || i > 0) && (
              <h2 class="rules-section">
                {section.name ? safe(section.name) : t("no_section")}{" "}
                <span class="note">{count(section.rows.filter(r => r.number).length)}</span>
              </h2>
            )}
            <ol>
              {section.rows.map(({ rule, number }) =>
                number === null ? (
                  <GoneRow key={`gone ${rule.id}`} document={document} rule={rule} next={nextAfter(listed, rule)} />
                ) : (
                  <RuleRow
                    key={rule.id}
                    document={document}
                    rule={rule}
                    number={number}
                    marks={told.of.get(rule.id) ?? NO_MARKS}
                    faults={faults.get(number - 1) ?? NO_FAULTS}
                    notes={remarks.get(rule.id) ?? NO_NOTES}
                    hit={hit(rule.id)}
                    most={most}
                    orders={!filtered && edits}
                    filtered={filtered}
                    held={order.held === rule.id}
                    shift={order.held === rule.id ? order.shift : 0}
                    hands={order.hands}
                  />
                ),
              )}
            </ol>
          </section>
        ))}
        {!filtered && (
          <DefaultRow
            draft={draft}
            number={shown.length + 1}
            hit={defaultHit(rest.data && (defaults ?? null))}
            most={most}
          />
        )}
        {order.line !== null && <div class="drop-line" style={{ top: `${order.line}px` }} />}
      </div>
      {!filtered && !empty && <Regexes document={document} />}
      <p id="reorder-how" class="sr-only">
        {policy("reorder.how")}
      </p>
    </>
  );
}

/** The rule that stands behind a removed one now: it goes before that when it comes back. */
function nextAfter(listed: readonly RowOf[], gone: Rule): string | null {
  const at = listed.findIndex(r => r.number === null && r.rule.id === gone.id);
  return listed.slice(at + 1).find(r => r.number !== null)?.rule.id ?? null;
}

/** The default is no rule: its hits come from the figures of the week. */
function defaultHit(top: Top["items"][number] | null | undefined): Hit | null | undefined {
  return top && { hits_7d: top.requests, last_hit: top.last };
}

/** Faults of the draft by the place of the rule that has them. */
function byRule(faults: readonly Fault[]): Map<number, Fault[]> {
  const made = new Map<number, Fault[]>();
  for (const fault of faults) {
    const index = /^\/rules\/(\d+)(\/|$)/.exec(fault.pointer)?.[1];
    if (index !== undefined) made.set(Number(index), [...(made.get(Number(index)) ?? []), fault]);
  }
  return made;
}

/** Nothing but the default: where to start. */
function Start({ draft }: { draft: Draft }) {
  if (!may("policy.draft")) return <Empty icon="rules" title={t("empty")} />;
  return (
    <Empty icon="rules" title={t("empty")}>
      <p>{t("empty_help")}</p>
      <ul class="templates">
        {TEMPLATES.filter(name => offered(draft.document, name)).map(name => (
          <li key={name}>
            <Button icon="plus" onClick={() => setQuery({ new: name })}>
              {t(`template.${name}`)}
            </Button>
          </li>
        ))}
        <li>
          <Button kind="quiet" icon="plus" onClick={() => setQuery({ new: "1" })}>
            {t("template.own")}
          </Button>
        </li>
      </ul>
    </Empty>
  );
}
