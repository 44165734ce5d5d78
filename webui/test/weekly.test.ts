import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DAY,
  WEEK,
  daysOff,
  minuteOfWeek,
  minutes,
  paint,
  readDays,
  readSpans,
  share,
  standing,
  writeDays,
  writeSpans,
  type Span,
} from "../src/policy/weekly";

test("days are read and written the way people write them", () => {
  for (const text of ["all", "mon", "mon-fri", "sat,sun", "mon,wed,fri", "fri-mon", "tue-thu,sat"])
    assert.equal(writeDays(readDays(text)!), text);
  assert.equal(writeDays(readDays("Sat , sun")!), "sat,sun");
  assert.equal(readDays("someday"), null);
  assert.equal(readDays("mon-tue-wed"), null);
});

test("spans come back as they were written", () => {
  const written: Span[][] = [
    [{ days: "mon-fri", from: "08:00", to: "18:00" }],
    [
      { days: "mon-fri", from: "08:10", to: "12:00" },
      { days: "mon-fri", from: "13:00", to: "17:45" },
      { days: "sat", from: "09:00", to: "13:00" },
    ],
    [{ days: "all", from: "00:00", to: "24:00" }],
    [{ days: "fri", from: "22:00", to: "06:00" }],
    [{ days: "all", from: "22:00", to: "06:00" }],
    [{ days: "sun", from: "22:00", to: "06:00" }],
    [],
  ];
  for (const spans of written) assert.deepEqual(writeSpans(readSpans(spans)), spans);
});

test("a night belongs to the day on which it begins", () => {
  const week = readSpans([{ days: "sun", from: "22:00", to: "06:00" }]);
  assert.deepEqual(week, [
    { from: 0, to: 360 },
    { from: 6 * DAY + 1320, to: WEEK },
  ]);
});

test("what lasts longer than a day is cut at midnight", () => {
  const week = readSpans([
    { days: "fri", from: "18:00", to: "24:00" },
    { days: "sat,sun", from: "00:00", to: "24:00" },
    { days: "mon", from: "00:00", to: "06:00" },
  ]);
  assert.deepEqual(readSpans(writeSpans(week)), week);
});

test("any painted week survives being written", () => {
  let seed = 7;
  const roll = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 300; round++) {
    let week = readSpans([]);
    for (let i = 0; i < 1 + (round % 12); i++) {
      const from = roll(WEEK - 1);
      week = paint(week, from, Math.min(WEEK, from + 1 + roll(2 * DAY)), roll(4) > 0);
    }
    assert.deepEqual(readSpans(writeSpans(week)), week);
  }
});

test("painting changes only what is painted", () => {
  const week = readSpans([{ days: "mon", from: "08:10", to: "18:00" }]);
  assert.equal(minutes(paint(week, 600, 630, false)), minutes(week) - 30);
  assert.deepEqual(paint(paint(week, 600, 630, false), 600, 630, true), week);
  assert.equal(share(week, 480, 510), 20 / 30);
});

test("on the clocks of the schedule's zone", () => {
  const at = new Date("2026-11-26T23:30:00Z"); // a Thursday
  assert.equal(minuteOfWeek(at, "UTC"), 3 * DAY + 23 * 60 + 30);
  assert.equal(minuteOfWeek(at, "Europe/Berlin"), 4 * DAY + 30);
  assert.equal(minuteOfWeek(at, "Nowhere/AtAll"), null);
});

test("it knows when it changes next", () => {
  const office = readSpans([{ days: "mon-fri", from: "08:00", to: "18:00" }]);
  assert.deepEqual(standing(office, 9 * 60), { on: true, changes: 9 * 60 });
  assert.deepEqual(standing(office, 4 * DAY + 18 * 60), { on: false, changes: 2 * DAY + 14 * 60 });
  assert.deepEqual(standing(readSpans([{ days: "all", from: "00:00", to: "24:00" }]), 5), { on: true, changes: null });
  const night = readSpans([{ days: "sun", from: "22:00", to: "06:00" }]);
  assert.deepEqual(standing(night, 6 * DAY + 1380), { on: true, changes: 7 * 60 });
});

test("on a day off no span begins, but a night that began the day before goes on", () => {
  const spans: Span[] = [{ days: "all", from: "20:00", to: "06:00" }];
  const friday = new Date("2026-12-25T01:00:00Z");
  const off = daysOff(["2026-12-25", "2027-01-01", "no date"], friday, "UTC");
  assert.deepEqual(off, [false, false, false, false, true, false, false]);
  const week = readSpans(spans, off);
  assert.deepEqual(standing(week, 4 * DAY + 60), { on: true, changes: 5 * 60 });
  assert.deepEqual(standing(week, 4 * DAY + 21 * 60), { on: false, changes: 23 * 60 });
  assert.equal(daysOff(["2026-12-24"], new Date("2026-12-24T23:30:00Z"), "Europe/Berlin")[3], true, "yesterday there");
  assert.deepEqual(daysOff(["2026-12-25"], friday, "Nowhere/AtAll").filter(Boolean), []);
});
