// What a hostile module could make the host do or hold for nothing: every way that was found, held shut.
import { expect, it } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Kernel } from "../../worker/sandbox/guest/extism/kernel.ts";
import { EXTISM_MODULE } from "../../worker/market/abis/extism.ts";
import { Plugin, extismFunctions } from "../../worker/sandbox/guest/extism/index.ts";
import { ERROR_BYTES, Sink, Tail } from "../../worker/sandbox/guest/wasi/descriptors.ts";
import { SCRATCH_BYTES, Scratch } from "../../worker/sandbox/guest/wasi/files.ts";
import { Chance, VirtualClock } from "../../worker/sandbox/guest/chance.ts";
import { GuestMemory } from "../../worker/sandbox/guest/memory.ts";
import type { Pay } from "../../worker/sandbox/guest/pay.ts";
import { wasiFunctions } from "../../worker/sandbox/guest/wasi/index.ts";
import { WasiMemory } from "../../worker/sandbox/guest/wasi/memory.ts";
import { System } from "../../worker/sandbox/guest/wasi/system.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const fate = { now: 1_764_000_000_000, seed: new Uint8Array(32) };

/** What plug-ins logged. */
const logged: (readonly [level: number, text: string])[] = [];

/** Bytes' worth that each host function asks to be paid for, by a module that calls it once. */
async function asked(wat: string, args: readonly string[] = []): Promise<number[]> {
  const weights: number[] = [];
  const pay: Pay = (_base, bytes, work) => {
    weights.push(bytes);
    return work();
  };
  const made: { instance?: WebAssembly.Instance } = {};
  const memory = (): WasiMemory =>
    new WasiMemory(new GuestMemory(made.instance?.exports["memory"] as unknown as WebAssembly.Memory));
  const clock = new VirtualClock(fate);
  const system = new System({ input: new Uint8Array(0), args, environ: [], clock, chance: new Chance(fate), memory });
  const plugin = new Plugin({
    input: new Uint8Array(0),
    config: {},
    outside: null,
    log: (level, line) => logged.push([level, new TextDecoder().decode(line)]),
  });
  const instance = new WebAssembly.Instance(new Module(assemble(wat)), {
    wasi_snapshot_preview1: wasiFunctions(system, memory, pay, () => undefined),
    [EXTISM_MODULE]: extismFunctions(plugin, 0, pay, () => undefined),
  } as WebAssembly.Imports);
  made.instance = instance;
  await WebAssembly.promising(instance.exports["run"] as () => void)();
  return weights;
}

const wasi = (name: string, params: string, before: string, call: string, pages = 1): string =>
  `(module (import "wasi_snapshot_preview1" "${name}" (func $f (param ${params}) (result i32)))
    (memory (export "memory") ${pages}) (func (export "run") (local $i i32) ${before} (drop (call $f ${call}))))`;
const numbers = (...list: number[]): string => list.map((number) => `(i32.const ${number})`).join(" ");

it("vectors that together ask for 2^32 bytes are not free", async () => {
  const vectors = Array.from({ length: 16 }, (_, n) => `(i32.store ${numbers(n * 8 + 4, 2 ** 28)})`).join("");
  const [weight = 0] = await asked(wasi("fd_read", "i32 i32 i32 i32", vectors, numbers(99, 0, 16, 1_000)));
  expect(weight).toBe(2 ** 32 - 1);
});

it("vectors of nothing are paid for", async () => {
  const [weight = 0] = await asked(wasi("fd_write", "i32 i32 i32 i32", "", numbers(1, 0, 1_024, 60_000)));
  expect(weight).toBeGreaterThan(1_024 * 100);
});

it("arguments are paid for by their length", async () => {
  const [weight = 0] = await asked(wasi("args_get", "i32 i32", "", numbers(0, 1_000)), ["x".repeat(9_000), "y"]);
  expect(weight).toBeGreaterThan(9_001);
});

it("both paths of a rename are paid for", async () => {
  const [weight = 0] = await asked(wasi("path_rename", "i32 i32 i32 i32 i32 i32", "", numbers(3, 0, 1, 3, 0, 4_096)));
  expect(weight).toBeGreaterThan(4_096 * 20);
});

it("a line of the log is heard with its level, and paid for by its length", async () => {
  const weights = await asked(`(module (import "extism:host/env" "alloc" (func $a (param i64) (result i64)))
    (import "extism:host/env" "store_u8" (func $s (param i64 i32)))
    (import "extism:host/env" "log_warn" (func $w (param i64)))
    (import "extism:host/env" "log_trace" (func $t (param i64)))
    (memory (export "memory") 1)
    (func (export "run") (local $n i64) (local.set $n (call $a (i64.const 2)))
      (call $s (local.get $n) (i32.const 104)) (call $s (i64.add (local.get $n) (i64.const 1)) (i32.const 105))
      (call $t (local.get $n)) (call $w (local.get $n))))`);
  expect(logged).toEqual([[2, "hi"]]);
  expect(weights.at(-1)).toBe(2);
});

it("a variable is paid for by its length", async () => {
  const weights = await asked(`(module (import "extism:host/env" "alloc" (func $a (param i64) (result i64)))
    (import "extism:host/env" "var_set" (func $s (param i64 i64)))
    (import "extism:host/env" "var_get" (func $g (param i64) (result i64)))
    (memory (export "memory") 1)
    (func (export "run") (local $n i64) (local.set $n (call $a (i64.const 1)))
      (call $s (local.get $n) (call $a (i64.const 900000))) (drop (call $g (local.get $n)))))`);
  expect(weights.at(-1)).toBeGreaterThanOrEqual(900_000);
});

it("a folder that was moved is one folder: nothing can be removed twice", () => {
  const scratch = new Scratch();
  scratch.makeFolder(scratch.find(scratch.root, "a"));
  const held = scratch.find(scratch.root, "a").node;
  if (held?.kind !== "folder") throw new Error("no folder");
  scratch.makeFile(scratch.find(held, "f"));
  scratch.makeFolder(scratch.find(scratch.root, "c"));
  scratch.rename(scratch.find(scratch.root, "a"), scratch.find(scratch.root, "c/b"));
  scratch.remove(scratch.find(held, "f"), "file");
  expect(() => scratch.remove(scratch.find(scratch.root, "c/b/f"), "file")).toThrow("noent");
  expect(scratch.find(held, "..").node).toBe(scratch.find(scratch.root, "c").node);
  expect(() => scratch.find(held, "../../..")).toThrow("notcapable");
  expect(() => scratch.rename(scratch.find(scratch.root, "c"), scratch.find(held, "d"))).toThrow("inval");
});

it("files that were cut keep no room", () => {
  const scratch = new Scratch();
  const files = Array.from({ length: 32 }, (_, n) => scratch.makeFile(scratch.find(scratch.root, `f${n}`)));
  for (const file of files) {
    file.resize(SCRATCH_BYTES - 32);
    file.resize(1);
  }
  const room = files.reduce((sum, file) => sum + file.room, 0);
  expect(room).toBeLessThan(1_000);
  for (const file of files) file.resize(SCRATCH_BYTES / 32);
  expect(files.reduce((sum, file) => sum + file.room, 0)).toBeLessThanOrEqual(LIMITS.foreignBytes);
});

it("a file that grew and was cut reads as zeros where it grows again", () => {
  const scratch = new Scratch();
  const file = scratch.makeFile(scratch.find(scratch.root, "f"));
  file.write(0, new Uint8Array(1_000).fill(7));
  for (const size of [900, 1_000, 10, 1_000, 1_400]) file.resize(size);
  expect([...file.read(0, 12)]).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0]);
  expect(file.read(10, 2_000).every((byte) => byte === 0)).toBe(true);
  expect(file.size).toBe(1_400);
});

it("a million blocks of one byte take what a host has for them", () => {
  const kernel = new Kernel();
  let blocks = 0;
  expect(() => {
    for (; ; blocks++) kernel.alloc(1);
  }).toThrow("stop");
  expect(blocks).toBeLessThan(400_000);
});

it("standard output and error keep every byte, and the end, whatever the pieces", () => {
  const sink = new Sink();
  const tail = new Tail();
  const text = Array.from({ length: 40_000 }, (_, n) => `${n},`).join("");
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 977) {
    sink.append(bytes.subarray(at, at + 977));
    tail.write(bytes.subarray(at, at + 977));
  }
  expect(new TextDecoder().decode(sink.whole())).toBe(text);
  expect(tail.text).toBe(text.slice(-ERROR_BYTES));
  tail.write(bytes);
  expect(tail.text).toBe(text.slice(-ERROR_BYTES));
});
