// The tasks as a program in Effect does them: effects, fibers, queues, race and timeout.
import { Effect, Queue } from "effect";
import { LONG_MS, type System, WAIT_MS } from "./tasks.ts";

const loop = (n: number): Effect.Effect<number> => (n === 0 ? Effect.succeed(1) : Effect.suspend(() => loop(n - 1)));

/** Every number below n in parallel, each through `then`; the sum of what comes. */
function sumOf(n: number, then: (x: number) => Effect.Effect<number>): Effect.Effect<number> {
  let sum = 0;
  const numbers = Array.from({ length: n }, (_, x) => x);
  const each = Effect.forEach(numbers, (x) => Effect.map(then(x), (y) => void (sum += y)), {
    concurrency: "unbounded",
    discard: true,
  });
  return Effect.map(each, () => sum);
}

const late = Effect.as(Effect.sleep(LONG_MS), 0);

const kills = Effect.fnUntraced(function* (n: number) {
  for (; n > 0; n--) yield* Effect.race(late, Effect.succeed(n));
  return 1;
});

const channel = Effect.fnUntraced(function* (n: number) {
  const queue = yield* Queue.unbounded<number>();
  const put = Effect.gen(function* () {
    for (let i = n; i > 0; i--) yield* Queue.offer(queue, i);
  });
  yield* Effect.forkChild(put);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* Queue.take(queue);
  return sum;
});

const leaves = (n: number): Effect.Effect<number> =>
  n === 0
    ? Effect.succeed(1)
    : Effect.map(
        Effect.all([Effect.suspend(() => leaves(n - 1)), Effect.suspend(() => leaves(n - 1))], {
          concurrency: "unbounded",
        }),
        ([a, b]) => a + b,
      );

const timeouts = Effect.fnUntraced(function* (n: number) {
  let sum = 0;
  for (; n > 0; n--) sum += yield* Effect.timeout(Effect.succeed(n), LONG_MS);
  return sum;
});

export const effect: System = {
  loop: (n) => Effect.runPromise(loop(n)),
  publish: (n) => Effect.runPromise(Effect.as(sumOf(n, Effect.succeed), 1)),
  output: (n) => Effect.runPromise(sumOf(n, Effect.succeed)),
  kill: (n) => Effect.runPromise(kills(n)),
  channel: (n) => Effect.runPromise(channel(n)),
  leaves: (n) => Effect.runPromise(leaves(n)),
  wait: (n) => Effect.runPromise(sumOf(n, (x) => Effect.as(Effect.sleep(WAIT_MS), x))),
  timeout: (n) => Effect.runPromise(timeouts(n)),
};
