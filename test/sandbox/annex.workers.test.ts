// What an annex keeps of what it is brought: only what is what its hash says, and only so much.
import { env as bindings } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../worker/market/hash.ts";
import type { Metered } from "../../worker/market/release.ts";
import { Annex, CODE_BYTES } from "../../worker/sandbox/annex.ts";
import { meterModule } from "../../worker/sandbox/build.ts";
import type { Build } from "../../worker/sandbox/loader.ts";
import { testModule } from "../support/modules.ts";

const annex = (): Annex => new Annex({} as ExecutionContext, bindings as { LOADER: WorkerLoader });

/** A build of any bytes. */
async function buildOf(code: Uint8Array): Promise<Build> {
  return { metered: { sha256: await sha256Hex(code) } as Metered, manifest: { abi: "orcade" } };
}

function meteredEcho(): Uint8Array {
  const metered = meterModule(testModule("echo"), 16);
  if (!metered.ok) throw new Error(JSON.stringify(metered.error));
  return metered.value.module;
}

describe("an annex", () => {
  test("opens what it was brought, and nothing else", async () => {
    const code = meteredEcho();
    const build = await buildOf(code);
    expect(await annex().open(build, 0)).toBeNull();
    expect(await annex().bring(build, code)).toBe(true);
    const runner = await annex().open(build, 0);
    expect(runner).not.toBeNull();
    runner?.[Symbol.dispose]();
  });

  test("takes no code that is not what its hash says", async () => {
    const code = new Uint8Array([1, 2, 3]);
    const build = await buildOf(code);
    expect(await annex().bring(build, new Uint8Array([1, 2, 4]))).toBe(false);
    expect(await annex().open(build, 0)).toBeNull();
  });

  test("forgets what was used longest ago when it is too much, never the last", async () => {
    const [echo, rest, one] = [meteredEcho(), new Uint8Array(CODE_BYTES), new Uint8Array(1)];
    const [first, second, third] = [await buildOf(echo), await buildOf(rest.subarray(echo.length)), await buildOf(one)];
    const has = async (build: Build): Promise<boolean> => {
      const runner = await annex().open(build, 0);
      runner?.[Symbol.dispose]();
      return runner !== null;
    };
    expect(await annex().bring(first, echo)).toBe(true);
    expect(await annex().bring(second, rest.subarray(echo.length))).toBe(true);
    // All that it keeps, to the last byte.
    expect(await has(first)).toBe(true);
    expect(await annex().bring(third, one)).toBe(true);
    // The second was used before the first.
    expect(await annex().open(second, 0)).toBeNull();
    expect(await has(first)).toBe(true);
    const more = new Uint8Array(CODE_BYTES + 1);
    const last = await buildOf(more);
    expect(await annex().bring(last, more)).toBe(true);
    expect(await annex().open(first, 0)).toBeNull();
  });
});
