// Differences of two policies in words: what was added, removed, moved, and what a thing was before and is now.
import type { Diff, Policy, Rule } from "../../api/types";
import { Tag } from "../../components/tag";
import { safe } from "../../lib/safe";
import { policy } from "../../policy/text";
import { common } from "../../text/common";
import { actionWord } from "./check";
import type { Kind } from "../../policy/condition";
import { nameOf } from "../../policy/sentence";
import { RuleAction } from "./row";
import { rules as t } from "./text";
import { Words } from "../../policy/words";

const TONE = { add: "good", remove: "bad", change: "accent", move: "accent" } as const;
const SHOWN = 300;

/** A value without the marks of JSON: "days mon-fri, from 08:00, to 18:00". */
function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return common(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map(plain).join(value.some(isThing) ? "; " : ", ");
  if (!isThing(value)) return String(value);
  return Object.entries(value)
    .map(([name, v]) => `${name.replace(/_/g, " ")} ${plain(v)}`)
    .join(", ");
}

function text(value: unknown): string {
  const made = plain(value);
  return safe(made.length > SHOWN ? `${made.slice(0, SHOWN)}…` : made);
}

/** "if.category" -> "Category", "unless.user" -> "unless User". */
function label(name: string): string {
  const [side, kind] = name.split(".");
  const of = `kind_of.${kind}`;
  const member = `diff.${name}`;
  const word = policy.has(of) ? policy(of) : t.has(member) ? t(member) : null;
  if (word === null) return safe(name);
  // "URL prefix" stays, "Host" becomes "host".
  const text = /^[A-Z]{2}/.test(word) ? word : word.toLowerCase();
  return side === "unless" ? `${policy("unless")} ${text}` : text;
}

/** Values as texts, by the titles of what they name; one value stands for a list of one. */
function texts(value: unknown, name: string, document: Policy | undefined): string[] {
  const kind = name.split(".")[1] as Kind | undefined;
  const all = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
  return all.map(v => {
    const one = plain(v);
    return kind && document ? nameOf(document, kind, one) : one;
  });
}

type FieldProps = { name: string; before: unknown; after: unknown; document?: Policy };

/** A list that changed: what it lost and gained; anything else: before and after. */
function FieldChange({ name, before, after, document }: FieldProps) {
  let [lost, gained] = [text(before), text(after)];
  if (Array.isArray(before) || Array.isArray(after)) {
    const [old, now] = [texts(before, name, document), texts(after, name, document)];
    const out = old.filter(v => !now.includes(v));
    const come = now.filter(v => !old.includes(v));
    // The same values in another order are told as they are.
    if (out.length + come.length > 0) [lost, gained] = [text(out.join(", ")), text(come.join(", "))];
  } else if (name === "then") {
    [lost, gained] = [actionWord(lost), actionWord(gained)];
  }
  return (
    <li>
      <span class="diff-name">{label(name)}</span>
      {lost !== "" && <del>{lost}</del>} {gained !== "" && <ins>{gained}</ins>}
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
          {name && <span class="diff-name">{label(name)}</span>}
          {text(v)}
        </li>
      ))}
    </ul>
  );
}

type Shown = { small?: boolean; /** The policy whose titles name things. */ document?: Policy };

/** What happened to a thing, as a word. */
function What({ change }: { change: Diff }) {
  if (switchedOnly(change)) {
    return <Tag kind="accent">{t(change.fields![0]!.after === false ? "mark.off" : "mark.on")}</Tag>;
  }
  return (
    <Tag kind={TONE[change.op]}>
      {change.op === "move"
        ? t("mark.moved", { from: (change.from ?? 0) + 1, to: (change.to ?? 0) + 1 })
        : t(`op.${change.op}`)}
    </Tag>
  );
}

const switchedOnly = (change: Diff): boolean => change.fields?.length === 1 && change.fields[0]!.name === "enabled";
const isThing = (value: unknown): value is Rule => typeof value === "object" && value !== null;

/** All that happened to one thing: it may be changed and moved. */
function One({ all, small, document }: Shown & { all: readonly Diff[] }) {
  const first = all[0]!;
  const here = first.kind === "rule" ? document?.rules?.find(r => r.id === first.id) : undefined;
  const thing = [first.after, first.before, here].find(isThing);
  const isRule = first.kind === "rule" && thing?.then !== undefined;
  const name = safe(first.title || first.id || "");
  const kind = t.has(`kind.${first.kind}`) ? t(`kind.${first.kind}` as "kind.rule") : safe(first.kind);
  const fields = all.flatMap(c => (switchedOnly(c) ? [] : (c.fields ?? [])));
  return (
    <li class={`change ${first.op}`}>
      <div class="change-head">
        {isRule && !small && <RuleAction rule={thing as Rule} />}
        <b class="wrap">{name || kind}</b>
        {name && <span class="note">{kind}</span>}
        <span class="row end">
          {all.map(c => (
            <What key={c.op} change={c} />
          ))}
        </span>
      </div>
      {!small && (first.op === "add" || first.op === "remove") && (
        <Contents value={first.after ?? first.before} document={document} isRule={isRule} />
      )}
      {fields.length > 0 && (
        <ul class="diff">
          {fields.map(f => (
            <FieldChange key={f.name} {...f} document={document} />
          ))}
        </ul>
      )}
    </li>
  );
}

export function Changes({ changes, small, document }: Shown & { changes: readonly Diff[] }) {
  if (changes.length === 0) return <p class="note">{t("no_changes")}</p>;
  const things = new Map<string, Diff[]>();
  changes.forEach((c, i) => {
    // What has no name is told alone: two tests may have one address.
    const key = c.id ? c.path : `${c.path} ${i}`;
    things.set(key, [...(things.get(key) ?? []), c]);
  });
  return (
    <ul class={`changes ${small ? "small" : ""}`}>
      {[...things].map(([key, all]) => (
        <One key={key} all={all} small={small} document={document} />
      ))}
    </ul>
  );
}
