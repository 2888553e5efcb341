// One fuel figure per input: kernels of every class on many inputs, called again and again, compiled by the quick compiler
// only and by the optimising one only, in three lengths of slices, in Node and in workerd. Here a sample; `npm run torture`
// runs 200 calls over 20 inputs of each kernel everywhere.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, type EngineName, startEngine, type Tier } from "../../../bench/fuel/engines.ts";
import { makeForms } from "../../../bench/fuel/forms.ts";
import type { Job, Turn } from "../../../bench/fuel/machine.ts";
import { type Kernel, KERNELS } from "../../../bench/fuel/kernels.ts";

const TORTURE = process.env["ORCADE_TORTURE"] === "1";

interface Place {
  readonly engine: EngineName;
  readonly tier: Tier;
}

const PLACES: readonly Place[] = [
  { engine: "node", tier: "liftoff" },
  { engine: "node", tier: "turbofan" },
  { engine: "workerd", tier: "liftoff" },
  { engine: "workerd", tier: "turbofan" },
];
/** Here: one engine of each kind, one compiler of each kind. */
const places = TORTURE ? PLACES : PLACES.filter(({ engine, tier }) => (engine === "node") === (tier === "liftoff"));

const SAMPLE = ["utf8", "ackermann", "indirect", "json", "simd-kmer"];
const kernels = KERNELS.filter(({ name }) => TORTURE || SAMPLE.includes(name));
const INPUTS = TORTURE ? 20 : 3;
/** Of each kernel in each length of slices, over all inputs. */
const CALLS = TORTURE ? 200 : 6;
/** Fuel: all at once, about a hundred a call, and about seven a call. */
const SLICES = [0, 100, 7];

/** Sizes of a kernel's inputs: from a fiftieth of its usual one, and not multiples of each other. */
const sizes = ({ size, name }: Kernel): number[] =>
  Array.from({ length: INPUTS }, (_, at) => {
    // SIMD kernels read 16 bytes at a time, base64 three; fib takes twice as long for each two more.
    if (name === "fib") return 8 + (at % 12);
    const wanted = Math.ceil(size / 50 + (at * size) / (TORTURE ? 100 : 40));
    return wanted - (wanted % (size > 10_000 ? 48 : 1));
  });

/** Fuel of each call: calls of one input on one instance, whose memory keeps what the call before has left there. */
async function fuels(engine: Engine, id: string, size: number, divisor: number, turn: Turn): Promise<string[]> {
  const calls = Math.ceil(CALLS / INPUTS);
  const job: Job = { fresh: true, size, runs: calls, slice: "0", turn, detail: true };
  if (divisor === 0) return [...(await engine.ask(id, job)).fuels];
  const total = (await engine.ask(id, job)).fuel;
  const slice = String(BigInt(total) / BigInt(calls * divisor) + 1n);
  return [...(await engine.ask(`${id} sliced`, { ...job, slice })).fuels];
}

const seen = new Map<string, string>();
const compiled = new Map<string, Uint8Array>();

async function metered(kernel: Kernel): Promise<Uint8Array> {
  const known = compiled.get(kernel.name);
  if (known !== undefined) return known;
  const forms = await makeForms(kernel, ["fixed"], { peer: undefined, beside: undefined });
  const bytes = forms.get("fixed")?.get("ours");
  if (bytes === undefined) throw new Error("not made");
  compiled.set(kernel.name, bytes);
  return bytes;
}

describe.each(places)("in $engine, $tier only", ({ engine: name, tier }) => {
  let engine: Engine | undefined;
  beforeAll(async () => {
    engine = await startEngine(name, tier);
  });
  afterAll(() => engine?.stop());

  it.each(kernels)("$name", { timeout: 600_000 }, async (kernel) => {
    if (engine === undefined) throw new Error("not started");
    const bytes = await metered(kernel);
    await engine.load(kernel.name, bytes);
    await engine.load(`${kernel.name} sliced`, bytes);
    for (const [at, size] of sizes(kernel).entries()) {
      for (const divisor of SLICES) {
        // Waiting for a timer thousands of times would take hours: one input does.
        const figures = await fuels(engine, kernel.name, size, divisor, at === 0 ? "timer" : "promise");
        expect(figures.length).toBe(Math.ceil(CALLS / INPUTS));
        // What a collected heap costs depends on what was there before: of such a kernel the n-th call has one figure.
        const each = kernel.class === "gc" ? [figures.join()] : figures;
        for (const figure of each) {
          const input = `${kernel.name} ${at}`;
          expect(figure, `${input}, size ${size}, slices ${divisor}`).toBe(seen.get(input) ?? figure);
          seen.set(input, figure);
        }
      }
    }
    await engine.forget(kernel.name);
    await engine.forget(`${kernel.name} sliced`);
  });
});
