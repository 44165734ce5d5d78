import assert from "node:assert/strict";
import { test } from "node:test";
import { makePassword, newPassword } from "../src/lib/password";

test("four groups of four, and a byte that stands for none is drawn again", () => {
  const made = makePassword(pool => pool.fill(0).set([31, 0, 1, 2, 3, 63]));
  assert.match(made, /^abcd(-aaaa){3}$/);
});

test("no two are alike", () => {
  assert.notEqual(newPassword(), newPassword());
  assert.match(newPassword(), /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
});
