// A labelled field: label above, help and error below, tied together for screen readers.
import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { common as t } from "../text/common";
import { safe } from "../lib/safe";
import { Icon } from "./icon";

type FieldProps = {
  label: string;
  help?: ComponentChildren;
  error?: string | null;
  optional?: boolean;
  children: (id: string, describedby: string | undefined) => ComponentChildren;
  class?: string;
};

export function Field({ label, help, error, optional, children, class: name }: FieldProps) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div class={`field ${error ? "wrong" : ""} ${name ?? ""}`}>
      <label for={id}>
        {label}
        {optional && <span class="note"> {t("optional")}</span>}
      </label>
      {children(id, described)}
      {help && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {error && (
        <p class="fault" id={`${id}-error`}>
          <Icon name="warn" size={15} /> {error}
        </p>
      )}
    </div>
  );
}

type TextProps = {
  id?: string;
  value: string;
  onInput: (value: string) => void;
  mono?: boolean;
  type?: "text" | "password" | "search" | "url" | "number" | "date" | "time" | "datetime-local";
  name?: string;
  autocomplete?: string;
  /** The keyboard of a phone. */
  inputmode?: "numeric" | "decimal";
  placeholder?: string;
  list?: string;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  autofocus?: boolean;
  min?: string | number;
  max?: string | number;
  maxLength?: number;
  class?: string;
  onBlur?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  [aria: `aria-${string}`]: string | boolean | undefined;
  [data: `data-${string}`]: string | undefined;
};

export function TextInput({ value, onInput, mono, class: name, type = "text", ...rest }: TextProps) {
  // The union of input types is too fine for a type that is chosen by the caller.
  const given = { autocomplete: "off", autocapitalize: "none", ...rest, type } as InputHTMLAttributes;
  return (
    <input
      {...given}
      spellcheck={false}
      class={`input ${mono ? "mono" : ""} ${name ?? ""}`}
      value={value}
      onInput={event => onInput(event.currentTarget.value)}
    />
  );
}

type AreaProps = Omit<TextareaHTMLAttributes, "onInput" | "value"> & {
  value: string;
  onInput: (value: string) => void;
  mono?: boolean;
};

export function TextArea({ value, onInput, mono, ...rest }: AreaProps) {
  return (
    <textarea
      rows={3}
      spellcheck={!mono}
      {...rest}
      class={`input area ${mono ? "mono" : ""}`}
      value={value}
      onInput={event => onInput(event.currentTarget.value)}
    />
  );
}

type SelectProps<V extends string> = {
  id?: string;
  value: V;
  options: readonly { value: V; text: string; disabled?: boolean }[];
  onChange: (value: V) => void;
  label?: string;
  disabled?: boolean;
  "aria-describedby"?: string;
};

export function Select<V extends string>({ id, value, options, onChange, label, disabled, ...rest }: SelectProps<V>) {
  return (
    <select
      id={id}
      class="input select"
      aria-label={label}
      aria-describedby={rest["aria-describedby"]}
      disabled={disabled}
      value={value}
      onChange={event => onChange(event.currentTarget.value as V)}
    >
      {options.map(o => (
        <option key={o.value} value={o.value} disabled={o.disabled} selected={o.value === value}>
          {o.text}
        </option>
      ))}
    </select>
  );
}

type SearchProps = { value: string; onInput: (value: string) => void; label: string; class?: string; hint?: string };

export function SearchInput({ value, onInput, label, class: name, hint }: SearchProps) {
  return (
    <div class={`search ${name ?? ""}`}>
      <Icon name="search" size={16} />
      <TextInput type="search" value={value} onInput={onInput} placeholder={label} aria-label={label} />
      {hint && <kbd aria-hidden="true">{hint}</kbd>}
    </div>
  );
}

type ChipsProps = {
  id?: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  /** Known values to choose from; others may be typed unless `only`. */
  known?: readonly { value: string; text?: string }[];
  only?: boolean;
  mono?: boolean;
  label?: string;
  describedby?: string;
  placeholder?: string;
  /** Values may hold spaces and commas: only Enter and leaving the field end one. */
  whole?: boolean;
  /** What is being typed, for suggestions that are asked for. */
  onText?: (text: string) => void;
  disabled?: boolean;
};

/** Several values as chips: Enter or a comma adds, Backspace in the empty field takes the last away. */
export function ChipsInput(props: ChipsProps) {
  const { id, values, onChange, known, only, mono, label, describedby, placeholder, whole, onText, disabled } = props;
  const [text, setText] = useState("");
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const add = (raw: string) => {
    const parts = whole ? [raw.trim()].filter(Boolean) : raw.split(/[\s,]+/).filter(Boolean);
    const chosen = known?.find(k => k.value === raw || k.text === raw);
    const made = (chosen ? [chosen.value] : parts).filter(
      v => !values.includes(v) && (!only || known?.some(k => k.value === v)),
    );
    if (made.length) onChange([...values, ...made]);
    setText("");
  };
  return (
    <div
      class={`input chips ${mono ? "mono" : ""}`}
      onClick={event => event.target === event.currentTarget && input.current?.focus()}
    >
      {values.map(v => (
        <span class="chip" key={v}>
          {safe(known?.find(k => k.value === v)?.text ?? v)}
          {!disabled && (
            <button
              type="button"
              aria-label={t("remove", { name: v })}
              onClick={() => onChange(values.filter(o => o !== v))}
            >
              <Icon name="close" size={12} />
            </button>
          )}
        </span>
      ))}
      <input
        ref={input}
        id={id}
        aria-label={label}
        aria-describedby={describedby}
        list={known ? list : undefined}
        value={text}
        placeholder={disabled ? undefined : (placeholder ?? t("add_value"))}
        disabled={disabled}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={event => {
          const now = event.currentTarget.value;
          onText?.(now);
          // A choice from the list arrives whole; a typed comma ends a value.
          if (
            (!whole && now.endsWith(",")) ||
            known?.some(k => (k.text ?? k.value) === now && (event as unknown as InputEvent).inputType !== "insertText")
          )
            add(now);
          else setText(now);
        }}
        onKeyDown={event => {
          if (event.key === "Enter" && text) {
            event.preventDefault();
            add(text);
          } else if (event.key === "Backspace" && !text && values.length) onChange(values.slice(0, -1));
        }}
        onPaste={event => {
          const pasted = event.clipboardData?.getData("text") ?? "";
          if (!whole && /[\s,]/.test(pasted.trim())) {
            event.preventDefault();
            add(text + pasted);
          }
        }}
        onBlur={() => text && add(text)}
      />
      {known && (
        <datalist id={list}>
          {known
            .filter(k => !values.includes(k.value))
            .map(k => (
              <option key={k.value} value={k.text ?? k.value} />
            ))}
        </datalist>
      )}
    </div>
  );
}
