// A small company in a temporary folder: the real gateway on ports of the kernel's choice, an origin, lists, people,
// administrators of each role, and traffic through the proxy of every kind, hostile texts included.
//
//   import { world } from "./support/world.mjs";      const w = await world();  ...  await w.close();
//   node tests/console/support/world.mjs [build/asan/sluice]      to look at the console by hand; Ctrl-C ends it
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");

export const PASSWORD = "a pass phrase for tests";
export const ADMINS = { viewer: "v.iewer", auditor: "h.auditor", operator: "o.desk", admin: "dana.walsh" };
export const USERS = ["d.walsh", "p.moreau", "n.osei", "e.rossi", "h.fischer", "r.silva", "m.keller", "a.novak"];

// host, paths, share of the traffic
const SITES = [
  ["outlook.example", ["/mail/inbox", "/mail/send", "/calendar"], 22],
  ["crm.example", ["/accounts/4711", "/reports?quarter=3", "/api/v2/contacts?page=2"], 12],
  ["cdn.assets.example", ["/npm/chart@1.6/dist/chart.js", "/fonts/inter.woff2", "/img/hero.webp"], 16],
  ["code.example", ["/acme/billing/pull/1873", "/acme/web/issues", "/acme/web/archive/main.zip"], 12],
  ["packages.example", ["/preact", "/esbuild/-/esbuild.tgz"], 8],
  ["docs.example", ["/3/library/sqlite3.html", "/3/whatsnew/"], 6],
  ["news.example", ["/", "/politics/2026/11", "/sport"], 6],
  ["jobs.example", ["/search?q=engineer"], 2],
  ["www.shop.example", ["/gp/cart/view.html", "/dp/B0C1"], 4],
  ["shoes.example", ["/women/boots"], 2],
  ["pics.example", ["/reels/C9x2", "/p/123"], 3],
  ["chat.example", ["/channels/main"], 3],
  ["assistant.example", ["/api/v1/chat"], 2],
  ["copilot.example", ["/session"], 1],
  ["video.example", ["/watch?v=2lAe1cqCOXo&bytes=400000"], 3],
  ["games.example", ["/app/730/"], 3],
  ["bet.example", ["/#/IP/", "/live"], 1],
  ["cdn-update-flash.example", ["/install.exe"], 1],
  ["tools.example", ["/setup.exe", "/vlc-3.0.21-win64.exe"], 1],
  ["gone.example", ["/"], 1],
];
const AGENTS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
  "curl/8.5.0",
];
/** What an attacker would like an administrator's browser to run or to misread. */
export const HOSTILE = [
  { path: "/%3Cimg%20src=x%20onerror=alert(1)%3E", agent: "<img src=x onerror=alert(1)>" },
  { path: "/?q=<script>alert(1)</script>", agent: '"><svg onload=alert(1)>' },
  { path: "/invoice%E2%80%AEfdp.exe", agent: "bidi \u202e gnirts", referrer: "http://a.example/\u202efdp.exe" },
  { path: "/zero%E2%80%8Bwidth", agent: "zero\u200bwidth\u2066isolate" },
  { path: `/${"long/".repeat(1500)}`, agent: "=cmd|' /C calc'!A0" },
  {
    path: "/?next=javascript:alert(document.domain)",
    agent: "@SUM(1+1)*cmd|' /C calc'!A0",
    referrer: "javascript:alert(1)",
  },
  { path: "/%ff%fe", agent: "\xff\xfe not UTF-8" },
];

/** options: sluice (program), console (the built console), policy (document), settings (text), traffic (requests),
 * hosts (further names of this machine) */
export async function world(options = {}) {
  const sluice = path.resolve(options.sluice ?? process.env.SLUICE ?? path.join(root, "build/asan/sluice"));
  const pages = path.resolve(options.console ?? path.join(root, "build/webui"));
  const policy = options.policy ?? JSON.parse(await readFile(path.join(here, "policy.json"), "utf8"));
  const dir = await mkdtemp(path.join(os.tmpdir(), "sluice-world-"));
  const conf = path.join(dir, "sluice.conf");
  const site = await origin();
  const hosts = [...SITES.map(s => s[0]).filter(h => h !== "gone.example"), "lists.example", ...(options.hosts ?? [])];
  await writeFile(path.join(dir, "hosts"), hosts.map(h => `127.0.0.1 ${h}\n`).join(""));
  await mkdir(path.join(dir, "state"), { mode: 0o700 });
  await writeFile(
    conf,
    `[state]\ndirectory = ${dir}/state\n[proxy]\nlisten = 127.0.0.1:0\n` +
      `workers = ${options.workers ?? 2}\nallow_private = 127.0.0.0/8\n` +
      `parent = eu=http://user:geheim@127.0.0.1:9\nparent_check = 0s\n` +
      `connect_ports = 1-65535\n[dns]\nhosts = ${dir}/hosts\nservers = 127.0.0.1:9\n[auth]\nmethods = basic\n` +
      `[admin]\nlisten = 127.0.0.1:0\nconsole = ${pages}\n${options.settings ?? ""}`,
  );

  const run = (args, input = "") => command(sluice, [...args, "--config", conf], input);
  await lists(dir, run);
  await Promise.all(USERS.map(name => run(["user", "add", name, "--password-stdin"], `${PASSWORD}\n`)));
  for (const [role, name] of Object.entries(ADMINS)) {
    await run(["admin", "passwd", name, "--role", role, "--password-stdin"], `${PASSWORD}\n`);
  }
  await run(["policy", "apply", "-", "--override", "--comment", "First version"], JSON.stringify(policy));

  const daemon = spawn(sluice, ["serve", "--config", conf], { stdio: ["ignore", "ignore", "pipe"] });
  const [, proxyPort, adminPort] = await ready(daemon);
  const w = {
    dir,
    conf,
    site,
    daemon,
    run,
    proxy: Number(proxyPort),
    admin: Number(adminPort),
    url: `http://127.0.0.1:${adminPort}`,
    admins: ADMINS,
    password: PASSWORD,
    /** n requests as the staff would make them, the same ones for the same seed. */
    traffic: (n, seed) => traffic(w, n, seed),
    hostile: () =>
      Promise.all(HOSTILE.map((h, i) => send(w, { host: "news.example", user: USERS[i % USERS.length], ...h }))),
    send: request => send(w, request),
    /** An open tunnel; `closed` resolves when the gateway ends it. */
    tunnel: request => tunnel(w, request),
    /** Requests for `host` that many times a second until stopped, over connections that are kept. */
    flood: request => flood(w, request),
    /** Ends everything; rejects when the gateway did not end well, with what a sanitizer said. */
    async close() {
      const code = await new Promise(resolve => {
        daemon.once("exit", resolve);
        if (daemon.exitCode !== null || !daemon.kill("SIGTERM")) resolve(daemon.exitCode);
      });
      site.close();
      await rm(dir, { recursive: true, force: true });
      if (code !== 0) throw new Error(`sluice ended with ${code}:\n${daemon.said}`);
    },
  };
  if (options.traffic !== 0) {
    await w.traffic(options.traffic ?? 400);
    await w.hostile();
  }
  return w;
}

async function lists(dir, run) {
  const threats = path.join(dir, "threats.txt");
  await writeFile(threats, ["malware.example", "drive-by.example", "0.0.0.0 tracker.example"].join("\n"));
  const leisure = path.join(dir, "leisure");
  await mkdir(path.join(leisure, "social"), { recursive: true });
  await mkdir(path.join(leisure, "shopping"), { recursive: true });
  await writeFile(path.join(leisure, "social/domains"), "pics.example\nfriends.example\n");
  await writeFile(path.join(leisure, "shopping/domains"), "www.shop.example\nshoes.example\noffice-supplies.example\n");
  await run(["lists", "add", "threats", "--file", threats]);
  await run(["lists", "add", "leisure", "--file", leisure]);
}

/** Answers everything with a body as long as ?bytes=N asks; takes tunnels too, since it speaks first to nobody. */
async function origin() {
  const files = new Map();
  const server = http.createServer(async (request, response) => {
    request.resume();
    const file = files.get(request.url);
    if (file) {
      // The first half at once, the rest when it may: whoever loads it is seen loading.
      const half = file.text.length >> 1;
      response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": file.text.length });
      response.write(file.text.slice(0, half));
      await file.released;
      return response.end(file.text.slice(half));
    }
    const size = Number(/[?&]bytes=(\d+)/.exec(request.url)?.[1] ?? 2000 + ((request.url.length * 7919) % 60_000));
    if (request.url.startsWith("/broken")) return request.socket.destroy();
    response.writeHead(200, { "Content-Type": "text/html", "Content-Length": size });
    response.end(Buffer.alloc(size, "x"));
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    close: () => (server.close(), server.closeAllConnections()),
    /** Serves an ASCII text at a path, its second half only after `release` was called. */
    serve(path, text) {
      const file = { text };
      file.released = new Promise(resolve => (file.release = resolve));
      files.set(path, file);
      return file;
    },
  };
}

/** A stream of numbers that is the same each time (mulberry32), so that two runs of a test see the same traffic. */
function dice(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function traffic(w, n, seed = 1) {
  const roll = dice(seed);
  const pick = all => all[Math.floor(roll() * all.length)];
  const total = SITES.reduce((sum, s) => sum + s[2], 0);
  const one = () => {
    let at = roll() * total;
    const [host, paths] = SITES.find(s => (at -= s[2]) < 0) ?? SITES[0];
    const method = roll() < 0.2 ? "CONNECT" : roll() < 0.1 ? "POST" : "GET";
    return { host, path: pick(paths), method, user: pick(USERS), agent: pick(AGENTS) };
  };
  const queue = Array.from({ length: n }, one);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) await send(w, next);
    }),
  );
}

/** One request through the proxy, written by hand so that it may be as rude as need be. Resolves with the status. */
function send(w, { host, path: target = "/", method = "GET", user, agent = "test", referrer, password = PASSWORD }) {
  const to = `${host}:${w.site.port}`;
  const lines = [
    `${method} ${method === "CONNECT" ? to : `http://${to}${target}`} HTTP/1.1`,
    `Host: ${to}`,
    `User-Agent: ${agent}`,
    ...(referrer ? [`Referer: ${referrer}`] : []),
    ...(user ? [`Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`] : []),
    ...(method === "POST" ? ["Content-Length: 11"] : []),
    "Connection: close",
    "",
    method === "POST" ? "hello world" : "",
  ];
  return new Promise(resolve => {
    let head = "";
    const socket = net.connect(w.proxy, "127.0.0.1", () => {
      // Latin-1 letters above 127 go out as they are: bytes that are not UTF-8. Others go out as UTF-8.
      socket.write(
        Buffer.concat(lines.map(l => Buffer.from(`${l}\r\n`, /[\u0100-\uffff]/.test(l) ? "utf8" : "latin1"))).subarray(
          0,
          -2,
        ),
      );
    });
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on("data", data => {
      if (head.length < 200) head += data.toString("latin1");
      if (method === "CONNECT" && head.includes(" 200 ") && head.includes("\r\n\r\n")) {
        socket.end(`GET / HTTP/1.1\r\nHost: ${to}\r\nConnection: close\r\n\r\n`);
        head = "HTTP/1.1 200 ".padEnd(201);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0)));
  });
}

async function tunnel(w, { host, user }) {
  const credentials = Buffer.from(`${user}:${PASSWORD}`).toString("base64");
  const socket = net.connect(w.proxy, "127.0.0.1");
  const closed = new Promise(resolve => socket.once("close", resolve));
  socket.on("error", () => {});
  const at = `${host}:${w.site.port}`;
  socket.write(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`);
  await new Promise(resolve => socket.once("data", resolve));
  return { closed, end: () => socket.destroy() };
}

/** The policy should refuse the host: then the gateway alone sets the pace. What it answers is read and dropped. */
function flood(w, { host, user, perSecond }) {
  const credentials = Buffer.from(`${user}:${PASSWORD}`).toString("base64");
  const head = `Host: ${host}\r\nProxy-Authorization: Basic ${credentials}\r\n\r\n`;
  const began = Date.now();
  let sent = 0;
  const lines = Array.from({ length: 8 }, () => {
    const socket = net.connect(w.proxy, "127.0.0.1");
    socket.on("error", () => {});
    return socket.resume();
  });
  const timer = setInterval(() => {
    const due = Math.floor(((Date.now() - began) / 1000) * perSecond) - sent;
    for (let i = 0; i < Math.min(due, perSecond / 10); i++, sent++) {
      const socket = lines[sent % lines.length];
      if (socket.writable && socket.writableLength < 65_536) {
        socket.write(`GET http://${host}:${w.site.port}/flood/${sent} HTTP/1.1\r\n${head}`);
      }
    }
  }, 20);
  return {
    sent: () => sent,
    async stop() {
      clearInterval(timer);
      await Promise.all(lines.map(l => new Promise(resolve => l.once("close", resolve).destroy())));
    },
  };
}

function command(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let said = "";
    child.stdout.on("data", d => (out += d));
    child.stderr.on("data", d => (said += d));
    child.on("error", reject);
    child.on("close", code =>
      code === 0 ? resolve(out) : reject(new Error(`sluice ${args.join(" ")}: ${code}\n${said}${out}`)),
    );
    child.stdin.end(input);
  });
}

function ready(daemon) {
  return new Promise((resolve, reject) => {
    daemon.said = "";
    daemon.stderr.on("data", data => {
      daemon.said = (daemon.said + data).slice(-20_000);
      const found = /sluice: ready proxy=\S+?:(\d+).* admin=\S+?:(\d+)/.exec(daemon.said);
      if (found) resolve(found);
    });
    daemon.once("error", reject);
    daemon.once("exit", code => reject(new Error(`sluice ended with ${code} before it was ready:\n${daemon.said}`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const w = await world({ sluice: process.argv[2] });
  console.log(`console  ${w.url}/\nproxy    http://127.0.0.1:${w.proxy}\nfolder   ${w.dir}`);
  for (const [role, name] of Object.entries(ADMINS)) console.log(`${role.padEnd(8)} ${name} / ${PASSWORD}`);
  let seed = 2;
  const trickle = setInterval(() => void w.traffic(3, seed++), 1000);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      clearInterval(trickle);
      await w.close();
      process.exit(0);
    });
  }
}
