// Random modules of binaryen's fuzzer: raw, metered and plainly counted, everything agrees. 20 of fixed
// seeds are made, 1,000 with ORCADE_TORTURE, which begin at its ORCADE_SEED; or ORCADE_FUEL_MODULES of them from ORCADE_FUEL_SEED on.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import binaryen from "binaryen/package.json" with { type: "json" };
import { expectFaithful } from "./compare.ts";
import { tryMeter } from "../../worker/fuel/index.ts";
import { callsOfAll } from "./harness.ts";
import { disassemble } from "./wat.ts";

const COUNT = Number(process.env.ORCADE_FUEL_MODULES ?? (process.env.ORCADE_TORTURE ? 1000 : 20));
const SEED = process.env.ORCADE_TORTURE ? process.env.ORCADE_SEED : undefined;
const FIRST_SEED = Number(process.env.ORCADE_FUEL_SEED ?? SEED ?? 1);
const WASM_OPT = join(import.meta.dirname, "../../node_modules/binaryen/bin/wasm-opt");
const ENABLED = ["sign-ext", "mutable-globals", "nontrapping-float-to-int", "bulk-memory", "simd", "reference-types"];
const FEATURES = ["-mvp", ...ENABLED.map((name) => `--enable-${name}`), "--enable-multivalue", "--enable-tail-call"];
/** The same seed makes the same module, which takes most of a second: each is made once. */
const MADE_BY = createHash("sha256")
  .update([binaryen.version, ...FEATURES].join())
  .digest("hex")
  .slice(0, 16);
const directory = join(import.meta.dirname, "../../node_modules/.cache/orcade/fuel", MADE_BY);
const fileOf = (seed: number): string => join(directory, `${seed}.wasm`);

/** Bytes of a linear congruential generator (Knuth's MMIX constants). */
function randomBytes(seed: number, length: number): Uint8Array {
  let state = BigInt(seed);
  return Uint8Array.from({ length }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 56n);
  });
}

async function generate(seed: number): Promise<void> {
  if (existsSync(fileOf(seed))) return;
  const own = join(directory, `${seed}-${process.pid}`);
  const [input, output] = [`${own}.bin`, `${own}.new`];
  writeFileSync(input, randomBytes(seed, 4000 + (seed % 7) * 2000));
  const flags = ["-ttf", ...FEATURES, "--denan", input, "-o", output];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [WASM_OPT, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (text) => (complaint += text));
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(complaint))));
  });
  renameSync(output, fileOf(seed));
  rmSync(input);
}

const seeds = Array.from({ length: COUNT }, (_, at) => FIRST_SEED + at);

beforeAll(async () => {
  mkdirSync(directory, { recursive: true });
  const queue = [...seeds];
  const work = async () => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) await generate(seed);
  };
  await Promise.all([work(), work()]);
}, 10_000 * COUNT);

/** Only the fixed ones come again. */
afterAll(() => {
  if (FIRST_SEED !== 1) for (const seed of seeds) rmSync(fileOf(seed), { force: true });
});

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
    const bytes = new Uint8Array(readFileSync(fileOf(seed)));
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
