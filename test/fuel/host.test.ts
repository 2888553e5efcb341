// What a host may rely on: the shape of the result, the start export, running dry, charges by the host, JSPI slices.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COST_TABLE, meter, meterInSteps, REFUEL, tryMeterInTurns } from "../../worker/fuel/index.ts";
import { callsOfAll, run } from "./harness.ts";
import { assemble } from "./wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

function instantiate(module: Uint8Array, refuel: WebAssembly.ImportValue, env: WebAssembly.ModuleImports = {}) {
  return new WebAssembly.Instance(new Module(module), { env, [REFUEL.module]: { [REFUEL.name]: refuel } }).exports;
}

const spinning = assemble(`(module (func (export "spin") (loop (br 0)))
  (func (export "count") (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 1)))`);

describe("the result", () => {
  const text = `(module (import "env" "f" (func $f)) (memory (export "memory") 2 5) (data "0123456789abcdef0")
    (table 7 funcref) (elem (i32.const 0) $f $f) (func $s) (start $s) (func (export "apply")))`;

  it("describes the module, without what metering adds", () => {
    const metered = meter(assemble(text));
    expect({ ...metered, module: null }).toEqual({
      module: null,
      costTable: COST_TABLE,
      fuelExport: "orcade:fuel",
      startExport: null,
      memory: { initial: 2, maximum: 5, imported: false },
      imports: [{ module: "env", name: "f", kind: "function" }],
      exports: [
        { name: "memory", kind: "memory" },
        { name: "apply", kind: "function" },
      ],
      functions: 2,
      // 2 pages of 1000, 7 entries of a table, 17 bytes at 16 a fuel, 2 elements of 64.
      initialCost: 2000 + 7 + 2 + 128,
    });
  });

  it("is the same bytes every time, in one step or many", () => {
    const bytes = assemble(text);
    const steps = meterInSteps(bytes);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    expect(step.value.module).toEqual(meter(bytes).module);
  });

  it("comes in steps, of a function that is long too, and lets others run between them", async () => {
    const bytes = assemble(`(module (func ${"(block (br_if 0 (i32.const 0)))".repeat(60_000)}))`);
    const steps = [...meterInSteps(bytes)].length;
    expect(steps).toBeGreaterThan(30);
    let turns = 0;
    const turn = (): Promise<void> => Promise.resolve(void turns++);
    const metered = await tryMeterInTurns(bytes, {}, turn);
    expect(metered.ok && Buffer.compare(metered.value.module, meter(bytes).module)).toBe(0);
    expect(turns).toBe(steps);
    expect((await tryMeterInTurns(assemble(text), {}, turn)).ok).toBe(true);
    expect(turns).toBe(steps);
    expect(await tryMeterInTurns(bytes.subarray(0, 50_000), {}, turn)).toMatchObject({ error: { reason: "invalid" } });
  });

  it("imports refuel as its last function and exports one global more", () => {
    const module = new Module(meter(assemble(text)).module);
    expect(WebAssembly.Module.imports(module).at(-1)).toEqual({
      module: "orcade:fuel",
      name: "refuel",
      kind: "function",
    });
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual(["memory", "apply", "orcade:fuel"]);
  });

  it.each([
    [{}, 2, 5],
    [{ maximumPages: 4 }, 2, 4],
    [{ maximumPages: 9 }, 2, 5],
    [{ fixedMemory: true }, 5, 5],
    [{ fixedMemory: true, maximumPages: 3 }, 3, 3],
    [{ fixedMemory: true, maximumPages: 9 }, 5, 5],
  ])("rewrites the memory as %j says", (options, initial, maximum) => {
    const { module, memory, fuelExport } = meter(assemble(text), options);
    expect(memory).toEqual({ initial, maximum, imported: false });
    const exports = instantiate(module, (balance: bigint) => balance + 1000n, { f: () => undefined });
    const own = exports.memory as WebAssembly.Memory;
    expect(own.buffer.byteLength).toBe(initial * 65_536);
    if (initial < maximum) own.grow(maximum - initial);
    expect(() => own.grow(1)).toThrow(RangeError);
    expect(exports[fuelExport]).toBeInstanceOf(WebAssembly.Global);
  });

  it("fixes a memory without maximum at its initial size, or at the cap", () => {
    const bytes = assemble("(module (memory 2))");
    expect(meter(bytes, { fixedMemory: true }).memory).toEqual({ initial: 2, maximum: 2, imported: false });
    expect(meter(bytes, { fixedMemory: true, maximumPages: 8 }).memory).toEqual({
      initial: 8,
      maximum: 8,
      imported: false,
    });
  });

  it("caps tables", () => {
    const bytes = assemble(`(module (table 1 funcref)
      (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))`);
    const grow = (options: object, by: number) => {
      const exports = instantiate(meter(bytes, options).module, (balance: bigint) => balance + (1n << 40n));
      return (exports.grow as (by: number) => number)(by);
    };
    expect(grow({ maximumTableEntries: 10 }, 9)).toBe(1);
    expect(grow({ maximumTableEntries: 10 }, 10)).toBe(-1);
    expect(grow({}, 10)).toBe(1);
  });
});

describe("the start function", () => {
  const bytes = assemble(`(module (import "env" "f" (func $f)) (global (export "ran") (mut i32) (i32.const 0))
    (func $s (global.set 0 (i32.add (global.get 0) (i32.const 1)))) (start $s))`);
  const refuel = (balance: bigint) => balance + 1000n;
  const env = { f: () => undefined };

  it("runs at instantiation in the plain mode", () => {
    const { module, startExport } = meter(bytes);
    expect(startExport).toBe(null);
    expect((instantiate(module, refuel, env).ran as WebAssembly.Global).value).toBe(1);
  });

  it("is an export for the host to call when asked for", () => {
    const { module, startExport } = meter(bytes, { exportStart: true });
    const exports = instantiate(module, refuel, env);
    expect((exports.ran as WebAssembly.Global).value).toBe(0);
    (exports[startExport!] as () => void)();
    expect((exports.ran as WebAssembly.Global).value).toBe(1);
  });

  it("may be an import", () => {
    const text = `(module (import "env" "f" (func $f)) (start $f))`;
    let ran = 0;
    const { module, startExport } = meter(assemble(text), { exportStart: true });
    const exports = instantiate(module, refuel, { f: () => void ran++ });
    expect(ran).toBe(0);
    (exports[startExport!] as () => void)();
    expect(ran).toBe(1);
  });

  it("is not exported when there is none", () => {
    expect(meter(spinning, { exportStart: true }).startExport).toBe(null);
  });
});

describe("running dry", () => {
  it("stops at once on a negative answer, with the balance in the global and the host not asked again", () => {
    const { module, fuelExport } = meter(spinning);
    const asked: bigint[] = [];
    const exports = instantiate(module, (balance: bigint) => {
      asked.push(balance);
      return asked.length === 1 ? balance + 500n : -77n;
    });
    expect(() => (exports.spin as () => void)()).toThrow(WebAssembly.RuntimeError);
    expect(asked).toEqual([-1n, -1n]);
    expect((exports[fuelExport] as WebAssembly.Global).value).toBe(-77n);
  });

  it("goes on at zero", () => {
    const { module, fuelExport } = meter(spinning);
    const exports = instantiate(module, () => -1n);
    const balance = exports[fuelExport] as WebAssembly.Global;
    balance.value = 12n;
    expect((exports.count as (to: number) => number)(9)).toBe(9);
    expect(balance.value).toBe(0n);
    balance.value = 11n;
    expect(() => (exports.count as (to: number) => number)(9)).toThrow(WebAssembly.RuntimeError);
  });

  const endless = assemble(readFileSync(join(import.meta.dirname, "cases/endless.wat"), "utf8"));
  const shapes = callsOfAll(endless).filter(({ export: name }) => name !== "add");

  it.each(shapes)("stops a loop at once: $export", (call) => {
    const { module, fuelExport } = meter(endless);
    for (const ceiling of [0n, 1n, 1000n, 100_000n]) {
      const { outcomes, fuel } = run(module, fuelExport, [call], { ceiling, slice: 777n });
      expect(outcomes).toEqual([{ exhausted: true }]);
      // What ran beyond the ceiling is one charge; none in this module is above 40.
      expect(fuel[0]! - ceiling).toBeLessThan(40n);
      expect(fuel[0]! > ceiling).toBe(true);
    }
  });

  it("notices before it returns what the host has charged in an import", () => {
    const bytes = assemble(`(module (import "env" "f" (func $f)) (func (export "call") (call $f)))`);
    const { module, fuelExport } = meter(bytes);
    let refuels = 0;
    const charge = () => {
      const balance = exports[fuelExport] as WebAssembly.Global;
      balance.value = (balance.value as bigint) - 5000n;
    };
    const refuel = (balance: bigint) => {
      refuels++;
      return balance + 4000n;
    };
    const exports: WebAssembly.Exports = instantiate(module, refuel, { f: charge });
    (exports.call as () => void)();
    expect(refuels).toBe(2);
    // 8000 granted, 5000 charged by the host, 3 by the function.
    expect((exports[fuelExport] as WebAssembly.Global).value).toBe(2997n);
  });
});

interface Jspi {
  readonly Suspending: new (target: (balance: bigint) => Promise<bigint>) => WebAssembly.ImportValue;
  readonly promising: (target: unknown) => (...given: unknown[]) => Promise<unknown>;
}

describe("slices", () => {
  const { Suspending, promising } = WebAssembly as unknown as Jspi;

  it("let the event loop run between them, and give the same total", async () => {
    const { module, fuelExport } = meter(spinning);
    const runWith = async (slice: bigint): Promise<[unknown, bigint, number]> => {
      let granted = 0n;
      let turns = 0;
      const refuel = async (balance: bigint) => {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turns++;
        granted += slice;
        return balance + slice;
      };
      const exports = instantiate(module, new Suspending(refuel));
      const answer = await promising(exports.count)(100_000);
      return [answer, granted - ((exports[fuelExport] as WebAssembly.Global).value as bigint), turns];
    };
    const [first, second] = [await runWith(1000n), await runWith(7777n)];
    expect(first.slice(0, 2)).toEqual([100_000, 100_003n]);
    expect(second.slice(0, 2)).toEqual([100_000, 100_003n]);
    expect([first[2], second[2]]).toEqual([101, 13]);
  });

  it("end an endless loop among others that are served", async () => {
    const { module } = meter(spinning);
    let granted = 0n;
    const refuel = async (balance: bigint) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (granted >= 50_000n) return balance;
      granted += 1000n;
      return balance + 1000n;
    };
    const exports = instantiate(module, new Suspending(refuel));
    await expect(promising(exports.spin)()).rejects.toThrow("unreachable");
    expect(granted).toBe(50_000n);
  });
});
