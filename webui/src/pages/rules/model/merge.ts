// Two people changed the same draft: what each changed alone is kept, and where both changed the same thing mine stays
// and its path is told. By names, not by lines: rules, quotas and headers by id, categories and such by their key.
import type { Policy } from "../../../api/types";

type Json = unknown;
type Named = { id: string } & Record<string, Json>;

const equal = (a: Json, b: Json): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** Objects are the same in any order of their members. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

const isMap = (value: Json): value is Record<string, Json> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNamed = (value: Json): value is Named[] =>
  Array.isArray(value) && value.every(v => isMap(v) && typeof v["id"] === "string");

export function merge(base: Policy, mine: Policy, theirs: Policy): { document: Policy; clashes: string[] } {
  const clashes: string[] = [];
  const document = members(base, mine, theirs, "", 0, clashes) as unknown as Policy;
  return { document, clashes };
}

function one(base: Json, mine: Json, theirs: Json, path: string, depth: number, clashes: string[]): Json {
  if (equal(mine, theirs) || equal(base, theirs)) return mine;
  if (equal(base, mine)) return theirs;
  if (isNamed(mine) && isNamed(theirs) && (base === undefined || isNamed(base))) {
    return list((base as Named[] | undefined) ?? [], mine, theirs, path, clashes);
  }
  // Only the document's maps of named things (depth 1) are merged inside; a thing itself is one piece.
  if (depth === 1 && isMap(mine) && isMap(theirs)) {
    return members(isMap(base) ? base : {}, mine, theirs, path, depth, clashes);
  }
  clashes.push(path);
  return mine;
}

function members(base: object, mine: object, theirs: object, path: string, depth: number, clashes: string[]): Json {
  const [b, m, t] = [base, mine, theirs] as Record<string, Json>[];
  const made: Record<string, Json> = {};
  for (const name of new Set([...Object.keys(m!), ...Object.keys(t!)])) {
    const value = one(b![name], m![name], t![name], `${path}/${name}`, depth + 1, clashes);
    if (value !== undefined) made[name] = value;
  }
  return made;
}

/** Order: mine where I changed it, else theirs; what the other side alone has goes behind its neighbour there. */
function list(base: Named[], mine: Named[], theirs: Named[], path: string, clashes: string[]): Named[] {
  const by = (all: Named[]) => new Map(all.map(v => [v.id, v]));
  const [b, m, t] = [by(base), by(mine), by(theirs)];
  const order = (all: Named[]) => all.filter(v => b.has(v.id) && m.has(v.id) && t.has(v.id)).map(v => v.id);
  const iMoved = !equal(order(base), order(mine));
  const [lead, other] = iMoved ? [mine, theirs] : [theirs, mine];
  const ids = lead.map(v => v.id);
  other.forEach((v, i) => {
    if (ids.includes(v.id)) return;
    const neighbour = other
      .slice(0, i)
      .reverse()
      .find(o => ids.includes(o.id));
    ids.splice(neighbour ? ids.indexOf(neighbour.id) + 1 : 0, 0, v.id);
  });
  const made: Named[] = [];
  for (const id of ids) {
    const value = one(b.get(id), m.get(id), t.get(id), `${path}/${id}`, 2, clashes);
    if (value !== undefined) made.push(value as Named);
  }
  return made;
}
