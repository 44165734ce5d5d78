// The console as static files: src/ -> build/webui (or the folder named by the first argument).
//
// Every name but index.html, boot.js and the icon carries a hash of its content, so that it may be cached for ever;
// each file that compresses has a .gz sibling, which the gateway sends as it is. Nothing here asks the network. The
// size budget is part of the build: a page that grows too fat fails it.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, "../build/webui"));
const fresh = `${out}.new`;
const kB = 1000;
const BUDGET = { first: 110 * kB, chunk: 40 * kB, editor: 130 * kB };
// The policy's text editor is the one page that may be large: it is loaded only by those who open it.
const EDITOR = /^text-editor-/;

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });

const common = { bundle: true, minify: true, target: ["chrome109", "firefox115", "safari16.4"], logLevel: "warning" };
const app = await esbuild.build({
  ...common,
  entryPoints: { app: path.join(here, "src/main.tsx"), style: path.join(here, "src/styles/index.css") },
  outdir: fresh,
  format: "esm",
  splitting: true,
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
});
await esbuild.build({
  ...common,
  entryPoints: [path.join(here, "src/boot.ts")],
  outfile: path.join(fresh, "boot.js"),
  format: "iife",
});
await copyFile(path.join(here, "src/icon.svg"), path.join(fresh, "icon.svg"));
await licences(path.join(fresh, "licences.txt"));

const outputs = Object.entries(app.metafile.outputs).map(([file, about]) => ({
  name: path.basename(file),
  about,
  file,
}));
const entry = outputs.find(o => o.about.entryPoint?.endsWith("src/main.tsx"));
const style = outputs.find(o => o.about.entryPoint?.endsWith("src/styles/index.css"));
const page = (await readFile(path.join(here, "src/index.html"), "utf8"))
  .replace(
    "boot.js",
    `boot.js?${createHash("sha256")
      .update(await readFile(path.join(fresh, "boot.js")))
      .digest("hex")
      .slice(0, 8)}`,
  )
  .replace("app.js", entry.name)
  .replace("style.css", style.name);
await writeFile(path.join(fresh, "index.html"), page);

const sizes = new Map();
for (const name of await readdir(fresh)) {
  const bytes = await readFile(path.join(fresh, name));
  const packed = name.endsWith(".woff2") ? bytes : gzipSync(bytes, { level: 9 });
  sizes.set(name, packed.length);
  if (packed !== bytes) await writeFile(path.join(fresh, `${name}.gz`), packed);
}
weigh();
await rm(out, { recursive: true, force: true });
await rename(fresh, out);

/**
 * Holds the budget: what a first visit fetches until the Overview shows its figures (page, styles, code with the
 * Overview's own, the font), and each chunk that comes later, such as the chart's library.
 */
function weigh() {
  const first = new Set(["index.html", "boot.js", "icon.svg", style.name]);
  const add = output => {
    if (first.has(output.name)) return;
    first.add(output.name);
    for (const i of output.about.imports) {
      if (i.kind === "import-statement") add(outputs.find(o => o.file === i.path));
    }
  };
  const chunks = outputs.filter(o => o.name.endsWith(".js"));
  add(entry);
  const overview = chunks.find(o => Object.keys(o.about.inputs).some(i => i.endsWith("pages/overview/page.tsx")));
  if (overview) add(overview);
  // Letters beyond Latin-1 are fetched only when a page shows one.
  for (const name of sizes.keys()) if (/^inter-latin-wght-normal/.test(name)) first.add(name);
  const total = [...first].reduce((sum, name) => sum + sizes.get(name), 0);
  const shown = chunks
    .filter(o => !first.has(o.name))
    .map(o => [o.name, sizes.get(o.name)])
    .sort((a, b) => b[1] - a[1]);
  const human = n => `${(n / kB).toFixed(1)} kB`;
  console.log(`first load ${human(total)} of ${human(BUDGET.first)}; ${shown.length} later chunks, largest:`);
  for (const [name, size] of shown.slice(0, 8)) console.log(`  ${human(size).padStart(9)}  ${name}`);
  const fat = shown.filter(([name, size]) => size > (EDITOR.test(name) ? BUDGET.editor : BUDGET.chunk));
  if (total > BUDGET.first || fat.length) {
    for (const name of first) console.error(`  ${human(sizes.get(name)).padStart(9)}  ${name}`);
    console.error(
      `over the size budget: ${total > BUDGET.first ? "first load " : ""}${fat.map(([name]) => name).join(" ")}`,
    );
    process.exit(1);
  }
}

/** The licences of what is built in, beside it, as they ask. */
async function licences(target) {
  const used = JSON.parse(await readFile(path.join(here, "package.json"), "utf8")).dependencies;
  let text = "";
  for (const name of Object.keys(used).filter(n => n !== "esbuild")) {
    const folder = path.join(here, "node_modules", name);
    for (const file of await readdir(folder)) {
      if (!/^(licen[cs]e|ofl)/i.test(file) || !(await stat(path.join(folder, file))).isFile()) continue;
      text += `${name} ${used[name]}\n\n${await readFile(path.join(folder, file), "utf8")}\n\n`;
    }
  }
  await writeFile(target, text);
}
