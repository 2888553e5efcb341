// Modules that are nothing but definitions: what is too many is refused where its number is read; what is not is metered in
// steps that each do little, counted in bytes read and written, and in memory that is a small multiple of the module.
import { describe, expect, test } from "vitest";
import { FuelError, meterInSteps } from "../../worker/fuel/index.ts";
import { Reader } from "../../worker/fuel/reader.ts";
import { Writer } from "../../worker/fuel/writer.ts";
import { LIMITS } from "../../worker/limits.ts";
import { meterModule } from "../../worker/sandbox/build.ts";

const MiB = 1_048_576;

function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** A section of `count` items, each as `item` says. */
function section(id: number, count: number, item: (index: number) => readonly number[]): Uint8Array {
  const head = u32(count);
  const items = Array.from({ length: count }, (_, index) => item(index));
  const body = Uint8Array.from(items.flat());
  return join(id, head, body);
}

function join(id: number, head: readonly number[], body: Uint8Array): Uint8Array {
  const start = [id, ...u32(head.length + body.length), ...head];
  const whole = new Uint8Array(start.length + body.length);
  whole.set(start);
  whole.set(body, start.length);
  return whole;
}

function moduleOf(...sections: readonly Uint8Array[]): Uint8Array {
  const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const module = new Uint8Array([header, ...sections].reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of [header, ...sections]) {
    module.set(part, at);
    at += part.length;
  }
  return module;
}

const TYPE = [0x60, 0, 0];
const type = section(1, 1, () => TYPE);
const functions = (count: number): Uint8Array => section(3, count, () => [0]);
const code = (count: number): Uint8Array => section(10, count, () => [2, 0, 0x0b]);
const ascii = (text: string): number[] => [...u32(text.length), ...Array.from(text, (c) => c.charCodeAt(0))];

/** Modules of many items of one kind. */
const MANY: Readonly<Record<string, (count: number) => Uint8Array>> = {
  types: (count) => moduleOf(section(1, count, () => TYPE)),
  imports: (count) =>
    moduleOf(
      type,
      section(2, count, () => [...ascii("a"), ...ascii("b"), 0, 0]),
    ),
  functions: (count) => moduleOf(type, functions(count), code(count)),
  tables: (count) => moduleOf(section(4, count, () => [0x70, 0, 0])),
  globals: (count) => moduleOf(section(6, count, () => [0x7f, 0, 0x41, 0, 0x0b])),
  exports: (count) =>
    moduleOf(
      type,
      functions(1),
      section(7, count, (n) => [...ascii(n.toString(36)), 0, 0]),
      code(1),
    ),
  "element segments": (count) => moduleOf(section(9, count, () => [1, 0, 0])),
  "entries of a passive segment": (count) =>
    moduleOf(
      type,
      functions(1),
      join(9, u32(1), Uint8Array.from([1, 0, ...u32(count), ...Array<number>(count).fill(0)])),
      code(1),
    ),
  "entries that are expressions": (count) =>
    moduleOf(
      type,
      functions(1),
      section(9, count, () => [5, 0x70, 1, 0xd2, 0, 0x0b]),
      code(1),
    ),
  "data segments": (count) =>
    moduleOf(
      section(5, 1, () => [0, 1]),
      section(11, count, () => [1, 0]),
    ),
  "custom sections": (count) => moduleOf(Uint8Array.from({ length: 3 * count }, (_, at) => (at % 3 === 1 ? 1 : 0))),
};

interface Effort {
  readonly steps: number;
  /** Bytes read and written one by one in the longest step. */
  readonly longest: number;
  /** Bytes of buffers that were held at most beside what was there before. */
  readonly held: number;
  readonly refused: FuelError | null;
}

function effortOf(module: Uint8Array): Effort {
  const [reader, writer] = [Reader.prototype, Writer.prototype];
  // oxlint-disable-next-line typescript/unbound-method -- they are called with the reader or writer at hand
  const [read, write] = [reader.u8, writer.u8];
  let [steps, work, longest, held] = [0, 0, 0, 0];
  const before = process.memoryUsage().arrayBuffers;
  reader.u8 = function (this: Reader): number {
    work++;
    return read.call(this);
  };
  writer.u8 = function (this: Writer, value: number): void {
    work++;
    write.call(this, value);
  };
  try {
    for (const _ of meterInSteps(module)) {
      steps++;
      longest = Math.max(longest, work);
      work = 0;
      held = Math.max(held, process.memoryUsage().arrayBuffers - before);
    }
    return { steps, longest: Math.max(longest, work), held, refused: null };
  } catch (error) {
    if (!(error instanceof FuelError)) throw error;
    return { steps, longest: Math.max(longest, work), held, refused: error };
  } finally {
    Object.assign(reader, { u8: read });
    Object.assign(writer, { u8: write });
  }
}

/** How many are accepted, or the most that engines take where we end at the size that comes of them. */
const MOST: readonly (readonly [what: string, most: number, reason: string | null])[] = [
  ["types", 999_997, null],
  ["imports", 100_000, null],
  ["functions", 1_000_000, "too-large"],
  ["tables", 10_000, null],
  ["globals", 999_998, null],
  ["exports", 200_000, null],
  ["element segments", 1_000_000, null],
  ["entries of a passive segment", 1_000_000, null],
  ["entries that are expressions", 1_000_000, null],
  ["data segments", 100_000, null],
];

/** How many are refused where one more than what is accepted is a question of what metering adds. */
const TAKEN: Readonly<Record<string, number>> = { types: 1_000_001, globals: 1_000_001 };

/** What a step may do: some 5 ms. */
const LONGEST = 65_536;

/** They take seconds. */
const SLOW = new Set(["types", "functions", "globals", "element segments", "entries that are expressions"]);
const TORTURE = process.env["ORCADE_TORTURE"] !== undefined;

describe("a module of nothing but definitions is metered in small steps and little memory, or refused at once:", () => {
  test.each(MOST.filter(([what]) => TORTURE || !SLOW.has(what)))("%s: %d", (what, most, reason) => {
    const make = MANY[what] ?? (() => new Uint8Array(0));
    const module = make(most);
    const effort = effortOf(module);
    expect(effort.refused?.reason ?? null).toBe(reason);
    expect(effort.longest).toBeLessThan(LONGEST);
    expect(effort.held).toBeLessThan(64 * MiB);
    const { refused, steps } = effortOf(make(TAKEN[what] ?? most + 1));
    expect([refused?.reason, steps]).toEqual(["too-large", 0]);
  });

  test("8 MiB of empty custom sections", () => {
    const effort = effortOf(MANY["custom sections"]?.(2_796_000) ?? new Uint8Array(0));
    expect([effort.refused, effort.longest < LONGEST, effort.held < MiB]).toEqual([null, true, true]);
  });
});

describe("a metered module of LIMITS.meteredBytes", () => {
  /** One function, and a passive segment of so many bytes. */
  const padded = (bytes: number): Uint8Array => {
    const segment = new Uint8Array(1 + u32(bytes).length + bytes);
    segment.set([1, ...u32(bytes)]);
    return moduleOf(
      type,
      functions(1),
      section(5, 1, () => [0, 1]),
      code(1),
      join(11, u32(1), segment),
    );
  };
  const metered = (module: Uint8Array): number => {
    const result = meterModule(module, 16);
    if (!result.ok) throw new Error(result.error.message, { cause: result.error });
    return result.value.module.length;
  };

  test("is the longest: one byte more is refused", () => {
    const most = LIMITS.meteredBytes - (metered(padded(9_000_000)) - 9_000_000);
    expect(metered(padded(most))).toBe(LIMITS.meteredBytes);
    expect(meterModule(padded(most + 1), 16)).toMatchObject({
      ok: false,
      error: { reason: "too-large", subject: "module" },
    });
  });

  test.runIf(TORTURE)(
    "is less than what a valid one of LIMITS.moduleBytes may come to: a million functions without code",
    () => {
      const module = MANY["functions"]?.(1_000_000) ?? new Uint8Array(0);
      expect([module.length < LIMITS.moduleBytes, WebAssembly.validate(module.slice())]).toEqual([true, true]);
      expect(meterModule(module, 16)).toMatchObject({ ok: false, error: { reason: "too-large", subject: "module" } });
    },
  );
});
