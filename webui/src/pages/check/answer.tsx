// The answer: the verdict in a sentence, then every step that led to it.
import type { Explanation } from "../../api/types";
import { Card } from "../../components/card";
import { CopyButton } from "../../components/copy-button";
import { ExceptionMenu } from "../../components/exception-menu";
import { Icon } from "../../components/icon";
import { Tag, actionIcon } from "../../components/tag";
import { stepWords, Trace } from "../../components/trace";
import { list } from "../../lib/format";
import type { Names } from "../../lib/names";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { asText } from "../../lib/trace";
import { check as t } from "./text";
import { hostOf, type Asked } from "./page";

type Props = { asked: Asked; answer: Explanation; names: Names; draftExists: boolean; editable: boolean };

export function Answer({ asked, answer, names, draftExists, editable }: Props) {
  const host = hostOf(asked.url);
  const groups = answer.groups ?? [];
  const who = asked.group
    ? t("who.group", { name: safe(asked.group) })
    : !asked.user
      ? t("who.nobody")
      : groups.length
        ? t("who.in", { name: safe(asked.user), groups: list(groups.map(safe)) })
        : safe(asked.user);
  const rule = answer.rule ? (
    names.hasRule(answer.rule) ? (
      <a href={href("/rules", { rule: answer.rule })}>{safe(answer.title ?? names.rule(answer.rule))}</a>
    ) : (
      <b>{safe(answer.title ?? answer.rule)}</b>
    )
  ) : null;
  const sentence = t(`would.${answer.action}`, { host });
  const by =
    answer.action === "quota"
      ? t.rich("by_quota", { who: <b>{who}</b>, quota: <a href="/quotas">{safe(names.quota(answer.quota))}</a> })
      : rule
        ? t.rich("by_rule", { who: <b>{who}</b>, rule })
        : t.rich("by_default", { who: <b>{who}</b> });
  const refused = answer.action !== "allow";
  const copy = () =>
    asText(`${sentence} (${safe(asked.url)}, ${who})${answer.text ? `\n${safe(answer.text)}` : ""}`, answer, names, {
      ...stepWords(),
      policy: t("policy"),
    });
  return (
    <Card flush>
      <div class="answer-head">
        <span class={`verdict-icon v-${answer.action}`}>
          <Icon name={actionIcon[answer.action]} size={24} />
        </span>
        <div class="answer-text" role="status">
          <h2>{t.rich(`would.${answer.action}`, { host: <span class="mono">{host}</span> })}</h2>
          <p>{by}</p>
        </div>
        <div class="row">
          {editable && (
            <ExceptionMenu
              subject={{
                host: bareHost(host),
                user: asked.group ? null : asked.user || null,
                categories: answer.categories,
              }}
              then={refused ? "allow" : "block"}
              names={names}
            />
          )}
          <CopyButton text={copy} label={t("copy")} kind="quiet" />
        </div>
      </div>
      <div class="answer-body">
        {answer.categories.length > 0 && (
          <p class="row answer-tags">
            <span class="note">{t("categories")}</span>
            {answer.categories.map(c => (
              <Tag key={c}>{safe(names.category(c))}</Tag>
            ))}
          </p>
        )}
        <Trace answer={answer} names={names} ruleHref={id => href("/rules", { rule: id })} />
        <p class="note">
          {asked.draft && draftExists
            ? t("foot_draft", { count: answer.trace.length })
            : t("foot", { count: answer.trace.length, version: String(answer.policy_version) })}
          {asked.draft && !draftExists && ` ${t("no_draft")}`}
          {asked.group && asked.user && ` ${t("group_note", { name: safe(asked.user) })}`}
        </p>
      </div>
    </Card>
  );
}

/** Without user, port and brackets: what a rule's `host` names. */
const bareHost = (host: string): string => host.replace(/^.*@/, "").replace(/:\d+$/, "").toLowerCase();
