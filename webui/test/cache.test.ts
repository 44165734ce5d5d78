import assert from "node:assert/strict";
import test from "node:test";
import { Cache } from "../src/lib/cache";

/** A question whose answer the test gives when it likes. */
function question<T>() {
  const asked: { answer: (value: T) => void; fail: (error: unknown) => void; signal: AbortSignal }[] = [];
  const ask = (signal: AbortSignal) => new Promise<T>((answer, fail) => asked.push({ answer, fail, signal }));
  return { asked, ask };
}
const turn = () => new Promise<void>(resolve => setImmediate(resolve));

test("one question is under way once", async () => {
  const cache = new Cache();
  const { asked, ask } = question<number>();
  void cache.load("k", ask);
  void cache.load("k", ask);
  assert.equal(asked.length, 1);
  asked[0]!.answer(7);
  await turn();
  assert.equal(cache.get<number>("k").data, 7);
});

test("a fresh answer is not asked for again, an old one is", async () => {
  let now = 1000;
  const cache = new Cache(() => now);
  const { asked, ask } = question<number>();
  void cache.load("k", ask, 100);
  asked[0]!.answer(1);
  await turn();
  now += 50;
  void cache.load("k", ask, 100);
  assert.equal(asked.length, 1);
  now += 100;
  void cache.load("k", ask, 100);
  assert.equal(asked.length, 2);
  assert.deepEqual([cache.get("k").data, cache.get("k").loading], [1, true], "the old answer shows meanwhile");
});

test("an error keeps the old answer beside it", async () => {
  const cache = new Cache();
  const { asked, ask } = question<number>();
  void cache.load("k", ask);
  asked[0]!.answer(1);
  await turn();
  void cache.load("k", ask);
  asked[1]!.fail(new Error("busy"));
  await turn();
  assert.equal(cache.get("k").data, 1);
  assert.match(String(cache.get("k").error), /busy/);
});

test("the last watcher's leaving lets the server go", async () => {
  const cache = new Cache();
  const { asked, ask } = question<number>();
  const leave = cache.watch("k", () => {});
  void cache.load("k", ask);
  leave();
  assert.equal(asked[0]!.signal.aborted, true);
  asked[0]!.answer(1);
  await turn();
  assert.equal(cache.get("k").data, undefined);
});

test("stale asks again where someone watches", async () => {
  const cache = new Cache();
  const { asked, ask } = question<number>();
  cache.watch("/a/1", () => {});
  void cache.load("/a/1", ask);
  asked[0]!.answer(1);
  await turn();
  cache.stale("/b");
  assert.equal(asked.length, 1);
  cache.stale("/a");
  assert.equal(asked.length, 2);
});

test("clear forgets, and what comes late is dropped", async () => {
  const cache = new Cache();
  const { asked, ask } = question<string>();
  let told = 0;
  cache.watch("k", () => told++);
  void cache.load("k", ask);
  cache.clear();
  asked[0]!.answer("of the last person");
  await turn();
  assert.equal(cache.get("k").data, undefined);
  assert.ok(told >= 2);
});

test("answers nobody watches don't pile up", async () => {
  const cache = new Cache();
  for (let i = 0; i < 1000; i++) await cache.load(`k${i}`, async () => i);
  assert.equal(cache.get("k0").data, undefined);
  assert.equal(cache.get("k999").data, 999);
});
