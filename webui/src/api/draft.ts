// The one shared draft of the policy. Nothing that an administrator edits changes traffic before it is published, so
// every edit goes through here: it carries If-Match, refreshes what shows the draft, and turns a conflict into words.
import { useEffect } from "preact/hooks";
import { announce } from "../components/live-region";
import { toast } from "../components/toast";
import { ago } from "../lib/format";
import { safe } from "../lib/safe";
import { common as t } from "../text/common";
import { ApiError, cache, send, type Options } from "./client";
import { may } from "./session";
import type { Draft, DraftChange, Rule } from "./types";
import { useGet, type Got } from "./use-get";

const PATH = "/policy/draft";

export function useDraft(options: { poll_ms?: number } = {}): Got<Draft> {
  const got = useGet<Draft>(may("policy.read") ? PATH : null, { poll_ms: options.poll_ms ?? 15_000 });
  useEffect(() => {
    if (got.data) etag = got.data.etag;
  }, [got.data]);
  return got;
}

let etag: string | null = null;

/** The newest ETag that this page has seen; asks when it has seen none. */
async function current(): Promise<string> {
  if (!etag) etag = (await send<Draft>("GET", PATH)).data.etag;
  return etag;
}

/** Everything that shows the draft or the policy is old now. */
export function draftChanged(next?: string | null): void {
  etag = next ?? null;
  cache.stale("/api/v1/policy");
}

/**
 * A change of the draft: `path` is below /policy/draft, such as /rules/social. Throws what it could not do.
 * `etag`: what the change was made on, for forms that were open for a while; else the newest that this page has seen.
 */
export async function changeDraft<T = DraftChange>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  options: Options = {},
): Promise<T> {
  try {
    const answer = await send<T>(method, PATH + path, { ...options, etag: options.etag ?? (await current()) });
    draftChanged(answer.etag ?? (answer.data as { etag?: string } | undefined)?.etag);
    return answer.data;
  } catch (error) {
    if (error instanceof ApiError && error.status === 412) draftChanged(error.problem.current?.etag);
    throw error;
  }
}

/** Who was faster, in a sentence; null when the error is no conflict. */
export function conflictText(error: unknown): string | null {
  if (!(error instanceof ApiError) || error.status !== 412) return null;
  const other = error.problem.current;
  if (!other) return t("conflict");
  return t("conflict_by", {
    author: safe(other.author),
    when: other.changed ? ago(other.changed) : "",
    count: other.changes?.length ?? 0,
  });
}

/** An edit with its toast: what was done, with Undo; or why not. */
export async function editDraft(
  done: string,
  edit: () => Promise<unknown>,
  undo?: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await edit();
  } catch (error) {
    toast({
      kind: "bad",
      text: conflictText(error) ?? (error instanceof ApiError ? safe(error.message) : t("unreachable")),
    });
    return false;
  }
  announce(done);
  toast({
    text: done,
    topic: "draft",
    ...(undo && { action: { text: t("undo"), run: () => void editDraft(t("undone"), undo) } }),
  });
  return true;
}

/** Adds a rule, with Undo. */
export function addRule(rule: Rule, before: string | null, done: string): Promise<boolean> {
  return editDraft(
    done,
    () => changeDraft("POST", "/rules", { body: rule, query: { before } }),
    () => changeDraft("DELETE", "/rules/{id}", { params: { id: rule.id } }),
  );
}
