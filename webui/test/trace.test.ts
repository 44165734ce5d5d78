import assert from "node:assert/strict";
import test from "node:test";
import type { TraceStep } from "../src/api/types";
import { exceptionRule, freeId } from "../src/lib/exception";
import { namesOf } from "../src/lib/names";
import { asText, lines } from "../src/lib/trace";

const rule = (id: string | null, result: string): TraceStep => ({ step: "rule", id, result, because: "because" });
const names = namesOf(
  { schema: 1, default: { then: "allow" }, rules: [{ id: "d", title: "Social", if: {}, then: "block" }] },
  { default: "Default", uncategorised: "Uncategorised" },
);

test("misses far before the decision are folded, near ones are seen", () => {
  const trace = [..."abc"].map(id => rule(id, "not-matched")).concat(rule("x", "excepted"), rule("d", "matched"));
  const shown = lines({ action: "block", rule: "d", quota: null, trace });
  assert.deepEqual(
    shown.map(l => (l.kind === "fold" ? `fold ${l.steps.length}` : `${l.step.id} ${l.mark}`)),
    ["fold 2", "c missed", "x missed", "d decided"],
  );
});

test("one miss is shown, not folded", () => {
  const shown = lines({
    action: "allow",
    rule: null,
    quota: null,
    trace: [rule("a", "not-matched"), rule(null, "matched")],
  });
  assert.deepEqual(
    shown.map(l => l.kind),
    ["step", "step"],
  );
});

test("a quota decides where its use is told", () => {
  const quota = (step: string, result: string): TraceStep => ({ step, id: "q", result, because: "" });
  const trace = [rule(null, "matched"), quota("quota", "matched"), quota("quota-use", "used-up")];
  const marks = lines({ action: "quota", rule: null, quota: "q", trace }).map(l => l.kind === "step" && l.mark);
  assert.deepEqual(marks, ["noted", "passed", "decided"]);
});

test("the text for a ticket has every step and no invisible letters", () => {
  const text = asText(
    "head",
    {
      action: "block",
      rule: "d",
      quota: null,
      policy_version: 4,
      trace: [{ ...rule("d", "matched"), because: "x\u202ey" }],
    },
    names,
    { categories: "Category", consent: "Consent", headers: "Header rule", inspection: "Inspection", policy: "Policy" },
  );
  assert.equal(text, "head\nPolicy v4\n> Social [matched] x\\u{202e}y");
});

test("an exception names what was seen, under an id of its own", () => {
  const subject = { host: "www.shop.example", user: "p.moreau", categories: ["shopping"] };
  assert.deepEqual(exceptionRule(subject, "allow", "host-user", new Set(["allow-www-shop-example"])), {
    id: "allow-www-shop-example-2",
    if: { host: ["www.shop.example"], user: ["p.moreau"] },
    then: "allow",
  });
  assert.deepEqual(exceptionRule(subject, "block", "category", new Set()).if, { category: ["shopping"] });
  assert.equal(freeId("<script>", new Set()), "script");
  assert.equal(freeId("日本", new Set()), "rule");
});
