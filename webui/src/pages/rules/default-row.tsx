// The last row: what happens where no rule decides. It has no place to go and no switch, only its action.
import type { Draft } from "../../api/types";
import { may } from "../../api/session";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { Tag, Verdict } from "../../components/tag";
import { common } from "../../text/common";
import { setDefault } from "./edits";
import { Hits, type Hit } from "./row";
import { rules as t } from "./text";

type Props = { draft: Draft; number: number; hit: Hit | null | undefined; most: number };

export function DefaultRow({ draft, number, hit, most }: Props) {
  const then = draft.document.default?.then === "block" ? "block" : "allow";
  const changed = draft.changes.some(c => c.kind === "default");
  return (
    <section aria-label={t("default")}>
      <h2 class="rules-section">{t("default")}</h2>
      <ol>
        <li class={`rule last ${changed ? "marked" : ""}`}>
          <span class="rule-grip" title={t("default.locked")}>
            <Icon name="lock" size={16} />
          </span>
          <span class="rule-number end">{number}</span>
          <span class="rule-switch" />
          <span class="rule-main">
            <span class="rule-title">
              <span class="rule-name">{t(then === "allow" ? "default.allow" : "default.block")}</span>
              {changed && <Tag kind="accent">{t("mark.changed")}</Tag>}
            </span>
            <span class="rule-words">{t("default.words")}</span>
          </span>
          <span class="rule-action">
            <Verdict action={then} verb />
          </span>
          <span class="rule-schedule">{t("schedule.always")}</span>
          <Hits id="@default" name={t("default")} hit={hit} most={most} />
          <span class="rule-menu">
            {may("policy.draft") && (
              <Menu
                icon="dots"
                kind="quiet"
                small
                label={common("actions_of", { name: t("default") })}
                items={(["allow", "block"] as const).map(word => ({
                  text: t(`default.${word}`),
                  icon: word,
                  disabled: word === then,
                  run: () => void setDefault(draft, word),
                }))}
              />
            )}
          </span>
        </li>
      </ol>
    </section>
  );
}
