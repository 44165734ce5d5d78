import assert from "node:assert/strict";
import { test } from "node:test";
import { sectionsOf } from "../src/pages/settings/sections";

test("settings by section, found by every word of name, value or help", () => {
  const item = (key: string, help: string, changed = false) => ({
    key,
    section: key.split(".")[0]!,
    value: "10s",
    help,
    changed,
  });
  const items = [item("proxy.a", "How long a lookup may take."), item("dns.b", "Lookup.", true), item("proxy.c", "")];
  const of = (find: string, changed = false) =>
    sectionsOf(items, find, changed).map(s => `${s.name}: ${s.items.map(i => i.key).join()}`);
  assert.deepEqual(of(""), ["proxy: proxy.a,proxy.c", "dns: dns.b"]);
  assert.deepEqual(of(" LOOKUP 10s "), ["proxy: proxy.a", "dns: dns.b"]);
  assert.deepEqual(of("", true), ["dns: dns.b"]);
  assert.deepEqual(of("nothing"), []);
});
