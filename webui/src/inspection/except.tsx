// An exception in one go: the host and its fault are known, what is left is what to do and for how long. It goes into
// the draft, on top of the others, to be reviewed and published like everything else.
import { useState } from "preact/hooks";
import { changeDraft, editDraft, useDraft } from "../api/draft";
import type { TlsException } from "../api/types";
import { Button } from "../components/button";
import { Field, Select, TextInput } from "../components/field";
import { Segmented } from "../components/segmented";
import { Sheet } from "../components/sheet";
import { dayIn } from "../lib/date";
import { dayText } from "../lib/format";
import { safe } from "../lib/safe";
import { slug } from "../policy/ids";
import { common } from "../text/common";
import { faultName } from "./faults";
import { inspection as t } from "./text";

const DAYS = [7, 30, 90] as const;
const THEN = ["allow", "tunnel"] as const;

type Props = { host: string; fault: string; onClose: () => void };

export default function ExceptSheet({ host, fault, onClose }: Props) {
  const draft = useDraft();
  const [then, setThen] = useState<(typeof THEN)[number]>("allow");
  const [days, setDays] = useState<(typeof DAYS)[number]>(30);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const all = draft.data?.document.inspection?.exceptions ?? [];
  const save = async () => {
    if (!draft.data || busy) return;
    setBusy(true);
    const made: TlsException = {
      id: slug(`${host} ${fault}`, new Set(all.map(e => e.id))),
      title: `${host}: ${faultName(fault)}`,
      ...(note.trim() && { note: note.trim() }),
      if: { host: [host] },
      fault: [fault],
      then,
      until: dayIn(days),
    };
    const done = await editDraft(
      t("except.done", { host: safe(host) }),
      () => changeDraft("POST", "/exceptions", { body: made, query: { before: all[0]?.id } }),
      () => changeDraft("DELETE", "/exceptions/{id}", { params: { id: made.id } }),
    );
    setBusy(false);
    if (done) onClose();
  };
  return (
    <Sheet
      kind="box"
      title={t("except.title", { host: safe(host) })}
      note={t("except.note")}
      onClose={onClose}
      onSubmit={() => void save()}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy || !draft.data}>
            {t("except.add")}
          </Button>
        </>
      }
    >
      <dl class="facts">
        <dt>{t("except.host")}</dt>
        <dd class="mono wrap">{safe(host)}</dd>
        <dt>{t("except.fault")}</dt>
        <dd>{faultName(fault)}</dd>
      </dl>
      <Field label={t("except.then")} help={t(`then.${then}_help`)}>
        {(id, by) => (
          <Select
            id={id}
            aria-describedby={by}
            value={then}
            options={THEN.map(value => ({ value, text: t(`then.${value}`) }))}
            onChange={setThen}
          />
        )}
      </Field>
      <div class="field">
        <h3>{t("except.until")}</h3>
        <Segmented
          label={t("except.until")}
          value={String(days) as "7"}
          options={DAYS.map(n => ({ value: String(n) as "7", text: t("except.days", { count: n }) }))}
          onChange={value => setDays(Number(value) as 7)}
        />
        <p class="help">{t("except.ends", { date: dayText(`${dayIn(days)}T12:00:00`) })}</p>
      </div>
      <Field label={t("except.reason")} optional>
        {(id, by) => (
          <TextInput
            id={id}
            aria-describedby={by}
            value={note}
            onInput={setNote}
            placeholder={t("except.reason_hint")}
            maxLength={500}
          />
        )}
      </Field>
    </Sheet>
  );
}
