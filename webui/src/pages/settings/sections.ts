// Settings by section, in the order of the file. Pure.

type Item = { key: string; section: string; value: string; help: string; changed: boolean };

/** Those that hold every word that was typed, in their name, value or help. */
export function sectionsOf<I extends Item>(items: readonly I[], find: string, changed: boolean) {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const sections = new Map<string, I[]>();
  for (const item of items) {
    const text = `${item.key}\n${item.value}\n${item.help}`.toLowerCase();
    if ((changed && !item.changed) || !words.every(word => text.includes(word))) continue;
    const section = sections.get(item.section);
    if (section) section.push(item);
    else sections.set(item.section, [item]);
  }
  return [...sections].map(([name, found]) => ({ name, items: found }));
}
