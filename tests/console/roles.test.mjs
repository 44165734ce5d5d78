// Each role sees its part of the console and nothing of the others', by navigation or by address. That the API refuses
// the rest whatever the console shows is the contract part's to test.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 20 });
const { go } = stage;

const PAGES = {
  viewer: ["/", "/check", "/rules", "/lists", "/quotas", "/tls", "/people", "/system", "/settings"],
  auditor: [
    "/",
    "/activity",
    "/check",
    "/rules",
    "/lists",
    "/quotas",
    "/tls",
    "/people",
    "/changes",
    "/system",
    "/settings",
  ],
};
PAGES.operator = PAGES.admin = PAGES.auditor;

/** A button of each thing that only some may do: the page, the button, from which role on. */
const DEEDS = [
  ["/rules", "Add rule", "operator"],
  ["/lists", "Add category", "operator"],
  ["/lists?tab=lists", "Update all", "operator"],
  ["/lists?tab=lists", "Add list", "admin"],
  ["/quotas", "Add quota", "operator"],
  ["/tls?tab=rules", "Add rule", "operator"],
  ["/tls", "Make a CA", "admin"],
  ["/people", "Add user", "operator"],
  ["/activity", "Export", "auditor"],
  ["/settings?tab=admins", "Add administrator", "admin"],
  ["/settings?tab=tokens", "Make a token", "admin"],
];
const ROLES = ["viewer", "auditor", "operator", "admin"];

for (const role of ROLES) {
  stage.test(`${role}: pages and deeds`, { role }, async ({ page }) => {
    await go(page, "/");
    const links = page.getByRole("navigation", { name: "Main" }).locator(".nav-groups a");
    assert.deepEqual(await links.evaluateAll(all => all.map(a => a.getAttribute("href"))), PAGES[role]);
    for (const at of PAGES.admin) {
      await go(page, at);
      const refused = (await page.getByText("Your role can't see this").count()) > 0;
      assert.equal(refused, !PAGES[role].includes(at), at);
    }
    for (const [at, name, from] of DEEDS) {
      await go(page, at);
      const there = (await page.locator("main").getByRole("button", { name, exact: true }).count()) > 0;
      assert.equal(there, ROLES.indexOf(role) >= ROLES.indexOf(from), `${name} on ${at}`);
    }
  });
}
