import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, membersOf, versionsOf } from "../src/pages/changes/diff";

test("members that came, went or changed, objects by their members, lists whole", () => {
  assert.deepEqual(
    membersOf({ role: "viewer", keep: 1, limit: { bytes: 1 } }, { role: "admin", keep: 1, tags: ["a"] }),
    [
      { name: "role", before: "viewer", after: "admin" },
      { name: "limit.bytes", before: "1", after: null },
      { name: "tags", before: null, after: "a" },
    ],
  );
  assert.deepEqual(membersOf(null, null), []);
  assert.deepEqual(membersOf(null, { every: null, entries: 0 }), [{ name: "entries", before: null, after: "0" }]);
  assert.deepEqual(membersOf({ items: [{ quota: "q" }] }, null), [{ name: "items.quota", before: "q", after: null }]);
  assert.deepEqual(membersOf("a", "b"), [{ name: "", before: "a", after: "b" }]);
});

test("entries that put a version in force name it and the one before", () => {
  const entry = (action: string, subject: string, before: unknown = null, after: unknown = null) =>
    versionsOf({ action, subject, before, after });
  assert.deepEqual(entry("policy.apply", "7", { version: 5 }, { version: 7 }), { from: 5, to: 7 });
  assert.deepEqual(entry("draft.commit", "7"), { from: 6, to: 7 });
  assert.deepEqual(entry("policy.apply", "1"), { from: null, to: 1 });
  assert.equal(entry("policy.rollback", "<b>"), null);
  assert.equal(entry("user.add", "7"), null);
  assert.equal(areaOf("session.sign-in"), "session");
});
