// JSON pointers (RFC 6901) in a text: where the value that a fault names stands. The text may be broken, since someone
// is typing in it: then the deepest part that could be read is named.

export type Span = { from: number; to: number };

export const parts = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map(p => p.replace(/~1/g, "/").replace(/~0/g, "~"));

/** The span of the value at `pointer`, or of the deepest value on the way to it. */
export function find(text: string, pointer: string): Span {
  const reader = new Reader(text);
  reader.space();
  let best: Span = { from: reader.at, to: Math.min(reader.at + 1, text.length) };
  for (const part of parts(pointer)) {
    const member = reader.enter(part);
    if (!member) return best;
    best = member;
    reader.at = member.from;
  }
  const from = reader.at;
  return { from, to: reader.skip() ? Math.max(reader.at, from) : best.to };
}

class Reader {
  at = 0;
  constructor(private readonly text: string) {}

  space(): void {
    while (this.at < this.text.length && " \t\r\n".includes(this.text[this.at]!)) this.at++;
  }

  private eat(c: string): boolean {
    this.space();
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private string(): string | null {
    this.space();
    const from = this.at;
    if (this.text[this.at] !== '"') return null;
    for (this.at++; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === "\\") this.at++;
      else if (c === '"') {
        this.at++;
        try {
          return JSON.parse(this.text.slice(from, this.at)) as string;
        } catch {
          return null;
        }
      }
    }
    return null;
  }

  /** Past the value here; false when it is broken. */
  skip(): boolean {
    this.space();
    const c = this.text[this.at];
    if (c === '"') return this.string() !== null;
    if (c !== "{" && c !== "[") {
      const word = /[^\s,\]}:]+/y;
      word.lastIndex = this.at;
      const found = word.exec(this.text);
      this.at += found?.[0].length ?? 0;
      return found !== null;
    }
    // Brackets inside strings do not count; depth instead of recursion, since text may be hostile.
    let depth = 0;
    while (this.at < this.text.length) {
      const d = this.text[this.at]!;
      if (d === '"') {
        if (this.string() === null) return false;
        continue;
      }
      this.at++;
      if (d === "{" || d === "[") depth++;
      else if ((d === "}" || d === "]") && --depth === 0) return true;
    }
    return false;
  }

  /** The value of a member or element of the value here. */
  enter(part: string): Span | null {
    this.space();
    const list = this.text[this.at] === "[";
    if (!this.eat("{") && !this.eat("[")) return null;
    for (let i = 0; ; i++) {
      this.space();
      let name = String(i);
      if (!list) {
        const key = this.string();
        if (key === null || !this.eat(":")) return null;
        name = key;
      }
      this.space();
      const from = this.at;
      if ("]}".includes(this.text[from] ?? "]")) return null;
      const whole = this.skip();
      if (name === part) return { from, to: Math.max(this.at, from + 1) };
      if (!whole || !this.eat(",")) return null;
    }
  }
}
