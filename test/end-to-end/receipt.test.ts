// A receipt of a real call tree, three levels deep with state, proved by the command line on a machine that never saw the
// server: it is stopped before. And quotes and the catalogue as a person uses them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, orcade } from "../cli/harness.ts";
import { relayMany } from "../calls/relay.ts";
import { assemble } from "../fuel/wat.ts";
import { type System, startSystem } from "../support/server.ts";

/** Calls another algorithm with its input, changes the first byte of the answer, and answers that. */
const relay = (callee: string, state: string): Uint8Array =>
  assemble(`(module
    (import "orcade" "input_size" (func $size (result i32)))
    (import "orcade" "input_read" (func $read (param i32 i32 i32)))
    (import "orcade" "call" (func $call (param i32 i32 i32 i32 i32) (result i32)))
    (import "orcade" "answer_read" (func $answer (param i32 i32 i32)))
    (import "orcade" "output" (func $output (param i32 i32 i32)))
    ${
      state === ""
        ? ""
        : `(import "orcade" "state_get" (func $get (param i32 i32) (result i32)))
    (import "orcade" "state_put" (func $put (param i32 i32 i32 i32)))`
    }
    (memory (export "memory") 16)
    (data (i32.const 16) "${callee}")
    (func (export "apply") (local $n i32)
      (call $read (i32.const 1024) (i32.const 0) (call $size))
      ${state}
      (local.set $n (call $call (i32.const 16) (i32.const ${callee.length}) (i32.const 2) (i32.const 1024) (call $size)))
      (call $answer (i32.const 65536) (i32.const 0) (local.get $n))
      (i32.store8 (i32.const 65536) (i32.add (i32.load8_u (i32.const 65536)) (i32.const 1)))
      (call $output (i32.const 2) (i32.const 65536) (local.get $n))))`);

/** Reads what is kept under the callee's name, and keeps the input there. */
const REMEMBER = `(drop (call $get (i32.const 16) (i32.const 9)))
  (call $put (i32.const 16) (i32.const 9) (i32.const 1024) (call $size))`;

/** Answers with chance and the clock of our own ABI. */
const DICE = assemble(`(module
    (import "orcade" "random" (func $random (param i32 i32)))
    (import "orcade" "now" (func $now (result i64)))
    (import "orcade" "output" (func $output (param i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "apply")
      (call $random (i32.const 0) (i32.const 32))
      (i64.store (i32.const 32) (call $now))
      (call $output (i32.const 2) (i32.const 0) (i32.const 40))))`);

/** The same of a WASI command, with the length of its first argument, its own name. */
const COMMAND = assemble(`(module
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (drop (call $random (i32.const 16) (i32.const 32)))
      (drop (call $now (i32.const 0) (i64.const 1) (i32.const 48)))
      (drop (call $sizes (i32.const 56) (i32.const 60)))
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (i32.const 48))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))`);

const moduleOf = (name: string): Uint8Array =>
  assemble(readFileSync(join(import.meta.dirname, "..", "modules", `${name}.wat`), "utf8"));
const echo = moduleOf("echo");
const folder = mkdtempSync(join(tmpdir(), "orcade-receipt-"));
const open = { source: "open" };
let system: System;

const run = (...argv: readonly string[]): Promise<Ran> =>
  orcade([...argv, "--address", system.server.url, "--key", system.ada.key], { cwd: folder });
const bare = (...argv: readonly string[]): Promise<Ran> => orcade(argv, { cwd: folder });

async function publish(name: string, permissions: readonly string[], module: Uint8Array, more: object): Promise<void> {
  const answer = await system.ada.publish("ada", { name, permissions, royalty: 700, more }, module);
  expect([answer.status, await answer.text()]).toEqual([201, expect.any(String)]);
}

beforeAll(async () => {
  system = await startSystem();
  await publish("leaf", [], echo, open);
  await publish("middle", ["call", "state"], relay("ada/leaf", REMEMBER), open);
  await publish("top", ["call"], relay("ada/middle", ""), open);
  await publish("pair", ["call"], relay("ada/leaf", ""), open);
  await publish("half", ["call"], relay("ada/shut", ""), open);
  await publish("shut", [], echo, {});
  await publish("fan", ["call"], moduleOf("fan"), open);
  await publish("dice", [], DICE, open);
  await publish("command", [], COMMAND, { ...open, args: ["one", "two"], environ: { A: "b" } });
});
afterAll(async () => {
  await system.end();
  rmSync(folder, { recursive: true, force: true });
});

const HELLO = new TextEncoder().encode("hello");

async function call(target: string, headers: Record<string, string>, input: Uint8Array = HELLO): Promise<string> {
  const answer = await system.ada.call(target, input, headers);
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("result")]);
  return answer.headers.get("X-Orcade-Call") ?? "";
}

type Verified = { holds: boolean; refused: string | null; nodes: { verdict: string; reason: string }[] };

async function verified(file: string): Promise<Verified> {
  const ran = await bare("receipt", "--verify", file, "--keys", "keys.json", "--json");
  const found = JSON.parse(ran.stdout) as Verified;
  expect(ran.code).toBe(found.holds ? 0 : 1);
  return found;
}

test("a three-level open tree is replayed elsewhere, node by node; a changed digit is refused", async () => {
  writeFileSync(join(folder, "input.bin"), "hello");
  // The second call finds what the first one kept: its tape is not empty.
  await call("ada/top", {});
  const id = await call("ada/top", { "X-Orcade-Keep": "input" });
  const unkept = await call("ada/top", {});
  const pair = await call("ada/pair", {});
  const half = await call("ada/half", { "X-Orcade-Keep": "input" });
  const dice = await call("ada/dice", { "X-Orcade-Keep": "input" });
  const command = await call("ada/command", { "X-Orcade-Keep": "input" });
  const fan = await call("ada/fan", { "X-Orcade-Keep": "input" }, relayMany(5, "ada/leaf", Uint8Array.of(0)));
  for (const [name, target] of [
    ["whole", id],
    ["fan", fan],
    ["half", half],
    ["dice", dice],
    ["command", command],
  ] as const) {
    expect(await run("receipt", target, "--export", "-o", `${name}.json`)).toMatchObject({ code: 0, stderr: "" });
  }
  expect((await run("receipt", unkept, "--export", "--input", "@input.bin", "-o", "given.json")).code).toBe(0);
  expect((await run("receipt", pair, "--export", "--input", "@input.bin", "-o", "pair.json")).code).toBe(0);
  expect((await run("receipt", id)).stdout).toContain("ada/middle/1.0.0");
  expect((await run("calls", id)).stdout).toContain("    ada/leaf/1.0.0");
  const keys = await system.fetch("/.well-known/orcade-keys");
  writeFileSync(join(folder, "keys.json"), await keys.text());
  // The server one uses is trusted; one that only the file names is not.
  expect(await run("receipt", "--verify", "whole.json")).toMatchObject({ code: 0, stderr: "" });
  const stranger = await bare("receipt", "--verify", "whole.json");
  expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining("named by the file alone")]);
  await system.server.stop();

  const whole = await verified("whole.json");
  expect(whole).toMatchObject({ holds: true, refused: null });
  expect(whole.nodes.map(({ verdict }) => verdict)).toEqual(["replayed", "replayed", "replayed"]);

  // Calls that were made all at once stand in the order of their list, in the tree as on the tape.
  const list = await verified("fan.json");
  expect([list.holds, list.nodes.map(({ verdict }) => verdict)]).toEqual([true, Array(6).fill("replayed")]);

  // Time and chance are in the record: in our own ABI, and in a module that other tools built.
  for (const name of ["dice", "command"]) {
    expect(await verified(`${name}.json`)).toMatchObject({ holds: true, nodes: [{ verdict: "replayed" }] });
  }

  // ada owns what is closed and may fetch it; the file carries only what is open.
  expect((await verified("half.json")).nodes).toMatchObject([
    { verdict: "replayed" },
    { verdict: "signed only", reason: "its source is closed" },
  ]);

  // A tree that asked nothing but other open algorithms needs no more than the input of its root.
  expect((await verified("pair.json")).nodes.map(({ verdict }) => verdict)).toEqual(["replayed", "replayed"]);

  // Without the tape the root and the middle cannot go on, and the leaf's input is not known.
  const given = await verified("given.json");
  expect(given.holds).toBe(true);
  expect(given.nodes.map(({ verdict }) => verdict)).toEqual(["signed only", "signed only", "signed only"]);

  const text = readFileSync(join(folder, "whole.json"), "utf8");
  for (const field of ["fuel", "cost", "royalty", "settled"]) {
    const changed = text.replace(
      new RegExp(`("${field}": \\d*)(\\d)`),
      (_, head: string, digit: string) => `${head}${(Number(digit) + 1) % 10}`,
    );
    expect(changed).not.toBe(text);
    writeFileSync(join(folder, "changed.json"), changed);
    expect(await verified("changed.json")).toMatchObject({ holds: false, nodes: [] });
  }
  // The kept input is not signed itself, but its hash is.
  writeFileSync(
    join(folder, "changed.json"),
    text.replaceAll(Buffer.from("hello").toString("base64"), Buffer.from("hellp").toString("base64")),
  );
  expect(await verified("changed.json")).toMatchObject({ holds: false });

  // Nobody to ask for the keys: checked against the file's own, which proves nothing.
  const alone = await bare("receipt", "--verify", "whole.json");
  expect([alone.code, alone.stdout, alone.stderr]).toEqual([
    1,
    expect.stringContaining("Not proven"),
    expect.stringContaining("could not be asked"),
  ]);
});
