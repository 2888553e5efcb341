// No limit without a test: every key of LIMITS is used by name in some test, or stands here with the reason why not.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";

const ROOT = join(import.meta.dirname, "..");

/** Not a bound that a caller meets, or one that a test could meet only by waiting or by filling a machine. */
const WITHOUT: Readonly<Record<string, string>> = {
  sliceFuel: "not a bound: how often a call pauses; that fuel does not depend on it is in test/api/call",
  stateHoldMs: "ten seconds of waiting; Hold is given shorter times in test/objects",
  codeCacheBytes: "not a bound: what is dropped from it is fetched again",
  outboxMs: "not a bound: how long settled calls wait for one another",
  sliceFuelMost: "not a bound: what a guest may have been granted before it can be asked",
  pieceFuel: "not a bound: how often a call asks for more; that fuel does not depend on it is in test/calls",
  webhookAnswerBytes: "a longer answer is a try that failed; the bound itself is shown in test/egress",
  runSeconds: "a default of thirty days; the time of a run is over at ?timeout= in test/runs/durable",
  runSnapshotSteps: "not a bound: how often a run is written down",
  runDozeMs: "not a bound: how long a run waits in memory before it sleeps",
  orcHttpMs: "a default of half a minute",
  jobRetries: "a default; retries themselves are shown in test/jobs",
  jobCost: "a default; a job's cap is shown in test/jobs",
  jobFuelPerTask: "a default; that a task ends at its fuel is shown in test/jobs",
  jobLeaseMs: "not a bound: when a silent batch is given up; test/jobs simulates it",
  jobKeptMs: "not a bound: when a job that nobody asks for is forgotten",
  preparedAskMs: "not a bound: how long a reader waits before it asks",
  preparedSweepMs: "not a bound: when leftovers are looked for",
};

const textOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.endsWith("limits/every.test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");

test("every limit is shown by name in a test, or has a reason not to be", () => {
  const shown = new Set(textOf(ROOT).match(/\bLIMITS\.\w+/gu));
  const missing = Object.keys(LIMITS).filter((key) => !shown.has(`LIMITS.${key}`) && WITHOUT[key] === undefined);
  expect(missing).toEqual([]);
});

test("no reason is given for what is shown, or for what is no limit", () => {
  const shown = new Set(textOf(ROOT).match(/\bLIMITS\.\w+/gu));
  const idle = Object.keys(WITHOUT).filter((key) => shown.has(`LIMITS.${key}`) || !Object.hasOwn(LIMITS, key));
  expect(idle).toEqual([]);
});
