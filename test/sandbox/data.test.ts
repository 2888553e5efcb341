// The bounds of reading and writing data, as a sandbox holds them against a module: the host here finds an empty file whatever
// is asked, and takes what is written.
import { expect, it } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { meterModule } from "../../worker/sandbox/build.ts";
import { runModule } from "../../worker/sandbox/guest/machine.ts";
import type { GuestHost } from "../../worker/sandbox/protocol.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

async function run(body: string): Promise<string> {
  const bytes = assemble(`(module
    (import "orcade" "data_get" (func $get (param i32 i32) (result i32)))
    (import "orcade" "data_range" (func $range (param i32 i32 i64 i32) (result i32)))
    (import "orcade" "data_size" (func $size (param i32 i32) (result i64)))
    (import "orcade" "data_list" (func $list (param i32 i32 i32 i32 i32) (result i32)))
    (import "orcade" "data_put" (func $put (param i32 i32 i32 i32) (result i32)))
    (import "orcade" "data_delete" (func $delete (param i32 i32) (result i32)))
    (import "orcade" "answer_read" (func $read (param i32 i32 i32)))
    (memory (export "memory") 160 160)
    (func (export "apply") (local $n i32) ${body}))`);
  const metered = meterModule(bytes, 16);
  if (!metered.ok) throw new Error(metered.error.message);
  const { module: code, fuelExport, startExport, initialCost: instantiation } = metered.value;
  const build = {
    fuelExport,
    startExport,
    instantiation,
    state: false,
    call: false,
    data: true,
    dataWrite: true,
    foreign: null,
  };
  const host = {
    dataSize: () => Promise.resolve(0),
    dataRead: () => Promise.resolve(new Uint8Array(0)),
    dataList: () => Promise.resolve([]),
    dataPut: (path: string) => Promise.resolve(path === "\0" ? "written" : "full"),
    dataDelete: () => Promise.resolve("absent"),
    cancelled: () => new Promise(() => undefined),
  } as unknown as GuestHost;
  const fate = { now: 0, seed: new Uint8Array(32) };
  const more = { kind: 0, fuel: 1e10, grows: false, fate, deadline: Date.now() + 60_000, tail: false };
  const call = { module: build, input: new Uint8Array(0), ...more };
  const { outcome } = await runModule(new Module(code), call, host, false);
  return outcome.kind === "stopped" ? outcome.reason : outcome.kind;
}

const get = (pointer: number, length: number): string =>
  `(drop (call $get (i32.const ${pointer}) (i32.const ${length})))`;
const list = (limit: number, after = 0): string =>
  `(drop (call $list (i32.const 0) (i32.const 1) (i32.const 0) (i32.const ${after}) (i32.const ${limit})))`;
const put = (path: number, pathLength: number, bytes: number, length: number): string =>
  `(drop (call $put (i32.const ${path}) (i32.const ${pathLength}) (i32.const ${bytes}) (i32.const ${length})))`;
const remove = (path: number, length: number): string =>
  `(drop (call $delete (i32.const ${path}) (i32.const ${length})))`;
const putTimes = (count: number, length: number): string =>
  `(loop $again ${put(0, 1, 0, length)}
    (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const ${count}))))`;
const END = 160 * 65_536;
const times = (count: number): string =>
  `(loop $again (drop (call $size (i32.const 0) (i32.const 1)))
    (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const ${count}))))`;
const range = (pointer: number, from: number, count: number): string =>
  `(drop (call $range (i32.const ${pointer}) (i32.const 1) (i64.const ${from}) (i32.const ${count})))`;

it.for<readonly [title: string, body: string, outcome: string]>([
  ["the longest path", get(0, LIMITS.dataPathBytes), "answered"],
  ["a longer one", get(0, LIMITS.dataPathBytes + 1), "DataLimit"],
  ["the last byte of memory", get(END - 1, 1), "answered"],
  ["a path that ends outside", get(END - 1, 2), "BadPointer"],
  ["a path that begins outside", get(END, 1), "BadPointer"],
  ["a negative length", get(0, -1), "BadPointer"],
  ["a negative pointer", get(-1, 1), "BadPointer"],
  ["a range's path outside", range(END, 0, 1), "BadPointer"],
  ["the longest range", range(0, 0, LIMITS.dataReadBytes), "answered"],
  ["a longer one", range(0, 0, LIMITS.dataReadBytes + 1), "DataLimit"],
  ["the longest list", list(LIMITS.dataListFiles), "answered"],
  ["a longer one", list(LIMITS.dataListFiles + 1), "DataLimit"],
  ["a list of none", list(0), "DataLimit"],
  ["a list of less", list(-1), "DataLimit"],
  ["a list after a name outside", list(1, END + 1), "BadPointer"],
  ["as many reads as there may be", times(LIMITS.dataOperations), "answered"],
  ["one more", times(LIMITS.dataOperations + 1), "DataLimit"],
  ["the longest file written", put(0, 1, 0, LIMITS.dataWriteBytes), "answered"],
  ["a longer one", put(0, 1, 0, LIMITS.dataWriteBytes + 1), "DataLimit"],
  [
    "as much written as there may be",
    putTimes(LIMITS.dataWrittenBytes / LIMITS.dataWriteBytes, LIMITS.dataWriteBytes),
    "answered",
  ],
  [
    "one byte more",
    `${putTimes(LIMITS.dataWrittenBytes / LIMITS.dataWriteBytes, LIMITS.dataWriteBytes)} ${put(0, 1, 0, 1)}`,
    "DataLimit",
  ],
  ["nothing written at the end of memory", put(0, 1, END, 0), "answered"],
  ["bytes that end outside", put(0, 1, END - 1, 2), "BadPointer"],
  ["bytes of a negative length", put(0, 1, 0, -1), "BadPointer"],
  ["bytes at a negative pointer", put(0, 1, -1, 1), "BadPointer"],
  ["bytes that are their own path", put(0, 1, 0, 1), "answered"],
  ["a path to write that is outside", put(END, 1, 0, 1), "BadPointer"],
  ["a path to write that is too long", put(0, LIMITS.dataPathBytes + 1, 0, 1), "DataLimit"],
  ["what does not fit any more", put(0, 2, 0, 1), "DataFull"],
  ["deleting what is not there", remove(0, 1), "answered"],
  ["a path to delete that is outside", remove(END, 1), "BadPointer"],
  [
    "reading beyond what was found",
    `${get(0, 1)} (call $read (i32.const 0) (i32.const 0) (i32.const 1))`,
    "BadPointer",
  ],
])("%s: %s ends as %s", async ([, body, outcome]) => {
  expect(await run(body)).toBe(outcome);
});
