// The bounds of reaching outside, as a sandbox holds them against a module: the host here answers whatever is asked.
import { expect, it } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { meterModule } from "../../worker/sandbox/build.ts";
import { runModule } from "../../worker/sandbox/guest/machine.ts";
import type { GuestHost } from "../../worker/sandbox/protocol.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const HEAD = "GET https://example.net/a";

async function run(body: string): Promise<string> {
  const bytes = assemble(`(module
    (import "orcade" "fetch" (func $fetch (param i32 i32 i32 i32) (result i32)))
    (import "orcade" "fetch_status" (func $status (result i32)))
    (import "orcade" "fetch_headers" (func $headers (result i32)))
    (import "orcade" "secret_get" (func $secret (param i32 i32) (result i32)))
    (memory (export "memory") 32 32)
    (data (i32.const 0) "${HEAD}")
    (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
    (func (export "apply") (local $n i32) ${body}))`);
  const metered = meterModule(bytes, 16);
  if (!metered.ok) throw new Error(metered.error.message);
  const { module: code, fuelExport, startExport, initialCost: instantiation } = metered.value;
  const asks = { state: false, call: false, data: false, internet: true, secrets: true, foreign: null };
  const host = {
    fetch: () => Promise.resolve({ status: 299, headers: [["a", "b"]], body: new Uint8Array(7), url: "" }),
    secretGet: () => Promise.resolve("xyz"),
    cancelled: () => new Promise(() => undefined),
  } as unknown as GuestHost;
  const fate = { now: 0, seed: new Uint8Array(32) };
  const more = { kind: 0, fuel: 1e10, grows: false, fate, deadline: Date.now() + 60_000, tail: false };
  const module = { fuelExport, startExport, instantiation, ...asks };
  const { outcome } = await runModule(new Module(code), { module, input: new Uint8Array(0), ...more }, host, false);
  return outcome.kind === "stopped" ? outcome.reason : outcome.kind;
}

const numbers = (...list: number[]): string => list.map((number) => `(i32.const ${number})`).join(" ");
const fetch = (head: number, headLength: number, body: number, length: number): string =>
  `(call $fetch ${numbers(head, headLength, body, length)})`;
const drop = (expression: string): string => `(drop ${expression})`;
const is = (expression: string, value: number): string => `(call $is ${expression} (i32.const ${value}))`;
const times = (count: number, expression: string): string =>
  `(loop $again ${drop(expression)}
    (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const ${count}))))`;
const good = fetch(0, HEAD.length, 0, 0);
const END = 32 * 65_536;

it.for<readonly [title: string, body: string, outcome: string]>([
  ["a request", is(good, 7) + is("(call $status)", 299) + is("(call $headers)", 5), "answered"],
  ["before any request", is("(call $status)", 0) + is("(call $headers)", 0), "answered"],
  ["what is no request is an error of it", is(`(i32.lt_s ${fetch(0, 3, 0, 0)} (i32.const 0))`, 1), "answered"],
  ["as many requests as there may be", times(LIMITS.fetches, good), "answered"],
  ["one more", times(LIMITS.fetches + 1, good), "FetchLimit"],
  ["the longest head", drop(fetch(0, LIMITS.fetchHeadBytes, 0, 0)), "answered"],
  ["a longer one", drop(fetch(0, LIMITS.fetchHeadBytes + 1, 0, 0)), "FetchLimit"],
  ["the longest body", drop(fetch(0, HEAD.length, 0, LIMITS.fetchBodyBytes)), "answered"],
  ["a longer one", drop(fetch(0, HEAD.length, 0, LIMITS.fetchBodyBytes + 1)), "FetchLimit"],
  ["a head outside", drop(fetch(END, 1, 0, 0)), "BadPointer"],
  ["a body outside", drop(fetch(0, HEAD.length, END - 1, 2)), "BadPointer"],
  ["a negative length", drop(fetch(0, -1, 0, 0)), "BadPointer"],
  ["a secret", is("(call $secret (i32.const 0) (i32.const 3))", 3), "answered"],
  [
    "as many secrets as there may be",
    times(LIMITS.secretReads, "(call $secret (i32.const 0) (i32.const 3))"),
    "answered",
  ],
  ["one more", times(LIMITS.secretReads + 1, "(call $secret (i32.const 0) (i32.const 3))"), "FetchLimit"],
  ["the longest name", drop(`(call $secret ${numbers(0, LIMITS.secretNameBytes)})`), "answered"],
  ["a longer one", drop(`(call $secret ${numbers(0, LIMITS.secretNameBytes + 1)})`), "FetchLimit"],
  ["a name outside", drop(`(call $secret ${numbers(END, 1)})`), "BadPointer"],
])("%s: %s ends as %s", async ([, body, outcome]) => {
  expect(await run(body)).toBe(outcome);
});

it("a request may last long, but not as long as a call that says nothing", () => {
  expect(LIMITS.fetchMs).toBeLessThan(LIMITS.timeoutSeconds * 1_000);
});
