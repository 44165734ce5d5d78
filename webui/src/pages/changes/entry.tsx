// One entry: a sentence, why, from where, and what was before and after.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Icon, type IconName } from "../../components/icon";
import { ago, clock, full } from "../../lib/format";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { areaOf, membersOf, versionsOf, type Member } from "./diff";
import { changes as t } from "./text";
import type { Entry } from "./use-changes";

const ICONS: Record<string, IconName> = {
  policy: "rules",
  draft: "edit",
  list: "lists",
  user: "users",
  admin: "user",
  token: "key",
  session: "out",
  quota: "quotas",
  tunnel: "tunnel",
  trace: "search",
};

const calendar = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  year: "numeric",
  month: "long",
  day: "numeric",
});

/** Days of this browser's zone, newest first as the entries are. */
export function byDay(entries: readonly Entry[]): { day: string; entries: Entry[] }[] {
  const days: { day: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const day = calendar.format(new Date(entry.time));
    const last = days.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else days.push({ day, entries: [entry] });
  }
  return days;
}

const TONE: Record<string, string> = { "session.failures": "bad", "policy.rollback": "warn" };

export function EntryRow({ entry: e }: { entry: Entry }) {
  const [open, setOpen] = useState(false);
  const members = membersOf(e.before, e.after);
  const versions = versionsOf(e);
  const shown = versions ? [] : members;
  return (
    <li class="logged">
      <span class={`logged-icon ${TONE[e.action] ?? ""}`}>
        <Icon name={ICONS[areaOf(e.action)] ?? "changes"} size={16} />
      </span>
      <div class="logged-body">
        <p>{sentence(e)}</p>
        {e.comment && <blockquote>{safe(e.comment)}</blockquote>}
        {shown.length > 0 && (shown.length <= SHORT || open) && <Members members={shown} />}
        <div class="row logged-more">
          {shown.length > SHORT && (
            <Button small kind="quiet" after={open ? "up" : "down"} aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? t("hide") : t("show", { count: shown.length })}
            </Button>
          )}
          {versions?.from && (
            <a
              href={href("/rules", { view: "history", from: String(versions.from), to: String(versions.to) })}
              class="logged-link"
            >
              {t("see_diff", { from: String(versions.from), to: String(versions.to) })}
            </a>
          )}
        </div>
      </div>
      <span class="logged-when">
        <time dateTime={e.time} title={full(e.time)}>
          {clock(e.time)}
        </time>
        <small title={ago(e.time)}>{source(e.source)}</small>
      </span>
    </li>
  );
}

const SHORT = 2;

const source = (text: string): string => (text === "local" ? t("source.local") : safe(text));

/** "dana.walsh gave h.auditor another role", with the names as links that filter. */
function sentence(e: Entry): ComponentChildren {
  const key = `did.${e.action}`;
  const values = {
    actor: (
      <a href={href("/changes", { actor: e.actor })} title={t("only_actor")}>
        {actor(e.actor)}
      </a>
    ),
    subject: subject(e),
    action: safe(e.action),
  };
  return t.rich(t.has(key) ? key : "did", values);
}

/** "cli:root": someone on the gateway's own shell. */
const actor = (name: string): string =>
  name.startsWith("cli:") ? t("actor.cli", { name: safe(name.slice(4)) }) : name ? safe(name) : t("actor.nobody");

function subject(e: Entry): ComponentChildren {
  const area = areaOf(e.action);
  const versions = versionsOf(e);
  if (versions) return <b>{t("version", { version: String(versions.to) })}</b>;
  const name = e.subject ? safe(e.subject) : t("subject.nobody");
  if (!e.subject) return <b>{name}</b>;
  if (area === "user" && may("policy.read")) return <a href={href("/people", { user: e.subject })}>{name}</a>;
  if (area === "list") return <a href={href("/lists", { tab: "lists", list: e.subject })}>{name}</a>;
  if (area === "admin" && may("admins.write")) return <a href="/settings?tab=admins">{name}</a>;
  return <b class="wrap">{name}</b>;
}

function Members({ members }: { members: Member[] }) {
  return (
    <dl class="logged-members">
      {members.map(m => (
        <div key={m.name}>
          <dt>{label(m.name)}</dt>
          <dd>
            {m.before !== null && (
              <del>
                <span class="sr-only">{t("before")} </span>
                {value(m.before)}
              </del>
            )}
            {m.after !== null && (
              <ins>
                <span class="sr-only">{t("after")} </span>
                {value(m.after)}
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const value = (text: string): string =>
  text === "true" ? common("yes") : text === "false" ? common("no") : safe(text);

function label(name: string): string {
  const key = `member.${name}`;
  return t.has(key) ? t(key) : safe(name);
}
