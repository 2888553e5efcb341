// What can be told of the hostile modules without a server: that each is what its expectation says it is. The server is
// driven through them by a runner of its own.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { tryMeter } from "../../worker/fuel/index.ts";
import { LIMITS } from "../../worker/limits.ts";
import { entryOf, recognise } from "../../worker/market/abi.ts";
import { CALL_ERRORS, PUBLISH_CODES } from "../../worker/market/codes.ts";
import { moduleInterface } from "../../worker/market/signatures.ts";
import { manifest } from "../../worker/market/manifest.ts";
import { type Hostile, hostileExpectations, loadHostile, manifestOf } from "./load.ts";

const expectations = hostileExpectations();
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".wat"));
const modules = new Map<string, Hostile>();

beforeAll(async () => {
  for (const hostile of await loadHostile()) modules.set(hostile.name, hostile);
});

/** What one module and one call alone cannot bring about: test/calls, test/sandbox and test/fuel do. */
const ELSEWHERE = [
  "CallCount",
  "CallDepth",
  "CallLimit",
  "Cancelled",
  "DataFull",
  "DataLimit",
  "FetchLimit",
  "HostLimit",
  "InsufficientCredits",
  "InvalidInput",
  "StateConflict",
  "StateFull",
  "SuspendedVersion",
  "TimeoutError",
  "Unavailable",
  "UnknownAlgorithm",
  "UnknownVersion",
  "function-too-large",
  "metered-too-large",
];

describe("the hostile modules", () => {
  it("have an expectation each, and a file or a recipe", () => {
    const written = Object.keys(expectations).filter((name) => expectations[name]!.make === undefined);
    expect(files.map((file) => file.slice(0, -".wat".length)).sort()).toEqual(written.sort());
  });

  it.each(files)("%s begins with its note", (file) => {
    const [first] = readFileSync(join(import.meta.dirname, file), "utf8").split("\n");
    expect(first).toBe(`;; ${expectations[file.slice(0, -".wat".length)]!.note}`);
  });

  it.each(Object.entries(expectations))(
    "%s has a code or outcome that exists, and a valid manifest",
    (name, expectation) => {
      const outcomes = ["code", "error_type", "result", "raw_result", "result_length"].filter(
        (key) => key in expectation,
      );
      expect(outcomes).toHaveLength(1);
      expect("code" in expectation).toBe(expectation.at === "publish");
      if (expectation.code !== undefined) expect(Object.keys(PUBLISH_CODES)).toContain(expectation.code);
      const hostile = modules.get(name)!;
      expect(manifest.safeParse(manifestOf(hostile)).success).toBe(true);
    },
  );

  it("meet every code there is", () => {
    const met = new Set(Object.values(expectations).flatMap((each) => [each.code ?? "", each.error_type ?? ""]));
    const unmet = [...Object.keys(PUBLISH_CODES), ...Object.keys(CALL_ERRORS)].filter((code) => !met.has(code));
    expect(unmet.sort()).toEqual([...ELSEWHERE].sort());
  });
});

describe("at publish", () => {
  const calls = Object.entries(expectations).filter(
    ([, each]) => each.at === "call" || each.code?.startsWith("start-"),
  );

  it.each(calls.map(([name]) => name))("%s is metered and recognised, so that it gets to run", (name) => {
    const hostile = modules.get(name)!;
    expect(hostile.bytes.length).toBeLessThanOrEqual(LIMITS.moduleBytes);
    expect(WebAssembly.validate(hostile.bytes)).toBe(true);
    const { memory, permissions } = manifestOf(hostile);
    const metered = tryMeter(hostile.bytes, { maximumPages: memory * 16, fixedMemory: true });
    if (!metered.ok) return expect.unreachable(metered.error.message);
    const typed = moduleInterface(hostile.bytes);
    if (!typed.ok) return expect.unreachable(typed.error.message);
    expect(recognise(typed.value.imports, typed.value.exports, permissions)).toEqual({ ok: true, value: "orcade" });
  });

  const abi = /^(no-|apply-|unknown-import|import-|reserved-|permission-)/;
  const refused = Object.entries(expectations).filter(([, each]) => abi.test(each.code ?? ""));

  it.each(refused)("%s is recognised for what it is", (name, { code }) => {
    const hostile = modules.get(name)!;
    expect(WebAssembly.validate(hostile.bytes)).toBe(true);
    const typed = moduleInterface(hostile.bytes);
    if (!typed.ok) return expect.unreachable(typed.error.message);
    const { imports, exports } = typed.value;
    const recognised = recognise(imports, exports, manifestOf(hostile).permissions);
    const result = recognised.ok ? entryOf(recognised.value, exports, undefined) : recognised;
    expect(result.ok ? "" : result.error.reason).toBe(code);
  });

  it("the limit of 8 MiB lies between two of them", () => {
    expect(modules.get("largest")!.bytes.length).toBe(LIMITS.moduleBytes);
    expect(modules.get("too-large")!.bytes.length).toBe(LIMITS.moduleBytes + 1);
    expect(WebAssembly.validate(modules.get("too-large")!.bytes)).toBe(true);
  });
});
