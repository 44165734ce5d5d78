// From a draft to what traffic gets: difference, tests, reason, history, the way back; two administrators at once; a
// session that ends in the middle of an edit.
import assert from "node:assert/strict";
import { looks } from "./support/looks.mjs";
import { openStage } from "./support/stage.mjs";
import { ADMINS, PASSWORD } from "./support/world.mjs";

const stage = await openStage({ traffic: 0 });
const { go, settled, w } = stage;
const admin = await stage.api("admin");

const bar = page => page.getByRole("region", { name: "Draft" });
const review = page => page.getByRole("dialog", { name: "Review and publish" });
const toast = (page, text) => page.locator(".toast").filter({ hasText: text });
const row = (page, id) => page.locator(`li[data-rule="${id}"]`);
/** Requests newly blocked, warned and allowed, and users, once they are counted. */
const effect = async page => {
  await review(page).locator(".effect-figures").waitFor();
  return review(page).locator(".effect-figures dd").allTextContents();
};
const version = async () => (await admin("GET", "/policy")).json.version;
const noDraft = () => admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
/** What a real request through the proxy gets now. */
const gets = (host, user) => w.send({ host, user });

stage.test("from a refused request to a published exception", { role: "admin" }, async ({ page }) => {
  assert.equal(await gets("bet.example", "p.moreau"), 403);
  await stage.logged(1);
  await go(page, "/activity?range=1h&action=block");
  await page.locator(".grid-row").first().click();
  await page.getByRole("complementary").getByRole("button", { name: "Allow…" }).click();
  await page.getByRole("menuitem", { name: "Allow bet.example for p.moreau" }).click();
  await bar(page).getByText("1 change").waitFor();
  assert.equal(await gets("bet.example", "p.moreau"), 403, "a draft changes no traffic");

  const was = await version();
  await bar(page).getByRole("link", { name: "Review and publish" }).click();
  await review(page).locator(".changes").getByText("Allow bet.example for p.moreau").waitFor();
  await review(page).getByText("all 3 pass").waitFor();
  assert.deepEqual(await effect(page), ["0", "0", "2", "1"]);
  const publish = review(page).getByRole("button", { name: `Publish version ${was + 1}` });
  await publish.click();
  await review(page).getByText("Say why, in a few words.").waitFor();
  await review(page).getByLabel("Reason, kept in the history").fill("Ticket 4711: sponsor of the team");
  await publish.click();
  await toast(page, `Version ${was + 1} is enforced`).waitFor();
  await review(page).waitFor({ state: "hidden" });
  assert.equal(await gets("bet.example", "p.moreau"), 200);
  assert.equal(await gets("bet.example", "n.osei"), 403);
});

stage.test(
  "the effect on recorded traffic, counted again when the draft changes",
  { role: "admin" },
  async ({ page }) => {
    await noDraft();
    const before = await stage.count();
    for (const [host, user] of [
      ["news.example", "p.moreau"],
      ["news.example", "p.moreau"],
      ["news.example", "n.osei"],
      ["wiki.example", "n.osei"],
    ])
      await gets(host, user);
    await stage.logged(before + 4);
    const block = (id, host) => ({ id, title: `No ${host}`, if: { host: [host] }, then: "block" });
    await admin("POST", "/policy/draft/rules", block("no-news", "news.example"), { "If-Match": "*" });
    await go(page, "/rules?review=1");
    assert.deepEqual(await effect(page), ["+ 3", "0", "0", "2"]);
    const section = review(page).locator(".effect");
    await section
      .getByRole("row", { name: /No news.example/ })
      .getByText("Default")
      .waitFor();
    await section.getByRole("row", { name: /^p.moreau/ }).waitFor();
    await section.getByText("What these figures leave out").click();
    await section.getByText("rules alone are compared").waitFor();

    const operator = await stage.api("operator");
    await operator("POST", "/policy/draft/rules", block("no-wiki", "wiki.example"), { "If-Match": "*" });
    await section.getByText("The draft has changed since").waitFor();
    await section.getByRole("button", { name: "Try again" }).click();
    await section.getByText("+ 4").waitFor();
    await section.getByText("7 d", { exact: true }).click();
    await section.getByText("+ 4").waitFor();

    await section.getByRole("link", { name: "news.example", exact: true }).click();
    await page.getByRole("complementary").getByText("news.example").first().waitFor();
    assert.equal(new URL(page.url()).searchParams.get("host"), "news.example");
    await noDraft();
  },
);

stage.test("a failing policy test refuses publication", { role: "admin" }, async ({ page }) => {
  await noDraft();
  await go(page, "/rules");
  await page.getByRole("switch", { name: "Malware and phishing: switched on" }).click();
  await bar(page).getByRole("link", { name: "Review and publish" }).click();
  await review(page).getByText("Switched off", { exact: true }).waitFor();
  await review(page).getByText("1 test fails", { exact: true }).waitFor();
  await review(page).getByText("Malware test page is blocked").waitFor();
  assert.ok(
    await review(page)
      .getByRole("button", { name: /^Publish version/ })
      .isDisabled(),
  );
  await review(page).getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog", { name: "Discard the draft?" }).getByRole("button", { name: "Discard" }).click();
  await bar(page).waitFor({ state: "detached" });
});

stage.test("history compares, restores as a draft and rolls back at once", { role: "admin" }, async ({ page }) => {
  await noDraft();
  const now = await version();
  await go(page, "/rules?view=history");
  await page.getByText("Ticket 4711: sponsor of the team").waitFor();
  await page.getByRole("link", { name: new RegExp(`^Version ${now} `) }).click();
  await page.locator(".changes").getByText("Allow bet.example for p.moreau").waitFor();

  await page.getByRole("button", { name: `Actions for Version ${now - 1}` }).click();
  await page.getByRole("menuitem", { name: "Restore as a draft" }).click();
  await review(page).getByText("Removed", { exact: true }).waitFor();
  await review(page).getByRole("button", { name: "Keep editing" }).click();
  await noDraft();

  await go(page, "/rules?view=history");
  await page.getByRole("button", { name: `Actions for Version ${now - 1}` }).click();
  await page.getByRole("menuitem", { name: "Roll back at once…" }).click();
  const ask = page.getByRole("dialog", { name: new RegExp(`version ${now - 1}`) });
  await ask.getByLabel("Reason, kept in the history").fill("Sponsoring is over");
  await ask.locator("button[type=submit]").click();
  await toast(page, `Version ${now + 1} is enforced`).waitFor();
  await page.getByText("Sponsoring is over").waitFor();
  assert.equal(await gets("bet.example", "p.moreau"), 403);
});

stage.test("a version on trial counts down, and stays or goes", { role: "admin" }, async ({ page }) => {
  await noDraft();
  const was = await version();
  const trial = page.getByRole("region", { name: "Waits to be confirmed" });
  const publish = async number => {
    await page.getByLabel("After publishing").selectOption({ label: "Goes back unless confirmed within 5 minutes" });
    await page.getByLabel("Reason, kept in the history").fill("Careful");
    await page.locator("dialog button[type=submit]").click();
    await trial
      .getByText(`Version ${number} is on trial: unless someone confirms it, version ${was} comes back.`)
      .waitFor();
  };
  await go(page, "/rules");
  await page.getByRole("switch", { name: "Unapproved AI assistants: switched on" }).click();
  await bar(page).getByRole("link", { name: "Review and publish" }).click();
  await publish(was + 1);
  await trial
    .getByRole("timer")
    .getByText(/^[45]:\d\d$/)
    .waitFor();
  await go(page, "/system"); // everywhere, and after a reload
  await trial.getByRole("timer").waitFor();
  await looks(page, "trial");
  await trial.getByRole("button", { name: "Go back now" }).click();
  await toast(page, `The policy of version ${was} is enforced again`).waitFor();
  await trial.waitFor({ state: "detached" });

  await go(page, "/rules?view=history");
  await page.getByRole("button", { name: `Actions for Version ${was + 1}` }).click();
  await page.getByRole("menuitem", { name: "Roll back at once…" }).click();
  await page.getByLabel("Reason, kept in the history").fill("Once more");
  await page.getByLabel("After publishing").selectOption({ label: "Goes back unless confirmed within 15 minutes" });
  await page.locator("dialog button[type=submit]").click();
  await trial.getByRole("button", { name: `Confirm version ${was + 3}` }).click();
  await toast(page, `Version ${was + 3} stays`).waitFor();
  await trial.waitFor({ state: "detached" });
  assert.equal((await admin("GET", "/policy")).json.confirm, null);
  await admin("POST", "/policy/rollback", { version: was });
});

stage.test(
  "a rule has days on which it begins and ends",
  { role: "admin", refused: ["422 /policy/draft"] },
  async ({ page }) => {
    await noDraft();
    await go(page, "/rules?rule=games");
    const editor = page.getByRole("dialog", { name: "Edit rule" });
    await editor.getByLabel("Valid until").fill("some day");
    await editor.getByRole("button", { name: "Save to draft" }).click();
    await editor.getByText(/'some day' is neither/).waitFor();
    await editor.getByLabel("Valid until").fill("2020-12-31");
    await editor.getByRole("button", { name: "Save to draft" }).click();
    await editor.waitFor({ state: "hidden" });
    await row(page, "games").getByText("until 2020-12-31").waitFor();
    await row(page, "games").getByRole("switch").click();
    await row(page, "games").getByText("Has ended").waitFor();
    await noDraft();
  },
);

stage.test("remarks on a draft lead to the rule", { role: "admin" }, async ({ page }) => {
  await noDraft();
  const { json, etag } = await admin("GET", "/policy/draft");
  const first = json.document.rules[0];
  const late = { ...first, id: "too-late", title: "Too late", then: first.then === "allow" ? "block" : "allow" };
  await admin("POST", "/policy/draft/rules", late, { "If-Match": json.etag ?? etag });
  await go(page, "/rules");
  await row(page, "too-late").getByText("Never decides").waitFor();
  await bar(page).getByRole("link", { name: "Review and publish" }).click();
  await review(page).getByText("has the same condition").waitFor();
  await review(page).getByRole("link", { name: "Too late" }).click();
  await page.getByRole("dialog", { name: "Edit rule" }).waitFor();
  await noDraft();
});

stage.test(
  "two administrators change one rule",
  { role: "admin", refused: ["412 /policy/draft"] },
  async ({ page }) => {
    await noDraft();
    const other = await stage.window({ role: "operator" });
    try {
      await go(page, "/rules?rule=ai");
      await go(other.page, "/rules?rule=ai");
      const [mine, theirs] = [page, other.page].map(p => p.getByRole("dialog", { name: "Edit rule" }));
      await mine.getByLabel("Name", { exact: true }).fill("My name for it");
      await theirs.getByLabel("Message to users").fill("Their words");
      await theirs.getByRole("button", { name: "Save to draft" }).click();
      await theirs.waitFor({ state: "hidden" });

      await mine.getByRole("button", { name: "Save to draft" }).click();
      const conflict = mine.getByRole("alert").filter({ hasText: `${ADMINS.operator} changed the draft` });
      await conflict.waitFor();
      await conflict.getByText("message", { exact: true }).waitFor();
      await conflict.getByRole("button", { name: "Reapply mine" }).click();
      await mine.waitFor({ state: "hidden" });
      await row(page, "ai").getByText("My name for it").waitFor();
      // The other sees it without a reload.
      await go(other.page, "/rules");
      await row(other.page, "ai").getByText("My name for it").waitFor();
      await other.watch.check(other.page);
    } finally {
      await other.context.close();
    }
  },
);

stage.test(
  "changes of different rules do not get in each other's way",
  { role: "admin", refused: ["412 /policy/draft"] },
  async ({ page }) => {
    await noDraft();
    const operator = await stage.api("operator");
    await go(page, "/rules?rule=ai");
    const sheet = page.getByRole("dialog", { name: "Edit rule" });
    await sheet.getByLabel("Name", { exact: true }).fill("Assistants");
    const { json } = await operator("GET", "/policy/draft/rules/games");
    const { index, ...games } = json.item ?? json;
    assert.ok(index >= 0);
    const put = await operator("PUT", "/policy/draft/rules/games", { ...games, title: "Play" }, { "If-Match": "*" });
    assert.equal(put.status, 200, put.text);
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await sheet.waitFor({ state: "hidden" });
    await row(page, "ai").getByText("Assistants", { exact: true }).waitFor();
    await row(page, "games").getByText("Play", { exact: true }).waitFor();
  },
);

stage.test("a draft that was overtaken is brought up to date", { role: "admin" }, async ({ page }) => {
  await noDraft();
  await go(page, "/rules");
  await page.getByRole("switch", { name: "Games: switched on" }).click();
  await bar(page).getByText("1 change").waitFor();
  // Someone publishes past the draft, as the command line may.
  const { document } = (await admin("GET", "/policy")).json;
  document.title = "Company policy, second edition";
  await w.run(["policy", "apply", "-", "--comment", "Second edition"], JSON.stringify(document));
  await go(page, "/rules?review=1");
  await review(page)
    .getByText(/was published since this draft was begun/)
    .waitFor();
  await review(page).getByRole("button", { name: "Bring up to date" }).click();
  await review(page)
    .getByText(/was published since/)
    .waitFor({ state: "detached" });
  await review(page).getByLabel("Reason, kept in the history").fill("Games are back");
  await review(page)
    .getByRole("button", { name: /^Publish version/ })
    .click();
  await toast(page, "is enforced").waitFor();
  const live = (await admin("GET", "/policy")).json.document;
  assert.equal(live.title, "Company policy, second edition");
  assert.notEqual(live.rules.find(r => r.id === "games").enabled, false);
});

stage.test("an operator prepares, an administrator publishes", { role: "operator" }, async ({ page }) => {
  await noDraft();
  await go(page, "/rules");
  await page.getByRole("switch", { name: "Games: switched on" }).click();
  await bar(page).getByRole("link", { name: "Review" }).click();
  const sheet = page.getByRole("dialog", { name: "Review" });
  await sheet.getByText("Administrators publish").waitFor();
  assert.equal(await sheet.getByRole("button", { name: /^Publish/ }).count(), 0);
});

stage.test(
  "a session that ends in the middle of an edit loses nothing",
  { role: "operator", own: true, refused: ["401 /"] },
  async ({ page }) => {
    await noDraft();
    await go(page, "/rules?rule=ai");
    const sheet = page.getByRole("dialog", { name: "Edit rule" });
    await sheet.getByLabel("Name", { exact: true }).fill("Typed before the end");
    const { items } = (await admin("GET", "/sessions")).json;
    for (const s of items.filter(s => s.name === ADMINS.operator)) await admin("DELETE", `/sessions/${s.id}`);
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
    assert.equal(new URL(page.url()).search, "?rule=ai");
    await page.getByLabel("Name", { exact: true }).fill(ADMINS.operator);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await sheet.waitFor();
    assert.equal(await sheet.getByLabel("Name", { exact: true }).inputValue(), "Typed before the end");
    await sheet.getByRole("button", { name: "Save to draft" }).click();
    await row(page, "ai").getByText("Typed before the end").waitFor();
    await settled(page);
  },
);
