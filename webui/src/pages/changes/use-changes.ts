// The change log, newest first: the first page is asked again now and then, older ones are added below it.
import { useEffect, useState } from "preact/hooks";
import { send, type Got } from "../../api/client";
import { useGet } from "../../api/use-get";
import { errorText } from "../../components/states";
import { toast } from "../../components/toast";

export type Entry = Got<"/changes">["items"][number];
type Page = { items: Entry[]; cursor: string | null };

export const FILTERS = ["actor", "action", "subject"] as const;
export const SINCE = ["24h", "7d", "30d", "365d"] as const;
const PAGE = 50;

export type Asked = Record<string, string | number | null | undefined>;

/** What the API is asked, from the address: `since` follows the clock, from and to are days of this browser's zone. */
export function asked(query: URLSearchParams): Asked {
  const since = SINCE.find(s => s === query.get("since"));
  const edge = (name: string, plus: number) => {
    const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(query.get(name) ?? "");
    return day ? new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]) + plus).toISOString() : null;
  };
  return {
    ...Object.fromEntries(FILTERS.map(name => [name, query.get(name)])),
    from: since ? `-${since}` : edge("from", 0),
    to: since ? null : edge("to", 1),
    limit: PAGE,
  };
}

export function useChanges(filter: Asked) {
  const first = useGet<Page>("/changes", { query: filter, poll_ms: 20_000 });
  const [older, setOlder] = useState<Page[]>([]);
  const [busy, setBusy] = useState(false);
  const key = JSON.stringify(filter);
  const newest = first.data?.items[0]?.id;
  // New entries move what the first page holds: older pages would leave a gap, so they begin anew.
  useEffect(() => setOlder([]), [key, newest]);
  const pages = first.data ? [first.data, ...older] : [];
  const cursor = pages.at(-1)?.cursor ?? null;
  const more = async () => {
    setBusy(true);
    try {
      const { data } = await send<Page>("GET", "/changes", { query: { ...filter, cursor } });
      setOlder(o => [...o, data]);
    } catch (error) {
      toast({ kind: "bad", text: errorText(error) });
    }
    setBusy(false);
  };
  return { first, items: pages.flatMap(p => p.items), more: cursor ? more : null, busy };
}
