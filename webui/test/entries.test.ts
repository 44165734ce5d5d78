import assert from "node:assert/strict";
import { test } from "node:test";
import { readEntries } from "../src/policy/entries";

const values = (text: string, kind: Parameters<typeof readEntries>[1]) => readEntries(text, kind).values;

test("hosts of every origin become plain hosts", () => {
  const text = `# a comment
0.0.0.0 ads.example
127.0.0.1	tracker.example  # sinks
||banner.example^$third-party
https://WWW.Shop.Example/
*.wild.example
a.example, b.example; c.example
münchen.example.
192.0.2.1
[2001:db8::1]
host.example:8080`;
  assert.deepEqual(values(text, "hosts"), [
    "ads.example",
    "tracker.example",
    "banner.example",
    "www.shop.example",
    "wild.example",
    "a.example",
    "b.example",
    "c.example",
    "münchen.example",
    "192.0.2.1",
    "2001:db8::1",
    "host.example",
  ]);
});

test("what is no host is named with its line", () => {
  const pasted = readEntries("good.example\nbad..example\nportal.example/feed\n-x.example", "hosts");
  assert.deepEqual(pasted.values, ["good.example"]);
  assert.deepEqual(
    pasted.faults.map(f => [f.line, f.reason]),
    [
      [2, "host"],
      [3, "path"],
      [4, "host"],
    ],
  );
});

test("doubles are counted, not added", () => {
  const pasted = readEntries("a.example\nA.example\nb.example", "hosts", ["b.example"]);
  assert.deepEqual(pasted.values, ["a.example"]);
  assert.equal(pasted.known, 2);
});

test("urls lose scheme and query, keep port and path", () => {
  assert.deepEqual(values("https://Portal.example:8443/Feed?x=1\nportal.example/a", "urls"), [
    "portal.example:8443/Feed",
    "portal.example/a",
  ]);
});

test("an exception is a host or an address with a path", () => {
  assert.deepEqual(values("work.example\nwork.example/wiki", "except"), ["work.example", "work.example/wiki"]);
});

test("a regex stays as it is, hash, comma and all", () => {
  assert.deepEqual(values("^https?://[^/]*\\.(?:exe|msi)(?:\\?|$)\n a{1,2}#x ", "regex"), [
    "^https?://[^/]*\\.(?:exe|msi)(?:\\?|$)",
    "a{1,2}#x",
  ]);
});

test("networks and users", () => {
  assert.deepEqual(values("10.20.0.0/16 2001:DB8::/32\n192.0.2.7", "networks"), [
    "10.20.0.0/16",
    "2001:db8::/32",
    "192.0.2.7",
  ]);
  assert.equal(readEntries("10.0.0.0/33\n300.1.1.1\n2001:db8::/129", "networks").faults.length, 3);
  assert.deepEqual(values("p.moreau, n.osei\nAnna Karenina", "users"), ["p.moreau", "n.osei", "Anna Karenina"]);
});

test("ten thousand lines are no work", () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `host${i}.example`).join("\n");
  assert.equal(values(text, "hosts").length, 10_000);
});
