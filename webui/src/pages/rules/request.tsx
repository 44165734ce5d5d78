// A draft that waits for a second person: who asks for what, and what the one who looks may do about it.
import { useState } from "preact/hooks";
import { cache, send } from "../../api/client";
import { draftChanged } from "../../api/draft";
import { may, useSession } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { Field, TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { announce } from "../../components/live-region";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { ago } from "../../lib/format";
import { safe } from "../../lib/safe";
import { rules as t } from "./text";

export function Request({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const { name } = useSession();
  const [comment, setComment] = useState("");
  const [busy, setBusy] = useState<"approve" | "reject" | null>(null);
  const [error, setError] = useState<string | null>(null);
  const request = draft.request;
  if (!request) return null;
  const own = request.account === name;
  const act = async (verb: "approve" | "reject") => {
    if (verb === "reject" && !own && !comment.trim()) return setError(t("request.why_missing"));
    setBusy(verb);
    setError(null);
    try {
      const body = { comment: comment.trim() };
      await send("POST", `/policy/draft/${verb}`, { body, etag: draft.etag });
      const text = t(verb === "approve" ? "request.approved" : own ? "request.withdrawn" : "request.rejected");
      announce(text);
      toast({ text });
      if (verb === "approve") onClose();
    } catch (e) {
      setError(errorText(e));
    } finally {
      setBusy(null);
      draftChanged();
      cache.stale("/api/v1/status");
    }
  };
  return (
    <section class="conflict request" aria-label={t("request.title", { by: safe(request.by) })}>
      <h3>
        <Icon name="history" size={18} /> {t("request.title", { by: safe(request.by) })}
      </h3>
      <p class="wrap">{safe(request.comment)}</p>
      <p class="note">
        {ago(request.time)}. {t(own ? "request.own" : "request.other")}
        {request.confirm_within_s > 0 &&
          ` ${t("request.trial", { minutes: String(Math.ceil(request.confirm_within_s / 60)) })}`}
      </p>
      {may("policy.publish") && !own && (
        <Field label={t("request.comment")} help={t("request.comment_help")} error={error}>
          {(id, describedby) => (
            <TextInput id={id} aria-describedby={describedby} value={comment} maxLength={500} onInput={setComment} />
          )}
        </Field>
      )}
      {own && error && <p class="error">{error}</p>}
      {may("policy.publish") && (
        <div class="row">
          <Button small kind={own ? undefined : "danger"} busy={busy === "reject"} onClick={() => void act("reject")}>
            {t(own ? "request.withdraw" : "request.reject")}
          </Button>
          {!own && (
            <Button small kind="primary" busy={busy === "approve"} onClick={() => void act("approve")}>
              {t("request.approve", { version: String(draft.active_version + 1) })}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
