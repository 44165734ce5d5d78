// The copies of a list: the one that waits for approval and why, the pin of a roll-back, and those that were in use.
import { cache, send, type Got } from "../../api/client";
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { confirm } from "../../components/confirm";
import { Icon } from "../../components/icon";
import { Async, errorText, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, count } from "../../lib/format";
import { safe } from "../../lib/safe";
import { started } from "./jobs";
import { lists as t } from "./text";
import type { Source } from "./types";

type Held = NonNullable<Source["held"]>;
type Version = Got<"/lists/{name}/versions">["items"][number];

/** Does it, or says what the gateway answered. */
async function attempt(ask: () => Promise<void>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/lists");
}

async function approve(s: Source, held: Held): Promise<void> {
  const yes = await confirm({
    title: t("approve.title", { name: safe(s.name) }),
    text: t("approve.text", { now: count(held.entries), before: count(s.entries), reason: safe(held.reason) }),
    verb: t("approve"),
  });
  if (!yes) return;
  await attempt(async () => {
    const body = { version: held.version };
    const { data } = await send<{ job: string }>("POST", "/lists/{name}/approve", { params: { name: s.name }, body });
    started(data.job, null);
  });
}

async function discard(s: Source): Promise<void> {
  const yes = await confirm({
    title: t("discard.title", { name: safe(s.name) }),
    text: t("discard.text"),
    verb: t("discard"),
  });
  if (!yes) return;
  await attempt(async () => {
    await send("DELETE", "/lists/{name}/held", { params: { name: s.name } });
    toast({ text: t("discarded", { name: safe(s.name) }) });
  });
}

async function rollBack(s: Source, version: Version): Promise<void> {
  const yes = await confirm({
    title: t("rollback.title", { name: safe(s.name), version: version.version }),
    text: t("rollback.text", { now: count(version.entries), before: count(s.entries) }),
    verb: t("rollback"),
  });
  if (!yes) return;
  await attempt(async () => {
    const body = { version: version.version };
    const { data } = await send<{ job: string }>("POST", "/lists/{name}/rollback", { params: { name: s.name }, body });
    started(data.job, null);
  });
}

export async function resumeList(name: string): Promise<void> {
  await attempt(async () => {
    await send("DELETE", "/lists/{name}/pin", { params: { name } });
    toast({ text: t("resumed", { name: safe(name) }) });
  });
}

/** "+12 −3,004": what a copy changed. */
function Delta({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="delta numbers">
      <span class="plus">+{count(added)}</span> <span class="minus">−{count(removed)}</span>
    </span>
  );
}

function Examples({ title, sign, entries, all }: { title: string; sign: string; entries: string[]; all: number }) {
  if (!entries.length) return null;
  return (
    <div class="examples">
      <h4>{title}</h4>
      <ul>
        {entries.map(e => (
          <li key={e}>
            <code>
              {sign} {safe(e)}
            </code>
          </li>
        ))}
        {all > entries.length && <li class="note">{t("held.more", { count: all - entries.length })}</li>}
      </ul>
    </div>
  );
}

/** The copy that looks wrong: why, what it would change, and what to do about it. */
export function HeldCopy({ source: s }: { source: Source }) {
  const held = s.held;
  if (!held) return null;
  return (
    <section class="held-copy" aria-label={t("held.title")}>
      <div class="notice warn">
        <Icon name="warn" size={18} />
        <div>
          <h3>
            {t("held.title")} <span class="note">{ago(held.since)}</span>
          </h3>
          <ul class="held-reasons">
            {held.reasons.map(r => (
              <li key={r.check}>
                <b>{t(`held.${r.check}`)}:</b> {safe(r.text)}
              </li>
            ))}
          </ul>
          <p class="note">{t("held.serves", { count: s.entries })}</p>
        </div>
      </div>
      <p class="held-sum">
        {t("contents.entries", { count: held.entries })} <Delta added={held.added} removed={held.removed} />
      </p>
      <div class="held-examples">
        <Examples title={t("held.removes")} sign="−" entries={held.removed_examples} all={held.removed} />
        <Examples title={t("held.adds")} sign="+" entries={held.added_examples} all={held.added} />
      </div>
      {may("lists.write") ? (
        <p class="row">
          <Button kind="primary" icon="tick" onClick={() => void approve(s, held)}>
            {t("approve")}
          </Button>
          <Button icon="trash" onClick={() => void discard(s)}>
            {t("discard")}
          </Button>
        </p>
      ) : (
        <p class="note">{t("held.ask")}</p>
      )}
    </section>
  );
}

/** A list that was rolled back says so, since nothing of it changes by itself any more. */
export function Pin({ source: s }: { source: Source }) {
  if (!s.pinned) return null;
  return (
    <div class="notice info">
      <Icon name="info" size={18} />
      <p>
        <b>{t("pinned.title", { name: safe(s.pinned.by), when: ago(s.pinned.since) })}</b> {t("pinned.text")}
      </p>
      {may("lists.write") && (
        <Button small icon="refresh" onClick={() => void resumeList(s.name)}>
          {t("resume")}
        </Button>
      )}
    </div>
  );
}

function what(v: Version): string {
  return v.restores ? t(`version.${v.action}`, { version: v.restores }) : t(`version.${v.action}`);
}

export function History({ source: s }: { source: Source }) {
  const got = useGet<Got<"/lists/{name}/versions">>("/lists/{name}/versions", {
    params: { name: s.name },
    fresh_ms: 1000,
    poll_ms: 30_000,
  });
  return (
    <section class="stack-2">
      <h3>
        {t("history")} <span class="note">{t("history.keep", { count: s.checks.keep })}</span>
      </h3>
      <Async got={got} skeleton={<Skeleton rows={3} />}>
        {data => (
          <div class="framed">
            <Table
              label={t("history")}
              rows={data.items}
              rowKey={v => String(v.version)}
              columns={[
                {
                  key: "version",
                  title: t("col.version"),
                  main: true,
                  cell: v => (
                    <span class="row">
                      {v.version} {v.serving && <Tag kind="good">{t("version.serving")}</Tag>}
                    </span>
                  ),
                },
                { key: "time", title: t("col.since"), cell: v => (v.time ? <Ago at={v.time} /> : "–") },
                {
                  key: "what",
                  title: t("col.what"),
                  cell: v => (
                    <span class="two-lines">
                      {what(v)}
                      {v.author && (
                        <small class="muted">{v.author === "system" ? t("version.system") : safe(v.author)}</small>
                      )}
                    </span>
                  ),
                },
                { key: "entries", title: t("col.entries"), end: true, cell: v => count(v.entries) },
                {
                  key: "delta",
                  title: t("col.delta"),
                  end: true,
                  cell: v => <Delta added={v.added} removed={v.removed} />,
                },
                {
                  key: "back",
                  title: "",
                  end: true,
                  cell: v =>
                    !v.serving &&
                    may("lists.write") && (
                      <Button
                        small
                        icon="history"
                        label={t("rollback.to", { version: v.version })}
                        onClick={() => void rollBack(s, v)}
                      >
                        {t("rollback")}
                      </Button>
                    ),
                },
              ]}
            />
          </div>
        )}
      </Async>
    </section>
  );
}
