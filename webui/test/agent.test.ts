import assert from "node:assert/strict";
import { test } from "node:test";
import { agentOf } from "../src/lib/agent";

test("names of browsers and systems, the more particular first", () => {
  const of = (header: string) => Object.values(agentOf(header)).join(", ");
  assert.equal(of("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"), "Firefox 143, Linux");
  assert.equal(
    of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 Edg/141.0.1"),
    "Edge 141, Windows",
  );
  assert.equal(
    of(
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1",
    ),
    "Safari 18, iOS",
  );
  assert.deepEqual(agentOf("curl/8.5.0"), { browser: null, system: null });
  assert.deepEqual(agentOf(""), { browser: null, system: null });
});
