import assert from "node:assert/strict";
import test from "node:test";
import { href, match, withQuery } from "../src/lib/router";

test("match finds parameters and refuses other paths", () => {
  assert.deepEqual(match("/", "/"), {});
  assert.deepEqual(match("/rules/:id", "/rules/a%20b"), { id: "a b" });
  assert.equal(match("/rules/:id", "/rules"), null);
  assert.equal(match("/rules", "/rules/x"), null);
  assert.equal(match("/rules/:id", "/rules/%ff"), null);
});

test("withQuery replaces, repeats and removes", () => {
  const query = new URLSearchParams("a=1&b=2&b=3");
  assert.equal(withQuery(query, { a: null }).toString(), "b=2&b=3");
  assert.equal(withQuery(query, { b: ["x", "", "y"] }).toString(), "a=1&b=x&b=y");
  assert.equal(withQuery(query, { c: "ü&=" }).toString(), "a=1&b=2&b=3&c=%C3%BC%26%3D");
  assert.equal(query.toString(), "a=1&b=2&b=3");
  assert.equal(href("/activity", { user: null, action: ["block", "quota"] }), "/activity?action=block&action=quota");
});
