// What an entry of the change log says was before and is after, as members that came, went or changed. Pure.

export type Member = { name: string; before: string | null; after: string | null };

const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** "limit.bytes": objects inside are members too, also the only one of a list; other lists are one value. */
function flat(value: unknown, name: string, into: Map<string, string>): void {
  if (Array.isArray(value) && value.length === 1 && isObject(value[0])) return flat(value[0], name, into);
  if (Array.isArray(value) && value.every(one => typeof one === "string")) {
    into.set(name, value.join(", "));
    return;
  }
  if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) flat(member, name ? `${name}.${key}` : key, into);
  } else if (value !== null && value !== undefined) into.set(name, text(value));
}

/** Only what differs; what is the same on both sides says nothing. A value without members has the name "". */
export function membersOf(before: unknown, after: unknown): Member[] {
  const old = new Map<string, string>();
  const now = new Map<string, string>();
  flat(before, "", old);
  flat(after, "", now);
  return [...new Set([...old.keys(), ...now.keys()])]
    .map(name => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }))
    .filter(m => m.before !== m.after);
}

/** "draft.commit" -> "draft": what the filter of actions asks for. */
export const areaOf = (action: string): string => action.split(".")[0] ?? action;

/** The version of the policy that an entry put in force, and the one before it; null for other entries. */
export function versionsOf(entry: { action: string; subject: string; before: unknown; after: unknown }) {
  if (!["policy.apply", "policy.rollback", "draft.commit"].includes(entry.action)) return null;
  const read = (value: unknown) => (isObject(value) && typeof value["version"] === "number" ? value["version"] : null);
  const to = read(entry.after) ?? (/^\d+$/.test(entry.subject) ? Number(entry.subject) : null);
  if (to === null) return null;
  const from = read(entry.before) ?? to - 1;
  return { from: from >= 1 ? from : null, to };
}
