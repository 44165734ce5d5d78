// Adding a list, changing where one comes from, and giving it a newer file: from an address, by upload, or from a path
// of the gateway. Loading is a job; the copy in use stays until the new one is ready.
import { useRef, useState } from "preact/hooks";
import { aborted, send } from "../../api/client";
import type { Draft } from "../../api/types";
import { upload, type Upload } from "../../api/upload";
import { Button } from "../../components/button";
import { Field, Select, TextInput } from "../../components/field";
import { Segmented } from "../../components/segmented";
import { Sheet } from "../../components/sheet";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { bytes, duration } from "../../lib/format";
import { setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { ID, slug } from "../../policy/ids";
import { FaultNotice } from "../../policy/item-fields";
import { FileDrop } from "./file-drop";
import { Progress } from "../../components/progress";
import { attemptOf, started } from "./jobs";
import { categoryOptions } from "./source-actions";
import { everyName, formatName } from "./sources";
import { lists as t } from "./text";
import { EVERY, FORMATS, type Source } from "./types";

type From = "url" | "upload" | "path";
type Props = {
  mode: "add" | "change" | "upload";
  name: string | null;
  sources: Source[];
  draft: Draft | undefined;
  onClose: () => void;
};

const NEW = "@new";
const FILE_MOST = 2 ** 30;

/** "https://lists.example/ads.txt" and "ads.txt.gz" are both called ads. */
function nameOf(place: string, taken: ReadonlySet<string>): string {
  const last =
    place
      .replace(/[?#].*$/, "")
      .replace(/\/+$/, "")
      .split("/")
      .pop() ?? "";
  const stem = last.replace(/(?:\.(?:txt|csv|list|hosts|domains|conf|tar|tgz|gz|zip|xz|zst|bz2))+$/i, "");
  return stem ? slug(stem, taken) : "";
}

export function ListForm({ mode, name: existing, sources, draft, onClose }: Props) {
  const was = sources.find(s => s.name === existing);
  // The address names a list that could not be added: what was asked for is there again.
  const again = mode === "add" && existing ? attemptOf(existing) : undefined;
  const first: From = mode === "upload" ? "upload" : was?.kind === "file" || again?.path ? "path" : "url";
  const [from, setFrom] = useState<From>(first);
  const [url, setUrl] = useState(again?.url ?? (was?.kind === "url" && !/[?]/.test(was.location) ? was.location : ""));
  const [path, setPath] = useState(again?.path ?? (was?.kind === "file" ? was.location : ""));
  const [file, setFile] = useState<File | null>(null);
  const [typed, setTyped] = useState<string | null>(again ? existing : null);
  const [format, setFormat] = useState(
    again?.format ?? FORMATS.find(f => f === was?.format && mode === "change") ?? "",
  );
  const [every, setEvery] = useState(again?.every ?? was?.every ?? "24h");
  const [category, setCategory] = useState(again?.category ?? "");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<{ bytes: number; since: number } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<Upload<{ job: string }> | null>(null);

  const taken = new Set(sources.map(s => s.name));
  const guessed = nameOf(from === "url" ? url : from === "path" ? path : (file?.name ?? ""), taken);
  const name = mode === "add" ? (typed ?? guessed) : (existing ?? "");
  const faults = {
    url: from === "url" && !/^https?:\/\/[^/\s]+/i.test(url) ? t("add.url_fault") : null,
    path: from === "path" && !path.startsWith("/") ? t("add.path_fault") : null,
    file:
      from !== "upload"
        ? null
        : !file
          ? t("add.file_fault")
          : file.size > FILE_MOST
            ? t("add.file_large", { size: bytes(file.size) })
            : null,
    name: mode !== "add" ? null : taken.has(name) ? t("add.name_taken") : !ID.test(name) ? t("add.name_fault") : null,
  };

  const begin = async (): Promise<string> => {
    const params = { name };
    if (from === "upload") {
      const query = { format, file: file!.name };
      const since = Date.now();
      setSent({ bytes: 0, since });
      const it = upload<{ job: string }>("/lists/{name}/upload", file!, { params, query }, n =>
        setSent({ bytes: n, since }),
      );
      running.current = it;
      return (await it.done).job;
    }
    const body = {
      ...(from === "url" ? { url: url.trim() } : { path: path.trim() }),
      ...(format && { format }),
      ...(every && { every }),
    };
    const answer =
      mode === "add"
        ? await send<{ job: string }>("POST", "/lists", { body: { name, ...body } })
        : await send<{ job: string }>("PUT", "/lists/{name}", { params, body });
    return answer.data.job;
  };
  const save = async () => {
    setTried(true);
    if (Object.values(faults).some(Boolean) || busy) return;
    setBusy(true);
    setError(null);
    try {
      const job = await begin();
      const attempt = mode === "add" && from !== "upload" ? { url, path, format, every, category } : undefined;
      started(job, category === NEW ? name : category || null, name, attempt);
      if (mode === "add") setQuery({ form: null, list: null, tab: "lists" });
      else onClose();
    } catch (problem) {
      if (aborted(problem)) toast({ text: t("add.cancelled") });
      else setError(problem);
      setBusy(false);
      setSent(null);
    }
    running.current = null;
  };
  const leave = () => {
    running.current?.cancel();
    onClose();
  };
  const titles = {
    add: t("add.title"),
    change: t("change.title", { name: safe(name) }),
    upload: t("upload.title", { name: safe(name) }),
  };
  const shown = (fault: string | null) => (tried ? fault : null);
  return (
    <Sheet
      title={titles[mode]}
      footnote={mode === "add" ? undefined : t("add.keep")}
      onClose={leave}
      onSubmit={save}
      actions={
        <>
          <Button onClick={sent ? () => running.current?.cancel() : leave}>{common("cancel")}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {t(`${mode}.verb`)}
          </Button>
        </>
      }
    >
      <FaultNotice faults={error ? [errorText(error)] : []} />
      {mode !== "upload" && (
        <Segmented
          label={t("add.from")}
          value={from}
          options={(["url", "upload", "path"] as const).map(value => ({ value, text: t(`add.${value}`) }))}
          onChange={setFrom}
          disabled={busy}
        />
      )}
      {from === "url" && (
        <Field label={t("add.url_label")} help={t("add.url_help")} error={shown(faults.url)}>
          {(id, d) => (
            <TextInput
              id={id}
              aria-describedby={d}
              type="url"
              mono
              autofocus
              value={url}
              onInput={setUrl}
              placeholder="https://lists.example/ads.txt"
            />
          )}
        </Field>
      )}
      {from === "path" && (
        <Field label={t("add.path_label")} help={t("add.path_help")} error={shown(faults.path)}>
          {(id, d) => (
            <TextInput
              id={id}
              aria-describedby={d}
              mono
              value={path}
              onInput={setPath}
              placeholder="/srv/lists/blocked.txt"
            />
          )}
        </Field>
      )}
      {from === "upload" && <FileDrop file={file} onFile={setFile} error={shown(faults.file)} disabled={busy} />}
      {sent && file && <Sending file={file} sent={sent} />}
      {mode === "add" && (
        <Field label={t("add.name")} help={t("add.name_help", { name: name || "NAME" })} error={shown(faults.name)}>
          {(id, d) => (
            <TextInput
              id={id}
              aria-describedby={d}
              mono
              value={name}
              onInput={text => setTyped(text.trim())}
              maxLength={64}
              disabled={busy}
            />
          )}
        </Field>
      )}
      <div class="fields">
        <Field label={t("add.format")}>
          {id => (
            <Select
              id={id}
              value={format}
              options={["", ...FORMATS].map(value => ({ value, text: formatName(value) }))}
              onChange={setFormat}
              disabled={busy}
            />
          )}
        </Field>
        {from !== "upload" && (
          <Field label={t("add.every")}>
            {id => (
              <Select
                id={id}
                value={every}
                options={[...new Set(["", ...EVERY, every])].map(value => ({ value, text: everyName(value || null) }))}
                onChange={setEvery}
                disabled={busy}
              />
            )}
          </Field>
        )}
      </div>
      {mode === "add" && (
        <Field label={t("add.category")} help={t("add.category_help")}>
          {(id, d) => (
            <span aria-describedby={d}>
              <Select
                id={id}
                value={category}
                options={categoryOptions(draft, [
                  { value: "", text: t("add.no_category") },
                  { value: NEW, text: t("add.new_category") },
                ])}
                onChange={setCategory}
                disabled={busy}
              />
            </span>
          )}
        </Field>
      )}
    </Sheet>
  );
}

function Sending({ file, sent }: { file: File; sent: { bytes: number; since: number } }) {
  const share = file.size ? sent.bytes / file.size : 0;
  const spent_s = (Date.now() - sent.since) / 1000;
  // A guess is worth showing only once there is something to judge by.
  const left = share > 0.02 && share < 1 && spent_s > 2 ? (spent_s / share) * (1 - share) : null;
  return (
    <div class="sending">
      <Progress share={share} label={t("add.sending", { name: safe(file.name) })} />
      <p class="note numbers">
        {t("add.sent", { sent: bytes(sent.bytes), size: bytes(file.size) })}
        {left !== null && ` · ${t("add.left", { time: duration(left) })}`}
      </p>
    </div>
  );
}
