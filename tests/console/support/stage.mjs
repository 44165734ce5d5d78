// Where a file of browser tests plays: one world (world.mjs), one Chromium, a fresh window for each test. A test fails,
// whatever it asserts itself, on anything that went wrong on the side: a line of the browser's console, an exception, a
// violation of the content security policy, a request to another origin, an answer that refused when none was expected,
// a page wider than its window.
//
//   const stage = await openStage({ traffic: 300 });
//   stage.test("says who is signed in", { role: "admin" }, async ({ page }) => { await stage.go(page, "/"); ... });
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { ADMINS, PASSWORD, world } from "./world.mjs";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
/** A machine with other work does one thing after another; whoever waits longer than this waits for nothing. */
const PATIENCE_MS = 30_000;

/** options: those of world() */
export async function openStage(options = {}) {
  const w = await world(options);
  const browser = await chromium
    .launch({ executablePath: "/usr/bin/chromium", chromiumSandbox: process.getuid() !== 0, args: FLAGS })
    .catch(async error => {
      await w.close();
      throw error;
    });
  const signedIn = new Map();
  let asking = null;
  const stage = {
    w,
    browser,
    test: (name, how, play) => test(name, { timeout: 3 * PATIENCE_MS }, () => run(stage, how, play)),
    /** A window of its own, signed in as `role`, or as nobody. Call watch.check() before closing it. */
    async window({ role = null, theme = "light", size = "desktop", refused = [], own = false } = {}) {
      const context = await browser.newContext({
        baseURL: w.url,
        viewport: SIZES[size],
        hasTouch: size === "phone",
        colorScheme: theme,
        reducedMotion: "reduce",
        locale: "en-GB",
        timezoneId: "Europe/Berlin",
        acceptDownloads: true,
      });
      context.setDefaultTimeout(PATIENCE_MS);
      context.setDefaultNavigationTimeout(PATIENCE_MS);
      const watch = await watchOver(context, w.url, refused);
      if (role) await context.addCookies(own ? await cookiesOf(w, role) : await shared(signedIn, w, role));
      const page = await context.newPage();
      return { context, page, watch };
    },
    /** The API as an administrator of that role would script it: a session of its own, no browser. */
    api: (role = "admin") => api(w, role),
    go,
    settled,
    until,
    /** How many requests of the last hour the log holds that pass a filter. */
    async count(filter = "") {
      asking ??= await api(w, "auditor");
      const from = filter.includes("from=") ? "" : "from=-1h&";
      return (await asking("GET", `/requests/histogram?${from}${filter}`)).json.total;
    },
    /** Waits until the log holds that many requests: it is written a moment after they end. */
    logged: n => until(async () => (await stage.count()) >= n, `${n} requests are logged`),
  };
  after(async () => {
    await browser.close();
    await w.close();
  });
  return stage;
}

/** Asks again and again, not faster than a person would. */
async function until(holds, what) {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await new Promise(r => setTimeout(r, 100)))
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
}

async function run(stage, how, play) {
  const { context, page, watch } = await stage.window(how);
  try {
    await play({ page, context, watch, w: stage.w, stage });
    await watch.check(page);
  } catch (error) {
    const shot = process.env.SLUICE_SHOT_ON_FAILURE;
    if (shot) await page.screenshot({ path: shot }).catch(() => {});
    error.message += `\n    at ${page.url()}${watch.told()}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** Opens a page of the console and waits until it shows what it came for. */
async function go(page, address) {
  await page.goto(address);
  await settled(page);
}

/** Nothing is being fetched for the first time any more, and the page is no wider than its window. */
async function settled(page) {
  await page.locator("main#main h1").waitFor();
  await page.waitForFunction(() => !document.querySelector(".skeleton, [aria-busy=true]"));
  await noOverflow(page);
}

export async function noOverflow(page) {
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const over = [...document.querySelectorAll("body *")]
      .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1)
      .map(e => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className}`);
    return `${root.scrollWidth} px in a window of ${root.clientWidth}: ${over.slice(0, 6).join(", ")}`;
  });
  assert.equal(wide, null, `the page is too wide: ${wide}`);
}

/** refused: statuses with the path that may answer so, such as "401 /session". */
async function watchOver(context, url, refused) {
  const faults = [];
  const allowed = (status, path) =>
    refused.some(r => {
      const [s, p] = r.split(" ");
      return Number(s) === status && path.startsWith(`/api/v1${p}`);
    });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", e =>
      console.error(`content security policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`),
    );
  });
  context.on("console", message => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // Chromium writes each answer of 400 and above as an error too; those are judged as answers below.
    if (message.text().startsWith("Failed to load resource: the server responded with a status of")) return;
    faults.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", error => faults.push(`exception: ${error.error().stack ?? error.error()}`));
  context.on("dialog", dialog => {
    if (dialog.type() === "beforeunload") return dialog.accept();
    faults.push(`${dialog.type()} said: ${dialog.message()}`);
    return dialog.dismiss();
  });
  context.on("request", request => {
    const to = new URL(request.url());
    if (to.origin !== url && to.protocol !== "data:" && to.protocol !== "blob:")
      faults.push(`foreign request: ${to.href}`);
  });
  context.on("response", response => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400 && !allowed(response.status(), pathname))
      faults.push(`${response.request().method()} ${response.url()} answered ${response.status()}`);
  });
  return {
    faults,
    /** From here on this may be refused too. */
    expect: one => refused.push(one),
    told: () => (faults.length ? `\n    on the side: ${faults.join("\n    ")}` : ""),
    async check(page) {
      if (page && !page.isClosed()) await noOverflow(page);
      assert.deepEqual(faults, []);
    },
  };
}

async function shared(signedIn, w, role) {
  if (!signedIn.has(role)) signedIn.set(role, cookiesOf(w, role));
  return signedIn.get(role);
}

async function cookiesOf(w, role) {
  const { cookie } = await signIn(w, ADMINS[role] ?? role);
  const [name, value] = cookie.split("=");
  return [{ name, value, url: w.url, httpOnly: true, sameSite: "Strict" }];
}

export async function signIn(w, name, password = PASSWORD) {
  const answer = await fetch(`${w.url}/api/v1/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (!answer.ok) throw new Error(`signing in as ${name}: ${answer.status} ${await answer.text()}`);
  const { csrf } = await answer.json();
  return { cookie: answer.headers.get("set-cookie").split(";")[0], csrf };
}

async function api(w, role) {
  const { cookie, csrf } = await signIn(w, ADMINS[role] ?? role);
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${w.url}/api/v1${path}`, {
      method,
      headers: {
        Cookie: cookie,
        "X-CSRF": csrf,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const json = /\/(problem\+)?json/.test(answer.headers.get("content-type")) ? JSON.parse(text) : undefined;
    return { status: answer.status, etag: answer.headers.get("etag"), text, json };
  };
}
