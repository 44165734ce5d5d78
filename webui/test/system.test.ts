import assert from "node:assert/strict";
import { test } from "node:test";
import { rateOf, troublesOf, type Status } from "../src/pages/system/status";

const status = (change: {
  audit?: object;
  connections?: object;
  running?: boolean;
  failing?: boolean;
  parents?: [string, string][];
  missing?: object[];
}): Status =>
  ({
    running: change.running ?? true,
    audit: { failing: false, last_error: "", lag_records: 0, lag_ms: 0, ...change.audit },
    lists: { sources: [{ name: "ads", failing: change.failing ?? false }] },
    missing_parents: change.missing ?? [],
    proxy: {
      connections: { refused: 0, ...change.connections },
      parents: (change.parents ?? []).map(([name, state]) => ({ name, state })),
    },
  }) as unknown as Status;

test("rates need two counts that grow", () => {
  const at = (at: number, requests: number, bytes = requests) => ({ at, requests, bytes });
  assert.equal(rateOf(undefined, at(1000, 5)), null);
  assert.equal(rateOf(at(1000, 5), at(1000, 9)), null);
  assert.equal(rateOf(at(1000, 5), at(2000, 1)), null, "the gateway began anew");
  assert.deepEqual(rateOf(at(1000, 5), at(3000, 25, 1005)), { at: 3000, requests: 10, bytes: 500 });
});

test("what a person should look at, the worst of the journal only once", () => {
  const what = (s: Status) => troublesOf(s).map(t => t.what);
  assert.deepEqual(what(status({})), []);
  assert.deepEqual(what(status({ audit: { failing: true, lag_records: 1e6 } })), ["audit-failing"]);
  assert.deepEqual(what(status({ audit: { lag_ms: 31_000 } })), ["audit-lag"]);
  assert.deepEqual(what(status({ failing: true, connections: { refused: 2 }, running: false })), [
    "lists",
    "refused",
    "draining",
  ]);
});

test("parents are a trouble when none of a name is left, or a rule names one that is not there", () => {
  const eu = (...states: string[]) => troublesOf(status({ parents: states.map(s => ["eu", s]) }));
  assert.deepEqual(eu("up", "down"), []);
  assert.deepEqual(eu("down", "down"), [{ kind: "bad", what: "parents", names: ["eu"] }]);
  const missing = [{ rule: "a", parent: "us" }];
  assert.deepEqual(troublesOf(status({ missing })), [{ kind: "bad", what: "missing-parents", rules: missing }]);
});
