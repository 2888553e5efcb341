// Shards that several jobs use, because those ask the same in whole or in part: each job keeps what it has whatever becomes of the
// others, pays for what it has done, and no answer is another job's.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BatchError, MapAnswer, MapBatch, Runner } from "../../worker/jobs/batch.ts";
import type { Result } from "../../worker/market/result.ts";
import { jobOf } from "../../worker/objects/job/object.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import { shardOf } from "../../worker/objects/shard/object.ts";
import { wrongInBooks } from "../support/books.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { env } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const real = runners.of;
/** Lets batches that are held back go. */
let release: () => void = () => undefined;

const text = (name: string, bytes: number): string =>
  Array.from({ length: Math.ceil(bytes / 16) }, (_, index) => `${name}${index}`.padEnd(15, "."))
    .join("\n")
    .slice(0, bytes);
const FILES = { b: text("b", 64 * 2_060), c: text("c", 640), x: text("x", 64 * 10), y: text("y", 64 * 12) };
const uri = (name: string): string => `data://ada/texts/${name}.txt`;

beforeAll(async () => {
  await begin();
  await make("texts");
  const bytes = { input: "bytes", output: "bytes" };
  const answers = [
    await ada.publish("ada", { name: "same", ...bytes }, testModule("echo")),
    await ada.publish("ada", { name: "join", ...bytes }, testModule("join")),
    await ada.publish("ada", { name: "tally", ...bytes, memory: 16 }, testModule("tally")),
    await ada.publish("ada", { name: "square", ...bytes }, testModule("square")),
    await ada.publish("ada", { name: "sum", ...bytes }, testModule("tally-reduce")),
    ...(await Promise.all(Object.entries(FILES).map(([name, content]) => put(`ada/texts/${name}.txt`, content)))),
  ];
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});
afterEach(async () => {
  release();
  runners.of = real;
  expect(await wrongInBooks(ada)).toEqual([]);
});

/** Batches wait that are of tasks from a number on. @returns whether one has come */
function holdFrom(first: number): () => boolean {
  const gate = new Promise<void>((resolve) => (release = resolve));
  let came = false;
  runners.of = (): Runner => ({
    reduce: (...asked) => real().reduce(...asked),
    map: async (batch: MapBatch, host): Promise<Result<MapAnswer, BatchError>> => {
      if (batch.tasks.some(({ number }) => number >= first)) {
        came = true;
        await gate;
      }
      return real().map(batch, host);
    },
  });
  return () => came;
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string } | null;
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number };
  readonly spent_microcredits: number;
  readonly chunk: number;
}
const JOIN = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0", split: "bytes" };

async function made(request: object): Promise<string> {
  const answer = await ada.post("/v1/jobs", request);
  expect(answer.status, await answer.clone().text()).toBe(202);
  return (await answer.json<Shown>()).id;
}
const del = async (id: string): Promise<number> =>
  (await ada.fetch(`/v1/jobs/${id}`, { method: "DELETE", headers: { Authorization: `Simple ${ada.key}` } })).status;
const shown = async (id: string): Promise<Shown> => (await ada.get(`/v1/jobs/${id}`)).json();
const until = async (id: string): Promise<Shown> => {
  await expect.poll(async () => (await shown(id)).state, { timeout: 20_000 }).not.toMatch(/^(?:planning|running)$/);
  return shown(id);
};
const run = async (request: object): Promise<Shown> => until(await made(request));
const result = async (id: string): Promise<[number, string]> => {
  const answer = await ada.get(`/v1/jobs/${id}/result`);
  return [answer.status, new TextDecoder().decode(await answer.arrayBuffer())];
};
const tables = (id: string): Promise<number> =>
  runInDurableObject(jobOf(env, id), (_, { storage }) =>
    Number(storage.sql.exec("SELECT count(*) AS count FROM sqlite_master WHERE name = 'job'").one()["count"]),
  );
/** Deletes a job that is over, and waits until nothing of it is left. */
async function gone(id: string): Promise<void> {
  expect(await del(id)).toBe(204);
  await expect.poll(() => tables(id), { timeout: 10_000 }).toBe(0);
}
const shardsOf = (id: string): Promise<readonly string[]> =>
  runInDurableObject(jobOf(env, id), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM shard WHERE number >= 0 ORDER BY number")
      .toArray()
      .map(({ name }) => name),
  );

describe("of two jobs that ask the same", () => {
  test.each([
    ["reduced", JOIN, 1_001],
    ["listed", { map: JOIN.map, split: JOIN.split }, 1_002],
  ])("one is deleted: the other's answers stay (%s)", async (_, kind, bytes) => {
    const request = { ...kind, source: uri("c"), target: { bytes } };
    const [first, second] = [await run(request), await run(request)];
    const before = await result(first.id);
    expect(before[0]).toBe(200);
    expect(second).toMatchObject({ state: "done", spent_microcredits: 0 });
    await gone(second.id);
    expect(await result(first.id)).toEqual(before);
    const third = await run(request);
    expect(third).toMatchObject({ state: "done", spent_microcredits: 0 });
    await gone(first.id);
    expect(await result(third.id)).toEqual(before);
    const names = await shardsOf(third.id);
    await gone(third.id);
    for (const name of names) expect(await shardOf(env, name).standing()).toBeNull();
  });

  test("the second finds the answers of the first also where a sample says how long chunks are", async () => {
    const sampled = { map: "ada/square@1.0.0", split: "bytes", source: uri("b"), target: { seconds: 0.01 } };
    const [first, second] = [await run(sampled), await run(sampled)];
    expect(first.chunk).toBeLessThan(64 * 1_024);
    expect(second).toMatchObject({
      chunk: first.chunk,
      spent_microcredits: 0,
      processed: FILES.b.length,
      dispatches: 0,
    });
    expect(await result(second.id)).toEqual(await result(first.id));
  });

  test("one is cancelled and deleted while the other runs: that one misses nothing", { timeout: 60_000 }, async () => {
    const request = { ...JOIN, source: uri("b"), target: { bytes: 64 }, arguments: "cancelled" };
    const held = holdFrom(1_056);
    const first = await made(request);
    await expect.poll(held, { timeout: 20_000 }).toBe(true);
    await expect.poll(async () => (await shown(first)).tasks.done, { timeout: 20_000 }).toBe(1_056);
    const second = await made(request);
    await expect.poll(async () => (await shown(second)).tasks.done, { timeout: 20_000 }).toBe(1_056);
    expect(await del(second)).toBe(200);
    release();
    await gone(second);
    expect(await until(first)).toMatchObject({ state: "done", tasks: { done: 2_060 } });
    expect(await result(first)).toEqual([200, FILES.b]);
  });

  test("one was stopped by its cap, the other finishes it: the first is done when it is retried", async () => {
    const request = { map: "ada/tally@1.0.0", reduce: "ada/sum@1.0.0", split: "lines", source: uri("y") };
    const small = { ...request, target: { bytes: 64 }, limits: { cost: 25_000 } };
    const first = await run(small);
    expect(first).toMatchObject({ state: "stopped", reason: { code: "CostCap" } });
    const second = await run({ ...small, limits: { cost: 1_000_000_000 } });
    expect(second.state).toBe("done");
    expect((await ada.post(`/v1/jobs/${first.id}/retry`, { cost: 1_000_000_000 })).status).toBe(202);
    const done = await until(first.id);
    expect(done).toMatchObject({ state: "done", spent_microcredits: first.spent_microcredits });
    const answers = [await result(first.id), await result(second.id)];
    expect(answers[0]).toEqual(answers[1]);
    await gone(second.id);
    expect(await result(first.id)).toEqual(answers[0]);
  });
});

describe("jobs that have a stretch in common", () => {
  test("have each their own answer", { timeout: 60_000 }, async () => {
    const request = { ...JOIN, target: { bytes: 64 } };
    for (const names of [
      ["x", "b"],
      ["y", "b"],
      ["y", "b", "c"],
    ] as const) {
      const job = await run({ ...request, source: names.map(uri) });
      expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
      expect((await result(job.id))[1] === names.map((name) => FILES[name]).join(""), names.join(" ")).toBe(true);
    }
  });
});

describe("a shard is kept", () => {
  const sweep = async (name: string): Promise<void> => {
    await runInDurableObject(shardOf(env, name), (_, { storage }) => {
      storage.sql.exec("UPDATE agenda SET due = 1 WHERE kind = 'forget'");
    });
    await runDurableObjectAlarm(shardOf(env, name));
  };

  test("as long as its job is, however old it is, and no longer, even if that was lost", async () => {
    const { id } = await run({ ...JOIN, source: uri("c"), target: { bytes: 1_003 } });
    const [name = ""] = await shardsOf(id);
    await sweep(name);
    expect(await result(id)).toEqual([200, FILES.c]);
    await runInDurableObject(jobOf(env, id), (_, { storage }) => storage.sql.exec("DELETE FROM shard"));
    await sweep(name);
    expect(await shardOf(env, name).standing()).toBeNull();
  });
});
