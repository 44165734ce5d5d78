// The Overview: live figures, and each of them a way into the log with the same filter and period.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 300 });
const { go, settled } = stage;
await stage.logged(300);

const figure = (page, name) => page.getByRole("region", { name: "Key figures" }).locator(".figure", { hasText: name });
const numberOf = async locator => Number((await locator.locator(".figure-value").textContent()).replace(/\D/g, ""));
/** How many requests the log says that its filter matches. */
const counted = async page => Number((await page.locator(".toolbar [role=status]").textContent()).replace(/\D/g, ""));

stage.test("a figure opens the log with its filter and period", { role: "auditor" }, async ({ page }) => {
  await go(page, "/?range=1h");
  const blocked = await numberOf(figure(page, "Blocked"));
  assert.ok(blocked > 0, "some of the traffic is blocked");
  await figure(page, "Blocked").click();
  await page.getByRole("heading", { name: "Activity log" }).waitFor();
  await settled(page);
  const query = new URL(page.url()).searchParams;
  assert.deepEqual([query.get("range"), query.getAll("action")], ["1h", ["block", "quota"]]);
  assert.equal(await counted(page), blocked);
  for (const verdict of await page.locator(".grid-row .tag").allTextContents())
    assert.match(verdict, /Blocked|Quota used up/);
});

stage.test("what comes through the proxy is seen after a refresh", { role: "viewer" }, async ({ page, w }) => {
  await go(page, "/?range=1h");
  const before = await numberOf(figure(page, "Requests"));
  await w.traffic(40, 7);
  await stage.until(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    return (await numberOf(figure(page, "Requests"))) >= before + 40;
  }, "40 more requests in the figures");
});

stage.test("dragging over the chart opens the log for that period", { role: "admin" }, async ({ page }) => {
  await go(page, "/?range=1h");
  const box = await page.locator(".overview-chart .chart canvas").boundingBox();
  await page.mouse.move(box.x + box.width - 120, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 8, box.y + 80, { steps: 5 });
  await page.mouse.up();
  await page.getByRole("heading", { name: "Activity log" }).waitFor();
  await settled(page);
  const query = new URL(page.url()).searchParams;
  assert.ok(Date.parse(query.get("from")) < Date.parse(query.get("to")));
  assert.ok((await counted(page)) > 0);
});

stage.test("the chart is a table too, and tops lead to their requests", { role: "admin" }, async ({ page }) => {
  await go(page, "/?range=1h");
  await page.getByRole("button", { name: "Table", exact: true }).click();
  await page.getByRole("table", { name: "Requests by verdict" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("view"), "table");
  const top = page
    .locator(".card", { has: page.getByRole("heading", { name: "Blocked categories" }) })
    .getByRole("link")
    .first();
  await top.click();
  await page.getByRole("heading", { name: "Activity log" }).waitFor();
  await settled(page);
  assert.ok(new URL(page.url()).searchParams.get("category"));
  assert.ok((await counted(page)) > 0);
});

stage.test("names are not for viewers", { role: "viewer" }, async ({ page }) => {
  await go(page, "/");
  await page.getByText("Your role sees figures, not names").first().waitFor();
  assert.equal(await page.getByText("outlook.example").count(), 0);
  assert.equal(await page.getByRole("link", { name: "Activity log" }).count(), 0);
});

stage.test("pages and commands are found by key", { role: "admin" }, async ({ page }) => {
  await go(page, "/");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("cat");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Categories and lists" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("heading", { name: "Check a URL" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "main", "the focus moves to the new page");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
});
