import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diff, Policy, Rule } from "../src/api/types";
import { conditionOf, freeKinds, line, linesOf, ruleLines } from "../src/policy/condition";
import { formOf, ruleOf } from "../src/pages/rules/model/form";
import { marks, rows } from "../src/policy/marks";
import { merge } from "../src/pages/rules/model/merge";
import { before, beside, moved, placeOf, places, runs, step } from "../src/policy/places";
import { find } from "../src/pages/rules/model/pointer";
import { print } from "../src/pages/rules/model/print";
import { haystack, scheduleOf, sentence } from "../src/policy/sentence";

const rule = (id: string, section?: string, more: Partial<Rule> = {}): Rule => ({
  id,
  ...(section && { section }),
  if: {},
  then: "block",
  ...more,
});

test("a condition survives the form as it was written", () => {
  const written = {
    title: "why",
    port: [80, "8000-8080"] as unknown as string[],
    host: "a.example",
    size_over: "1MiB",
  };
  assert.deepEqual(conditionOf(linesOf(written, "if"), "if", written), written);
  assert.deepEqual(Object.keys(conditionOf(linesOf(written, "if"), "if", written)), Object.keys(written));
});

test("changed lines take the document's form", () => {
  const lines = [line("if", "port", ["443", "1-9"]), line("if", "size_over", ["500"]), line("unless", "user", ["bob"])];
  assert.deepEqual(conditionOf(lines, "if"), { port: [443, "1-9"], size_over: 500 });
  assert.deepEqual(conditionOf(lines, "unless"), { user: ["bob"] });
  assert.deepEqual(conditionOf([line("if", "host", [])], "if"), {});
  const twice = [line("if", "host", ["a", "b"]), line("if", "host", ["b", "c"])];
  assert.deepEqual(conditionOf(twice, "if"), { host: ["a", "b", "c"] });
});

test("a key stands once in a condition", () => {
  const lines = ruleLines({ if: { host: ["a"] }, unless: { user: ["b"] } });
  assert.ok(!freeKinds(lines, "if").includes("host"));
  assert.ok(freeKinds(lines, "unless").includes("host"));
});

const document: Policy = {
  schema: 1,
  default: { then: "allow" },
  categories: { social: { title: "Social media" } },
  schedules: { lunch: { title: "Lunch", spans: [] } },
};

test("sentences name things by their titles", () => {
  const s = sentence(document, { if: { category: ["social", "x", "y"] }, unless: { host: "a.example" } });
  assert.deepEqual(s.when, [{ kind: "category", values: ["Social media", "x"], more: 1, code: false }]);
  assert.equal(s.unless[0]!.values[0], "a.example");
  assert.match(haystack(document, rule("r", "Fun", { if: { category: ["social"] } })), /social media/);
  const bidi = sentence(document, { if: { host: ["a\u202eb"] } });
  assert.equal(bidi.when[0]!.values[0], "a\\u{202e}b");
});

test("the schedule of a rule", () => {
  assert.equal(scheduleOf(document, rule("a")), null);
  assert.deepEqual(scheduleOf(document, rule("a", "", { if: { schedule: ["lunch"] } })), {
    names: ["Lunch"],
    not: false,
  });
  assert.deepEqual(scheduleOf(document, rule("a", "", { unless: { schedule: "lunch" } })), {
    names: ["Lunch"],
    not: true,
  });
  assert.equal(scheduleOf(document, rule("a", "", { unless: { schedule: ["lunch"], user: ["x"] } })), null);
});

test("a rule survives its form, with what the form does not know", () => {
  const whole = rule("a", "Fun", {
    title: "A",
    note: "n",
    enabled: false,
    if: { category: "social" as unknown as string[], host: ["x.example"] },
    unless: { user: ["bob"] },
    then: "warn",
    warn_for: "5m",
    message: "m",
    report_only: true,
    parent: "direct",
  });
  const bare = { id: "b", then: "block" } as unknown as Rule;
  const policy: Policy = { schema: 1, default: { then: "allow" }, rules: [whole, bare] };
  for (const one of [whole, bare]) assert.deepEqual(ruleOf(formOf(policy, one, false, null), one), one);
  const form = formOf(policy, whole, false, null);
  const changed = ruleOf({ ...form, then: "allow", reportOnly: false, enabled: true, lines: [] }, whole);
  assert.deepEqual(changed, {
    id: "a",
    section: "Fun",
    title: "A",
    note: "n",
    if: {},
    then: "allow",
    parent: "direct",
  });
});

test("a throttle stays as it was written, and goes with what it belongs to", () => {
  const short = { id: "a", if: {}, then: "allow", throttle: "2Mbit/s" } as Rule;
  const long = { ...short, throttle: { rate: "2Mbit/s", per: "all", burst: "1MiB" } };
  const policy: Policy = { schema: 1, default: { then: "allow" }, rules: [short] };
  for (const one of [short, long]) {
    const form = formOf(policy, one, false, null);
    assert.equal(form.throttle, "2Mbit/s");
    assert.deepEqual(ruleOf(form, one), one);
    assert.equal(ruleOf({ ...form, then: "block" }, one).throttle, undefined);
    assert.equal(ruleOf({ ...form, throttle: " " }, one).throttle, undefined);
  }
  const faster = { ...formOf(policy, long, false, null), throttle: "1Gbit/s" };
  assert.deepEqual(ruleOf(faster, long).throttle, { rate: "1Gbit/s", per: "all", burst: "1MiB" });
});

test("a source goes with what it belongs to", () => {
  const one = { id: "a", if: {}, then: "allow", source: "192.0.2.7" } as Rule;
  const policy: Policy = { schema: 1, default: { then: "allow" }, rules: [one] };
  const form = formOf(policy, one, false, null);
  assert.equal(form.source, "192.0.2.7");
  assert.deepEqual(ruleOf(form, one), one);
  assert.equal(ruleOf({ ...form, source: " " }, one).source, undefined);
  assert.equal(ruleOf({ ...form, then: "block" }, one).source, undefined);
});

test("a parent goes with all but a block", () => {
  const one = { id: "a", if: {}, then: "allow", parent: "eu" } as Rule;
  const form = formOf({ schema: 1, default: { then: "allow" }, rules: [one] }, one, false, null);
  assert.equal(ruleOf({ ...form, then: "warn" }, one).parent, "eu");
  assert.equal(ruleOf({ ...form, then: "block" }, one).parent, undefined);
  assert.equal(ruleOf({ ...form, parent: "" }, one).parent, undefined);
});

test("a new rule stands in the section of what it goes before", () => {
  const policy: Policy = { schema: 1, default: { then: "allow" }, rules: [rule("a", "One"), rule("b", "Two")] };
  const fresh = { id: "", if: {}, then: "block" } as Rule;
  assert.equal(formOf(policy, fresh, true, "a").section, "One");
  assert.equal(formOf(policy, fresh, true, null).section, "Two");
  assert.deepEqual(ruleOf(formOf(policy, fresh, true, null), fresh), { id: "", if: {}, then: "block", section: "Two" });
});

const four = [rule("a", "One"), rule("b", "One"), rule("c", "Two"), rule("d", "Two")];
const ids = (all: Rule[]) => all.map(r => r.id + (r.section ? r.section[0] : "")).join(" ");

test("rules stand in runs of one section", () => {
  assert.deepEqual(
    runs(four).map(r => [r.section, r.first, r.rules.length]),
    [
      ["One", 0, 2],
      ["Two", 2, 2],
    ],
  );
});

test("a step crosses the border of two sections before it passes a rule", () => {
  const to = step(four, "b", 1)!;
  assert.deepEqual(to, { index: 1, section: "Two" });
  const crossed = moved(four, "b", to);
  assert.equal(ids(crossed), "aO bT cT dT");
  assert.equal(ids(moved(crossed, "b", step(crossed, "b", 1)!)), "aO cT bT dT");
  assert.equal(ids(moved(crossed, "b", step(crossed, "b", -1)!)), "aO bO cT dT");
  assert.equal(step(four, "a", -1), null);
  assert.equal(step(four, "d", 1), null);
});

test("every step down is undone by a step up", () => {
  const all = [rule("a"), rule("b", "One"), rule("c", "Two"), rule("d", "Two"), rule("e")];
  for (const { id } of all) {
    const down = step(all, id, 1);
    if (!down) continue;
    const after = moved(all, id, down);
    assert.ok(
      places(after, id).some(p => p.index === placeOf(all, id)!.index),
      id,
    );
  }
});

test("a rule alone in its section keeps its own place", () => {
  const all = [rule("a", "One"), rule("b", "Two"), rule("c", "Three")];
  assert.deepEqual(
    places(all, "b").map(p => `${p.index}${p.section}`),
    ["0One", "1One", "1Two", "1Three", "2Three"],
  );
});

test("places are told to the API as the rule behind them", () => {
  assert.equal(before(four, "a", { index: 3, section: "Two" }), null);
  assert.equal(before(four, "a", beside(four, "a", "d", false)!), "d");
  assert.equal(ids(moved(four, "d", beside(four, "d", "a", true)!)), "aO dO bO cT");
  assert.equal(ids(moved(four, "d", { index: 0, section: undefined })), "d aO bO cT");
});

const change = (more: Partial<Diff>): Diff => ({
  op: "change",
  path: `/rules/${more.id ?? "a"}`,
  kind: "rule",
  id: "a",
  title: "",
  text: "",
  ...more,
});

test("the draft's changes become marks", () => {
  const { of, removed } = marks<Rule>(
    [
      change({ op: "move", from: 11, to: 6 }),
      change({
        id: "b",
        fields: [{ name: "enabled", before: null, after: false }],
        after: rule("b", "", { enabled: false }),
      }),
      change({ id: "c", fields: [{ name: "then", before: "warn", after: "block" }] }),
      change({ id: "a", fields: [{ name: "section", before: "One", after: "Two" }] }),
      change({ id: "s", fields: [{ name: "section", before: "One", after: "Two" }] }),
      change({ id: "gone", op: "remove", before: rule("gone"), from: 1 }),
      change({ id: "x", kind: "category", path: "/categories/x" }),
    ],
    "/rules",
  );
  assert.deepEqual(of.get("a"), [{ kind: "moved", from: 12, to: 7 }]);
  assert.deepEqual(of.get("b"), [{ kind: "off" }]);
  assert.deepEqual(of.get("c"), [{ kind: "changed" }]);
  assert.deepEqual(of.get("s"), [{ kind: "changed" }]);
  assert.equal(of.has("x"), false);
  assert.deepEqual(
    rows([rule("a"), rule("b")], removed).map(r => [r.rule.id, r.number]),
    [
      ["a", 1],
      ["gone", null],
      ["b", 2],
    ],
  );
});

test("pointers are found in text, broken text too", () => {
  const text = '{"rules": [{"id": "a}"}, {"if": {"host": ["x", "y"]}, "a/b~": 1}]}';
  const at = (pointer: string) => {
    const s = find(text, pointer);
    return text.slice(s.from, s.to);
  };
  assert.equal(at("/rules/1/if/host/1"), '"y"');
  assert.equal(at("/rules/1/a~1b~0"), "1");
  assert.equal(at("/rules/0"), '{"id": "a}"}');
  assert.equal(at("/rules/1/then"), '{"if": {"host": ["x", "y"]}, "a/b~": 1}');
  assert.equal(at(""), text);
  for (const broken of ["", "{", '{"rules": [', '{"rules": [{"id": "a', "[[[[", "}"]) {
    const s = find(broken, "/rules/0/id");
    assert.ok(s.from >= 0 && s.from <= s.to && s.to <= broken.length, broken);
  }
});

test("text of a policy is what it was, and short", () => {
  const value = { rules: four, default: { then: "allow" }, long: Array.from({ length: 30 }, (_, i) => `value-${i}`) };
  assert.deepEqual(JSON.parse(print(value)), value);
  assert.ok(print(value).includes('    {"id": "a", "section": "One", "if": {}, "then": "block"},\n'));
  assert.ok(
    print(value)
      .split("\n")
      .every(l => l.length <= 102),
  );
});

test("two people's changes are put together by name", () => {
  const base: Policy = {
    schema: 1,
    default: { then: "allow" },
    rules: [rule("a"), rule("b"), rule("c")],
    groups: { g: ["x"] },
  };
  const mine: Policy = { ...base, rules: [rule("c"), rule("a", "Mine"), rule("b"), rule("new")] };
  const theirs: Policy = { ...base, rules: [rule("a"), rule("b", "Theirs")], groups: { g: ["x"], h: ["y"] } };
  const { document: made, clashes } = merge(base, mine, theirs);
  assert.deepEqual(
    made.rules!.map(r => [r.id, r.section]),
    [
      ["a", "Mine"],
      ["b", "Theirs"],
      ["new", undefined],
    ],
  );
  assert.deepEqual(made.groups, { g: ["x"], h: ["y"] });
  assert.deepEqual(clashes, []);
});

test("where both changed the same thing mine stays, and it is told", () => {
  const base: Policy = { schema: 1, default: { then: "allow" }, rules: [rule("a")] };
  const { document: made, clashes } = merge(
    base,
    { ...base, rules: [rule("a", "Mine")] },
    { ...base, default: { then: "block" }, rules: [rule("a", "Theirs")] },
  );
  assert.equal(made.rules![0]!.section, "Mine");
  assert.deepEqual(made.default, { then: "block" });
  assert.deepEqual(clashes, ["/rules/a"]);
});
