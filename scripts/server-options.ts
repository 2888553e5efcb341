// `node scripts/server-options.ts FILE`: writes wrangler.toml as Miniflare's worker options, so that a server starts
// without loading wrangler (two seconds, and signal handlers of its own). A process of its own for the same reason.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";

const config = unstable_readConfig({ config: join(dirname(dirname(fileURLToPath(import.meta.url))), "wrangler.toml") });
const { workerOptions, externalWorkers } = unstable_getMiniflareWorkerOptions(config);
// What the bundle's own modules replace: where the sources lie and how they are read.
const { modulesRules: _rules, rootPath: _root, ...options } = workerOptions;
if (externalWorkers.length > 0)
  throw new RangeError("a binding of wrangler.toml needs a second worker, which npm start does not run");

const [output = "build/server.json"] = process.argv.slice(2);
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, `${JSON.stringify({ ...options, name: config.name }, null, 2)}\n`);
