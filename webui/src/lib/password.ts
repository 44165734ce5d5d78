// A pass word that nobody has to think of: four groups of four from letters and digits that can't be mistaken for one
// another, 80 bits.

/** What the gateway asks of a console account at least; it counts bytes, of which a character has one or more. */
export const PASSWORD_LEAST = 12;

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789-"; // the last stands for none: a group holds no dash
const GROUPS = 4;
const LENGTH = 4;

/** `random` fills an array, as crypto.getRandomValues does. */
export function makePassword(random: (bytes: Uint8Array<ArrayBuffer>) => void): string {
  const made: string[] = [];
  const pool = new Uint8Array(new ArrayBuffer(32));
  while (made.length < GROUPS * LENGTH) {
    random(pool);
    // 31 letters of 32: the odd one out is drawn again, so that each is as likely as the others.
    for (const byte of pool) {
      const letter = LETTERS[byte & 31]!;
      if (letter !== "-" && made.length < GROUPS * LENGTH) made.push(letter);
    }
  }
  return Array.from({ length: GROUPS }, (_, i) => made.slice(i * LENGTH, (i + 1) * LENGTH).join("")).join("-");
}

export const newPassword = (): string => makePassword(bytes => crypto.getRandomValues(bytes));
