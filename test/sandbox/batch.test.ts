// Batches of a job in the guest: others have their turn between tasks, however little each of them does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { meterModule } from "../../worker/sandbox/build.ts";
import { runBatch } from "../../worker/sandbox/guest/batch.ts";
import { BATCH, Governor } from "../../worker/sandbox/guest/governor.ts";
import type { GuestBatch } from "../../worker/sandbox/protocol.ts";
import { assemble } from "../fuel/wat.ts";

/** Fuel of a slice before anything is known of the code. */
const FIRST = 3_000_000;
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;
const ECHO = assemble(readFileSync(join(import.meta.dirname, "../../bench/jobs/echo.wat"), "utf8"));

test.each([
  [1, 0],
  [100, 1],
  [1_000, 10],
])("%d tasks that do next to nothing let others in %d times at least", async (count, least) => {
  const metered = meterModule(ECHO, 1);
  if (!metered.ok) throw new Error(metered.error.message);
  const { module: code, fuelExport, startExport, initialCost: instantiation } = metered.value;
  const module = { fuelExport, startExport, instantiation, state: false, call: false, data: false, foreign: null };
  const input = new TextEncoder().encode("{}");
  const inputs = new Uint8Array(count * input.length);
  const spans = new Float64Array(2 * count);
  for (let task = 0; task < count; task++) {
    inputs.set(input, task * input.length);
    spans.set([task * input.length, (task + 1) * input.length], 2 * task);
  }
  const facts = Array.from({ length: count }, () => "}");
  const allowed = { fuel: 1e12, burned: 0, fuelPerTask: 1e10, answerBytes: 1e9, deadline: Date.now() + 60_000 };
  const fate = { now: 0, seed: new Uint8Array(32) };
  const tasks = { spans, shared: "{", facts, fate, names: new Float64Array(2 * count), inputs };
  const batch: GuestBatch = { module, kind: 1, tail: false, slice: FIRST, holds: 0, ...allowed, ...tasks };
  let turns = 0;
  const turn = (): Promise<void> => {
    turns++;
    return Promise.resolve();
  };
  const report = await runBatch(
    new Module(code),
    batch,
    null,
    new Governor(batch.slice, BATCH, { now: () => 0, turn }),
  );
  expect([report.ran, report.failures]).toEqual([count, []]);
  expect(turns).toBeGreaterThanOrEqual(least);
});
