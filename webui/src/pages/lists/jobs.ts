// The work that loads lists. It goes on when the page is left or loaded again: what is asked for is always the
// gateway's own list of jobs. What shall follow a job (putting the list into a category of the draft) is kept here,
// for as long as the console is open.
import { useEffect, useRef } from "preact/hooks";
import { cache } from "../../api/client";
import { changeDraft, editDraft } from "../../api/draft";
import { send } from "../../api/client";
import type { Category, Draft } from "../../api/types";
import { useGet } from "../../api/use-get";
import { toast } from "../../components/toast";
import { safe } from "../../lib/safe";
import { lists as t } from "./text";
import type { Job, Source } from "./types";

const FAST_MS = 1000;
const SLOW_MS = 10_000;

/** job -> category of the draft that shall hold what it loads. */
const after = new Map<string, string>();
/** What was asked for, by the list's name: to be tried again when it fails. */
type Attempt = { url: string; path: string; format: string; every: string; category: string };
const attempts = new Map<string, Attempt>();
export const attemptOf = (name: string): Attempt | undefined => attempts.get(name);

/** Jobs that this page has started: their end is told. */
const mine = new Set<string>();

export function started(job: string, category: string | null, name?: string, attempt?: Attempt): void {
  mine.add(job);
  if (name && attempt) attempts.set(name, attempt);
  if (category) after.set(job, category);
  cache.stale("/api/v1/jobs");
  cache.stale("/api/v1/lists");
}

/** Jobs of lists, newest first; asked each second while one runs. */
export function useListJobs(): Job[] {
  const running = useRef(false);
  const got = useGet<{ items: Job[] }>("/jobs", { poll_ms: running.current ? FAST_MS : SLOW_MS, fresh_ms: 500 });
  const jobs = (got.data?.items ?? []).filter(j => j.kind.startsWith("list-"));
  running.current = jobs.some(j => j.state === "running");
  const before = useRef(new Set<string>());
  useEffect(() => {
    const now = new Set(jobs.filter(j => j.state === "running").map(j => j.id));
    const ended = jobs.filter(j => j.state !== "running" && (before.current.has(j.id) || mine.has(j.id)));
    before.current = now;
    if (!ended.length) return;
    cache.stale("/api/v1/lists");
    cache.stale("/api/v1/categories");
    for (const job of ended) if (mine.delete(job.id)) tell(job);
  }, [got.data]);
  return jobs;
}

function tell(job: Job): void {
  const name = safe(job.subject);
  if (job.state === "failed") {
    toast({ kind: "bad", text: t("job.failed", { name, error: safe(job.error) }) });
    return;
  }
  attempts.delete(job.subject);
  const category = after.get(job.id);
  after.delete(job.id);
  const source = job.result as Source | null;
  if (category && source?.parts)
    void putInto(
      category,
      source.parts.map(p => p.name),
    );
  else toast({ text: t(job.subject === "*" ? "job.done_all" : "job.done", { name }) });
}

/** Lets a category of the draft hold lists, with Undo. A category that does not exist yet is made. */
export async function putInto(id: string, names: readonly string[]): Promise<boolean> {
  const path = "/categories/{id}";
  const params = { id };
  let was: Category | undefined;
  return editDraft(
    t("put", { count: names.length, category: id }),
    async () => {
      const draft = await send<Draft>("GET", "/policy/draft");
      was = draft.data.document.categories?.[id];
      const held = was?.lists ?? [];
      const lists = [...held, ...names.filter(n => !held.includes(n))];
      if (was) await changeDraft("PUT", path, { params, body: { ...was, id, lists } });
      else await changeDraft("POST", "/categories", { body: { id, lists } });
    },
    () => (was ? changeDraft("PUT", path, { params, body: { ...was, id } }) : changeDraft("DELETE", path, { params })),
  );
}
