// axe-core in a page: accessibility rules of WCAG 2.2 AA and best practice.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * Fails when the page as it stands now breaks a rule; says which, where and how. `colours`: only what another theme can
 * change, for a page whose every rule has been tried.
 */
export async function accessible(page, where, { colours = false } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const violations = await page.evaluate(
    async tags => {
      if (!tags)
        return (
          await window.axe.run(document, {
            runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] },
            resultTypes: ["violations"],
          })
        ).violations;
      const run = rules => window.axe.run(document, { runOnly: tags, resultTypes: ["violations"], rules });
      const all = await run({ "target-size": { enabled: false } });
      // What lies under the floating bar of the draft can be scrolled out from under it, which axe can't know.
      const bar = document.querySelector(".draft-bar");
      bar?.style.setProperty("display", "none");
      const sizes = await window.axe.run(document, {
        runOnly: { type: "rule", values: ["target-size"] },
        resultTypes: ["violations"],
      });
      bar?.style.removeProperty("display");
      return [...all.violations, ...sizes.violations];
    },
    colours ? null : TAGS,
  );
  const told = violations.map(
    v => `${v.id} (${v.impact}): ${v.help}\n${v.nodes.map(n => `  ${n.target} ${n.failureSummary}`).join("\n")}`,
  );
  assert.equal(told.length, 0, `${where}:\n${told.join("\n")}`);
}
