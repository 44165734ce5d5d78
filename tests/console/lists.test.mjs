// Categories and lists: entries by the hundred, uploads with their jobs, what fails and why, and two who edit at once.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { looks } from "./support/looks.mjs";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 120 });
const { go, settled, w } = stage;

const row = (page, name) => page.locator("tr", { has: page.getByRole("link", { name, exact: true }) });
const toast = (page, text) => page.locator(".toast").getByText(text).waitFor();
const name = page => page.getByLabel("Name", { exact: true });
const file = (text, called = "own list.txt") => ({ name: called, mimeType: "text/plain", buffer: Buffer.from(text) });

/** The draft as it is now, by another session. */
async function discard() {
  const api = await stage.api();
  await api("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
  return api;
}

stage.test(
  "hundreds of pasted entries become a category of the draft, and Undo takes it back",
  { role: "operator" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/lists");
    await page.getByRole("button", { name: "Add category" }).click();
    await name(page).fill("Größe & more");
    assert.equal(await page.getByLabel("Id", { exact: true }).inputValue(), "grosse-more");
    const many = Array.from({ length: 700 }, (_, i) => `0.0.0.0 host${i}.example`).join("\n");
    await page.locator(".entries textarea").fill(`${many}\nhost1.example\nbad..example\nx.example/feed`);
    await page.getByText("700 new, 700 tidied, 1 already there").waitFor();
    await page.getByText(/2 can't be used: line 702: .bad\.\.example. is no host name/).waitFor();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("700 entries", { exact: true }).waitFor();
    assert.ok((await page.locator(".entry-rows li").count()) < 40, "only the rows in sight are drawn");
    await page.locator(".entries textarea").fill("");
    await page.getByRole("searchbox", { name: "Find in the entries" }).fill("host69");
    await page.getByRole("button", { name: "Remove these 11" }).click();
    await page.getByText("689 entries", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Add to draft" }).click();
    await toast(page, "Größe & more is added to the draft");
    const made = await api("GET", "/policy/draft/categories/grosse-more");
    assert.equal(made.json.hosts.length, 689);
    await page.getByRole("button", { name: "Undo" }).click();
    await toast(page, "Undone");
    assert.equal((await api("GET", "/policy/draft/categories/grosse-more")).status, 404);
  },
);

stage.test(
  "an upload is loaded and put into a category of the draft; then it may be removed again",
  { role: "admin" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/lists?tab=lists");
    await page.getByRole("button", { name: "Add list" }).click();
    await page.getByText("Upload", { exact: true }).click();
    await page.locator("input[type=file]").setInputFiles(file("one.example\ntwo.example\nnot a host\n"));
    assert.equal(await name(page).inputValue(), "own-list");
    await page.getByLabel("Then put it into").selectOption("streaming");
    await page.getByRole("button", { name: "Add and load" }).click();
    await toast(page, "List added to streaming in the draft");
    await row(page, "own-list").getByText("1 category").waitFor();
    const draft = await api("GET", "/policy/draft/categories/streaming");
    assert.deepEqual(draft.json.lists, ["own-list"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await row(page, "own-list").getByText("Not used").waitFor();
    await row(page, "own-list").getByRole("button", { name: "Actions for own-list" }).click();
    await page.getByRole("menuitem", { name: "Remove list" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove list" }).click();
    await toast(page, "The list own-list is removed");
    assert.equal((await api("GET", "/lists/own-list")).status, 404);
  },
);

stage.test(
  "a failed update says why and how old the copy is; a list in use is kept",
  { role: "admin" },
  async ({ page }) => {
    await writeFile(path.join(w.dir, "threats.txt"), "");
    await go(page, "/lists?tab=lists");
    await row(page, "threats").getByRole("button", { name: "Actions for threats" }).click();
    const remove = page.getByRole("menuitem", { name: /Remove list/ });
    assert.equal(await remove.getAttribute("aria-disabled"), "true");
    await page.getByRole("menuitem", { name: "Update now" }).click();
    await page
      .getByText(/threats could not be updated: .*no entry.* The last good copy, .* old, goes on serving/)
      .waitFor();
    await row(page, "threats").getByText("Update failed").waitFor();
    await page.reload();
    await settled(page);
    await row(page, "threats").getByRole("link", { name: "threats", exact: true }).click();
    await page.getByRole("dialog").getByText("tracker.example").first().waitFor();
  },
);

stage.test(
  "a list is added by its address; its progress survives a reload, and a failed update keeps its copy",
  { role: "admin" },
  async ({ page }) => {
    const hosts = Array.from({ length: 5000 }, (_, i) => `ads${i}.example`).join("\n");
    const file = w.site.serve("/ads.txt", `${hosts}\n`);
    await go(page, "/lists?tab=lists&form=add");
    await page.getByLabel("Address of the list").fill(`http://127.0.0.1:${w.site.port}/ads.txt`);
    await page.getByRole("button", { name: "Add and load" }).click();
    const progress = page.getByRole("progressbar", { name: "Loading ads" });
    await progress.waitFor();
    await page.reload();
    await progress.waitFor();
    await page.getByText(/^Fetching .* of /).waitFor();
    file.release();
    await row(page, "ads").getByText("5,000").waitFor();
    await progress.waitFor({ state: "detached" });
    await row(page, "ads").getByText("Current", { exact: true }).waitFor();

    w.site.serve("/ads.txt", "nothing that is a list\n").release();
    await row(page, "ads").getByRole("button", { name: "Actions for ads" }).click();
    await page.getByRole("menuitem", { name: "Update now" }).click();
    await row(page, "ads").getByText("Update failed").waitFor();
    await row(page, "ads").getByText("5,000").waitFor();
    await go(page, "/lists?tab=lists&host=ads4999.example");
    await page.locator(".lookup").getByRole("link", { name: "ads", exact: true }).waitFor();
  },
);

stage.test("what could not be added can be tried again as it was typed", { role: "admin" }, async ({ page }) => {
  await go(page, "/lists?tab=lists&form=add");
  await page.getByLabel("Address of the list").fill("http://lists.example:9/more.txt");
  await page.getByLabel("Fetched again").selectOption("6h");
  await page.getByRole("button", { name: "Add and load" }).click();
  const failed = page.locator(".notice.bad", { hasText: "more could not be loaded" });
  await failed.getByRole("button", { name: "Try again" }).click();
  assert.equal(await page.getByLabel("Address of the list").inputValue(), "http://lists.example:9/more.txt");
  assert.equal(await page.getByLabel("Fetched again").inputValue(), "6h");
});

stage.test("a host is looked up, by the entry of the list that holds it", { role: "viewer" }, async ({ page }) => {
  await go(page, "/lists");
  await page.getByRole("textbox", { name: "Which list has this host?" }).fill("img.pics.example");
  await page.keyboard.press("Enter");
  await page.getByText("as pics.example").waitFor();
  await page.locator(".lookup").getByRole("link", { name: "leisure/social" }).waitFor();
  await page.locator(".lookup").getByText("as pics.example, line 1 of social/domains").waitFor();
  await go(page, "/lists?host=m.chat.example");
  await page.locator(".lookup").getByText("by its own entry chat.example").waitFor();
  await page.locator(".lookup .tag").getByText("Social media").click();
  await page.getByRole("dialog").getByText("Your role can look, but not edit").waitFor();
  assert.equal(await page.getByRole("button", { name: "Save to draft" }).count(), 0);
  assert.ok(await name(page).isDisabled());
});

stage.test(
  "what others did to other things is no conflict; to the same thing, it is told and chosen",
  { role: "operator", refused: ["412 /policy/draft/categories/gambling"] },
  async ({ page }) => {
    const api = await discard();
    const put = (id, body) => api("PUT", `/policy/draft/categories/${id}`, { id, ...body }, { "If-Match": "*" });
    await go(page, "/lists?category=gambling");
    await put("games", { title: "Playing", hosts: ["games.example"] });
    await name(page).fill("Betting");
    await page.getByRole("button", { name: "Save to draft" }).click();
    await toast(page, "Betting is saved in the draft");
    await go(page, "/lists?category=gambling");
    await put("gambling", { title: "Theirs", hosts: ["bet.example"] });
    await name(page).fill("Mine");
    await page.getByRole("button", { name: "Save to draft" }).click();
    await page.getByText(/dana\.walsh changed this .* while you were editing/).waitFor();
    await page.getByRole("button", { name: "Take theirs" }).click();
    await page.waitForFunction(() => document.querySelector("dialog input").value === "Theirs");
    await name(page).fill("Both");
    await page.getByRole("button", { name: "Save to draft" }).click();
    await toast(page, "Both is saved in the draft");
    const draft = await api("GET", "/policy/draft");
    assert.equal(draft.json.document.categories.gambling.title, "Both");
    assert.equal(draft.json.document.categories.games.title, "Playing");
    await discard();
  },
);

stage.test(
  "a pattern is checked by the gateway while it is typed",
  { role: "operator", size: "phone", theme: "dark" },
  async ({ page }) => {
    await go(page, "/lists?category=executables");
    await page.locator(".entries textarea").fill("(foo[bar");
    await page.getByText(/missing terminating \]/).waitFor();
    await page.locator(".entries textarea").fill("/setup\\.exe$");
    await page.getByText(/Would have matched \d+ of the last/).waitFor();
    await page.getByText(/Cheap: .* on \d+ of 256 usual addresses; some 0\.\d+ µs/).waitFor();
    await page.getByLabel("Try it on an address").fill("https://a.example/setup.exe");
    await page.locator(".regex-check mark", { hasText: "/setup.exe" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").getByText("Close without saving?").waitFor();
    await page.getByRole("button", { name: "Close without saving" }).click();
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  },
);

stage.test(
  "a copy that looks wrong is held: looked at, approved, rolled back and resumed",
  { role: "admin" },
  async ({ page }) => {
    const api = await stage.api();
    const hosts = n => Array.from({ length: n }, (_, i) => `phish${i}.example\n`).join("");
    const serve = text => w.site.serve("/phishing.txt", text).release();
    const ended = async job => {
      await stage.until(async () => (await api("GET", `/jobs/${job}`)).json.state !== "running", "the job ends");
    };
    serve(hosts(291));
    const url = `http://127.0.0.1:${w.site.port}/phishing.txt`;
    await ended((await api("POST", "/lists", { name: "phishing", url, every: "24h" })).json.job);
    serve(hosts(98) + "google.com\n");
    await ended((await api("POST", "/lists/phishing/update")).json.job);

    await go(page, "/");
    await page.getByRole("link", { name: /A new copy of .phishing. is held for approval/ }).click();
    const sheet = page.getByRole("dialog");
    await sheet.getByText("It shrank:").waitFor();
    await sheet.getByText(/begins to hold google\.com/).waitFor();
    await sheet.getByText("− phish98.example").waitFor();
    await sheet.getByText("and 183 more").waitFor();
    await sheet.getByText("+ google.com").waitFor();
    await looks(page, "list-held");
    await page.keyboard.press("Escape");
    await row(page, "phishing").getByText("Held for approval").waitFor();
    await looks(page, "lists-held");
    await row(page, "phishing").getByText("291Plain hosts").waitFor();
    await page.getByText(/A new copy of phishing is held for approval: it has 99 entries/).waitFor();

    await page.getByRole("button", { name: "Decide" }).click();
    await sheet.getByRole("button", { name: "Discard" }).click();
    await page
      .getByRole("dialog", { name: /^Discard/ })
      .getByRole("button", { name: "Discard" })
      .click();
    await toast(page, "The held copy of phishing is discarded");
    serve(hosts(97));
    await sheet.getByRole("button", { name: "Update now" }).click();
    await sheet.getByRole("button", { name: "Approve" }).click();
    await page.getByText(/The list will have 97 entries instead of 291/).waitFor();
    await page
      .getByRole("dialog", { name: /^Put the held copy/ })
      .getByRole("button", { name: "Approve" })
      .click();
    await sheet.getByText(/Held copy \d approved/).waitFor();
    await sheet.getByRole("button", { name: "Roll back to version 1" }).click();
    await page.getByRole("dialog", { name: /^Roll/ }).getByRole("button", { name: "Roll back" }).click();
    await sheet.getByText(/Rolled back by .*\./).waitFor();
    assert.ok(await sheet.getByRole("button", { name: "Update now" }).isDisabled());
    await looks(page, "list-pinned");
    assert.equal((await api("GET", "/lists/phishing")).json.entries, 291);
    await sheet.getByRole("button", { name: "Resume updates" }).click();
    await toast(page, "phishing is updated again");
    await sheet.getByText(/Rolled back by/).waitFor({ state: "detached" });
  },
);

stage.test(
  "the checks of a list are changed by keyboard; who may not decide is told who may",
  { role: "admin", size: "phone", theme: "dark", refused: ["400 /lists/threats/checks"] },
  async ({ page }) => {
    await go(page, "/lists?tab=lists&list=threats&form=checks");
    await page.getByLabel("Held when it loses, in percent").fill("50");
    await page.getByLabel("Versions kept").fill("90");
    await page.keyboard.press("Enter");
    await page.getByText(/keep is 90; it goes from 1 to 50/).waitFor();
    await page.getByLabel("Versions kept").fill("9");
    await page.keyboard.press("Enter");
    await toast(page, "The checks of threats are saved");
    const api = await stage.api();
    const { checks } = (await api("GET", "/lists/threats")).json;
    assert.deepEqual(checks, { keep: 9, shrink: 50, grow: 200, never: [] });
    await page
      .getByRole("dialog")
      .getByText(/shrinks by 50% or grows by 200%/)
      .waitFor();
    await page.getByRole("dialog").getByText("the last 9 are kept").waitFor();
  },
);
