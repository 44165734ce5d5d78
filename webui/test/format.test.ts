import assert from "node:assert/strict";
import test from "node:test";
import * as f from "../src/lib/format";

f.setLocale("en-GB");

test("numbers", () => {
  assert.equal(f.count(1284), "1,284");
  assert.equal(f.short(9999), "9,999");
  assert.match(f.short(815_400), /^815\.4k$/i); // the letter is the case of the ICU that node brings
  assert.equal(f.percent(0.2314), "23.1%");
});

test("sizes change their unit before they show 1,000", () => {
  assert.equal(f.bytes(0), "0 bytes");
  assert.equal(f.bytes(999), "999 bytes");
  assert.equal(f.bytes(4200), "4.2 kB");
  assert.equal(f.bytes(999_600), "1 MB");
  assert.equal(f.bytes(121e9), "121 GB");
});

test("lengths of time", () => {
  assert.equal(f.micros(41), "41 µs");
  assert.equal(f.micros(11_800), "11.8 ms");
  assert.equal(f.micros(2_500_000), "2.5 s");
  assert.equal(f.duration(12_000), "3 hrs 20 mins");
  assert.equal(f.duration(0), "0 secs");
});

test("moments are in the browser's zone", () => {
  assert.equal(f.time("2026-11-24T14:19:53.634Z"), "15:19:53");
  assert.equal(f.fraction("2026-11-24T14:19:53.034Z"), ".034");
  assert.match(f.full("2026-11-24T14:19:53Z"), /15:19:53.*(CET|GMT\+1)/);
  assert.equal(f.ago(1000, 1000_000 + 3 * 3600_000), "3 hours ago");
});
