// A file sent to the gateway as it is. XMLHttpRequest, since fetch does not tell how much has gone; everything else is
// as in client.ts: CSRF, problems, the end of a session.
import { address, refusal, session, Unreachable, type Options } from "./client";
import type { Problem } from "./types";

export type Upload<T> = { done: Promise<T>; cancel: () => void };

/** `told` hears the bytes that have gone. A cancelled upload rejects with AbortError. */
export function upload<T>(
  path: string,
  file: Blob,
  options: Pick<Options, "params" | "query">,
  told: (sent: number) => void,
): Upload<T> {
  const request = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    request.open("POST", address(path, options));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    const csrf = session.get()?.csrf;
    if (csrf) request.setRequestHeader("X-CSRF", csrf);
    request.upload.onprogress = event => told(event.loaded);
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onerror = () => reject(new Unreachable());
    request.onload = () => {
      const { status } = request;
      if (status >= 200 && status < 300) return resolve(JSON.parse(request.responseText) as T);
      reject(refusal(status, path, "POST", problemOf(request), request.getResponseHeader("Retry-After")));
    };
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

function problemOf(request: XMLHttpRequest): Problem {
  try {
    return JSON.parse(request.responseText) as Problem;
  } catch {
    return { title: request.statusText || `HTTP ${request.status}`, status: request.status, detail: "" };
  }
}
