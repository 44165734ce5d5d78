// A job as a bar and words; it comes from the gateway's own list of jobs, so that it survives a reload.
import { cache, send } from "../../api/client";
import { may } from "../../api/session";
import { Icon } from "../../components/icon";
import { Button } from "../../components/button";
import { Progress } from "../../components/progress";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";
import { useState } from "preact/hooks";
import { ago, bytes, count } from "../../lib/format";
import { setQuery } from "../../lib/router";
import { safe } from "../../lib/safe";
import { common } from "../../text/common";
import { attemptOf } from "./jobs";
import { lists as t } from "./text";
import type { Job, Source } from "./types";

const phaseText = (job: Job): string => {
  const key = `job.phase.${job.phase}`;
  const phase = t.has(key) ? t(key) : safe(job.phase);
  if (!job.done) return phase;
  const word = job.phase === "fetch" ? bytes : count;
  const amount = job.total ? t("job.of", { done: word(job.done), total: word(job.total) }) : word(job.done);
  return `${phase} ${amount}`;
};

async function cancel(job: Job): Promise<void> {
  try {
    await send("DELETE", "/jobs/{id}", { params: { id: job.id } });
  } catch (error) {
    toast({ kind: "bad", text: errorText(error) });
  }
  cache.stale("/api/v1/jobs");
}

export function JobBar({ job }: { job: Job }) {
  return (
    <span class="job-bar">
      <Progress share={job.progress} label={t("job.running", { name: safe(job.subject) })} />
      <span class="row">
        <small class="muted numbers">{phaseText(job)}</small>
        {may("lists.update") && (
          <Button
            small
            kind="quiet"
            icon="close"
            label={t("job.cancel", { name: safe(job.subject) })}
            onClick={() => void cancel(job)}
          />
        )}
      </span>
    </span>
  );
}

const RECENT_MS = 15 * 60 * 1000;

/** Jobs that no row of the table shows: of lists that don't exist yet, of all lists, what failed before it began. */
export function Jobs({ jobs, sources }: { jobs: Job[]; sources: Source[] | undefined }) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  if (!sources) return null;
  const rowed = (job: Job) => sources.some(s => s.name === job.subject);
  const running = jobs.filter(j => j.state === "running" && !rowed(j));
  const failed = jobs.filter(
    (j, i) =>
      j.state === "failed" &&
      !rowed(j) &&
      !hidden.has(j.id) &&
      Date.now() - Date.parse(j.ended ?? j.started) < RECENT_MS &&
      !jobs.slice(0, i).some(later => later.subject === j.subject),
  );
  return (
    <>
      {running.map(job => (
        <div class="notice info job" key={job.id}>
          <Icon name="refresh" size={18} />
          <div>
            <p>
              <b>{job.subject === "*" ? t("job.running_all") : t("job.running", { name: safe(job.subject) })}</b>{" "}
              <span class="note">{t("job.by", { name: safe(job.actor), when: ago(job.started) })}</span>
            </p>
            <JobBar job={job} />
          </div>
        </div>
      ))}
      {failed.map(job => (
        <div class="notice bad" key={job.id}>
          <Icon name="warn" size={18} />
          <p>
            {t("job.failed", { name: safe(job.subject), error: safe(job.error) })}{" "}
            <span class="note">{t("job.by", { name: safe(job.actor), when: ago(job.started) })}</span>
          </p>
          {attemptOf(job.subject) && (
            <Button small icon="refresh" onClick={() => setQuery({ form: "add", list: job.subject })}>
              {t("job.again")}
            </Button>
          )}
          <Button
            small
            kind="quiet"
            icon="close"
            label={common("dismiss")}
            onClick={() => setHidden(h => new Set([...h, job.id]))}
          />
        </div>
      ))}
    </>
  );
}
