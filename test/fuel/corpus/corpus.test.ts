// Real modules, as they are and metered: valid, and the same answers, traps, memory and fuel; packages driven through their
// own scripts. `npm run torture` runs the large ones too, and this repository's algorithms.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildAlgorithm } from "../../../algorithms/sdk/build/index.ts";
import { tryMeter } from "../../../worker/fuel/index.ts";
import { expectFaithful } from "../compare.ts";
import { type Call, callsOfAll, run } from "../harness.ts";
import { corpus } from "./modules.ts";
import { DRIVES, driveMetered } from "./packages.ts";

const TORTURE = process.env["ORCADE_TORTURE"] === "1";
/** Bytes of the modules that are run here without torture. */
const SMALL = 30_000;
/** Exports called of a module, and fuel of all of them together: an argument made up may mean an endless loop. */
const CALLS = TORTURE ? 120 : 25;
const CEILING = TORTURE ? 200_000_000n : 20_000_000n;

const modules = corpus();

/** The calls that end, one after the other in one instance. */
function boundedCalls(bytes: Uint8Array, module: Uint8Array, fuelExport: string): Call[] {
  let calls = callsOfAll(bytes).slice(0, CALLS);
  for (;;) {
    const { outcomes } = run(module, fuelExport, calls, { ceiling: CEILING, slice: 1n << 40n });
    const endless = outcomes.findIndex((outcome) => "exhausted" in outcome);
    if (endless < 0) return calls;
    calls = calls.filter((_, at) => at !== endless);
  }
}

describe("modules that packages carry", () => {
  it("are many, of several sizes", () => {
    expect(modules.length).toBeGreaterThanOrEqual(8);
    expect(modules.at(-1)?.bytes.length).toBeGreaterThan(500_000);
  });

  it.each(modules)("$name: metered, and valid", ({ bytes }) => {
    const metered = tryMeter(bytes);
    expect(metered.ok ? null : metered.error).toBe(null);
    if (!metered.ok) return;
    expect(WebAssembly.validate(metered.value.module.slice())).toBe(true);
    expect(metered.value.functions).toBeGreaterThan(0);
  });

  const smaller = modules.filter(({ bytes }) => TORTURE || bytes.length < SMALL);
  it.each(smaller)("$name: the same as it is and metered", ({ bytes }) => {
    const metered = tryMeter(bytes);
    if (!metered.ok) throw metered.error;
    const calls = boundedCalls(bytes, metered.value.module, metered.value.fuelExport);
    expectFaithful(bytes, calls);
  });
});

describe("packages through their own scripts", () => {
  it.each(Object.keys(DRIVES))("%s answers the same, for the same fuel in every slice", async (name) => {
    const answer = await DRIVES[name]?.();
    expect(answer?.length).toBeGreaterThan(30);
    const runs = [];
    for (const slice of [1n << 50n, 100_003n, 777n]) runs.push(await driveMetered(name, slice));
    for (const each of runs) expect(each).toEqual({ answer, fuel: runs[0]?.fuel });
    expect(runs[0]?.fuel).toBeGreaterThan(10_000n);
  });
});

// Building one takes seconds; test/algorithms runs them metered all the same.
describe("this repository's algorithms", () => {
  const root = join(import.meta.dirname, "../../../algorithms");
  const manifests = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("algorithm.json") && !file.includes("sdk"))
    .map((file) => dirname(file));

  it.runIf(TORTURE).each(manifests)("%s: the same as it is and metered", async (folder) => {
    const built = await buildAlgorithm({ directory: join(root, folder), write: false });
    if (!built.ok) throw new Error(built.error.message);
    const { module } = built.value;
    const metered = tryMeter(module);
    if (!metered.ok) throw metered.error;
    expectFaithful(module, boundedCalls(module, metered.value.module, metered.value.fuelExport));
  });
});
