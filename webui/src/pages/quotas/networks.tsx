// The named networks of the draft.
import { useMemo } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
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
import { quotas as t } from "./text";
import { NoneFound, Toolbar } from "./toolbar";

type Row = { id: string; items: string[]; uses: Use[] };
const SHOWN = 3;

export function Networks({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const find = query.get("q") ?? "";
  const rows = useMemo<Row[]>(() => {
    const uses = allUses(draft.document, "network");
    return Object.entries(draft.document.networks ?? {}).map(([id, items]) => ({
      id,
      items,
      uses: uses.get(id) ?? [],
    }));
  }, [draft.document]);
  if (!rows.length) {
    return (
      <Card>
        <Empty
          icon="globe"
          title={t("networks.empty")}
          actions={
            may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ network: "@new", tab: "networks" })}>
                {t("add.networks")}
              </Button>
            )
          }
        >
          {t("networks.empty_help")}
        </Empty>
      </Card>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = rows.filter(r => r.id.includes(wanted) || r.items.some(i => i.includes(wanted)));
  return (
    <>
      <Toolbar kind="networks" find={find} />
      {shown.length === 0 ? (
        <NoneFound find={find} />
      ) : (
        <Card flush>
          <Table
            label={t("tab.networks")}
            rows={shown}
            rowKey={r => r.id}
            onRow={r => setQuery({ network: r.id, tab: "networks" })}
            columns={[
              {
                key: "name",
                title: t("network.col.name"),
                main: true,
                cell: r => (
                  <span class="item-name">
                    <a href={href("/quotas", { tab: "networks", network: r.id })}>{safe(r.id)}</a>
                    <StateTag draft={draft} kind="networks" id={r.id} />
                  </span>
                ),
              },
              {
                key: "ranges",
                title: t("network.col.ranges"),
                cell: r => (
                  <span class="row">
                    {r.items.slice(0, SHOWN).map(i => (
                      <code key={i}>{safe(i)}</code>
                    ))}
                    {r.items.length > SHOWN && (
                      <span class="note">{t("network.more", { count: r.items.length - SHOWN })}</span>
                    )}
                  </span>
                ),
              },
              { key: "used", title: t("network.col.used"), cell: r => <UsedBy uses={r.uses} /> },
              { key: "menu", title: "", end: true, width: "3rem", cell: r => <RowMenu row={r} /> },
            ]}
          />
        </Card>
      )}
    </>
  );
}

function RowMenu({ row: { id, items, uses } }: { row: Row }) {
  const edit = may("policy.draft");
  const menu: MenuItem[] = [
    {
      text: t(edit ? "edit" : "look"),
      icon: edit ? "edit" : "search",
      run: () => setQuery({ network: id, tab: "networks" }),
    },
  ];
  if (edit) {
    menu.push("line", {
      text: t("remove"),
      icon: "trash",
      danger: true,
      disabled: uses.length > 0,
      note: uses.length ? policy("uses.keep", { uses: usesText(uses) }) : undefined,
      run: () => void removeItem("networks", { id, items }, id),
    });
  }
  return <Menu small kind="quiet" icon="dots" label={common("actions_of", { name: safe(id) })} items={menu} />;
}
