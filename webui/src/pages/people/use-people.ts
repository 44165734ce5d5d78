// The people in a component: accounts for those who may change them, names of the log for those who may read it, and
// for everyone the members of the groups in force.
import { useEffect, useMemo, useState } from "preact/hooks";
import { may } from "../../api/session";
import type { Policy } from "../../api/types";
import { useGet, type Got } from "../../api/use-get";
import { peopleOf, type Account, type Person, type Seen } from "./people";

const AWAY = "-30d";
const MOST = 1000;

export const useActive = () => useGet<{ document: Policy }>("/policy", { fresh_ms: 10_000 });
const useAccounts = () => useGet<{ items: Account[] }>(may("users.write") ? "/users" : null);

export function usePeople(): Got<Person[]> {
  const policy = useActive();
  const accounts = useAccounts();
  const top = useGet<{ items: Seen[] }>(may("log.read") ? "/stats/top" : null, {
    query: { dim: "user", by: "requests", from: AWAY, limit: MOST },
    fresh_ms: 60_000,
  });
  const asked = { accounts: may("users.write"), top: may("log.read") };
  const data = useMemo(() => {
    if (!policy.data || (asked.accounts && !accounts.data)) return undefined;
    return peopleOf({
      accounts: accounts.data?.items,
      groups: policy.data.document.groups ?? {},
      seen: top.data?.items,
      cut: (top.data?.items.length ?? 0) >= MOST,
    });
  }, [policy.data, accounts.data, top.data]);
  return {
    data,
    // Without the log the page still shows who there is.
    error: policy.error ?? accounts.error ?? (data ? top.error : null),
    at: Math.min(...[policy, accounts].filter(g => g.at > 0).map(g => g.at), Date.now()),
    loading: policy.loading || accounts.loading || top.loading,
    reload: () => {
      policy.reload();
      accounts.reload();
      top.reload();
    },
  };
}

const WAIT_MS = 250;

/** Names to choose from while someone types: the accounts, and what the log knows. */
export function useSuggestedNames(text: string): { value: string }[] {
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(text.trim()), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const accounts = useAccounts();
  const log = useGet<{ items: { value: string }[] }>(may("log.read") ? "/requests/suggest" : null, {
    query: { field: "user", q, limit: 20, from: AWAY },
    fresh_ms: 60_000,
  });
  return useMemo(() => {
    const names = [...(accounts.data?.items ?? []).map(a => a.name), ...(log.data?.items ?? []).map(i => i.value)];
    return [...new Set(names)].filter(n => n && !n.startsWith("@")).map(value => ({ value }));
  }, [accounts.data, log.data]);
}
