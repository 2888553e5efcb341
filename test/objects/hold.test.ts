// The lock that orders re-runs: first come, first served; nobody keeps it for ever; who gave up does not block it.
import { expect, test, vi } from "vitest";
import { Hold } from "../../worker/objects/prepared/hold.ts";

test("is given in the order it was asked for", async () => {
  const hold = new Hold(1_000);
  const order: string[] = [];
  await hold.take("a");
  const waiting = ["b", "c", "d"].map(async (name) => {
    await hold.take(name);
    order.push(name);
    hold.release(name);
  });
  hold.release("a");
  await Promise.all(waiting);
  expect(order).toEqual(["b", "c", "d"]);
});

test("taking what one holds succeeds at once", async () => {
  const hold = new Hold(1_000);
  await hold.take("a");
  await expect(hold.take("a")).resolves.toBeUndefined();
  hold.release("a");
});

test("is taken away after its time", async () => {
  vi.useFakeTimers();
  try {
    const hold = new Hold(1_000);
    await hold.take("a");
    let given = false;
    void hold.take("b").then(() => (given = true));
    await vi.advanceTimersByTimeAsync(999);
    expect(given).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(given).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("who gives up while waiting leaves the queue, and a stranger's release changes nothing", async () => {
  const hold = new Hold(1_000);
  await hold.take("a");
  const gaveUp = hold.take("b");
  const next = hold.take("c");
  hold.release("b");
  hold.release("nobody");
  await gaveUp;
  hold.release("a");
  await expect(next).resolves.toBeUndefined();
  hold.release("c");
});
