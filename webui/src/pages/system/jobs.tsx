// Long work that someone started: what runs, and how the last hundred ended.
import type { Got as Answer } from "../../api/client";
import { useRef, useState } from "preact/hooks";
import { useGet } from "../../api/use-get";
import { Ago } from "../../components/ago";
import { Button } from "../../components/button";
import { Card } from "../../components/card";
import { Icon } from "../../components/icon";
import { Progress } from "../../components/progress";
import { Async, Empty, Skeleton } from "../../components/states";
import { Table } from "../../components/table";
import { Tag } from "../../components/tag";
import { count, duration } from "../../lib/format";
import { href } from "../../lib/router";
import { safe } from "../../lib/safe";
import { system as t } from "./text";

type Job = Answer<"/jobs">["items"][number];
const SHOWN = 10;

export function Jobs() {
  const running = useRef(false);
  const [all, setAll] = useState(false);
  const got = useGet<{ items: Job[] }>("/jobs", { poll_ms: running.current ? 1000 : 10_000, fresh_ms: 500 });
  running.current = got.data?.items.some(j => j.state === "running") ?? false;
  return (
    <Card title={t("jobs")} note={t("jobs_note")} flush>
      <Async got={got} small skeleton={<Skeleton kind="table" rows={3} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="refresh" title={t("jobs.empty")}>
              {t("jobs.empty_help")}
            </Empty>
          ) : (
            <>
              <Table
                label={t("jobs.table")}
                rows={all ? items : items.slice(0, SHOWN)}
                rowKey={j => j.id}
                columns={[
                  { key: "what", title: t("col.job"), main: true, cell: j => <What job={j} /> },
                  { key: "state", title: t("col.state"), cell: j => <State job={j} /> },
                  {
                    key: "started",
                    title: t("col.started"),
                    cell: j => <Ago at={j.started} />,
                  },
                  { key: "took", title: t("col.took"), end: true, cell: took },
                  { key: "actor", title: t("col.actor"), cell: j => safe(j.actor) },
                ]}
              />
              {items.length > SHOWN && !all && (
                <div class="table-more">
                  <Button small onClick={() => setAll(true)}>
                    {t("more", { count: items.length - SHOWN })}
                  </Button>
                </div>
              )}
            </>
          )
        }
      </Async>
    </Card>
  );
}

function What({ job: j }: { job: Job }) {
  const key = `job.${j.kind}`;
  const kind = t.has(key) ? t(key) : safe(j.kind);
  if (j.subject === "*") return <>{t("job.all")}</>;
  if (!j.kind.startsWith("list-"))
    return (
      <span>
        {kind} {safe(j.subject)}
      </span>
    );
  return (
    <span>
      {kind} <a href={href("/lists", { tab: "lists", list: j.subject })}>{safe(j.subject)}</a>
    </span>
  );
}

function State({ job: j }: { job: Job }) {
  if (j.state === "running") {
    const phase = `phase.${j.phase}`;
    return (
      <span class="job-bar">
        <Progress share={j.progress} label={safe(j.subject)} />
        <small class="muted numbers">
          {t.has(phase) ? t(phase) : safe(j.phase)}{" "}
          {j.total > 0 && t("job.of", { done: count(j.done), total: count(j.total) })}
        </small>
      </span>
    );
  }
  const well = j.state === "done",
    failed = j.state === "failed";
  return (
    <span class="two-lines">
      <Tag {...(well ? { kind: "good" } : failed ? { kind: "bad" } : {})}>
        <Icon name={well ? "tick" : "warn"} size={14} />
        {t(`state.${j.state}`)}
      </Tag>
      {failed && j.error && <small class="fault">{safe(j.error)}</small>}
    </span>
  );
}

function took(j: Job): string {
  const ms = (j.ended ? Date.parse(j.ended) : Date.now()) - Date.parse(j.started);
  return ms < 1000 ? t("moment") : duration(ms / 1000);
}
