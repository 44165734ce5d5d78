// Faulty certificates that are known and let through, until when.
import { changeDraft, editDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, TlsException } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import type { MenuItem } from "../../components/menu";
import { Empty } from "../../components/states";
import { Tag } from "../../components/tag";
import { faultName } from "../../inspection/faults";
import { inspection } from "../../inspection/text";
import { ago, list } from "../../lib/format";
import { href, setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { ended, listOf, titleOf, type Item } from "./edits";
import { Ordered } from "./ordered";
import { tls as t } from "./text";

const ICON = { allow: "allow", tunnel: "tunnel", block: "block" } as const;
const TONE = { allow: "v-allow", tunnel: "v-warn", block: "v-block" } as const;
const SOON_MS = 7 * 86_400_000;

export function Exceptions({ draft }: { draft: Draft }) {
  const all = listOf(draft.document, "exceptions");
  const gone = draft.changes.some(c => c.op === "remove" && c.path.startsWith("/inspection/exceptions/"));
  const open = (id: string) => setQuery({ exception: id });
  return (
    <div class="stack">
      <p class="note">{t("exceptions.how")}</p>
      {all.length === 0 && !gone ? (
        <div class="card">
          <Empty
            icon="allow"
            title={t("exceptions.empty")}
            actions={
              may("policy.draft") && (
                <Button icon="plus" onClick={() => open("@new")}>
                  {t("add.exceptions")}
                </Button>
              )
            }
          >
            {t("exceptions.empty_help")}
          </Empty>
        </div>
      ) : (
        <Ordered
          kind="exceptions"
          draft={draft}
          label={t("tab.exceptions")}
          href={id => href("/tls", { tab: "exceptions", exception: id })}
          onOpen={open}
          action={item => <ThenTag then={(item as TlsException).then} />}
          aside={item => <Until item={item} />}
          lead={item => (
            <>
              <b>{list(((item as TlsException).fault ?? []).map(faultName))}</b>
              {" · "}
            </>
          )}
          more={more}
        />
      )}
    </div>
  );
}

export function ThenTag({ then }: { then: TlsException["then"] }) {
  return (
    <span class={`tag ${TONE[then]} solid`}>
      <Icon name={ICON[then]} size={15} /> {inspection(`then.${then}_short`)}
    </span>
  );
}

function Until({ item }: { item: Item }) {
  if (ended(item)) return <Tag>{t("ended")}</Tag>;
  if (!item.until) return <Tag kind="warn">{t("endless")}</Tag>;
  const soon = Date.parse(item.until) - Date.now() < SOON_MS;
  const text = t("aside.until", { when: safe(item.until) });
  return (
    <span title={ago(item.until)}>{soon ? <Tag kind="warn">{text}</Tag> : <span class="muted">{text}</span>}</span>
  );
}

/** Ending one keeps it where it is, so that it is seen that there was one. */
function more(item: Item): MenuItem[] {
  if (!may("policy.draft") || ended(item)) return [];
  const put = (body: Item) => changeDraft("PUT", "/exceptions/{id}", { params: { id: item.id }, body });
  return [
    {
      text: t("end_now"),
      icon: "calendar",
      run: () => {
        const { from: _, ...rest } = item;
        void editDraft(
          t("done.ended", { name: titleOf(item) }),
          () => put({ ...rest, until: new Date().toISOString().replace(/\.\d+Z$/, "Z") } as Item),
          () => put(item),
        );
      },
    },
  ];
}
