// A shard of before there were users: its job uses it, and has the answer that it had.
import { expect, test } from "vitest";
import { SHARD_MIGRATIONS, shardStatements } from "../../../kv-schema/tables/shard.ts";
import { memoryDatabase } from "../../jobs/simulate.ts";

test("a shard that was crowned keeps its job and its job's answer", () => {
  const [first = "", ...later] = SHARD_MIGRATIONS;
  const terms = JSON.stringify({ job: { id: "job-1" }, index: 0, parts: [{ size: 10 }], files: [], perUnit: 3 });
  const before = `INSERT INTO shard VALUES (1, '${terms}', 'crowned', 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 10, 5, 7, 7);
    INSERT INTO node VALUES (1, 0, 2, x'01', NULL, NULL), (1000, 0, 2, x'02', NULL, NULL)`;
  const sql = shardStatements(memoryDatabase([first, before, ...later]));
  expect(sql.self()).toMatchObject({ state: "over", spent: 7 });
  const [user, ...others] = sql.users();
  expect([user?.job, JSON.parse(user?.terms ?? "{}"), others]).toEqual([
    "job-1",
    { job: { id: "job-1" }, index: 0, perUnit: 3 },
    [],
  ]);
  expect(new Uint8Array(sql.crown(user?.crown ?? "")?.answer ?? new ArrayBuffer(0))).toEqual(new Uint8Array([2]));
});
