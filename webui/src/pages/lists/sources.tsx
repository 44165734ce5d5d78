// The lists: where each comes from, how old it is, whether its last update went well, and what is loading now.
import { send, type Got as Answer } from "../../api/client";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import type { Got } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput } from "../../components/field";
import { Icon, type IconName } from "../../components/icon";
import { Menu, type MenuItem } from "../../components/menu";
import { Async, Empty, errorText, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, count, duration, full, list } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { policy } from "../../policy/text";
import { UsedBy, usesText } from "../../policy/used-by";
import type { Use } from "../../policy/uses";
import { resumeList } from "./copies";
import { started } from "./jobs";
import { JobBar, Jobs } from "./job-bar";
import { askPutInto, removeList } from "./source-actions";
import { lists as t } from "./text";
import type { Job, Source } from "./types";

type Props = { got: Got<Answer<"/lists">>; jobs: Job[]; draft: Draft | undefined };

export async function updateList(name: string): Promise<void> {
  try {
    const { data } = await send<{ job: string }>("POST", "/lists/{name}/update", { params: { name } });
    started(data.job, null);
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
}

export function Sources({ got, jobs, draft }: Props) {
  const { query } = usePlace();
  const find = query.get("q") ?? "";
  return (
    <>
      <Jobs jobs={jobs} sources={got.data?.items} />
      <Async got={got} skeleton={<Skeleton kind="table" rows={6} />}>
        {data => <SourceTable items={data.items} jobs={jobs} find={find} draft={draft} />}
      </Async>
    </>
  );
}

/** What waits for somebody, what went wrong and why, and how old the copy is that goes on serving. */
function Trouble({ items }: { items: Source[] }) {
  const failed = items.filter(s => s.state === "failed");
  const stale = items.filter(s => s.state === "stale");
  const held = items.filter(s => s.held);
  const pinned = items.filter(s => s.pinned);
  const first = failed.length === 1 ? failed[0] : undefined;
  return (
    <>
      {held.map(s => (
        <div class="notice warn" key={s.name}>
          <Icon name="warn" size={18} />
          <p>{t("held_one", { name: safe(s.name), reason: safe(s.held!.reason) })}</p>
          <Button small icon="search" onClick={() => setQuery({ list: s.name })}>
            {t(may("lists.write") ? "held.decide" : "held.look")}
          </Button>
        </div>
      ))}
      {failed.length > 0 && (
        <div class="notice bad">
          <Icon name="warn" size={18} />
          <p>
            {first
              ? t("failing_one", { name: safe(first.name), error: safe(first.last_error), age: copyAge(first) })
              : t("failing", { count: failed.length, names: list(failed.map(s => `${safe(s.name)} (${copyAge(s)})`)) })}
          </p>
          {first && may("lists.update") && (
            <Button small icon="refresh" onClick={() => void updateList(first.name)}>
              {t("update")}
            </Button>
          )}
        </div>
      )}
      {pinned.length > 0 && (
        <div class="notice info">
          <Icon name="info" size={18} />
          <p>{t("pinned", { count: pinned.length, names: list(pinned.map(s => safe(s.name))) })}</p>
        </div>
      )}
      {stale.length > 0 && (
        <div class="notice warn">
          <Icon name="warn" size={18} />
          <p>{t("stale", { count: stale.length, names: list(stale.map(s => safe(s.name))) })}</p>
        </div>
      )}
    </>
  );
}

type TableProps = { items: Source[]; jobs: Job[]; find: string; draft: Draft | undefined };

function SourceTable({ items, jobs, find, draft }: TableProps) {
  if (!items.length) {
    return (
      <Card>
        <Empty
          icon="lists"
          title={t("lists.empty")}
          actions={
            may("lists.write") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ form: "add" })}>
                {t("add_list")}
              </Button>
            )
          }
        >
          {t("lists.empty_help")}
        </Empty>
      </Card>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = items.filter(
    s =>
      s.name.toLowerCase().includes(wanted) ||
      s.location.toLowerCase().includes(wanted) ||
      s.parts.some(p => p.name.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <Trouble items={items} />
      <div class="toolbar">
        <SearchInput value={find} onInput={q => setQuery({ q: q || null }, { replace: true })} label={t("find_list")} />
        <span class="note">
          {t("contents.lists", { count: items.length })},{" "}
          {t("contents.entries", { count: items.reduce((sum, s) => sum + s.entries, 0) })}
        </span>
        {may("lists.update") && (
          <Button class="end" icon="refresh" onClick={() => void updateList("*")}>
            {t("update_all")}
          </Button>
        )}
      </div>
      <Card flush>
        {shown.length === 0 ? (
          <Empty
            icon="search"
            title={t("lists.none_found", { text: safe(find) })}
            actions={<Button onClick={() => setQuery({ q: null })}>{t("clear_find")}</Button>}
          />
        ) : (
          <Table
            label={t("tab.lists")}
            rows={shown}
            rowKey={s => s.name}
            onRow={s => setQuery({ list: s.name })}
            columns={[
              { key: "list", title: t("col.list"), main: true, cell: s => <Name source={s} /> },
              { key: "entries", title: t("col.entries"), end: true, cell: s => <Entries source={s} /> },
              { key: "updated", title: t("col.updated"), cell: s => <Updated source={s} /> },
              {
                key: "state",
                title: t("col.state"),
                cell: s => <State source={s} job={jobs.find(j => j.id === s.job)} />,
              },
              { key: "used", title: t("col.used"), cell: s => <UsedBy uses={usersOf(s, draft)} /> },
              { key: "menu", title: "", end: true, width: "3rem", cell: s => <RowMenu source={s} draft={draft} /> },
            ]}
          />
        )}
      </Card>
    </>
  );
}

const KIND_ICON: Record<Source["kind"], IconName> = { url: "globe", upload: "upload", file: "system" };

function Name({ source: s }: { source: Source }) {
  return (
    <span class="source-name">
      <span class="source-kind" title={t(`kind.${s.kind}`)}>
        <Icon name={KIND_ICON[s.kind]} size={16} />
        <span class="sr-only">{t(`kind.${s.kind}`)}</span>
      </span>
      <span class="source-words">
        <a href={href("/lists", { tab: "lists", list: s.name })}>{safe(s.name)}</a>
        <small class="muted cut" title={safe(s.location)}>
          {safe(s.location)}
        </small>
      </span>
    </span>
  );
}

function Entries({ source: s }: { source: Source }) {
  return (
    <span class="two-lines">
      {count(s.entries)}
      <small class="muted">{s.parts.length > 1 ? t("parts", { count: s.parts.length }) : formatName(s.format)}</small>
    </span>
  );
}

/** What people call a format. */
export function formatName(format: string): string {
  const key = `format.${format}`;
  return t.has(key) ? t(key) : safe(format);
}

/** How often it is fetched, in words. */
export function everyName(every: string | null): string {
  const key = `every.${every ?? ""}`;
  return t.has(key) ? t(key) : t("every", { time: safe(every) });
}

function Updated({ source: s }: { source: Source }) {
  return (
    <span class="two-lines">
      <span title={s.updated ? full(s.updated) : undefined}>{s.updated ? ago(s.updated) : "–"}</span>
      <small class="muted">{everyName(s.every)}</small>
    </span>
  );
}

export function State({ source: s, job }: { source: Source; job?: Job }) {
  if (job?.state === "running") return <JobBar job={job} />;
  const kind = { ok: "good", stale: "warn", failed: "bad", held: "warn", pinned: "warn", updating: "accent" } as const;
  return (
    <span class="two-lines source-state">
      <Tag kind={kind[s.state]}>
        <Icon name={s.state === "ok" ? "tick" : s.state === "updating" ? "refresh" : "warn"} size={14} />
        {t(`state.${s.state}`)}
      </Tag>
      {s.last_error && (
        <small class="fault cut" title={safe(s.last_error)}>
          {safe(s.last_error)}
        </small>
      )}
      {s.held && (
        <small class="muted cut" title={safe(s.held.reason)}>
          {safe(s.held.reason)}
        </small>
      )}
      {!s.held && !s.last_error && s.errors > 0 && <small class="muted">{t("bad_lines", { count: s.errors })}</small>}
    </span>
  );
}

/** Categories of the policy in force and of the draft: either keeps a list from being removed. */
function usersOf(s: Source, draft: Draft | undefined): Use[] {
  const categories = draft?.document.categories ?? {};
  const held = Object.keys(categories).filter(id => categories[id]!.lists?.some(n => s.parts.some(p => p.name === n)));
  const ids = [...new Set([...s.used_by, ...held])];
  return ids.map(id => ({ kind: "category", id, title: categories[id]?.title ?? id }));
}

/** What can be done with a list, for its row and its sheet. */
export function sourceMenu(s: Source, draft: Draft | undefined): MenuItem[] {
  const items: MenuItem[] = [];
  const uses = usersOf(s, draft);
  if (may("lists.update")) {
    items.push({
      text: t("update"),
      icon: "refresh",
      disabled: s.state === "updating" || !!s.pinned,
      note: s.pinned ? t("pinned.no_update") : undefined,
      run: () => void updateList(s.name),
    });
  }
  if (may("policy.draft") && draft)
    items.push({ text: t("put_into"), icon: "plus", run: () => void askPutInto(s, draft) });
  if (may("lists.write")) {
    if (s.pinned) items.push({ text: t("resume"), icon: "refresh", run: () => void resumeList(s.name) });
    items.push(
      { text: t("checks"), icon: "check", run: () => setQuery({ list: s.name, form: "checks" }) },
      { text: t("change"), icon: "edit", run: () => setQuery({ list: s.name, form: "change" }) },
      { text: t("upload_new"), icon: "upload", run: () => setQuery({ list: s.name, form: "upload" }) },
      "line",
      {
        text: t("remove_list"),
        icon: "trash",
        danger: true,
        disabled: uses.length > 0,
        note: uses.length ? policy("uses.keep", { uses: usesText(uses) }) : undefined,
        run: () => void removeList(s.name),
      },
    );
  }
  return items;
}

function RowMenu({ source: s, draft }: { source: Source; draft: Draft | undefined }) {
  const items = sourceMenu(s, draft);
  if (!items.length) return null;
  return <Menu small kind="quiet" icon="dots" label={common("actions_of", { name: safe(s.name) })} items={items} />;
}

/** "26 h" of the copy in use. */
export const copyAge = (s: Source): string => duration(s.age_s);
