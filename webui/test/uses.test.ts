import assert from "node:assert/strict";
import { test } from "node:test";
import type { Policy } from "../src/api/types";
import { slug } from "../src/policy/ids";
import { allUses, editorOf, usesOf } from "../src/policy/uses";

const policy: Policy = {
  schema: 1,
  default: { then: "allow" },
  categories: { social: { title: "Social media", lists: ["leisure/social"] }, chat: { lists: ["leisure/social"] } },
  rules: [
    { id: "a", title: "A", if: { category: ["social", "chat"] }, then: "block" },
    { id: "b", if: { category: "social", schedule: ["work"] }, unless: { category: ["social"] }, then: "allow" },
  ],
  quotas: [{ id: "q", if: { category: ["chat"] }, per: "user", window: "day", then: "block" }],
  inspection: { default: "tunnel", rules: [{ id: "i", if: { category: ["chat"] }, then: "inspect" }] },
};

test("each user of a name once, whether asked in if or unless, as one value or a list", () => {
  assert.deepEqual(
    usesOf(policy, "category", "social").map(u => u.id),
    ["a", "b"],
  );
  assert.deepEqual(
    usesOf(policy, "category", "chat").map(u => `${u.kind} ${u.id}`),
    ["rule a", "quota q", "inspection i"],
  );
  assert.deepEqual(usesOf(policy, "schedule", "work"), [{ kind: "rule", id: "b", title: "b" }]);
  assert.deepEqual(usesOf(policy, "network", "nowhere"), []);
});

test("lists are used by categories", () => {
  assert.deepEqual(
    allUses(policy, "list")
      .get("leisure/social")
      ?.map(u => u.title),
    ["Social media", "chat"],
  );
});

test("an id from a title, and another when it is taken", () => {
  assert.equal(slug("Soziale Medien & Co."), "soziale-medien-co");
  assert.equal(slug("Größe, Übermaß"), "grosse-ubermass");
  assert.equal(slug("日本"), "new");
  assert.equal(slug("Games", new Set(["games", "games-2"])), "games-3");
  assert.ok(slug("x".repeat(500)).length <= 64);
});

test("a pointer leads to the editor of what it is in", () => {
  const document = {
    ...policy,
    networks: { "head/office": ["192.0.2.0/24"] },
    schedules: { work: { title: "Work", spans: [] } },
  } as Policy;
  assert.deepEqual(editorOf(document, "/rules/0/if/host")?.href, "/rules?rule=a");
  assert.deepEqual(editorOf(document, "/inspection/rules/0/if")?.href, "/tls?tab=rules&inspection=i");
  assert.equal(editorOf(document, "/inspection/rules/7"), null);
  assert.equal(editorOf(document, "/inspection/default"), null);
  assert.deepEqual(editorOf(document, "/categories/social"), { title: "Social media", href: "/lists?category=social" });
  assert.deepEqual(editorOf(document, "/networks/head~1office"), {
    title: "head/office",
    href: "/quotas?tab=networks&network=head%2Foffice",
  });
  assert.equal(editorOf(document, "/schedules/work/spans/0")?.title, "Work");
  for (const nowhere of ["", "/rules/99", "/categories/none", "/default/then"])
    assert.equal(editorOf(document, nowhere), null);
});
