// Modules that other tools built, metered and run as a sandbox runs them: a C program for WASI, an Extism plug-in, and WAT
// that misbehaves.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { meterModule } from "../../worker/sandbox/build.ts";
import { LIMITS } from "../../worker/limits.ts";
import { Kernel } from "../../worker/sandbox/guest/extism/kernel.ts";
import { Chance, VirtualClock } from "../../worker/sandbox/guest/chance.ts";
import { runModule } from "../../worker/sandbox/guest/machine.ts";
import type { Foreign, GuestReport } from "../../worker/sandbox/protocol.ts";
import { buildShout, buildWords } from "../foreign/build.ts";
import { assemble } from "../fuel/wat.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const fate = { now: 1_764_000_000_000, seed: new Uint8Array(32).fill(7) };
const WASI: Foreign = { abi: "wasi", entry: "_start", output: "text", args: ["words"], environ: [], config: {} };
const EXTISM: Foreign = { ...WASI, abi: "extism", entry: "shout" };

interface Wish extends Partial<Foreign> {
  readonly input?: string | Uint8Array;
  readonly fuel?: number;
}

async function run(
  bytes: Uint8Array,
  foreign: Foreign,
  { input = "", fuel = 1e10, ...more }: Wish = {},
): Promise<GuestReport> {
  const metered = meterModule(bytes, 16);
  if (!metered.ok) throw new Error(metered.error.message);
  const { module, fuelExport, startExport, initialCost: instantiation } = metered.value;
  const build = {
    fuelExport,
    startExport,
    instantiation,
    state: false,
    call: false,
    data: false,
    foreign: { ...foreign, ...more },
  };
  const given = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const call = {
    module: build,
    input: given,
    kind: 0,
    fuel,
    grows: false,
    fate,
    deadline: Date.now() + 60_000,
    tail: false,
  };
  return runModule(new Module(module), call, null, false);
}

const textOf = ({ outcome }: GuestReport): string =>
  outcome.kind === "answered" ? new TextDecoder().decode(outcome.bytes) : JSON.stringify(outcome);

describe("a C program for WASI", () => {
  let words: Uint8Array;
  beforeAll(() => {
    const built = buildWords();
    console.log(`words.c: ${built.by}, ${built.bytes.length} bytes`);
    words = built.bytes;
  });

  it("reads its input and answers on standard output", async () => {
    const report = await run(words, WASI, { input: "one two\nthree\n" });
    expect([report.outcome.kind, textOf(report)]).toEqual(["answered", "2 3 14\n"]);
    expect(report.fuel).toBeGreaterThan(1_000);
  });

  it("takes as much input as there is", async () => {
    expect(textOf(await run(words, WASI, { input: "word ".repeat(200_000) }))).toBe("0 200000 1000000\n");
  });

  it("gets arguments and environment, keeps files while it lasts, and time passes for it alone", async () => {
    const args = ["words", "env", "scratch", "time", "sleep"];
    const report = await run(words, WASI, { args, environ: ["GREETING=hello, wörld"] });
    expect(textOf(report)).toBe("0 0 0\nGREETING=hello, wörld\nscratch: one\nscratch: two\na time\nslept 0\n");
  });

  it("fails with its exit code and the end of standard error", async () => {
    const { outcome, log } = await run(words, WASI, { args: ["words", "fail"] });
    expect(log.lines).toEqual([{ level: "info", text: "as asked" }]);
    expect(outcome).toEqual({ kind: "failed", type: "ExitError", message: "exit code 3: as asked" });
  });

  it("costs the same every time, and ends when its fuel does", async () => {
    const input = "a few words ".repeat(1_000);
    const reports = await Promise.all(
      [1, 2, 3].map(() => run(words, WASI, { input, args: ["words", "scratch", "time"] })),
    );
    const [first] = reports.map(({ fuel }) => fuel);
    expect(new Set(reports.map(({ fuel }) => fuel)).size).toBe(1);
    const dry = await run(words, WASI, { input, args: ["words", "scratch", "time"], fuel: (first ?? 0) - 1 });
    expect(dry.outcome).toMatchObject({ kind: "stopped", reason: "FuelExhausted" });
  });
});

describe("an Extism plug-in", () => {
  let shout: Uint8Array;
  beforeAll(async () => {
    shout = (await buildShout()).bytes;
  });

  it("reads its input and config, has variables, and answers", async () => {
    expect(textOf(await run(shout, EXTISM, { input: "hallo" }))).toBe("HALLO.1");
    expect(textOf(await run(shout, EXTISM, { input: "grüße", config: { end: "!" } }))).toBe("GRÜSSE!1");
  });

  it("passes bytes through, long ones too", async () => {
    const bytes = Uint8Array.from({ length: 300_001 }, (_, n) => (n * 31) & 255);
    const { outcome } = await run(shout, EXTISM, { input: bytes, entry: "mirror", output: "bytes" });
    expect(outcome).toEqual({ kind: "answered", answer: "bytes", bytes });
  });

  it("fails with the error it sets", async () => {
    const { outcome } = await run(shout, EXTISM, { input: "fail" });
    expect(outcome).toEqual({ kind: "failed", type: "PluginError", message: "it was told to fail" });
  });
});

describe("foreign modules that misbehave", () => {
  const folder = join(import.meta.dirname, "foreign");
  it.each(readdirSync(folder))("%s", async (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const expected = /;; => (.*)/.exec(text)?.[1] ?? "";
    const abi = text.includes("extism:host") ? { ...EXTISM, entry: "run" } : WASI;
    const report = await run(assemble(text), abi, { fuel: 3e8 });
    expect(textOf(report)).toContain(expected);
  });
});

it("a plug-in's blocks: LIMITS.foreignBytes in all, and no more", () => {
  const kernel = new Kernel();
  const first = kernel.alloc(8);
  expect(kernel.alloc(LIMITS.foreignBytes - first - 8)).toBe(first + 8);
  expect(() => kernel.alloc(1)).toThrow("stop");
  kernel.free(first);
  expect(kernel.alloc(3)).toBe(first);
  expect([kernel.length(first), kernel.length(first + 1), kernel.alloc(0)]).toEqual([3, 0, 0]);
});

describe("virtual time and chance", () => {
  it("ChaCha20's key stream (RFC 8439 appendix A.1, test vector 1)", () => {
    const bytes = new Uint8Array(64);
    const chance = new Chance({ now: 0, seed: new Uint8Array(32) });
    chance.fill(bytes.subarray(0, 5));
    chance.fill(bytes.subarray(5));
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    );
    chance.fill(bytes.subarray(0, 32));
    expect(Buffer.from(bytes.subarray(0, 16)).toString("hex")).toBe("9f07e7be5551387a98ba977c732d080d");
  });

  it("a clock begins with the call and moves when it is looked at", () => {
    const clock = new VirtualClock(fate);
    expect(clock.realtime() - 1_764_000_000_000_000_000n).toBe(1_000n);
    expect(clock.monotonic()).toBe(2_000n);
    clock.advanceTo(5_000_000_000n);
    expect(clock.monotonic()).toBe(5_000_001_000n);
    clock.advanceTo(1n);
    expect(clock.monotonic()).toBe(5_000_002_000n);
  });
});
