// One inspection rule, or one exception: what it is about, what is done, and for how long.
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { InspectionRule, TlsException } from "../../api/types";
import { Button } from "../../components/button";
import { Field, Select, TextArea, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { OF_CERTIFICATE, OF_CONNECTION, faultName } from "../../inspection/faults";
import { inspection } from "../../inspection/text";
import { dayIn } from "../../lib/date";
import { safe } from "../../lib/safe";
import type { EditorProps } from "../../policy/editor-props";
import { Conditions } from "../../policy/conditions";
import { NameFields, useNewId } from "../../policy/item-fields";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { policy } from "../../policy/text";
import { Words } from "../../policy/words";
import { BigChoice } from "./choice";
import { listOf, titleOf, type Kind } from "./edits";
import { formOf, itemOfForm, KINDS, type Form } from "./form";
import { tls as t } from "./text";

const CONDITION = /^(?:if|unless)\//;
const PLACED = ["title", "fault", "from", "until", "then"];
const DATE = /^\d{4}-\d{2}-\d{2}(T\S+)?$/;
const END = "";

const RULE = [
  { value: "inspect", icon: "search", tone: "v-allow" },
  { value: "tunnel", icon: "tunnel", tone: "v-report" },
] as const;
const EXCEPTION = [
  { value: "allow", icon: "allow", tone: "v-allow" },
  { value: "tunnel", icon: "tunnel", tone: "v-warn" },
  { value: "block", icon: "block", tone: "v-block" },
] as const;

export function Editor({ kind, id: existing, draft, onClose, onTheirs }: EditorProps & { kind: Kind }) {
  const isRule = kind === "inspection-rules";
  const saving = useSaving(kind, existing, draft, onClose);
  const was = (saving.was as unknown as (InspectionRule & TlsException) | null) ?? undefined;
  const all = listOf(draft.document, kind);
  const [first] = useState<Form>(() => {
    const made = formOf(was, isRule ? "inspect" : "allow");
    return was || isRule ? made : { ...made, fault: ["expired"], until: dayIn(30) };
  });
  const [form, setForm] = useState(first);
  // What decides first is what is meant last: a new one goes on top unless someone says otherwise.
  const [before, setBefore] = useState(all[0]?.id ?? END);
  const taken = useMemo(() => new Set(all.map(i => i.id)), [draft.document]);
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, form.title, taken);
  const edit = may("policy.draft");
  const name = isRule ? "rule" : "exception";
  if (saving.missing) return <MissingSheet id={existing!} title={t(`${name}.edit`)} onClose={onClose} />;

  const set = (change: Partial<Form>) => {
    setForm(f => ({ ...f, ...change }));
    saving.touched();
  };
  const made = itemOfForm(form, id, was);
  const closed = form.fault.some(f => OF_CONNECTION.includes(f));
  const own = {
    title: form.title.trim() ? null : policy("title.missing"),
    fault: isRule || form.fault.length ? null : t("exception.fault_missing"),
    then: !isRule && form.then === "allow" && closed ? t("exception.closed") : null,
    from: form.from.trim() && !DATE.test(form.from.trim()) ? t("date.fault") : null,
    until: form.until.trim() && !DATE.test(form.until.trim()) ? t("date.fault") : null,
  };
  const ok = !idFault && Object.values(own).every(fault => fault === null);
  const shown = (member: keyof typeof own) =>
    (saving.tried ? own[member] : null) ?? [...saving.faults].find(([at]) => at.split("/")[0] === member)?.[1] ?? null;
  const everything = Object.keys(made.if ?? {}).length === 0 && made.unless === undefined;
  return (
    <ItemSheet
      saving={saving}
      kind="wide"
      titles={{ edit: t(`${name}.edit`), new: t(`${name}.new`) }}
      note={existing && <span class="mono">{safe(existing)}</span>}
      dirty={idDirty || JSON.stringify(form) !== JSON.stringify(first)}
      shown={at => CONDITION.test(at) || PLACED.includes(at.split("/")[0]!)}
      onSave={() => void saving.save({ ...made }, form.title, ok, before || null)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameFields
        title={form.title}
        onTitle={title => set({ title })}
        titleFault={shown("title")}
        id={id}
        onId={existing ? undefined : setId}
        idFault={saving.tried || idDirty ? idFault : null}
        disabled={!edit}
      />
      <BigChoice
        label={t("then")}
        value={form.then}
        disabled={!edit}
        onChange={then => set({ then })}
        options={
          isRule
            ? RULE.map(o => ({ ...o, text: t(`then.${o.value}`), help: t(`then.${o.value}_help`) }))
            : EXCEPTION.map(o => ({
                ...o,
                text: inspection(`then.${o.value}`),
                help: inspection(`then.${o.value}_help`),
              }))
        }
      />
      {shown("then") && (
        <p class="fault" role="alert">
          <Icon name="warn" size={15} /> {shown("then")}
        </p>
      )}
      {!isRule && (
        <Faults chosen={form.fault} fault={shown("fault")} disabled={!edit} onChange={fault => set({ fault })} />
      )}
      <Conditions
        document={draft.document}
        lines={form.lines}
        faults={[...saving.faults]
          .filter(([at]) => CONDITION.test(at))
          .map(([at, message]) => ({ pointer: `/${at}`, message }))}
        disabled={!edit}
        kinds={KINDS}
        empty={t(`${name}.everything`)}
        onChange={lines => set({ lines })}
      />
      <div class="in-words" aria-live="polite">
        <span class="note">{t("in_words")}</span>
        <p>
          <Said kind={kind} then={form.then} faults={form.fault} all={everything}>
            <Words document={draft.document} rule={{ if: made.if ?? {}, unless: made.unless }} most={4} />
          </Said>
        </p>
        {everything && (
          <p class="fault">
            <Icon name="warn" size={15} /> {t(`${name}.everything`)}
          </p>
        )}
      </div>
      <div class="fields">
        {isRule && (
          <Field label={t("from")} optional error={shown("from")}>
            {(f, d) => (
              <TextInput
                id={f}
                aria-describedby={d}
                value={form.from}
                placeholder="2026-12-01"
                onInput={from => set({ from })}
                disabled={!edit}
              />
            )}
          </Field>
        )}
        <Field
          label={t("until")}
          optional={isRule}
          error={shown("until")}
          help={isRule ? undefined : t(form.until.trim() ? "until_help" : "until_never")}
        >
          {(f, d) => (
            <TextInput
              id={f}
              aria-describedby={d}
              value={form.until}
              placeholder="2026-12-31"
              onInput={until => set({ until })}
              disabled={!edit}
            />
          )}
        </Field>
        {!existing && all.length > 0 && (
          <Field label={t("place")}>
            {f => (
              <Select
                id={f}
                value={before}
                disabled={!edit}
                options={[
                  ...all.map((i, n) => ({ value: i.id, text: t("place.before", { number: n + 1, name: titleOf(i) }) })),
                  { value: END, text: t("place.end") },
                ]}
                onChange={setBefore}
              />
            )}
          </Field>
        )}
      </div>
      {!isRule && edit && (
        <div class="row">
          {[7, 30, 90].map(days => (
            <Button key={days} small onClick={() => set({ until: dayIn(days) })}>
              {inspection("except.days", { count: days })}
            </Button>
          ))}
        </div>
      )}
      <Field label={policy("note")} optional>
        {(f, d) => (
          <TextArea
            id={f}
            aria-describedby={d}
            rows={2}
            value={form.note}
            onInput={note => set({ note })}
            disabled={!edit}
          />
        )}
      </Field>
    </ItemSheet>
  );
}

type SaidProps = { kind: Kind; then: string; faults: readonly string[]; all: boolean; children: ComponentChildren };

/** What it says, in a sentence. */
function Said({ kind, then, faults, all, children }: SaidProps) {
  const isRule = kind === "inspection-rules";
  const key = isRule ? `said.${then}` : `said.exception_${then}`;
  if (!t.has(key)) return null;
  const what = all
    ? t(isRule ? "any" : "any_site")
    : t.rich(isRule ? "said.tunnels" : "said.sites", { what: children });
  return <>{t.rich(key, { what, faults: <b>{faults.map(faultName).join(", ") || "…"}</b> })}</>;
}

type FaultsProps = {
  chosen: readonly string[];
  fault: string | null;
  disabled: boolean;
  onChange: (faults: string[]) => void;
};

/** The faults that it is about, as boxes to tick. */
function Faults({ chosen, fault, disabled, onChange }: FaultsProps) {
  const groups = { certificate: OF_CERTIFICATE, connection: OF_CONNECTION };
  const box = (word: string) => (
    <label key={word}>
      <input
        type="checkbox"
        checked={chosen.includes(word)}
        onChange={event => onChange(event.currentTarget.checked ? [...chosen, word] : chosen.filter(c => c !== word))}
      />
      {faultName(word)}
    </label>
  );
  return (
    <fieldset class={`field ticks ${fault ? "wrong" : ""}`} disabled={disabled}>
      <legend>{t("exception.faults")}</legend>
      {(["certificate", "connection"] as const).map(kind => (
        <details key={kind} open={kind === "certificate" || groups[kind].some(f => chosen.includes(f))}>
          <summary>{inspection(`fault_kinds.${kind}`)}</summary>
          <div class="tick-grid">{groups[kind].map(box)}</div>
        </details>
      ))}
      {fault && (
        <p class="fault">
          <Icon name="warn" size={15} /> {fault}
        </p>
      )}
    </fieldset>
  );
}
