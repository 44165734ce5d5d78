// The policy as text: JSON whose short lists and objects stay on one line, so that a rule can be read at a glance.

const WIDTH = 100;

export function print(value: unknown, indent = 0, used = 0): string {
  const flat = inline(value);
  if (flat.length + indent + used <= WIDTH) return flat;
  const pad = " ".repeat(indent + 2);
  if (Array.isArray(value)) {
    return `[\n${value.map(v => pad + print(v, indent + 2)).join(",\n")}\n${" ".repeat(indent)}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, v]) => v !== undefined);
    const lines = members.map(([name, v]) => {
      const key = `${JSON.stringify(name)}: `;
      return pad + key + print(v, indent + 2, key.length);
    });
    return `{\n${lines.join(",\n")}\n${" ".repeat(indent)}}`;
  }
  return flat;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, v]) => v !== undefined);
    return members.length ? `{${members.map(([k, v]) => `${JSON.stringify(k)}: ${inline(v)}`).join(", ")}}` : "{}";
  }
  return JSON.stringify(value) ?? "null";
}
