// "Which list has this host?": the policy in force is asked, and says by which entry of which list.
import { useEffect, useState } from "preact/hooks";
import type { Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { TextInput } from "../../components/field";
import { Icon } from "../../components/icon";
import { Async, Skeleton } from "../../components/states";
import { href, setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { lists as t } from "./text";
import type { Lookup } from "./types";

export function LookupBar({ host, draft }: { host: string; draft: Draft | undefined }) {
  const [text, setText] = useState(host);
  useEffect(() => setText(host), [host]);
  const got = useGet<Lookup>(host ? "/categories/lookup" : null, { query: { host } });
  return (
    <section class="card lookup" aria-label={t("lookup.label")}>
      <form
        class="lookup-ask"
        onSubmit={event => {
          event.preventDefault();
          setQuery({ host: text.trim() || null });
        }}
      >
        <label for="lookup-host">
          <Icon name="lists" size={18} />
          {t("lookup.label")}
        </label>
        <TextInput id="lookup-host" mono value={text} onInput={setText} placeholder={t("lookup.hint")} />
        <Button type="submit">{t("lookup.button")}</Button>
      </form>
      {host && (
        <div class="lookup-answer" aria-live="polite">
          <Async got={got} small skeleton={<Skeleton rows={2} />}>
            {found => <Found found={found} draft={draft} />}
          </Async>
        </div>
      )}
    </section>
  );
}

function Found({ found, draft }: { found: Lookup; draft: Draft | undefined }) {
  const categories = found.categories.filter(c => c !== "uncategorised");
  const title = (id: string) => safe(draft?.document.categories?.[id]?.title ?? id);
  const host = <b class="mono wrap">{safe(found.host)}</b>;
  return (
    <>
      <p class="row">
        {categories.length > 0 ? (
          <>
            <span>{t.rich("lookup.in", { host })}</span>
            {categories.map(id => (
              <a key={id} class="tag plain accent" href={href("/lists", { category: id, host: found.host })}>
                {title(id)}
              </a>
            ))}
          </>
        ) : (
          <span>{t.rich("lookup.none", { host })}</span>
        )}
      </p>
      {(categories.length > 0 || found.lists.length > 0) && (
        <p class="row">
          <span class="note">{t("lookup.lists")}</span>
          {found.lists.length + found.entries.length === 0 && <span class="note">{t("lookup.no_list")}</span>}
          {found.entries.map(own => (
            <span key={own.pointer} class="lookup-list">
              <a href={href("/lists", { category: own.category, host: found.host })}>{title(own.category)}</a>{" "}
              <span class="note wrap">{t("lookup.own", { entry: safe(own.entry) })}</span>
            </span>
          ))}
          {found.lists.map(m => (
            <span key={m.list + m.entry} class="lookup-list">
              <a href={href("/lists", { tab: "lists", list: m.list.split("/")[0], host: found.host })}>
                {safe(m.list)}
              </a>{" "}
              <span class="note wrap">
                {t(m.path ? "lookup.as_path" : "lookup.as", { entry: safe(m.entry) })}
                {m.line && `, ${t(m.file ? "lookup.line_of" : "lookup.line", { line: m.line, file: safe(m.file) })}`}
              </span>
            </span>
          ))}
        </p>
      )}
      <p class="note">
        {t("lookup.policy")} <a href={href("/check", { url: found.url })}>{t("lookup.check")}</a>
      </p>
    </>
  );
}
