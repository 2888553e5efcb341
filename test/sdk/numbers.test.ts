// Numbers between text and bits: against JavaScript's own for doubles, against exact arithmetic for 32-bit numbers.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { runLocal, type Build } from "../../algorithms/sdk/build/index.ts";
import {
  bitsOf,
  bitsOf32,
  decimalOf,
  fromBits,
  fromBits32,
  halfwayAbove,
  nearestFloat32,
  ratioOfDouble,
  shortestFloat32,
  textOf,
} from "./decimals.ts";
import { built, jsonCaller } from "./support.ts";

const READER = `// orcade: runtime=stub
class Input { d: Float64Array; s: Float32Array; }
export function apply(input: Input): Uint8Array {
  const bytes = new Uint8Array(input.d.length * 8 + input.s.length * 4);
  memory.copy(bytes.dataStart, input.d.dataStart, input.d.length * 8);
  memory.copy(bytes.dataStart + input.d.length * 8, input.s.dataStart, input.s.length * 4);
  return bytes;
}`;

const PRINTER = `// orcade: runtime=stub
class Output { d: Float64Array = new Float64Array(0); s: Float32Array = new Float32Array(0); }
export function apply(input: Uint8Array): Output {
  const output = new Output();
  const count = load<u32>(input.dataStart);
  output.d = Float64Array.wrap(input.buffer, 8, count);
  output.s = Float32Array.wrap(input.buffer, 8 + count * 8);
  return output;
}`;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const RUNS = 40;
const MANY = { minLength: 50, maxLength: 200 };

let reader: Build;
let printer: Build;

beforeAll(async () => {
  reader = await built(READER, {}, true);
  printer = await built(PRINTER, {}, true);
});

/** The bits that the SDK reads from decimal texts. */
function read(doubles: readonly string[], singles: readonly string[]): { doubles: bigint[]; singles: number[] } {
  const bytes = encoder.encode(`{"d":[${doubles.join(",")}],"s":[${singles.join(",")}]}`);
  const result = runLocal(reader.module, { kind: "json", bytes });
  if ("error" in result) throw new Error(result.error.message);
  const data = new DataView(result.bytes.buffer, result.bytes.byteOffset, result.bytes.length);
  return {
    doubles: doubles.map((_, i) => data.getBigUint64(i * 8, true)),
    singles: singles.map((_, i) => data.getUint32(doubles.length * 8 + i * 4, true)),
  };
}

/** The texts that the SDK writes for numbers. */
function print(doubles: readonly number[], singles: readonly number[]): { doubles: string[]; singles: string[] } {
  const header = new Uint32Array([doubles.length, 0]);
  const parts = [header, new Float64Array(doubles), new Float32Array(singles)];
  const bytes = new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part.buffer))));
  const result = runLocal(printer.module, { kind: "bytes", bytes });
  if ("error" in result) throw new Error(result.error.message);
  const [, d = "", s = ""] = /^\{"d":\[(.*)\],"s":\[(.*)\]\}$/.exec(decoder.decode(result.bytes)) ?? [];
  return { doubles: d === "" ? [] : d.split(","), singles: s === "" ? [] : s.split(",") };
}

const double = fc.oneof(
  fc.bigInt({ min: 0n, max: 0x7fefffffffffffffn }).map(fromBits),
  fc.bigInt({ min: 0n, max: 0xfffffffffffffn }).map(fromBits),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: 0, max: 2046 }).map((e) => fromBits(BigInt(e) << 52n)),
  fc.maxSafeInteger().map(Math.abs),
);
const single = fc.oneof(
  fc.integer({ min: 0, max: 0x7f7fffff }).map(fromBits32),
  fc.integer({ min: 0, max: 0x7fffff }).map(fromBits32),
  fc.integer({ min: 0, max: 254 }).map((e) => fromBits32(e * 2 ** 23)),
);

const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 40 }).map((list) => list.join(""));
const plain = fc
  .tuple(digits, fc.option(digits), fc.option(fc.integer({ min: -380, max: 330 })), fc.boolean())
  .map(([whole, fraction, exponent, minus]) => {
    const head = whole.replace(/^0+(?=\d)/, "");
    return `${minus ? "-" : ""}${head}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`;
  });
/** A tie, or a tie and something far behind it. */
const halfway = fc
  .tuple(double, fc.constantFrom("", "1", "000000000000000000001", `${"0".repeat(900)}1`, "0", "below"))
  .filter(([value]) => value < Number.MAX_VALUE)
  .map(([value, tail]) => {
    const tie = halfwayAbove(value);
    if (tail === "below") return `${tie.slice(0, -1)}${Number(tie.at(-1)) - 1}9`.replace("-1", "0");
    return tie.includes(".") ? tie + tail : `${tie}.0${tail}`;
  });
const spelled = fc
  .tuple(double, fc.integer({ min: 1, max: 60 }))
  .map(([value, precision]) => value.toPrecision(precision).replace("e+", "e"));

describe("reading", () => {
  it("doubles come out as JavaScript reads them", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, halfway, spelled), MANY), (texts) => {
        expect(read(texts, []).doubles).toEqual(texts.map((text) => bitsOf(Number(text))));
      }),
      { numRuns: RUNS },
    );
  });

  const narrow = fc
    .tuple(single, fc.constantFrom("", "1", "00000000000000000000000001", "0"))
    .filter(([value]) => value < 3.4e38)
    .map(([value, tail]) => {
      const next = fromBits32(bitsOf32(value) + 1);
      const tie = decimalOf(ratioOfDouble(value / 2 + next / 2));
      return tie.includes(".") ? tie + tail : `${tie}.0${tail}`;
    });

  it("32-bit numbers are rounded once", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, narrow, spelled), MANY), (texts) => {
        expect(read([], texts).singles).toEqual(texts.map((text) => bitsOf32(nearestFloat32(text))));
      }),
      { numRuns: RUNS },
    );
  });

  it("edges", () => {
    const short =
      "0 -0 0.0e5 1e308 1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1e309 1e999 -1e999 " +
      "1e99999999999 1e-99999999999 5e-324 2.4703282292062327e-324 2.4703282292062328e-324 2.2250738585072011e-308 " +
      "2.2250738585072014e-308 9007199254740993 9007199254740993.00000000000000000001 18446744073709551616 1e22 1e23 " +
      "0.1e-6 123456789012345678901234567890";
    const zeros = "0".repeat(400);
    const texts = [...short.split(" "), `1${zeros}e-400`, `0.${zeros}1e401`, `${"9".repeat(5000)}e-5000`];
    expect(read(texts, []).doubles).toEqual(texts.map((text) => bitsOf(Number(text))));
    expect(read([], texts).singles).toEqual(texts.map((text) => bitsOf32(nearestFloat32(text))));
  });
});

describe("printing", () => {
  it("doubles look as JavaScript prints them", () => {
    fc.assert(
      fc.property(fc.array(double, MANY), (values) => {
        expect(print(values, []).doubles).toEqual(values.map(textOf));
        const negative = values.map((value) => -value);
        expect(print(negative, []).doubles).toEqual(negative.map(textOf));
      }),
      { numRuns: RUNS },
    );
  });

  it("32-bit numbers have the fewest digits that read back", () => {
    fc.assert(
      fc.property(fc.array(single, MANY), (values) => {
        expect(print([], values).singles).toEqual(values.map(shortestFloat32));
      }),
      { numRuns: RUNS },
    );
  });

  it("edges", () => {
    const values = [
      0,
      -0,
      5e-324,
      1e21,
      1e20,
      123456789012345680000,
      1e-6,
      1e-7,
      1.5e-7,
      2 ** 53,
      9.5e-7,
      1e23,
      4.35,
      0.3,
    ];
    expect(print(values, []).doubles).toEqual(values.map(textOf));
    const others = [NaN, Infinity, -Infinity];
    expect(print(others, others).doubles).toEqual(["null", "1e999", "-1e999"]);
    expect(print(others, others).singles).toEqual(["null", "1e999", "-1e999"]);
  });
});

it("the tables of powers give the least 128-bit numbers that are not below 10^q", async () => {
  const build = await built(`import { high, low, power, log2Power } from "orcade/number/powers";
export function apply(from: i32): string[] {
  const all: string[] = [];
  for (let q = from; q <= 324; q++) {
    power(q);
    all.push(high.toString(16) + " " + low.toString(16) + " " + log2Power(q).toString());
  }
  return all;
}`);
  const FIRST = -351;
  const given = JSON.parse(jsonCaller(build)(String(FIRST))) as string[];
  const wanted = Array.from({ length: 324 - FIRST + 1 }, (_, i) => leastPower(FIRST + i));
  expect(given).toEqual(wanted);
});

/** high, low and floor(log2(10^q)). */
function leastPower(q: number): string {
  const [over, under] = q >= 0 ? [10n ** BigInt(q), 1n] : [1n, 10n ** BigInt(-q)];
  let log = over.toString(2).length - under.toString(2).length;
  if (over << BigInt(Math.max(-log, 0)) < under << BigInt(Math.max(log, 0))) log -= 1;
  const up = BigInt(Math.max(127 - log, 0));
  const down = BigInt(Math.max(log - 127, 0));
  const [top, bottom] = [over << up, under << down];
  const g = (top + bottom - 1n) / bottom;
  return `${(g >> 64n).toString(16)} ${(g & 0xffffffffffffffffn).toString(16)} ${log}`;
}
