// The four tops. Whom and what names stand in the log is not for every role: the API refuses users and hosts to
// viewers.
import { may } from "../../api/session";
import { useGet } from "../../api/use-get";
import { useNames } from "../../api/use-names";
import { Bars } from "../../components/bars";
import { Card } from "../../components/card";
import { Async, Empty, Skeleton } from "../../components/states";
import { count, short } from "../../lib/format";
import { asked, chosen, type Range } from "../../lib/range";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { overview as t } from "./text";

type Dim = "category" | "user" | "rule" | "host";
type By = "blocked" | "requests";
type Item = {
  name: string | null;
  title?: string | null;
  requests: number;
  blocked: number;
  warned: number;
  bytes: number;
};

const TOPS: { dim: Dim; by: By; tone: string; unit: "unit.blocked" | "unit.hits" | "unit.requests" }[] = [
  { dim: "category", by: "blocked", tone: "v-block", unit: "unit.blocked" },
  { dim: "user", by: "blocked", tone: "v-block", unit: "unit.blocked" },
  { dim: "rule", by: "requests", tone: "v-quota", unit: "unit.hits" },
  { dim: "host", by: "requests", tone: "v-allow", unit: "unit.requests" },
];

export function Tops({ range }: { range: Range }) {
  return (
    <div class="tops">
      {TOPS.map(top => (
        <Top key={top.dim} {...top} range={range} />
      ))}
    </div>
  );
}

function Top({ dim, by, tone, unit, range }: (typeof TOPS)[number] & { range: Range }) {
  const names = useNames();
  const log = may("log.read");
  const allowed = log || dim === "category" || dim === "rule";
  const got = useGet<{ items: Item[] }>(allowed ? "/stats/top" : null, {
    query: { dim, by, limit: 8, ...asked(range) },
    poll_ms: 60_000,
  });
  const name = (item: Item): string => {
    if (item.name === null || item.name === "" || item.name.startsWith("@")) {
      return dim === "user" ? common("nobody") : dim === "rule" ? common("default_rule") : common("uncategorised");
    }
    if (item.title) return item.title;
    return dim === "rule" ? names.rule(item.name) : dim === "category" ? names.category(item.name) : item.name;
  };
  const link = (item: Item): string => {
    const none = dim === "user" ? "@none" : dim === "rule" ? "@default" : "uncategorised";
    const value = item.name && !item.name.startsWith("@") ? item.name : none;
    return href("/activity", { ...chosen(range), [dim]: value, action: by === "blocked" ? ["block", "quota"] : null });
  };
  return (
    <Card title={t(`top.${dim}`)} note={t(unit)}>
      {!allowed ? (
        <Empty icon="lock" title={t("names_hidden")} />
      ) : (
        <Async got={got} title={t("top_failed")} small skeleton={<Skeleton rows={8} kind="table" />}>
          {({ items }) => {
            // The default is no rule that acted.
            const shown = items
              .filter(i => i[by] > 0 && !(dim === "rule" && (!i.name || i.name.startsWith("@"))))
              .slice(0, 7);
            return shown.length ? (
              <Bars
                label={t(`top.${dim}`)}
                tone={tone}
                bars={shown.map(i => ({
                  key: i.name ?? "",
                  name: dim === "host" ? <span class="mono">{safe(name(i))}</span> : safe(name(i)),
                  title: `${safe(name(i))}: ${count(i[by])}`,
                  value: i[by],
                  text: short(i[by]),
                  href: log ? link(i) : undefined,
                }))}
              />
            ) : (
              <p class="note">{t("top_empty")}</p>
            );
          }}
        </Async>
      )}
    </Card>
  );
}
