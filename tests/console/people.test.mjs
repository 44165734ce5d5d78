// Users and groups, and the change log that tells who did what.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";
import { ADMINS } from "./support/world.mjs";

const stage = await openStage({ traffic: 100 });
const { go, settled, w } = stage;
await stage.logged(100);
const admin = await stage.api("admin");

const row = (page, name) => page.locator("tr", { has: page.getByRole("link", { name, exact: true }) });
const toast = (page, text) => page.locator(".toast").getByText(text).waitFor();
const entry = (page, text) => page.locator("li.logged").filter({ hasText: text });

stage.test("a user is added, signs in to the proxy, and is removed", { role: "operator" }, async ({ page }) => {
  await go(page, "/people");
  await page.getByRole("button", { name: "Add user" }).click();
  const sheet = page.getByRole("dialog", { name: "Add a user" });
  await sheet.getByLabel("Name", { exact: true }).fill("z.new");
  await sheet.getByLabel("Password", { exact: true }).fill("a password of z");
  await sheet.getByRole("button", { name: "Add user" }).click();
  await toast(page, "z.new is added");
  await row(page, "z.new").waitFor();
  const asks = password => w.send({ host: "docs.example", user: "z.new", password });
  assert.equal(await asks("a password of z"), 200);
  assert.equal(await asks("another password"), 407);

  await row(page, "z.new").getByRole("button", { name: "Actions for z.new" }).click();
  await page.getByRole("menuitem", { name: "Set password" }).click();
  await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("a newer password");
  await page.getByRole("dialog").getByRole("button", { name: "Set password" }).click();
  await toast(page, "z.new has a new password");
  assert.equal(await asks("a newer password"), 200);

  await go(page, "/people");
  await row(page, "z.new").getByRole("button", { name: "Actions for z.new" }).click();
  await page.getByRole("menuitem", { name: "Remove user" }).click();
  const ask = page.getByRole("dialog", { name: "Remove z.new?" });
  await ask.getByRole("textbox").fill("z.new");
  await ask.getByRole("button", { name: "Remove" }).click();
  await toast(page, "z.new is removed");
  assert.equal(await asks("a newer password"), 407);
});

stage.test(
  "a person's page shows figures, groups and rules, and joins groups in the draft",
  { role: "operator" },
  async ({ page }) => {
    await admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
    await go(page, "/people");
    await page.getByRole("link", { name: "p.moreau", exact: true }).click();
    await page.getByRole("heading", { name: "p.moreau" }).waitFor();
    await settled(page);
    await page.getByRole("region", { name: "Key figures" }).waitFor();
    await page.getByText("sales").first().waitFor();
    await page.goBack();
    await row(page, "p.moreau").waitFor();
  },
);

stage.test("groups are edited in the draft", { role: "operator" }, async ({ page }) => {
  await admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
  await go(page, "/people?tab=groups");
  await page.getByRole("button", { name: "Add group" }).click();
  const sheet = page.getByRole("dialog", { name: "New group" });
  await sheet.getByLabel("Name", { exact: true }).fill("night-shift");
  await sheet.getByPlaceholder("Add a member…").fill("a.novak");
  await page.keyboard.press("Enter");
  await sheet.locator("button[type=submit]").click();
  await page.getByRole("link", { name: "night-shift", exact: true }).waitFor();
  const draft = (await admin("GET", "/policy/draft")).json;
  assert.deepEqual(draft.document.groups["night-shift"], ["a.novak"]);
  await page.getByRole("region", { name: "Draft" }).getByText("1 change").waitFor();
});

stage.test("viewers see the members of groups and no accounts", { role: "viewer" }, async ({ page }) => {
  await go(page, "/people");
  await page.getByText("These are the members of groups.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Add user" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Change log" }).count(), 0);
});

stage.test("the change log tells who did what, with before and after", { role: "auditor" }, async ({ page }) => {
  await admin("PUT", "/admins/k.temp", { password: "long enough for it", role: "viewer", create: true });
  await admin("PUT", "/admins/k.temp", { role: "auditor" });
  await go(page, "/changes");
  await entry(page, `${ADMINS.admin} added the administrator k.temp`).waitFor();
  const change = entry(page, `${ADMINS.admin} gave the administrator k.temp another role`);
  await change.locator("del").getByText("viewer").waitFor();
  await change.locator("ins").getByText("auditor").waitFor();
  await entry(page, "put policy v2 in force").first().waitFor();

  await page.getByLabel("What", { exact: true }).selectOption("Administrators");
  await page.waitForFunction(() => new URLSearchParams(location.search).get("action") === "admin");
  await settled(page);
  await change.waitFor();
  assert.equal(await entry(page, "signed in").count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await entry(page, "signed in").first().waitFor();
  await page.getByLabel("On what").fill("nothing by that name");
  await page.keyboard.press("Enter");
  await page.getByText("No change is like this").waitFor();
});

stage.test(
  "a published draft is told with its reason and leads to the difference",
  { role: "admin" },
  async ({ page }) => {
    await admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
    await admin(
      "PUT",
      "/policy/draft/categories/jobs",
      { title: "Jobs", hosts: ["jobs.example"] },
      { "If-Match": "*" },
    );
    const done = await admin("POST", "/policy/draft/commit", { comment: "Shorter name" }, { "If-Match": "*" });
    assert.equal(done.status, 200, done.text);
    await go(page, "/changes");
    const published = entry(page, "published the draft as policy");
    await published.getByText("Shorter name").waitFor();
    await published.getByRole("link", { name: /^What v\d+ changed/ }).click();
    await page.locator(".changes").getByText("Jobs", { exact: true }).first().waitFor();
  },
);
