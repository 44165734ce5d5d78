// The versions that were enforced.
import { send } from "../../api/client";
import type { Policy } from "../../api/types";

export type Version = {
  version: number;
  time: string;
  author: string;
  comment: string;
  active: boolean;
  approved_by: string | null;
};

export const readVersion = (version: number): Promise<Policy> =>
  send<{ document: Policy }>("GET", "/policy/versions/{version}", { params: { version } }).then(a => a.data.document);
