// docs/fuel.md says how deep recursion goes everywhere: raw and metered, in code of either tier of the engine. (On the stack of
// a call in workerd: test/calls/depth.)
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { meter } from "../../worker/fuel/index.ts";
import { assemble } from "./wat.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Frames that docs/fuel.md promises. */
const PROMISED = 5_000;

const SCRIPT = `
const orcade = { input_read() {}, output() {} };
const fuel = { refuel: (balance) => balance + (1n << 40n) };
const bytes = Buffer.from(process.argv[1], "base64");
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { orcade, "orcade:fuel": fuel });
console.log(String(exports.down(${PROMISED}, 0n)));`;

test("the page still says so", () => {
  expect(readFileSync(join(ROOT, "docs/fuel.md"), "utf8").replaceAll(/\s+/g, " ")).toContain(
    `reaches ${PROMISED.toLocaleString("en")}`,
  );
});

const raw = assemble(readFileSync(join(ROOT, "test/modules/deep.wat"), "utf8"));
const MODULES = { raw, metered: meter(raw).module };
const TIERS = ["--liftoff-only", "--no-liftoff"];
const CASES = Object.entries(MODULES).flatMap(([name, bytes]) => TIERS.map((tier) => ({ name, tier, bytes })));

test.each(CASES)("$name, $tier: so many frames of a few locals", ({ tier, bytes }) => {
  const answer = execFileSync(process.execPath, [tier, "-e", SCRIPT, Buffer.from(bytes).toString("base64")]);
  // Each frame adds its number six times: once on the way down, five times on the way up.
  expect(Number(answer.toString())).toBe((6 * PROMISED * (PROMISED + 1)) / 2);
});
