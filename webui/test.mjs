// Bundles test/*.test.ts and runs them with node's own test runner; the last lines count them.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = await mkdtemp(path.join(os.tmpdir(), "sluice-webui-"));
const tests = (await readdir(path.join(here, "test"))).filter(f => f.endsWith(".test.ts"));
await esbuild.build({
  entryPoints: tests.map(f => path.join(here, "test", f)),
  outdir: out,
  bundle: true,
  platform: "node",
  format: "esm",
  outExtension: { ".js": ".mjs" },
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
const files = tests.map(f => path.join(out, f.replace(/\.ts$/, ".mjs")));
// Node 18 keeps what browsers call crypto behind a flag.
const flags = process.versions.node.startsWith("18.") ? ["--experimental-global-webcrypto"] : [];
const run = spawn(process.execPath, [...flags, "--test", ...files], {
  stdio: "inherit",
  env: { ...process.env, TZ: "Europe/Berlin" },
});
run.on("exit", async code => {
  await rm(out, { recursive: true, force: true });
  process.exit(code ?? 1);
});
