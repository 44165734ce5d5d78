import assert from "node:assert/strict";
import { test } from "node:test";
import type { Policy } from "../src/api/types";
import { groupsOf, peopleOf, reaching, reachOf } from "../src/pages/people/people";

const account = (name: string) => ({ name, created: "", changed: "", groups: [] });
const seen = (name: string) => ({ name, requests: 3, blocked: 1, bytes: 10 });

test("accounts, members and names of the log make one row a person", () => {
  const people = peopleOf({
    accounts: [account("b"), account("a")],
    groups: { sales: ["a", "c"], it: ["a"] },
    seen: [seen("a"), seen("d"), seen("@none")],
  });
  assert.deepEqual(
    people.map(p => [p.name, p.account !== null, p.groups.join(), p.seen !== null, p.away]),
    [
      ["a", true, "sales,it", true, false],
      ["b", true, "", false, true],
      ["c", false, "sales", false, true],
      ["d", false, "", true, false],
    ],
  );
});

test("nobody is away when the log was not asked, or told only some names", () => {
  const groups = { sales: ["a"] };
  assert.equal(peopleOf({ groups })[0]!.away, false);
  assert.equal(peopleOf({ groups, seen: [seen("z")], cut: true })[0]!.away, false);
  assert.equal(peopleOf({ groups, seen: [] })[0]!.away, true);
});

test("a rule reaches a person by name, by a group, or because it names nobody", () => {
  const of = (a: object, unless?: object) => reachOf({ if: a, unless } as never, "ann", ["sales", "all"]);
  assert.equal(of({ user: ["bob", "ann"] }), "user");
  assert.equal(of({ user: "bob" }), "none");
  assert.equal(of({ group: ["it", "sales"] }), "group");
  assert.equal(of({ group: ["it"] }), "none");
  assert.equal(of({ user: ["ann"], group: ["it"] }), "none");
  assert.equal(of({ category: ["games"] }), "all");
  assert.equal(of({}, { group: ["sales"] }), "excepted");
  assert.equal(of({}, { group: ["sales"], user: ["bob"] }), "all");
  assert.equal(of({}, { group: ["sales"], host: ["a.example"] }), "all");
});

test("what may decide for a person stays in its order", () => {
  const policy: Policy = {
    schema: 1,
    default: { then: "allow" },
    groups: { sales: ["ann"], it: ["bob"] },
    rules: [
      { id: "a", if: { group: ["it"] }, then: "allow" },
      { id: "b", if: { group: ["sales"] }, then: "allow" },
      { id: "c", if: {}, then: "block" },
    ],
    quotas: [{ id: "q", if: {}, unless: { user: ["ann"] }, per: "user", window: "day", minutes: 1, then: "block" }],
  };
  assert.deepEqual(groupsOf(policy, "ann"), ["sales"]);
  const { rules, quotas } = reaching(policy, "ann", ["sales"]);
  assert.deepEqual(
    rules.map(r => `${r.item.id} ${r.reach}`),
    ["b group", "c all"],
  );
  assert.deepEqual(
    quotas.map(r => r.reach),
    ["excepted"],
  );
});
