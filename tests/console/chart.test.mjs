// The chart of verdicts by hand: a finger that drags chooses a period and one that swipes scrolls; arrow keys do what
// dragging does; a theme chosen later colours what is drawn already; the library comes after the page.
import assert from "node:assert/strict";
import { openStage } from "./support/stage.mjs";

const stage = await openStage({ traffic: 60 });
const { go, settled } = stage;
const hand = page => page.getByRole("slider", { name: /^Period/ });
const marked = page => page.locator(".u-select").evaluate(e => e.offsetWidth);
const period = page => {
  const query = new URL(page.url()).searchParams;
  return [Date.parse(query.get("from")) / 1000, Date.parse(query.get("to")) / 1000];
};

/** A finger from one place to another, through Chromium's own input: to scroll or to drag is the browser's decision. */
async function swipe(page, from, to) {
  const input = await page.context().newCDPSession(page);
  const touch = (type, points) => input.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  await touch("touchStart", [from]);
  for (let i = 1; i <= 8; i++)
    await touch("touchMove", [{ x: from.x + ((to.x - from.x) * i) / 8, y: from.y + ((to.y - from.y) * i) / 8 }]);
  await touch("touchEnd", []);
}

stage.test("a finger along the chart chooses a period", { role: "admin", size: "phone" }, async ({ page }) => {
  await go(page, "/?range=1h");
  await hand(page).scrollIntoViewIfNeeded();
  const box = await hand(page).boundingBox();
  const y = box.y + box.height / 2;
  await swipe(page, { x: box.x + box.width * 0.4, y }, { x: box.x + box.width - 12, y });
  await page.getByRole("heading", { name: "Activity log" }).waitFor();
  await settled(page);
  const [from, to] = period(page);
  assert.ok(to - from > 20 * 60 && to - from < 60 * 60, `${to - from} s of an hour`);
});

stage.test("a finger up the chart scrolls the page", { role: "admin", size: "phone" }, async ({ page }) => {
  await go(page, "/?range=1h");
  await hand(page).scrollIntoViewIfNeeded();
  const box = await hand(page).boundingBox();
  const before = await page.evaluate(() => scrollY);
  const x = box.x + box.width / 2;
  await swipe(page, { x, y: box.y + box.height - 30 }, { x: x + 4, y: box.y - 120 });
  await page.waitForFunction(y => scrollY > y + 100, before);
  assert.equal(new URL(page.url()).pathname, "/");
  assert.equal(await marked(page), 0);
});

stage.test("arrow keys do what dragging does, and say where they are", { role: "auditor" }, async ({ page }) => {
  await go(page, "/activity?range=1h");
  // Focus may still go to the page's head, as after each navigation: then the keys are pressed again.
  let first = "";
  await stage.until(async () => {
    await hand(page).focus();
    await page.keyboard.press("End");
    first = await hand(page).getAttribute("aria-valuetext");
    await page.keyboard.press("Shift+ArrowLeft");
    return (await marked(page)) > 0;
  }, "a period is marked");
  assert.match(first, /\d\d:\d\d – \d\d:\d\d/);
  assert.notEqual(await hand(page).getAttribute("aria-valuetext"), first);
  await page.keyboard.press("Escape");
  await stage.until(async () => (await marked(page)) === 0, "nothing is chosen any more");
  await page.keyboard.press("End");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Shift+ArrowLeft");
  const steps = await page.evaluate(
    async () => (await (await fetch("/api/v1/requests/histogram?from=-1h")).json()).step_s,
  );
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => new URLSearchParams(location.search).has("from"));
  const [from, to] = period(page);
  assert.equal(to - from, 3 * steps);
});

stage.test("a theme chosen later colours what is drawn already", { role: "viewer" }, async ({ page }) => {
  await go(page, "/?range=1h");
  const inks = () =>
    page.locator(".overview-chart canvas").evaluate(canvas => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) seen.add(`${data.slice(i, i + 3).join()}`);
      const token = getComputedStyle(document.documentElement).getPropertyValue("--c-allow");
      const wanted = [1, 3, 5].map(at => parseInt(token.trim().slice(at, at + 2), 16)).join();
      return { wanted, there: seen.has(wanted) };
    });
  const light = await inks();
  assert.ok(light.there, `${light.wanted} is drawn`);
  await page.emulateMedia({ colorScheme: "dark" });
  await stage.until(async () => {
    const dark = await inks();
    return dark.there && dark.wanted !== light.wanted;
  }, "the bars are in the colours of the night");
});

stage.test("the chart's library holds nothing up", { role: "viewer" }, async ({ page }) => {
  let deliver;
  const held = new Promise(resolve => (deliver = resolve));
  await page.route(/verdict-plot-/, async route => {
    await held;
    await route.continue();
  });
  await page.goto("/?range=1h");
  await page.locator(".figure-value").first().waitFor();
  const place = page.locator(".overview-chart .chart:not(.skeleton)");
  await place.locator(".skeleton").waitFor();
  const { height } = await place.boundingBox();
  deliver();
  await settled(page);
  await page.locator(".overview-chart canvas").waitFor();
  assert.equal((await place.boundingBox()).height, height);
});
