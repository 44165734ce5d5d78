// Check a URL: any person, any time, the live policy or the draft; the answer is the one that traffic would get.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 0 });
const { go, settled } = stage;

const verdict = page => page.locator(".answer-text");
async function check(page, url, who) {
  await page.getByLabel("URL or host").fill(url);
  await page.getByLabel("User or group").fill(who);
  const answered = page.waitForResponse(r => r.url().endsWith("/api/v1/explain"));
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await answered;
  await settled(page);
}

stage.test("a person, a group and nobody get their own answers", { role: "viewer" }, async ({ page }) => {
  await go(page, "/check");
  await page.getByText("Whose request, to where?").waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("Enter a URL or a host name.").waitFor();

  await check(page, "https://assistant.example/chat", "p.moreau");
  await verdict(page).getByText("assistant.example would be blocked").waitFor();
  await verdict(page).getByText("for p.moreau in sales, by rule Unapproved AI assistants").waitFor();
  await page.locator(".trace .v-block").getByText("Unapproved AI assistants").waitFor();

  await check(page, "https://assistant.example/chat", "it");
  await verdict(page).getByText("assistant.example would be allowed").waitFor();
  await verdict(page)
    .getByText(/a member of it, by rule IT may try AI assistants/)
    .waitFor();

  await check(page, "outlook.example", "");
  await verdict(page).getByText("for someone who is not signed in, by the default").waitFor();
  assert.equal(await page.getByRole("button", { name: "Allow…" }).count(), 0, "a viewer edits nothing");
});

stage.test(
  "the answer depends on the time, and can be sent as a link",
  { role: "viewer" },
  async ({ page, context }) => {
    await go(page, "/check?url=www.shop.example&who=n.osei");
    await page.getByLabel("At", { exact: true }).selectOption("Another time…");
    // Europe/Berlin in the browser; the policy's own zone is UTC.
    for (const [at, says] of [
      ["2026-11-23T13:30", "www.shop.example would be allowed"],
      ["2026-11-23T16:30", "www.shop.example would be blocked"],
    ]) {
      // The choice becomes a field of the same name.
      await page.getByLabel("At", { exact: true }).and(page.locator("input")).fill(at);
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await verdict(page).getByText(says).waitFor();
    }
    const other = await context.newPage();
    await go(other, page.url());
    await verdict(other).getByText("www.shop.example would be blocked").waitFor();
  },
);

stage.test(
  "method and client count; a bad URL is said at its field",
  { role: "viewer", refused: ["400 /explain"] },
  async ({ page }) => {
    await go(page, "/check?url=drop.example");
    await verdict(page).getByText("drop.example would be allowed").waitFor();
    await page.getByRole("button", { name: "More facts" }).click();
    await page.getByLabel("Method").selectOption("POST");
    await page.getByLabel("Client address").fill("127.0.0.70");
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await verdict(page).getByText("drop.example would be blocked").waitFor();
    await page.getByLabel("Size of the answer").fill("10MiB");
    await page.getByLabel("Type of the answer").fill("video/mp4");
    await check(page, "drop.example", "");
    assert.equal(new URL(page.url()).searchParams.get("size"), "10MiB");
    await verdict(page).getByText("drop.example would be blocked").waitFor();
    await check(page, "http://[::zz]/", "");
    await page.locator(".check-url.wrong .fault").waitFor();
  },
);

stage.test(
  "the draft answers otherwise than the live policy, which traffic gets",
  { role: "operator" },
  async ({ page, w }) => {
    await go(page, "/check?url=news.example&who=e.rossi");
    await verdict(page).getByText("news.example would be allowed").waitFor();
    await page.getByRole("button", { name: "Block…" }).click();
    await page.getByRole("menuitem", { name: "Block news.example for e.rossi" }).click();
    await page.locator(".toast").getByText("In the draft: Block news.example for e.rossi").waitFor();
    await page.getByRole("region", { name: "Draft" }).getByText("1 change").waitFor();
    await page.getByText("Draft", { exact: true }).and(page.locator(".segmented label")).click();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await verdict(page).getByText("news.example would be blocked").waitFor();
    await page.getByText("Live", { exact: true }).and(page.locator(".segmented label")).click();
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await verdict(page).getByText("news.example would be allowed").waitFor();
    assert.equal(await w.send({ host: "news.example", user: "e.rossi" }), 200, "a draft changes no traffic");
  },
);
