// What other tools built, as it is and metered: a WASI command over real standard input and output (Node's own WASI), in two
// lengths of slices; and Extism plug-ins over a host that answers the same to both.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { afterAll, describe, expect, test } from "vitest";
import { meter } from "../../../worker/fuel/index.ts";
import { buildRelayPlugin, buildShout, moduleOf } from "../../foreign/build.ts";
import { expectFaithful } from "../compare.ts";
import { callsOfAll } from "../harness.ts";

// workerd's types, which all files share, let nobody compile.
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

const folder = mkdtempSync(join(tmpdir(), "orcade-foreign-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly output: string;
  /** Fuel; 0 for a module that is not metered. */
  readonly fuel: bigint;
}

/** @param slice fuel granted at a time; null: the module is not metered */
function ran(bytes: Uint8Array, input: string, slice: bigint | null): Ran {
  const [from, to] = [join(folder, "input"), join(folder, "output")];
  writeFileSync(from, input);
  const [stdin, stdout] = [openSync(from, "r"), openSync(to, "w")];
  try {
    const wasi = new WASI({ version: "preview1", args: ["program"], stdin, stdout, returnOnExit: true });
    let granted = 0n;
    const refuel = (balance: bigint): bigint => {
      const more = slice ?? 0n;
      const grant = balance < 0n ? (-balance / more + 1n) * more : more;
      granted += grant;
      return balance + grant;
    };
    const imports = { ...wasi.getImportObject(), "orcade:fuel": { refuel } } as WebAssembly.Imports;
    const instance = new WebAssembly.Instance(new Module(bytes.slice()), imports);
    const code = wasi.start(instance);
    const balance = instance.exports["orcade:fuel"] as WebAssembly.Global | undefined;
    return {
      code,
      output: readFileSync(to, "utf8"),
      fuel: granted - ((balance?.value as bigint | undefined) ?? 0n),
    };
  } finally {
    closeSync(stdin);
    closeSync(stdout);
  }
}

const TEXTS = ["", "one", "the cat and the dog and the cat\n".repeat(2_000), "\u00e9t\u00e9 \u{1F600}\n\n\t"];

describe("words, a WASI command", () => {
  const raw = new Uint8Array(readFileSync(moduleOf("words")));
  const { module } = meter(raw);

  test.each(TEXTS.map((text) => ({ length: text.length, text })))("over $length characters", ({ text }) => {
    const unmetered = ran(raw, text, null);
    const whole = ran(module, text, 1n << 50n);
    expect([whole.code, whole.output]).toEqual([unmetered.code, unmetered.output]);
    expect(ran(module, text, 997n)).toEqual(whole);
    expect(whole.fuel).toBeGreaterThan(100n);
  });
});

test.each([
  ["shout", buildShout],
  ["relay", buildRelayPlugin],
] as const)("%s, an Extism plug-in", async (_, build) => {
  const { bytes } = await build();
  const module = new Uint8Array(bytes);
  expectFaithful(module, callsOfAll(module));
});
