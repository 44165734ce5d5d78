// Who is signed in, and what they may do. Hiding what a role can't do is a courtesy; the gateway refuses it anyway.
import { useStore } from "../lib/store";
import { ApiError, cache, ended, send, session } from "./client";
import type { Permission, Role, Session } from "./types";

export const may = (permission: Permission): boolean => session.get()?.permissions.includes(permission) ?? false;

const LEAST: Partial<Record<Permission, Role>> = {
  figures: "viewer",
  "policy.read": "viewer",
  "log.read": "auditor",
  "log.export": "auditor",
  "changes.read": "auditor",
  "policy.draft": "operator",
  "lists.update": "operator",
  "quotas.reset": "operator",
  "users.write": "operator",
  "tunnels.close": "operator",
  "learned.decide": "operator",
};
/** The least role that has a permission: whom to ask for. */
export const roleWith = (permission: Permission): Role => LEAST[permission] ?? "admin";

export function useSession(): Session {
  const now = useStore(session);
  if (!now) throw new Error("nobody is signed in");
  return now;
}

/** At the start: is the cookie of this browser still good? */
export async function resume(): Promise<void> {
  const { data } = await send<Session | undefined>("GET", "/session", { query: { optional: true } });
  session.set(data ?? null);
}

export async function signIn(name: string, password: string): Promise<void> {
  const { data } = await send<Session>("POST", "/session", { body: { name, password } });
  cache.clear();
  ended.set(false);
  session.set(data);
}

export async function changePassword(current: string, next: string): Promise<void> {
  const { data } = await send<Session>("PUT", "/session/password", { body: { current, new: next } });
  cache.clear(); // what was refused until now may be asked again
  session.set(data);
}

/** Nobody has been there for too long: as if the gateway had ended the session, which its polling kept alive. */
export async function expire(): Promise<void> {
  await signOut().catch(() => session.set(null));
  ended.set(true);
}

export async function signOut(): Promise<void> {
  try {
    await send("DELETE", "/session");
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error; // ended already: that is what was wanted
  }
  ended.set(false);
  session.set(null);
  cache.clear();
}
