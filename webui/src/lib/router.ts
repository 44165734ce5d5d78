// The address is the state: path, filters, ranges and what is open are all in it, so Back works and every view can be
// sent to a colleague. Links are plain <a href>; one listener turns those into moves without a reload.
import { createStore, useStore } from "./store";

export type Place = { path: string; query: URLSearchParams };
export type Change = Record<string, string | readonly string[] | null | undefined>;

/** The query with `change` laid over it: null, undefined, "" and [] remove a name, an array repeats it. */
export function withQuery(query: URLSearchParams, change: Change): URLSearchParams {
  const made = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) {
    made.delete(name);
    const values = value === null || value === undefined ? [] : typeof value === "string" ? [value] : value;
    for (const one of values) if (one !== "") made.append(name, one);
  }
  return made;
}

/** An address of ours from a path and query values. */
export function href(path: string, change: Change = {}): string {
  const query = withQuery(new URLSearchParams(), change).toString();
  return query ? `${path}?${query}` : path;
}

/** The parameters of `path` under a pattern such as /rules/:id, or null when it is not of that form. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  if (want.length !== have.length) return null;
  const found: Record<string, string> = {};
  for (let i = 0; i < want.length; i++) {
    const w = want[i]!;
    const h = have[i]!;
    if (w.startsWith(":")) {
      try {
        found[w.slice(1)] = decodeURIComponent(h);
      } catch {
        return null;
      }
    } else if (w !== h) return null;
  }
  return found;
}

function read(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export const place = createStore<Place>({ path: "/", query: new URLSearchParams() });

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  const before = location.pathname + location.search;
  if (to !== before) history[options.replace ? "replaceState" : "pushState"](null, "", to);
  place.set(read());
}

/** Changes the query of the page that is shown. */
export function setQuery(change: Change, options: { replace?: boolean } = {}): void {
  const query = withQuery(place.get().query, change).toString();
  navigate(query ? `${location.pathname}?${query}` : location.pathname, options);
}

export function usePlace(): Place {
  return useStore(place);
}

export function startRouter(): void {
  place.set(read());
  addEventListener("popstate", () => place.set(read()));
  document.addEventListener("click", event => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || link.pathname.startsWith("/api/") || link.hash) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
