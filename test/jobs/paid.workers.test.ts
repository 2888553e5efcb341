// What a job says it spent is what the ledger took, and all that was burned is paid: by jobs that are deleted while they run, by
// quotes that are stopped and go on, by samples of small files.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BatchError, MapAnswer, Runner } from "../../worker/jobs/batch.ts";
import { CALL_FEE, computePrice } from "../../worker/market/money/price.ts";
import type { Result } from "../../worker/market/result.ts";
import { jobOf } from "../../worker/objects/job/object.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import { wrongInBooks } from "../support/books.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { env } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const real = runners.of;
/** Lets batches that are held back come back. */
let release: () => void = () => undefined;

beforeAll(async () => {
  await begin();
  await make("texts");
  const bytes = { input: "bytes", output: "bytes" };
  const answers = [
    await ada.publish("ada", { name: "same", ...bytes }, testModule("echo")),
    await ada.publish("ada", { name: "square", ...bytes }, testModule("square")),
    await put("ada/texts/few.txt", "one\ntwo\nthree\n"),
  ];
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});
afterEach(async () => {
  release();
  runners.of = real;
  expect(await wrongInBooks(ada)).toEqual([]);
});

/** Batches run, and what comes of them is held back. @returns microcredits that they cost so far */
function hold(): () => number {
  const gate = new Promise<void>((resolve) => (release = resolve));
  let cost = 0;
  runners.of = (): Runner => ({
    reduce: (...asked) => real().reduce(...asked),
    map: async (...asked): Promise<Result<MapAnswer, BatchError>> => {
      const answer = await real().map(...asked);
      if (answer.ok) cost += CALL_FEE + computePrice(answer.value.outcomes.reduce((sum, { fuel }) => sum + fuel, 0));
      await gate;
      return answer;
    },
  });
  return () => cost;
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string } | null;
  readonly tasks: { readonly done: number };
  readonly spent_microcredits: number;
}
const JOB = { map: "ada/same@1.0.0", source: "data://ada/texts/few.txt", split: "lines" };

const post = (request: object, key: string, path = "/v1/jobs"): Promise<Response> =>
  ada.fetch(path, {
    method: "POST",
    headers: { Authorization: `Simple ${ada.key}`, "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(request),
  });
async function made(request: object, path = "/v1/jobs"): Promise<Shown> {
  const answer = await post(request, crypto.randomUUID(), path);
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return answer.json();
}
const shown = async (id: string): Promise<Shown> => (await ada.get(`/v1/jobs/${id}`)).json();
const until = async (id: string): Promise<Shown> => {
  await expect.poll(async () => (await shown(id)).state, { timeout: 20_000 }).not.toMatch(/^(?:planning|running)$/);
  return shown(id);
};
const remove = async (id: string): Promise<number> =>
  (await ada.fetch(`/v1/jobs/${id}`, { method: "DELETE", headers: { Authorization: `Simple ${ada.key}` } })).status;
const account = async (): Promise<{ balance_microcredits: number; reserved_microcredits: number }> =>
  (await ada.get("/v1/account")).json();
const balance = async (): Promise<number> => (await account()).balance_microcredits;
const held = async (): Promise<number> => (await account()).reserved_microcredits;
const tables = (id: string): Promise<number> =>
  runInDurableObject(jobOf(env, id), (_, { storage }) =>
    Number(storage.sql.exec("SELECT count(*) AS count FROM sqlite_master WHERE name = 'job'").one()["count"]),
  );
/** When a job that was deleted is to be forgotten, in ms from now. */
const forgetting = (id: string): Promise<number> =>
  runInDurableObject(jobOf(env, id), (_, { storage }) => {
    const { due } = storage.sql.exec("SELECT due FROM agenda WHERE kind = 'forget'").one();
    return Number(due) - Date.now();
  });

describe("a running job that is deleted twice", () => {
  const inTurn = async (id: string): Promise<readonly number[]> => [await remove(id), await remove(id)];
  const atOnce = (id: string): Promise<readonly number[]> => Promise.all([remove(id), remove(id)]);

  test.each([
    ["one after the other", inTurn, false, 1_001],
    ["at once", atOnce, false, 1_002],
    ["before its process dies", inTurn, true, 1_003],
  ])("%s, is gone at once, and what it burned is paid", async (_, twice, dies, bytes) => {
    const before = await balance();
    const cost = hold();
    const { id } = await made({ ...JOB, target: { bytes } });
    await expect.poll(cost).toBeGreaterThan(CALL_FEE);
    for (const status of await twice(id)) expect([200, 204]).toContain(status);
    if (dies) await evictDurableObject(jobOf(env, id));
    expect(await remove(id)).toBe(404);
    for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/result`]) expect((await ada.get(path)).status).toBe(404);
    expect((await ada.post(`/v1/jobs/${id}/retry`, {})).status).toBe(404);
    expect(await (await ada.get("/v1/jobs")).text()).not.toContain(id);
    // It was tried, and is put off.
    await expect.poll(() => forgetting(id)).toBeGreaterThan(500);
    expect(await held()).toBeGreaterThan(0);
    release();
    await expect.poll(() => tables(id), { timeout: 20_000 }).toBe(0);
    expect([before - (await balance()), await held()]).toEqual([cost(), 0]);
  });

  test("keeps its id and what it has out until that is paid; the same work begun meanwhile is done apart", async () => {
    const before = await balance();
    const cost = hold();
    const request = { ...JOB, target: { bytes: 1_004 } };
    const first = await post(request, "mine");
    const { id } = await first.json<Shown>();
    await expect.poll(cost).toBeGreaterThan(CALL_FEE);
    await inTurn(id);
    const refused = await post(request, "mine");
    expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([409, "job-state"]);
    runners.of = real;
    const other = await until((await made(request)).id);
    expect(other).toMatchObject({ state: "done", spent_microcredits: cost() });
    release();
    await expect.poll(() => tables(id), { timeout: 20_000 }).toBe(0);
    await expect.poll(held).toBe(0);
    expect(before - (await balance())).toBe(2 * cost());
    expect((await post(request, "mine")).status).toBe(202);
    expect(await until(id)).toMatchObject({ state: "done" });
    expect(await (await ada.get("/v1/jobs")).text()).toContain(id);
  });
});

describe("a job that is over and deleted", () => {
  test("is gone, and so is what it left behind", async () => {
    const { id } = await until((await made({ ...JOB, target: { bytes: 1_005 } })).id);
    expect([await remove(id), await remove(id)]).toEqual([204, 404]);
    await expect.poll(() => tables(id), { timeout: 5_000 }).toBe(0);
    await expect.poll(held).toBe(0);
  });
});

describe("a quote", () => {
  test("that its cap stopped is still a quote when it is retried: nothing runs before it is started", async () => {
    const request = { ...JOB, arguments: "stopped", limits: { cost: 5 } };
    const { id } = await made(request, "/v1/jobs/quote");
    expect(await until(id)).toMatchObject({ state: "stopped", reason: { code: "CostCap" }, spent_microcredits: 0 });
    const before = await balance();
    expect((await ada.post(`/v1/jobs/${id}/retry`, { cost: 1_000_000_000 })).status).toBe(202);
    const quoted = await until(id);
    expect(quoted).toMatchObject({ state: "quoted", reason: null, tasks: { done: 0 } });
    await expect.poll(held).toBe(0);
    expect(before - (await balance())).toBe(quoted.spent_microcredits);
    expect((await ada.post(`/v1/jobs/${id}/start`, {})).status).toBe(202);
    expect(await until(id)).toMatchObject({ state: "done", tasks: { done: 1 } });
  });

  // Of 28,000 bytes, and chunks that would be longer, both samples are the same one chunk; of more bytes they are not.
  test.each([
    [28_000, 2, [-1]],
    [300_000, 0.001, [-2, -1]],
  ])("of %d bytes and chunks of %d s says what its samples cost", async (size, seconds, samples) => {
    await put(`ada/texts/${size}.txt`, `${"x".repeat(99)}\n`.repeat(size / 100));
    const before = await balance();
    const request = { map: "ada/square@1.0.0", source: `data://ada/texts/${size}.txt`, split: "lines" };
    const { id } = await made({ ...request, target: { seconds } }, "/v1/jobs/quote");
    const { state, spent_microcredits: spent } = await until(id);
    await expect.poll(held).toBe(0);
    expect([state, before - (await balance())]).toEqual(["quoted", spent]);
    expect(spent).toBeGreaterThan(CALL_FEE);
    const numbers = await runInDurableObject(jobOf(env, id), (_, { storage }) =>
      storage.sql.exec("SELECT number FROM shard WHERE number < 0 ORDER BY number").toArray(),
    );
    expect(numbers).toEqual(samples.map((number) => ({ number })));
  });
});
