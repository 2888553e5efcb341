// The tank with real metered modules that suspend: fuel does not depend on slices, ceilings are exact, a wish to cancel and
// the deadline end a call at its next yield, and nothing enters an instance that is in use.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { meter, REFUEL } from "../../worker/fuel/index.ts";
import { type Cancellation, FuelTank } from "../../worker/sandbox/guest/fuel.ts";
import { type Clock, Governor } from "../../worker/sandbox/guest/governor.ts";
import { HostFailure, Stop } from "../../worker/sandbox/guest/stop.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const LOOPS = join(import.meta.dirname, "../../bench/fair/loops");

const COUNTING = assemble(`(module (memory (export "memory") 1 1)
  (func $work (param i32) (result i32) (local i32)
    (loop (local.set 1 (i32.add (local.get 1) (i32.rem_u (local.get 0) (i32.const 7))))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "apply")
    (i32.store (i32.const 0) (call $work (i32.const 300000)))
    (memory.fill (i32.const 8) (i32.const 5) (i32.const 60000))
    (i32.store (i32.const 4) (call $work (i32.const 70000)))))`);
const ENDLESS = assemble(readFileSync(join(LOOPS, "empty.wat"), "utf8"));

interface Options {
  readonly fuel?: number;
  readonly deadline?: number;
  readonly cancellation?: Cancellation;
  readonly governor?: Governor;
}

function prepare(bytes: Uint8Array, options: Options = {}) {
  const { module, fuelExport, initialCost: instantiation } = meter(bytes, { fixedMemory: true });
  const call = {
    module: { instantiation },
    fuel: options.fuel ?? 1e12,
    deadline: options.deadline ?? Date.now() + 60_000,
  };
  const tank = new FuelTank(call, options.cancellation ?? null, options.governor);
  const asked: [balance: bigint, exported: bigint][] = [];
  const refuel = (balance: bigint): Promise<bigint> => {
    asked.push([balance, exported.value as bigint]);
    return tank.refuel(balance);
  };
  const suspending = new WebAssembly.Suspending(refuel) as unknown as WebAssembly.ImportValue;
  const { exports } = new WebAssembly.Instance(new Module(module), { [REFUEL.module]: { [REFUEL.name]: suspending } });
  const exported = exports[fuelExport] as WebAssembly.Global;
  tank.connect(exported);
  const apply = WebAssembly.promising(exports["apply"] as () => void);
  const memory = (): number[] => [...new Uint32Array((exports["memory"] as WebAssembly.Memory).buffer, 0, 2)];
  return { tank, asked, memory, run: () => tank.enter(apply), apply };
}

const endOf = async (run: () => Promise<void>): Promise<unknown> =>
  run().then(
    () => "returned",
    (error: unknown) => error,
  );

/** A governor whose slices are of a given length: by a clock on which fuel runs at a steady rate. */
function slicesOf(fuel: number): Governor {
  const still: Clock = { now: () => 0, turn: () => new Promise((resolve) => setTimeout(resolve, 0)) };
  return new Governor(fuel, undefined, still);
}

describe("what a call costs", () => {
  it("is the same for every length of slices", async () => {
    const governors = [undefined, ...[100_000, 123_457, 999_999, 10_000_000].map(slicesOf)];
    const runs = [];
    for (const governor of governors) {
      const prepared = prepare(COUNTING, governor === undefined ? {} : { governor });
      await prepared.run();
      prepared.tank.settle();
      runs.push({ fuel: prepared.tank.burned, memory: prepared.memory(), asked: prepared.asked.length });
    }
    const [first] = runs;
    expect(first?.fuel).toBeGreaterThan(300_000);
    for (const { fuel, memory } of runs) expect({ fuel, memory }).toEqual({ fuel: first?.fuel, memory: first?.memory });
    expect(new Set(runs.map(({ asked }) => asked)).size).toBeGreaterThan(2);
  });

  it("may be its ceiling, and not more by 1", async () => {
    const whole = prepare(COUNTING);
    await whole.run();
    const fuel = whole.tank.burned;
    const exact = prepare(COUNTING, { fuel, governor: slicesOf(100_000) });
    await exact.run();
    exact.tank.settle();
    expect(exact.tank.burned).toBe(fuel);
    const short = prepare(COUNTING, { fuel: fuel - 1, governor: slicesOf(100_000) });
    expect(await endOf(short.run)).toBeInstanceOf(WebAssembly.RuntimeError);
    expect([short.tank.dry, short.tank.burned]).toEqual([true, fuel - 1]);
  });

  it("is known while the module asks: the exported balance is what it asks with", async () => {
    const { asked, run } = prepare(COUNTING, { governor: slicesOf(100_000) });
    await run();
    expect(asked.length).toBeGreaterThan(3);
    for (const [balance, exported] of asked) expect(exported).toBe(balance);
  });
});

describe("an endless loop", () => {
  it.each(["empty", "counted", "recursion", "tail", "table", "indirect", "bulk", "simd"])(
    "ends within a slice of its ceiling: %s",
    async (name) => {
      const bytes = assemble(readFileSync(join(LOOPS, `${name}.wat`), "utf8"));
      const fuel = 5_000_000;
      const { tank, run, asked } = prepare(bytes, { fuel });
      expect(await endOf(run)).toBeInstanceOf(WebAssembly.RuntimeError);
      expect([tank.dry, tank.burned]).toEqual([true, fuel]);
      // What was charged beyond the ceiling when it asked last is one charge: at most one operation of 8 MiB.
      expect(-Number(asked.at(-1)?.[0])).toBeLessThan(1_100_000);
    },
  );

  it("ends with Cancelled at its next yield", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { tank, run } = prepare(ENDLESS, { cancellation: () => promise });
    const ended = endOf(run);
    setTimeout(resolve, 30);
    const error = await ended;
    expect(error instanceof Stop && error.outcome).toEqual({ kind: "stopped", reason: "Cancelled", message: "" });
    expect(tank.dry).toBe(false);
    expect(tank.burned).toBeGreaterThan(0);
  });

  it("ends with TimeoutError at its next yield", async () => {
    const error = await endOf(prepare(ENDLESS, { deadline: Date.now() + 30 }).run);
    expect(error instanceof Stop && error.outcome).toEqual({ kind: "stopped", reason: "TimeoutError", message: "" });
  });

  it("goes on when its host can no longer cancel it", async () => {
    const cancellation = () => Promise.reject(new Error("gone"));
    const { tank, run } = prepare(ENDLESS, { cancellation, fuel: 30_000_000 });
    expect(await endOf(run)).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(tank.dry).toBe(true);
  });
});

describe("a module that waited for others", () => {
  const SLICE = 1_000_000;
  const INSTANTIATION = 1_000;

  /** A tank whose module has burned so much of its first slice and given back the rest. */
  function waiting(burned: number): { tank: FuelTank; balance: WebAssembly.Global } {
    const call = { module: { instantiation: INSTANTIATION }, fuel: 1e9, deadline: Date.now() + 60_000 };
    const tank = new FuelTank(call, null, slicesOf(SLICE));
    const balance = new WebAssembly.Global({ value: "i64", mutable: true }, 0n);
    tank.connect(balance);
    balance.value = BigInt(SLICE - burned);
    tank.giveBack();
    return { tank, balance };
  }

  it.each([
    ["they burned little: the rest of its slice", 50_000, false, 50_000],
    ["they burned all of it and the network had no turn: nothing, so that it yields", 2_000_000, false, 0],
    ["they yielded: a slice but for what they burned since", 50_000, true, 950_000],
    ["they yielded long ago: nothing", 2_000_000, true, 0],
  ])("%s", (_name, since, turned, expected) => {
    const { tank, balance } = waiting(900_000);
    expect(balance.value).toBe(0n);
    tank.takeBack({ since, turned });
    expect(balance.value).toBe(BigInt(expected));
    expect(tank.burned).toBe(INSTANTIATION + 900_000);
    expect(tank.waited).toEqual({ since: turned ? since : INSTANTIATION + 900_000 + since, turned });
  });

  it("tells who waited for it how long the network has waited, from its own last turn on", async () => {
    const { tank, balance } = waiting(900_000);
    expect(tank.waited).toEqual({ since: INSTANTIATION + 900_000, turned: false });
    balance.value = await tank.refuel(-1n);
    balance.value = (balance.value as bigint) - 7n;
    expect(tank.waited).toEqual({ since: 7, turned: true });
  });
});

describe("cancellation", () => {
  it("is not asked about by a call that ends in its first slice, and once by others", async () => {
    let asked = 0;
    const cancellation = (): Promise<void> => {
      asked++;
      return new Promise(() => undefined);
    };
    await prepare(COUNTING, { cancellation, governor: slicesOf(10_000_000) }).run();
    expect(asked).toBe(0);
    await prepare(COUNTING, { cancellation, governor: slicesOf(100_000) }).run();
    expect(asked).toBe(1);
  });
});

describe("an instance", () => {
  it("cannot be entered while it is suspended, and can again afterwards", async () => {
    const { run } = prepare(COUNTING, { governor: slicesOf(100_000) });
    const first = run();
    await expect(run()).rejects.toBeInstanceOf(HostFailure);
    await first;
    await run();
  });
});
