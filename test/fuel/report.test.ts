// What the report says of a module, and `orcade fuel`, which prints it and writes the metered module.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FuelError, meter, report } from "../../worker/fuel/index.ts";
import { orcade, temporaryFolder } from "../cli/harness.ts";
import { assemble } from "./wat.ts";

const bytes = assemble(`(module
  (func $leaf (param i32) (result i32) (local.get 0))
  (func (export "sum") (param i32) (result i32) (local i32)
    (loop (if (local.get 0) (then
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br 1))))
    (local.get 1))
  (func (export "calls") (param i32)
    (loop $outer
      (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 9))))
      (br_if $outer (i32.and (local.get 0) (i32.const 1))))
    (loop (local.set 0 (call $leaf (local.get 0))) (br_if 0 (local.get 0)))
    (loop (drop (local.get 0)))))`);

it("names functions and loops, and says how each was metered and why", () => {
  const { size, meteredSize, closed, functions } = report(bytes);
  expect({ size, meteredSize, closed }).toEqual({
    size: bytes.length,
    meteredSize: meter(bytes).module.length,
    closed: true,
  });
  const shown = functions.map(({ index, name, carries, loops }) => ({
    index,
    name,
    carries,
    loops: loops.map(({ depth, form, why }) => `${depth} ${form}: ${why}`),
  }));
  expect(shown).toEqual([
    { index: 0, name: null, carries: true, loops: [] },
    { index: 1, name: "sum", carries: true, loops: ["0 ahead: null"] },
    {
      index: 2,
      name: "calls",
      carries: true,
      loops: ["0 counted: holds another loop", "1 ahead: null", "0 counted: calls", "0 once: null"],
    },
  ]);
  const [first] = functions[1]!.loops;
  expect(bytes[first!.offset]).toBe(0x03);
});

it("of a refused module is the refusal", () => {
  expect(() => report(bytes.subarray(0, 40))).toThrow(FuelError);
});

it("is printed by `orcade fuel`, which writes what meter answers", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "in.wasm"), bytes);
  const { code, stdout } = await orcade(["fuel", "in.wasm", "-o", "out.wasm", "--report"], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain("5 loops: 2 paid before they run, 2 counted each turn, 1 that turn once");
  expect(stdout).toMatch(/function 1 "sum" +\d+ +\d+\n {2}loop at byte \d+ +paid before it/);
  expect(stdout).toContain("counted each turn: calls");
  expect(new Uint8Array(readFileSync(join(cwd, "out.wasm")))).toEqual(meter(bytes).module);
  const document = JSON.parse((await orcade(["fuel", "in.wasm", "--report", "--json"], { cwd })).stdout) as object;
  expect(document).toMatchObject({ size: bytes.length, closed: true, functions: report(bytes).functions });
});

it("`orcade fuel` says what is wrong with a module, a file and its command line", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "text.wasm"), "text");
  expect(await orcade(["fuel", "text.wasm", "--report"], { cwd })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("not a WebAssembly module"),
  });
  expect(await orcade(["fuel", "none.wasm", "--report"], { cwd })).toMatchObject({ code: 2 });
  writeFileSync(join(cwd, "in.wasm"), bytes);
  expect(await orcade(["fuel", "in.wasm"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("-o") });
  expect(await orcade(["fuel", "in.wasm", "-o", "no/such/folder"], { cwd })).toMatchObject({ code: 2 });
});
