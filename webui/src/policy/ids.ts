// Ids of the policy: lower case, digits, - and _, made from a title so that nobody has to think of one.

export const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** "Soziale Medien & Co" -> "soziale-medien-co"; a number is added when it is taken. */
export function slug(title: string, taken: ReadonlySet<string> = new Set()): string {
  const plain = title
    .normalize("NFKD")
    .replace(/ß/g, "ss")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 56)
    .replace(/-+$/, "");
  const stem = plain || "new";
  for (let n = 1; ; n++) {
    const id = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.has(id)) return id;
  }
}
