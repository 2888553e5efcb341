// Isolates that are made at the same time: one in each turn of the event loop.
import { afterEach, describe, expect, it, vi } from "vitest";
import { Making } from "../../worker/sandbox/making.ts";

afterEach(() => vi.useRealTimers());

/** How many timers of 0 ms have run out when each may be made. */
async function turnsOf(making: Making, names: readonly string[]): Promise<number[]> {
  let turn = 0;
  const counting = setInterval(() => turn++, 0);
  const turns = await Promise.all(names.map((name) => making.turn(name).then(() => turn)));
  clearInterval(counting);
  return turns;
}

describe("isolates that are asked for at the same time", () => {
  it("are made in turns of their own, in order; the same one once", async () => {
    const turns = await turnsOf(new Making(), ["a", "b", "c", "a", "d"]);
    expect(turns[0]).toBe(0);
    expect(turns[3]).toBe(0);
    const others = [turns[1], turns[2], turns[4]];
    expect(new Set(others).size).toBe(3);
    expect(others).toEqual([...others].sort((a = 0, b = 0) => a - b));
  });

  it("wait for nothing when nobody else makes one, or they were made before", async () => {
    const making = new Making();
    expect(await turnsOf(making, ["a"])).toEqual([0]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await turnsOf(making, ["b", "a", "b"])).toEqual([0, 0, 0]);
  });

  it("do not wait for one whose request the runtime has ended", async () => {
    vi.useFakeTimers();
    const making = new Making();
    await making.turn("a");
    vi.clearAllTimers();
    let made = false;
    const other = making.turn("b").then(() => (made = true));
    await vi.advanceTimersByTimeAsync(99);
    expect(made).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    await other;
    expect(made).toBe(true);
  });
});
