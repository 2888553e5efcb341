// Batches of reductions that take too long are begun once more, or twice, and only what comes first counts.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Flight, Flights } from "../../../worker/jobs/flights.ts";
import { Race } from "../../../worker/objects/shard/race.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A race whose copies are let in by hand. */
function raced(flights = new Flights()) {
  const race = new Race(flights, 10);
  const out: { readonly flight: Flight; readonly come: (what: "whole" | "part" | "lost") => void }[] = [];
  const work = async (): Promise<string | null> => {
    const flight = race.begin(1_000, 100);
    const came = await new Promise<"whole" | "part" | "lost">((come) => out.push({ flight, come }));
    return race.end(flight, came) ? `${out.findIndex((one) => one.flight === flight)} ${came}` : null;
  };
  const result = race.run(work, () => true);
  const come = async (index: number, what: "whole" | "part" | "lost"): Promise<void> => {
    out[index]?.come(what);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { race, out, result, come };
}

/** Flights of which one came back in so many milliseconds. */
function paced(ms: number): Flights {
  const flights = new Flights();
  const flight = flights.begin({ tasks: [], units: 10, began: 0, generation: 0, hold: 0, fuel: 0 });
  flights.end(flight);
  flights.paced(flight, ms);
  return flights;
}

test("one that comes in time is begun once", async () => {
  const flights = paced(1_000);
  const { out, result, come } = raced(flights);
  await vi.advanceTimersByTimeAsync(1_250);
  await come(0, "whole");
  expect(await result).toBe("0 whole");
  await vi.advanceTimersByTimeAsync(60_000);
  expect([out.length, flights.held]).toEqual([1, 0]);
});

test("one that is slower than others were is begun once more, and the other is not waited for", async () => {
  const flights = paced(1_000);
  const { race, out, result, come } = raced(flights);
  await vi.advanceTimersByTimeAsync(1_400);
  expect([out.length, flights.held]).toEqual([2, 2_000]);
  await come(1, "whole");
  expect([await result, race.won, flights.held]).toEqual(["1 whole", true, 0]);
  await come(0, "whole");
  expect(flights.held).toBe(0);
});

test("where no pace is known, silence tells: after two and a half seconds, not while it gives signs of life", async () => {
  const { out } = raced();
  for (let second = 0; second < 20; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    if (out[0] !== undefined) out[0].flight.beat = Date.now();
  }
  expect(out.length).toBe(1);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(out.length).toBe(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(out.length).toBe(2);
  // The other one is as silent.
  await vi.advanceTimersByTimeAsync(2_500);
  expect(out.length).toBe(2);
  await vi.advanceTimersByTimeAsync(100);
  expect(out.length).toBe(3);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(out.length).toBe(3);
});

test("a second copy is given twice the time before there is a third, which counts like any", async () => {
  const flights = paced(1_000);
  const { out, result, come } = raced(flights);
  await vi.advanceTimersByTimeAsync(1_300);
  expect(out.length).toBe(2);
  for (const one of out) one.flight.beat = Date.now() + 60_000;
  await vi.advanceTimersByTimeAsync(2_599);
  expect(out.length).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect([out.length, flights.held]).toEqual([3, 3_000]);
  await come(2, "whole");
  expect([await result, flights.held]).toEqual(["2 whole", 0]);
});

test("one that was lost is waited for no longer; both lost: there is nothing", async () => {
  const alone = raced();
  await alone.come(0, "lost");
  expect(await alone.result).toBe(null);
  const both = raced();
  await vi.advanceTimersByTimeAsync(3_000);
  await both.come(0, "lost");
  await both.come(1, "lost");
  expect(await both.result).toBe(null);
});

test("a part counts only where nothing else is out", async () => {
  const { result, come } = raced();
  await vi.advanceTimersByTimeAsync(3_000);
  await come(1, "part");
  await come(0, "whole");
  expect(await result).toBe("0 whole");
  const other = raced();
  await vi.advanceTimersByTimeAsync(3_000);
  await other.come(1, "part");
  await other.come(0, "part");
  expect(await other.result).toBe("0 part");
});
