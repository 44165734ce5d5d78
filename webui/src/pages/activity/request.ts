// A request in words that the table, the details and the menus share.
import type { Request } from "../../api/types";

/** The path as it was asked for. */
export const pathOf = (r: Request): string =>
  r.method === "CONNECT" ? "" : (r.path ?? "") + (r.query === null || r.query === undefined ? "" : `?${r.query}`);

const USUAL: Record<string, number> = { http: 80, https: 443 };
export const portOf = (r: Request): string =>
  r.port && r.port !== USUAL[r.scheme ?? ""] && !(r.method === "CONNECT" && r.port === 443) ? `:${r.port}` : "";

const hostText = (r: Request): string => (r.host?.includes(":") ? `[${r.host}]` : (r.host ?? ""));

/** What Check a URL would be asked. */
export const urlOf = (r: Request): string =>
  r.method === "CONNECT"
    ? `${hostText(r)}:${r.port ?? 443}`
    : `${r.scheme ?? "http"}://${hostText(r)}${portOf(r)}${pathOf(r)}`;

export const sizeOf = (r: Request): number => r.bytes_in + r.bytes_out;
