// What is refused, and why: refused.json holds bytes, refused/ modules in the text format with the reason in a comment,
// and the large hostile ones are built here. Each must be refused within bounded time.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FuelError, meter, type MeterOptions, tryMeter } from "../../worker/fuel/index.ts";
import refused from "./refused.json" with { type: "json" };
import { assemble, type Features } from "./wat.ts";

interface Expected {
  readonly reason: string;
  readonly feature?: string;
  readonly offset?: number;
}

/** wabt reads them by name, so this turns everything on. */
const ALL_FEATURES = new Proxy<Features>({}, { get: () => true });

/** Milliseconds of processor time within which the largest of them must be refused or metered. */
const BOUND = 3000;

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function expectRefused(bytes: Uint8Array, { reason, feature, offset }: Expected, options: MeterOptions = {}): void {
  const start = processorTime();
  const result = tryMeter(bytes, options);
  const time = processorTime() - start;
  if (result.ok) expect.fail("was metered");
  const { error } = result;
  expect(error).toBeInstanceOf(FuelError);
  expect({ reason: error.reason, feature: error.feature }).toEqual({ reason, feature });
  if (offset !== undefined) expect(error.offset).toBe(offset);
  expect(error.message).toMatch(/^[A-Z].*\.$/);
  expect(time).toBeLessThan(BOUND);
}

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("refused bytes", () => {
  it.each(refused)("$title", ({ bytes, ...expected }) => expectRefused(fromHex(bytes), expected));
});

describe("refused modules", () => {
  const directory = join(import.meta.dirname, "refused");
  it.each(readdirSync(directory))("%s", (file) => {
    const text = readFileSync(join(directory, file), "utf8");
    expectRefused(assemble(text, ALL_FEATURES), JSON.parse(text.split("\n")[0]!.slice(2)) as Expected);
  });
});

const u32 = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...u32(Math.floor(value / 128))];
const section = (id: number, payload: Uint8Array): Uint8Array => concat([id, ...u32(payload.length)], payload);

function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A module of one function without parameters or results, whose body (from the locals on) is given. */
function moduleOf(...body: (Uint8Array | readonly number[])[]): Uint8Array {
  const code = concat(...body);
  return concat(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, Uint8Array.from([1, 0x60, 0, 0])),
    section(3, Uint8Array.from([1, 0])),
    section(10, concat([1], u32(code.length), code)),
  );
}

const fill = (length: number, ...bytes: number[]): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length] ?? 0);

describe("hostile modules", () => {
  it("2^32 - 1 locals", () => {
    expectRefused(moduleOf([1, ...u32(0xffffffff), 0x7f, 0x0b]), { reason: "invalid" });
  });

  it("as many locals as the engine takes, and one fewer than leaves room for ours", () => {
    expectRefused(moduleOf([1, ...u32(50_000), 0x7f, 0x0b]), { reason: "too-large" });
    expectRefused(moduleOf([1, ...u32(49_999), 0x7f, 0x0b]), { reason: "too-large" });
    expect(meter(moduleOf([1, ...u32(49_998), 0x7f, 0x0b])).functions).toBe(1);
  });

  it("a br_table of 10^7 targets", () => {
    const table = concat([0x41, 0, 0x0e], u32(10_000_000), fill(10_000_001, 0));
    expectRefused(moduleOf([0], table, [0x0b]), { reason: "invalid" });
  });

  it("a br_table that says 2^32 - 1 targets", () => {
    expectRefused(moduleOf([0, 0x41, 0, 0x0e], u32(0xffffffff), [0, 0x0b]), { reason: "invalid" });
  });

  it("the largest br_table of the engine many times over is metered in linear time", () => {
    const table = concat([0x02, 0x40, 0x41, 0, 0x0e], u32(65_520), fill(65_521, 0), [0x0b]);
    const start = processorTime();
    expect(meter(moduleOf([0], ...Array.from({ length: 50 }, () => table), [0x0b])).functions).toBe(1);
    expect(processorTime() - start).toBeLessThan(BOUND);
  });

  it("400,000 nested blocks are metered in linear time", () => {
    const depth = 400_000;
    const start = processorTime();
    expect(meter(moduleOf([0], fill(depth * 2, 0x02, 0x40), fill(depth, 0x0b), [0x0b])).functions).toBe(1);
    expect(processorTime() - start).toBeLessThan(BOUND);
  });

  it("200,000 nested loops and ifs that branch all the way out are metered in linear time", () => {
    const depth = 200_000;
    const open = fill(depth * 6, 0x03, 0x40, 0x41, 0x00, 0x04, 0x40);
    const start = processorTime();
    const bytes = moduleOf([0], open, [0x0c], u32(depth * 2), fill(depth * 2, 0x0b), [0x0b]);
    expect(meter(bytes).functions).toBe(1);
    expect(processorTime() - start).toBeLessThan(BOUND);
  });

  it("more branches in a function than may be", () => {
    expectRefused(moduleOf([0], fill(1_500_000, 0x02, 0x40, 0x0b), [0x0b]), { reason: "too-large" });
    const most = moduleOf([0], fill(1_499_997, 0x02, 0x40, 0x0b), [0x0b]);
    expect(meter(most).functions).toBe(1);
  });

  it("a function that outgrows the engine by being metered", () => {
    // `if drop end`: each arm is charged, in nine bytes or more.
    const arms = fill(450_000 * 8, 0x41, 0, 0x04, 0x40, 0x41, 0, 0x1a, 0x0b);
    expectRefused(moduleOf([0], arms, [0x0b]), { reason: "too-large" });
  });

  it("as many types as the engine takes, less the three that are ours, and one more", () => {
    const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const withTypes = (count: number) => concat(header, section(1, concat(u32(count), fill(count * 3, 0x60, 0, 0))));
    expect(meter(withTypes(999_997)).functions).toBe(0);
    expectRefused(withTypes(999_998), { reason: "too-large" });
  });

  it("a million element entries are renumbered in linear time", () => {
    const entries = concat([1, 1, 0], u32(1_000_000), fill(1_000_000, 0));
    const bytes = concat(
      moduleOf([0, 0x0b]).subarray(0, 8 + 6 + 4),
      section(9, entries),
      section(10, Uint8Array.from([1, 2, 0, 0x0b])),
    );
    const start = processorTime();
    expect(meter(bytes).initialCost).toBe(64_000_000);
    expect(processorTime() - start).toBeLessThan(BOUND);
  });

  it("each single byte of a module, cut off or flipped, is refused or valid, and never crashes", () => {
    const bytes = assemble(readFileSync(join(import.meta.dirname, "cases/references.wat"), "utf8"));
    for (let at = 8; at < bytes.length; at++) {
      expect(tryMeter(bytes.subarray(0, at)).ok).toBe(WebAssembly.validate(bytes.slice(0, at)));
      for (const flip of [0x01, 0x40, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        const result = tryMeter(changed);
        if (result.ok) expect(WebAssembly.validate(changed)).toBe(true);
        else if (result.error.reason === "invalid") expect(WebAssembly.validate(changed)).toBe(false);
        else expect(result.error.reason).toMatch(/^(unsupported-feature|reserved-name|too-large)$/);
      }
    }
  });
});

describe("limits", () => {
  const withMemory = assemble(`(module (memory (export "memory") 3 9) (table 5 funcref))`);

  it("the initial memory may be as large as the cap, and no larger", () => {
    expect(meter(withMemory, { maximumPages: 3 }).memory).toEqual({ initial: 3, maximum: 3, imported: false });
    expectRefused(withMemory, { reason: "too-large" }, { maximumPages: 2 });
  });

  it("an initial table may be as large as the cap, and no larger", () => {
    expect(meter(withMemory, { maximumTableEntries: 5 }).functions).toBe(0);
    expectRefused(withMemory, { reason: "too-large" }, { maximumTableEntries: 4 });
  });

  it("the metered module may be as large as its limit, and no larger", () => {
    const { length } = meter(withMemory).module;
    expect(meter(withMemory, { maximumBytes: length }).module.length).toBe(length);
    expectRefused(withMemory, { reason: "too-large" }, { maximumBytes: length - 1 });
  });

  it("a metered module is not metered again", () => {
    expectRefused(meter(withMemory).module, { reason: "already-metered" });
  });

  it("what throws is the same error as a value", () => {
    expect(() => meter(new Uint8Array())).toThrow(FuelError);
  });
});
