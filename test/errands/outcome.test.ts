// What an asynchronous call remembers of its end.
import { expect, test } from "vitest";
import { outcomeOf } from "../../worker/errands/outcome.ts";
import { err, ok } from "../../worker/market/result.ts";

const build = { version: "1.0.0", build: "b" };

test("an answer is its kind, beside its bytes; an error is its type and sentence", () => {
  const answer = ok({ kind: "json" as const, bytes: Uint8Array.of(0x31) });
  const common = { ...build, failure: null, fuel: 5, cost: 20_001, duration: 0.5, settled: "req-1" };
  expect(outcomeOf({ answer, fuel: 5, cost: 20_001 }, build, 0.5, "req-1")).toEqual({
    ...common,
    status: "completed",
    kind: "json",
    error: null,
  });
  const failed = err({ type: "Trap", message: "It trapped." });
  expect(outcomeOf({ answer: failed, fuel: 5, cost: 20_001 }, build, 0.5, "req-1")).toEqual({
    ...common,
    status: "failed",
    kind: null,
    error: { type: "Trap", message: "It trapped." },
  });
});

test("what computes more than one call may is pointed to jobs", () => {
  const answer = err({ type: "FuelExhausted", message: "No fuel." });
  const { error } = outcomeOf({ answer, fuel: 5, cost: 5 }, build, 1, null);
  expect(error?.message).toMatch(/^No fuel\. .*jobs/);
});
