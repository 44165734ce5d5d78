import assert from "node:assert/strict";
import test from "node:test";
import { bars, fromHistogram, fromNamed, stack, ticksOfCount, ticksOfTime, totals } from "../src/lib/series";

const data = fromHistogram(
  { step_s: 60, t: [0, 60], series: { allow: [5, 0], block: [1, 2] }, total: 8, approx: false },
  0,
  120,
);

test("both answers of the API become the same columns", () => {
  const named = fromNamed(
    {
      step_s: 60,
      t: [0, 60],
      series: [
        { name: "allow", values: [5, 0] },
        { name: "block", values: [1, 2] },
      ],
    },
    0,
    120,
  );
  assert.deepEqual(named, data);
  assert.deepEqual(data.series.warn, [0, 0]);
  assert.deepEqual(totals(data), { allow: 5, warn: 0, quota: 0, block: 3, error: 0 });
});

test("verdicts are stacked, hidden ones left out", () => {
  assert.deepEqual(stack(data).block, [6, 2]);
  assert.deepEqual(stack(data, new Set(["allow"])).block, [1, 2]);
});

test("a bar that is there is seen", () => {
  const path = bars(
    [0],
    [1],
    null,
    60,
    s => s,
    () => 100,
  );
  assert.match(path, /^M0\.0 100\.0h[\d.]+v-1\.0/);
  assert.equal(
    bars(
      [0],
      [0],
      null,
      60,
      s => s,
      n => n,
    ),
    "",
  );
});

test("axes have round numbers that cover everything", () => {
  assert.deepEqual(ticksOfCount(1), [0, 1]);
  assert.deepEqual(ticksOfCount(24_400), [0, 5000, 10_000, 15_000, 20_000, 25_000]);
  for (const most of [1, 3, 7, 99, 101, 12_345]) assert.ok(ticksOfCount(most).at(-1)! >= most);
});

test("moments are round in local time, across the change of the clocks too", () => {
  // Berlin, 25 October 2026: the night of 25 hours.
  const from = Date.parse("2026-10-24T00:00:00+02:00") / 1000;
  const days = ticksOfTime(from, from + 4 * 86400, 5);
  assert.deepEqual(
    days.map(s => new Date(s * 1000).getHours()),
    days.map(() => 0),
  );
  const hours = ticksOfTime(
    Date.parse("2026-11-24T08:10:00+01:00") / 1000,
    Date.parse("2026-11-25T08:10:00+01:00") / 1000,
    8,
  );
  assert.deepEqual(
    hours.map(s => new Date(s * 1000).getHours() % 3),
    hours.map(() => 0),
  );
});
