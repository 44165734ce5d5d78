import assert from "node:assert/strict";
import test from "node:test";
import type { Request } from "../src/api/types";
import { MOST, append, arrive, begin, release, type LogPage } from "../src/lib/log-window";

const row = (id: number) => ({ id: `r${id}` }) as Request;
const rows = (from: number, n: number) => Array.from({ length: n }, (_, i) => row(from - i));
const page = (items: Request[], more: Partial<LogPage> = {}): LogPage => ({
  items,
  cursor: null,
  tail: "t",
  partial: false,
  searched_to: null,
  ...more,
});
const ids = (all: readonly Request[]) => all.map(r => r.id).join(" ");

test("older pages are appended once", () => {
  const log = append(begin(page(rows(9, 3), { cursor: "c" })), page(rows(7, 3)));
  assert.equal(ids(log.rows), "r9 r8 r7 r6 r5");
  assert.equal(log.cursor, null);
});

test("live rows slide in at the top, newest first", () => {
  const log = arrive(begin(page(rows(9, 2))), page([row(10), row(11)], { tail: "u" }), false);
  assert.equal(ids(log.rows), "r11 r10 r9 r8");
  assert.equal(log.tail, "u");
});

test("live rows wait while someone reads, and are there when they come back", () => {
  let log = begin(page(rows(9, 2)));
  log = arrive(log, page([row(10)]), true);
  log = arrive(log, page([row(11), row(10)]), true);
  assert.equal(ids(log.rows), "r9 r8");
  assert.equal(ids(log.held), "r11 r10");
  log = release(log);
  assert.equal(ids(log.rows), "r11 r10 r9 r8");
  assert.equal(log.held.length, 0);
});

test("a poll without rows changes no rows, so that nothing is drawn anew", () => {
  const log = begin(page(rows(9, 2)));
  assert.equal(arrive(log, page([]), false).rows, log.rows);
  assert.equal(release(log), log);
});

test("never more than MOST rows: paging ends and says so", () => {
  let log = begin(page(rows(MOST + 100, 200), { cursor: "c" }));
  while (log.cursor) log = append(log, page(rows(MOST + 100 - log.rows.length, 200), { cursor: "c" }));
  assert.equal(log.rows.length, MOST);
  assert.equal(log.full, true);
});

test("live rows push the oldest out, and the cursor with them", () => {
  const log = arrive(begin(page(rows(MOST, MOST), { cursor: "c" })), page([row(MOST + 1)]), false);
  assert.equal(log.rows.length, MOST);
  assert.equal(log.rows[0]!.id, `r${MOST + 1}`);
  assert.deepEqual([log.cursor, log.full], [null, true]);
});

test("held rows don't pile up without end", () => {
  let log = begin(page([]));
  for (let i = 0; i < 30; i++) log = arrive(log, page(rows((i + 1) * 200, 200).reverse(), { skipped: 1 }), true);
  assert.equal(log.held.length, MOST);
  assert.equal(log.skipped, 30);
});
