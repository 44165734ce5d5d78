// Differences of two policies in words: what was added, removed, moved, and what a thing was before and is now.
import type { Diff, Policy, Rule } from "../../api/types";
import { Tag } from "../../components/tag";
import { safe } from "../../lib/safe";
import { RuleAction } from "./row";
import { rules as t } from "./text";
import { Words } from "./words";

const TONE = { add: "good", remove: "bad", change: "accent", move: "accent" } as const;
const SHOWN = 300;

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  const made = typeof value === "string" ? value : JSON.stringify(value);
  return safe(made.length > SHOWN ? `${made.slice(0, SHOWN)}…` : made);
}

const texts = (value: unknown): string[] | null =>
  Array.isArray(value) ? value.map(v => (typeof v === "string" ? v : JSON.stringify(v))) : null;

/** A list that changed: what it lost and gained; anything else: before and after. */
function FieldChange({ name, before, after }: { name: string; before: unknown; after: unknown }) {
  const [old, now] = [texts(before), texts(after)];
  const label = t.has(`diff.${name}`) ? t(`diff.${name}` as "diff.then") : safe(name);
  if (old && now) {
    const lost = old.filter(v => !now.includes(v));
    const gained = now.filter(v => !old.includes(v));
    if (lost.length + gained.length > 0) {
      return (
        <li>
          <span class="diff-name">{label}</span>
          {lost.length > 0 && <del>{text(lost.join(", "))}</del>}{" "}
          {gained.length > 0 && <ins>{text(gained.join(", "))}</ins>}
        </li>
      );
    }
  }
  return (
    <li>
      <span class="diff-name">{label}</span>
      {text(before) !== "" && <del>{text(before)}</del>} {text(after) !== "" && <ins>{text(after)}</ins>}
    </li>
  );
}

const QUIET = ["id", "title", "section", "then", "if", "unless", "enabled", "report_only"];

/** What came or went: a rule's conditions in words, of other things their members. */
function Contents({ value, document, isRule }: { value: unknown; document?: Policy; isRule: boolean }) {
  if (isRule && document) {
    return (
      <p class="rule-words">
        <Words document={document} rule={value as Rule} />
      </p>
    );
  }
  const members: [string, unknown][] =
    typeof value !== "object" || value === null || Array.isArray(value)
      ? [["", value]]
      : Object.entries(value).filter(([name]) => isRule || !QUIET.includes(name) || name === "if" || name === "then");
  return (
    <ul class="diff">
      {members.map(([name, v]) => (
        <li key={name}>
          {name && (
            <span class="diff-name">{t.has(`diff.${name}`) ? t(`diff.${name}` as "diff.then") : safe(name)}</span>
          )}
          {text(Array.isArray(v) && v.every(one => typeof one === "string") ? v.join(", ") : v)}
        </li>
      ))}
    </ul>
  );
}

type Shown = { small?: boolean; /** The policy whose titles name things. */ document?: Policy };

function One({ change, small, document }: Shown & { change: Diff }) {
  const thing = (change.after ?? change.before) as Rule | undefined;
  const isRule = change.kind === "rule" && thing?.then !== undefined;
  const name = safe(change.title || change.id || "");
  const kind = t.has(`kind.${change.kind}`) ? t(`kind.${change.kind}` as "kind.rule") : safe(change.kind);
  const switched = change.fields?.length === 1 && change.fields[0]!.name === "enabled";
  return (
    <li class={`change ${change.op}`}>
      <div class="change-head">
        {isRule && !small && <RuleAction rule={thing} />}
        <b class="wrap">{name || kind}</b>
        {name && <span class="note">{kind}</span>}
        <Tag kind={TONE[change.op]}>
          {switched
            ? t(change.fields![0]!.after === false ? "mark.off" : "mark.on")
            : change.op === "move"
              ? t("mark.moved", { from: (change.from ?? 0) + 1, to: (change.to ?? 0) + 1 })
              : t(`op.${change.op}`)}
        </Tag>
      </div>
      {!small && (change.op === "add" || change.op === "remove") && (
        <Contents value={change.after ?? change.before} document={document} isRule={isRule} />
      )}
      {!switched && change.fields && change.fields.length > 0 && (
        <ul class="diff">
          {change.fields.map(f => (
            <FieldChange key={f.name} {...f} />
          ))}
        </ul>
      )}
    </li>
  );
}

export function Changes({ changes, small, document }: Shown & { changes: readonly Diff[] }) {
  if (changes.length === 0) return <p class="note">{t("no_changes")}</p>;
  return (
    <ul class={`changes ${small ? "small" : ""}`}>
      {changes.map((c, i) => (
        <One key={`${c.path} ${c.op} ${i}`} change={c} small={small} document={document} />
      ))}
    </ul>
  );
}
