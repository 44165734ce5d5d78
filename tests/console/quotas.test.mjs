// Quotas with their usage, schedules painted on the week, networks.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 200 });
const { go } = stage;

const toast = (page, text) => page.locator(".toast").getByText(text).waitFor();
const name = page => page.getByLabel("Name", { exact: true });

async function discard() {
  const api = await stage.api();
  await api("DELETE", "/policy/draft", undefined, { "If-Match": "*" });
  return api;
}

async function middle(page, day, slot) {
  const box = await page.locator(`[data-day="${day}"][data-slot="${slot}"]`).boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Drags over the week from one cell to another, by way of a third. */
async function drag(page, from, to) {
  await page.mouse.move(...(await middle(page, ...from)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(page, from[0], to[1])));
  await page.mouse.move(...(await middle(page, ...to)));
  await page.mouse.up();
}

stage.test(
  "the week is painted by drag and by keyboard, to spans over midnight",
  { role: "operator" },
  async ({ page }) => {
    const api = await discard();
    const spans = async () => (await api("GET", "/policy/draft/schedules/office-hours")).json.spans;
    const before = await spans();
    await go(page, "/quotas?schedule=office-hours");
    await drag(page, [5, 20], [6, 27]); // Sat and Sun, 10:00 to 14:00
    const grid = page.getByRole("grid", { name: "Hours of the week" });
    await grid.focus();
    await page.keyboard.press("Home");
    for (const [key, times] of [
      ["ArrowUp", 6],
      ["ArrowDown", 2],
      ["ArrowRight", 24],
      ["Shift+ArrowRight", 3],
      ["Shift+ArrowDown", 1],
    ])
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    await page.keyboard.press("Space"); // Wed and Thu, 12:00 to 14:00, were on
    await page.getByRole("status").getByText("Wed–Thu 12:00 to 14:00 is off").waitFor();
    await drag(page, [4, 44], [4, 47]); // Fri 22:00 on
    await drag(page, [5, 0], [5, 11]); // to Sat 06:00
    await page.getByText("ends the next day").waitFor();
    await page.getByRole("button", { name: "Save to draft" }).click();
    await toast(page, "Office hours is saved in the draft");
    assert.deepEqual(await spans(), [
      { days: "mon,tue,fri", from: "08:00", to: "18:00" },
      { days: "wed,thu", from: "08:00", to: "12:00" },
      { days: "wed,thu", from: "14:00", to: "18:00" },
      { days: "fri", from: "22:00", to: "06:00" },
      { days: "sat,sun", from: "10:00", to: "14:00" },
    ]);
    await page.getByRole("button", { name: "Undo" }).click();
    await toast(page, "Undone");
    assert.deepEqual(await spans(), before);
  },
);

stage.test(
  "hours typed to the minute are kept, and what makes no sense is said",
  { role: "operator", size: "phone" },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/quotas?tab=schedules");
    await page.getByRole("button", { name: "Add schedule" }).click();
    await name(page).fill("Early shift");
    await page.getByLabel("From", { exact: true }).fill("545");
    await page.getByLabel("To", { exact: true }).fill("5:45");
    await page.getByLabel("Time zone").fill("Atlantis/Deep");
    await page.getByRole("button", { name: "Add to draft" }).click();
    await page.getByText("Begin and end are the same").waitFor();
    await page.getByLabel("To", { exact: true }).fill("13:50");
    await page.getByLabel("But not on").fill("2026-12-26, 2026-02-30,");
    await page.getByText("2026-02-30 is no date such as 2026-12-25.").waitFor();
    await page.getByRole("button", { name: "Remove 2026-02-30" }).click();
    await page.getByLabel("But not on").fill("2026-12-25");
    await page.keyboard.press("Enter");
    await page.getByLabel("Time zone").fill("Europe/Lisbon");
    await page.getByRole("button", { name: "Add to draft" }).click();
    await toast(page, "Early shift is added to the draft");
    const made = (await api("GET", "/policy/draft/schedules/early-shift")).json;
    assert.deepEqual(made.spans, [{ days: "mon-fri", from: "05:45", to: "13:50" }]);
    assert.equal(made.timezone, "Europe/Lisbon");
    assert.deepEqual(made.except, ["2026-12-25", "2026-12-26"]);
    await page.getByText("but for 2 days").waitFor();
    await discard();
  },
);

stage.test("a quota is said in words and saved as it was meant", { role: "operator" }, async ({ page }) => {
  const api = await discard();
  await go(page, "/quotas");
  await page.getByRole("button", { name: "Add quota" }).click();
  await name(page).fill("Video a week");
  await page.getByRole("button", { name: "Add to draft" }).click();
  await page.getByText("Give at least one limit.").waitFor();
  await page.getByLabel("Data", { exact: true }).fill("1.5");
  await page.getByLabel("Time", { exact: true }).fill("1:30");
  await page.getByText("Week", { exact: true }).click();
  await page.getByRole("button", { name: "Add condition" }).click();
  await page.locator(".condition .chips input").fill("Streaming media");
  await page.keyboard.press("Enter");
  await page.locator(".in-words").getByText("1.5 GiB or 1 h 30 min a week, for each user").waitFor();
  await page.getByRole("button", { name: "Add to draft" }).click();
  await toast(page, "Video a week is added to the draft");
  const { index, ...made } = (await api("GET", "/policy/draft/quotas/video-a-week")).json;
  assert.equal(index, 2);
  assert.deepEqual(made, {
    id: "video-a-week",
    title: "Video a week",
    if: { category: ["streaming"] },
    per: "user",
    window: "week",
    bytes: "1536MiB",
    minutes: 90,
    warn_at: 80,
    then: "block",
  });
  await page.locator(".item-card", { hasText: "Video a week" }).getByText("Counts once it is published").waitFor();
  await discard();
});

stage.test("a quota may roll, slow down, and let people add some", { role: "operator" }, async ({ page }) => {
  const api = await discard();
  await go(page, "/quotas?quota=@new");
  await name(page).fill("Rolling");
  await page.getByLabel("Time", { exact: true }).fill("60");
  await page.getByText("Rolling", { exact: true }).click();
  await page.getByLabel("Length").fill("8x");
  await page.getByText("Slow down", { exact: true }).click();
  await page.getByRole("button", { name: "Add to draft" }).click();
  await page.getByText("Such as 256kbit/s or 2Mbit/s.").waitFor();
  await page.getByText("Such as 24h, 90m or 7d.").waitFor();
  await page.getByLabel("Length").fill("8h");
  await page.getByLabel("Rate").fill("256 kbit/s");
  await page.getByLabel("Pause up to").fill("5m");
  await page.getByLabel("Background data").fill("100 KiB");
  await page.getByLabel("More minutes").fill("15");
  await page.getByLabel("How often in a window").fill("2");
  await page.locator(".in-words").getByText("1 h in any 8h, for each user").waitFor();
  await page.getByRole("button", { name: "Add to draft" }).click();
  await toast(page, "Rolling is added to the draft");
  const { index, ...made } = (await api("GET", "/policy/draft/quotas/rolling")).json;
  assert.deepEqual(made, {
    id: "rolling",
    title: "Rolling",
    if: {},
    per: "user",
    window: { rolling: "8h" },
    minutes: 60,
    warn_at: 80,
    idle_gap: "5m",
    background: { bytes: "100KiB" },
    extension: { minutes: 15, times: 2 },
    then: { throttle: "256kbit/s" },
  });
  const card = page.locator(".item-card", { hasText: "Rolling" });
  await card.getByText("Slowed to 256kbit/s").waitFor();
  await card.getByText("people may add 15 min, 2 times").waitFor();
  await go(page, "/quotas?quota=rolling");
  assert.equal(await page.getByLabel("Length").inputValue(), "8h");
  await discard();
});

stage.test(
  "usage is found by user and reset after asking; readers have no reset",
  { role: "operator" },
  async ({ page }) => {
    const api = await stage.api();
    const usage = async () => (await api("GET", "/quotas/usage?quota=streaming-day")).json.items;
    const first = (await usage())[0].subject;
    await go(page, `/quotas?who=${first}&of=streaming-day`);
    await page.getByRole("button", { name: `Reset the usage of ${first}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reset" }).click();
    await toast(page, "The usage is reset");
    assert.ok((await usage()).every(u => u.subject !== first || u.bytes === 0));
    const reader = await stage.window({ role: "auditor" });
    await go(reader.page, "/quotas");
    await reader.page.getByRole("heading", { name: "Usage now" }).waitFor();
    assert.equal(await reader.page.getByRole("button", { name: /Reset|Add quota/ }).count(), 0);
    await reader.watch.check(reader.page);
    await reader.context.close();
  },
);

stage.test(
  "the gateway's word on a network stands at its entry",
  { role: "operator", theme: "dark", refused: ["422 /policy/draft/networks"] },
  async ({ page }) => {
    const api = await discard();
    await go(page, "/quotas?tab=networks");
    await page.getByRole("button", { name: "Add network" }).click();
    await name(page).fill("guests");
    await page.locator(".entries textarea").fill("10.1.2.3/16\n2001:db8::/32");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Add to draft" }).click();
    await page.locator(".entry-rows li.wrong", { hasText: "10.1.2.3/16" }).waitFor();
    await page.getByRole("button", { name: "Remove 10.1.2.3/16" }).click();
    await page.getByRole("button", { name: "Add to draft" }).click();
    await toast(page, "guests is added to the draft");
    const made = await api("GET", "/policy/draft/networks/guests");
    assert.deepEqual(made.json.items, ["2001:db8::/32"]);
    await discard();
  },
);
