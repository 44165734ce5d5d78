// What the API says of inspection, by the names that its pages share.
import type { Got } from "../api/client";

export type FaultyHost = Got<"/inspection/hosts/{host}">;
export type Member = FaultyHost["chain"][number];
