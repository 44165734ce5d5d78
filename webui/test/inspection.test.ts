// What the console says of faults, held to what the gateway knows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import en from "../src/inspection/en.json";
import { EXCEPTED, faultHelp, faultMeans, faultName } from "../src/inspection/faults";
import { dayIn } from "../src/lib/date";

const source = (name: string) => readFileSync(path.resolve("..", name), "utf8");

test("each fault of the gateway has a name and a meaning", () => {
  const words = [...source("base/tls_fault.c").matchAll(/\[TLS_FAULT_\w+\] =\s*\{"([a-z-]+)"/g)].map(m => m[1]!);
  assert.ok(words.length > 30);
  for (const word of words) {
    assert.notEqual(faultName(word), word, word);
    assert.notEqual(faultMeans(word), "", word);
    assert.notEqual(faultHelp(word), "", word);
  }
  const said = Object.keys(en).filter(key => key.startsWith("fault."));
  assert.deepEqual(
    said.map(key => key.slice(6)).filter(word => !words.includes(word)),
    [],
  );
});

test("what may be excepted is what a policy takes", () => {
  const [list] = /(?<=#define FAULTS[^]*?enum)[^]*?\]\}\}"/.exec(source("policy/document_inspection.c")) ?? [];
  const words = [...(list ?? "").matchAll(/\\"([a-z-]+)\\"[,\]]/g)].map(m => m[1]!);
  assert.deepEqual([...EXCEPTED].sort(), words.sort());
});

test("a word of a later gateway stays as it is", () => {
  assert.equal(faultName("quantum"), "quantum");
  assert.equal(faultMeans("quantum"), "");
});

test("days from now, over the ends of months and years", () => {
  assert.equal(dayIn(7, new Date(2026, 11, 28)), "2027-01-04");
  assert.equal(dayIn(0, new Date(2026, 0, 5)), "2026-01-05");
});
