// What a page looks like now, in both sizes and themes: no rule of accessibility is broken, nothing is wider than the
// window, and a picture of each lies in build/console-shots to be looked at.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { accessible } from "./axe.mjs";
import { noOverflow, SIZES } from "./stage.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const shots = path.join(root, "build/console-shots");
await mkdir(shots, { recursive: true });

/** As the menu of the appearance does it, and painted. */
export const inTheme = (page, theme) =>
  page.evaluate(async name => {
    document.documentElement.dataset.theme = name;
    dispatchEvent(new Event("sluice-look"));
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  }, theme);

/** In the size that the window has. */
export async function look(page, name) {
  await page.evaluate(() => document.fonts.ready);
  for (const theme of ["light", "dark"]) {
    await inTheme(page, theme);
    await accessible(page, `${name} ${theme}`, { colours: theme === "dark" });
    const png = await page.screenshot({ animations: "disabled" });
    await writeFile(path.join(shots, `${name}-${theme}.png`), png);
  }
}

/** A state that takes a while to reach is looked at where it is reached, in each size; then the window is as before. */
export async function looks(page, name) {
  const before = page.viewportSize();
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await inTheme(page, "light");
    await noOverflow(page);
    await look(page, `${name}-${size}`);
  }
  await page.setViewportSize(before);
  await inTheme(page, "light");
}

/** With SLUICE_DOC_SHOTS=1 a picture of docs/console.md: light, and no larger than a page of a manual bears. */
export async function picture(page, name) {
  if (process.env.SLUICE_DOC_SHOTS !== "1") return;
  const before = page.viewportSize();
  await page.setViewportSize({ width: 1200, height: 560 });
  await inTheme(page, "light");
  const png = await page.screenshot({ animations: "disabled" });
  assert.ok(png.length <= 120 * 1024, `${name}: ${png.length} bytes`);
  await writeFile(path.join(root, "docs/console", `${name}.png`), png);
  await page.setViewportSize(before);
}
