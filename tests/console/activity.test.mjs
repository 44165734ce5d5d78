// The log: finding a request by every kind of filter, reading why it was decided so, following it live, taking it home.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 400 });
const { go, settled } = stage;
await stage.logged(400);

const table = page => page.getByRole("grid", { name: "Requests, newest first" });
const rows = page => page.locator(".grid-row");
const chip = (page, text) => page.getByRole("button", { name: `Change filter: ${text}` });
const query = page => new URL(page.url()).searchParams;
const counted = async page => Number((await page.locator(".toolbar [role=status]").textContent()).replace(/\D/g, ""));
/** Waits until the address says so: what a filter does last. */
const says = (page, name, values) =>
  page.waitForFunction(
    ([n, v]) => JSON.stringify(new URLSearchParams(location.search).getAll(n)) === JSON.stringify(v),
    [name, values],
  );

stage.test(
  "text, verdicts and chips find requests, and the address keeps them",
  { role: "auditor" },
  async ({ page }) => {
    await go(page, "/activity?range=1h");
    await page.getByRole("searchbox", { name: "Host, path, user or rule" }).fill("bet.example");
    await says(page, "q", ["bet.example"]);
    await settled(page);
    const found = await rows(page).count();
    assert.ok(found > 0);
    for (const text of await rows(page).allTextContents()) assert.match(text, /bet\.example/);

    await page.getByRole("button", { name: "Clear all" }).click();
    await says(page, "q", []);
    await page.getByRole("group", { name: "Verdicts" }).getByRole("button", { name: "Warned" }).click();
    await says(page, "action", ["warn"]);
    await settled(page);
    for (const tag of await rows(page).locator(".tag").allTextContents()) assert.match(tag, /Warned/);

    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByRole("menuitem", { name: "User" }).click();
    const editor = page.getByRole("form", { name: "Filter by User" });
    await editor.getByRole("checkbox", { name: /p\.moreau/ }).check();
    await editor.getByRole("checkbox", { name: /n\.osei/ }).check();
    await editor.getByRole("button", { name: "Apply" }).click();
    await says(page, "user", ["p.moreau", "n.osei"]);
    await chip(page, "User is p.moreau or n.osei").waitFor();
    await settled(page);
    const both = await counted(page);

    await page.reload();
    await settled(page);
    assert.equal(await counted(page), both, "a reload shows the same");
    await chip(page, "User is p.moreau or n.osei").click();
    await editor.getByText("is not", { exact: true }).click();
    await editor.getByRole("button", { name: "Apply" }).click();
    await says(page, "user!", ["p.moreau", "n.osei"]);
    await settled(page);
    for (const text of await rows(page).allTextContents()) assert.doesNotMatch(text, /p\.moreau|n\.osei/);
    await page.getByRole("button", { name: /^Remove filter: User is not/ }).click();
    await says(page, "user!", []);
    await page.goBack();
    await chip(page, "User is not p.moreau or n.osei").waitFor();
  },
);

stage.test("a filter that nothing passes says so, with the way out", { role: "auditor" }, async ({ page }) => {
  await go(page, "/activity?host=nobody-was.here.example");
  await page.getByText("No request matches").waitFor();
  await page.getByRole("button", { name: "clear the filters" }).click();
  await rows(page).first().waitFor();
  assert.equal(query(page).get("host"), null);
});

stage.test(
  "dragging over the histogram narrows the period, and there is a way back",
  { role: "auditor" },
  async ({ page }) => {
    await go(page, "/activity?range=1h");
    const all = await counted(page);
    const box = await page.locator(".activity-chart canvas").boundingBox();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, box.y + 30, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => new URLSearchParams(location.search).has("from"));
    await settled(page);
    assert.ok(Date.parse(query(page).get("to")) > Date.parse(query(page).get("from")));
    assert.ok((await counted(page)) <= all);
    await page.getByRole("button", { name: "Back to the last 24 hours" }).click();
    await page.waitForFunction(() => !new URLSearchParams(location.search).has("from"));
  },
);

stage.test("a request opens beside the table and says why", { role: "operator" }, async ({ page, w }) => {
  await w.send({ host: "assistant.example", path: "/why", user: "n.osei" });
  await stage.until(async () => (await stage.count("host=assistant.example&q=why")) > 0, "the request is logged");
  await go(page, "/activity?range=1h&q=assistant.example&user=n.osei");
  await rows(page).first().click();
  const details = page.getByRole("complementary");
  await details.getByRole("heading", { name: "Why this was blocked" }).waitFor();
  await details.getByText("Unapproved AI assistants decided.").waitFor();
  await details.locator(".trace .v-block").getByText("decided").waitFor();
  await details.getByRole("button", { name: /earlier rule/ }).click();
  await details.getByRole("link", { name: "Malware and phishing" }).waitFor();
  const id = query(page).get("open");
  assert.ok(id);
  await page.reload();
  await settled(page);
  await details.getByText(id).waitFor();
  await table(page).focus();
  await page.keyboard.press("j");
  await page.waitForFunction(was => new URLSearchParams(location.search).get("open") !== was, id);
  await details.getByText(query(page).get("open")).waitFor();
  await details.getByRole("button", { name: /^Show only User/ }).click();
  await page.waitForFunction(() => new URLSearchParams(location.search).has("user"));
  await settled(page);
});

stage.test("the keyboard alone finds, opens and closes a request", { role: "auditor" }, async ({ page }) => {
  await go(page, "/activity?range=1h");
  await rows(page).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary").getByRole("heading", { name: "Facts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "hidden" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "grid");
  await page.keyboard.press("m");
  const menu = page.getByRole("menu", { name: "Menu of this request" });
  await menu.waitFor();
  await menu
    .getByRole("menuitem", { name: /^Host / })
    .first()
    .press("Enter");
  await page.waitForFunction(() => new URLSearchParams(location.search).has("host"));
  await settled(page);
});

stage.test("on a phone the details are a sheet", { role: "auditor", size: "phone" }, async ({ page }) => {
  await go(page, "/activity?range=1h&action=block");
  await rows(page).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("heading", { name: "Facts" }).waitFor();
  await settled(page);
  await sheet.getByRole("button", { name: "Close" }).click();
  await sheet.waitFor({ state: "hidden" });
});

stage.test(
  "the live tail shows what comes, and holds it back while one reads",
  { role: "auditor" },
  async ({ page, w }) => {
    await go(page, "/activity?range=1h");
    await page.getByRole("button", { name: "Live tail" }).click();
    await page.getByRole("button", { name: "Live", exact: true }).waitFor();
    await w.send({ host: "docs.example", path: "/live/one", user: "e.rossi" });
    await rows(page).filter({ hasText: "/live/one" }).waitFor();

    await table(page).evaluate(grid => grid.scrollTo(0, 600));
    await page.waitForFunction(() => document.querySelector(".grid").scrollTop >= 600);
    const seen = await rows(page).nth(10).textContent();
    for (let i = 0; i < 3; i++) await w.send({ host: "docs.example", path: `/live/held-${i}`, user: "e.rossi" });
    const held = page.getByRole("button", { name: "3 new" });
    await held.waitFor();
    assert.equal(await rows(page).nth(10).textContent(), seen, "nothing moves under the reader");
    assert.equal(await rows(page).filter({ hasText: "/live/held-" }).count(), 0);
    await held.click();
    await rows(page).filter({ hasText: "/live/held-2" }).waitFor();
    await held.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Live", exact: true }).click();
    await page.getByRole("button", { name: "Live tail" }).waitFor();
    assert.equal(query(page).get("live"), null);
    await w.send({ host: "docs.example", path: "/after/the/end", user: "e.rossi" });
    await stage.until(async () => (await stage.count("host=docs.example&q=after")) === 1, "the last request is logged");
    assert.equal(await rows(page).filter({ hasText: "/after/the/end" }).count(), 0, "a stopped tail brings nothing");
  },
);

stage.test("both exports hold what the filter shows", { role: "auditor" }, async ({ page }) => {
  await go(page, "/activity?range=1h&host=bet.example");
  const n = await counted(page);
  const take = async name => {
    await page.getByRole("button", { name: "Export" }).click();
    const coming = page.waitForEvent("download");
    await page.getByRole("menuitem", { name }).click();
    const file = await coming;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
  };
  const csv = await take(/CSV/);
  assert.equal(csv.name, "sluice-requests.csv");
  assert.equal(csv.text.trim().split("\r\n").length, n + 1);
  const ndjson = await take(/JSON/);
  assert.equal(ndjson.name, "sluice-requests.ndjson");
  const records = ndjson.text.trim().split("\n").map(JSON.parse);
  assert.equal(records.length, n);
  assert.ok(records.every(r => r.host === "bet.example" && r.action === "block"));
});

stage.test("thousands of rows are scrolled with few in the document", { role: "auditor" }, async ({ page, w }) => {
  for (let seed = 20; (await stage.count("from=-1h")) < 2600; seed++) await w.traffic(400, seed);
  await go(page, "/activity?range=1h");
  await stage.until(async () => {
    await table(page).evaluate(grid => grid.scrollTo(0, grid.scrollHeight));
    const [all, drawn] = await page.evaluate(() => [
      Number(document.querySelector("[role=grid]").getAttribute("aria-rowcount")),
      document.querySelectorAll(".grid-row").length,
    ]);
    assert.ok(drawn < 60, `${drawn} rows in the document`);
    return all > 2500;
  }, "2500 rows are held");
  await stage.until(async () => {
    await table(page).focus();
    await page.keyboard.press("End");
    return (await page.locator(".grid-row.on").count()) === 1;
  }, "the last row is chosen and in sight");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector(".grid").scrollTop === 0);
});
