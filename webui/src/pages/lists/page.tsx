// Categories and lists: what sites are. Categories are edited in the draft; lists are loaded at once, since a list that
// no category names changes nothing.
import { useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Got } from "../../api/client";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { PageHeader } from "../../components/page";
import { Segmented } from "../../components/segmented";
import { setQuery, usePlace } from "../../lib/router";
import { Categories } from "./categories";
import { ChecksForm } from "./checks-form";
import { CategoryEditor } from "./category-editor";
import { ListForm } from "./list-form";
import { LookupBar } from "./lookup";
import { SourceSheet } from "./source-sheet";
import { Sources } from "./sources";
import { lists as t } from "./text";
import { useListJobs } from "./jobs";

export default function Page() {
  const { query } = usePlace();
  const [turn, setTurn] = useState(0);
  const jobs = useListJobs();
  const busy = jobs.some(j => j.state === "running");
  const sources = useGet<Got<"/lists">>("/lists", { poll_ms: busy ? 2000 : 30_000 });
  const draft = useDraft();
  const tab = query.get("tab") === "lists" ? "lists" : "categories";
  const category = query.get("category");
  const source = query.get("list");
  const form = query.get("form");
  const checked = sources.data?.items.find(s => s.name === source);
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={t("purpose")}
        actions={
          <>
            <Segmented
              label={t("tab")}
              value={tab}
              options={[
                { value: "categories", text: t("tab.categories") },
                { value: "lists", text: t("tab.lists") },
              ]}
              onChange={next => setQuery({ tab: next === "lists" ? next : null, q: null })}
            />
            {tab === "categories" && may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ category: "", form: "category" })}>
                {t("add_category")}
              </Button>
            )}
            {tab === "lists" && may("lists.write") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ form: "add" })}>
                {t("add_list")}
              </Button>
            )}
          </>
        }
      />
      <LookupBar host={query.get("host") ?? ""} draft={draft.data} />
      {tab === "categories" ? (
        <Categories draft={draft} sources={sources.data?.items} />
      ) : (
        <Sources got={sources} jobs={jobs} draft={draft.data} />
      )}
      {(category || form === "category") && draft.data && (
        <CategoryEditor
          key={`${turn} ${category ?? ""}`}
          id={category || null}
          draft={draft.data}
          sources={sources.data?.items}
          onClose={() => setQuery({ category: null, form: null })}
          onTheirs={() => setTurn(n => n + 1)}
        />
      )}
      {source && !form && sources.data && (
        <SourceSheet
          name={source}
          sources={sources.data.items}
          jobs={jobs}
          draft={draft.data}
          onClose={() => setQuery({ list: null })}
        />
      )}
      {form === "checks" && checked && <ChecksForm source={checked} onClose={() => setQuery({ form: null })} />}
      {(form === "add" || form === "change" || form === "upload") && sources.data && (
        <ListForm
          key={form}
          mode={form}
          name={source}
          sources={sources.data.items}
          draft={draft.data}
          onClose={() => setQuery(form === "add" ? { form: null, list: null } : { form: null })}
        />
      )}
    </>
  );
}
