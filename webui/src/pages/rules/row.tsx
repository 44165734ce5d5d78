// One rule in the list.
import type { Draft, Fault, Note, Policy, Rule, Usage } from "../../api/types";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { memo } from "../../components/memo";
import { Menu, type MenuItem } from "../../components/menu";
import { Switch } from "../../components/switch";
import { Tag, Verdict } from "../../components/tag";
import { ago, count, full, short } from "../../lib/format";
import { href, setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { all, deleteRule, duplicateRule, moveRule, restoreRule, switchRule, titleOf } from "./edits";
import type { Mark } from "../../policy/marks";
import { beside, places, step, type Place } from "../../policy/places";
import { scheduleOf } from "../../policy/sentence";
import { policy } from "../../policy/text";
import type { Hands } from "../../policy/reorder";
import { rules as t } from "./text";
import { Words } from "../../policy/words";

export type Hit = Partial<Usage> & { hits_7d: number; last_hit: string | null };

type Props = {
  document: Policy;
  rule: Rule;
  number: number;
  marks: readonly Mark[];
  faults: readonly Fault[];
  notes: readonly Note[];
  /** undefined: not known yet; null: none in the period. */
  hit: Hit | null | undefined;
  most: number;
  /** May the order be changed now? */
  orders: boolean;
  filtered: boolean;
  /** In someone's hands, and how far from its place. */
  held: boolean;
  shift: number;
  hands: Hands<Rule>;
};

/** All properties but a change keep their identity, so that one row is drawn where one changes. */
export const RuleRow = memo<Props>(props => {
  const { document, rule, number, marks, faults, notes, hit, most, orders, filtered, held, shift, hands } = props;
  const edits = may("policy.draft");
  const title = titleOf(rule);
  const on = rule.enabled !== false;
  const schedule = scheduleOf(document, rule);
  const open = () => setQuery({ rule: rule.id });
  return (
    <li
      class={`rule ${on ? "" : "off"} ${marks.length ? "marked" : ""} ${held ? "lifted" : ""}`}
      data-rule={rule.id}
      style={shift ? { transform: `translateY(${shift}px)` } : undefined}
      onClick={event => {
        if (!(event.target as Element).closest("a, button, [popover]") && !getSelection()?.toString()) open();
      }}
    >
      <span class="rule-grip">
        {edits && (
          <button
            type="button"
            class="grip"
            data-grip={rule.id}
            disabled={!orders}
            title={filtered ? policy("reorder.filtered") : policy("reorder", { name: title })}
            aria-label={policy("reorder", { name: title })}
            aria-describedby="reorder-how"
            aria-pressed={held}
            onKeyDown={event => hands.key(rule, event)}
            onPointerDown={event => hands.pointer(rule, event)}
          >
            <Icon name="grip" size={16} />
          </button>
        )}
      </span>
      <span class="rule-number end">{number}</span>
      <span class="rule-switch">
        <Switch
          checked={on}
          disabled={!edits}
          label={t("switch", { name: title })}
          onChange={to => void switchRule(rule, to)}
        />
      </span>
      <span class="rule-main">
        <span class="rule-title">
          <a href={href("/rules", { rule: rule.id })} class="rule-name">
            {title}
          </a>
          {marks.map(m => (
            <Tag kind="accent" key={m.kind}>
              {m.kind === "moved" ? t("mark.moved", { from: m.from, to: m.to }) : t(`mark.${m.kind}`)}
            </Tag>
          ))}
          {!on && !marks.some(m => m.kind === "off") && <Tag>{t("switched_off")}</Tag>}
          {faults.length > 0 && (
            <Tag kind="bad">
              <Icon name="warn" size={13} /> {t("faults", { count: faults.length })}
            </Tag>
          )}
          <Remark notes={notes} />
        </span>
        <span class="rule-words">
          <Words document={document} rule={rule} />
        </span>
      </span>
      <span class="rule-action">
        <RuleAction rule={rule} />
      </span>
      <span class="rule-schedule">
        {schedule
          ? t(schedule.not ? "schedule.not" : "schedule.in", { names: schedule.names.join(", ") })
          : t(rule.from || rule.until ? "schedule.dated" : "schedule.always")}
      </span>
      <Hits id={rule.id} name={title} hit={hit} most={most} />
      <span class="rule-menu">
        <Menu
          icon="dots"
          kind="quiet"
          small
          label={common("actions_of", { name: title })}
          items={() => menu(hands, rule, hit, orders, edits)}
        />
      </span>
    </li>
  );
});

export function RuleAction({ rule }: { rule: Pick<Rule, "then" | "report_only"> }) {
  const then = typeof rule.then === "string" ? rule.then : "allow";
  if (rule.report_only) {
    return (
      <span class="tag v-error" title={t("report_only.would", { action: common(`verb.${then}`) })}>
        <Icon name="info" size={15} /> {t("report_only")}
      </span>
    );
  }
  return <Verdict action={then} verb />;
}

const DEAD = ["shadowed", "contradictory", "duplicate", "redundant", "never-holds", "expired"];

/** What is most worth knowing about the rule, with all of it in the title. */
function Remark({ notes }: { notes: readonly Note[] }) {
  if (notes.length === 0) return null;
  const dead = notes.some(n => DEAD.includes(n.code));
  const ended = notes.some(n => n.code === "expired");
  const word = ended
    ? "remark.ended"
    : dead
      ? "remark.never"
      : notes.every(n => n.code === "never-hit")
        ? "remark.unused"
        : "remark.odd";
  return (
    <span title={notes.map(n => safe(n.message)).join("\n")}>
      <Tag {...(dead && { kind: "warn" as const })}>
        <Icon name={dead ? "warn" : "info"} size={13} /> {t(word)}
      </Tag>
    </span>
  );
}

/** Figures of three periods, when last, and what a rule that only reports would have done. */
function told(hit: Hit | null): string {
  const told: string[] = [];
  if (!hit?.last_hit) told.push(t("no_hits"));
  else told.push(t("last_hit", { when: ago(hit.last_hit), time: full(hit.last_hit) }));
  if (hit?.hits_30d)
    told.push(
      t("hits.periods", { day: count(hit.hits_24h ?? 0), week: count(hit.hits_7d), month: count(hit.hits_30d) }),
    );
  if (hit?.would_have_acted) told.push(t("hits.would", { count: hit.would_have_acted }));
  return told.join("\n");
}

/** Hits of seven days; the number opens the log at these requests. */
export function Hits({ id, name, hit, most }: { id: string; name: string; hit: Props["hit"]; most: number }) {
  if (hit === undefined) return <span class="rule-hits end" />;
  const n = hit?.hits_7d ?? 0;
  const title = told(hit);
  const inside = (
    <>
      <span>{short(n)}</span>
      <span class="bar" aria-hidden="true">
        <i style={{ width: `${n ? Math.min(100, Math.max(3, (n / most) * 100)) : 0}%` }} />
      </span>
    </>
  );
  const label = t("hits_of", { count: n, name });
  if (!may("log.read") || n === 0) {
    return (
      <span class="rule-hits end" title={title}>
        {inside}
      </span>
    );
  }
  return (
    <a class="rule-hits end" title={title} aria-label={label} href={href("/activity", { rule: id, range: "7d" })}>
      {inside}
    </a>
  );
}

function menu(hands: Hands<Rule>, rule: Rule, hit: Props["hit"], orders: boolean, edits: boolean): MenuItem[] {
  const rules = () => all(hands.draft().document);
  const go = (to: Place | null | undefined) => to && void moveRule(hands.draft(), rule, to);
  const at = rules().findIndex(r => r.id === rule.id);
  const first = at === 0;
  const last = at === rules().length - 1;
  const log: MenuItem[] = may("log.read")
    ? [
        {
          text: t("menu.log"),
          icon: "log",
          note: hit ? count(hit.hits_7d) : undefined,
          href: href("/activity", { rule: rule.id, range: "7d" }),
        },
      ]
    : [];
  if (!edits) return [{ text: t("menu.open"), icon: "info", run: () => setQuery({ rule: rule.id }) }, ...log];
  return [
    { text: t("menu.edit"), icon: "edit", run: () => setQuery({ rule: rule.id }) },
    { text: t("menu.duplicate"), icon: "copy", run: () => void duplicateRule(hands.draft().document, rule) },
    { text: t("menu.add_before"), icon: "plus", run: () => setQuery({ new: "1", before: rule.id }) },
    ...log,
    "line",
    { text: t("menu.up"), icon: "up", disabled: !orders || first, run: () => go(step(rules(), rule.id, -1)) },
    { text: t("menu.down"), icon: "down", disabled: !orders || last, run: () => go(step(rules(), rule.id, 1)) },
    { text: t("menu.top"), icon: "top", disabled: !orders || first, run: () => go(places(rules(), rule.id)[0]) },
    {
      text: t("menu.bottom"),
      icon: "bottom",
      disabled: !orders || last,
      run: () => go(places(rules(), rule.id).at(-1)),
    },
    {
      text: t("menu.before"),
      icon: "between",
      disabled: !orders || (first && last),
      run: () => void chooseBefore(hands.draft(), rule).then(id => id && go(beside(rules(), rule.id, id, false))),
    },
    "line",
    { text: t("menu.delete"), icon: "trash", danger: true, run: () => void deleteRule(hands.draft().document, rule) },
  ];
}

const chooseBefore = (draft: Draft, rule: Rule): Promise<string | null> =>
  import("./choose-before").then(m => m.chooseBefore(draft.document, rule));

/** A rule that the draft removes: still seen, with a way back. */
export function GoneRow({ document, rule, next }: { document: Policy; rule: Rule; next: string | null }) {
  return (
    <li class="rule gone marked">
      <span class="rule-grip" />
      <span class="rule-number" />
      <span class="rule-switch" />
      <span class="rule-main">
        <span class="rule-title">
          <s class="rule-name">{titleOf(rule)}</s> <Tag kind="bad">{t("mark.removed")}</Tag>
        </span>
        <span class="rule-words">
          <Words document={document} rule={rule} />
        </span>
      </span>
      <span class="rule-action">
        <RuleAction rule={rule} />
      </span>
      <span class="rule-back">
        {may("policy.draft") && (
          <Button small onClick={() => void restoreRule(rule, next)} label={t("restore_rule", { name: safe(rule.id) })}>
            {t("restore")}
          </Button>
        )}
      </span>
    </li>
  );
}
