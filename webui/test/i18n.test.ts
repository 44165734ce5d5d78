import assert from "node:assert/strict";
import test from "node:test";
import { pseudo, setLanguage, texts } from "../src/lib/i18n";

const t = texts("test", {
  plain: "Hello {name}",
  many: { one: "{count} row", other: "{count} rows" },
});

test("names and plurals are filled in", () => {
  assert.equal(t("plain", { name: "Ada" }), "Hello Ada");
  assert.equal(t("plain"), "Hello {name}");
  assert.equal(t("many", { count: 1 }), "1 row");
  assert.match(t("many", { count: 1200 }), /^1.200 rows$/);
});

test("a value is text, whatever it holds", () => {
  assert.equal(t("plain", { name: "{name} $& <b>" }), "Hello {name} $& <b>");
});

test("rich puts elements in the places of names", () => {
  assert.deepEqual(t.rich("plain", { name: 5 }), ["Hello ", "5", ""]);
});

test("the pseudo language keeps names", () => {
  assert.ok(pseudo("Hello {name}").includes("{name}"));
});

test("another language takes over where it has words, with its own plurals", () => {
  setLanguage("de", { test: { many: { one: "{count} Zeile", other: "{count} Zeilen" } } });
  assert.equal(t("many", { count: 1 }), "1 Zeile");
  assert.equal(t("many", { count: 2 }), "2 Zeilen");
  assert.equal(t("plain", { name: "Ada" }), "Hello Ada");
  setLanguage("en", {});
});
