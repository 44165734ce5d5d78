// The rules as a draft: made, changed, moved by mouse, key and menu, switched off, deleted, taken back; as a list and
// as text. Nothing here is published.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 60 });
const { go, settled } = stage;
const admin = await stage.api("admin");

const row = (page, id) => page.locator(`li[data-rule="${id}"]`);
const order = page => page.locator("li[data-rule]").evaluateAll(all => all.map(li => li.dataset.rule));
const bar = page => page.getByRole("region", { name: "Draft" });
const toast = (page, text) => page.locator(".toast").filter({ hasText: text });
const undo = (page, text) => toast(page, text).getByRole("button", { name: "Undo" }).click();
const grip = (page, title) => page.getByRole("button", { name: `Move ${title}`, exact: true });
/** Waits for an order, since a move is shown before the gateway has answered and confirmed after. */
const ordered = (page, ids) =>
  page.waitForFunction(
    want => [...document.querySelectorAll("li[data-rule]")].map(li => li.dataset.rule).join() === want,
    ids.join(),
  );
async function open(page, address = "/rules") {
  await admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
  await go(page, address);
  if (address === "/rules") await row(page, "malware").waitFor();
}

stage.test("a rule is made in words, put first, and taken back", { role: "operator" }, async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Add rule" }).click();
  const sheet = page.getByRole("dialog", { name: "New rule" });
  await sheet.getByLabel("Name", { exact: true }).fill("No news in the morning");
  await sheet.getByRole("radio", { name: /^Block/ }).check();
  await sheet.getByLabel("What is looked at").selectOption("Host");
  await sheet.getByLabel("Host", { exact: true }).fill("news.example");
  await page.keyboard.press("Enter");
  await sheet.getByRole("button", { name: "Add exception" }).click();
  await sheet.getByLabel("What is looked at").last().selectOption("Group");
  await sheet.getByLabel("Group", { exact: true }).fill("it");
  await page.keyboard.press("Enter");
  await sheet.locator(".in-words").getByText("host is news.example, unless group in it").waitFor();
  await sheet.getByLabel("Position").selectOption({ index: 1 });
  await sheet.getByRole("button", { name: "Save to draft" }).click();
  await row(page, "no-news-in-the-morning").getByText("Added").waitFor();
  assert.equal((await order(page))[0], "no-news-in-the-morning");
  await bar(page).getByText("1 change").waitFor();
  await undo(page, "is added to the draft");
  await row(page, "no-news-in-the-morning").waitFor({ state: "detached" });
  await bar(page).waitFor({ state: "detached" });
});

stage.test("a rule is changed, and what it was can be had back", { role: "operator" }, async ({ page }) => {
  await open(page);
  await page.getByRole("link", { name: "Unapproved AI assistants", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Edit rule" });
  await sheet.getByRole("radio", { name: /^Warn/ }).check();
  await sheet.getByLabel("Message to users").fill("Think twice.");
  await sheet.getByRole("button", { name: "Save to draft" }).click();
  await sheet.waitFor({ state: "hidden" });
  await row(page, "ai").getByText("Changed", { exact: true }).waitFor();
  await row(page, "ai").getByText("Warn", { exact: true }).waitFor();
  await undo(page, "is saved in the draft");
  await row(page, "ai").getByText("Block", { exact: true }).waitFor();
});

stage.test(
  "what is allowed can be slowed down, sent from an address and through a proxy",
  { role: "operator", refused: ["422 /policy/draft"] },
  async ({ page }) => {
    await open(page);
    await page.getByRole("link", { name: "Unapproved AI assistants", exact: true }).click();
    const sheet = page.getByRole("dialog", { name: "Edit rule" });
    assert.equal(await sheet.getByLabel("At most this fast").count(), 0);
    await sheet.getByRole("radio", { name: /^Allow/ }).check();
    await sheet.getByLabel("At most this fast").fill("2Mb/s");
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await sheet.getByText(/'2Mb\/s' is no rate such as 2Mbit\/s/).waitFor();
    await sheet.getByLabel("At most this fast").fill("2Mbit/s");
    await sheet.getByLabel("From the address").fill("eth0");
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await sheet.getByText(/'eth0' is no address such as 192\.0\.2\.7/).waitFor();
    await sheet.getByLabel("From the address").fill("192.0.2.7");
    await sheet.getByLabel("Through the proxy").selectOption("eu");
    await sheet.getByText(/through the proxy eu/).waitFor();
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await sheet.waitFor({ state: "hidden" });
    const { document } = (await admin("GET", "/policy/draft")).json;
    const { throttle, source, parent } = document.rules.find(r => r.id === "ai");
    assert.deepEqual({ throttle, source, parent }, { throttle: "2Mbit/s", source: "192.0.2.7", parent: "eu" });
    await undo(page, "is saved in the draft");
  },
);

stage.test("edits are not lost by a slip", { role: "operator" }, async ({ page }) => {
  await open(page, "/rules?rule=ai");
  const sheet = page.getByRole("dialog", { name: "Edit rule" });
  await sheet.getByLabel("Name", { exact: true }).fill("Assistants we have not checked");
  await page.keyboard.press("Escape");
  const ask = page.getByRole("dialog", { name: "Leave without saving?" });
  await ask.getByRole("button", { name: "Cancel" }).click();
  await ask.waitFor({ state: "hidden" });
  assert.equal(await sheet.getByLabel("Name", { exact: true }).inputValue(), "Assistants we have not checked");
  await page.keyboard.press("Escape");
  await ask.getByRole("button", { name: "Leave" }).click();
  await sheet.waitFor({ state: "hidden" });
});

stage.test("the keyboard lifts, moves, drops and puts back", { role: "operator" }, async ({ page }) => {
  await open(page);
  const before = await order(page);
  const at = before.indexOf("social");
  await grip(page, "Social media: please keep it short").focus();
  await page.keyboard.press("Space");
  await page.getByText(/Social media: please keep it short lifted, position \d+ of \d+/).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Escape");
  await page.getByText("Put back where it was.").waitFor();
  await ordered(page, before);

  const after = [...before];
  [after[at - 1], after[at]] = [after[at], after[at - 1]];
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Space");
  await toast(page, "is now number").waitFor();
  await ordered(page, after);
  assert.equal(
    await page.evaluate(() => document.activeElement.dataset.grip),
    "social",
    "the moved rule keeps the focus",
  );
  await row(page, "social")
    .getByText(`Moved from ${at + 1} to ${at}`)
    .waitFor();
  await undo(page, "is now number");
  await ordered(page, before);
});

stage.test("a rule is dragged by its handle", { role: "operator" }, async ({ page }) => {
  await open(page);
  const before = await order(page);
  const handle = await grip(page, "Uploads to personal cloud storage").boundingBox();
  const target = await row(page, "shopping").boundingBox();
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(handle.x + 8, handle.y - 40, { steps: 4 });
  await page.mouse.move(handle.x + 8, target.y + 4, { steps: 6 });
  await page.locator(".drop-line").waitFor();
  await page.mouse.up();
  const after = before.filter(id => id !== "uploads");
  after.splice(after.indexOf("shopping"), 0, "uploads");
  await ordered(page, after);
  await toast(page, "is now number").waitFor();
  await page.reload();
  await settled(page);
  await ordered(page, after);
});

stage.test(
  "the menu moves, copies and deletes; deleted rules can be brought back",
  { role: "operator" },
  async ({ page }) => {
    await open(page);
    const before = await order(page);
    const menu = async (title, item) => {
      await page.getByRole("button", { name: `Actions for ${title}` }).click();
      await page.getByRole("menuitem", { name: item }).click();
    };
    await menu("Unapproved AI assistants", "Move to the top");
    await ordered(page, ["ai", ...before.filter(id => id !== "ai")]);
    await undo(page, "is now number");
    await ordered(page, before);

    await menu("Games", "Move before…");
    const ask = page.getByRole("dialog", { name: "Move “Games”" });
    await ask.getByLabel("Before this rule").selectOption("malware");
    await ask.getByRole("button", { name: "Move" }).click();
    await ordered(page, ["games", ...before.filter(id => id !== "games")]);

    await menu("Uploads to personal cloud storage", "Duplicate");
    await row(page, "copy-of-uploads-to-personal-cloud-storage").waitFor();
    await menu("Malware and phishing", "Delete");
    const gone = page.locator("li.gone", { hasText: "Malware and phishing" });
    await gone.getByRole("button", { name: "Bring back the rule malware" }).click();
    await gone.waitFor({ state: "detached" });
    await row(page, "malware").waitFor();
  },
);

stage.test("a rule is switched off and on where it stands", { role: "operator" }, async ({ page }) => {
  await open(page);
  const toggle = page.getByRole("switch", { name: "Malware and phishing: switched on" });
  await toggle.click();
  await row(page, "malware").getByText("Switched off", { exact: true }).waitFor();
  assert.equal(await toggle.getAttribute("aria-checked"), "false");
  await undo(page, "“Malware and phishing” is switched off");
  await bar(page).waitFor({ state: "detached" });
});

stage.test("the list is searched by words and action", { role: "viewer" }, async ({ page }) => {
  await open(page);
  await page.getByRole("searchbox", { name: "Find in rules" }).fill("assistants");
  await page.getByText("2 rules", { exact: true }).waitFor();
  assert.deepEqual((await order(page)).sort(), ["ai", "it-ai"]);
  await page.getByText("Warn", { exact: true }).and(page.locator(".segmented label")).click();
  await page.getByText("No rule matches").waitFor();
  await page.getByRole("button", { name: "Show all rules" }).click();
  await row(page, "malware").waitFor();
  assert.equal(await page.getByRole("button", { name: "Add rule" }).count(), 0);
  assert.equal(await page.locator(".grip").count(), 0);
});

stage.test("a pattern is judged while it is typed", { role: "operator" }, async ({ page }) => {
  await open(page, "/rules?new=1");
  const sheet = page.getByRole("dialog", { name: "New rule" });
  await sheet.getByLabel("What is looked at").selectOption("URL pattern");
  const field = sheet.getByLabel("URL pattern", { exact: true });
  await field.fill("news(");
  await sheet
    .locator(".regex-fault")
    .getByText(/at position \d/)
    .waitFor();
  await field.fill("^https?://[^/]*/tools/.*\\.exe");
  await sheet.getByRole("list", { name: "Checked by the gateway's own engine" }).locator("mark").first().waitFor();
  await sheet.locator(".regex-fault").waitFor({ state: "detached" });
  await field.fill("a)b");
  await sheet.locator(".regex-fault").waitFor();
  await sheet.getByLabel("Name", { exact: true }).fill("Broken");
});

stage.test(
  "a pattern that can't be read is not saved",
  { role: "operator", refused: ["422 /policy/draft"] },
  async ({ page }) => {
    await open(page, "/rules?new=1");
    const sheet = page.getByRole("dialog", { name: "New rule" });
    await sheet.getByLabel("Name", { exact: true }).fill("Broken");
    await sheet.getByLabel("What is looked at").selectOption("URL pattern");
    await sheet.getByLabel("URL pattern", { exact: true }).fill("news(");
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await sheet.locator(".condition .fault").waitFor();
    assert.equal((await admin("GET", "/policy/draft")).json.exists, false);
  },
);

stage.test("the policy goes out as text and comes back", { role: "operator" }, async ({ page }) => {
  await open(page, "/rules?view=text");
  const editor = page.getByRole("textbox", { name: "The policy as text" });
  await editor.waitFor();
  await page.getByText("No problems").waitFor();
  const before = (await admin("GET", "/policy")).json.document;
  const type = async text => {
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  };
  await type("{ not json");
  await page.locator(".text-problems").getByText("1 problem").waitFor();
  const wrong = structuredClone(before);
  wrong.rules[0].then = "explode";
  await type(JSON.stringify(wrong, null, 2));
  await page
    .locator(".problem-list")
    .getByText(/\/rules\/0/)
    .waitFor();

  const next = structuredClone(before);
  next.rules[0].title = "Malware, phishing and worse";
  await type(JSON.stringify(next, null, 2));
  await page.getByText("No problems").waitFor();
  await page.keyboard.press("Control+s");
  await toast(page, "The text is saved in the draft").waitFor();
  assert.deepEqual((await admin("GET", "/policy/draft")).json.document, next);
  await page.getByText("List", { exact: true }).and(page.locator(".segmented label")).click();
  await row(page, "malware").getByText("Malware, phishing and worse").waitFor();
  await row(page, "malware").getByText("Changed", { exact: true }).waitFor();
});
