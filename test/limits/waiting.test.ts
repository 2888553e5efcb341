// Calls that wait for memory, at the real limits: what runs at once, what waits, and the first that is told to come back.
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Admission } from "../../worker/sandbox/admission.ts";

/** How many of so many calls, made at once, run; wait; and are refused. */
async function crowd(
  calls: number,
  bytes: number,
  queued: number,
): Promise<{ running: number; answered: number; busy: number }> {
  const admission = new Admission(LIMITS);
  let running = 0;
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const cancelled = (): Promise<void> => new Promise(() => undefined);
  const place = { bytes, queued, until: Date.now() + 60_000, cancelled };
  const all = Array.from({ length: calls }, () =>
    admission.admit("build", place, async () => {
      running++;
      await gate;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  const atOnce = running;
  open();
  const results = await Promise.all(all);
  const answered = results.filter((result) => result.ok).length;
  return { running: atOnce, answered, busy: calls - answered };
}

test("isolates fill up, one after the other", async () => {
  const whole = await crowd(LIMITS.replicas + 1, LIMITS.isolateBytes, 0);
  expect(whole).toEqual({ running: LIMITS.replicas, answered: LIMITS.replicas + 1, busy: 0 });
  const half = await crowd(2 * LIMITS.replicas + 1, LIMITS.isolateBytes / 2, 0);
  expect(half).toEqual({ running: 2 * LIMITS.replicas, answered: 2 * LIMITS.replicas + 1, busy: 0 });
});

test("the last call that may wait, and the first that may not", async () => {
  const most = LIMITS.replicas + LIMITS.waitingCalls;
  expect(await crowd(most, LIMITS.isolateBytes, 0)).toMatchObject({ answered: most, busy: 0 });
  expect(await crowd(most + 1, LIMITS.isolateBytes, 0)).toMatchObject({ answered: most, busy: 1 });
});

test("the last byte of input that may wait, and the first that may not", async () => {
  const calls = LIMITS.replicas + 2;
  const half = LIMITS.waitingBytes / 2;
  expect(await crowd(calls, LIMITS.isolateBytes, half)).toMatchObject({ answered: calls, busy: 0 });
  expect(await crowd(calls, LIMITS.isolateBytes, half + 1)).toMatchObject({ answered: calls - 1, busy: 1 });
});
