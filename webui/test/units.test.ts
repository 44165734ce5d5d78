import assert from "node:assert/strict";
import { test } from "node:test";
import { joinSize, readMinutes, readSize, sizeText, splitSize, writeMinutes } from "../src/policy/units";

test("sizes are read as the gateway reads them", () => {
  assert.equal(readSize("2GiB"), 2 ** 31);
  assert.equal(readSize("500mb"), 5e8);
  assert.equal(readSize("12"), 12);
  assert.equal(readSize(4096), 4096);
  assert.equal(readSize("1.5GiB"), null);
  assert.equal(readSize("lots"), null);
});

test("a size is split for two fields and joined again", () => {
  assert.deepEqual(splitSize("2GiB"), { amount: "2", unit: "GiB" });
  assert.deepEqual(splitSize(2 ** 20), { amount: "1", unit: "MiB" });
  assert.deepEqual(splitSize(undefined), { amount: "", unit: "GiB" });
  assert.equal(joinSize("2", "GiB"), "2GiB");
  assert.equal(joinSize("1.5", "GiB"), "1536MiB");
  assert.equal(joinSize("1,5", "MB"), "1500KB");
  assert.equal(joinSize("0", "MB"), null);
  assert.equal(joinSize("-1", "MB"), null);
});

test("bytes beside a limit in binary units", () => {
  assert.equal(sizeText(2 ** 21), "2 MiB");
  assert.equal(sizeText(1_468_006), "1.4 MiB");
  assert.equal(sizeText(1023), "1023 B");
  assert.equal(sizeText(1024 ** 2 - 1), "1 MiB");
});

test("lengths of time as people type them", () => {
  const typed: [string, number | null][] = [
    ["90", 90],
    ["1:30", 90],
    ["1h 30m", 90],
    ["1.5 h", 90],
    ["1 h 30 min", 90],
    ["45 min", 45],
    ["2 hours", 120],
    ["", 0],
    ["soon", null],
    ["1:75", null],
  ];
  for (const [text, minutes] of typed) assert.equal(readMinutes(text), minutes, text);
  for (const minutes of [1, 59, 60, 90, 1440]) assert.equal(readMinutes(writeMinutes(minutes)), minutes);
});
