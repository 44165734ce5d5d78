// Where a rule can go in its list. Rules have one order, and neighbours of one section stand under one heading: at the
// border of two sections there are therefore two places with the same number, the end of one and the start of the
// next. Dragging, arrow keys and the menu all choose one of these places.

/** What has a place: rules, and what is listed without sections. */
export type Placed = { id: string; title?: string; section?: string };
/** `index`: place among the other rules; `section`: the heading it stands under there. */
export type Place = { index: number; section: string | undefined };
export type Run<T extends Placed> = { section: string | undefined; rules: T[]; first: number };

/** Neighbours of one section together. */
export function runs<T extends Placed>(rules: readonly T[]): Run<T>[] {
  const made: Run<T>[] = [];
  rules.forEach((rule, i) => {
    const open = made[made.length - 1];
    if (open && open.section === (rule.section || undefined)) open.rules.push(rule);
    else made.push({ section: rule.section || undefined, rules: [rule], first: i });
  });
  return made;
}

const equal = (a: Place, b: Place): boolean => a.index === b.index && a.section === b.section;

/** Every place for `id`, from the top, the one where it is among them. */
export function places(rules: readonly Placed[], id: string): Place[] {
  const others = rules.filter(r => r.id !== id);
  const made: Place[] = [];
  for (const run of runs(others)) {
    for (let i = 0; i <= run.rules.length; i++) made.push({ index: run.first + i, section: run.section });
  }
  const now = placeOf(rules, id);
  if (now && !made.some(p => equal(p, now))) {
    const after = made.findIndex(p => p.index >= now.index);
    // Alone in its section: its own place lies behind the end of the section before.
    const at = after >= 0 && made[after + 1]?.index === now.index ? after + 1 : after < 0 ? made.length : after;
    made.splice(at, 0, now);
  }
  return made;
}

export function placeOf(rules: readonly Placed[], id: string): Place | null {
  const index = rules.findIndex(r => r.id === id);
  return index < 0 ? null : { index, section: rules[index]!.section || undefined };
}

/** The next place up (-1) or down (1); null at the ends. */
export function step(rules: readonly Placed[], id: string, by: -1 | 1): Place | null {
  const all = places(rules, id);
  const now = placeOf(rules, id);
  const at = now ? all.findIndex(p => equal(p, now)) : -1;
  return at < 0 ? null : (all[at + by] ?? null);
}

/** The place right before or after another rule, in its section. */
export function beside(rules: readonly Placed[], id: string, other: string, after: boolean): Place | null {
  const others = rules.filter(r => r.id !== id);
  const at = others.findIndex(r => r.id === other);
  return at < 0 ? null : { index: at + (after ? 1 : 0), section: others[at]!.section || undefined };
}

/** The rules with `id` at its new place. */
export function moved<T extends Placed>(rules: readonly T[], id: string, to: Place): T[] {
  const rule = rules.find(r => r.id === id);
  if (!rule) return [...rules];
  const made = rules.filter(r => r.id !== id);
  const { section: _, ...bare } = rule;
  const same = (rule.section || undefined) === to.section;
  made.splice(to.index, 0, same ? rule : to.section === undefined ? (bare as T) : { ...rule, section: to.section });
  return made;
}

/** The id before which a rule at this place stands, as the API takes it: null at the end. */
export const before = (rules: readonly Placed[], id: string, to: Place): string | null =>
  rules.filter(r => r.id !== id)[to.index]?.id ?? null;
