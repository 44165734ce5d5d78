// What people paste: a column of a spreadsheet, a hosts file, lines of an ad blocker, addresses copied from a browser.
// Each line becomes an entry of the kind that is asked for, or is named with the reason why it can't. The gateway has
// the last word; this only spares people the obvious.

export type EntryKind = "hosts" | "urls" | "except" | "regex" | "networks" | "users";
type Reason = "host" | "url" | "path" | "network" | "space" | "long";
export type Pasted = {
  values: string[];
  /** Lines that were rewritten: a scheme or an ad blocker's signs taken off. */
  cleaned: number;
  /** Entries that were there already, or twice in the text. */
  known: number;
  faults: { line: number; text: string; reason: Reason }[];
};

const HOST =
  /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?)*$/u;
const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const V6 = /^(?=.*:.*:)[0-9a-f:]{2,39}(?:\d+\.\d+\.\d+\.\d+)?$/i;
const SINK = /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?|\[::\])\s+(\S+)$/;

/** An address as browsers show it, taken apart: the host (with its port), and what follows. */
function parts(text: string): { host: string; rest: string } {
  const plain = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/^[^/@]*@/, "");
  const cut = plain.search(/[/?#]/);
  const rest = cut < 0 ? "" : plain.slice(cut);
  return { host: cut < 0 ? plain : plain.slice(0, cut), rest: rest === "/" ? "" : rest };
}

type Made = { value: string } | { reason: Reason };

function asHost(text: string): Made {
  const sunk = SINK.exec(text);
  const plain = (sunk ? sunk[1]! : text)
    .replace(/^\|\|/, "")
    .replace(/\^(?:\$.*)?$/, "")
    .replace(/^\*?\.(?=[^.])/, "");
  const { host, rest } = parts(plain);
  if (rest) return { reason: "path" };
  const port = host.split(":").length === 2 || host.startsWith("[") ? /:\d+$/ : /$^/;
  const name = host.replace(port, "").replace(/\.$/, "").toLowerCase();
  const literal = name.replace(/^\[|\]$/g, "");
  if (V4.test(literal) || V6.test(literal)) return { value: literal };
  return HOST.test(name) ? { value: name } : { reason: "host" };
}

function asUrl(text: string): Made {
  if (/\s/.test(text)) return { reason: "space" };
  const { host, rest } = parts(text.replace(/^\|\|/, "").replace(/\^$/, ""));
  const name = host.replace(/:\d+$/, "").replace(/\.$/, "");
  if (!HOST.test(name) && !V4.test(name) && !/^\[[0-9a-f:.]+\]$/i.test(name)) return { reason: "url" };
  return { value: host.toLowerCase() + rest.replace(/[?#].*$/, "") };
}

function asNetwork(text: string): Made {
  const [address, bits, ...more] = text.split("/");
  const v4 = V4.test(address!);
  const widthOk = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (v4 ? 32 : 128));
  const good = more.length === 0 && (v4 || V6.test(address!)) && widthOk;
  return good ? { value: text.toLowerCase() } : { reason: "network" };
}

function one(text: string, kind: EntryKind): Made {
  if (text.length > (kind === "users" ? 256 : 4096)) return { reason: "long" };
  if (kind === "regex" || kind === "users") return { value: text };
  if (kind === "hosts") return asHost(text);
  if (kind === "urls") return asUrl(text);
  if (kind === "networks") return asNetwork(text);
  const host = asHost(text); // an exception is either
  return "value" in host ? host : asUrl(text);
}

/** The entries of a line: spaces and commas separate, but a regex or a name may hold them. */
function split(line: string, kind: EntryKind): string[] {
  if (kind === "regex" || SINK.test(line)) return [line];
  return line.split(kind === "users" ? /[,;\t]+/ : /[\s,;]+/);
}

export function readEntries(text: string, kind: EntryKind, existing: readonly string[] = []): Pasted {
  const have = new Set(existing);
  const pasted: Pasted = { values: [], cleaned: 0, known: 0, faults: [] };
  text.split(/\r\n|[\n\r]/).forEach((raw, i) => {
    const line = kind === "regex" ? raw.trim() : raw.replace(/(?:^|\s)[#!].*$/, "").trim();
    for (const part of split(line, kind)) {
      const word = part.trim();
      if (!word) continue;
      const made = one(word, kind);
      if ("reason" in made) pasted.faults.push({ line: i + 1, text: word, reason: made.reason });
      else if (have.has(made.value)) pasted.known++;
      else {
        have.add(made.value);
        pasted.values.push(made.value);
        if (made.value !== word) pasted.cleaned++;
      }
    }
  });
  return pasted;
}
