// One schedule: its hours, painted on the week or typed to the minute, and the clock that they follow. The spans are
// what is kept; the week shows them and changes them.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft, Schedule } from "../../api/types";
import { Button } from "../../components/button";
import { keepEdits } from "../../components/confirm";
import { Field, TextArea, TextInput } from "../../components/field";
import { Sheet } from "../../components/sheet";
import { Empty } from "../../components/states";
import { usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { FaultNotice, NameFields, useNewId } from "../../policy/item-fields";
import { itemFaults, saveItem, tidy } from "../../policy/items";
import { policy } from "../../policy/text";
import { UsedBy } from "../../policy/used-by";
import { usesOf } from "../../policy/uses";
import { minuteOfWeek, readSpans, writeSpans, type Span } from "../../policy/weekly";
import { common } from "../../text/common";
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

type Props = { id: string | null; draft: Draft; onClose: () => void };

export function ScheduleEditor({ id: existing, draft, onClose }: Props) {
  const { query } = usePlace();
  const all = draft.document.schedules ?? {};
  const [was] = useState<Schedule | undefined>(() => (existing ? all[existing] : undefined));
  const [first] = useState<Schedule>(() => {
    const copied = query.get("copy");
    const source = existing || !copied ? undefined : all[copied];
    if (source) return { ...source, title: t("copy_of", { name: source.title ?? copied! }) };
    return was ?? { spans: PRESETS.office };
  });
  const [item, setItem] = useState(first);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const taken = useMemo(() => new Set(Object.keys(all)), [draft.document]);
  const { id, setId, fault: idFault, dirty: idDirty } = useNewId(existing, item.title ?? "", taken);
  const week = useMemo(() => readSpans(item.spans), [item.spans]);
  const known = useMemo(zones, []);
  const edit = may("policy.draft");

  if (existing && !was) {
    return (
      <Sheet title={t("schedule.edit")} onClose={onClose}>
        <Empty icon="calendar" title={t("gone", { id: safe(existing) })} />
      </Sheet>
    );
  }
  const set = (change: Partial<Schedule>) => {
    setItem(i => ({ ...i, ...change }));
    setError(null);
  };
  const dirty = idDirty || !was || JSON.stringify(tidy(item)) !== JSON.stringify(tidy(was));
  const titleFault = existing || item.title?.trim() ? null : policy("title.missing");
  const save = async () => {
    setTried(true);
    if (idFault || titleFault || item.spans.some(s => spanFault(s) !== null)) return;
    setBusy(true);
    try {
      const made = { ...tidy(item), spans: item.spans, id };
      await saveItem("schedules", made, was ? { ...was, id } : null, item.title ?? id);
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const faults = itemFaults(error);
  const zoneFault = faults.get("timezone") ?? null;
  const zoneUnknown = !!item.timezone && minuteOfWeek(new Date(), item.timezone) === null;
  return (
    <Sheet
      kind="wide"
      title={t(existing ? "schedule.edit" : "schedule.new")}
      note={existing && <UsedBy uses={usesOf(draft.document, "schedule", existing)} />}
      footnote={policy(edit ? "draft_only" : "read_only")}
      onClose={onClose}
      mayClose={keepEdits(
        edit && (was ? dirty : idDirty || JSON.stringify(item) !== JSON.stringify(first)),
        { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
        onClose,
      )}
      onSubmit={save}
      actions={
        <>
          <Button onClick={onClose}>{common(edit ? "cancel" : "close")}</Button>
          {edit && (
            <Button kind="primary" type="submit" busy={busy} disabled={!dirty}>
              {policy(existing ? "save" : "add")}
            </Button>
          )}
        </>
      }
    >
      <FaultNotice faults={[...faults].filter(([at]) => at !== "timezone").map(([, message]) => message)} />
      <NameFields
        title={item.title ?? ""}
        onTitle={title => set({ title })}
        titleFault={tried ? titleFault : null}
        id={id}
        onId={existing ? undefined : setId}
        idFault={tried || idDirty ? idFault : null}
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
        label={t("schedule.zone")}
        optional
        error={zoneFault}
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
    </Sheet>
  );
}
