// Restrictions that other companies' services offer to networks: whose accounts may be used, and filtered search. Each
// is a header rule of the draft that uses an entry of the gateway's catalogue.
import { useMemo } from "preact/hooks";
import { may } from "../../api/session";
import type { Draft, HeaderRule } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Icon } from "../../components/icon";
import { Menu, type MenuItem } from "../../components/menu";
import { Async, Skeleton } from "../../components/states";
import { Tag } from "../../components/tag";
import { list } from "../../lib/format";
import { setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { StateTag } from "../../policy/item-fields";
import { removeItem } from "../../policy/items";
import { common } from "../../text/common";
import { ServiceEditor } from "./service-editor";
import { SelfTest } from "./self-test";
import { tls as t } from "./text";
import type { Catalogue, Service } from "./types";

const KINDS = ["tenant", "safe-search"] as const;
const HOSTS = 3;

export function Services({ draft }: { draft: Draft }) {
  const got = useGet<Catalogue>("/inspection/catalogue", { fresh_ms: 60_000 });
  const { query } = usePlace();
  const rules = draft.document.headers ?? [];
  const used = useMemo(() => {
    const by = new Map<string, HeaderRule[]>();
    for (const rule of rules) if (rule.use) by.set(rule.use, [...(by.get(rule.use) ?? []), rule]);
    return by;
  }, [draft.document]);
  const opened = query.get("service");
  const close = () => setQuery({ service: null, header: null });
  return (
    <div class="stack">
      <p class="note">{t("services.how")}</p>
      <Async got={got} title={t("services.failed")} skeleton={<Skeleton kind="table" rows={8} />}>
        {({ items }) => {
          const service = items.find(s => s.id === opened);
          return (
            <>
              {KINDS.map(kind => (
                <Card key={kind} flush title={t(`services.${kind}`)} note={t(`services.${kind}_note`)}>
                  <ul class="services">
                    {items
                      .filter(s => s.kind === kind)
                      .map(s => (
                        <One key={s.id} service={s} rules={used.get(s.id) ?? []} draft={draft} />
                      ))}
                  </ul>
                </Card>
              ))}
              {service && (
                <ServiceEditor
                  key={`${service.id} ${query.get("header") ?? ""}`}
                  service={service}
                  id={query.get("header")}
                  draft={draft}
                  onClose={close}
                  onTheirs={close}
                />
              )}
            </>
          );
        }}
      </Async>
      <Own rules={rules.filter(r => !r.use)} />
    </div>
  );
}

function One({ service: s, rules, draft }: { service: Service; rules: readonly HeaderRule[]; draft: Draft }) {
  const edit = may("policy.draft");
  return (
    <li class="service">
      <div class="service-main">
        <b>{safe(s.title)}</b>
        <p class="note">{safe(s.shows)}</p>
        <p class="note mono">
          {s.hosts.slice(0, HOSTS).map(safe).join(", ")}
          {s.hosts.length > HOSTS && ` +${s.hosts.length - HOSTS}`}
        </p>
        {rules.map(rule => (
          <div class="service-rule" key={rule.id}>
            <Tag kind="good">
              <Icon name="tick" size={13} /> {t("services.used")}
            </Tag>
            <span class="wrap">{valuesText(rule) || safe(rule.title ?? rule.id)}</span>
            <StateTag draft={draft} kind="headers" id={rule.id} />
            <span class="end row">
              <SelfTest rule={rule.id} draft={draft} />
              <Menu
                small
                kind="quiet"
                icon="dots"
                label={common("actions_of", { name: safe(rule.title ?? rule.id) })}
                items={menu(s, rule, rulesAfter(draft, rule))}
              />
            </span>
          </div>
        ))}
      </div>
      {edit && rules.length === 0 && (
        <Button
          small
          icon="plus"
          label={t("services.use_one", { name: safe(s.title) })}
          onClick={() => setQuery({ service: s.id })}
        >
          {t("services.use")}
        </Button>
      )}
    </li>
  );
}

const rulesAfter = (draft: Draft, rule: HeaderRule): string | undefined => {
  const all = draft.document.headers ?? [];
  return all[all.findIndex(r => r.id === rule.id) + 1]?.id;
};

/** "example.com, example.org": what the rule says of its parameters. */
const valuesText = (rule: HeaderRule): string =>
  list(
    Object.values(rule.with ?? {})
      .flat()
      .map(safe),
  );

function menu(service: Service, rule: HeaderRule, next: string | undefined): MenuItem[] {
  const edit = may("policy.draft");
  return [
    {
      text: t(edit ? "edit" : "look"),
      icon: edit ? "edit" : "info",
      run: () => setQuery({ service: service.id, header: rule.id }),
    },
    ...(edit
      ? ([
          "line",
          {
            text: t("delete"),
            icon: "trash",
            danger: true,
            run: () => void removeItem("headers", rule, rule.title ?? rule.id, next),
          },
        ] satisfies MenuItem[])
      : []),
  ];
}

/** Header rules that name their fields themselves: written as text. */
function Own({ rules }: { rules: readonly HeaderRule[] }) {
  return (
    <Card
      title={t("services.own")}
      note={t("services.own_note")}
      actions={
        <Button small icon="edit" href="/rules?view=text">
          {t("services.own_text")}
        </Button>
      }
    >
      {rules.length === 0 ? (
        <p class="note">{t("services.own_none")}</p>
      ) : (
        <ul class="own-headers">
          {rules.map(rule => (
            <li key={rule.id}>
              <b>{safe(rule.title ?? rule.id)}</b>{" "}
              <span class="note">
                {list([
                  ...Object.keys((rule["set"] as object | undefined) ?? {}).map(n =>
                    t("services.sets", { name: safe(n) }),
                  ),
                  ...((rule["remove"] as string[] | undefined) ?? []).map(n =>
                    t("services.removes", { name: safe(n) }),
                  ),
                ])}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
