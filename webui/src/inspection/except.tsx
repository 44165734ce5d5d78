// An exception in one go: the host and its fault are known, what is left is what to do and for how long. It goes into
// the draft, on top of the others, to be reviewed and published like everything else.
import { useState } from "preact/hooks";
import { changeDraft, editDraft, useDraft } from "../api/draft";
import type { TlsException } from "../api/types";
import { useGet } from "../api/use-get";
import { Button } from "../components/button";
import { Field, Select, TextInput } from "../components/field";
import { Segmented } from "../components/segmented";
import { Sheet } from "../components/sheet";
import { dayIn } from "../lib/date";
import { dayText, list } from "../lib/format";
import { safe } from "../lib/safe";
import { slug } from "../policy/ids";
import { common } from "../text/common";
import { faultName, OF_CONNECTION } from "./faults";
import { inspection as t } from "./text";
import type { FaultyHost } from "./types";

const DAYS = [7, 30, 90] as const;
const THEN = ["allow", "tunnel"] as const;

type Props = { host: string; fault: string; onClose: () => void };

/** All that was wrong when it was seen last: an exception for a part of it would let nothing through. */
function useFaults(host: string, fault: string): { faults: string[]; loading: boolean } {
  const got = useGet<FaultyHost>("/inspection/hosts/{host}", { params: { host } });
  const known = got.data?.fault === fault ? got.data.also : [];
  return { faults: [fault, ...known], loading: got.loading };
}

export default function ExceptSheet({ host, fault, onClose }: Props) {
  const draft = useDraft();
  const { faults, loading } = useFaults(host, fault);
  const closed = faults.some(f => OF_CONNECTION.includes(f));
  const [chosen, setThen] = useState<(typeof THEN)[number]>("allow");
  const then = closed ? "tunnel" : chosen;
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
      fault: faults,
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
          <Button kind="primary" type="submit" busy={busy || loading || !draft.data}>
            {t("except.add")}
          </Button>
        </>
      }
    >
      <dl class="facts">
        <dt>{t("except.host")}</dt>
        <dd class="mono wrap">{safe(host)}</dd>
        <dt>{t("except.fault")}</dt>
        <dd>{list(faults.map(faultName))}</dd>
      </dl>
      <Field label={t("except.then")} help={t(`then.${then}_help`)}>
        {(id, by) => (
          <Select
            id={id}
            aria-describedby={by}
            value={then}
            options={THEN.map(value => ({
              value,
              text: t(`then.${value}`),
              disabled: closed && value === "allow",
            }))}
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
