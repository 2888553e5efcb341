// `npm run bench -- NAME [ARGUMENTS]`: runs bench/NAME.ts, which exports `run(args)` and says at its top what it asks.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const SHARED = new Set(["main.ts", "client.ts", "table.ts"]);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".ts") && !SHARED.has(file))
  .map((file) => file.slice(0, -3));

const [name = "", ...args] = process.argv.slice(2);
if (!names.includes(name) || !existsSync(join(here, `${name}.ts`))) {
  console.error(`usage: npm run bench -- NAME\nbenches: ${names.join(", ")}`);
  process.exit(2);
}
const bench = (await import(pathToFileURL(join(here, `${name}.ts`)).href)) as { run(args: string[]): Promise<void> };
await bench.run(args);
process.exit(0);
