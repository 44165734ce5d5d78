// The shapes that pages share, where openapi.json leaves something open or a page needs a narrower type.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Fault = Schemas["Fault"];
export type Problem = Schemas["Problem"];
export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type Permission = Session["permissions"][number];
export type Diff = Schemas["Change"];
export type Note = Schemas["LintNote"];
export type Usage = Schemas["RuleUsage"];

/** One request of the log, as pages read it: every record says these, if only that there is none. */
export type Request = Schemas["Request"] & Required<Pick<Schemas["Request"], "quota" | "categories" | "content_type">>;
export type Action = Request["action"];
export const ACTIONS: readonly Action[] = ["allow", "warn", "quota", "block", "error"];
/** GET /requests/{id}: the steps as they would be today, judged by the version that judged then. */
export type RequestDetails = Request & Schemas["RequestDetail"];

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
  throttle?: string | { rate: string; per?: string; burst?: string | number };
  source?: string;
  parent?: string;
  report_only?: boolean;
  from?: string;
  until?: string;
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
  window: "hour" | "day" | "week" | "month" | { rolling: string };
  bytes?: string | number;
  minutes?: number;
  requests?: number;
  idle_gap?: string;
  background?: { bytes?: string | number; requests?: number };
  warn_at?: number;
  extension?: { bytes?: string | number; minutes?: number; requests?: number; times?: number };
  then: Then;
};
export type Schedule = {
  title?: string;
  note?: string;
  timezone?: string;
  spans: { days: string; from: string; to: string }[];
  /** Dates on which no span begins. */
  except?: string[];
};
/** What is decided of a tunnel before any of it is read. */
export type InspectionRule = {
  id: string;
  title?: string;
  note?: string;
  if?: Condition;
  unless?: Condition;
  then: "inspect" | "tunnel";
  from?: string;
  until?: string;
};
/** What is done where an origin's certificate is at fault. */
export type TlsException = Omit<InspectionRule, "then"> & { fault?: string[]; then: "allow" | "tunnel" | "block" };
export type Inspection = { default?: "inspect" | "tunnel"; rules?: InspectionRule[]; exceptions?: TlsException[] };
/** Fields that are changed on their way to a site; `use`: as an entry of the catalogue says. */
export type HeaderRule = {
  id: string;
  title?: string;
  note?: string;
  if?: Condition;
  unless?: Condition;
  use?: string;
  with?: Record<string, string | string[]>;
  [more: string]: unknown;
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
  headers?: HeaderRule[];
  inspection?: Inspection;
  tests?: unknown[];
};

export type Draft = Omit<Schemas["Draft"], "document"> & { document: Policy };
/** The answer to a change of the draft. */
export type DraftChange<T = unknown> = {
  item?: T;
  etag: string;
  revision: number;
  change_count: number;
  faults: Fault[];
};

/** One step of the walk that decided. */
export type TraceStep = Schemas["TraceStep"];
/** POST /explain; the same of a recorded request, which may also have failed. */
export type Explanation = Omit<Schemas["Explanation"], "action"> & { action: Action };
