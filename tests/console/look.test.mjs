// Every page and every larger sheet, at 1440 and 390 px, light and dark: no rule of accessibility is broken, nothing is
// wider than the window, and a picture of it lies in build/console-shots to be looked at. With SLUICE_DOC_SHOTS=1 the
// pictures of docs/console.md are made anew.
import assert from "node:assert/strict";
import { look, picture } from "./support/looks.mjs";
import { openStage, SIZES } from "./support/stage.mjs";
import { ADMINS, PASSWORD } from "./support/world.mjs";

const stage = await openStage({ traffic: 500 });
const { go, settled, w } = stage;
await stage.logged(500);
const admin = await stage.api("admin");

/* A draft with a change of each kind, since an empty one shows nothing. */
const policy = (await admin("GET", "/policy")).json.document;
policy.rules.splice(2, 0, {
  id: "news-morning",
  title: "No news in the morning",
  section: "Exceptions",
  if: { host: ["news.example"], schedule: ["office-hours"] },
  then: "block",
});
policy.rules.find(r => r.id === "social").then = "block";
policy.rules = policy.rules.filter(r => r.id !== "uploads");
policy.rules.find(r => r.id === "games").enabled = true;
const drafted = await admin("PUT", "/policy/draft", policy, { "If-Match": "*" });
assert.equal(drafted.status, 200, drafted.text);
await w.run(
  ["admin", "passwd", "new.hand", "--role", "operator", "--must-change", "--password-stdin"],
  "set by somebody else\n",
);

const signIn = async (page, name, password) => {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
};
const dialog = page => page.locator("dialog[open]").waitFor();

/** name, address, and how it gets there from the address; role admin unless said otherwise. */
const STATES = [
  { name: "sign-in", role: null, at: "/", then: page => page.getByRole("heading", { name: "Sign in" }).waitFor() },
  {
    name: "sign-in-wrong",
    role: null,
    at: "/",
    refused: ["401 /session"],
    then: async page => {
      await signIn(page, ADMINS.viewer, "not the pass phrase");
      await page.getByRole("alert").waitFor();
    },
  },
  {
    name: "first-password",
    role: null,
    at: "/",
    then: async page => {
      await signIn(page, "new.hand", "set by somebody else");
      await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
      await page.getByRole("button", { name: "Change password" }).click();
    },
  },
  { name: "overview", at: "/?range=1h", doc: true },
  { name: "overview-table", at: "/?range=1h&view=table" },
  { name: "overview-viewer", role: "viewer", at: "/?range=1h" },
  { name: "activity", at: "/activity?range=1h" },
  {
    name: "activity-details",
    at: "/activity?range=1h&category=ai&action=block",
    doc: true,
    then: async page => {
      await page.locator(".grid-row").first().click();
      await page.getByRole("heading", { name: "Facts" }).waitFor();
      await page.locator(".trace").waitFor();
    },
  },
  {
    name: "activity-filter",
    at: "/activity?range=1h&user=p.moreau",
    then: async page => {
      await page.getByRole("button", { name: /^Change filter/ }).click();
      await page.getByRole("checkbox").first().waitFor();
    },
  },
  {
    name: "activity-menu",
    at: "/activity?range=1h",
    then: async page => {
      await page.locator(".grid-row").nth(2).click({ button: "right" });
      await page.getByRole("menu").waitFor();
    },
  },
  { name: "activity-empty", at: "/activity?range=1h&host=nobody-was.here.example" },
  { name: "forbidden", role: "viewer", at: "/activity" },
  { name: "not-found", at: "/nowhere" },
  {
    name: "palette",
    at: "/check",
    then: async page => {
      await page.keyboard.press("Control+k");
      await dialog(page);
    },
  },
  {
    name: "keys",
    at: "/check",
    then: async page => {
      await page.keyboard.press("?");
      await dialog(page);
    },
  },
  { name: "check", at: "/check?url=https%3A%2F%2Fassistant.example%2Fchat&who=p.moreau", doc: true },
  { name: "rules", at: "/rules", doc: true },
  { name: "rules-viewer", role: "viewer", at: "/rules" },
  { name: "rules-editor", at: "/rules?rule=ai", then: dialog },
  {
    name: "rules-pattern",
    at: "/rules?new=1",
    then: async page => {
      await page.getByLabel("What is looked at").selectOption("URL pattern");
      await page.getByLabel("URL pattern", { exact: true }).fill("news(");
      await page.locator(".regex-fault").waitFor();
    },
  },
  { name: "rules-text", at: "/rules?view=text", then: page => page.getByText("No problems").waitFor() },
  { name: "rules-tests", at: "/rules?view=tests" },
  { name: "rules-test", at: "/rules?view=tests&test=0", then: dialog },
  { name: "rules-history", at: "/rules?view=history" },
  {
    name: "rules-costs",
    at: "/rules",
    then: async page => {
      await page.getByText("What patterns cost").click();
      await page.getByRole("region", { name: "What patterns cost" }).waitFor();
      // What lies half under the bar at the top would count as too small to press.
      await page.evaluate(() => scrollTo(0, 0));
    },
  },
  { name: "rules-review", at: "/rules?review=1", then: dialog, doc: true },
  {
    name: "rules-effect",
    at: "/rules?review=1",
    then: async page => {
      await page.locator(".effect-figures").waitFor();
      await page.locator(".effect h3").evaluate(h => h.scrollIntoView());
    },
  },
  { name: "categories", at: "/lists" },
  { name: "category", at: "/lists?category=social", then: dialog },
  { name: "lists", at: "/lists?tab=lists", doc: true },
  { name: "list", at: "/lists?tab=lists&list=leisure", then: dialog },
  { name: "list-checks", at: "/lists?tab=lists&list=threats&form=checks", then: dialog },
  { name: "list-add", at: "/lists?tab=lists&form=add", then: dialog },
  { name: "lookup", at: "/lists?host=pics.example" },
  { name: "quotas", at: "/quotas", doc: true },
  { name: "quota", at: "/quotas?quota=streaming-day", then: dialog },
  {
    name: "quota-more",
    at: "/quotas?quota=streaming-day",
    then: async page => {
      await page.getByText("Rolling", { exact: true }).click();
      await page.getByText("Slow down", { exact: true }).click();
      await page.getByLabel("Warn from").scrollIntoViewIfNeeded();
      await page.getByText("What people may add themselves").evaluate(h => h.scrollIntoView());
    },
  },
  { name: "schedules", at: "/quotas?tab=schedules" },
  { name: "schedule", at: "/quotas?schedule=office-hours", then: dialog },
  {
    name: "schedule-days",
    at: "/quotas?schedule=office-hours",
    then: async page => {
      await page.getByLabel("But not on").fill("2026-12-25");
      await page.keyboard.press("Enter");
      await page.getByLabel("But not on").fill("2026-12-36");
      await page.keyboard.press("Enter");
      await page.getByText("2026-12-36 is no date").scrollIntoViewIfNeeded();
    },
  },
  { name: "networks", at: "/quotas?tab=networks" },
  { name: "network", at: "/quotas?tab=networks&network=office", then: dialog },
  { name: "tls-off", at: "/tls" },
  { name: "tls-rules-empty", at: "/tls?tab=rules" },
  { name: "tls-services", at: "/tls?tab=services" },
  { name: "people", at: "/people", doc: true },
  { name: "person", at: "/people?user=p.moreau" },
  { name: "user-add", at: "/people?form=add", then: dialog },
  { name: "groups", at: "/people?tab=groups" },
  { name: "group", at: "/people?tab=groups&group=sales", then: dialog },
  { name: "changes", at: "/changes" },
  { name: "system", at: "/system", doc: true },
  { name: "settings", at: "/settings" },
  { name: "settings-admins", at: "/settings?tab=admins" },
  {
    name: "settings-token",
    at: "/settings?tab=tokens",
    then: async page => {
      await page.getByRole("button", { name: "Make a token" }).click();
      await dialog(page);
    },
  },
  { name: "settings-sessions", at: "/settings?tab=sessions" },
  { name: "settings-file", at: "/settings?tab=file" },
  { name: "settings-about", at: "/settings?tab=about" },
];

for (const { name, at, then, role = "admin", refused = [], doc = false } of STATES) {
  for (const size of Object.keys(SIZES)) {
    stage.test(`${name}, ${size}`, { role, size, refused: [...refused] }, async ({ page }) => {
      if (role) await go(page, at);
      else await page.goto(at);
      await then?.(page);
      if (role) await settled(page);
      await look(page, `${name}-${size}`);
      if (doc && size === "desktop") await picture(page, name);
    });
  }
}
