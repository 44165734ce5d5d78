// The shapes of this page, from openapi.json.
import type { Got } from "../../api/client";

export type Source = Got<"/lists">["items"][number];
export type Job = Got<"/jobs">["items"][number];
export type Top = Got<"/stats/top">["items"][number];
/** GET /categories/lookup. */
export type Lookup = {
  host: string;
  url: string;
  categories: string[];
  lists: { list: string; entry: string; path: boolean; line?: number; file?: string }[];
  entries: { category: string; entry: string; pointer: string }[];
};

export const FORMATS = [
  "ut1",
  "hosts",
  "adblock",
  "dnsmasq",
  "unbound",
  "rpz",
  "csv",
  "networks",
  "plain",
  "v2fly",
  "exact",
  "urls",
  "expressions",
] as const;
export const EVERY = ["1h", "6h", "12h", "24h", "7d"] as const;
