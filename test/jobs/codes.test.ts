// Codes with which tasks and reductions end that only the scheduler gives.
import { expect, test } from "vitest";
import { SHARD_MIGRATIONS, SPAN, shardStatements } from "../../kv-schema/tables/shard.ts";
import { layOut } from "../../worker/jobs/plan.ts";
import { Work } from "../../worker/jobs/work.ts";
import { LIMITS } from "../../worker/limits.ts";
import { reduceAll } from "../../worker/objects/shard/reducing.ts";
import { memoryDatabase } from "./simulate.ts";

test("DispatchLimit: what was dispatched twice on average is not dispatched again, however many tries are left", () => {
  const sql = shardStatements(memoryDatabase(SHARD_MIGRATIONS));
  const parts = [{ size: 4, borders: null }];
  sql.create("{}", 0, 4);
  const terms = {
    parts,
    layout: layOut(parts, 1),
    retries: LIMITS.jobRetriesMax,
    fuelPerTask: 1e9,
    royalty: 0,
    perUnit: 1,
  };
  const work = new Work(sql, { ...terms, unitBytes: 1, besideBytes: 0, mostTasks: 1e6, slack: 0 });
  let now = 0;
  for (let rounds = 0; !work.over && rounds < 1_000; rounds++) {
    now += 60_000;
    const flight = work.take(now, { money: 1e12, parallel: 1 });
    if (flight !== null) work.lose(flight, now, true);
  }
  expect(work.standing).toMatchObject({ failed: 4, done: 0, dispatches: 8 });
  const errors = sql
    .listed(SPAN.failed, -1, -1, 10)
    .map(({ error }) => (JSON.parse(error ?? "{}") as { type: string }).type);
  expect(new Set(errors)).toEqual(new Set(["DispatchLimit"]));
});

test("PartialTooLarge: two answers that fit into no input of the reducer", async () => {
  const answer = (length: number) => ({ kind: "bytes", bytes: new Uint8Array(length) }) as const;
  const sent: number[] = [];
  const reduce = (...lengths: readonly number[]) =>
    reduceAll([{ level: 1, final: true, items: lengths.map(answer) }], "bytes", (reductions) => {
      sent.push(...reductions.map(({ input }) => input.length));
      const reduced = reductions.map(() => ({ kind: "answered", answer: answer(1), fuel: 1 }) as const);
      return Promise.resolve({ reduced });
    });
  const half = Math.floor(LIMITS.inputBytes / 2);
  expect(await reduce(half, half)).toEqual([{ error: expect.objectContaining({ type: "PartialTooLarge" }) }]);
  expect(sent).toEqual([]);
  expect(await reduce(half - 100, half - 100)).toEqual([{ answer: answer(1) }]);
  expect(Math.max(...sent)).toBeLessThanOrEqual(LIMITS.inputBytes);
});
