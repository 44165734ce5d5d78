import assert from "node:assert/strict";
import test from "node:test";
import { withQuery } from "../src/lib/router";
import { apiQuery, filterChange, readFilter, withChip, withValue } from "../src/pages/activity/filters";

const read = (text: string) => readFilter(new URLSearchParams(text));

test("a filter survives the address", () => {
  const filter = read("q=x&action=block,quota&user=a&user=b&host%21=c.example&open=1");
  assert.deepEqual(filter, {
    q: "x",
    actions: ["quota", "block"],
    chips: [
      { field: "user", not: false, values: ["a", "b"] },
      { field: "host", not: true, values: ["c.example"] },
    ],
  });
  const again = withQuery(new URLSearchParams("open=1&range=7d&rule=old"), filterChange(filter));
  assert.deepEqual(readFilter(again), filter);
  assert.equal(again.get("range"), "7d");
  assert.equal(again.has("open"), false);
});

test("nonsense is left out", () => {
  assert.deepEqual(read("action=nonsense&user=&colour=red"), { q: "", actions: [], chips: [] });
});

test("the API is asked with the same names", () => {
  assert.deepEqual(apiQuery(read("user%21=a&action=block"), { name: "1h" }), {
    from: "-1h",
    to: "now",
    q: "",
    action: ["block"],
    "user!": ["a"],
  });
  assert.deepEqual(apiQuery(read("user=a"), null), { q: "", action: [], user: ["a"] });
});

test("a value joins its chip and leaves the opposite one", () => {
  let filter = withValue(read("user=a"), "user", "b");
  assert.deepEqual(filter.chips, [{ field: "user", not: false, values: ["a", "b"] }]);
  filter = withValue(filter, "user", "a", true);
  assert.deepEqual(filter.chips, [
    { field: "user", not: false, values: ["b"] },
    { field: "user", not: true, values: ["a"] },
  ]);
  assert.equal(withValue(filter, "user", "a", true).chips.length, 2);
});

test("a chip that is changed into another joins that one", () => {
  const filter = read("user=a&user%21=b");
  const joined = withChip(filter, filter.chips[0]!, { field: "user", not: true, values: ["a"] });
  assert.deepEqual(joined.chips, [{ field: "user", not: true, values: ["b", "a"] }]);
  assert.deepEqual(withChip(filter, filter.chips[0]!, null).chips, [{ field: "user", not: true, values: ["b"] }]);
});
