// The categories of the draft: what they hold, who uses them, and how much of the last week's traffic was theirs.
import { useMemo } from "preact/hooks";
import { may } from "../../api/session";
import type { Category, Draft } from "../../api/types";
import { useGet, type Got } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { SearchInput, Select } from "../../components/field";
import { Menu } from "../../components/menu";
import { Async, Empty, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { short } from "../../lib/format";
import { href, navigate, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { StateTag } from "../../policy/item-fields";
import { removeItem } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy, usesText } from "../../policy/used-by";
import { allUses, type Use } from "../../policy/uses";
import { lists as t } from "./text";
import type { Source, Top } from "./types";

type Row = { id: string; category: Category; uses: Use[]; hits: number | null };
const OWN = ["hosts", "urls", "regex"] as const;

const SORTS = ["", "name", "hits"] as const;
type Sort = (typeof SORTS)[number];

const nameOf = (row: Row): string => row.category.title ?? row.id;

function ordered(rows: Row[], sort: Sort): Row[] {
  if (sort === "name") return [...rows].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  return sort === "hits" ? [...rows].sort((a, b) => (b.hits ?? 0) - (a.hits ?? 0)) : rows;
}

function holds(row: Row, text: string): boolean {
  const { id, category: c } = row;
  const all = [id, c.title, c.note, ...(c.lists ?? []), ...OWN.flatMap(k => c[k] ?? []), ...(c.except ?? [])];
  return all.some(v => v?.toLowerCase().includes(text));
}

export function Categories({ draft, sources }: { draft: Got<Draft>; sources: Source[] | undefined }) {
  const { query } = usePlace();
  const hits = useGet<{ items: Top[] }>("/stats/top", {
    query: { dim: "category", from: "-7d", to: "now", limit: 1000 },
    poll_ms: 60_000,
    fresh_ms: 30_000,
  });
  const find = query.get("q") ?? "";
  const sort = SORTS.find(s => s === query.get("sort")) ?? "";
  return (
    <Async got={draft} skeleton={<Skeleton kind="table" rows={9} />}>
      {d => <CategoryTable draft={d} sources={sources} hits={hits.data?.items} find={find} sort={sort} />}
    </Async>
  );
}

type TableProps = { draft: Draft; sources: Source[] | undefined; hits: Top[] | undefined; find: string; sort: Sort };

function CategoryTable({ draft, sources, hits, find, sort }: TableProps) {
  const rows = useMemo<Row[]>(() => {
    const uses = allUses(draft.document, "category");
    const seen = hits && new Map(hits.map(h => [h.name, h.requests]));
    return Object.entries(draft.document.categories ?? {}).map(([id, category]) => ({
      id,
      category,
      uses: uses.get(id) ?? [],
      hits: seen ? (seen.get(id) ?? 0) : null,
    }));
  }, [draft.document, hits]);
  const entries = useMemo(
    () => sources && new Map(sources.flatMap(s => s.parts.map(p => [p.name, p.entries] as const))),
    [sources],
  );
  if (!rows.length) {
    return (
      <Card>
        <Empty
          icon="lists"
          title={t("categories.empty")}
          actions={
            <>
              {may("policy.draft") && (
                <Button kind="primary" icon="plus" onClick={() => setQuery({ form: "category" })}>
                  {t("add_category")}
                </Button>
              )}
              {may("lists.write") && (
                <Button icon="plus" onClick={() => setQuery({ tab: "lists", form: "add" })}>
                  {t("add_list")}
                </Button>
              )}
            </>
          }
        >
          {t("categories.empty_help")}
        </Empty>
      </Card>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = ordered(wanted ? rows.filter(r => holds(r, wanted)) : rows, sort);
  const most = Math.max(1, ...rows.map(r => r.hits ?? 0));
  return (
    <>
      <div class="toolbar">
        <SearchInput
          value={find}
          onInput={q => setQuery({ q: q || null }, { replace: true })}
          label={t("find_category")}
        />
        <span class="note">
          {shown.length === rows.length
            ? t("categories.count", { count: rows.length })
            : t("categories.some", { shown: shown.length, all: t("categories.count", { count: rows.length }) })}
        </span>
        <span class="end sort">
          <Select
            label={t("sort")}
            value={sort}
            options={SORTS.map(value => ({ value, text: t(`sort.${value}`) }))}
            onChange={value => setQuery({ sort: value || null }, { replace: true })}
          />
        </span>
      </div>
      <Card flush>
        {shown.length === 0 ? (
          <Empty
            icon="search"
            title={t("categories.none_found", { text: safe(find) })}
            actions={<Button onClick={() => setQuery({ q: null })}>{t("clear_find")}</Button>}
          >
            {t("categories.none_found_help")}
          </Empty>
        ) : (
          <Table
            label={t("tab.categories")}
            rows={shown}
            rowKey={r => r.id}
            onRow={r => setQuery({ category: r.id })}
            columns={[
              { key: "category", title: t("col.category"), main: true, cell: r => <Name row={r} draft={draft} /> },
              {
                key: "contents",
                title: t("col.contents"),
                cell: r => <Contents category={r.category} entries={entries} />,
              },
              { key: "used", title: t("col.used"), cell: r => <UsedBy uses={r.uses} /> },
              {
                key: "hits",
                title: t("col.hits"),
                end: true,
                width: "8rem",
                cell: r => <Hits row={r} most={most} />,
              },
              {
                key: "menu",
                title: "",
                end: true,
                width: "3rem",
                cell: r => <RowMenu row={r} />,
              },
            ]}
          />
        )}
      </Card>
    </>
  );
}

function Name({ row: { id, category }, draft }: { row: Row; draft: Draft }) {
  return (
    <span class="item-name">
      <a href={href("/lists", { category: id })}>{safe(category.title ?? id)}</a>
      <StateTag draft={draft} kind="categories" id={id} />
      {category.title && category.title !== id && <small class="muted mono">{safe(id)}</small>}
    </span>
  );
}

function Contents({ category, entries }: { category: Category; entries: Map<string, number> | undefined }) {
  const names = category.lists ?? [];
  const missing = entries && names.find(n => !entries.has(n));
  const own = OWN.reduce((sum, k) => sum + (category[k]?.length ?? 0), 0);
  const listed = names.reduce((sum, n) => sum + (entries?.get(n) ?? 0), 0);
  const except = category.except?.length ?? 0;
  const parts = [
    names.length &&
      t("contents.lists", { count: names.length }) + (entries ? `, ${t("contents.entries", { count: listed })}` : ""),
    own && t("contents.own", { count: own }),
    except && t("contents.except", { count: except }),
  ].filter(Boolean);
  return (
    <span class="contents">
      {parts.length ? parts.join(" · ") : <span class="muted">{t("contents.none")}</span>}
      {missing && <small class="fault">{t("contents.missing", { name: safe(missing) })}</small>}
    </span>
  );
}

function Hits({ row, most }: { row: Row; most: number }) {
  if (row.hits === null) return <span class="muted">…</span>;
  const inside = (
    <>
      <span>{short(row.hits)}</span>
      <span class="hit-bar" aria-hidden="true">
        <i style={{ width: `${(row.hits / most) * 100}%` }} />
      </span>
    </>
  );
  if (!row.hits || !may("log.read")) return <span class="hits">{inside}</span>;
  return (
    <a class="hits" href={href("/activity", { category: row.id, range: "7d" })}>
      {inside}
    </a>
  );
}

function RowMenu({ row }: { row: Row }) {
  const { id, category, uses } = row;
  const name = safe(category.title ?? id);
  const edit = may("policy.draft");
  return (
    <Menu
      small
      kind="quiet"
      icon="dots"
      label={common("actions_of", { name })}
      items={[
        { text: t(edit ? "edit" : "look"), icon: edit ? "edit" : "search", run: () => setQuery({ category: id }) },
        ...(may("log.read")
          ? [
              {
                text: t("log"),
                icon: "log" as const,
                run: () => navigate(href("/activity", { category: id, range: "7d" })),
              },
            ]
          : []),
        ...(edit
          ? [
              { text: t("new_rule"), icon: "plus" as const, href: href("/rules", { new: `category:${id}` }) },
              "line" as const,
              {
                text: t("remove"),
                icon: "trash" as const,
                danger: true,
                disabled: uses.length > 0,
                note: uses.length ? policy("uses.keep", { uses: usesText(uses) }) : undefined,
                run: () => void removeItem("categories", { ...category, id }, name),
              },
            ]
          : []),
      ]}
    />
  );
}
