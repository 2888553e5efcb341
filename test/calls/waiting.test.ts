// Waiting for another request: it is never the other's doing that makes one go on, because the runtime now and then goes on
// with it in the other's name, and what it asks for there is lost.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Waiting } from "../../worker/calls/waiting.ts";
import { Admission } from "../../worker/sandbox/admission.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** All that follows without a timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

test("who waits goes on by a timer of its own, soon after it was told", async () => {
  const waiting = new Waiting();
  let over = false;
  void waiting.wait().then(() => (over = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(over).toBe(false);
  expect(waiting.any).toBe(true);
  waiting.wake();
  await settle();
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(8);
  expect(over).toBe(true);
  expect(waiting.any).toBe(false);
});

test("who is told nothing looks again by itself", async () => {
  const waiting = new Waiting();
  let over = false;
  void waiting.wait(50).then(() => (over = true));
  await vi.advanceTimersByTimeAsync(49);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(10);
  expect(over).toBe(true);
});

test("who stands in line for memory takes its place by a timer of its own", async () => {
  const admission = new Admission({ isolateBytes: 100, replicas: 1, waitingCalls: 10, waitingBytes: 10 });
  const place = { bytes: 100, queued: 0, until: Date.now() + 60_000 };
  let end = (): void => undefined;
  const first = admission.admit("build", place, () => new Promise<void>((resolve) => (end = resolve)));
  let ran = false;
  const second = admission.admit("build", place, () => {
    ran = true;
    return Promise.resolve();
  });
  await vi.advanceTimersByTimeAsync(20);
  end();
  await first;
  await settle();
  expect(ran).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(ran).toBe(true);
  expect(await second).toEqual({ ok: true, value: undefined });
});
