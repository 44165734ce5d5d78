// The bar that floats while there are changes nobody has published: on every page of those who may see the policy.
import { draftChanged, editDraft, useDraft } from "../api/draft";
import { send } from "../api/client";
import { may } from "../api/session";
import { Button } from "../components/button";
import { confirm } from "../components/confirm";
import { Tag } from "../components/tag";
import { usePlace } from "../lib/router";
import { safe } from "../lib/safe";
import { shell as t } from "./text";

export function DraftBar() {
  const draft = useDraft();
  const { query } = usePlace();
  const { data } = draft;
  const changes = data?.changes?.length ?? 0;
  if (!data?.exists || changes === 0 || query.has("review")) return null;
  const discard = async () => {
    const yes = await confirm({
      title: t("draft.discard_title"),
      text: t("draft.discard_text", { count: changes }),
      verb: t("draft.discard"),
      danger: true,
    });
    if (!yes) return;
    await editDraft(t("draft.discarded"), async () => {
      await send("DELETE", "/policy/draft", { etag: data.etag });
      draftChanged();
    });
  };
  return (
    <section class="draft-bar" aria-label={t("draft")}>
      <Tag kind="accent">{t("draft")}</Tag>
      <b>{t("draft.changes", { count: changes })}</b>
      <span class="note">
        {data.request ? t("draft.waits", { by: safe(data.request.by) }) : t("draft.not_enforced")}
        {data.author && !data.request ? `, ${t("draft.by", { name: safe(data.author) })}` : ""}
      </span>
      <div class="row end">
        {may("policy.draft") && !data.request && <Button onClick={discard}>{t("draft.discard")}</Button>}
        <Button kind="primary" href="/rules?review=1">
          {may("policy.publish") && !data.request ? t("draft.review") : t("draft.look")}
        </Button>
      </div>
    </section>
  );
}
