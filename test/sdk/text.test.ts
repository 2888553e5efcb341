// Text and bytes as the whole input or output, and the type Utf8.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { runLocal, type Build } from "../../algorithms/sdk/build/index.ts";
import { built, call, jsonCaller, text } from "./support.ts";

const wellFormed = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 50 }),
  fc.string({ maxLength: 100 }),
);

describe("text", () => {
  it("goes through strings and through Utf8 unchanged", async () => {
    const strings = await built("export function apply(input: string): string { return input + input; }");
    const bytes = await built(
      'import { Utf8 } from "orcade"; export function apply(input: Utf8): Utf8 { return input; }',
    );
    const there = await built(`import { Utf8 } from "orcade";
export function apply(input: Utf8): string { return input.toString(); }`);
    const back = await built(`import { Utf8 } from "orcade";
export function apply(input: string): Utf8 { return Utf8.from(input); }`);
    fc.assert(
      fc.property(wellFormed, (value) => {
        expect(call(strings, text(value))).toBe(value + value);
        for (const build of [bytes, there, back]) expect(call(build, text(value))).toBe(value);
      }),
      { numRuns: 100 },
    );
  });

  it("a lone surrogate is an error, whether in a string or in bytes", async () => {
    const asString = await built(`export function apply(units: u16[]): string {
  let text = "";
  for (let i = 0; i < units.length; i++) text += String.fromCharCode(units[i]);
  return text;
}`);
    const asBytes = await built(`import { Utf8 } from "orcade";
export function apply(bytes: Uint8Array): Utf8 { return Utf8.of(bytes); }`);
    const units = jsonCaller(asString);
    expect(units("[55357,56832]")).toBe("😀");
    expect(units("[55357]")).toBe("OutputError: the output has a lone surrogate, which text cannot carry");
    expect(units("[56832,55357]")).toBe("OutputError: the output has a lone surrogate, which text cannot carry");
    const raw = (...bytes: number[]) => call(asBytes, { kind: "bytes", bytes: new Uint8Array(bytes) });
    expect(raw(0xf0, 0x9f, 0x98, 0x80)).toBe("😀");
    expect(raw(0xed, 0x9f, 0xbf)).toBe("\ud7ff");
    for (const bad of [
      [0xed, 0xa0, 0x80],
      [0x80],
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
    ]) {
      expect(raw(0x61, ...bad)).toBe("OutputError: the output is not UTF-8");
    }
  });

  it("malformed bytes become U+FFFD in strings, as in JavaScript, and an error in JSON", async () => {
    const decoding = await built(`import { Utf8 } from "orcade";
export function apply(bytes: Uint8Array): i32 { return Utf8.of(bytes).toString().length; }`);
    const json = await built(`import { Utf8 } from "orcade";
export function apply(bytes: Uint8Array): Utf8[] { return [Utf8.of(bytes)]; }`);
    const raw = (build: Build, ...bytes: number[]) => call(build, { kind: "bytes", bytes: new Uint8Array(bytes) });
    expect(raw(decoding, 0x61, 0xff, 0x62)).toBe("3");
    expect(raw(decoding, 0x61, 0xf0, 0x9f)).toBe("3");
    expect(raw(json, 0x61, 0x22, 0x0a, 0xed, 0xa0, 0x80)).toBe('["a\\"\\n\\ud800"]');
    expect(raw(json, 0x61, 0xff)).toBe("OutputError: a Utf8 in the output is not UTF-8");
  });
});

describe("Utf8", () => {
  let build: Build;
  beforeAll(async () => {
    build = await built(`import { Utf8 } from "orcade";
class Input { text: Utf8; from: i32 = 0; to: i32 = i32.MAX_VALUE; byte: u8 = 0; other: Utf8 = new Utf8(); }
class Output { length: i32; slice: Utf8 = new Utf8(); index: i32; same: bool; bytes: Uint8Array = new Uint8Array(0); sum: i32; }
export function apply(input: Input): Output {
  const output = new Output();
  output.length = input.text.length;
  output.slice = input.text.slice(input.from, input.to);
  output.index = input.text.indexOf(input.byte, input.from);
  output.same = input.text == input.other && !(input.text != input.other);
  output.bytes = output.slice.toBytes();
  for (let i = 0; i < input.text.length; i++) output.sum += input.text[i] - unchecked(input.text[i]);
  return output;
}`);
  });

  it("does what bytes do", () => {
    const value = fc.tuple(fc.string({ maxLength: 60 }), fc.nat(70), fc.nat(70), fc.integer({ min: 32, max: 126 }));
    fc.assert(
      fc.property(value, ([source, from, to, byte]) => {
        const bytes = Buffer.from(source);
        const start = Math.min(from, bytes.length);
        const slice = bytes.subarray(start, Math.max(start, Math.min(to, bytes.length)));
        const result = JSON.parse(jsonCaller(build)(JSON.stringify({ text: source, from, to, byte, other: source })));
        expect(result).toEqual({
          length: bytes.length,
          slice: slice.toString(),
          index: bytes.indexOf(byte, from),
          same: true,
          bytes: [...slice],
          sum: 0,
        });
      }),
      { numRuns: 100 },
    );
  });

  it("checks its index", async () => {
    const indexing = await built(`import { Utf8 } from "orcade";
export function apply(input: Utf8): u8 { return input[input.length - 4]; }`);
    expect(call(indexing, text("abcd"))).toBe("97");
    expect(call(indexing, text("abc"))).toMatch(/^AlgorithmError: Index out of range \(~lib\/orcade\/utf8.ts:/);
  });
});

describe("bytes", () => {
  it("go in and out as they are", async () => {
    const build = await built(`export function apply(input: Uint8Array): Uint8Array { return input.reverse(); }`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const result = runLocal(build.module, { kind: "bytes", bytes });
        expect(result).toEqual({ kind: "bytes", bytes: bytes.slice().reverse() });
      }),
      { numRuns: 50 },
    );
  });

  it("nothing is an answer too", async () => {
    const build = await built("export function apply(input: string): void {}");
    expect(runLocal(build.module, text("x"))).toEqual({ kind: "void", bytes: new Uint8Array(0) });
  });
});
