// System and Settings: what is open and can be cut; administrators, tokens and sessions.
import assert from "node:assert/strict";
import { openStage, signIn } from "./support/stage.mjs";
import { ADMINS, PASSWORD } from "./support/world.mjs";

const stage = await openStage({ traffic: 40 });
const { go, settled, w } = stage;
const admin = await stage.api("admin");

const toast = (page, text) => page.locator(".toast").getByText(text).waitFor();
const row = (page, name) => page.getByRole("row").filter({ hasText: name });
async function menu(page, name, item) {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: item }).click();
}
const form = page => page.getByRole("dialog");

stage.test("an open tunnel is seen and cut", { role: "operator" }, async ({ page }) => {
  const tunnel = await w.tunnel({ host: "outlook.example", user: "d.walsh" });
  try {
    await go(page, "/system");
    await page.getByText("Everything works.").waitFor();
    const mine = page.getByRole("table", { name: "Tunnels and long transfers, who holds them and what went through" });
    await mine.getByText("d.walsh").waitFor();
    await mine.getByRole("button", { name: /^Cut the connection to outlook\.example/ }).click();
    await form(page)
      .getByText(/What d\.walsh is doing there stops at once/)
      .waitFor();
    await form(page).getByRole("button", { name: "Cut", exact: true }).click();
    await toast(page, /The connection to outlook\.example.* is cut/);
    await tunnel.closed;
    await page.getByText("Nothing is open").waitFor();
  } finally {
    tunnel.end();
  }
});

stage.test("parent proxies are seen without their passwords", { role: "auditor" }, async ({ page }) => {
  await go(page, "/system");
  const card = page.locator(".card").filter({ has: page.getByRole("heading", { name: "Parent proxies" }) });
  await card.getByText("http://127.0.0.1:9").waitFor();
  await card.getByText("Up", { exact: true }).waitFor();
  assert.ok(!(await page.content()).includes("geheim"));
});

stage.test("a client is followed while somebody looks", { role: "auditor" }, async ({ page, watch }) => {
  watch.expect("400 /traces/");
  await go(page, "/system");
  await page.getByLabel("Address of the client").fill("127.0.0.9.1");
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await page.getByText("'127.0.0.9.1' is no IP address").waitFor();
  await page.getByLabel("Address of the client").fill("127.0.0.1");
  await page.getByRole("button", { name: "Follow", exact: true }).click();
  await page.getByText("Nothing came from 127.0.0.1 yet.").waitFor();
  await w.send({ host: "news.example", path: "/today", user: "d.walsh" });
  const log = page.getByRole("log", { name: "Connections of 127.0.0.1" });
  await log.getByText(/asks GET http:\/\/news\.example/).waitFor();
  await log.getByRole("link", { name: /recorded: allow, status 200/ }).waitFor();
  await settled(page);
  await page.getByRole("button", { name: "Stop" }).click();
  await log.waitFor({ state: "detached" });
});

stage.test("a throttle shows on what it slows down, and can be looked for", { role: "operator" }, async ({ page }) => {
  const { document } = (await admin("GET", "/policy")).json;
  const slow = { id: "calm", if: { host: ["outlook.example"] }, then: "allow", throttle: "2Mbit/s" };
  const put = async body => assert.equal((await admin("PUT", "/policy", body)).status, 200);
  const tunnels = [
    await w.tunnel({ host: "outlook.example", user: "d.walsh" }),
    await w.tunnel({ host: "news.example", user: "d.walsh" }),
  ];
  try {
    await put({ document: { ...document, rules: [slow, ...document.rules] } });
    await go(page, "/system");
    const mine = page.getByRole("table", { name: /^Tunnels and long transfers/ });
    await mine.getByText("news.example").waitFor();
    await mine
      .getByRole("row", { name: /outlook\.example/ })
      .getByText("at most 2Mbit/s")
      .waitFor();
    await page.getByRole("combobox", { name: "Show" }).selectOption({ label: "Slowed down" });
    await mine.getByText("news.example").waitFor({ state: "detached" });
    await mine.getByText("outlook.example").waitFor();
  } finally {
    for (const tunnel of tunnels) tunnel.end();
    await put({ document });
  }
});

stage.test("viewers see how the gateway is, and nobody's tunnels", { role: "viewer" }, async ({ page }) => {
  await go(page, "/system");
  await page.getByText("Everything works.").waitFor();
  assert.equal(await page.getByRole("heading", { name: "Open now" }).count(), 0);
});

stage.test("an administrator is added, changed and removed", { role: "admin" }, async ({ page }) => {
  await go(page, "/settings?tab=admins");
  await page.getByRole("button", { name: "Add administrator" }).click();
  await form(page).getByLabel("Name", { exact: true }).fill("q.temp");
  await form(page).getByLabel("Password", { exact: true }).fill("set by dana walsh");
  await form(page)
    .getByRole("radio", { name: /^Auditor/ })
    .check();
  await form(page).getByRole("button", { name: "Add administrator" }).click();
  await toast(page, "q.temp may sign in");
  await row(page, "q.temp").getByText("Must be changed").waitFor();
  await signIn(w, "q.temp", "set by dana walsh");

  await menu(page, "q.temp", "Change role");
  await form(page)
    .getByRole("radio", { name: /^Operator/ })
    .check();
  await form(page).getByRole("button", { name: "Change role" }).click();
  await toast(page, "q.temp has another role");
  await row(page, "q.temp").getByText("Operator").waitFor();

  await menu(page, "q.temp", "Remove administrator");
  await form(page).getByRole("textbox").fill("q.temp");
  await form(page).getByRole("button", { name: "Remove administrator" }).click();
  await toast(page, "q.temp is no longer an administrator");
  await assert.rejects(signIn(w, "q.temp", "set by dana walsh"), /401/);
});

stage.test("the last administrator stays", { role: "admin", refused: ["409 /admins"] }, async ({ page }) => {
  await go(page, "/settings?tab=admins");
  await menu(page, ADMINS.admin, "Remove administrator");
  await form(page).getByRole("textbox").fill(ADMINS.admin);
  await form(page).getByRole("button", { name: "Remove administrator" }).click();
  await toast(page, /Give someone else the role Administrator first/);
});

stage.test("a token is shown once, works, and is revoked", { role: "admin" }, async ({ page }) => {
  await go(page, "/settings?tab=tokens");
  await page.getByRole("button", { name: "Make a token" }).click();
  await form(page).getByLabel("Name", { exact: true }).fill("monitoring");
  await form(page).getByRole("button", { name: "Make a token" }).click();
  const token = await page.locator(".token-line code").first().textContent();
  const ask = () => fetch(`${w.url}/api/v1/status`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await ask()).status, 200);
  await form(page).getByRole("button", { name: "I have copied it" }).click();
  await row(page, "monitoring").getByText("Viewer").waitFor();
  assert.ok(!(await page.content()).includes(token), "it is nowhere any more");
  await page.getByRole("button", { name: "Revoke the token monitoring" }).click();
  await form(page).getByRole("button", { name: "Revoke" }).click();
  await toast(page, "The token monitoring is revoked");
  assert.equal((await ask()).status, 401);
});

stage.test("a session that is ended elsewhere asks for the password", { role: "admin" }, async ({ page }) => {
  const other = await stage.window({ role: "viewer", own: true, refused: ["401 /"] });
  try {
    await go(other.page, "/check");
    await go(page, "/settings?tab=sessions");
    await page
      .getByRole("button", { name: new RegExp(`^End the session of ${ADMINS.viewer} `) })
      .first()
      .click();
    await toast(page, `A session of ${ADMINS.viewer} is ended`);
    await other.page.getByLabel("URL or host").fill("bet.example");
    await other.page.getByRole("button", { name: "Check", exact: true }).click();
    await other.page.getByText("Your session has ended.").waitFor();
    await other.page.getByLabel("Name", { exact: true }).fill(ADMINS.viewer);
    await other.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await other.page.getByRole("button", { name: "Sign in" }).click();
    await other.page.getByText("bet.example would be blocked").waitFor();
    await other.watch.check(other.page);
  } finally {
    await other.context.close();
  }
});

stage.test("settings are shown with what was changed, secrets masked", { role: "admin" }, async ({ page }) => {
  await go(page, "/settings?tab=file");
  await page.getByText(w.conf).first().waitFor();
  await page
    .getByText("proxy.allow_private")
    .or(page.getByText("allow_private", { exact: true }))
    .first()
    .waitFor();
  const { items } = (await admin("GET", "/settings")).json;
  assert.ok(items.some(i => i.changed));
});

stage.test("the look is kept in the browser", { role: "viewer" }, async ({ page }) => {
  await go(page, "/settings");
  await page.getByText("Dark", { exact: true }).and(page.locator("label")).click();
  await page.reload();
  await settled(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ["sluice.look"]);
  assert.equal(await page.evaluate(() => sessionStorage.length + document.cookie.length), 0);
});
