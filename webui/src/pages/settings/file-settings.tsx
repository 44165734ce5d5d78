// What the settings file says, to read: each value with its default and what may be written. It is changed on the
// gateway, where its owner is whoever may change the system.
import type { Got as Answer } from "../../api/client";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { CopyButton } from "../../components/copy-button";
import { SearchInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { Async, Empty, Skeleton } from "../../components/states";
import { Tag } from "../../components/tag";
import { setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { sectionsOf } from "./sections";
import { settings as t } from "./text";

type Data = Answer<"/settings">;
type Item = Data["items"][number];

export function FileSettings() {
  const { query } = usePlace();
  const got = useGet<Data>("/settings", { fresh_ms: 10_000 });
  const find = query.get("q") ?? "";
  const only = query.get("state") === "changed";
  return (
    <Async got={got} skeleton={<Skeleton kind="table" rows={12} />}>
      {data => <Found data={data} find={find} only={only} />}
    </Async>
  );
}

function Found({ data, find, only }: { data: Data; find: string; only: boolean }) {
  const sections = sectionsOf(data.items, find, only);
  return (
    <>
      <div class="notice info setting-file">
        <Icon name="info" size={18} />
        <p>
          {t.rich("file.note", {
            file: <code>{safe(data.file)}</code>,
            reload: <code>sluice reload</code>,
            upgrade: <code>sluice upgrade</code>,
          })}
        </p>
        <CopyButton small kind="quiet" text={data.file} label={t("file.copy")} />
      </div>
      <div class="toolbar setting-tools">
        <SearchInput value={find} onInput={q => setQuery({ q: q || null }, { replace: true })} label={t("file.find")} />
        <Button pressed={only} onClick={() => setQuery({ state: only ? null : "changed" })}>
          {t("file.only", { count: data.items.filter(i => i.changed).length })}
        </Button>
        <span class="note end">{t("file.count", { count: sections.reduce((n, s) => n + s.items.length, 0) })}</span>
      </div>
      {sections.length === 0 ? (
        <Card>
          <Empty
            icon="search"
            title={find ? t("file.none_found", { text: safe(find) }) : t("file.none_changed")}
            actions={<Button onClick={() => setQuery({ q: null, state: null })}>{t("clear")}</Button>}
          />
        </Card>
      ) : (
        sections.map(({ name, items }) => {
          const key = `section.${name}`;
          return (
            <Card key={name} title={t.has(key) ? t(key) : safe(name)} note={<code>[{safe(name)}]</code>} flush>
              <dl class="settings-list">
                {items.map(item => (
                  <Setting key={item.key} item={item} />
                ))}
              </dl>
            </Card>
          );
        })
      )}
    </>
  );
}

function Setting({ item: i }: { item: Item }) {
  return (
    <div class={i.changed ? "changed" : ""}>
      <dt>
        <code>{safe(i.key.slice(i.section.length + 1))}</code>
        {i.changed && <Tag kind="accent">{t("file.changed")}</Tag>}
        {i.next_start && <Tag>{t("file.next_start")}</Tag>}
      </dt>
      <dd>
        <b class="mono wrap">{i.value ? safe(i.value) : <span class="muted">{t("file.empty")}</span>}</b>
        <p>{safe(i.help)}</p>
        <p class="note">
          {safe(i.form)}
          {i.changed && (
            <>
              ; {t("file.default")} {i.default ? <code>{safe(i.default)}</code> : t("file.empty")}
            </>
          )}
        </p>
      </dd>
    </div>
  );
}
