// Review and publish: what the draft changes, whether it is right, what its tests say, why it is done. The only door to
// what the gateway enforces.
import { useEffect, useState } from "preact/hooks";
import { ApiError, cache, send } from "../../api/client";
import { draftChanged, editDraft, useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Diff, Draft, Fault } from "../../api/types";
import { Button } from "../../components/button";
import { confirm } from "../../components/confirm";
import { Field, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { announce } from "../../components/live-region";
import { Sheet } from "../../components/sheet";
import { Empty, errorText, Failed, Skeleton } from "../../components/states";
import { toast } from "../../components/toast";
import { href, navigate } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { Changes } from "./changes";
import { putDocument } from "./edits";
import { Effect } from "./effect";
import { TestLine, useCheck } from "./check";
import { merge } from "./model/merge";
import { Place, Remarks, useRemarks } from "./remarks";
import { Request } from "./request";
import { rules as t } from "./text";
import { ThenWhat, type Trial } from "./then-what";
import { readVersion as read } from "./versions";

/** Whoever is about to publish hears soon that somebody changes the draft. */
const LOOK_MS = 3000;

type Stuck = { text: string; changes: readonly Diff[] | null; paths?: readonly string[] };

export default function Review({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [trial, setTrial] = useState<Trial>("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState<"publish" | "rebase" | "discard" | null>(null);
  const [stuck, setStuck] = useState<Stuck | null>(null);
  useDraft({ poll_ms: LOOK_MS });
  const check = useCheck(draft.etag);
  const behind = draft.base_version !== draft.active_version;
  const failing = check.data?.tests.filter(one => !one.ok).length ?? 0;
  const waits = draft.request !== null;
  const publishes = may("policy.publish") && !waits;
  const remarks = useRemarks(draft.etag, draft.document, draft.faults.length === 0);
  const ready = check.data?.valid === true && !behind && draft.changes.length > 0;
  useEffect(() => setStuck(null), [draft.etag]);

  if (!draft.exists || (draft.changes.length === 0 && !behind)) {
    return (
      <Sheet title={t("review.title")} onClose={onClose} actions={<Button onClick={onClose}>{common("close")}</Button>}>
        <Empty icon="allow" title={t("review.nothing")}>
          {t("review.nothing_help", { version: String(draft.active_version) })}
        </Empty>
      </Sheet>
    );
  }

  const attempt = async (what: typeof busy, run: () => Promise<void>) => {
    setBusy(what);
    setStuck(null);
    try {
      await run();
    } catch (error) {
      setStuck(told(error));
      if (error instanceof ApiError && [409, 412].includes(error.status)) draftChanged(null);
    } finally {
      setBusy(null);
    }
  };
  const publish = () => {
    if (!reason.trim()) {
      setWrong(t("review.reason_missing"));
      return;
    }
    setWrong(null);
    void attempt("publish", async () => {
      const body = { comment: reason.trim(), ...(trial && { confirm_within: trial }) };
      const answer = await send<{ version: number }>("POST", "/policy/draft/commit", { body, etag: draft.etag });
      draftChanged();
      cache.stale("/api/v1/status");
      const asked = answer.status === 202;
      const text = asked ? t("review.asked") : t("review.done", { version: String(answer.data.version) });
      announce(text);
      toast({
        text,
        action: { text: t("review.history"), run: () => navigate(href("/rules", { view: "history" })) },
      });
      onClose();
    });
  };
  const rebase = () =>
    attempt("rebase", async () => {
      await send<Draft>("POST", "/policy/draft/rebase", { etag: draft.etag });
      draftChanged();
      announce(t("review.rebased"));
    });
  /** Both changed the same: one side wins there, what only one changed stays. The draft begins anew from the active. */
  const settle = (wins: "mine" | "theirs") =>
    attempt("rebase", async () => {
      const [base, active] = await Promise.all([read(draft.base_version), read(draft.active_version)]);
      const [first, second] = wins === "mine" ? [draft.document, active] : [active, draft.document];
      const { document } = merge(base, first, second);
      await send("DELETE", "/policy/draft", { etag: draft.etag });
      await putDocument({ etag: `"v${draft.active_version}"` }, document);
      announce(t("review.rebased"));
    });
  const discard = async () => {
    const yes = await confirm({
      title: t("discard.title"),
      text: t("discard.text", { count: draft.changes.length }),
      verb: t("discard.verb"),
      danger: true,
    });
    if (!yes) return;
    const done = await editDraft(
      t("discard.done"),
      async () => {
        await send("DELETE", "/policy/draft", { etag: draft.etag });
        draftChanged();
      },
      () => putDocument({ etag: `"v${draft.active_version}"` }, draft.document),
    );
    if (done) onClose();
  };

  const tests = (
    <section class="review-part" aria-busy={check.running}>
      <h3>
        {t("review.tests")}
        {check.data && check.data.tests.length > 0 && (
          <span class="note">
            {" "}
            {t(failing ? "review.tests_failing" : "review.tests_passing", {
              count: failing || check.data.tests.length,
            })}
          </span>
        )}
      </h3>
      {!check.data && check.error === null && <Skeleton rows={3} />}
      {check.data && check.data.tests.length === 0 && (
        <p class="note">{t(check.data.faults.length ? "review.tests_later" : "review.tests_none")}</p>
      )}
      <ul class="test-list">
        {[...(check.data?.tests ?? [])]
          .sort((a, b) => Number(a.ok) - Number(b.ok))
          .map(one => (
            <TestLine key={one.index} test={one} />
          ))}
      </ul>
    </section>
  );

  return (
    <Sheet
      kind="wide"
      title={publishes ? t("review.title") : t("review.title_read")}
      note={t("review.note", { from: String(draft.base_version), to: String(draft.active_version + 1) })}
      onClose={onClose}
      onSubmit={() => publishes && ready && publish()}
      footnote={waits ? "" : publishes ? blocked(check, failing, behind, draft.needs_approval) : t("review.admins")}
      actions={
        <>
          {may("policy.draft") && !waits && (
            <Button kind="danger" onClick={() => void discard()} busy={busy === "discard"}>
              {t("discard.verb")}
            </Button>
          )}
          <Button onClick={onClose}>{may("policy.draft") && !waits ? t("review.keep") : common("close")}</Button>
          {publishes && (
            <Button type="submit" kind="primary" disabled={!ready} busy={busy === "publish"}>
              {draft.needs_approval
                ? t("review.ask")
                : t("review.publish", { version: String(draft.active_version + 1) })}
            </Button>
          )}
        </>
      }
    >
      <Request draft={draft} onClose={onClose} />
      {behind && (
        <section class="conflict" role="alert">
          <h3>
            <Icon name="history" size={18} />
            {t("behind.title", { active: String(draft.active_version), base: String(draft.base_version) })}
          </h3>
          <Between before={draft.base_version} after={draft.active_version} />
          <p class="note">{t("behind.help")}</p>
          {may("policy.draft") && (
            <div class="row">
              <Button small kind="primary" busy={busy === "rebase"} onClick={() => void rebase()}>
                {t("behind.rebase")}
              </Button>
            </div>
          )}
        </section>
      )}
      {stuck && (
        <section class="conflict" role="alert">
          <h3>
            <Icon name="warn" size={18} /> {stuck.text}
          </h3>
          {stuck.paths && (
            <ul class="wrap">
              {stuck.paths.map(p => (
                <li key={p}>
                  <code>{safe(p)}</code>
                </li>
              ))}
            </ul>
          )}
          {stuck.changes && <Changes changes={stuck.changes} small />}
          {stuck.paths && may("policy.draft") && (
            <div class="row">
              <Button small busy={busy === "rebase"} onClick={() => void settle("theirs")}>
                {t("behind.theirs")}
              </Button>
              <Button small kind="primary" busy={busy === "rebase"} onClick={() => void settle("mine")}>
                {t("behind.mine")}
              </Button>
            </div>
          )}
        </section>
      )}
      {check.error !== null && <Failed small error={check.error} title={t("check.failed")} onRetry={check.run} />}
      {check.data && check.data.faults.length > 0 && <Faults draft={draft} faults={check.data.faults} />}
      {failing > 0 && tests}
      <section class="review-part">
        <h3 tabIndex={-1} autofocus>
          {t("review.changes", { count: draft.changes.length })}
        </h3>
        <Changes changes={draft.changes} document={draft.document} />
      </section>
      {may("policy.draft") && draft.changes.length > 0 && (
        <Effect draft={draft} ready={check.data !== null && check.data.faults.length === 0} />
      )}
      {failing === 0 && tests}
      <Remarks notes={remarks} document={draft.document} />
      {publishes && (
        <Field label={t("review.reason")} help={t("review.reason_help")} error={wrong}>
          {(id, describedby) => (
            <TextInput
              id={id}
              aria-describedby={describedby}
              value={reason}
              maxLength={500}
              onInput={setReason}
              placeholder={t("review.reason_hint")}
            />
          )}
        </Field>
      )}
      {publishes && <ThenWhat value={trial} onChange={setTrial} />}
    </Sheet>
  );
}

/** Why it can't be published yet, beside the button that is off. */
function blocked(check: ReturnType<typeof useCheck>, failing: number, behind: boolean, asks: boolean): string {
  if (behind) return t("review.blocked_behind");
  if (!check.data) return check.error ? "" : t("check.running");
  if (check.data.faults.length) return t("review.blocked_faults", { count: check.data.faults.length });
  return failing ? t("review.blocked_tests", { count: failing }) : t(asks ? "review.ask_foot" : "review.foot");
}

function told(error: unknown): Stuck {
  if (!(error instanceof ApiError)) return { text: errorText(error), changes: null };
  const { problem } = error;
  if (error.status === 412) {
    const author = safe(problem.current?.author ?? "");
    return { text: t("review.changed", { author }), changes: problem.current?.changes ?? null };
  }
  const paths = Array.isArray(problem["conflicts"]) ? (problem["conflicts"] as string[]) : undefined;
  if (paths) return { text: t("behind.clash", { count: paths.length }), changes: null, paths };
  const changes = Array.isArray(problem["changes"]) ? (problem["changes"] as Diff[]) : null;
  const faults = problem.faults?.map(f => f.message).join(" ");
  return { text: faults ? `${errorText(error)}: ${safe(faults)}` : errorText(error), changes };
}

/** What was published since the draft was begun. */
function Between({ before, after }: { before: number; after: number }) {
  const [changes, setChanges] = useState<Diff[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const body = { before: { version: before }, after: { version: after } };
    send<{ changes: Diff[] }>("POST", "/policy/diff", { body }).then(a => setChanges(a.data.changes), setError);
  }, [before, after]);
  if (error) return <p class="note">{errorText(error)}</p>;
  return changes ? <Changes changes={changes} small /> : <Skeleton rows={2} />;
}

/** What is wrong with the document: each leads to what it is in. */
function Faults({ draft, faults }: { draft: Draft; faults: readonly Fault[] }) {
  return (
    <section class="review-part">
      <h3>{t("review.faults", { count: faults.length })}</h3>
      <ul class="fault-list">
        {faults.map(f => (
          <li key={f.pointer + f.message}>
            <Icon name="warn" size={15} />
            <span class="wrap">
              <Place document={draft.document} pointer={f.pointer} /> {safe(f.message)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
