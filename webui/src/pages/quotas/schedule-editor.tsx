// One schedule: its hours, painted on the week or typed to the minute, and the clock that they follow. The spans are
// what is kept; the week shows them and changes them.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Schedule } from "../../api/types";
import { Button } from "../../components/button";
import { ChipsInput, Field, TextArea, TextInput } from "../../components/field";
import { usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import type { EditorProps } from "../../policy/editor-props";
import { NameFields, useNewId } from "../../policy/item-fields";
import { ItemSheet, MissingSheet, useSaving } from "../../policy/item-sheet";
import { tidy, type Item } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { minuteOfWeek, readSpans, writeSpans, type Span } from "../../policy/weekly";
import { SpanList, spanFault } from "./span-list";
import { quotas as t } from "./text";
import { WeekGrid } from "./week-grid";

const PRESETS = {
  office: [{ days: "mon-fri", from: "08:00", to: "18:00" }],
  nights: [{ days: "all", from: "20:00", to: "06:00" }],
  weekend: [{ days: "sat,sun", from: "00:00", to: "24:00" }],
  always: [{ days: "all", from: "00:00", to: "24:00" }],
  clear: [],
} satisfies Record<string, Span[]>;
type Preset = keyof typeof PRESETS;

/** Every zone that the browser knows; the gateway may know more. */
const zones = (): string[] =>
  (Intl as { supportedValuesOf?: (what: string) => string[] }).supportedValuesOf?.("timeZone") ?? [];

/** "2026-02-29" is none. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

export function ScheduleEditor({ id: existing, draft, onClose, onTheirs }: EditorProps) {
  const { query } = usePlace();
  const saving = useSaving("schedules", existing, draft, onClose);
  const [first] = useState<Schedule>(() => {
    const copied = existing ? null : query.get("copy");
    const source = copied ? draft.document.schedules?.[copied] : undefined;
    if (source) return { ...source, title: t("copy_of", { name: source.title ?? copied! }) };
    return (saving.was as (Schedule & Item) | null) ?? { spans: PRESETS.office };
  });
  const [item, setItem] = useState(first);
  const taken = useMemo(() => new Set(Object.keys(draft.document.schedules ?? {})), [draft.document]);
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, item.title ?? "", taken);
  const week = useMemo(() => readSpans(item.spans), [item.spans]);
  const known = useMemo(zones, []);
  const edit = may("policy.draft");
  if (saving.missing) return <MissingSheet id={existing!} title={t("schedule.edit")} onClose={onClose} />;

  const set = (change: Partial<Schedule>) => {
    setItem(i => ({ ...i, ...change }));
    saving.touched();
  };
  const titleFault = existing || item.title?.trim() ? null : policy("title.missing");
  const wrongDay = item.except?.find(day => !isDate(day));
  const ok = !idFault && !titleFault && !wrongDay && item.spans.every(s => spanFault(s) === null);
  const fault = (member: string) =>
    [...saving.faults].find(([at]) => at === member || at.startsWith(`${member}/`))?.[1] ?? null;
  const zoneUnknown = !!item.timezone && minuteOfWeek(new Date(), item.timezone) === null;
  return (
    <ItemSheet
      saving={saving}
      kind="wide"
      titles={{ edit: t("schedule.edit"), new: t("schedule.new") }}
      note={existing && <UsedBy uses={usesOf(draft.document, "schedule", existing)} />}
      dirty={idDirty || !!query.get("copy") || JSON.stringify(tidy(item)) !== JSON.stringify(tidy(first))}
      shown={at => at === "timezone" || at.startsWith("except")}
      onSave={() => void saving.save({ ...tidy(item), spans: item.spans, id }, item.title ?? id, ok)}
      onClose={onClose}
      onTheirs={onTheirs}
    >
      <NameFields
        title={item.title ?? ""}
        onTitle={title => set({ title })}
        titleFault={saving.tried ? titleFault : null}
        id={id}
        onId={existing ? undefined : setId}
        idFault={saving.tried || idDirty ? idFault : null}
        disabled={!edit}
      />
      <div class="field">
        <div class="row">
          <h3>{t("schedule.hours_label")}</h3>
          {edit && (
            <span class="row end presets" role="group" aria-label={t("schedule.preset")}>
              {(Object.keys(PRESETS) as Preset[]).map(name => (
                <Button key={name} small kind="quiet" onClick={() => set({ spans: PRESETS[name] })}>
                  {t(`schedule.preset.${name}`)}
                </Button>
              ))}
            </span>
          )}
        </div>
        <WeekGrid
          label={t("schedule.grid")}
          week={week}
          onChange={next => set({ spans: writeSpans(next) })}
          disabled={!edit}
        />
        {edit && <p class="help">{t("schedule.grid_help")}</p>}
      </div>
      <SpanList spans={item.spans} onChange={spans => set({ spans })} disabled={!edit} />
      <Field
        label={t("schedule.except")}
        optional
        error={wrongDay ? t("schedule.except_fault", { day: safe(wrongDay) }) : fault("except")}
        help={t("schedule.except_help")}
      >
        {(f, d) => (
          <ChipsInput
            id={f}
            describedby={d}
            values={item.except ?? []}
            onChange={days => set({ except: days.length ? [...days].sort() : undefined })}
            placeholder="2026-12-25"
            disabled={!edit}
          />
        )}
      </Field>
      <Field
        label={t("schedule.zone")}
        optional
        error={saving.faults.get("timezone")}
        help={
          zoneUnknown
            ? t("schedule.zone_unknown")
            : draft.document.timezone
              ? t("schedule.zone_help", { zone: safe(draft.document.timezone) })
              : t("schedule.zone_help_own")
        }
      >
        {(f, d) => (
          <>
            <TextInput
              id={f}
              aria-describedby={d}
              list={`${f}-zones`}
              value={item.timezone ?? ""}
              onInput={timezone => set({ timezone: timezone.trim() })}
              placeholder={draft.document.timezone ?? "Europe/Berlin"}
              maxLength={64}
              disabled={!edit}
            />
            <datalist id={`${f}-zones`}>
              {known.map(z => (
                <option key={z} value={z} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={policy("note")} optional>
        {f => <TextArea id={f} rows={2} value={item.note ?? ""} onInput={note => set({ note })} disabled={!edit} />}
      </Field>
    </ItemSheet>
  );
}
