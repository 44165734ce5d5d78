// Which tunnels are opened and read: an ordered list of two words, inspect and tunnel, and what happens to the rest.
import { may } from "../../api/session";
import type { Draft, InspectionRule } from "../../api/types";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { Empty } from "../../components/states";
import { Tag } from "../../components/tag";
import { href, setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { listOf, setDefault } from "./edits";
import { Ordered } from "./ordered";
import { tls as t } from "./text";

export function InspectTag({ then }: { then: "inspect" | "tunnel" }) {
  return (
    <span class={`tag ${then === "inspect" ? "v-allow solid" : "v-error"}`}>
      <Icon name={then === "inspect" ? "search" : "tunnel"} size={15} />
      {t(`verb.${then}`)}
    </span>
  );
}

export function Rules({ draft }: { draft: Draft }) {
  const rules = listOf(draft.document, "inspection-rules");
  const gone = draft.changes.some(c => c.op === "remove" && c.path.startsWith("/inspection/rules/"));
  const open = (id: string) => setQuery({ inspection: id });
  return (
    <div class="stack">
      <p class="note">{t("rules.how")}</p>
      {rules.length === 0 && !gone && (
        <div class="card">
          <Empty
            icon="search"
            title={t("rules.empty")}
            actions={
              may("policy.draft") && (
                <Button kind="primary" icon="plus" onClick={() => open("@new")}>
                  {t("add.rules")}
                </Button>
              )
            }
          >
            {t("rules.empty_help")}
          </Empty>
        </div>
      )}
      <Ordered
        kind="inspection-rules"
        draft={draft}
        label={t("tab.rules")}
        href={id => href("/tls", { tab: "rules", inspection: id })}
        onOpen={open}
        action={item => <InspectTag then={(item as InspectionRule).then} />}
        aside={item => (
          <>
            {item.from && <span>{t("aside.from", { when: safe(item.from) })}</span>}
            {item.until && <span>{t("aside.until", { when: safe(item.until) })}</span>}
            {!item.from && !item.until && <span class="muted">{t("aside.always")}</span>}
          </>
        )}
        last={<Default draft={draft} number={rules.length + 1} />}
      />
    </div>
  );
}

/** What happens to tunnels that no rule names. */
function Default({ draft, number }: { draft: Draft; number: number }) {
  const then = draft.document.inspection?.default ?? "tunnel";
  const changed = draft.changes.some(c => c.path === "/inspection/default");
  return (
    <li class={`rule last ${changed ? "marked" : ""}`}>
      <span class="rule-grip" title={t("default.locked")}>
        <Icon name="lock" size={16} />
      </span>
      <span class="rule-number end">{number}</span>
      <span class="rule-main">
        <span class="rule-title">
          <span class="rule-name">{t("default")}</span>
          {changed && <Tag kind="accent">{t("mark.changed")}</Tag>}
        </span>
        <span class="rule-words">{t(`default.${then}_words`)}</span>
      </span>
      <span class="rule-action">
        <InspectTag then={then} />
      </span>
      <span class="rule-aside muted">{t("aside.always")}</span>
      <span class="rule-menu">
        {may("policy.draft") && (
          <Menu
            icon="dots"
            kind="quiet"
            small
            label={common("actions_of", { name: t("default") })}
            items={(["inspect", "tunnel"] as const).map(word => ({
              text: t(`default.${word}`),
              icon: word === "inspect" ? "search" : "tunnel",
              disabled: word === then,
              run: () => void setDefault(draft, word),
            }))}
          />
        )}
      </span>
    </li>
  );
}
