// Real modules, as they are and metered: valid, and the same answers, traps, memory and fuel; packages driven through their
// own scripts. `npm run torture` adds this repository's algorithms.
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
/** Exports called of a module, and fuel of all of them together: an argument made up may mean an endless loop. */
const CALLS = TORTURE ? 40 : 25;
const CEILING = 20_000_000n;

/** Bytes from which on the plain count, which works on the text, would take minutes. */
const COUNTED = 40_000;

const modules = corpus();

/** The same answers, traps, calls of the host and memory, and the same fuel in two lengths of slices. */
function expectAlike(bytes: Uint8Array, module: Uint8Array, fuelExport: string, calls: readonly Call[]): void {
  const raw = run(bytes, null, calls);
  const whole = run(module, fuelExport, calls);
  const sliced = run(module, fuelExport, calls, { ceiling: 1n << 60n, slice: 997n });
  for (const each of [whole, sliced]) {
    expect(each.outcomes).toEqual(raw.outcomes);
    expect(each.log).toEqual(raw.log);
    expect(Buffer.compare(each.memory, raw.memory)).toBe(0);
  }
  expect(sliced.fuel).toEqual(whole.fuel);
}

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

  it.each(modules)("$name: the same as it is and metered", ({ bytes }) => {
    const metered = tryMeter(bytes);
    if (!metered.ok) throw metered.error;
    const { module, fuelExport } = metered.value;
    const calls = boundedCalls(bytes, module, fuelExport);
    if (bytes.length < COUNTED) expectFaithful(bytes, calls);
    else expectAlike(bytes, module, fuelExport, calls);
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
