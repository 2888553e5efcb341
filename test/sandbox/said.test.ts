// Log, progress, time and chance of our own ABI, in modules metered and run as a sandbox runs them.
import { describe, expect, it } from "vitest";
import { runLocal } from "../../algorithms/sdk/build/local.ts";
import { LIMITS } from "../../worker/limits.ts";
import { meterModule } from "../../worker/sandbox/build.ts";
import { Chance } from "../../worker/sandbox/guest/chance.ts";
import { runModule } from "../../worker/sandbox/guest/machine.ts";
import type { Fate, GuestHost, GuestReport } from "../../worker/sandbox/protocol.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const fate: Fate = { now: 1_764_000_000_000, seed: Uint8Array.from({ length: 32 }, (_, n) => n * 7) };

/** A module of two pages whose first bytes are `data`, and whose `apply` is the body. */
const module = (body: string, data = ""): Uint8Array =>
  assemble(`(module
    (import "orcade" "output" (func $output (param i32 i32 i32)))
    (import "orcade" "fail" (func $fail (param i32 i32 i32 i32)))
    (import "orcade" "log" (func $log (param i32 i32 i32)))
    (import "orcade" "progress" (func $progress (param f64 i32 i32)))
    (import "orcade" "random" (func $random (param i32 i32)))
    (import "orcade" "now" (func $now (result i64)))
    (memory (export "memory") 2 2)
    (data (i32.const 0) "${data}")
    (func (export "apply") (local $n i32) ${body}))`);

async function run(bytes: Uint8Array, host: GuestHost | null = null, given: Fate = fate): Promise<GuestReport> {
  const metered = meterModule(bytes, 16);
  if (!metered.ok) throw new Error(metered.error.message);
  const { module: code, fuelExport, startExport, initialCost: instantiation } = metered.value;
  const build = { fuelExport, startExport, instantiation, state: false, call: false, data: false, foreign: null };
  const more = { kind: 0, fuel: 1e10, grows: false, fate: given, deadline: Date.now() + 60_000, tail: false };
  return runModule(new Module(code), { module: build, input: new Uint8Array(0), ...more }, host, false);
}

const bytesOf = ({ outcome }: GuestReport): Uint8Array =>
  outcome.kind === "answered" ? outcome.bytes : new TextEncoder().encode(JSON.stringify(outcome));
const reasonOf = ({ outcome }: GuestReport): string => (outcome.kind === "stopped" ? outcome.reason : outcome.kind);
const line = (level: number, pointer: number, length: number): string =>
  `(call $log (i32.const ${level}) (i32.const ${pointer}) (i32.const ${length}))`;

describe("a log", () => {
  it("keeps lines with their levels, of a call that fails, too", async () => {
    const body = `${line(1, 0, 5)} ${line(3, 5, 6)} ${line(0, 0, 0)}`;
    const lines = [
      { level: "info", text: "hello" },
      { level: "error", text: "wörld" },
      { level: "debug", text: "" },
    ];
    expect((await run(module(body, "hellow\\c3\\b6rld"))).log).toEqual({ lines, dropped: 0 });
    const failing = `${body} (call $fail (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 5))`;
    const failed = await run(module(failing, "hellow\\c3\\b6rld"));
    expect([failed.outcome.kind, failed.log.lines.length]).toEqual(["failed", 3]);
  });

  it("keeps LIMITS.logBytes of a call and drops the rest, without failing it", async () => {
    const whole = await run(module(line(1, 0, LIMITS.logBytes)));
    expect([whole.log.lines[0]?.text.length, whole.log.dropped]).toEqual([LIMITS.logBytes, 0]);
    const over = await run(module(line(1, 0, LIMITS.logBytes + 1) + line(1, 0, 7)));
    expect(over.log.lines.map(({ text }) => text.length)).toEqual([LIMITS.logBytes]);
    expect([over.outcome.kind, over.log.dropped]).toEqual(["answered", 8]);
  });

  it("cuts between characters, and does not grow by empty lines", async () => {
    const cut = await run(module(line(1, 0, LIMITS.logBytes - 1) + line(1, 0, 2), "\\c3\\b6"));
    expect(cut.log.lines.map(({ text }) => text.length)).toEqual([LIMITS.logBytes - 2, 0]);
    expect(cut.log.dropped).toBe(2);
    const loop = `(loop $again (call $log (i32.const 0) (i32.const 0) (i32.const 0))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100000))))`;
    expect((await run(module(loop))).log.lines).toHaveLength(LIMITS.logBytes);
  });

  it.for<readonly [body: string, reason: string]>([
    [line(4, 0, 1), "BadKind"],
    [line(-1, 0, 1), "BadKind"],
    [line(1, 131_072, 1), "BadPointer"],
    [line(1, 131_071, 2), "BadPointer"],
    [line(1, -1, 1), "BadPointer"],
    [line(1, 0, -1), "BadPointer"],
    ["(call $random (i32.const 131072) (i32.const 1))", "BadPointer"],
    ["(call $random (i32.const 0) (i32.const -1))", "BadPointer"],
    ["(call $progress (f64.const 0) (i32.const 131070) (i32.const 3))", "BadPointer"],
  ])("%s ends the call by %s", async ([body, reason]) => {
    const report = await run(module(`${body} (call $output (i32.const 2) (i32.const 0) (i32.const 1))`));
    expect(reasonOf(report)).toBe(reason);
  });
});

describe("progress", () => {
  /** A host that hears progress alone. */
  const listening = (heard: (readonly [number, string])[], fails = false): GuestHost =>
    ({
      progress: (fraction: number, note: string): Promise<void> => {
        heard.push([fraction, note]);
        return fails ? Promise.reject(new Error("gone")) : Promise.resolve();
      },
    }) as unknown as GuestHost;
  const say = (fraction: string, length: number): string =>
    `(call $progress (f64.const ${fraction}) (i32.const 0) (i32.const ${length}))`;

  it("is told once in LIMITS.progressMs, and never fails a call", async () => {
    expect(LIMITS.progressMs).toBeGreaterThanOrEqual(100);
    const heard: (readonly [number, string])[] = [];
    const report = await run(module(say("0.25", 4) + say("0.5", 4), "half"), listening(heard, true));
    expect([report.outcome.kind, heard]).toEqual(["answered", [[0.25, "half"]]]);
  });

  it.for<readonly [fraction: string, taken: number]>([
    ["7", 1],
    ["-1", 0],
    ["nan", 0],
    ["inf", 1],
  ])("takes %s as %s", async ([fraction, taken]) => {
    const heard: (readonly [number, string])[] = [];
    await run(module(say(fraction, 0)), listening(heard));
    expect(heard).toEqual([[taken, ""]]);
  });

  it("keeps LIMITS.progressNoteBytes of a note", async () => {
    const heard: (readonly [number, string])[] = [];
    await run(module(say("1", LIMITS.progressNoteBytes)), listening(heard));
    await run(module(say("1", LIMITS.progressNoteBytes + 1)), listening(heard));
    expect(heard.map(([, note]) => note.length)).toEqual([LIMITS.progressNoteBytes, LIMITS.progressNoteBytes]);
  });
});

describe("time and chance", () => {
  const DRAW = `(call $random (i32.const 0) (i32.const 100))
    (i64.store (i32.const 100) (call $now)) (i64.store (i32.const 108) (call $now))
    (call $output (i32.const 2) (i32.const 0) (i32.const 116))`;

  it("follow from the call's fate: the same bits again, others with another seed", async () => {
    const first = await run(module(DRAW));
    const [bytes, again] = [bytesOf(first), await run(module(DRAW))];
    expect(bytesOf(again)).toEqual(bytes);
    expect([again.fuel, first.looked]).toEqual([first.fuel, true]);
    const drawn = new Uint8Array(100);
    const ours = new Chance(fate);
    ours.fill(drawn.subarray());
    expect(bytes.slice(0, 100)).toEqual(drawn);
    const times = new BigInt64Array(bytes.slice(100).buffer);
    expect([...times]).toEqual([1n, 2n].map((n) => BigInt(fate.now) * 1_000_000n + n * 1_000n));
    const other = await run(module(DRAW), null, { ...fate, seed: new Uint8Array(32) });
    expect(bytesOf(other).slice(0, 100)).not.toEqual(drawn);
    expect(bytesOf(other).slice(100)).toEqual(bytes.slice(100));
  });

  it("are not looked at by who only speaks", async () => {
    const spoken = await run(module(`${line(1, 0, 1)} (call $random (i32.const 0) (i32.const 0))`));
    expect(spoken.looked).toBe(false);
    expect((await run(module("(drop (call $now))"))).looked).toBe(true);
  });

  it("are the same in a local run", async () => {
    const local = runLocal(module(DRAW), { kind: "text", bytes: new Uint8Array(0) }, { fate });
    expect("bytes" in local && local.bytes).toEqual(bytesOf(await run(module(DRAW))));
    const heard: (readonly [number, string])[] = [];
    const log = (level: number, text: string): unknown => heard.push([level, text]);
    runLocal(module(line(2, 0, 2), "hi"), { kind: "text", bytes: new Uint8Array(0) }, { log });
    expect(heard).toEqual([[2, "hi"]]);
  });
});
