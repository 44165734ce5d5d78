// What the API says of inspection, by the names that this page's parts share.
import type { Got } from "../../api/client";
import type { components } from "../../api/schema";

export type Inspection = Got<"/inspection">;
export type Counted = Inspection["faults"][number];
export type LearnedHosts = Got<"/inspection/learned">;
export type LearnedHost = LearnedHosts["items"][number];
export type Authorities = Got<"/ca">;
export type Authority = Authorities["items"][number];
export type Catalogue = Got<"/inspection/catalogue">;
export type Service = Catalogue["items"][number];
/** POST /policy/headers/test. */
export type Trials = { ok: boolean; rules: components["schemas"]["HeaderTrial"][] };
