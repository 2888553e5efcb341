// Random programs with loops of every shape: raw, metered and plainly counted, everything agrees. 40 programs of
// fixed seeds; 2,000 with ORCADE_TORTURE, which begin at its ORCADE_SEED; or ORCADE_FUEL_PROGRAMS of them from ORCADE_FUEL_SEED on.
import { describe, expect, it } from "vitest";
import { report } from "../../worker/fuel/index.ts";
import { expectFaithful } from "./compare.ts";
import type { Call } from "./harness.ts";
import { PROGRAM_FUNCTIONS, programOf } from "./programs.ts";
import { assemble } from "./wat.ts";

const COUNT = Number(process.env["ORCADE_FUEL_PROGRAMS"] ?? (process.env["ORCADE_TORTURE"] ? 2000 : 40));
const SEED = process.env["ORCADE_TORTURE"] ? process.env["ORCADE_SEED"] : undefined;
const FIRST = Number(process.env["ORCADE_FUEL_SEED"] ?? SEED ?? 1);
const GIVEN = [
  [0, 0],
  [1, -1],
  [13, 5],
] as const;

const calls: Call[] = Array.from({ length: PROGRAM_FUNCTIONS }, (_, index) => `f${index}`).flatMap((name) =>
  GIVEN.flatMap((given) => [
    { export: "gas", arguments: [300] },
    { export: name, arguments: given },
  ]),
);

describe("random programs", () => {
  const forms = new Map<string, number>();
  const ends = { values: 0, trap: 0 };

  it(`${COUNT} of them`, { timeout: 10_000 + COUNT * 2000 }, () => {
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const bytes = assemble(programOf(seed));
      expect(WebAssembly.validate(bytes.slice()), `seed ${seed}`).toBe(true);
      try {
        for (const outcome of expectFaithful(bytes, calls).outcomes) ends["trap" in outcome ? "trap" : "values"]++;
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      for (const { form } of report(bytes).functions.flatMap(({ loops }) => loops))
        forms.set(form, (forms.get(form) ?? 0) + 1);
    }
    console.log(`loops: ${[...forms].map((each) => each.join(" ")).join(", ")}; calls ${JSON.stringify(ends)}`);
    expect(forms.get("ahead")).toBeGreaterThan(COUNT);
    expect(forms.get("counted")).toBeGreaterThan(COUNT);
    expect(ends.values).toBeGreaterThan(ends.trap);
    expect(ends.trap).toBeGreaterThan(COUNT / 10);
  });
});
