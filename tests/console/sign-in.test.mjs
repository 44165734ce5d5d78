// Signing in and out: wrong passwords, the wait after too many, the first password, a session that ends under one's
// hands.
import assert from "node:assert/strict";
import { openStage, signIn, SIZES } from "./support/stage.mjs";
import { ADMINS, PASSWORD } from "./support/world.mjs";

const stage = await openStage({ traffic: 20 });
const { go } = stage;

async function fill(page, name, password) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

stage.test(
  "a wrong password says so, the right one opens the page",
  { refused: ["401 /session"] },
  async ({ page }) => {
    await page.goto("/check?url=bet.example");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("name")), "username");
    await fill(page, ADMINS.operator, "not the pass phrase");
    await page.getByRole("alert").getByText("Name or password is wrong.").waitFor();
    assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Check a URL" }).waitFor();
    await page.getByText("bet.example would be blocked").waitFor();
    assert.equal(new URL(page.url()).search, "?url=bet.example");
    await page.getByRole("button", { name: "Account" }).getByText(ADMINS.operator).waitFor();
  },
);

stage.test("signing out ends the session for good", { role: "auditor", own: true }, async ({ page, context }) => {
  await go(page, "/");
  const held = await context.cookies();
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(await context.cookies(), []);
  await context.addCookies(held);
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

stage.test(
  "too many attempts have to wait, and the form counts down",
  { refused: ["401 /session", "429 /session"] },
  async ({ page }) => {
    await page.goto("/");
    const alert = page.getByRole("alert");
    const attempts = async () => {
      for (let i = 0; i < 12; i++) {
        const answered = page.waitForResponse(r => r.request().method() === "POST");
        await fill(page, "nobody.here", `wrong password ${i}`);
        if ((await answered).status() === 429) return;
        await alert.getByText("Name or password is wrong.").waitFor();
      }
      assert.fail("twelve wrong passwords and no wait");
    };
    await attempts();
    await alert.getByText(/Too many attempts. Try again in \d+ seconds?\./).waitFor();
    await page.locator("button[type=submit]:disabled").waitFor();
    // The wait ends by itself, and another name was never held up by this one's.
    await page.locator("button[type=submit]:enabled").waitFor();
    await fill(page, ADMINS.viewer, PASSWORD);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  },
);

stage.test("a password set by someone else is changed first", { refused: [] }, async ({ page, w }) => {
  const first = "set by somebody else";
  await w.run(["admin", "passwd", "new.hand", "--role", "operator", "--must-change", "--password-stdin"], `${first}\n`);
  await page.goto("/rules");
  await fill(page, "new.hand", first);
  await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
  await page.getByLabel("Current password").fill(first);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByLabel("New password again").fill("shorter");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("7 more characters are needed.").waitFor();
  await page.getByText("The two are not the same.").waitFor();
  for (const label of ["New password", "New password again"])
    await page.getByLabel(label, { exact: true }).fill("a phrase of my own");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("heading", { name: "Rules" }).first().waitFor();
  await page.getByText("Your password is changed.").waitFor();
  await assert.rejects(signIn(w, "new.hand", first), /401/);
  await signIn(w, "new.hand", "a phrase of my own");
});
