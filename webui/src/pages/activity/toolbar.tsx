// Text, verdicts and chips: the filter.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ACTIONS, type Action } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { TextInput } from "../../components/field";
import type { Names } from "../../lib/names";
import type { Range } from "../../lib/range";
import { common } from "../../text/common";
import { Chips } from "./chips";
import { isEmpty, type Filter } from "./filters";
import { activity as t } from "./text";

type Props = {
  filter: Filter;
  range: Range;
  names: Names;
  onChange: (filter: Filter) => void;
  children: ComponentChildren;
};

const TYPING_MS = 300;

export function Toolbar({ filter, range, names, onChange, children }: Props) {
  const [text, setText] = useState(filter.q);
  const latest = useRef(filter);
  latest.current = filter;
  useEffect(() => setText(filter.q), [filter.q]);
  useEffect(() => {
    if (text.trim() === filter.q) return;
    const timer = setTimeout(() => onChange({ ...latest.current, q: text.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const toggle = (a: Action) =>
    onChange({
      ...filter,
      actions: filter.actions.includes(a) ? filter.actions.filter(o => o !== a) : [...filter.actions, a],
    });
  return (
    <div class="toolbar">
      <form
        class="search"
        onSubmit={event => {
          event.preventDefault();
          onChange({ ...filter, q: text.trim() });
        }}
      >
        <Icon name="search" size={16} />
        <TextInput
          type="search"
          value={text}
          onInput={setText}
          placeholder={t("search")}
          aria-label={t("search")}
          data-find="log"
        />
      </form>
      <div class="legend filter" role="group" aria-label={t("verdicts")}>
        {ACTIONS.map(a => (
          <button key={a} type="button" aria-pressed={filter.actions.includes(a)} onClick={() => toggle(a)}>
            <i class={`dot v-${a}`} />
            {common(`action.${a}`)}
          </button>
        ))}
      </div>
      <Chips filter={filter} range={range} names={names} onChange={onChange} />
      {!isEmpty(filter) && (
        <Button kind="quiet" small onClick={() => onChange({ q: "", actions: [], chips: [] })}>
          {t("clear")}
        </Button>
      )}
      {children}
    </div>
  );
}
