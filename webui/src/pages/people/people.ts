// Who is who: the accounts of the proxy, the members of groups and the names of the log, one row a person. Pure.
import type { Condition, Policy, Quota, Rule } from "../../api/types";

export type Account = { name: string; created: string; changed: string; groups: string[] };
/** What the log says of a name, over the period that was asked for. */
export type Seen = { name: string; requests: number; blocked: number; bytes: number; last?: string };
export type Person = {
  name: string;
  account: Account | null;
  groups: string[];
  /** null: the log was not asked, or its answer was cut before this name. */
  seen: Seen | null;
  /** For certain not in the log of the period. */
  away: boolean;
};

type Known = {
  accounts?: readonly Account[];
  groups: Readonly<Record<string, readonly string[]>>;
  seen?: readonly Seen[];
  /** The log had more names than it told: a missing one may be there. */
  cut?: boolean;
};

/** "@none" and the like stand for no name. */
const isName = (name: string | null): name is string => name !== null && name !== "" && !name.startsWith("@");

export function peopleOf({ accounts, groups, seen, cut }: Known): Person[] {
  const all = new Map<string, Person>();
  const person = (name: string): Person => {
    let found = all.get(name);
    if (!found) all.set(name, (found = { name, account: null, groups: [], seen: null, away: false }));
    return found;
  };
  for (const account of accounts ?? []) person(account.name).account = account;
  for (const [group, members] of Object.entries(groups)) {
    for (const name of members) {
      const { groups: of } = person(name);
      if (!of.includes(group)) of.push(group);
    }
  }
  for (const one of seen ?? []) if (isName(one.name)) person(one.name).seen = one;
  for (const one of all.values()) one.away = seen !== undefined && !cut && one.seen === null;
  return [...all.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** How a rule or quota reaches a person: by name, by a group, because it names nobody; or never. */
export type Reach = "user" | "group" | "all" | "excepted" | "none";

const values = (condition: Condition | undefined, key: string): readonly string[] | null => {
  const value = condition?.[key];
  if (value === undefined) return null;
  return Array.isArray(value) ? value : [String(value)];
};

/** All keys of a condition must hold, any value of a key; `unless` counts where it asks only who it is. */
export function reachOf(item: Pick<Rule, "if" | "unless">, user: string, groups: readonly string[]): Reach {
  const users = values(item.if, "user");
  const named = values(item.if, "group");
  if (users && !users.includes(user)) return "none";
  if (named && !named.some(g => groups.includes(g))) return "none";
  const except = Object.keys(item.unless ?? {});
  if (except.length > 0 && except.every(key => key === "user" || key === "group")) {
    const holds = except.every(key =>
      values(item.unless, key)!.some(v => (key === "user" ? v === user : groups.includes(v))),
    );
    if (holds) return "excepted";
  }
  return users ? "user" : named ? "group" : "all";
}

export type Reached<T> = { item: T; reach: Reach };

/** The rules and quotas that may decide for a person, in their order; those that never can are left out. */
export function reaching(document: Policy, user: string, groups: readonly string[]) {
  const of = <T extends Rule | Quota>(items: readonly T[] | undefined): Reached<T>[] =>
    (items ?? []).map(item => ({ item, reach: reachOf(item, user, groups) })).filter(r => r.reach !== "none");
  return { rules: of(document.rules), quotas: of(document.quotas) };
}

export const groupsOf = (document: Policy | undefined, user: string): string[] =>
  Object.entries(document?.groups ?? {}).flatMap(([id, members]) => (members.includes(user) ? [id] : []));
