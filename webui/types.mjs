// What the API answers, as types: adminapi/openapi.json -> src/api/schema.ts. With --check: is the committed file
// current?
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";

const target = new URL("src/api/schema.ts", import.meta.url);
const made = astToString(await openapi(new URL("../adminapi/openapi.json", import.meta.url)));
const text = `// Made by \`npm run types\` from adminapi/openapi.json; do not edit.\n${made}`;
if (!process.argv.includes("--check")) await writeFile(target, text);
else if ((await readFile(target, "utf8").catch(() => "")) !== text) {
  console.error("src/api/schema.ts is not what adminapi/openapi.json says; mend: npm run types");
  process.exit(1);
}
