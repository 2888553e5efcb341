// Real code: AssemblyScript kernels, optimised as a build is, and wabt's own module of 600 KB, raw and metered.
import asc from "assemblyscript/asc";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { meter, REFUEL } from "../../worker/fuel/index.ts";
import { expectFaithful } from "./compare.ts";
import type { Call } from "./harness.ts";

async function compile(name: string, ...flags: string[]): Promise<Uint8Array> {
  const source = readFileSync(join(import.meta.dirname, "kernels", `${name}.as`), "utf8");
  let binary = new Uint8Array();
  const complaints: string[] = [];
  const { error } = await asc.main([`${name}.ts`, "-O3", "-o", "out.wasm", ...flags], {
    readFile: (file) => (file === `${name}.ts` ? source : null),
    writeFile: (_file, contents) => void (binary = new Uint8Array(contents as Uint8Array)),
    listFiles: () => [],
    reportDiagnostic: ({ message }) => void complaints.push(message),
  });
  if (error !== null) throw new Error(`${error.message}: ${complaints.join("; ")}`);
  return binary;
}

const call = (name: string, ...given: unknown[]): Call => ({ export: name, arguments: given });

describe("AssemblyScript", () => {
  it("byte loops, SIMD and bulk memory", async () => {
    const bytes = await compile("bytes", "--runtime", "stub", "--enable", "simd");
    const calls = [call("init", 1), call("adler"), call("kmers", 1), call("kmers", 6), call("simd"), call("find", 84)];
    calls.push(
      call("find", 0),
      call("move", 100),
      call("divide", 10n ** 18n, 1000n),
      call("divide", 5n, 50n),
      call("adler"),
    );
    const { outcomes } = expectFaithful(bytes, calls);
    expect(outcomes.filter((outcome) => "trap" in outcome)).toEqual([{ trap: "divide by zero" }]);
  });

  it("strings, maps and objects with the collecting runtime; memory that grows, and memory fixed in size", async () => {
    const bytes = await compile("objects", "--runtime", "incremental", "--maximumMemory", "64");
    const calls = [call("words", 300), call("invert", 8), call("trees", 10), call("words", 50), call("beyond", 9)];
    const run = expectFaithful(bytes, calls);
    expect(run.outcomes.slice(0, 4).every((outcome) => "values" in outcome)).toBe(true);
    expect(run.memory.length).toBeGreaterThan(65_536);
    const { module, memory, fuelExport } = meter(bytes, { fixedMemory: true, maximumPages: 32 });
    expect(memory).toEqual({ initial: 32, maximum: 32, imported: false });
    const plain = meter(bytes);
    const answer = (metered: Uint8Array) => {
      const exports = instantiate(metered, { env: { abort: () => undefined } }, fuelExport);
      return (exports.words as (count: number) => number)(200);
    };
    expect(answer(module)).toBe(answer(plain.module));
  });
});

const Instance = (bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Exports =>
  new WebAssembly.Instance(
    new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(bytes),
    imports,
  ).exports;

function instantiate(module: Uint8Array, imports: WebAssembly.Imports, fuelExport: string): WebAssembly.Exports {
  const refuel = { [REFUEL.name]: (balance: bigint) => balance + (1n << 40n) };
  const exports = Instance(module, { ...imports, [REFUEL.module]: refuel });
  expect(exports[fuelExport]).toBeInstanceOf(WebAssembly.Global);
  return exports;
}

interface Wabt {
  parseWat(name: string, text: string): { toBinary(options: object): { buffer: Uint8Array } };
}

describe("a large module", () => {
  it("wabt assembles the same bytes when it is metered itself", async () => {
    const text = readFileSync(join(import.meta.dirname, "cases/loops.wat"), "utf8");
    const assembleWith = async (wabt: Promise<Wabt>) => (await wabt).parseWat("loops.wat", text).toBinary({}).buffer;
    const require = createRequire(import.meta.url);
    const expected = await assembleWith((require("wabt") as () => Promise<Wabt>)());
    const { instantiate: original } = WebAssembly;
    let size = 0;
    const metering = async (bytes: BufferSource, imports: WebAssembly.Imports) => {
      const given = new Uint8Array(ArrayBuffer.isView(bytes) ? bytes.buffer : bytes);
      size = given.length;
      const { module, fuelExport } = meter(given);
      return { instance: { exports: instantiate(module, imports, fuelExport) } };
    };
    Object.assign(WebAssembly, { instantiate: metering });
    try {
      const actual = await assembleWith((require("wabt") as () => Promise<Wabt>)());
      expect(Buffer.compare(actual, expected)).toBe(0);
      expect(size).toBeGreaterThan(500_000);
    } finally {
      Object.assign(WebAssembly, { instantiate: original });
    }
  });
});
