// The quotas of the draft as cards, each with who has used most of it; below, everyone's usage, to search and to reset.
import { useMemo } from "preact/hooks";
import { cache, send } from "../../api/client";
import { may } from "../../api/session";
import type { Draft, Quota } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { confirm } from "../../components/confirm";
import { Menu, type MenuItem } from "../../components/menu";
import { Empty, errorText } from "../../components/states";
import { Tag, Verdict } from "../../components/tag";
import { toast } from "../../components/toast";
import { ago, full, percent } from "../../lib/format";
import { href, setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { StateTag } from "../../policy/item-fields";
import { removeItem } from "../../policy/items";
import { common } from "../../text/common";
import { Words } from "../../policy/words";
import { extensionText, quotaText, rateOf, usedText } from "./limits";
import { quotas as t } from "./text";
import { NoneFound, Toolbar } from "./toolbar";
import { standingOf, subjectName, UsageBar, type Usage } from "./usage-bar";
import { UsageTable } from "./usage-table";

const TOP = 3;

/** Sets usage back to nothing after asking; `subject` null: everyone's. */
export async function resetUsage(quota: string, title: string, subject: string | null, name: string): Promise<void> {
  const values = { quota: safe(title), name };
  const yes = await confirm({
    title: subject === null ? t("usage.reset_all_title", values) : t("usage.reset_title", values),
    text: subject === null ? t("usage.reset_all_text") : t("usage.reset_text", values),
    verb: t("usage.reset"),
  });
  if (!yes) return;
  try {
    const body = subject === null ? { quota } : { quota, subject };
    const { data } = await send<{ reset: number }>("POST", "/quotas/usage/reset", { body });
    toast({ text: t("usage.reset_done", { count: data.reset }) });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/quotas");
}

export function Quotas({ draft }: { draft: Draft }) {
  const { query } = usePlace();
  const usage = useGet<{ items: Usage[] }>(may("log.read") ? "/quotas/usage" : null, { poll_ms: 10_000 });
  const find = query.get("q") ?? "";
  const all = draft.document.quotas ?? [];
  const byQuota = useMemo(() => {
    const made = new Map<string, Usage[]>();
    for (const u of usage.data?.items ?? []) made.set(u.quota, [...(made.get(u.quota) ?? []), u]);
    for (const list of made.values()) list.sort((a, b) => b.percent - a.percent);
    return made;
  }, [usage.data]);
  if (!all.length) {
    return (
      <>
        <Card>
          <Empty
            icon="quotas"
            title={t("quotas.empty")}
            actions={
              may("policy.draft") && (
                <Button kind="primary" icon="plus" onClick={() => setQuery({ quota: "@new" })}>
                  {t("add.quotas")}
                </Button>
              )
            }
          >
            {t("quotas.empty_help")}
          </Empty>
        </Card>
        {(usage.data?.items.length ?? 0) > 0 && <UsageTable got={usage} quotas={all} />}
      </>
    );
  }
  const wanted = find.trim().toLowerCase();
  const shown = all.filter(q =>
    `${q.id}\n${q.title ?? ""}\n${JSON.stringify(q.if ?? {})}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      {(all.length > 6 || find) && <Toolbar kind="quotas" find={find} />}
      {shown.length === 0 ? (
        <NoneFound find={find} />
      ) : (
        <ul class="item-cards">
          {shown.map(q => (
            <QuotaCard key={q.id} quota={q} draft={draft} usage={usage.data && (byQuota.get(q.id) ?? [])} />
          ))}
        </ul>
      )}
      {may("log.read") && <UsageTable got={usage} quotas={all} />}
    </>
  );
}

type CardProps = { quota: Quota; draft: Draft; usage: Usage[] | undefined };

function QuotaCard({ quota: q, draft, usage }: CardProps) {
  const out = usage?.filter(u => u.exhausted).length ?? 0;
  const title = safe(q.title ?? q.id);
  return (
    <li class="card item-card">
      <div class="item-card-head">
        <h2>
          <a href={href("/quotas", { quota: q.id })}>{title}</a>
        </h2>
        <StateTag draft={draft} kind="quotas" id={q.id} />
        <QuotaMenu quota={q} title={title} draft={draft} />
      </div>
      <p class="item-words">
        <Words document={draft.document} rule={{ if: q.if ?? {}, unless: q.unless }} />
      </p>
      <p class="quota-limits">
        <b>{quotaText(q)}</b>
      </p>
      <p class="row">
        {rateOf(q.then) ? (
          <Tag>{t("then.slow", { rate: safe(rateOf(q.then)!) })}</Tag>
        ) : (
          <Verdict action={q.then === "warn" ? "warn" : "block"} verb />
        )}
        {q.warn_at && <span class="note">{t("warn_at.sentence", { percent: percent(q.warn_at / 100, 0) })}</span>}
        {q.extension && (
          <span class="note">
            {t("extension.sentence", { more: extensionText(q.extension), count: q.extension.times ?? 1 })}
          </span>
        )}
      </p>
      <CardUsage
        quota={q}
        usage={usage}
        isNew={draft.changes.some(c => c.path === `/quotas/${q.id}` && c.op === "add")}
      />
      {usage && usage.length > 0 && (
        <p class="item-foot">
          <span>{t(`usage.subjects.${q.per}`, { count: usage.length })}</span>
          {out > 0 && <Tag kind="bad">{t("usage.exhausted", { count: out })}</Tag>}
          <span class="end" title={full(usage[0]!.resets)}>
            {t("usage.resets", { when: ago(usage[0]!.resets) })}
          </span>
        </p>
      )}
    </li>
  );
}

function CardUsage({ quota: q, usage, isNew }: { quota: Quota; usage: Usage[] | undefined; isNew: boolean }) {
  if (!usage) return null;
  if (!usage.length) return <p class="note item-quiet">{t(isNew ? "usage.not_yet" : "usage.none")}</p>;
  return (
    <ol class="usage-top" aria-label={t("usage.most")}>
      {usage.slice(0, TOP).map(u => (
        <li key={u.subject}>
          <span class="cut">{subjectName(u)}</span>
          <span class={`numbers ${standingOf(u, q.warn_at)}`}>{usedText(u, u.limit, q)}</span>
          <UsageBar usage={u} warnAt={q.warn_at} />
        </li>
      ))}
    </ol>
  );
}

function QuotaMenu({ quota: q, title, draft }: { quota: Quota; title: string; draft: Draft }) {
  const edit = may("policy.draft");
  const all = draft.document.quotas ?? [];
  const next = all[all.findIndex(o => o.id === q.id) + 1]?.id;
  const items: MenuItem[] = [
    { text: t(edit ? "edit" : "look"), icon: edit ? "edit" : "search", run: () => setQuery({ quota: q.id }) },
  ];
  if (edit) items.push({ text: t("duplicate"), icon: "copy", run: () => setQuery({ quota: "@new", copy: q.id }) });
  if (may("quotas.reset")) {
    items.push({
      text: t("usage.reset_all"),
      icon: "history",
      run: () => void resetUsage(q.id, q.title ?? q.id, null, ""),
    });
  }
  if (edit) {
    items.push("line", {
      text: t("remove"),
      icon: "trash",
      danger: true,
      run: () => void removeItem("quotas", q as Quota & { id: string }, title, next),
    });
  }
  return (
    <Menu small kind="quiet" icon="dots" class="end" label={common("actions_of", { name: title })} items={items} />
  );
}
