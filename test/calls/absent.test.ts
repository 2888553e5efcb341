// What a tree was told is not there: looked up once a second, not once a call.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ABSENT_MS, Absent, MOST_ABSENT } from "../../worker/calls/absent.ts";
import { failure } from "../../worker/market/failure.ts";
import { type Result, err, ok } from "../../worker/market/result.ts";
import type { Failure } from "../../worker/market/failure.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A registry in which one thing may be, and how often it was asked. */
class Registry {
  asked = 0;
  there = false;
  readonly look = (): Promise<Result<string, Failure>> => {
    this.asked++;
    return Promise.resolve(this.there ? ok("found") : err(failure("unknown-algorithm", "it is not there")));
  };
}

test("asks once for what is not there, and again when its second is over", async () => {
  const registry = new Registry();
  const absent = new Absent();
  for (let turn = 0; turn < 1_000; turn++) {
    expect(await absent.find("a/b", registry.look)).toMatchObject({ ok: false, error: { code: "unknown-algorithm" } });
  }
  expect(registry.asked).toBe(1);
  registry.there = true;
  vi.advanceTimersByTime(ABSENT_MS - 1);
  expect((await absent.find("a/b", registry.look)).ok).toBe(false);
  vi.advanceTimersByTime(1);
  expect((await absent.find("a/b", registry.look)).ok).toBe(true);
});

test("what is there is asked for each time, and another tree believes nothing", async () => {
  const registry = new Registry();
  const absent = new Absent();
  await absent.find("a/b", registry.look);
  registry.there = true;
  expect((await new Absent().find("a/b", registry.look)).ok).toBe(true);
  expect((await absent.find("a/c", registry.look)).ok).toBe(true);
  expect((await absent.find("a/c", registry.look)).ok).toBe(true);
  expect(registry.asked).toBe(4);
});

test("remembers so many and not one more: the oldest goes", async () => {
  const registry = new Registry();
  const absent = new Absent();
  for (let index = 0; index <= MOST_ABSENT; index++) await absent.find(`a/${index}`, registry.look);
  const asked = registry.asked;
  await absent.find(`a/1`, registry.look);
  await absent.find(`a/${MOST_ABSENT}`, registry.look);
  expect(registry.asked).toBe(asked);
  await absent.find("a/0", registry.look);
  expect(registry.asked).toBe(asked + 1);
});
