// Batches that are out: which of them are slow.
import { expect, test } from "vitest";
import { type Flight, Flights } from "../../worker/jobs/flights.ts";

const flying = (flights: Flights, began: number): Flight =>
  flights.begin({ tasks: [], units: 1, began, backup: false, hold: 0, fuel: 0 });

test("one that waits for a place is not slow before ten seconds; once it has one, its time begins", () => {
  const flights = new Flights();
  const quick = flying(flights, 0);
  flights.end(quick);
  flights.paced(quick, 100);
  const flight = flying(flights, 1_000);
  flight.waits = true;
  expect(flights.slow(10_999, true)).toEqual([]);
  expect(flights.slow(11_000, true)).toEqual([flight]);
  flight.waits = false;
  flight.began = 20_000;
  expect(flights.slow(20_249, true)).toEqual([]);
  expect(flights.slow(20_250, true)).toEqual([flight]);
});
