// Every version that was ever enforced: who, when, why, what it changed; any two compared; one brought back as a draft,
// or at once by those who may.
import { useEffect, useState } from "preact/hooks";
import { ApiError, cache, send } from "../../api/client";
import { draftChanged, editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Diff, Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Field, Select, TextInput } from "../../components/field";
import { Menu } from "../../components/menu";
import { Sheet } from "../../components/sheet";
import { Async, Empty, errorText, Failed, Skeleton } from "../../components/states";
import { Tag } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, full } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { Changes } from "./changes";
import { complain, putDocument } from "./edits";
import { rules as t } from "./text";
import { ThenWhat, type Trial } from "./then-what";
import { readVersion as read, type Version } from "./versions";

type Versions = { items: Version[]; cursor: string | null };
const PAGE = 50;

export default function History({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const first = useGet<Versions>("/policy/versions", { query: { limit: PAGE } });
  const [older, setOlder] = useState<Versions[]>([]);
  const [rollback, setRollback] = useState<Version | null>(null);
  const pages = first.data ? [first.data, ...older] : [];
  const versions = pages.flatMap(p => p.items);
  const next = pages.at(-1)?.cursor ?? null;
  const more = () =>
    send<Versions>("GET", "/policy/versions", { query: { limit: PAGE, cursor: next } }).then(
      a => setOlder(o => [...o, a.data]),
      (error: unknown) => complain(error),
    );
  useEffect(() => setOlder([]), [first.data?.items[0]?.version]);

  const newest = versions[0]?.version ?? 1;
  const to = query.get("to") ?? String(newest);
  const from = query.get("from") ?? String(Math.max(1, Number(to) - 1));

  return (
    <Async got={first} skeleton={<Skeleton kind="table" rows={8} />}>
      {() => (
        <div class="history">
          <Card title={t("history.title")} flush>
            <ol class="versions">
              {versions.map(v => (
                <li key={v.version} class={String(v.version) === to ? "on" : ""}>
                  <a
                    class="version"
                    aria-current={String(v.version) === to ? "true" : undefined}
                    href={href("/rules", {
                      view: "history",
                      to: String(v.version),
                      from: String(Math.max(1, v.version - 1)),
                    })}
                  >
                    <b>{t("history.version", { version: String(v.version) })}</b>
                    {v.active && <Tag kind="good">{t("history.active")}</Tag>}
                    <span class="version-comment wrap">{v.comment ? safe(v.comment) : t("history.no_comment")}</span>
                    <span class="note" title={full(v.time)}>
                      {safe(v.author)}
                      {v.approved_by && ` (${t("history.approved", { by: safe(v.approved_by) })})`}, {ago(v.time)}
                    </span>
                  </a>
                  <Menu
                    icon="dots"
                    kind="quiet"
                    small
                    label={common("actions_of", { name: t("history.version", { version: String(v.version) }) })}
                    items={[
                      {
                        text: t("history.with_active"),
                        icon: "columns",
                        disabled: v.active,
                        run: () => setQuery({ from: String(v.version), to: String(draft.active_version) }),
                      },
                      { text: t("history.download"), icon: "download", run: () => void download(v.version) },
                      ...(may("policy.draft")
                        ? [
                            {
                              text: t("history.restore"),
                              icon: "edit" as const,
                              disabled: v.active && !draft.exists,
                              run: () => void restore(draft, v.version),
                            },
                          ]
                        : []),
                      ...(may("policy.publish")
                        ? [
                            "line" as const,
                            {
                              text: t("history.rollback"),
                              icon: "history" as const,
                              danger: true,
                              disabled: v.active,
                              run: () => setRollback(v),
                            },
                          ]
                        : []),
                    ]}
                  />
                </li>
              ))}
            </ol>
            {next && (
              <div class="row versions-more">
                <Button small onClick={() => void more()}>
                  {t("history.older")}
                </Button>
              </div>
            )}
          </Card>
          <Compare versions={versions} from={from} to={to} draft={draft} />
          {rollback && <Rollback version={rollback} onClose={() => setRollback(null)} />}
        </div>
      )}
    </Async>
  );
}

const DRAFT = "draft";

function Compare({ versions, from, to, draft }: { versions: Version[]; from: string; to: string; draft: Draft }) {
  const [got, setGot] = useState<{ key: string; changes: Diff[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const key = `${from} ${to} ${from === DRAFT || to === DRAFT ? draft.etag : ""}`;
  useEffect(() => {
    const side = (v: string) => (v === DRAFT ? { draft: true } : { version: Number(v) });
    const running = new AbortController();
    setError(null);
    send<{ changes: Diff[] }>("POST", "/policy/diff", {
      body: { before: side(from), after: side(to) },
      signal: running.signal,
    }).then(
      a => setGot({ key, changes: a.data.changes }),
      (e: unknown) => running.signal.aborted || setError(e),
    );
    return () => running.abort();
  }, [key, turn]);
  const options = [
    ...(draft.exists ? [{ value: DRAFT, text: t("history.draft") }] : []),
    ...versions.map(v => ({ value: String(v.version), text: t("history.version", { version: String(v.version) }) })),
  ];
  const known = (v: string) =>
    options.some(o => o.value === v) ? options : [...options, { value: v, text: t("history.version", { version: v }) }];
  return (
    <Card
      title={t("history.compare")}
      actions={
        <>
          <Select
            label={t("history.from")}
            value={from}
            options={known(from)}
            onChange={v => setQuery({ from: v, to })}
          />
          <span aria-hidden="true">→</span>
          <Select label={t("history.to")} value={to} options={known(to)} onChange={v => setQuery({ to: v, from })} />
        </>
      }
    >
      {error !== null ? (
        <Failed error={error} small onRetry={() => setTurn(n => n + 1)} />
      ) : got?.key !== key ? (
        <Skeleton rows={5} />
      ) : from === to ? (
        <Empty icon="columns" title={t("history.same")} />
      ) : (
        <Changes changes={got.changes} document={draft.document} />
      )}
    </Card>
  );
}

async function download(version: number): Promise<void> {
  try {
    const { save } = await import("./download");
    save(`sluice-policy-v${version}.json`, await read(version));
  } catch (error) {
    complain(error);
  }
}

/** The draft becomes this version; Undo brings back the draft that was, or none. */
async function restore(draft: Draft, version: number): Promise<void> {
  let after: Draft | null = null;
  const done = await editDraft(
    t("history.restored", { version: String(version) }),
    async () => (after = await putDocument(draft, await read(version))),
    draft.exists
      ? () => putDocument(after!, draft.document)
      : async () => {
          await send("DELETE", "/policy/draft", { etag: after!.etag });
          draftChanged();
        },
  );
  if (done) setQuery({ review: "1" });
}

function Rollback({ version, onClose }: { version: Version; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [trial, setTrial] = useState<Trial>("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    if (!reason.trim()) return setError(t("review.reason_missing"));
    setBusy(true);
    try {
      const body = { version: version.version, comment: reason.trim(), ...(trial && { confirm_within: trial }) };
      const { data, status } = await send<{ version: number }>("POST", "/policy/rollback", { body });
      draftChanged();
      cache.stale("/api/v1/status");
      const done = { version: String(data.version), old: String(version.version) };
      toast({ text: status === 202 ? t("review.asked") : t("rollback.done", done) });
      onClose();
    } catch (e) {
      const faults = e instanceof ApiError ? e.problem.faults?.map(f => safe(f.message)).join(" ") : "";
      setError([errorText(e), faults].filter(Boolean).join(" "));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Sheet
      kind="box"
      title={t("rollback.title", { version: String(version.version) })}
      onClose={onClose}
      onSubmit={() => void run()}
      actions={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" kind="danger" busy={busy}>
            {t("rollback.verb", { version: String(version.version) })}
          </Button>
        </>
      }
    >
      <p>{t("rollback.text", { version: String(version.version) })}</p>
      <Field label={t("review.reason")} help={t("review.reason_help")} error={error}>
        {(id, describedby) => (
          <TextInput
            id={id}
            aria-describedby={describedby}
            value={reason}
            maxLength={500}
            autofocus
            onInput={setReason}
            placeholder={t("review.reason_hint")}
          />
        )}
      </Field>
      <ThenWhat value={trial} onChange={setTrial} />
    </Sheet>
  );
}
