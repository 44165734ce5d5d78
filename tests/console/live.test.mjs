// The live tail of a busy gateway: the page goes on taking what people do, holds few rows, and says what it left out.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 20 });
const { go, settled, w } = stage;
const PER_SECOND = 1000;

const rows = page => page.locator(".grid-row");
const newest = page => page.evaluate(() => document.querySelector(".grid-row[aria-rowindex='2'] time")?.dateTime ?? "");

stage.test("a thousand requests a second leave the page to its reader", { role: "auditor" }, async ({ page }) => {
  await go(page, "/activity?range=1h&live=1");
  await rows(page).first().waitFor();
  const flood = w.flood({ host: "bet.example", user: "p.moreau", perSecond: PER_SECOND });
  try {
    // Rows arrive, again and again, while few are in the document.
    for (let turn = 0, last = await newest(page); turn < 4; turn++) {
      await page.waitForFunction(
        was => (document.querySelector(".grid-row[aria-rowindex='2'] time")?.dateTime ?? "") > was,
        last,
      );
      last = await newest(page);
      assert.ok((await rows(page).count()) < 60);
    }
    // The keyboard reaches it: what is typed is all there, and filters.
    const box = page.getByRole("searchbox", { name: "Host, path, user or rule" });
    await box.pressSequentially("/flood");
    assert.equal(await box.inputValue(), "/flood");
    await page.waitForFunction(() => new URLSearchParams(location.search).get("q") === "/flood");
    await rows(page).filter({ hasText: "/flood" }).first().waitFor();
    await settled(page); // the rows before were of the flood, too: those that were asked for replace them

    // Whoever reads further down is not pushed about.
    await page.getByRole("grid").evaluate(grid => grid.scrollTo(0, 400));
    await page.getByRole("button", { name: /\d+ new$/ }).waitFor();
    const read = await page.locator(".grid-row[aria-rowindex='14']").textContent();
    const before = await page.getByRole("button", { name: /\d+ new$/ }).textContent();
    await page.waitForFunction(was => document.querySelector(".held")?.textContent !== was, before);
    assert.equal(await page.locator(".grid-row[aria-rowindex='14']").textContent(), read);
    assert.ok((await rows(page).count()) < 60);
    await page.getByRole("button", { name: /\d+ new$/ }).click();
    await page.waitForFunction(() => document.querySelector(".grid").scrollTop === 0);

    // It stops when told to, at once.
    await page.getByRole("button", { name: "Live", exact: true }).click();
    await page.getByRole("button", { name: "Live tail" }).waitFor();
  } finally {
    await flood.stop();
  }
  assert.ok(flood.sent() > PER_SECOND, "it was a flood");
  const held = Number(await page.getByRole("grid").getAttribute("aria-rowcount"));
  assert.ok(held <= 5001, `${held} rows are held`);
});
