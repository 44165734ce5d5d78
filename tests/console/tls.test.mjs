// TLS inspection, with real sites whose certificates are at fault: what is shown of them, exceptions that let them in,
// rules, authorities, learned hosts, services.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after } from "node:test";
import { promisify } from "node:util";
import { looks, picture } from "./support/looks.mjs";
import { openStage } from "./support/stage.mjs";
import { tlsSites } from "./support/tls.mjs";
import { USERS } from "./support/world.mjs";

const POLICY = JSON.parse(await readFile(new URL("support/policy.json", import.meta.url), "utf8"));
POLICY.inspection = {
  default: "inspect",
  rules: [
    { id: "private", title: "Banks and health", if: { category: ["gambling"] }, then: "tunnel" },
    { id: "sales", title: "Sales", if: { group: ["sales"], schedule: ["office-hours"] }, then: "inspect" },
    { id: "mail", title: "Mail", if: { host: ["outlook.example"] }, then: "tunnel" },
  ],
};
const EXPIRED = "expired.secure.example";
const WRONG = "wrong.secure.example";
const DEVICE = "device.secure.example";
const GOOD = "good.secure.example";

const sites = await tlsSites();
const stage = await openStage({
  traffic: 40,
  workers: 1, // openssl s_server serves one connection after the other, and each worker may keep one
  hosts: sites.hosts,
  policy: POLICY,
  settings: `${sites.settings}learn_failures = 2\nlearn_clients = 2\n`,
});
after(() => sites.close());
const { go, until, w } = stage;
const get = (host, user = USERS[0], more = {}) => sites.get(w, { host, user, ...more });
for (const host of [GOOD, EXPIRED, WRONG, DEVICE]) await get(host);
await until(async () => (await stage.count("tls_fault=self-signed")) > 0, "the faults are logged");

const toast = (page, text) => page.locator(".toast").getByText(text).waitFor();
const dialog = (page, name) => page.getByRole("dialog", { name });
async function dismiss(page) {
  const all = page.locator(".toast").getByRole("button", { name: "Dismiss" });
  for (let left = await all.count(); left > 0; left = await all.count()) await all.first().click();
}
const button = (page, name) => page.getByRole("button", { name, exact: true });
/** A page that has just been told of a change may draw its rows again, and a menu goes with its row. */
async function choose(page, of, item) {
  const entry = page.getByRole("menuitem", { name: item });
  const chosen = () =>
    entry.click({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
  await until(async () => {
    if (!(await entry.isVisible())) await button(page, of).click();
    return chosen();
  }, `${item} is chosen`);
}
const titles = page => page.locator(".rules .rule-name").allTextContents();

async function discard() {
  const api = await stage.api();
  await api("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
  return api;
}

async function publish(page) {
  await page.locator(".draft-bar").getByRole("link", { name: "Review and publish" }).click();
  const review = dialog(page, "Review and publish");
  await review.getByLabel("Reason, kept in the history").fill("As agreed");
  await review.getByRole("button", { name: /^Publish version/ }).click();
  await review.waitFor({ state: "hidden" });
}

stage.test("the state says what is inspected, and what is wrong where", { role: "auditor" }, async ({ page }) => {
  await go(page, "/tls?range=1h");
  await page.getByText("Inspection is on.").waitFor();
  for (const name of ["Expired", "Wrong name", "Self-signed"]) await page.locator(".bars").getByText(name).waitFor();
  const row = page.getByRole("row", { name: new RegExp(EXPIRED) });
  await row.getByRole("cell", { name: "Expired", exact: true }).waitFor();
  await page.getByText("TLSv1.3").first().waitFor();
  await looks(page, "tls-state");
  await picture(page, "tls");
  await row.getByRole("link").click();
  await page.getByText("TLS fault is Expired").waitFor();
  await page.locator(".grid-row").first().getByText(EXPIRED).waitFor();
});

stage.test("the chain of a faulty site names the member and the fault", { role: "auditor" }, async ({ page }) => {
  await go(page, "/tls?range=1h");
  await button(page, `Certificate chain of ${EXPIRED}`).click();
  const chain = dialog(page, `Certificates of ${EXPIRED}`);
  const own = chain.getByRole("listitem", { name: "Certificate 1 of 2" });
  await own.getByText("ended last month").waitFor();
  await own.getByText("Expired", { exact: true }).waitFor();
  const root = chain.getByRole("listitem", { name: "Certificate 2 of 2" });
  await root.getByText("Trusted here").waitFor();
  assert.equal(await root.getByText("Expired", { exact: true }).count(), 0);
  await looks(page, "tls-chain");
  await picture(page, "tls-chain");
  assert.equal(await chain.getByRole("button", { name: /exception/ }).count(), 0);
  await page.keyboard.press("Escape");
  await chain.waitFor({ state: "hidden" });
  await button(page, `Certificate chain of ${WRONG}`).click();
  await dialog(page, `Certificates of ${WRONG}`).getByText("shop.other.example, www.other.example").waitFor();
});

stage.test("an exception from the chain lets the site in once it is published", { role: "admin" }, async ({ page }) => {
  const api = await discard();
  assert.equal(await get(EXPIRED), 502);
  await go(page, `/tls?host=${EXPIRED}`);
  await page.getByRole("button", { name: "Make an exception…" }).click();
  const box = dialog(page, `Exception for ${EXPIRED}`);
  await box.getByText("90 days").click();
  await box.getByLabel("Why").fill("New certificate promised");
  await box.getByRole("button", { name: "Add to draft" }).click();
  await toast(page, `The exception for ${EXPIRED} is in the draft`);
  const [made] = (await api("GET", "/policy/draft/exceptions")).json.items;
  assert.deepEqual([made.if, made.fault, made.then], [{ host: [EXPIRED] }, ["expired"], "allow"]);
  const days = (Date.parse(made.until) - Date.now()) / 86_400_000;
  assert.ok(days > 87 && days < 91, made.until);
  await go(page, "/tls?tab=exceptions");
  await page.getByRole("link", { name: `${EXPIRED}: Expired` }).waitFor();
  await looks(page, "tls-exceptions");
  await publish(page);
  assert.equal(await get(EXPIRED), 200);
  await until(async () => (await stage.count(`tls_exception=${made.id}`)) > 0, "the exception is in the log");

  await go(page, "/tls?tab=exceptions");
  await choose(page, `Actions for ${EXPIRED}: Expired`, "End it now");
  await toast(page, `“${EXPIRED}: Expired” ends now`);
  await page.getByText("Ended", { exact: true }).waitFor();
  await publish(page);
  assert.equal(await get(EXPIRED), 502);
});

stage.test(
  "a request whose site is at fault leads to its chain and an exception",
  { role: "operator" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/activity?range=1h&tls_fault=wrong-name");
    await page.locator(".grid-row").first().click();
    const tls = page.locator("section", { has: page.getByRole("heading", { name: "TLS", exact: true }) }).last();
    await tls.getByText("Wrong name").waitFor();
    await tls.getByRole("button", { name: "Certificate chain" }).click();
    await dialog(page, `Certificates of ${WRONG}`).getByText("shop.other.example, www.other.example").waitFor();
    await page.keyboard.press("Escape");
    await tls.getByRole("button", { name: "Make an exception…" }).click();
    const box = dialog(page, `Exception for ${WRONG}`);
    await box.getByLabel("Then").selectOption("tunnel");
    await box.getByRole("button", { name: "Add to draft" }).click();
    await toast(page, `The exception for ${WRONG} is in the draft`);
    const [made] = (await api("GET", "/policy/draft/exceptions")).json.items;
    assert.deepEqual([made.fault, made.then], [["wrong-name"], "tunnel"]);
    await discard();
  },
);

stage.test(
  "an exception is written by hand, and what can't be is said",
  { role: "operator", size: "phone" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/tls?tab=exceptions");
    await page.getByRole("button", { name: "Add exception" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Lab devices");
    await page.locator(".condition .chips input").fill(DEVICE);
    await page.keyboard.press("Enter");
    await page.getByText("Of the connection").click();
    await page.getByLabel("Old TLS version").check();
    await button(page, "Add to draft").click();
    await page.getByText("With a fault of the connection nothing can be inspected").waitFor();
    await page.getByLabel("Old TLS version").uncheck();
    await page.getByLabel("Self-signed").check();
    await page.getByLabel("Until").fill("soon");
    await button(page, "Add to draft").click();
    await page.getByText("Such as 2026-12-31").waitFor();
    await button(page, "7 days").click();
    await button(page, "Add to draft").click();
    await toast(page, "Lab devices is added to the draft");
    const { json: made } = await api("GET", "/policy/draft/exceptions/lab-devices");
    assert.deepEqual([made.fault, made.then, made.if], [["expired", "self-signed"], "allow", { host: [DEVICE] }]);
    await discard();
  },
);

stage.test(
  "rules are added, put in order by keyboard and menu, removed and brought back",
  { role: "admin" },
  async ({ page }) => {
    const api = await discard();
    const order = async () => (await api("GET", "/policy/draft/inspection-rules")).json.items.map(i => i.id);
    await go(page, "/tls?tab=rules");
    assert.deepEqual(await titles(page), ["Banks and health", "Sales", "Mail", "Everything else"]);
    await button(page, "Add rule").click();
    await page.getByLabel("Name", { exact: true }).fill("Secure sites");
    await page.getByRole("radio", { name: /^Tunnel/ }).check();
    await page.locator(".condition .chips input").fill(GOOD);
    await page.keyboard.press("Enter");
    await page.locator(".in-words").getByText(`Leave tunnels where host is ${GOOD} unread.`).waitFor();
    await page.getByLabel("Place").selectOption("mail");
    await button(page, "Add to draft").click();
    await toast(page, "Secure sites is added to the draft");
    assert.deepEqual(await order(), ["private", "sales", "secure-sites", "mail"]);

    const grip = button(page, "Move Secure sites");
    await grip.focus();
    for (const key of ["Space", "ArrowUp", "ArrowUp", "Space"]) await page.keyboard.press(key);
    await toast(page, "“Secure sites” is now number 1");
    assert.deepEqual(await order(), ["secure-sites", "private", "sales", "mail"]);
    await choose(page, "Actions for Mail", "Move up");
    await toast(page, "“Mail” is now number 3");
    await choose(page, "Actions for Sales", "Delete");
    await button(page, "Restore Sales").click();
    await toast(page, "“Sales” is back");
    await choose(page, "Actions for Everything else", "Tunnel everything else");
    await toast(page, "What no rule names stays a tunnel");
    await page.locator(".toast").last().getByRole("button", { name: "Undo" }).click();
    await toast(page, "Undone");
    assert.equal((await api("GET", "/policy/draft")).json.document.inspection.default, "inspect");
    await go(page, "/tls?tab=rules");

    await page.getByRole("link", { name: "Banks and health" }).click();
    await page.getByLabel("Until").fill("2030-01-01");
    await looks(page, "tls-rule");
    await button(page, "Save to draft").click();
    await toast(page, "Banks and health is saved in the draft");
    await page.getByText("until 2030-01-01").waitFor();
    await dismiss(page);
    await looks(page, "tls-rules");
    const before = await stage.count("inspected=true");
    await publish(page);
    await get(GOOD);
    await until(async () => (await stage.count(`host=${GOOD}&inspected=false`)) > 0, "the site is tunnelled now");
    assert.equal(await stage.count("inspected=true"), before);
    await w.run(["policy", "rollback", "2"]);
  },
);

stage.test(
  "the next authority is made, signs by a date, then at once, and back",
  { role: "admin" },
  async ({ page }) => {
    const api = await stage.api();
    const states = async () => (await api("GET", "/ca")).json.items.map(a => a.state);
    const rotate = async item => {
      await button(page, "Rotate").click();
      await page.getByRole("menuitem", { name: item }).click();
    };
    await go(page, "/tls");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "PEM" }).click();
    assert.match(await readFile(await (await download).path(), "utf8"), /BEGIN CERTIFICATE/);
    await rotate("Make the next CA");
    await page.getByLabel("Organisation").fill("Example Ltd");
    await page.getByLabel("Begins to sign").selectOption("30d");
    await button(page, "Make the next one").click();
    await toast(page, "The next CA is ready: install it on the clients now");
    await page.getByText("signs from").waitFor();
    assert.deepEqual(await states(), ["current", "next"]);
    await dismiss(page);
    await looks(page, "tls-next-ca");
    await button(page, "Let it sign…").click();
    await dialog(page, "When does the next CA sign?").getByLabel("Begins to sign").selectOption("now");
    await page.getByText("Those that don't trust it refuse every inspected site.").waitFor();
    await button(page, "Let it sign now").click();
    await page.getByText("Signed before").waitFor();
    assert.deepEqual(await states(), ["current", "retired"]);
    await rotate("Go back to the one before");
    await button(page, "Go back").click();
    await toast(page, "The CA before signs again");
    await button(page, "Drop it").click();
    await page.getByRole("dialog").getByRole("button", { name: "Drop it" }).click();
    await toast(page, "The next CA is dropped");
    assert.deepEqual(await states(), ["current"]);
    assert.equal(await get(GOOD), 200);
  },
);

stage.test(
  "an authority is imported from a file; what is none is refused with the reason",
  { role: "admin", refused: ["422 /ca/import"] },
  async ({ page }) => {
    const { stdout } = await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "900"],
      ...["-subj", "/O=Example Ltd/CN=Example Inspection CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
      ...["-keyout", "-", "-out", "-"],
    ]);
    await go(page, "/tls");
    await choose(page, "Rotate", "Import the next CA");
    await button(page, "Import").click();
    await page.getByText("Choose a file, or paste the certificate below.").waitFor();
    const file = page.getByLabel("Certificate, with the chain above it");
    await file.setInputFiles({ name: "ca.p12", mimeType: "application/x-pkcs12", buffer: Buffer.from("no PKCS#12") });
    await button(page, "Import").click();
    await page.getByRole("alert").waitFor();
    await file.setInputFiles({ name: "ca.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(stdout) });
    await button(page, "Import").click();
    await toast(page, "The next CA is ready: install it on the clients now");
    await page.getByRole("heading", { name: "Example Inspection CA" }).waitFor();
    await (
      await stage.api()
    )("DELETE", "/ca/next");
  },
);

stage.test("hosts that can't be inspected are decided on", { role: "operator" }, async ({ page }) => {
  const api = await stage.api("operator");
  const learned = async () => (await api("GET", "/inspection/learned")).json.items;
  for (const user of USERS.slice(0, 2)) {
    await get(GOOD, user);
    await get("app.secure.example", user, { trusting: false });
  }
  await until(async () => (await learned()).some(h => h.state === "proposed"), "the host is proposed");
  await go(page, "/tls?tab=learned");
  const row = page.getByRole("row", { name: /app.secure.example/ });
  await row.getByText("Waits for you").waitFor();
  await row.getByText("Pinned app").waitFor();
  await looks(page, "tls-learned");
  await choose(page, "Tunnel app.secure.example", "For 30 days");
  await toast(page, "app.secure.example is not inspected from now on");
  await row.getByText("Tunnelled").waitFor();
  assert.equal((await learned())[0].state, "active");
  await page.locator(".toast").last().getByRole("button", { name: "Undo" }).click();
  await row.getByText("Waits for you").waitFor();
  await button(page, "Dismiss app.secure.example").click();
  await row.getByText("Dismissed").waitFor();
});

stage.test(
  "a service of the catalogue becomes a header rule that is tested",
  { role: "operator" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/tls?tab=services");
    await button(page, "Use Slack: only these workspaces").click();
    await button(page, "Add to draft").click();
    await page.getByText("This is needed.").first().waitFor();
    const sheet = page.locator("dialog[open] .sheet-body");
    await sheet.getByLabel("ID of your own workspace").fill("T0123456789");
    await sheet.getByLabel("IDs of the workspaces").fill("T0123456789,T9876543210,");
    await button(page, "Test it").click();
    await page.getByText("Right on 1 host").waitFor();
    await button(page, "Add to draft").click();
    await toast(page, "Slack: only these workspaces is added to the draft");
    const { json: made } = await api("GET", "/policy/draft/headers/slack");
    assert.deepEqual(made.with, { requester: "T0123456789", workspaces: ["T0123456789", "T9876543210"] });
    const used = page.locator(".service", { hasText: "Slack" });
    await used.getByRole("button", { name: "Test" }).click();
    await used.getByText("Right on 1 host").waitFor();
    await used.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await button(page, "Use Slack: only these workspaces").waitFor();
    await discard();
  },
);

stage.test(
  "readers have nothing to press; viewers see figures without names",
  { role: "auditor" },
  async ({ page }) => {
    for (const tab of ["state", "rules", "exceptions", "learned", "services"]) {
      await go(page, `/tls?tab=${tab}`);
      const deeds = /^(Add|Rotate|Use|Tunnel|Dismiss|Drop|Move|Make|Import)/;
      assert.equal(await page.locator("main").getByRole("button", { name: deeds }).count(), 0, tab);
    }
    const viewer = await stage.window({ role: "viewer", size: "phone" });
    await go(viewer.page, "/tls?range=1h");
    await viewer.page.getByText("Names of hosts are for auditors and above").waitFor();
    assert.equal(await viewer.page.getByText(EXPIRED).count(), 0);
    await go(viewer.page, "/tls?tab=learned");
    await viewer.page.getByText("Your role can't see this").waitFor();
    await viewer.watch.check(viewer.page);
    await viewer.context.close();
  },
);

const bare = await openStage({ traffic: 0 });

bare.test("without an authority, two ways to one", { role: "admin", size: "phone" }, async ({ page }) => {
  await bare.go(page, "/tls");
  await page.getByText("Inspection is off.").waitFor();
  await page.getByText("There is no CA yet").waitFor();
  await button(page, "Import a CA").waitFor();
  await button(page, "Make a CA").click();
  await page.getByLabel("Only for names").fill("example,intranet,");
  await page.getByLabel("Valid for").selectOption("365");
  await button(page, "Make it").click();
  await toast(page, "The CA is made: install it on the clients now");
  await page.getByText("Signs now").waitFor();
  await page.getByText("example and intranet").waitFor();
  await page.getByText(/36[45] days left/).waitFor();
});
