import assert from "node:assert/strict";
import test from "node:test";
import { asked, chosen, readRange, span } from "../src/lib/range";

const read = (text: string) => readRange(new URLSearchParams(text));

test("a range by name follows the clock", () => {
  assert.deepEqual(read(""), { name: "24h" });
  assert.deepEqual(read("range=7d"), { name: "7d" });
  assert.deepEqual(read("range=7y"), { name: "24h" });
  assert.deepEqual(asked({ name: "7d" }), { from: "-7d", to: "now" });
  assert.deepEqual(span({ name: "1h" }, 10_000), { from: 6400, to: 10_000 });
});

test("a range by moments stands still", () => {
  const range = read("from=2026-11-23T10:00:00Z&to=2026-11-23T11:00:00Z");
  assert.deepEqual(range, { name: null, from: 1795428000, to: 1795431600 });
  assert.deepEqual(asked(range), { from: "2026-11-23T10:00:00Z", to: "2026-11-23T11:00:00Z" });
  assert.deepEqual(chosen(range), { range: null, from: "2026-11-23T10:00:00Z", to: "2026-11-23T11:00:00Z" });
});

test("nonsense in the address is the usual range", () => {
  assert.deepEqual(read("from=yesterday&to=now"), { name: "24h" });
  assert.deepEqual(read("from=2026-11-23T11:00:00Z&to=2026-11-23T10:00:00Z"), { name: "24h" });
  assert.deepEqual(chosen({ name: "24h" }), { range: null, from: null, to: null });
});
