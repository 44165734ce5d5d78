// Sites that speak TLS, as the inspecting gateway meets them: a sound one, and those whose certificate is at fault.
// Real certificates of a small authority, shown by real servers (openssl s_server).
//
//   const sites = await tlsSites();   world({ hosts: sites.hosts, settings: sites.settings })   sites.get(w, {...})
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { promisify } from "node:util";
import { PASSWORD } from "./world.mjs";

const run = promisify(execFile);
const DAY = 86_400_000;
const stamp = at => new Date(at).toISOString().replace(/[-:T]/g, "").slice(2, 14) + "Z";

/** What each site shows: days from now, names, who signed. */
const SITES = {
  "good.secure.example": {},
  "app.secure.example": {},
  "expired.secure.example": { from: -400, until: -35 },
  "wrong.secure.example": { names: ["shop.other.example", "www.other.example"] },
  "device.secure.example": { self: true },
};

export async function tlsSites() {
  const dir = await mkdtemp(path.join(os.tmpdir(), "sluice-tls-"));
  const at = name => path.join(dir, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await run("openssl", [
    ...["req", "-x509", ...key, "-subj", "/O=Sites/CN=Example Sites CA", "-days", "365"],
    ...["-keyout", at("ca.key"), "-out", at("ca.pem")],
  ]);
  await writeFile(at("index.txt"), "");
  await writeFile(
    at("ca.conf"),
    `[ca]\ndefault_ca = ca\n[ca]\ndatabase = ${at("index.txt")}\nnew_certs_dir = ${dir}\nrand_serial = yes\n` +
      `default_md = sha256\npolicy = any\ncopy_extensions = copy\nunique_subject = no\n[any]\ncommonName = supplied\n`,
  );
  const servers = [];
  const ports = {};
  for (const [host, site] of Object.entries(SITES)) {
    await certify(dir, host, site, key);
    const server = spawn(
      "openssl",
      [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        at(`${host}.pem`),
        "-key",
        at(`${host}.key`),
        "-www",
        "-no_ticket",
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    servers.push(server);
    ports[host] = await accepting(server);
  }
  return {
    hosts: Object.keys(SITES),
    settings: `[inspect]\nenabled = on\ntrust = ${at("ca.pem")}\n`,
    /** GET through the gateway as a program that trusts its authority; resolves with the status of what came. */
    get: (w, request) => get(w, ports, request),
    async close() {
      for (const server of servers) server.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function certify(dir, host, { from = -10, until = 80, names = [host], self }, key) {
  const at = name => path.join(dir, name);
  const san = `subjectAltName=${names.map(n => `DNS:${n}`).join(",")}`;
  const subject = ["-subj", `/CN=${names[0]}`, "-addext", san, "-keyout", at(`${host}.key`)];
  if (self) return run("openssl", ["req", "-x509", ...key, ...subject, "-days", "30", "-out", at(`${host}.pem`)]);
  await run("openssl", ["req", ...key, ...subject, "-out", at(`${host}.csr`)]);
  await run("openssl", [
    ...["ca", "-batch", "-config", at("ca.conf"), "-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-notext"],
    ...["-startdate", stamp(Date.now() + from * DAY), "-enddate", stamp(Date.now() + until * DAY)],
    ...["-in", at(`${host}.csr`), "-out", at(`${host}.pem`)],
  ]);
}

/** The port that s_server says it took. */
function accepting(server) {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout.on("data", data => {
      said += data;
      const port = /ACCEPT \S+:(\d+)/.exec(said)?.[1];
      if (port) resolve(Number(port));
    });
    server.once("exit", code => reject(new Error(`openssl s_server ended with ${code}`)));
  });
}

/** A program that trusts nobody but its own: it ends the handshake with an alert, as pinned apps do. */
async function refuse(w, to, user, agent) {
  const proxy = ["--proxy", `http://127.0.0.1:${w.proxy}`, "--proxy-user", `${user}:${PASSWORD}`];
  await run("curl", ["--silent", "--output", "/dev/null", "--user-agent", agent, ...proxy, `https://${to}/`]).catch(
    () => {},
  );
}

async function get(w, ports, { host, path: target = "/", user, agent = "test", trusting = true }) {
  const to = `${host}:${ports[host]}`;
  if (!trusting) return refuse(w, to, user, agent);
  const credentials = `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString("base64")}`;
  const fields = [`Host: ${to}`, `User-Agent: ${agent}`, `Proxy-Authorization: ${credentials}`];
  const tunnel = net.connect(w.proxy, "127.0.0.1");
  tunnel.on("error", () => {});
  tunnel.write(`CONNECT ${to} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`);
  const head = String(await new Promise(resolve => tunnel.once("data", resolve).once("close", () => resolve(""))));
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  if (status !== 200) {
    tunnel.destroy();
    return status;
  }
  const ca = await authorities(w);
  return new Promise(resolve => {
    const inside = tls.connect({ socket: tunnel, servername: host, ca }, () =>
      inside.write(`GET ${target} HTTP/1.1\r\nHost: ${to}\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`),
    );
    let text = "";
    inside.setTimeout(20_000, () => inside.destroy());
    inside.on("data", data => (text += data));
    inside.on("error", () => {});
    inside.on("close", () => resolve(Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1] ?? 0)));
  });
}

/** What the gateway signs with, from its folder: a client's trust store. */
async function authorities(w) {
  const folder = path.join(w.dir, "state/ca");
  const files = (await readdir(folder)).filter(name => name.endsWith(".pem"));
  const texts = await Promise.all(files.map(name => readFile(path.join(folder, name), "utf8")));
  return texts.flatMap(text => text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []);
}
