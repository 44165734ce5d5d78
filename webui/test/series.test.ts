import assert from "node:assert/strict";
import test from "node:test";
import { bars, fromHistogram, fromNamed, stack, totals, wholeSteps } from "../src/lib/series";

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

const same = (n: number) => n;

test("a bar that is there is seen, on whole pixels", () => {
  // 1 of 10,000 in a plot of 100 pixels, below it 50.
  const low = (n: number) => 100 - n / 100;
  assert.equal(bars([0], [1], null, 60, same, low), "M0 100h58v-1h-58z");
  assert.equal(bars([0], [5001], [5000], 60, same, low), "M0 50h58v-1h-58z");
  assert.equal(bars([0], [1], null, 60, same, low, 2), "M0 100h56v-2h-56z");
  assert.equal(bars([10.4], [5000], null, 0.2, same, low), "M10 100h1v-50h-1z");
  assert.equal(bars([0], [0], null, 60, same, low), "");
  assert.equal(bars([0], [7], [7], 60, same, low), "");
});

test("a period that is chosen is made of whole steps, whichever way it was dragged", () => {
  assert.deepEqual(wholeSteps(61, 130, 60), [60, 180]);
  assert.deepEqual(wholeSteps(130, 61, 60), [60, 180]);
  assert.deepEqual(wholeSteps(60, 180, 60), [60, 180]);
  assert.deepEqual(wholeSteps(60, 60, 60), [60, 120]);
});
