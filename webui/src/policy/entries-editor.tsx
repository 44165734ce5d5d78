// Entries of one's own by the hundred: a field that takes whatever is pasted and says what it will make of it, above a
// list that can be searched. Only the rows in sight are drawn.
import { useMemo, useState } from "preact/hooks";
import { Button } from "../components/button";
import { CopyButton } from "../components/copy-button";
import { Field, SearchInput, TextArea } from "../components/field";
import { Icon } from "../components/icon";
import { announce } from "../components/live-region";
import { safe } from "../lib/safe";
import { common } from "../text/common";
import { readEntries, type EntryKind, type Pasted } from "./entries";
import { RegexCheck } from "./regex-check";
import { policy as t } from "./text";

type Props = {
  kind: EntryKind;
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** Index -> what the gateway said about it. */
  faults?: ReadonlyMap<number, string>;
  disabled?: boolean;
  /** Hears what is typed and not added yet: nobody may lose it unasked. */
  onText?: (text: string) => void;
};

const ROW = 30;
const SHOWN = 9;
const FAULTS_SHOWN = 3;

export function EntriesEditor({ kind, values, onChange, faults, disabled, onText }: Props) {
  const [text, change] = useState("");
  const setText = (next: string) => {
    change(next);
    onText?.(next);
  };
  const pasted = useMemo(() => readEntries(text, kind, values), [text, kind, values]);
  const add = () => {
    if (!pasted.values.length) return;
    onChange([...values, ...pasted.values]);
    announce(t("entries.new", { count: pasted.values.length }));
    // What can't be used stays, to be mended.
    setText(pasted.faults.map(f => f.text).join("\n"));
  };
  const lines = text.split("\n").length;
  return (
    <div class="entries">
      {!disabled && (
        <div
          class="entries-add"
          onFocusOut={event => {
            // Who goes on to another field, or to Save, means what was typed.
            if (!pasted.faults.length && !event.currentTarget.contains(event.relatedTarget as Node | null)) add();
          }}
        >
          <Field label={t(`kind.${kind}.add`)}>
            {id => (
              <TextArea
                id={id}
                mono
                rows={Math.min(8, Math.max(2, lines))}
                value={text}
                onInput={setText}
                placeholder={t(`kind.${kind}.hint`)}
                onKeyDown={event => {
                  if (event.key === "Enter" && !event.shiftKey && (event.ctrlKey || event.metaKey || lines === 1)) {
                    event.preventDefault();
                    add();
                  }
                }}
              />
            )}
          </Field>
          <div class="row">
            <PastedNote pasted={pasted} />
            <Button small class="end" icon="plus" disabled={!pasted.values.length} onClick={add}>
              {t("entries.add")}
            </Button>
          </div>
          {kind === "regex" && lines === 1 && pasted.values[0] && <RegexCheck pattern={pasted.values[0]} />}
        </div>
      )}
      <EntryList kind={kind} values={values} onChange={onChange} faults={faults} disabled={disabled} />
    </div>
  );
}

function PastedNote({ pasted }: { pasted: Pasted }) {
  const { values, cleaned, known, faults } = pasted;
  const parts = [
    values.length && t("entries.new", { count: values.length }),
    cleaned && t("entries.cleaned", { count: cleaned }),
    known && t("entries.known", { count: known }),
  ].filter(Boolean);
  return (
    <div class="pasted" aria-live="polite">
      {parts.length > 0 && <p class="note">{parts.join(", ")}</p>}
      {faults.length > 0 && (
        <p class="fault">
          {t("entries.bad", { count: faults.length })}:{" "}
          {faults
            .slice(0, FAULTS_SHOWN)
            .map(f =>
              t("entries.fault", {
                line: String(f.line),
                text: safe(f.text.slice(0, 80)),
                reason: t(`reason.${f.reason}`),
              }),
            )
            .join("; ")}
          {faults.length > FAULTS_SHOWN && ` ${t("entries.more_faults", { count: faults.length - FAULTS_SHOWN })}`}
        </p>
      )}
    </div>
  );
}

function EntryList({ kind, values, onChange, faults, disabled }: Props) {
  const [find, setFind] = useState("");
  const [top, setTop] = useState(0);
  const [open, setOpen] = useState<string | null>(null);
  const wanted = find.trim().toLowerCase();
  const rows = useMemo(
    () => values.map((value, index) => ({ value, index })).filter(r => r.value.toLowerCase().includes(wanted)),
    [values, wanted],
  );
  if (!values.length) return <p class="note entries-none">{t(`kind.${kind}.empty`)}</p>;
  const first = Math.max(0, Math.floor(top / ROW) - 4);
  const last = Math.min(rows.length, first + SHOWN + 10);
  const remove = (gone: ReadonlySet<number>) => onChange(values.filter((_, i) => !gone.has(i)));
  return (
    <div class="entry-list">
      <div class="row">
        <b class="numbers">{t("entries.count", { count: values.length })}</b>
        {values.length > SHOWN && (
          <SearchInput value={find} onInput={setFind} label={t("entries.find")} class="entries-find" />
        )}
        <span class="row end">
          {!disabled && rows.length > 0 && (
            <Button small kind="quiet" onClick={() => remove(new Set(rows.map(r => r.index)))}>
              {wanted ? t("entries.remove_shown", { count: rows.length }) : t("entries.remove_all")}
            </Button>
          )}
          <CopyButton small kind="quiet" text={() => values.join("\n")} label={t("entries.copy")} />
        </span>
      </div>
      {rows.length === 0 ? (
        <p class="note">{t("entries.none_found", { text: safe(find) })}</p>
      ) : (
        <div
          class="entry-rows"
          tabIndex={0}
          role="group"
          aria-label={t(`kind.${kind}`)}
          onScroll={event => setTop(event.currentTarget.scrollTop)}
        >
          <ul style={{ height: `${rows.length * ROW}px` }}>
            {rows.slice(first, last).map(({ value, index }, i) => (
              <li
                key={value}
                class={faults?.has(index) ? "wrong" : ""}
                title={faults?.get(index)}
                style={{ transform: `translateY(${(first + i) * ROW}px)` }}
              >
                {faults?.has(index) && <Icon name="warn" size={14} />}
                {kind === "regex" ? (
                  <button
                    type="button"
                    class="entry-open mono cut"
                    aria-expanded={open === value}
                    onClick={() => setOpen(o => (o === value ? null : value))}
                  >
                    {safe(value)}
                  </button>
                ) : (
                  <span class="mono cut">{safe(value)}</span>
                )}
                {!disabled && (
                  <button
                    type="button"
                    class="entry-remove"
                    aria-label={common("remove", { name: value })}
                    onClick={() => remove(new Set([index]))}
                  >
                    <Icon name="close" size={14} />
                  </button>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      {faults && faults.size > 0 && (
        <p class="fault" role="alert">
          {[...faults]
            .slice(0, FAULTS_SHOWN)
            .map(([i, m]) => `${safe(values[i])}: ${m}`)
            .join("; ")}
        </p>
      )}
      {open && values.includes(open) && <RegexCheck pattern={open} />}
    </div>
  );
}
