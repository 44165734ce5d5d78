// A list of inspection that is judged from the top: rules, or exceptions. Its order is changed by dragging, by keys and
// by the menu; what the draft does to each item stands at its row.
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Menu, type MenuItem } from "../../components/menu";
import { Tag } from "../../components/tag";
import { safe } from "../../lib/safe";
import { marks, rows, type Mark } from "../../policy/marks";
import { moved, places, step } from "../../policy/places";
import { useReorder, type Hands, type Order } from "../../policy/reorder";
import { policy } from "../../policy/text";
import { Words } from "../../policy/words";
import { common } from "../../text/common";
import { deleteItem, listOf, moveItem, pathOf, restoreItem, titleOf, type Item, type Kind } from "./edits";
import { tls as t } from "./text";

const orderOf = (kind: Kind): Order<Item> => ({
  all: draft => listOf(draft.document, kind),
  move: (_, shown, item, to) => moveItem(kind, shown, item, to),
});
const ORDERS: Record<Kind, Order<Item>> = {
  "inspection-rules": orderOf("inspection-rules"),
  exceptions: orderOf("exceptions"),
};

type Props = {
  kind: Kind;
  draft: Draft;
  label: string;
  href: (id: string) => string;
  onOpen: (id: string) => void;
  /** What it does, as a tag. */
  action: (item: Item) => ComponentChildren;
  /** When it ends, and the like. */
  aside: (item: Item) => ComponentChildren;
  /** What is said below its name, before its conditions. */
  lead?: (item: Item) => ComponentChildren;
  /** More for its menu. */
  more?: (item: Item) => MenuItem[];
  last?: ComponentChildren;
};

export function Ordered(props: Props) {
  const { kind, draft, label, last } = props;
  const box = useRef<HTMLDivElement>(null);
  const order = useReorder(draft, box, ORDERS[kind]);
  const told = useMemo(() => marks<Item>(draft.changes, pathOf(kind)), [draft.changes]);
  const shown = order.preview ? moved(order.rules, order.preview.id, order.preview.to) : order.rules;
  const listed = rows(shown, order.preview ? [] : told.removed);
  return (
    <div class="card flush rules ordered" ref={box}>
      <section aria-label={label}>
        <ol>
          {listed.map(({ rule: item, number }, at) =>
            number === null ? (
              <Gone
                key={`gone ${item.id}`}
                {...props}
                item={item}
                next={listed.slice(at + 1).find(r => r.number !== null)?.rule.id ?? null}
              />
            ) : (
              <Row
                key={item.id}
                {...props}
                item={item}
                number={number}
                all={order.rules}
                marks={told.of.get(item.id) ?? []}
                held={order.held === item.id}
                shift={order.held === item.id ? order.shift : 0}
                hands={order.hands}
              />
            ),
          )}
          {last}
        </ol>
      </section>
      {order.line !== null && <div class="drop-line" style={{ top: `${order.line}px` }} />}
      <p id="reorder-how" class="sr-only">
        {policy("reorder.how")}
      </p>
    </div>
  );
}

type RowProps = Props & {
  item: Item;
  number: number;
  all: readonly Item[];
  marks: readonly Mark[];
  held: boolean;
  shift: number;
  hands: Hands<Item>;
};

function Row(props: RowProps) {
  const { kind, draft, item, number, all, marks: own, held, shift, hands, href, onOpen, action, aside, lead } = props;
  const edits = may("policy.draft");
  const title = titleOf(item);
  const root = `${pathOf(kind)}/${number - 1}/`;
  const faults = draft.faults.filter(f => f.pointer.startsWith(root));
  const go = (to: ReturnType<typeof step>) => to && void moveItem(kind, all, item, to);
  const menu = (): MenuItem[] => [
    {
      text: t(edits ? "edit" : "look"),
      icon: edits ? "edit" : "info",
      run: () => onOpen(item.id),
    },
    ...(props.more?.(item) ?? []),
    ...(edits
      ? ([
          "line",
          { text: t("move.up"), icon: "up", disabled: number === 1, run: () => go(step(all, item.id, -1)) },
          { text: t("move.down"), icon: "down", disabled: number === all.length, run: () => go(step(all, item.id, 1)) },
          { text: t("move.top"), icon: "top", disabled: number === 1, run: () => go(places(all, item.id)[0]!) },
          {
            text: t("move.end"),
            icon: "bottom",
            disabled: number === all.length,
            run: () => go(places(all, item.id).at(-1)!),
          },
          "line",
          { text: t("delete"), icon: "trash", danger: true, run: () => void deleteItem(kind, all, item) },
        ] satisfies MenuItem[])
      : []),
  ];
  return (
    <li
      class={`rule ${own.length ? "marked" : ""} ${held ? "lifted" : ""}`}
      data-rule={item.id}
      style={shift ? { transform: `translateY(${shift}px)` } : undefined}
      onClick={event => {
        if (!(event.target as Element).closest("a, button, [popover]") && !getSelection()?.toString()) onOpen(item.id);
      }}
    >
      <span class="rule-grip">
        {edits && (
          <button
            type="button"
            class="grip"
            data-grip={item.id}
            title={policy("reorder", { name: title })}
            aria-label={policy("reorder", { name: title })}
            aria-describedby="reorder-how"
            aria-pressed={held}
            onKeyDown={event => hands.key(item, event)}
            onPointerDown={event => hands.pointer(item, event)}
          >
            <Icon name="grip" size={16} />
          </button>
        )}
      </span>
      <span class="rule-number end">{number}</span>
      <span class="rule-main">
        <span class="rule-title">
          <a href={href(item.id)} class="rule-name">
            {title}
          </a>
          {own.map(m => (
            <Tag kind="accent" key={m.kind}>
              {m.kind === "moved" && m.from !== m.to
                ? t("mark.from_to", { from: m.from, to: m.to })
                : t(`mark.${m.kind}`)}
            </Tag>
          ))}
          {faults.length > 0 && (
            <span title={faults.map(f => safe(f.message)).join("\n")}>
              <Tag kind="bad">
                <Icon name="warn" size={13} /> {policy("faults", { count: faults.length })}
              </Tag>
            </span>
          )}
        </span>
        <span class="rule-words">
          {lead?.(item)}
          <ItemWords kind={kind} draft={draft} item={item} />
        </span>
      </span>
      <span class="rule-action">{action(item)}</span>
      <span class="rule-aside">{aside(item)}</span>
      <span class="rule-menu">
        <Menu icon="dots" kind="quiet" small label={common("actions_of", { name: title })} items={menu} />
      </span>
    </li>
  );
}

/** Its conditions in words. */
function ItemWords({ kind, draft, item }: { kind: Kind; draft: Draft; item: Item }) {
  const rule = { if: item.if ?? {}, unless: item.unless };
  return <Words document={draft.document} rule={rule} any={t(kind === "exceptions" ? "any_site" : "any")} />;
}

/** What the draft removes: still seen, with a way back. */
function Gone({ kind, draft, item, next, action, lead }: Props & { item: Item; next: string | null }) {
  return (
    <li class="rule gone marked">
      <span class="rule-grip" />
      <span class="rule-number" />
      <span class="rule-main">
        <span class="rule-title">
          <s class="rule-name">{titleOf(item)}</s> <Tag kind="bad">{t("mark.removed")}</Tag>
        </span>
        <span class="rule-words">
          {lead?.(item)}
          <ItemWords kind={kind} draft={draft} item={item} />
        </span>
      </span>
      <span class="rule-action">{action(item)}</span>
      <span class="rule-back">
        {may("policy.draft") && (
          <Button
            small
            onClick={() => void restoreItem(kind, item, next)}
            label={t("restore_one", { name: titleOf(item) })}
          >
            {t("restore")}
          </Button>
        )}
      </span>
    </li>
  );
}
