// What one administrator wants to publish waits for another: asked for, approved, rejected, withdrawn.
import assert from "node:assert/strict";
import { looks } from "./support/looks.mjs";
import { openStage } from "./support/stage.mjs";
import { ADMINS, PASSWORD } from "./support/world.mjs";

const SECOND = "s.okafor"; // another administrator, beside the one of each role
const stage = await openStage({ traffic: 0, settings: "[policy]\napproval = second-person\n" });
await stage.w.run(["admin", "passwd", SECOND, "--role", "admin", "--password-stdin"], `${PASSWORD}\n`);
const { go } = stage;
const admin = await stage.api("admin");

const bar = page => page.getByRole("region", { name: "Draft" });
const sheet = page => page.getByRole("dialog");
const version = async () => (await admin("GET", "/policy")).json.version;
const asks = `${ADMINS.admin} asks to publish this draft`;

/** The draft of the first administrator, and his request. */
async function ask(page) {
  await go(page, "/rules");
  await page.getByRole("switch", { name: "Unapproved AI assistants: switched on" }).click();
  await bar(page).getByRole("link", { name: "Review and publish" }).click();
  await sheet(page).getByLabel("Reason, kept in the history").fill("Assistants are allowed from December");
  await sheet(page).getByText("Another administrator has to approve it").waitFor();
  await sheet(page).getByRole("button", { name: "Ask for approval" }).click();
  await bar(page).getByText(`waits for approval, asked by ${ADMINS.admin}`).waitFor();
}

stage.test("asked, rejected, asked again, withdrawn", { role: "admin" }, async ({ page }) => {
  const was = await version();
  await ask(page);
  const other = await stage.window({ role: SECOND });
  try {
    await go(other.page, "/rules?review=1");
    await sheet(other.page).getByText(asks).waitFor();
    await sheet(other.page).getByRole("button", { name: "Reject" }).click();
    await sheet(other.page).getByText("Say why it is rejected.").waitFor();
    await sheet(other.page).getByLabel("Comment, kept in the change log").fill("Only for staff, please");
    await sheet(other.page).getByRole("button", { name: "Reject" }).click();
    await other.page.locator(".toast").getByText("Rejected: the draft can be edited again").waitFor();
    await other.watch.check(other.page);
  } finally {
    await other.context.close();
  }
  await go(page, "/rules?review=1");
  await sheet(page).getByLabel("Reason, kept in the history").fill("Once more");
  await sheet(page).getByRole("button", { name: "Ask for approval" }).click();
  await bar(page).getByText(`waits for approval, asked by ${ADMINS.admin}`).waitFor();
  await go(page, "/rules?review=1");
  await sheet(page).getByText(asks).waitFor();
  assert.equal(
    await sheet(page)
      .getByRole("button", { name: /^Approve/ })
      .count(),
    0,
    "nobody approves his own",
  );
  await sheet(page).getByRole("button", { name: "Withdraw the request" }).click();
  await page.locator(".toast").getByText("Withdrawn: the draft can be edited again").waitFor();
  assert.equal(await version(), was);
  await admin("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
});

stage.test("approved by somebody else", { role: "admin" }, async ({ page }) => {
  const was = await version();
  await ask(page);
  const other = await stage.window({ role: SECOND });
  try {
    await go(other.page, "/rules?review=1");
    await sheet(other.page).getByText("Assistants are allowed from December").waitFor();
    await sheet(other.page).getByText("Switched off", { exact: true }).waitFor(); // what it changes
    await looks(other.page, "approval");
    await sheet(other.page)
      .getByRole("button", { name: `Approve and publish version ${was + 1}` })
      .click();
    await other.page.locator(".toast").getByText("Approved and enforced").waitFor();
    await go(other.page, "/rules?view=history");
    await other.page.getByText(`${ADMINS.admin} (approved by ${SECOND})`).waitFor();
    await other.watch.check(other.page);
  } finally {
    await other.context.close();
  }
  assert.equal(await version(), was + 1);
});
