// Quotas and their usage, schedules, networks: what rules name to say how much, when and where. All are edited in the
// draft; usage is of the policy in force.
import { useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import { may } from "../../api/session";
import type { Draft } from "../../api/types";
import { Button } from "../../components/button";
import { PageHeader } from "../../components/page";
import { Segmented } from "../../components/segmented";
import { Async, Skeleton } from "../../components/states";
import { setQuery, usePlace } from "../../lib/router";
import { NetworkEditor } from "./network-editor";
import { Networks } from "./networks";
import { QuotaEditor } from "./quota-editor";
import { Quotas } from "./quotas";
import { ScheduleEditor } from "./schedule-editor";
import { Schedules } from "./schedules";
import { quotas as t } from "./text";

export const TABS = ["quotas", "schedules", "networks"] as const;
export type Tab = (typeof TABS)[number];
/** What is open is in the address: ?quota=ID, ?schedule=ID, ?network=ID; `new` opens an empty one. */
const OPEN = { quotas: "quota", schedules: "schedule", networks: "network" } as const;

export default function Page() {
  const { query } = usePlace();
  const draft = useDraft();
  const opened = TABS.find(tab => query.has(OPEN[tab]));
  const tab = TABS.find(name => name === query.get("tab")) ?? opened ?? "quotas";
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
              options={TABS.map(value => ({ value, text: t(`tab.${value}`) }))}
              onChange={next => setQuery({ tab: next === "quotas" ? null : next, q: null, who: null })}
            />
            {may("policy.draft") && (
              <Button kind="primary" icon="plus" onClick={() => setQuery({ [OPEN[tab]]: "@new" })}>
                {t(`add.${tab}`)}
              </Button>
            )}
          </>
        }
      />
      <Async got={draft} skeleton={<Skeleton kind="table" rows={8} />}>
        {d => (
          <>
            {tab === "quotas" && <Quotas draft={d} />}
            {tab === "schedules" && <Schedules draft={d} />}
            {tab === "networks" && <Networks draft={d} />}
            {opened && <Open tab={opened} draft={d} id={query.get(OPEN[opened])!} />}
          </>
        )}
      </Async>
    </>
  );
}

function Open({ tab, draft, id }: { tab: Tab; draft: Draft; id: string }) {
  const [turn, setTurn] = useState(0);
  const Editor = { quotas: QuotaEditor, schedules: ScheduleEditor, networks: NetworkEditor }[tab];
  return (
    <Editor
      key={`${turn} ${id}`}
      draft={draft}
      id={id === "@new" ? null : id}
      onClose={() => setQuery({ [OPEN[tab]]: null, copy: null })}
      onTheirs={() => setTurn(n => n + 1)}
    />
  );
}
