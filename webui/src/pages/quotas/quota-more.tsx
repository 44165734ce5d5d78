// What a quota can say beside its limits: what counts as activity, and what people may add themselves.
import type { Quota } from "../../api/types";
import { Field, TextInput } from "../../components/field";
import { readSize } from "../../policy/units";
import { quotas as t } from "./text";

export type More = {
  idleGap: string;
  quietBytes: string;
  quietRequests: string;
  addBytes: string;
  addMinutes: string;
  addRequests: string;
  times: string;
};

const text = (value: string | number | undefined): string => (value === undefined ? "" : String(value));
const whole = (value: string): number | undefined => (/^\d+$/.test(value.trim()) ? Number(value) : undefined);
const size = (value: string): string | undefined => value.replace(/\s+/g, "") || undefined;

export function moreOf(quota: Partial<Quota> | undefined): More {
  return {
    idleGap: text(quota?.idle_gap),
    quietBytes: text(quota?.background?.bytes),
    quietRequests: text(quota?.background?.requests),
    addBytes: text(quota?.extension?.bytes),
    addMinutes: text(quota?.extension?.minutes),
    addRequests: text(quota?.extension?.requests),
    times: text(quota?.extension?.times),
  };
}

/** The members of the document; undefined where the form is empty, or what is shared can't be extended by one. */
export function membersOf(m: More, personal: boolean): Pick<Quota, "idle_gap" | "background" | "extension"> {
  const background = { bytes: size(m.quietBytes), requests: whole(m.quietRequests) };
  const extension = { bytes: size(m.addBytes), minutes: whole(m.addMinutes), requests: whole(m.addRequests) };
  const adds = personal && Object.values(extension).some(v => v !== undefined);
  return {
    idle_gap: size(m.idleGap),
    background: Object.values(background).some(v => v !== undefined) ? background : undefined,
    extension: adds ? { ...extension, times: whole(m.times) ?? 1 } : undefined,
  };
}

const SPAN = /^\s*\d{1,5}\s*(s|m|min|h)\s*$/;
const number = (value: string, fault: string): string | null =>
  value.trim() && !/^\s*[1-9]\d{0,11}\s*$/.test(value) ? fault : null;

export function moreFaults(m: More) {
  const bytes = (value: string) => (value.trim() && readSize(value) === null ? t("more.bytes_fault") : null);
  return {
    idleGap: m.idleGap.trim() && !SPAN.test(m.idleGap) ? t("more.idle_gap_fault") : null,
    quietBytes: bytes(m.quietBytes),
    quietRequests: number(m.quietRequests, t("limits.requests_fault")),
    addBytes: bytes(m.addBytes),
    addMinutes: number(m.addMinutes, t("limits.requests_fault")),
    addRequests: number(m.addRequests, t("limits.requests_fault")),
    times: number(m.times, t("limits.requests_fault")),
  };
}

type Props = {
  form: More;
  set: (change: Partial<More>) => void;
  tried: boolean;
  disabled: boolean;
  /** Minutes are limited, so that it matters which of them count. */
  timed: boolean;
  /** Counted by user or device: one person can take more without taking it for others. */
  personal: boolean;
};

export function MoreFields({ form, set, tried, disabled, timed, personal }: Props) {
  const faults = moreFaults(form);
  const input = (name: keyof More, label: string, placeholder: string) => (
    <Field label={label} error={tried ? faults[name] : null} optional>
      {(f, d) => (
        <TextInput
          id={f}
          aria-describedby={d}
          value={form[name]}
          onInput={value => set({ [name]: value })}
          placeholder={placeholder}
          maxLength={24}
          disabled={disabled}
        />
      )}
    </Field>
  );
  return (
    <>
      {timed && (
        <fieldset class="field limits" disabled={disabled}>
          <legend>{t("more.activity")}</legend>
          <div class="fields">
            {input("idleGap", t("more.idle_gap"), "1m")}
            {input("quietBytes", t("more.quiet_bytes"), "100KiB")}
            {input("quietRequests", t("more.quiet_requests"), "5")}
          </div>
          <p class="help">{t("more.activity_help")}</p>
        </fieldset>
      )}
      {personal && (
        <fieldset class="field limits" disabled={disabled}>
          <legend>{t("more.extension")}</legend>
          <div class="fields">
            {input("addBytes", t("more.bytes"), "500MiB")}
            {input("addMinutes", t("more.minutes"), "15")}
            {input("addRequests", t("more.requests"), "100")}
            {input("times", t("more.times"), "1")}
          </div>
          <p class="help">{t("more.extension_help")}</p>
        </fieldset>
      )}
    </>
  );
}
