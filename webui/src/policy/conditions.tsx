// The conditions of a rule as lines: what is looked at, whether it must or must not be so, and the values. Lines that
// must hold and lines that make an exception stand apart, because exceptions count together, as in the document.
import type { Fault, Policy } from "../api/types";
import { Button } from "../components/button";
import { Select } from "../components/field";
import { Icon } from "../components/icon";
import { safe } from "../lib/safe";
import { freeKinds, KINDS, line, type Kind, type Line, type Side } from "./condition";
import { RegexField } from "./regex-field";
import { policy as t } from "./text";
import { Values } from "./values";

type Props = {
  document: Policy;
  lines: Line[];
  faults: readonly Fault[];
  disabled: boolean;
  /** What is said when there is no condition. */
  empty?: string;
  /** What may be looked at; others stay where the document has them. */
  kinds?: readonly Kind[];
  onChange: (lines: Line[]) => void;
};

export function Conditions({ document, lines, faults, disabled, empty, kinds = KINDS, onChange }: Props) {
  const change = (key: number, to: Partial<Line>) => onChange(lines.map(l => (l.key === key ? { ...l, ...to } : l)));
  const add = (side: Side) => {
    const free = freeKinds(lines, side, kinds);
    if (free[0]) onChange([...lines, line(side, free[0])]);
  };
  // "not a" and "not b" would be another rule than "not (a and b)": several exceptions are told as what they are.
  const apart = lines.filter(l => l.side === "unless").length > 1;
  const drawn = (own: Line[]) =>
    own.map(l => (
      <One
        key={l.key}
        document={document}
        line={l}
        lines={lines}
        kinds={kinds}
        apart={apart && l.side === "unless"}
        faults={faults.filter(f => new RegExp(`^/${l.side}/${l.kind}(/|$)`).test(f.pointer))}
        disabled={disabled}
        onChange={to => change(l.key, to)}
        onRemove={() => onChange(lines.filter(o => o.key !== l.key))}
      />
    ));
  const more = (side: Side) =>
    !disabled && (
      <Button small icon="plus" onClick={() => add(side)} disabled={freeKinds(lines, side, kinds).length === 0}>
        {t(side === "if" ? "add_condition" : "add_exception")}
      </Button>
    );
  return (
    <>
      <div class="conditions" role="group" aria-label={t("side.if")}>
        <h3>{t("side.if")}</h3>
        {lines.length === 0 && <p class="note">{empty ?? t("side.empty")}</p>}
        {drawn(apart ? lines.filter(l => l.side === "if") : lines)}
        <div class="row">
          {more("if")}
          {!apart && more("unless")}
        </div>
      </div>
      {apart && (
        <div class="conditions" role="group" aria-label={t("side.unless")}>
          <h3>{t("side.unless")}</h3>
          {drawn(lines.filter(l => l.side === "unless"))}
          <div class="row">{more("unless")}</div>
        </div>
      )}
    </>
  );
}

type OneProps = {
  document: Policy;
  line: Line;
  lines: readonly Line[];
  kinds: readonly Kind[];
  /** Among several exceptions, where the heading says "unless". */
  apart: boolean;
  faults: readonly Fault[];
  disabled: boolean;
  onChange: (to: Partial<Line>) => void;
  onRemove: () => void;
};

function One({ document, line: l, lines, kinds, apart, faults, disabled, onChange, onRemove }: OneProps) {
  const free = (side: Side, kind: Kind) => !lines.some(o => o.key !== l.key && o.side === side && o.kind === kind);
  const other: Side = l.side === "if" ? "unless" : "if";
  const label = t(`kind_of.${l.kind}`);
  return (
    <div class={`condition ${l.kind === "regex" ? "broad" : ""} ${faults.length ? "wrong" : ""}`}>
      <Select
        label={t("condition.kind")}
        value={l.kind}
        disabled={disabled}
        options={[...new Set([...kinds, l.kind])].map(k => ({
          value: k,
          text: t(`kind_of.${k}`),
          disabled: !free(l.side, k),
        }))}
        onChange={kind => onChange({ kind, values: [] })}
      />
      {apart ? (
        <span class="condition-word">{t(`compare.${comparison(l.kind)}.if`)}</span>
      ) : (
        <Select
          label={t("condition.compare")}
          value={l.side}
          disabled={disabled}
          options={(["if", "unless"] as const).map(side => ({
            value: side,
            text: t(`compare.${comparison(l.kind)}.${side}`),
            disabled: side === other && !free(other, l.kind),
          }))}
          onChange={side => onChange({ side })}
        />
      )}
      <div class="condition-values">
        {l.kind === "regex" ? (
          <RegexField values={l.values} disabled={disabled} onChange={values => onChange({ values })} />
        ) : (
          <Values
            document={document}
            kind={l.kind}
            label={label}
            values={l.values}
            disabled={disabled}
            onChange={values => onChange({ values })}
          />
        )}
        {faults.map(f => (
          <p class="fault" key={f.pointer + f.message} role="alert">
            <Icon name="warn" size={15} /> {faultText(f, l)}
          </p>
        ))}
      </div>
      {!disabled && (
        <Button icon="close" kind="quiet" small label={t("condition.remove", { name: label })} onClick={onRemove} />
      )}
    </div>
  );
}

/** "social: there is no category ..." where the fault is of one value of several. */
function faultText(fault: Fault, l: Line): string {
  const index = /^\/\w+\/\w+\/(\d+)$/.exec(fault.pointer)?.[1];
  const value = index === undefined || l.values.length < 2 ? null : l.values[Number(index)];
  return value ? `${safe(value)}: ${safe(fault.message)}` : safe(fault.message);
}

function comparison(kind: Kind): "is" | "in" | "matches" | "during" | "over" | "starts" {
  if (kind === "regex" || kind === "user_agent") return "matches";
  if (kind === "schedule") return "during";
  if (kind === "size_over") return "over";
  if (kind === "url") return "starts";
  if (kind === "category" || kind === "group" || kind === "network" || kind === "address") return "in";
  return "is";
}
