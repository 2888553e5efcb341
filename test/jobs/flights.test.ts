// Batches that are out: which of them are slow.
import { expect, test } from "vitest";
import { type Flight, Flights } from "../../worker/jobs/flights.ts";

const AGAIN = { tasks: [], units: 1, hold: 0, fuel: 0 };
const flying = (flights: Flights, began: number): Flight => flights.begin({ ...AGAIN, began, generation: 0 });

/** Flights of which one came back in so many milliseconds. */
function paced(ms: number): Flights {
  const flights = new Flights();
  const quick = flying(flights, 0);
  flights.end(quick);
  flights.paced(quick, ms);
  return flights;
}

test("one that waits for a place is not slow before ten seconds; once it has one, its time begins", () => {
  const flights = paced(100);
  const flight = flying(flights, 1_000);
  flight.waits = true;
  expect(flights.slow(10_999, true)).toEqual([]);
  expect(flights.slow(11_000, true)).toEqual([flight]);
  flight.waits = false;
  flight.began = 20_000;
  expect(flights.slow(20_249, true)).toEqual([]);
  expect(flights.slow(20_250, true)).toEqual([flight]);
});

test("one that repeats another is repeated, too, after twice the time; what repeats that is not", () => {
  const flights = paced(1_000);
  const first = flying(flights, 0);
  expect(flights.slow(1_299, true)).toEqual([]);
  expect(flights.slow(1_300, true)).toEqual([first]);
  first.backed = true;
  const second = flights.begin({ ...AGAIN, began: 1_300, generation: 1 });
  expect(flights.slow(3_899, true)).toEqual([]);
  expect(flights.slow(3_900, true)).toEqual([second]);
  second.backed = true;
  flights.begin({ ...AGAIN, began: 3_900, generation: 2 });
  expect(flights.slow(100_000, true)).toEqual([]);
});
