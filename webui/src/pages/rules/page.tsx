// Rules: the list, the same draft as text, its tests and the versions before it; the editor and the review open over
// them. What is open is in the address: ?view=, ?rule=ID, ?new=, ?review=1.
import { useRef } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft, Rule } from "../../api/types";
import { useGet, type Got } from "../../api/use-get";
import { Button } from "../../components/button";
import { Icon } from "../../components/icon";
import { lazy } from "../../components/lazy";
import { PageHeader } from "../../components/page";
import { Segmented } from "../../components/segmented";
import { Async, Skeleton } from "../../components/states";
import { ago } from "../../lib/format";
import { setQuery, usePlace } from "../../lib/router";
import { safe } from "../../lib/safe";
import { List } from "./list";
import { all } from "./edits";
import { template } from "./model/templates";
import { rules as t } from "./text";
import type { Version } from "./versions";
import { textKept } from "./kept";
import { useStore } from "../../lib/store";

const Editor = lazy(() => import("./editor"));
const Review = lazy(() => import("./review"));
const Text = lazy(() => import("./text-editor"));
const Tests = lazy(() => import("./tests"));
const History = lazy(() => import("./history"));

const VIEWS = ["list", "text", "tests", "history"] as const;
type View = (typeof VIEWS)[number];

export default function Page() {
  const { query } = usePlace();
  const draft = useSteady(useDraft());
  const versions = useGet<{ items: Version[] }>("/policy/versions", { query: { limit: 1 } });
  const active = versions.data?.items[0];
  const kept = useStore(textKept);
  const view = VIEWS.find(v => v === query.get("view")) ?? "list";
  const open = (name: View) => setQuery({ view: name === "list" ? null : name, find: null, then: null });
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={
          <>
            {t("purpose")}{" "}
            {active &&
              t("published", { version: String(active.version), when: ago(active.time), author: safe(active.author) })}
          </>
        }
        actions={
          <>
            <Segmented
              label={t("view")}
              value={view}
              options={VIEWS.map(v => ({ value: v, text: t(`view.${v}`) + (v === "text" && kept ? " •" : "") }))}
              onChange={open}
            />
            {may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ new: "1", view: null })}>
                {t("add")}
              </Button>
            )}
          </>
        }
      />
      <Async got={draft} skeleton={<Skeleton kind="table" rows={10} />}>
        {data => (
          <>
            {data.exists && data.base_version !== data.active_version && (
              <div class="notice warn">
                <Icon name="warn" size={18} />
                <p>{t("old_base", { base: String(data.base_version), active: String(data.active_version) })}</p>
                <Button small onClick={() => setQuery({ review: "1" })}>
                  {t("old_base.look")}
                </Button>
              </div>
            )}
            {view === "list" && <List draft={data} />}
            {view === "text" && <Text draft={data} />}
            {view === "tests" && <Tests draft={data} />}
            {view === "history" && <History draft={data} />}
            <Over draft={data} query={query} />
          </>
        )}
      </Async>
    </>
  );
}

/** The same draft stays the same object when it is asked for again: a long list need not be drawn anew for that. */
function useSteady(got: Got<Draft>): Got<Draft> {
  const last = useRef<Draft | undefined>(undefined);
  const [a, b] = [last.current, got.data];
  const same =
    a && b && a.etag === b.etag && a.active_version === b.active_version && a.faults.length === b.faults.length;
  if (!same) last.current = b;
  return { ...got, data: last.current };
}

/** The sheet that the address names. */
function Over({ draft, query }: { draft: Draft; query: URLSearchParams }) {
  const close = () => setQuery({ rule: null, new: null, before: null, review: null });
  const made = query.get("new");
  const id = query.get("rule");
  if (query.has("review")) return <Review draft={draft} onClose={close} />;
  if (made !== null && may("policy.draft")) {
    const rule = template(draft.document, made);
    return <Editor key={`new ${made}`} draft={draft} rule={rule} fresh before={query.get("before")} onClose={close} />;
  }
  if (id === null) return null;
  const rule: Rule | undefined = all(draft.document).find(r => r.id === id);
  return rule ? <Editor key={id} draft={draft} rule={rule} onClose={close} /> : <NoRule id={id} onClose={close} />;
}

function NoRule({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <div class="notice bad rules-none" role="alert">
      <Icon name="warn" size={18} />
      <p>{t("no_rule", { id: safe(id) })}</p>
      <Button small onClick={onClose}>
        {t("ok")}
      </Button>
    </div>
  );
}
