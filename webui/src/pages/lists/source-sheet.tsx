// One list: where it comes from, how it stands, its parts, and the lines that could not be read.
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { CopyButton } from "../../components/copy-button";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { Sheet } from "../../components/sheet";
import { Empty } from "../../components/states";
import { Table } from "../../components/table";
import { ago, bytes, count, percent } from "../../lib/format";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { allUses } from "../../policy/uses";
import { HeldCopy, History, Pin } from "./copies";
import { JobBar } from "./job-bar";
import { copyAge, everyName, formatName, sourceMenu, State, updateList } from "./sources";
import { lists as t } from "./text";
import type { Job, Source } from "./types";

type Props = { name: string; sources: Source[]; jobs: Job[]; draft: Draft | undefined; onClose: () => void };

export function SourceSheet({ name, sources, jobs, draft, onClose }: Props) {
  const s = sources.find(x => x.name === name);
  if (!s) {
    return (
      <Sheet title={safe(name)} onClose={onClose}>
        <Empty icon="lists" title={t("source.gone", { name: safe(name) })} />
      </Sheet>
    );
  }
  const job = jobs.find(j => j.id === s.job && j.state === "running");
  const menu = sourceMenu(s, draft);
  return (
    <Sheet
      kind="wide"
      title={<span class="mono">{safe(s.name)}</span>}
      note={`${t(`kind.${s.kind}`)} · ${t("contents.entries", { count: s.entries })}`}
      onClose={onClose}
      actions={
        <>
          {menu.length > 0 && (
            <Menu
              items={menu}
              after="down"
              label={`${common("more")}: ${common("actions_of", { name: safe(s.name) })}`}
            >
              {common("more")}
            </Menu>
          )}
          {may("lists.update") && (
            <Button
              kind={s.held ? undefined : "primary"}
              icon="refresh"
              busy={!!job}
              disabled={!!s.pinned}
              onClick={() => void updateList(s.name)}
            >
              {t("update")}
            </Button>
          )}
        </>
      }
    >
      {job && <JobBar job={job} />}
      <HeldCopy source={s} />
      <Pin source={s} />
      {s.last_error && (
        <div class={`notice ${s.state === "failed" ? "bad" : "warn"}`}>
          <Icon name="warn" size={18} />
          <p>
            <b>{s.error_time ? t("source.failed", { time: ago(s.error_time) }) : t("state.failed")}:</b>{" "}
            {safe(s.last_error)}. {t("source.copy_age", { age: copyAge(s) })}.
          </p>
        </div>
      )}
      <Facts source={s} draft={draft} />
      <History source={s} />
      <Parts source={s} draft={draft} />
      {s.faults.length > 0 && (
        <section class="stack-2">
          <h3>
            {t("source.faults")} <span class="note">{count(s.errors)}</span>
          </h3>
          <p class="note">{t("source.faults_note")}</p>
          <ul class="fault-lines">
            {s.faults.map((f, i) => (
              <li key={i}>
                {s.parts.length > 1 && <small class="muted mono">{safe(f.list)}</small>} <code>{safe(f.text)}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Sheet>
  );
}

function Facts({ source: s, draft }: { source: Source; draft: Draft | undefined }) {
  const moment = (at: string | null) => (at ? <Ago at={at} /> : "–");
  const title = (id: string) => safe(draft?.document.categories?.[id]?.title ?? id);
  return (
    <dl class="facts">
      <dt>{t("col.state")}</dt>
      <dd>
        <State source={{ ...s, last_error: null, held: null }} />
      </dd>
      <dt>{t("source.location")}</dt>
      <dd class="wrap">{safe(s.location)}</dd>
      <dt>{t("source.format")}</dt>
      <dd>{formatName(s.format)}</dd>
      <dt>{t("source.schedule")}</dt>
      <dd>{everyName(s.every)}</dd>
      <dt>{t("source.updated")}</dt>
      <dd>{moment(s.updated)}</dd>
      {s.checked !== s.updated && (
        <>
          <dt>{t("source.checked")}</dt>
          <dd>{moment(s.checked)}</dd>
        </>
      )}
      {s.next && (
        <>
          <dt>{t("source.next")}</dt>
          <dd>{moment(s.next)}</dd>
        </>
      )}
      {s.bytes !== null && (
        <>
          <dt>{t("source.size")}</dt>
          <dd>{bytes(s.bytes)}</dd>
        </>
      )}
      {s.sha256 && (
        <>
          <dt>{t("source.hash")}</dt>
          <dd class="row">
            <code class="hash">{safe(s.sha256)}</code>
            <CopyButton small kind="quiet" text={s.sha256} />
          </dd>
        </>
      )}
      <dt>{t("source.checks")}</dt>
      <dd>
        {t("source.checks_text", {
          shrink: s.checks.shrink ? percent(s.checks.shrink / 100, 0) : t("source.never"),
          grow: s.checks.grow ? percent(s.checks.grow / 100, 0) : t("source.never"),
        })}
      </dd>
      <dt>{t("source.used")}</dt>
      <dd class="row">
        {s.used_by.length === 0 && <span class="muted">{t("source.unused")}</span>}
        {s.used_by.map(id => (
          <a key={id} class="tag plain accent" href={href("/lists", { category: id })}>
            {title(id)}
          </a>
        ))}
      </dd>
    </dl>
  );
}

const AMOUNTS = ["hosts", "urls", "expressions", "addresses", "exceptions", "warnings", "skipped", "errors"] as const;

function Parts({ source: s, draft }: { source: Source; draft: Draft | undefined }) {
  const uses = draft && allUses(draft.document, "list");
  const number = (n: number | undefined) => (n ? count(n) : <span class="muted">–</span>);
  const amounts = AMOUNTS.filter(key => key === "hosts" || s.parts.some(p => p[key])).map(key => ({
    key,
    title: t(`part.${key}`),
    end: true,
    cell: (p: Source["parts"][number]) => number(p[key]),
  }));
  return (
    <section class="stack-2">
      <h3>{t("source.parts")}</h3>
      <div class="framed">
        <Table
          label={t("source.parts")}
          rows={s.parts}
          rowKey={p => p.name}
          columns={[
            { key: "name", title: t("col.list"), main: true, cell: p => <span class="mono wrap">{safe(p.name)}</span> },
            ...amounts,
            {
              key: "in",
              title: t("part.in"),
              cell: p => (
                <span class="row">
                  {(uses?.get(p.name) ?? []).map(u => (
                    <a key={u.id} href={href("/lists", { category: u.id })}>
                      {safe(u.title)}
                    </a>
                  ))}
                </span>
              ),
            },
          ]}
        />
      </div>
    </section>
  );
}
