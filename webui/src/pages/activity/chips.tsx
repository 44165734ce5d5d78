// The filter as chips: "User is p.moreau or n.osei". A press opens the editor, the cross takes it away.
import { useEffect, useRef, useState } from "preact/hooks";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { MenuList, placeBox } from "../../components/menu";
import { Segmented } from "../../components/segmented";
import { short } from "../../lib/format";
import { EXCEPTED, faultName } from "../../inspection/faults";
import type { Names } from "../../lib/names";
import { asked, type Range } from "../../lib/range";
import { safe } from "../../lib/safe";
import { FIELDS, SUGGESTED, withChip, type Chip, type Field, type Filter } from "./filters";
import { common } from "../../text/common";
import { activity as t } from "./text";

export function chipValue(field: Field, value: string, names: Names): string {
  if (field === "rule") return safe(names.rule(value));
  if (field === "category") return safe(names.category(value));
  if (value === "@none") return t(field === "user" ? "none_user" : "none");
  if (field === "tls_fault") return faultName(value);
  if (field === "inspected") return common(value === "true" ? "yes" : "no");
  return safe(value);
}

type Props = { filter: Filter; range: Range; names: Names; onChange: (filter: Filter) => void };

export function Chips({ filter, range, names, onChange }: Props) {
  const [menu, setMenu] = useState(false);
  const [editing, setEditing] = useState<{ chip: Chip; before: Chip | null } | null>(null);
  const add = useRef<HTMLSpanElement>(null);
  const at = useRef<Element | null>(null);
  return (
    <div class="filter-chips">
      {filter.chips.map(chip => {
        const what = `${t(`field.${chip.field}`)} ${chip.not ? t("is_not") : t("is")}`;
        const values = chip.values.map(v => chipValue(chip.field, v, names)).join(` ${t("or")} `);
        return (
          <span class={`chip filter-chip ${chip.not ? "not" : ""}`} key={`${chip.field}${chip.not}`}>
            <button
              type="button"
              class="chip-text"
              aria-label={t("chip_edit", { text: `${what} ${values}` })}
              onClick={event => {
                at.current = event.currentTarget;
                setEditing({ chip, before: chip });
              }}
            >
              <span>{what}</span> <b>{values}</b>
            </button>
            <button
              type="button"
              aria-label={t("chip_remove", { text: `${what} ${values}` })}
              onClick={() => onChange(withChip(filter, chip, null))}
            >
              <Icon name="close" size={12} />
            </button>
          </span>
        );
      })}
      <span ref={add}>
        <Button small icon="plus" aria-haspopup="menu" onClick={() => setMenu(true)}>
          {t("add_filter")}
        </Button>
      </span>
      {menu && (
        <MenuList
          label={t("add_filter")}
          align="start"
          anchor={() => add.current!.getBoundingClientRect()}
          onClose={() => setMenu(false)}
          items={FIELDS.map(field => ({
            text: t(`field.${field}`),
            run: () => {
              at.current = add.current;
              setEditing({ chip: { field, not: false, values: [] }, before: null });
            },
          }))}
        />
      )}
      {editing && (
        <Editor
          key={editing.chip.field}
          chip={editing.chip}
          range={range}
          names={names}
          anchor={() => (at.current ?? add.current!).getBoundingClientRect()}
          onClose={() => setEditing(null)}
          onApply={chip => {
            setEditing(null);
            onChange(withChip(filter, editing.before, chip));
          }}
        />
      )}
    </div>
  );
}

type EditorProps = {
  chip: Chip;
  range: Range;
  names: Names;
  anchor: () => DOMRect;
  onApply: (chip: Chip) => void;
  onClose: () => void;
};

function Editor({ chip, range, names, anchor, onApply, onClose }: EditorProps) {
  const { field } = chip;
  const box = useRef<HTMLFormElement>(null);
  const [not, setNot] = useState(chip.not);
  const [values, setValues] = useState(chip.values);
  const [text, setText] = useState("");
  const suggested = useSuggestions(field, text, range, names);

  useEffect(() => {
    const it = box.current!;
    const before = document.activeElement as HTMLElement | null;
    const toggle = (event: Event) => (event as ToggleEvent).newState === "closed" && onClose();
    it.addEventListener("toggle", toggle);
    it.showPopover();
    placeBox(it, anchor(), "start");
    it.querySelector<HTMLInputElement>("input:not([type=radio])")?.focus();
    return () => {
      it.removeEventListener("toggle", toggle);
      if (it.contains(document.activeElement)) before?.focus();
    };
  }, []);

  const word = text.trim();
  const shown = [...new Set([...values, ...suggested.map(s => s.value)])];
  const free = word && !shown.includes(word) && !NAMED.includes(field);
  const apply = () => onApply({ field, not, values: free ? [...values, word] : values });
  return (
    <form
      ref={box}
      popover="auto"
      class="menu filter-editor"
      aria-label={t("editor", { field: t(`field.${field}`) })}
      onSubmit={event => {
        event.preventDefault();
        apply();
      }}
    >
      <div class="row">
        <b>{t(`field.${field}`)}</b>
        <Segmented
          label={t(`field.${field}`)}
          value={not ? "not" : "is"}
          options={[
            { value: "is", text: t("is") },
            { value: "not", text: t("is_not") },
          ]}
          onChange={v => setNot(v === "not")}
        />
      </div>
      <input
        class="input"
        aria-label={t(`hint.${field}`)}
        placeholder={t(`hint.${field}`)}
        value={text}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={event => setText(event.currentTarget.value)}
      />
      <div class="filter-values">
        {shown.map(value => {
          const known = suggested.find(s => s.value === value);
          return (
            <label key={value}>
              <input
                type="checkbox"
                checked={values.includes(value)}
                onChange={event =>
                  setValues(event.currentTarget.checked ? [...values, value] : values.filter(v => v !== value))
                }
              />
              <span class="cut">{chipValue(field, value, names)}</span>
              {known?.requests !== undefined && <small>{short(known.requests)}</small>}
            </label>
          );
        })}
        {free && <p class="note">{t("editor_use", { text: safe(word) })}</p>}
        {!shown.length && !free && SUGGESTED.includes(field) && <p class="note">{t("editor_none")}</p>}
      </div>
      <Button type="submit" kind="primary" small>
        {t("editor_apply")}
      </Button>
    </form>
  );
}

/** Fields whose values are all known by name. */
const NAMED: readonly Field[] = ["rule", "category", "inspected"];

type Suggestion = { value: string; requests?: number };

function useSuggestions(field: Field, text: string, range: Range, names: Names): Suggestion[] {
  const [asking, setAsking] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsking(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  // Rules and categories are looked for by their titles, which only this side knows.
  const titled = field === "rule" || field === "category";
  const got = useGet<{ items: Suggestion[] }>(SUGGESTED.includes(field) ? "/requests/suggest" : null, {
    query: { field, q: titled ? null : asking, limit: 20, ...asked(range) },
    fresh_ms: 15_000,
  });
  const items = got.data?.items ?? [];
  if (field === "group")
    return pick(
      names.groups.map(value => ({ value })),
      text,
    );
  if (field === "method")
    return pick(
      ["GET", "POST", "PUT", "DELETE", "HEAD", "CONNECT", "OPTIONS"].map(value => ({ value })),
      text,
    );
  if (field === "status")
    return pick(
      ["2xx", "3xx", "4xx", "5xx", "403", "404", "407", "502"].map(value => ({ value })),
      text,
    );
  if (field === "inspected") return [{ value: "true" }, { value: "false" }];
  if (field === "tls_fault") {
    const seen = items.map(i => i.value);
    const others = ["@none", ...EXCEPTED].filter(value => !seen.includes(value)).map(value => ({ value }));
    return [...items, ...others].filter(i => faultName(i.value).toLowerCase().includes(text.trim().toLowerCase()));
  }
  if (!titled) return items;
  const all = field === "rule" ? names.rules : names.categories;
  const lower = text.trim().toLowerCase();
  return all
    .filter(a => a.text.toLowerCase().includes(lower) || a.value.includes(lower))
    .map(a => ({ value: a.value, requests: items.find(i => i.value === a.value)?.requests }))
    .sort((a, b) => (b.requests ?? 0) - (a.requests ?? 0));
}

const pick = (all: Suggestion[], text: string): Suggestion[] =>
  all.filter(a => a.value.toLowerCase().includes(text.trim().toLowerCase()));
