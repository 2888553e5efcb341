import { describe, expect, it } from "vitest";
import wabtInit from "wabt";
import { moduleInterface } from "../../worker/market/signatures.ts";

const wabt = await wabtInit();

function assembled(text: string): Uint8Array<ArrayBuffer> {
  const parsed = wabt.parseWat("case.wat", text, { simd: true, reference_types: true, mutable_globals: true });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return Uint8Array.from(buffer);
}

const WAT = `(module
  (type $wide (func (param i64 f32 f64 v128 funcref externref) (result i32 i64)))
  (import "a" "f" (func (type $wide)))
  (import "a" "t" (table 1 2 funcref))
  (import "a" "m" (memory 1 65536))
  (import "a" "g" (global (mut i64)))
  (import "\\c3\\a9" "\\ef\\bb\\bfh" (func (param i32)))
  (func $own (result f64) (f64.const 0))
  (func $plain)
  (export "apply" (func $plain))
  (export "own" (func $own))
  (export "again" (func 0))
  (export "memory" (memory 0))
  (export "t" (table 0))
  (export "g" (global 0)))`;

const wide = { params: ["i64", "f32", "f64", "v128", "funcref", "externref"], results: ["i32", "i64"] };

describe("moduleInterface", () => {
  it("tells imports and exports with the types of functions", () => {
    expect(moduleInterface(assembled(WAT))).toEqual({
      ok: true,
      value: {
        imports: [
          { module: "a", name: "f", kind: "function", type: wide },
          { module: "a", name: "t", kind: "table" },
          { module: "a", name: "m", kind: "memory" },
          { module: "a", name: "g", kind: "global" },
          { module: "é", name: "\ufeffh", kind: "function", type: { params: ["i32"], results: [] } },
        ],
        exports: [
          { name: "apply", kind: "function", type: { params: [], results: [] } },
          { name: "own", kind: "function", type: { params: [], results: ["f64"] } },
          { name: "again", kind: "function", type: wide },
          { name: "memory", kind: "memory" },
          { name: "t", kind: "table" },
          { name: "g", kind: "global" },
        ],
      },
    });
  });

  it("names what the engine names", () => {
    const bytes = assembled(WAT);
    const Compiled = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
    const module = new Compiled(bytes);
    const read = moduleInterface(bytes);
    if (!read.ok) return expect.unreachable(read.error.message);
    const bare = <T extends { type?: unknown }>({ type: _, ...rest }: T): Omit<T, "type"> => rest;
    expect(read.value.imports.map(bare)).toEqual(WebAssembly.Module.imports(module));
    expect(read.value.exports.map(bare)).toEqual(WebAssembly.Module.exports(module));
  });

  it("tells of nothing in a module of nothing, and refuses a module cut anywhere but between sections", () => {
    const bytes = assembled(WAT);
    expect(moduleInterface(bytes.subarray(0, 8))).toEqual({ ok: true, value: { imports: [], exports: [] } });
    const whole = Array.from({ length: bytes.length - 8 }, (_, cut) => moduleInterface(bytes.subarray(0, 8 + cut)).ok);
    // Six sections: types, imports, functions, exports, code, and the empty beginning.
    expect(whole.filter(Boolean).length).toBe(5);
  });
});
