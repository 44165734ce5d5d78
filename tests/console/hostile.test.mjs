// What an attacker writes into a request stays text, wherever an administrator meets it: table, details, change log,
// exports. A script that ran would show as a dialog, an exception or a violation of the content security policy, each
// of which fails a test.
import assert from "node:assert/strict";
import { openStage, noOverflow } from "./support/stage.mjs";
import { HOSTILE, USERS } from "./support/world.mjs";

const stage = await openStage({ traffic: 30 });
const { go, settled, w } = stage;
await stage.logged(30 + HOSTILE.length);
const auditor = await stage.api("auditor");
const records = (await auditor("GET", "/requests?from=-1h&limit=1000&host=news.example")).json.items;
/** The record that each entry of the corpus became: each came from a user of its own, with an agent that nobody has. */
const logged = HOSTILE.map((_, i) => records.find(r => r.user === USERS[i] && !/^(Mozilla|curl)/.test(r.user_agent)));

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
/** Markup that only an attacker brings, and what a reader would not see. */
async function harmless(page) {
  const found = await page.evaluate(() => ({
    made: [
      ...document.querySelectorAll("main img, main script, main iframe, svg[onload], [onerror], [href^='javascript:']"),
    ].map(e => e.outerHTML),
    text:
      document.querySelector("main").innerText + [...document.querySelectorAll("dialog")].map(d => d.innerText).join(),
    titles: [...document.querySelectorAll("[title], [aria-label]")].map(e => e.title + e.ariaLabel).join(),
  }));
  assert.deepEqual(found.made, []);
  for (const text of [found.text, found.titles]) assert.doesNotMatch(text.replace(/[\n\t]/g, " "), UNSEEN);
  await noOverflow(page);
}

for (const size of ["desktop", "phone"]) {
  stage.test(`in the table and in the details, ${size}`, { role: "auditor", size }, async ({ page }) => {
    await go(page, "/activity?range=1h&host=news.example");
    await page.locator(".grid-row").first().waitFor();
    await harmless(page);
    assert.ok(logged.every(Boolean), "the whole corpus is in the log");
    for (const [i, record] of logged.entries()) {
      await go(page, `/activity?range=1h&host=news.example&open=${record.id}`);
      const details = page.locator(".details");
      await details.getByRole("heading", { name: "Facts" }).waitFor();
      await details.locator(".trace").waitFor();
      await harmless(page);
      const text = await details.innerText();
      if (/^[ -~]*$/.test(HOSTILE[i].agent)) assert.ok(text.includes(HOSTILE[i].agent), text);
      if (/\u202e/.test(HOSTILE[i].agent)) assert.match(text, /\\u\{202e\}/);
    }
  });
}

stage.test("in the filter and in what is checked", { role: "auditor", refused: ["400 /explain"] }, async ({ page }) => {
  const evil = '"><img src=x onerror=alert(1)>\u202e';
  await go(
    page,
    `/activity?range=1h&host=${encodeURIComponent(evil)}&q=${encodeURIComponent("<svg onload=alert(1)>")}`,
  );
  await page.getByText("No request matches").waitFor();
  await harmless(page);
  await go(page, `/check?url=${encodeURIComponent(`javascript:alert(1)//${evil}`)}`);
  await page.locator(".check-url.wrong .fault").waitFor();
  await harmless(page);
});

stage.test("in a policy and in the change log", { role: "admin" }, async ({ page }) => {
  const admin = await stage.api("admin");
  const { document } = (await admin("GET", "/policy")).json;
  document.rules[0].title = "<img src=x onerror=alert(1)>\u202egnp.exe";
  document.rules[0].message = "<script>alert(1)</script>";
  await w.run(
    ["policy", "apply", "-", "--comment", "=HYPERLINK(1) <svg onload=alert(1)> \u202e"],
    JSON.stringify(document),
  );
  for (const address of ["/rules", "/rules?rule=malware", "/rules?view=history", "/changes", "/"]) {
    await go(page, address);
    await harmless(page);
  }
  await go(page, "/rules?view=text");
  await page.getByRole("textbox", { name: "The policy as text" }).waitFor();
  await harmless(page).catch(error => {
    // The text is the document itself: it may hold what it holds, but makes nothing.
    if (!/doesNotMatch|match/.test(error.message)) throw error;
  });
  await settled(page);
});

/** RFC 4180, as a spreadsheet would read it. */
function cells(csv) {
  const rows = [[]];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.filter(r => r.length > 1);
}

stage.test("no cell of the CSV is a formula, and the NDJSON says it whole", { role: "auditor" }, async () => {
  const csv = cells((await auditor("GET", "/requests/export?format=csv&from=-1h")).text);
  assert.ok(csv.length > HOSTILE.length);
  for (const row of csv) {
    assert.equal(row.length, csv[0].length, "every row has the columns of the first");
    for (const cell of row) assert.doesNotMatch(cell, /^[=+\-@\t\r]/);
  }
  const agents = csv.map(r => r[csv[0].indexOf("user_agent")]);
  for (const { agent } of HOSTILE.filter(h => /^[=@]/.test(h.agent))) assert.ok(agents.includes(`'${agent}`), agent);

  const lines = (await auditor("GET", "/requests/export?format=ndjson&from=-1h")).text
    .trim()
    .split("\n")
    .map(JSON.parse);
  for (const { agent } of HOSTILE.filter(h => /^[ -~]*$/.test(h.agent)))
    assert.ok(
      lines.some(r => r.user_agent === agent),
      agent,
    );
  assert.ok(lines.every(r => r.user === null || USERS.includes(r.user)));
});
