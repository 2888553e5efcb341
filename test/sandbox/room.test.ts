// What an isolate's calls hold of its memory, as its guest counts it: who is refused, and who must not be.
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Room } from "../../worker/sandbox/guest/room.ts";

const SOON = Date.now() + 60_000;

test("the last byte that fits beside others, and the first that does not", () => {
  const room = new Room();
  expect(room.take(LIMITS.isolateBytes - 10, SOON, true)).not.toBeNull();
  expect(room.take(11, SOON, true)).toBeNull();
  expect(room.take(10, SOON, true)).not.toBeNull();
  expect(room.take(1, SOON, true)).toBeNull();
});

test("who is alone is let in, however much it is; who stood in line always", () => {
  const room = new Room(100);
  expect(room.take(500, SOON, true)).not.toBeNull();
  expect(room.take(500, SOON, false)).not.toBeNull();
});

test("what ends gives back what it held, once", () => {
  const room = new Room(100);
  const leave = room.take(100, SOON, true);
  leave?.();
  leave?.();
  expect(room.take(100, SOON, true)).not.toBeNull();
  expect(room.take(1, SOON, true)).toBeNull();
});

test("a call whose end was never seen is over some time after its deadline", () => {
  const room = new Room(100);
  room.take(60, Date.now() - 10_001, true);
  room.take(40, SOON, true);
  expect(room.take(60, SOON, true)).not.toBeNull();
  expect(room.take(60, SOON, true)).toBeNull();
});
