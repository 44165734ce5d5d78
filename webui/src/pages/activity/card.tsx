// A request on a phone: two lines.
import type { Request } from "../../api/types";
import { Icon } from "../../components/icon";
import { actionIcon } from "../../components/tag";
import { time } from "../../lib/format";
import type { Names } from "../../lib/names";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { activity as t } from "./text";
import { categoryText, ruleText, userText } from "./columns";

export function Card({ row, names }: { row: Request; names: Names }) {
  const facts = [userText(row), categoryText(row, names), ruleText(row, names)].filter(Boolean).join(" · ");
  return (
    <div class="log-card">
      <span class={`verdict-icon small v-${row.action}`}>
        <Icon name={actionIcon[row.action]} size={18} />
        <span class="sr-only">{common(`action.${row.action}`)}</span>
      </span>
      <b class="cut">{row.host === null ? t("no_url") : safe(row.host)}</b>
      <time class="mono" dateTime={row.time}>
        {time(row.time)}
      </time>
      <span class="cut log-card-facts">{facts}</span>
    </div>
  );
}
