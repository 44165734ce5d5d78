// One quota: what counts, for whom, how much, and what happens then. Saved to the draft as a whole.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Quota } from "../../api/types";
import { Field, Select, TextArea, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { Segmented } from "../../components/segmented";
import { usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import type { EditorProps } from "../../policy/editor-props";
import { NameFields, useNewId } from "../../policy/item-fields";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { tidy } from "../../policy/items";
import { policy } from "../../policy/text";
import { joinSize, readMinutes, SIZE_UNITS, splitSize, writeMinutes, type SizeUnit } from "../../policy/units";
import { Conditions } from "../../policy/conditions";
import { conditionOf, ruleLines, type Line } from "../../policy/condition";
import { Words } from "../../policy/words";
import { quotaText, rateOf } from "./limits";
import { membersOf, moreFaults, moreOf, MoreFields, type More } from "./quota-more";
import { quotas as t } from "./text";

const PER = ["user", "client", "group", "all"] as const;
const WINDOW = ["hour", "day", "week", "month", "rolling"] as const;
const ROLLING = /^\s*\d{1,5}\s*(m|min|h|d)\s*$/;
const RATE = /^\s*\d+(\.\d{1,3})?\s*(bit|kbit|Mbit|Gbit|kB|KiB|MB|MiB)\/s\s*$/;

/** Faults of conditions stand in their lines. */
const CONDITION = /^(?:if|unless)\//;

type Form = More & {
  title: string;
  note: string;
  lines: Line[];
  per: Quota["per"];
  window: (typeof WINDOW)[number];
  rolling: string;
  amount: string;
  unit: SizeUnit;
  minutes: string;
  requests: string;
  warnAt: string;
  then: "block" | "warn" | "throttle";
  rate: string;
  message: string;
};
type Kept = Quota & { note?: string; message?: string };

function formOf(quota: Partial<Kept> | undefined): Form {
  return {
    title: quota?.title ?? "",
    note: quota?.note ?? "",
    lines: quota ? ruleLines({ if: quota.if ?? {}, unless: quota.unless }) : [],
    per: quota?.per ?? "user",
    window: typeof quota?.window === "object" ? "rolling" : (quota?.window ?? "day"),
    rolling: typeof quota?.window === "object" ? quota.window.rolling : "24h",
    ...splitSize(quota?.bytes),
    minutes: writeMinutes(quota?.minutes),
    requests: quota?.requests ? String(quota.requests) : "",
    warnAt: quota ? (quota.warn_at ? String(quota.warn_at) : "") : "80",
    then: typeof quota?.then === "object" ? "throttle" : quota?.then === "warn" ? "warn" : "block",
    rate: rateOf(quota?.then ?? "block") ?? "",
    ...moreOf(quota),
    message: quota?.message ?? "",
  };
}

/** What the form says, on top of what the document holds and the form does not show. */
function quotaOf(form: Form, id: string, was: Partial<Kept> | undefined): Kept {
  const bytes = joinSize(form.amount, form.unit);
  const before = splitSize(was?.bytes);
  const same = before.amount === form.amount && before.unit === form.unit;
  const made: Kept = {
    ...was,
    id,
    title: form.title.trim(),
    note: form.note,
    if: conditionOf(form.lines, "if", was?.if),
    unless: conditionOf(form.lines, "unless", was?.unless),
    per: form.per,
    window: form.window === "rolling" ? { rolling: form.rolling.replace(/\s+/g, "") } : form.window,
    ...membersOf(form, form.per === "user" || form.per === "client"),
    bytes: (same ? was?.bytes : undefined) ?? bytes ?? undefined,
    minutes: readMinutes(form.minutes) || undefined,
    requests: /^\d+$/.test(form.requests.trim()) ? Number(form.requests) : undefined,
    warn_at: form.warnAt.trim() ? Number(form.warnAt) : undefined,
    then: form.then === "throttle" ? { throttle: form.rate.replace(/\s+/g, "") } : form.then,
    message: form.message,
  };
  if (Object.keys(made.unless ?? {}).length === 0) made.unless = undefined;
  return tidy(made);
}

function faultsOf(form: Form) {
  const warnAt = Number(form.warnAt);
  const requests = form.requests.trim();
  return {
    title: form.title.trim() ? null : policy("title.missing"),
    bytes: form.amount.trim() && joinSize(form.amount, form.unit) === null ? t("limits.bytes_fault") : null,
    minutes: readMinutes(form.minutes) === null ? t("limits.minutes_fault") : null,
    requests: requests && !/^[1-9]\d{0,11}$/.test(requests) ? t("limits.requests_fault") : null,
    none: form.amount.trim() || form.minutes.trim() || requests ? null : t("limits.missing"),
    rolling: form.window === "rolling" && !ROLLING.test(form.rolling) ? t("window.rolling_fault") : null,
    rate: form.then === "throttle" && !RATE.test(form.rate) ? t("then.rate_fault") : null,
    more: Object.values(moreFaults(form)).find(fault => fault !== null) ?? null,
    warnAt:
      form.warnAt.trim() && !(Number.isInteger(warnAt) && warnAt >= 1 && warnAt <= 100) ? t("warn_at.fault") : null,
  };
}

export function QuotaEditor({ id: existing, draft, onClose, onTheirs }: EditorProps) {
  const { query } = usePlace();
  const saving = useSaving("quotas", existing, draft, onClose);
  const was = (saving.was as Kept | null) ?? undefined;
  const all = draft.document.quotas ?? [];
  const [first] = useState<Form>(() => {
    const source = existing ? undefined : all.find(q => q.id === query.get("copy"));
    const form = formOf(was ?? source);
    return source ? { ...form, title: t("copy_of", { name: source.title ?? source.id }) } : form;
  });
  const [form, setForm] = useState(first);
  const taken = useMemo(() => new Set(all.map(q => q.id)), [draft.document]);
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, form.title, taken);
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={existing!} title={t("edit.quotas")} onClose={onClose} />;

  const set = (change: Partial<Form>) => {
    setForm(f => ({ ...f, ...change }));
    saving.touched();
  };
  const own = faultsOf(form);
  const made = quotaOf(form, id, was);
  const ok = !idFault && Object.values(own).every(fault => fault === null);
  const ofConditions = [...saving.faults]
    .filter(([at]) => CONDITION.test(at))
    .map(([at, message]) => ({ pointer: `/${at}`, message }));
  const shown = (fault: string | null) => (saving.tried ? fault : null);
  const zone = draft.document.timezone;
  return (
    <ItemSheet
      saving={saving}
      kind="wide"
      titles={{ edit: t("edit.quotas"), new: t("new.quotas") }}
      note={existing && <span class="mono">{safe(existing)}</span>}
      dirty={idDirty || !!query.get("copy") || JSON.stringify(form) !== JSON.stringify(first)}
      shown={at => CONDITION.test(at)}
      onSave={() => void saving.save({ ...made }, form.title, ok)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameFields
        title={form.title}
        onTitle={title => set({ title })}
        titleFault={shown(own.title)}
        id={id}
        onId={existing ? undefined : setId}
        idFault={saving.tried || idDirty ? idFault : null}
        disabled={!edit}
      />
      <Conditions
        document={draft.document}
        lines={form.lines}
        faults={ofConditions}
        disabled={!edit}
        empty={t("conditions.empty")}
        onChange={lines => set({ lines })}
      />
      <Limits form={form} set={set} faults={own} tried={saving.tried} disabled={!edit} />
      <div class="fields">
        <div class="field">
          <h3>{t("per.label")}</h3>
          <Segmented
            label={t("per.label")}
            value={form.per}
            options={PER.map(value => ({ value, text: t(`per.choice.${value}`) }))}
            onChange={per => set({ per })}
            disabled={!edit}
          />
          <p class="help">{t(`per.help.${form.per}`)}</p>
        </div>
        <div class="field">
          <h3>{t("window.label")}</h3>
          <Segmented
            label={t("window.label")}
            value={form.window}
            options={WINDOW.map(value => ({ value, text: t(`window.choice.${value}`) }))}
            onChange={window => set({ window })}
            disabled={!edit}
          />
          {form.window === "rolling" ? (
            <Field label={t("window.rolling_label")} help={t("window.rolling_help")} error={shown(own.rolling)}>
              {(f, d) => (
                <TextInput
                  id={f}
                  aria-describedby={d}
                  value={form.rolling}
                  onInput={rolling => set({ rolling })}
                  maxLength={8}
                  disabled={!edit}
                />
              )}
            </Field>
          ) : (
            <p class="help">{zone ? t("window.help", { zone: safe(zone) }) : t("window.help_own")}</p>
          )}
        </div>
      </div>
      <div class="fields">
        <div class="field">
          <h3>{t("then")}</h3>
          <Segmented
            label={t("then")}
            value={form.then}
            options={(["block", "warn", "throttle"] as const).map(value => ({ value, text: t(`then.${value}`) }))}
            onChange={then => set({ then })}
            disabled={!edit}
          />
          {form.then === "throttle" ? (
            <Field label={t("then.rate")} help={t(`then.${form.then}_help`)} error={shown(own.rate)}>
              {(f, d) => (
                <TextInput
                  id={f}
                  aria-describedby={d}
                  value={form.rate}
                  onInput={rate => set({ rate })}
                  placeholder="256kbit/s"
                  maxLength={24}
                  disabled={!edit}
                />
              )}
            </Field>
          ) : (
            <p class="help">{t(`then.${form.then}_help`)}</p>
          )}
        </div>
        <Field label={t("warn_at")} help={t("warn_at.help")} error={shown(own.warnAt)} optional>
          {(f, d) => (
            <TextInput
              id={f}
              aria-describedby={d}
              inputmode="numeric"
              value={form.warnAt}
              onInput={warnAt => set({ warnAt })}
              maxLength={3}
              disabled={!edit}
            />
          )}
        </Field>
      </div>
      <MoreFields
        form={form}
        set={set}
        tried={saving.tried}
        disabled={!edit}
        timed={!!form.minutes.trim()}
        personal={form.per === "user" || form.per === "client"}
      />
      <Field label={t("message")} optional>
        {f => (
          <TextArea
            id={f}
            rows={2}
            value={form.message}
            onInput={message => set({ message })}
            placeholder={t("message.hint")}
            disabled={!edit}
          />
        )}
      </Field>
      <div class="in-words">
        <span class="note">{t("words")}</span>
        <p>
          {t.rich("words.sentence", {
            what: <Words document={draft.document} rule={{ if: made.if, unless: made.unless }} />,
            limits: <b>{quotaText(made)}</b>,
            then: t(`words.${form.then}`),
          })}
        </p>
      </div>
    </ItemSheet>
  );
}

type LimitsProps = {
  form: Form;
  set: (change: Partial<Form>) => void;
  faults: ReturnType<typeof faultsOf>;
  tried: boolean;
  disabled: boolean;
};

function Limits({ form, set, faults, tried, disabled }: LimitsProps) {
  return (
    <fieldset class="field limits" disabled={disabled}>
      <legend>{t("limits")}</legend>
      <div class="fields">
        <Field label={t("limits.bytes")} error={faults.bytes}>
          {(f, d) => (
            <span class="size-input">
              <TextInput
                id={f}
                aria-describedby={d}
                inputmode="decimal"
                value={form.amount}
                onInput={amount => set({ amount })}
                maxLength={18}
                disabled={disabled}
              />
              <Select
                label={t("limits.unit")}
                value={form.unit}
                options={SIZE_UNITS.map(value => ({ value, text: value }))}
                onChange={unit => set({ unit })}
                disabled={disabled}
              />
            </span>
          )}
        </Field>
        <Field label={t("limits.minutes")} error={faults.minutes}>
          {(f, d) => (
            <TextInput
              id={f}
              aria-describedby={d}
              value={form.minutes}
              onInput={minutes => set({ minutes })}
              onBlur={() => set({ minutes: writeMinutes(readMinutes(form.minutes) ?? undefined) || form.minutes })}
              placeholder={t("limits.minutes_hint")}
              maxLength={24}
              disabled={disabled}
            />
          )}
        </Field>
        <Field label={t("limits.requests")} error={faults.requests}>
          {(f, d) => (
            <TextInput
              id={f}
              aria-describedby={d}
              inputmode="numeric"
              value={form.requests}
              onInput={requests => set({ requests })}
              maxLength={12}
              disabled={disabled}
            />
          )}
        </Field>
      </div>
      {tried && faults.none ? (
        <p class="fault" role="alert">
          <Icon name="warn" size={15} /> {faults.none}
        </p>
      ) : (
        <p class="help">{t("limits.help")}</p>
      )}
    </fieldset>
  );
}
