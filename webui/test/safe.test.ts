import assert from "node:assert/strict";
import test from "node:test";
import { safe } from "../src/lib/safe";

test("safe shows what nobody would see", () => {
  assert.equal(safe("invoice\u202efdp.exe"), "invoice\\u{202e}fdp.exe");
  assert.equal(safe("zero\u200bwidth"), "zero\\u{200b}width");
  assert.equal(safe("tab\tline\nnul\0"), "tab\\u{9}line\\u{a}nul\\u{0}");
  assert.equal(safe("\ufeffbom \u{e0041}tag"), "\\u{feff}bom \\u{e0041}tag");
  assert.equal(safe("half \ud800"), "half \\u{d800}");
});

test("safe leaves what people write", () => {
  for (const text of ["", "https://example.org/a?b=c#d", "Übergröße", "日本語", "<b>&amp;</b>", "שלום", "👍"])
    assert.equal(safe(text), text);
  assert.equal(safe(null), "");
  assert.equal(safe(undefined), "");
});
