// The change log: who changed what, when, from where and why, with before and after. Nothing in it can be changed.
import { useMemo, useState } from "preact/hooks";
import { useGet } from "../../api/use-get";
import { may } from "../../api/session";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { ChipsInput, Field, Select, TextInput } from "../../components/field";
import { PageHeader } from "../../components/page";
import { Async, Empty, Skeleton } from "../../components/states";
import { zone } from "../../lib/format";
import { setQuery, usePlace } from "../../lib/router";
import { byDay, EntryRow } from "./entry";
import { changes as t } from "./text";
import { asked, FILTERS, SINCE, useChanges } from "./use-changes";

const AREAS = ["policy", "draft", "list", "user", "admin", "token", "session", "quota", "tunnel", "trace"] as const;
const NAMES = [...FILTERS, "since", "from", "to"] as const;

export default function Page() {
  const { query } = usePlace();
  const filter = useMemo(() => asked(query), [query.toString()]);
  const { first, items, more, busy } = useChanges(filter);
  const filtered = NAMES.some(name => query.has(name));
  const clear = () => setQuery(Object.fromEntries(NAMES.map(name => [name, null])));
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={t("purpose", { zone: zone() })}
        actions={<Button icon="refresh" label={t("refresh")} onClick={first.reload} />}
      />
      <Filters query={query} actors={items.map(i => i.actor)} clear={filtered ? clear : null} />
      <Async got={first} skeleton={<Skeleton kind="table" rows={10} />}>
        {() =>
          items.length === 0 ? (
            <Card>
              <Empty
                icon="changes"
                title={t(filtered ? "none_so" : "empty")}
                actions={filtered && <Button onClick={clear}>{t("clear")}</Button>}
              >
                {t(filtered ? "none_help" : "empty_help")}
              </Empty>
            </Card>
          ) : (
            <div class="stack">
              {byDay(items).map(({ day, entries }) => (
                <Card key={day} title={day} note={t("changes", { count: entries.length })} flush class="changes-day">
                  <ol>
                    {entries.map(entry => (
                      <EntryRow key={entry.id} entry={entry} />
                    ))}
                  </ol>
                </Card>
              ))}
              <div class="changes-foot">
                {more ? (
                  <Button busy={busy} onClick={() => void more()}>
                    {t("older")}
                  </Button>
                ) : (
                  <span class="note">{t(filtered ? "all_found" : "all")}</span>
                )}
              </div>
            </div>
          )
        }
      </Async>
    </>
  );
}

type FiltersProps = { query: URLSearchParams; actors: string[]; clear: (() => void) | null };

function Filters({ query, actors, clear }: FiltersProps) {
  const action = query.get("action") ?? "";
  const since = query.get("since") ?? (query.has("from") || query.has("to") ? "days" : "");
  const [days, setDays] = useState(since === "days");
  const put = (name: string, value: string) => setQuery({ [name]: value || null }, { replace: true });
  // An area has one row; an action that came with a link stands beside them.
  const areas: string[] = [...AREAS];
  if (action && !areas.includes(action)) areas.push(action);
  return (
    <div class="changes-filters" role="search" aria-label={t("filters")}>
      <Field label={t("filter.action")}>
        {id => (
          <Select
            id={id}
            value={action}
            options={[
              { value: "", text: t("filter.any") },
              ...areas.map(value => {
                const key = `area.${value}`;
                return { value, text: t.has(key) ? t(key) : value };
              }),
            ]}
            onChange={value => put("action", value)}
          />
        )}
      </Field>
      <Exact name="actor" value={query.get("actor")} seen={actors} put={put} />
      <Exact name="subject" value={query.get("subject")} seen={[]} put={put} />
      <Field label={t("filter.when")}>
        {id => (
          <Select
            id={id}
            value={days ? "days" : since}
            options={[
              { value: "", text: t("since.") },
              ...SINCE.map(value => ({ value: value as string, text: t(`since.${value}`) })),
              { value: "days", text: t("since.days") },
            ]}
            onChange={value => {
              setDays(value === "days");
              setQuery({ since: value === "days" ? null : value || null, from: null, to: null });
            }}
          />
        )}
      </Field>
      {days &&
        (["from", "to"] as const).map(name => (
          <Field key={name} label={t(`filter.${name}`)}>
            {id => <TextInput id={id} type="date" value={query.get(name) ?? ""} onInput={value => put(name, value)} />}
          </Field>
        ))}
      {clear && (
        <Button
          kind="quiet"
          icon="close"
          onClick={() => {
            setDays(false);
            clear();
          }}
        >
          {t("clear")}
        </Button>
      )}
    </div>
  );
}

type ExactProps = {
  name: "actor" | "subject";
  value: string | null;
  seen: readonly string[];
  put: (name: string, value: string) => void;
};

/** One whole name; the API compares exactly. */
function Exact({ name, value, seen, put }: ExactProps) {
  const admins = useGet<{ items: { name: string }[] }>(name === "actor" && may("admins.write") ? "/admins" : null);
  const known = [...new Set([...(admins.data?.items ?? []).map(a => a.name), ...seen])].map(v => ({ value: v }));
  return (
    <Field label={t(`filter.${name}`)}>
      {id => (
        <ChipsInput
          id={id}
          whole
          values={value ? [value] : []}
          known={known.length ? known : undefined}
          placeholder={value ? "" : t(`filter.${name}_hint`)}
          onChange={values => put(name, values.at(-1) ?? "")}
        />
      )}
    </Field>
  );
}
