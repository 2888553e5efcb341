// `npm test`: builds what is stale, then runs every test; further arguments go to vitest. `npm run torture` is the same
// with ORCADE_TORTURE=1: every kill and every case instead of a sample, from a seed that is printed and can be given again
// (ORCADE_SEED=123 npm run torture).
import { randomInt } from "node:crypto";
import { buildAll, stepLine } from "./build.ts";
import { messageOf, runTool } from "./tools.ts";

const args = process.argv.slice(2);
const torture = args.includes("--torture");
const began = performance.now();

function environment(): Record<string, string> {
  const seed = process.env["ORCADE_SEED"] ?? (torture ? String(randomInt(2 ** 31)) : undefined);
  if (seed !== undefined)
    console.log(`seed ${seed} (again: ORCADE_SEED=${seed} npm run ${torture ? "torture" : "test"})`);
  return { ...(seed === undefined ? {} : { ORCADE_SEED: seed }), ...(torture ? { ORCADE_TORTURE: "1" } : {}) };
}

async function run(): Promise<number> {
  await buildAll({}, (step) => console.log(stepLine(step)));
  return runTool("vitest", ["run", ...args.filter((arg) => arg !== "--torture")], environment());
}

try {
  const code = await run();
  const took = ((performance.now() - began) / 1000).toFixed(0);
  console.log(code === 0 ? `All tests passed in ${took} s.` : `Tests FAILED after ${took} s; see above.`);
  process.exitCode = code;
} catch (error) {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 1;
}
