// The groups of the draft: names for people that rules and quotas can say.
import { useMemo } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput } from "../../components/field";
import { Menu, type MenuItem } from "../../components/menu";
import { Empty } from "../../components/states";
import { Table } from "../../components/table";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { StateTag } from "../../policy/item-fields";
import { removeItem } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy, usesText } from "../../policy/used-by";
import { allUses, type Use } from "../../policy/uses";
import { common } from "../../text/common";
import { people as t } from "./text";

type Row = { id: string; items: string[]; uses: Use[] };
const SHOWN = 5;

export function Groups({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const find = query.get("q") ?? "";
  const rows = useMemo<Row[]>(() => {
    const uses = allUses(draft.document, "group");
    return Object.entries(draft.document.groups ?? {}).map(([id, items]) => ({ id, items, uses: uses.get(id) ?? [] }));
  }, [draft.document]);
  if (!rows.length) {
    return (
      <Card>
        <Empty
          icon="users"
          title={t("groups.empty")}
          actions={
            may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ group: "@new" })}>
                {t("add_group")}
              </Button>
            )
          }
        >
          {t("groups.empty_help")}
        </Empty>
      </Card>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = rows.filter(
    r => r.id.toLowerCase().includes(wanted) || r.items.some(i => i.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <div class="toolbar">
        <SearchInput
          value={find}
          onInput={q => setQuery({ q: q || null }, { replace: true })}
          label={t("groups.find")}
        />
        <span class="note end">{t("groups", { count: shown.length })}</span>
      </div>
      <Card flush>
        {shown.length === 0 ? (
          <Empty
            icon="search"
            title={t("none_found", { text: safe(find) })}
            actions={<Button onClick={() => setQuery({ q: null })}>{t("clear")}</Button>}
          />
        ) : (
          <Table
            label={t("tab.groups")}
            rows={shown}
            rowKey={r => r.id}
            onRow={r => setQuery({ group: r.id })}
            columns={[
              {
                key: "name",
                title: t("groups.col.name"),
                main: true,
                cell: r => (
                  <span class="item-name">
                    <a href={href("/people", { tab: "groups", group: r.id })}>{safe(r.id)}</a>
                    <StateTag draft={draft} kind="groups" id={r.id} />
                  </span>
                ),
              },
              { key: "members", title: t("groups.col.members"), cell: r => <Members items={r.items} /> },
              { key: "used", title: t("groups.col.used"), cell: r => <UsedBy uses={r.uses} /> },
              { key: "menu", title: "", end: true, width: "3rem", cell: r => <RowMenu row={r} /> },
            ]}
          />
        )}
      </Card>
    </>
  );
}

function Members({ items }: { items: readonly string[] }) {
  if (!items.length) return <span class="muted">{t("group.nobody")}</span>;
  return (
    <span class="row tags">
      {items.slice(0, SHOWN).map(name => (
        <a key={name} class="tag plain" href={href("/people", { user: name })}>
          {safe(name)}
        </a>
      ))}
      {items.length > SHOWN && <span class="note">{t("more_people", { count: items.length - SHOWN })}</span>}
    </span>
  );
}

function RowMenu({ row: { id, items, uses } }: { row: Row }) {
  const edit = may("policy.draft");
  const menu: MenuItem[] = [
    { text: t(edit ? "edit" : "look"), icon: edit ? "edit" : "search", run: () => setQuery({ group: id }) },
    { text: t("group.people"), icon: "users", href: href("/people", { in: id }) },
  ];
  if (may("log.read")) menu.push({ text: t("open_log"), icon: "log", href: href("/activity", { group: id }) });
  menu.push({ text: t("check"), icon: "check", href: href("/check", { who: id }) });
  if (edit) {
    menu.push("line", {
      text: t("group.remove"),
      icon: "trash",
      danger: true,
      disabled: uses.length > 0,
      note: uses.length ? policy("uses.keep", { uses: usesText(uses) }) : undefined,
      run: () => void removeItem("groups", { id, items }, id),
    });
  }
  return <Menu small kind="quiet" icon="dots" label={common("actions_of", { name: safe(id) })} items={menu} />;
}
