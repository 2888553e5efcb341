// How fast a job is, and when it will be done: of what it runs, since it last began to.
import { expect, test } from "vitest";
import { jobBody } from "../../worker/api/jobs/view.ts";
import type { JobView } from "../../worker/objects/job/view.ts";

const release = { algorithm: "ada/same", version: "1.0.0", manifest: { royalty: 0 } };
const counts = { tasks: 10, done: 5, failed: 0, depth: 0, dispatches: 5, reductions: 0, fuel: 0, spent: 0 };

/** A running job of 1,000 units. */
const bodyOf = (more: object, units: number, found: number): Record<string, unknown> => {
  const terms = {
    id: "job-1",
    map: release,
    reduce: null,
    cutting: { split: "bytes", overlap: 0 },
    created: 0,
    range: null,
  };
  const view = { terms, state: "running", reason: null, warning: null, size: 1_000, perUnit: 0, ended: null, ...more };
  const whole = { ...view, counts: { ...counts, units, found, settled: 0, flying: 0 } };
  return jobBody(whole as unknown as JobView, 1_010_000) as Record<string, unknown>;
};

test("time in which a job was stopped does not count, nor what it had run before", () => {
  const body = bodyOf({ began: 0, resumed: 1_000_000, before: 200 }, 300, 0);
  expect(body).toMatchObject({ rate_per_second: 10, eta_seconds: 70, processed: 300 });
});

test("what was found done is processed, and says nothing of the pace", () => {
  const body = bodyOf({ began: 1_000_000, resumed: 1_000_000, before: 0 }, 100, 600);
  expect(body).toMatchObject({ rate_per_second: 10, eta_seconds: 30, processed: 700 });
  expect(bodyOf({ began: 1_000_000, resumed: 1_000_000, before: 0 }, 0, 600)).toMatchObject({ eta_seconds: null });
});
