// `npm run check`: everything that must hold before a change is handed over, one named step after the other. It stops at the
// first that fails. `npm run check -- --no-tests` leaves the tests to `npm test`.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { styleText } from "node:util";
import { gzipSync } from "node:zlib";
import { buildAll, WORKER_BUNDLE } from "./build.ts";
import { messageOf, readScript, runTool, type Tool, ToolError } from "./tools.ts";

/** Bytes of the worker's bundle after gzip: the first that is refused. Cloudflare's own limit is 3 MiB on the free plan. */
const BUNDLE_LIMIT = 1024 * 1024;
/** What is ours and TypeScript; an algorithm that somebody made in the checkout is not our business. */
const SOURCES = ["worker", "kv-schema", "cli", "bench", "scripts", "test", "algorithms/sdk/build", "vitest.config.ts"];

interface Check {
  readonly name: string;
  readonly run: () => Promise<string | void>;
}

const tool =
  (name: Tool, ...args: readonly string[]): Check["run"] =>
  async () => {
    if ((await runTool(name, args)) !== 0) throw new ToolError(`${name} found something; see above.`);
  };

/** What is uploaded, compressed as one file after the other; source maps are not part of it. */
function bundleSize(): string {
  const files = readdirSync(WORKER_BUNDLE).filter((file) => ![".map", ".md"].includes(extname(file)));
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(WORKER_BUNDLE, file))).length, 0);
  const said = `${(bytes / 1024).toFixed(1)} KiB gzip of ${BUNDLE_LIMIT / 1024} allowed`;
  if (bytes >= BUNDLE_LIMIT) throw new ToolError(`The worker's bundle is too large: ${said}.`);
  return said;
}

/** Whatever is generated comes first: types and lint rules read it. */
async function buildEverything(): Promise<void> {
  const { default: compileTestModules } = await import("../test/support/setup.ts");
  await compileTestModules();
  await buildAll();
}

const CHECKS: readonly Check[] = [
  { name: "format", run: tool("oxfmt", "--check", ...SOURCES, "!cli/template/**") },
  { name: "build", run: buildEverything },
  { name: "lint", run: tool("oxlint", "--type-aware", "--deny-warnings", ...SOURCES) },
  { name: "types", run: tool("tsc", "-p", ".") },
  { name: "unused", run: tool("knip") },
  { name: "bundle", run: () => Promise.resolve(bundleSize()) },
  { name: "deploy", run: async () => void (await readScript("deploy --dry-run", ["scripts/deploy.ts", "--dry-run"])) },
  ...(process.argv.includes("--no-tests") ? [] : [{ name: "tests", run: tool("vitest", "run") }]),
];

for (const { name, run } of CHECKS) {
  const began = performance.now();
  const took = (): string => `${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`;
  try {
    const said = (await run()) ?? "";
    console.log(`${styleText("green", "ok")}    ${name.padEnd(8)} ${took()}  ${said}`);
  } catch (error) {
    console.error(`${styleText("red", "FAILED")} ${name.padEnd(7)} ${took()}\n${messageOf(error)}`);
    process.exitCode = 1;
    break;
  }
}
