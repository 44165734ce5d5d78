// The shapes that pages share, where openapi.json leaves something open or a page needs a narrower type.
import type { components } from "./schema";

export type Status = components["schemas"]["Status"];
export type Action = "allow" | "warn" | "quota" | "block" | "error";
export const ACTIONS: readonly Action[] = ["allow", "warn", "quota", "block", "error"];

export type Fault = { pointer: string; message: string };
export type Problem = {
  type?: string;
  title: string;
  status: number;
  detail: string;
  faults?: Fault[];
  /** 412: what the other person made of it. */
  current?: { etag: string; author: string; changed: string; changes: Diff[] };
  [more: string]: unknown;
};

export type Role = "viewer" | "auditor" | "operator" | "admin";
export type Permission =
  | "figures"
  | "log.read"
  | "log.export"
  | "policy.read"
  | "policy.draft"
  | "policy.publish"
  | "lists.update"
  | "lists.write"
  | "quotas.reset"
  | "users.write"
  | "tunnels.close"
  | "changes.read"
  | "admins.write"
  | "tokens.write"
  | "settings.read"
  | "sessions.all";

export type Session = {
  name: string;
  role: Role;
  permissions: Permission[];
  csrf: string;
  must_change_password: boolean;
  version: string;
  policy_version: number;
  idle_s: number;
  created: string;
  expires: string;
  idle_expires: string;
  host: string;
  tls: boolean;
  proxy: string[];
  page_host: string;
};

/** One request of the log. */
export type Request = {
  id: string;
  time: string;
  duration_ms: number;
  timing?: Record<string, number>;
  client: string;
  user: string | null;
  groups?: string[];
  method: string | null;
  scheme: string | null;
  host: string | null;
  port: number | null;
  path: string | null;
  query: string | null;
  action: Action;
  rule: string | null;
  reason: string | null;
  quota: string | null;
  categories: string[];
  report_only?: string[];
  policy_version: number;
  status: number | null;
  bytes_in: number;
  bytes_out: number;
  upstream: string | null;
  reused?: boolean;
  error: string | null;
  tls?: { version?: string; cipher?: string; sni?: string; inspected?: boolean; fault?: string } | null;
  content_type: string | null;
  referrer: string | null;
  user_agent: string | null;
};

/** GET /requests/{id}: the steps as they would be today, judged by the version that judged then. */
export type RequestDetails = Request & { trace?: TraceStep[] | null; trace_note?: string | null; text?: string | null };

export type Diff = {
  op: "add" | "remove" | "change" | "move";
  path: string;
  kind: string;
  id: string;
  title: string;
  before?: unknown;
  after?: unknown;
  fields?: { name: string; before: unknown; after: unknown }[];
  from?: number;
  to?: number;
  text: string;
};

/** What a condition says: any value of a key, all keys. */
export type Condition = Record<string, string[] | string | number>;
export type Then = "allow" | "block" | "warn" | { throttle: string };
export type Rule = {
  id: string;
  title?: string;
  note?: string;
  section?: string;
  enabled?: boolean;
  if: Condition;
  unless?: Condition;
  then: Then;
  message?: string;
  warn_for?: string;
  report_only?: boolean;
  [more: string]: unknown;
};
export type Category = {
  title?: string;
  note?: string;
  lists?: string[];
  hosts?: string[];
  urls?: string[];
  regex?: string[];
  except?: string[];
};
export type Quota = {
  id: string;
  title?: string;
  if: Condition;
  unless?: Condition;
  per: "user" | "client" | "group" | "all";
  window: "hour" | "day" | "week" | "month";
  bytes?: string | number;
  minutes?: number;
  requests?: number;
  warn_at?: number;
  then: Then;
};
export type Schedule = {
  title?: string;
  note?: string;
  timezone?: string;
  spans: { days: string; from: string; to: string }[];
};
export type Policy = {
  schema: 1;
  title?: string;
  note?: string;
  timezone?: string;
  default: { then: Then };
  networks?: Record<string, string[]>;
  groups?: Record<string, string[]>;
  schedules?: Record<string, Schedule>;
  categories?: Record<string, Category>;
  rules?: Rule[];
  quotas?: Quota[];
  headers?: unknown[];
  inspection?: unknown;
  tests?: unknown[];
};

export type Draft = {
  exists: boolean;
  base_version: number;
  active_version: number;
  revision: number;
  author: string | null;
  created: string | null;
  changed: string | null;
  etag: string;
  document: Policy;
  changes: Diff[];
  faults: Fault[];
};
/** The answer to a change of the draft. */
export type DraftChange<T = unknown> = {
  item?: T;
  etag: string;
  revision: number;
  change_count: number;
  faults: Fault[];
};

/** One step of the walk that decided. */
export type TraceStep = components["schemas"]["TraceStep"];
/** POST /explain; the same of a recorded request, which may also have failed. */
export type Explanation = Omit<components["schemas"]["Explanation"], "action"> & { action: Action };
