// Everyone there is, with what the last 30 days say of them.
import { useState } from "preact/hooks";
import { may } from "../../api/session";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput, Select } from "../../components/field";
import { Icon } from "../../components/icon";
import { Menu, type MenuItem } from "../../components/menu";
import { Async, Empty, Skeleton } from "../../components/states";
import { Table, type Column } from "../../components/table";
import { Tag } from "../../components/tag";
import { bytes, count } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { removeAccount } from "./account";
import type { Person } from "./people";
import { people as t } from "./text";
import { usePeople } from "./use-people";

const PAGE = 100;
/** The choice of those whom no group names. */
const NONE = "@none";

export function PeopleTable() {
  const got = usePeople();
  return (
    <Async got={got} skeleton={<Skeleton kind="table" rows={8} />}>
      {all => (all.length ? <Found all={all} /> : <Nobody />)}
    </Async>
  );
}

function Nobody() {
  return (
    <Card>
      <Empty
        icon="users"
        title={t("empty")}
        actions={
          may("users.write") && (
            <Button kind="primary" icon="plus" onClick={() => setQuery({ form: "add" })}>
              {t("add_user")}
            </Button>
          )
        }
      >
        {t(may("users.write") ? "empty_help" : "empty_viewer")}
      </Empty>
    </Card>
  );
}

function Found({ all }: { all: Person[] }) {
  const { query } = usePlace();
  const [most, setMost] = useState(PAGE);
  const find = query.get("q") ?? "";
  const group = query.get("in") ?? "";
  const away = query.get("state") === "away";
  const wanted = find.trim().toLowerCase();
  const groups = [...new Set(all.flatMap(p => p.groups))].sort();
  const shown = all.filter(
    p =>
      p.name.toLowerCase().includes(wanted) &&
      (!group || (group === NONE ? p.groups.length === 0 : p.groups.includes(group))) &&
      (!away || p.away),
  );
  const missing = all.filter(p => p.away).length;
  return (
    <>
      {!may("users.write") && (
        <div class="notice">
          <Icon name="info" size={18} />
          <p>{t(may("log.read") ? "auditor_note" : "viewer_note")}</p>
        </div>
      )}
      <div class="toolbar">
        <SearchInput value={find} onInput={q => setQuery({ q: q || null }, { replace: true })} label={t("find")} />
        {groups.length > 0 && (
          <span class="people-filter">
            <Select
              label={t("filter.group")}
              value={group}
              options={[
                { value: "", text: t("filter.all") },
                ...groups.map(value => ({ value, text: safe(value) })),
                { value: NONE, text: t("filter.none") },
              ]}
              onChange={value => setQuery({ in: value || null })}
            />
          </span>
        )}
        {(missing > 0 || away) && (
          <Button pressed={away} onClick={() => setQuery({ state: away ? null : "away" })}>
            {t("filter.away", { count: missing })}
          </Button>
        )}
        <span class="note end">{t("people", { count: shown.length })}</span>
      </div>
      <Card flush>
        {shown.length === 0 ? (
          <Empty
            icon="search"
            title={find ? t("none_found", { text: safe(find) }) : t("none_so")}
            actions={<Button onClick={() => setQuery({ q: null, in: null, state: null })}>{t("clear")}</Button>}
          />
        ) : (
          <Table
            label={t("tab.people")}
            rows={shown.slice(0, most)}
            rowKey={p => p.name}
            onRow={p => setQuery({ user: p.name, q: null, in: null, state: null })}
            columns={columns()}
          />
        )}
        {shown.length > most && (
          <div class="table-more">
            <Button small onClick={() => setMost(m => m + PAGE)}>
              {t("more", { count: Math.min(PAGE, shown.length - most) })}
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}

function columns(): Column<Person>[] {
  const log = may("log.read");
  return [
    { key: "name", title: t("col.name"), main: true, cell: p => <Name person={p} /> },
    { key: "groups", title: t("col.groups"), cell: p => <GroupTags groups={p.groups} /> },
    ...(log
      ? [
          {
            key: "requests",
            title: t("col.requests"),
            end: true,
            cell: (p: Person) =>
              p.seen ? (
                <a href={href("/activity", { user: p.name, range: "30d" })} title={t("open_log")}>
                  {count(p.seen.requests)}
                </a>
              ) : (
                <span class="muted">{p.away ? count(0) : "–"}</span>
              ),
          },
          {
            key: "blocked",
            title: t("col.blocked"),
            end: true,
            cell: (p: Person) => (p.seen ? count(p.seen.blocked) : <span class="muted">–</span>),
          },
          {
            key: "traffic",
            title: t("col.traffic"),
            end: true,
            wide: true,
            cell: (p: Person) => (p.seen ? bytes(p.seen.bytes) : <span class="muted">–</span>),
          },
          { key: "last", title: t("col.last"), cell: (p: Person) => <LastSeen person={p} /> },
        ]
      : []),
    { key: "menu", title: "", end: true, width: "3rem", cell: p => <RowMenu person={p} /> },
  ];
}

export function Avatar({ name, large }: { name: string; large?: boolean }) {
  const parts = name.split(/[\s._@-]+/).filter(Boolean);
  const letters = parts.length > 1 ? parts[0]!.charAt(0) + parts[1]!.charAt(0) : name.slice(0, 2);
  return (
    <span class={`avatar ${large ? "large" : ""}`} aria-hidden="true">
      {safe(letters.toUpperCase())}
    </span>
  );
}

function Name({ person: p }: { person: Person }) {
  return (
    <span class="person-name">
      <Avatar name={p.name} />
      <span class="item-name">
        <a href={href("/people", { user: p.name })}>{safe(p.name)}</a>
        {may("users.write") && !p.account && <Tag>{t("no_account")}</Tag>}
      </span>
    </span>
  );
}

const SHOWN = 3;

function GroupTags({ groups }: { groups: readonly string[] }) {
  if (!groups.length) return <span class="muted">{t("no_groups")}</span>;
  return (
    <span class="row tags">
      {groups.slice(0, SHOWN).map(g => (
        <a key={g} class="tag plain" href={href("/people", { tab: "groups", group: g })}>
          {safe(g)}
        </a>
      ))}
      {groups.length > SHOWN && <span class="note">{t("more_groups", { count: groups.length - SHOWN })}</span>}
    </span>
  );
}

/** When someone was last seen; that they were not is worth saying, and only when it is certain. */
export function LastSeen({ person: p }: { person: Person }) {
  if (p.seen?.last) return <Ago at={p.seen.last} />;
  if (p.away) return <Tag kind="warn">{t("away")}</Tag>;
  return <span class="muted">–</span>;
}

function RowMenu({ person: p }: { person: Person }) {
  const items: MenuItem[] = [
    { text: t("look"), icon: "user", run: () => setQuery({ user: p.name, q: null, in: null, state: null }) },
  ];
  if (may("log.read"))
    items.push({ text: t("open_log"), icon: "log", href: href("/activity", { user: p.name, range: "30d" }) });
  items.push({ text: t("check"), icon: "check", href: href("/check", { who: p.name }) });
  if (may("users.write") && p.account) {
    items.push(
      "line",
      { text: t("set_password"), icon: "key", run: () => setQuery({ user: p.name, form: "password" }) },
      { text: t("remove_user"), icon: "trash", danger: true, run: () => void removeAccount(p.name, p.groups) },
    );
  }
  return <Menu small kind="quiet" icon="dots" label={common("actions_of", { name: safe(p.name) })} items={items} />;
}
