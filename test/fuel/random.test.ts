// Random modules of binaryen's fuzzer: raw, metered and plainly counted, everything agrees. The seeds are fixed; 50 are
// made, 1,000 with ORCADE_TORTURE, or ORCADE_FUEL_MODULES of them from ORCADE_FUEL_SEED on.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectFaithful } from "./compare.ts";
import { tryMeter } from "../../worker/fuel/index.ts";
import { callsOfAll } from "./harness.ts";
import { disassemble } from "./wat.ts";

const COUNT = Number(process.env.ORCADE_FUEL_MODULES ?? (process.env.ORCADE_TORTURE ? 1000 : 50));
const FIRST_SEED = Number(process.env.ORCADE_FUEL_SEED ?? 1);
const WASM_OPT = join(import.meta.dirname, "../../node_modules/binaryen/bin/wasm-opt");
const ENABLED = ["sign-ext", "mutable-globals", "nontrapping-float-to-int", "bulk-memory", "simd", "reference-types"];
const FEATURES = ["-mvp", ...ENABLED.map((name) => `--enable-${name}`), "--enable-multivalue", "--enable-tail-call"];
const directory = mkdtempSync(join(tmpdir(), "fuel-"));

/** Bytes of a linear congruential generator (Knuth's MMIX constants). */
function randomBytes(seed: number, length: number): Uint8Array {
  let state = BigInt(seed);
  return Uint8Array.from({ length }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 56n);
  });
}

function generate(seed: number): Promise<void> {
  const input = join(directory, `${seed}.bin`);
  writeFileSync(input, randomBytes(seed, 4000 + (seed % 7) * 2000));
  const flags = ["-ttf", ...FEATURES, "--denan", input, "-o", join(directory, `${seed}.wasm`)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WASM_OPT, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (text) => (complaint += text));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(complaint))));
  });
}

const seeds = Array.from({ length: COUNT }, (_, at) => FIRST_SEED + at);

beforeAll(async () => {
  const queue = [...seeds];
  const work = async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) await generate(seed);
  };
  await Promise.all([work(), work()]);
}, 10_000 * COUNT);
afterAll(() => rmSync(directory, { recursive: true }));

/** What functions hold that a straight run through them would not. */
const KINDS: readonly (readonly [kind: string, instruction: RegExp])[] = [
  ["calls", /^ +(return_)?call/m],
  ["br_table", /^ +br_table/m],
  ["early exits", /^ +(br_if|br|return)\b/m],
  ["loops", /^ +loop/m],
];

/** The functions of a module in the text format. */
const functionsOf = (bytes: Uint8Array): string[] =>
  disassemble(bytes)
    .split(/^ {2}(?=\()/m)
    .filter((part) => part.startsWith("(func"));

describe("random modules", () => {
  const mix = new Map<string, number>();
  let functions = 0;
  let refused = 0;
  let completed = 0;
  let trapped = 0;

  it.each(seeds)("seed %i", (seed) => {
    const bytes = new Uint8Array(readFileSync(join(directory, `${seed}.wasm`)));
    const result = tryMeter(bytes);
    if (!result.ok) {
      // The fuzzer has no switch for ref.as_non_null and its kind.
      expect(result.error.feature).toBe("typed-function-references");
      refused++;
      return;
    }
    for (const text of functionsOf(bytes)) {
      functions++;
      const kinds = KINDS.filter(([, instruction]) => instruction.test(text)).map(([kind]) => kind);
      if (kinds.some((kind) => kind !== "loops")) kinds.push("any of the first three");
      for (const kind of kinds) mix.set(kind, (mix.get(kind) ?? 0) + 1);
    }
    const { outcomes } = expectFaithful(bytes, callsOfAll(bytes));
    for (const outcome of outcomes) if ("values" in outcome) completed++;
    for (const outcome of outcomes) if ("trap" in outcome) trapped++;
  });

  it("are mostly metered, both complete and trap, and are of a mixed kind", () => {
    const share = (kind: string) => (mix.get(kind) ?? 0) / functions;
    const shares = [...mix.keys()].map((kind) => `${(100 * share(kind)).toFixed(0)} % ${kind}`);
    console.log(`${COUNT} modules, ${functions} functions: ${shares.join(", ")}`);
    expect(share("any of the first three")).toBeGreaterThan(0.3);
    expect(refused).toBeLessThan(COUNT / 4);
    expect(completed).toBeGreaterThan(COUNT);
    expect(trapped).toBeGreaterThan(COUNT / 4);
  });
});
