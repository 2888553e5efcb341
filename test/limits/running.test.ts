// How many running calls of one account are listed: the next one runs all the same, unlisted.
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Running } from "../../worker/objects/account/running.ts";

test("so many calls are listed, the next is not, and one that ends makes room", () => {
  const running = new Running();
  const since = Date.now();
  const attend = (n: number): void => {
    const times = { since, deadline: since + 60_000 };
    void running.attend({ call: `req-${n}`, algorithm: "a/b", version: "1.0.0", key: "k", progress: null, ...times });
  };
  for (let n = 0; n <= LIMITS.attendedCalls; n++) attend(n);
  expect(running.all).toHaveLength(LIMITS.attendedCalls);
  expect(running.find(`req-${LIMITS.attendedCalls}`)).toBeNull();
  running.leave("req-0");
  attend(LIMITS.attendedCalls);
  expect(running.find(`req-${LIMITS.attendedCalls}`)).not.toBeNull();
  expect(running.cancel("req-1", "another")).toBe(false);
  expect(running.cancel("req-1", "k")).toBe(true);
  expect(running.cancel("req-1", "k")).toBe(false);
});

test("who told of a call hears that it shall end, or that it has; what is long over is forgotten", async () => {
  const running = new Running();
  const key = { key: "k", progress: null };
  const call = { algorithm: "a/b", version: "1.0.0", ...key, since: 1, deadline: Date.now() + 60_000 };
  const words = ["x", "y"].map((id) => running.attend({ ...call, call: id }));
  running.cancel("x", null);
  running.leave("y");
  expect(await Promise.all(words)).toEqual(["cancel", "over"]);
  const old = running.attend({ ...call, call: "z", deadline: Date.now() - 600_000 });
  expect(running.all).toEqual([]);
  expect(await old).toBe("over");
});
