// What one isolate holds of bodies and answers: the last that fits, the first that waits, and who is told to come back.
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Bytes, type Holding } from "../../worker/sandbox/held.ts";

const MiB = 1_048_576;
const soon = (): number => Date.now() + 60_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const limits = (heldWaitMs: number, heldWaiting = LIMITS.heldWaiting) => ({ ...LIMITS, heldWaitMs, heldWaiting });

async function taken(bytes: Bytes, count: number): Promise<Holding> {
  const holding = await bytes.take(count, soon());
  if (holding === null) throw new Error("there was no room");
  return holding;
}

describe("bytes held in an isolate", () => {
  test("are LIMITS.heldBytes at most: the last byte fits, one more is refused in the end", async () => {
    const bytes = new Bytes(limits(60));
    await taken(bytes, LIMITS.heldBytes - 10 * MiB);
    const last = await taken(bytes, 10 * MiB);
    expect(bytes.sum).toBe(LIMITS.heldBytes);
    expect(await bytes.take(1, soon())).toBeNull();
    last.set(10 * MiB - 1);
    expect(await bytes.take(1, soon())).not.toBeNull();
    expect(bytes.sum).toBe(LIMITS.heldBytes);
  });

  test("are waited for no longer than LIMITS.heldWaitMs, and than the request may last", async () => {
    expect(LIMITS.heldWaitMs).toBeLessThan(30_000);
    const bytes = new Bytes(limits(LIMITS.heldWaitMs));
    bytes.note(LIMITS.heldBytes, soon());
    const began = Date.now();
    expect(await bytes.take(MiB, began + 50)).toBeNull();
    expect(Date.now() - began).toBeLessThan(LIMITS.heldWaitMs / 2);
  });

  test("go to long bodies in their order, to short ones as soon as they fit", async () => {
    const bytes = new Bytes(limits(10_000));
    const first = await taken(bytes, LIMITS.heldBytes - 8 * MiB);
    const order: string[] = [];
    const wait = async (name: string, count: number): Promise<void> => {
      const holding = await taken(bytes, count);
      order.push(name);
      await pause(60);
      holding.end();
    };
    const all = [wait("ten", 10 * MiB), wait("nine", 9 * MiB), wait("two", 2 * MiB), wait("short", 1_000)];
    await pause(80);
    expect(order).toEqual(["short"]);
    first.set(LIMITS.heldBytes - 10 * MiB);
    await Promise.all(all);
    expect(order).toEqual(["short", "ten", "nine", "two"]);
    first.end();
    first.end();
    first.set(5);
    expect(bytes.sum).toBe(0);
  });

  test("have LIMITS.heldWaiting that wait; the next is refused at once", async () => {
    const bytes = new Bytes(limits(200));
    bytes.note(LIMITS.heldBytes, soon());
    const waiting = Array.from({ length: LIMITS.heldWaiting }, () => bytes.take(MiB, soon()));
    const began = Date.now();
    expect(await bytes.take(MiB, soon())).toBeNull();
    expect(Date.now() - began).toBeLessThan(100);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([null]));
  });

  test("of a request that was ended without a word are free when its time is over; what is noted may pass the limit", async () => {
    const bytes = new Bytes(limits(1_000));
    bytes.note(2 * LIMITS.heldBytes, Date.now() + 30);
    expect(await bytes.take(LIMITS.heldBytes, soon())).not.toBeNull();
    expect(bytes.sum).toBe(LIMITS.heldBytes);
  });
});
