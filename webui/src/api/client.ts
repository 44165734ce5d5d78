// The one way to the gateway. Adds the CSRF token, reads problems (RFC 9457), carries ETags, and notices that the
// session has ended: then the sign-in form takes the page's place while the address stays, so that work goes on where
// it was.
import { createStore } from "../lib/store";
import { Cache } from "../lib/cache";
import type { paths } from "./schema";
import type { Problem, Session } from "./types";

export const BASE = "/api/v1";
export type Query = Record<string, string | number | boolean | readonly (string | number)[] | null | undefined>;

/** undefined: not asked yet; null: nobody is signed in. */
export const session = createStore<Session | null | undefined>(undefined);
/** Why the sign-in form is shown: the session ran out under someone's hands. */
export const ended = createStore(false);
export const cache = new Cache();

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
    /** Seconds to wait, of a 429 or 503. */
    readonly retry_s: number | null,
  ) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
  }
}

/** The gateway did not answer at all. */
export class Unreachable extends Error {
  constructor() {
    super("unreachable");
    this.name = "Unreachable";
  }
}

export const aborted = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

export type Options = {
  /** Values of {names} in the path. */
  params?: Record<string, string | number>;
  query?: Query;
  body?: unknown;
  /** If-Match; "*" takes whatever is there. */
  etag?: string;
  signal?: AbortSignal;
};
export type Answer<T> = { data: T; etag: string | null; status: number; headers: Headers };

export function address(path: string, options: Pick<Options, "params" | "query"> = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(options.params?.[name] ?? "")),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value === null || value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? (value as readonly (string | number)[]) : [value])
      query.append(name, String(one));
  }
  const text = query.toString();
  return BASE + filled + (text ? `?${text}` : "");
}

export async function send<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const headers = new Headers({ Accept: "application/json" });
  const raw = options.body instanceof Blob;
  if (options.body !== undefined && !raw) headers.set("Content-Type", "application/json");
  if (raw) headers.set("Content-Type", "application/octet-stream");
  const csrf = session.get()?.csrf;
  if (method !== "GET" && csrf) headers.set("X-CSRF", csrf);
  if (options.etag) headers.set("If-Match", options.etag);
  let response: Response;
  try {
    response = await fetch(address(path, options), {
      method,
      headers,
      body: raw ? (options.body as Blob) : options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch (error) {
    if (aborted(error)) throw error;
    throw new Unreachable();
  }
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok) {
    const problem: Problem = /json/.test(type) ? await response.json().catch(() => bare(response)) : bare(response);
    throw refusal(response.status, path, method, problem, response.headers.get("Retry-After"));
  }
  const data = (
    response.status === 204 ? undefined : /json/.test(type) ? await response.json() : await response.text()
  ) as T;
  return { data, etag: response.headers.get("ETag"), status: response.status, headers: response.headers };
}

/** The error of an answer that refused; what it means for the session is noticed on the way. */
export function refusal(
  status: number,
  path: string,
  method: string,
  problem: Problem,
  retry: string | null,
): ApiError {
  notice(status, path, method, problem);
  return new ApiError(status, problem, seconds(retry));
}

const bare = (response: { status: number; statusText: string }): Problem => ({
  type: "about:blank",
  title: response.statusText || `HTTP ${response.status}`,
  status: response.status,
  detail: "",
});

function seconds(text: string | null): number | null {
  const n = Number(text);
  return text !== null && Number.isFinite(n) ? n : null;
}

function notice(status: number, path: string, method: string, problem: Problem): void {
  if (status === 401 && !path.startsWith("/session")) {
    if (session.get()) ended.set(true);
    session.set(null);
    cache.clear();
  }
  if (status === 403 && problem.type === "/problems/password-change-required" && method) {
    session.set(now => (now ? { ...now, must_change_password: true } : now));
  }
}

/* What GET of a route answers, from openapi.json. */
type Known<M extends string> = {
  [P in keyof paths]: P extends `/api/v1${infer Rest}`
    ? paths[P] extends Record<M, { responses: unknown }>
      ? Rest
      : never
    : never;
}[keyof paths];
type Json<R> = R extends { content: { "application/json": infer J } } ? J : undefined;

export type Got<P extends Known<"get">> = paths[`/api/v1${P}`] extends { get: { responses: { 200: infer A } } }
  ? Json<A>
  : never;
