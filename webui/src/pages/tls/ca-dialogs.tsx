// Making, importing and rotating an authority. Each dialog says first what will happen to clients, and when.
import { useState } from "preact/hooks";
import { send } from "../../api/client";
import { Button } from "../../components/button";
import { keepEdits } from "../../components/confirm";
import { ChipsInput, Field, Select, TextArea, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { Sheet } from "../../components/sheet";
import { errorText } from "../../components/states";
import { FaultNotice } from "../../policy/item-fields";
import { policy } from "../../policy/text";
import { common } from "../../text/common";
import { authoritiesChanged, type Dialog } from "./ca";
import { tls as t } from "./text";
import type { Authority } from "./types";

type Props = { dialog: Dialog; all: readonly Authority[]; onClose: () => void };

export default function Dialogs({ dialog, all, onClose }: Props) {
  const first = !all.some(a => a.state === "current");
  if (dialog === "import") return <Import first={first} onClose={onClose} />;
  if (dialog === "sign") return <Sign onClose={onClose} />;
  return <Make first={dialog === "make"} onClose={onClose} />;
}

/** Sends, tells, closes; or says what the gateway refused. */
function useSending(onClose: () => void) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    busy,
    faults: error ? [errorText(error)] : [],
    send: async (path: string, body: object, done: string) => {
      if (busy) return;
      setBusy(true);
      setError(null);
      try {
        await send("POST", path, { body });
        authoritiesChanged(done);
        onClose();
      } catch (problem) {
        setError(problem);
        setBusy(false);
      }
    },
  };
}

const WHEN = ["", "7d", "14d", "30d"] as const;
type When = (typeof WHEN)[number] | "now";

/** When the next one begins to sign. */
function WhenField({ value, now, onChange }: { value: When; now?: boolean; onChange: (value: When) => void }) {
  const all: When[] = now ? ["now", ...WHEN.slice(1)] : [...WHEN];
  return (
    <Field label={t("ca.when")} help={t("ca.when_help")}>
      {(id, by) => (
        <Select
          id={id}
          aria-describedby={by}
          value={value}
          options={all.map(v => ({ value: v, text: t(`ca.when_${v || "asked"}`) }))}
          onChange={onChange}
        />
      )}
    </Field>
  );
}

/** What happens, step by step, so that nobody is surprised by clients that refuse. */
function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <ol class="ca-steps">
      {steps.map(text => (
        <li key={text}>{text}</li>
      ))}
    </ol>
  );
}

const LIVES = ["365", "1826", "3652"] as const;

function Make({ first, onClose }: { first: boolean; onClose: () => void }) {
  const [organisation, setOrganisation] = useState("");
  const [name, setName] = useState("");
  const [days, setDays] = useState<(typeof LIVES)[number]>("1826");
  const [permitted, setPermitted] = useState<string[]>([]);
  const [when, setWhen] = useState<When>("");
  const sending = useSending(onClose);
  const dirty = !!organisation || !!name || permitted.length > 0;
  const mayClose = keepEdits(
    dirty,
    { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
    onClose,
  );
  const body = {
    ...(organisation.trim() && { organisation: organisation.trim() }),
    ...(name.trim() && { name: name.trim() }),
    ...(permitted.length && { permitted }),
    days: Number(days),
    ...(!first && when && { sign_at: when }),
  };
  const go = () => void sending.send(first ? "/ca" : "/ca/rotate", body, t(first ? "ca.made" : "ca.next_made"));
  return (
    <Sheet
      title={t(first ? "ca.make" : "ca.next_make")}
      onClose={onClose}
      mayClose={mayClose}
      onSubmit={go}
      actions={
        <>
          <Button onClick={() => mayClose() && onClose()}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={sending.busy}>
            {t(first ? "ca.make_verb" : "ca.next_verb")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={sending.faults} />
      <Steps
        steps={
          first ? [t("ca.first_1"), t("ca.first_2"), t("ca.first_3")] : [t("ca.next_1"), t("ca.next_2"), t("ca.next_3")]
        }
      />
      <Field label={t("ca.organisation")} optional help={t("ca.organisation_help")}>
        {(id, by) => (
          <TextInput
            id={id}
            aria-describedby={by}
            value={organisation}
            onInput={setOrganisation}
            maxLength={64}
            placeholder="Example Ltd"
          />
        )}
      </Field>
      <Field label={t("ca.name")} optional help={t("ca.name_help")}>
        {(id, by) => <TextInput id={id} aria-describedby={by} value={name} onInput={setName} maxLength={64} />}
      </Field>
      <Field label={t("ca.days")}>
        {id => (
          <Select
            id={id}
            value={days}
            options={LIVES.map(v => ({ value: v, text: t(`ca.days_${v}`) }))}
            onChange={setDays}
          />
        )}
      </Field>
      <Field label={t("ca.permitted")} optional help={t("ca.permitted_help")}>
        {(id, by) => (
          <ChipsInput id={id} describedby={by} mono values={permitted} onChange={setPermitted} placeholder="example" />
        )}
      </Field>
      {!first && <WhenField value={when} onChange={setWhen} />}
    </Sheet>
  );
}

/** PEM as text; what is none is taken for PKCS#12. */
async function readFile(file: File): Promise<{ pem: string } | { pkcs12: string }> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.includes("-----BEGIN ")) return { pem: text };
  return { pkcs12: btoa(Array.from(bytes, b => String.fromCharCode(b)).join("")) };
}

const MOST = 256 * 1024;

function Import({ first, onClose }: { first: boolean; onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useState("");
  const [key, setKey] = useState("");
  const [password, setPassword] = useState("");
  const [when, setWhen] = useState<When>("");
  const [fault, setFault] = useState<string | null>(null);
  const sending = useSending(onClose);
  const dirty = !!file || !!text || !!key;
  const mayClose = keepEdits(
    dirty,
    { title: policy("discard.title"), text: policy("discard.text"), verb: policy("discard") },
    onClose,
  );
  const go = async () => {
    if (!file && !text.trim()) return setFault(t("ca.file_missing"));
    if (file && file.size > MOST) return setFault(t("ca.file_large"));
    setFault(null);
    const given = file ? await readFile(file) : { pem: text };
    await sending.send(
      "/ca/import",
      {
        ...given,
        ...(key.trim() && { key }),
        ...(password && { password }),
        ...(!first && when && { sign_at: when }),
      },
      t(first ? "ca.imported" : "ca.next_made"),
    );
  };
  return (
    <Sheet
      title={t(first ? "ca.import" : "ca.next_import")}
      onClose={onClose}
      mayClose={mayClose}
      onSubmit={() => void go()}
      actions={
        <>
          <Button onClick={() => mayClose() && onClose()}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={sending.busy}>
            {t("ca.import_verb")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={sending.faults} />
      <Steps
        steps={
          first
            ? [t("ca.import_1"), t("ca.import_2"), t("ca.first_3")]
            : [t("ca.import_1"), t("ca.next_2"), t("ca.next_3")]
        }
      />
      <Field label={t("ca.file")} help={t("ca.file_help")} error={fault}>
        {(id, by) => (
          <input
            id={id}
            type="file"
            class="input"
            aria-describedby={by}
            accept=".pem,.crt,.cer,.p12,.pfx"
            onChange={event => setFile(event.currentTarget.files?.[0] ?? null)}
          />
        )}
      </Field>
      {!file && (
        <Field label={t("ca.paste")} optional>
          {id => (
            <TextArea
              id={id}
              mono
              rows={4}
              value={text}
              onInput={setText}
              placeholder={"-----BEGIN CERTIFICATE-----"}
              autocomplete="off"
            />
          )}
        </Field>
      )}
      <Field label={t("ca.key_pem")} optional help={t("ca.key_help")}>
        {(id, by) => (
          <TextArea
            id={id}
            aria-describedby={by}
            mono
            rows={3}
            value={key}
            onInput={setKey}
            placeholder={"-----BEGIN PRIVATE KEY-----"}
            autocomplete="off"
          />
        )}
      </Field>
      <Field label={t("ca.password")} optional>
        {id => <TextInput id={id} type="password" value={password} onInput={setPassword} autocomplete="new-password" />}
      </Field>
      {!first && <WhenField value={when} onChange={setWhen} />}
    </Sheet>
  );
}

function Sign({ onClose }: { onClose: () => void }) {
  const [when, setWhen] = useState<When>("14d");
  const sending = useSending(onClose);
  return (
    <Sheet
      kind="box"
      title={t("ca.sign_title")}
      onClose={onClose}
      onSubmit={() =>
        void sending.send("/ca/rotate", { sign_at: when }, t(when === "now" ? "ca.signs_now" : "ca.scheduled"))
      }
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button kind={when === "now" ? "danger" : "primary"} type="submit" busy={sending.busy}>
            {t(when === "now" ? "ca.sign_verb" : "ca.schedule_verb")}
          </Button>
        </>
      }
    >
      <FaultNotice faults={sending.faults} />
      <WhenField value={when} now onChange={setWhen} />
      {when === "now" && (
        <div class="notice warn">
          <Icon name="warn" size={18} />
          <p>{t("ca.sign_now_text")}</p>
        </div>
      )}
    </Sheet>
  );
}
