// TLS inspection: whether tunnels are opened and which, what the gateway signs with, whose certificates are at fault,
// and what is let through nevertheless. What is open is in the address: ?tab=, ?inspection=ID, ?exception=ID, ?host=.
import { useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { Button } from "../../components/button";
import { lazy } from "../../components/lazy";
import { PageHeader } from "../../components/page";
import { RangePicker } from "../../components/range-picker";
import { Segmented } from "../../components/segmented";
import { Async, Skeleton } from "../../components/states";
import { chosen, readRange } from "../../lib/range";
import { setQuery, usePlace } from "../../lib/router";
import { Editor } from "./editor";
import { Exceptions } from "./exceptions";
import { Learned } from "./learned";
import { Rules } from "./rules";
import { Services } from "./services";
import { State } from "./state";
import { tls as t } from "./text";
import type { LearnedHosts } from "./types";

const ChainSheet = lazy(() => import("../../inspection/chain"));
const TABS = ["state", "rules", "exceptions", "learned", "services"] as const;
type Tab = (typeof TABS)[number];
/** The parameter that opens an editor, and the kind that it edits. */
const OPEN = { inspection: "inspection-rules", exception: "exceptions" } as const;
type Open = keyof typeof OPEN;
const OPENED: readonly Open[] = ["inspection", "exception"];
const TAB_OF: Record<Open, Tab> = { inspection: "rules", exception: "exceptions" };

export default function Page() {
  const { query } = usePlace();
  const draft = useDraft();
  const learned = useGet<LearnedHosts>(may("log.read") ? "/inspection/learned" : null, { poll_ms: 60_000 });
  const opened = OPENED.find(name => query.has(name));
  const tab = TABS.find(name => name === query.get("tab")) ?? (opened ? TAB_OF[opened] : "state");
  const waiting = learned.data?.items.filter(h => h.state === "proposed").length ?? 0;
  const host = query.get("host");
  const range = readRange(query);
  return (
    <>
      <PageHeader
        title={t("title")}
        purpose={t("purpose")}
        actions={
          <>
            {tab === "state" && <RangePicker range={range} onChange={to => setQuery(chosen(to))} />}
            {may("policy.draft") && (tab === "rules" || tab === "exceptions") && (
              <Button
                kind="primary"
                icon="plus"
                onClick={() => setQuery({ [tab === "rules" ? "inspection" : "exception"]: "@new" })}
              >
                {t(`add.${tab}`)}
              </Button>
            )}
          </>
        }
      />
      <div class="toolbar">
        <Segmented
          label={t("tab")}
          value={tab}
          options={TABS.map(value => ({
            value,
            text: t(`tab.${value}`) + (value === "learned" && waiting ? ` (${waiting})` : ""),
          }))}
          onChange={next => setQuery({ tab: next === "state" ? null : next })}
        />
      </div>
      {tab === "state" && <State range={range} />}
      {tab === "learned" && <Learned got={learned} />}
      {(tab === "rules" || tab === "exceptions" || tab === "services") && (
        <Async got={draft} skeleton={<Skeleton kind="table" rows={6} />}>
          {d => (
            <>
              {tab === "rules" && <Rules draft={d} />}
              {tab === "exceptions" && <Exceptions draft={d} />}
              {tab === "services" && <Services draft={d} />}
            </>
          )}
        </Async>
      )}
      {opened && draft.data && <Opened name={opened} draft={draft.data} id={query.get(opened)!} />}
      {host !== null && may("log.read") && <ChainSheet host={host} onClose={() => setQuery({ host: null })} />}
    </>
  );
}

function Opened({ name, draft, id }: { name: Open; draft: Draft; id: string }) {
  const [turn, setTurn] = useState(0);
  return (
    <Editor
      key={`${turn} ${id}`}
      kind={OPEN[name]}
      draft={draft}
      id={id === "@new" ? null : id}
      onClose={() => setQuery({ [name]: null })}
      onTheirs={() => setTurn(n => n + 1)}
    />
  );
}
