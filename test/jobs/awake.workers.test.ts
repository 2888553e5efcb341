// A job goes on by itself whatever dies: it is always looked at again, tells a shard that may have died with it to go on, sees to
// an end that was cut short, and what it hears of is acted upon at once.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { BatchError, JobFile, MapAnswer, Runner } from "../../worker/jobs/batch.ts";
import type { JobTerms } from "../../worker/jobs/terms.ts";
import type { Result } from "../../worker/market/result.ts";
import { Agenda } from "../../worker/objects/agenda/agenda.ts";
import { jobOf } from "../../worker/objects/job/object.ts";
import { nameOf, shardTerms } from "../../worker/objects/job/source.ts";
import { rosterOf } from "../../worker/objects/roster/object.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import { Shard, shardOf } from "../../worker/objects/shard/object.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { env } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const real = runners.of;
/** Lets batches that are held back go. */
let release: () => void = () => undefined;

beforeAll(async () => {
  await begin();
  await make("texts");
  await ada.publish("ada", { name: "same", input: "bytes", output: "bytes" }, testModule("echo"));
  await put("ada/texts/few.txt", "one\ntwo\nthree\n");
});
afterEach(() => {
  vi.restoreAllMocks();
  release();
  runners.of = real;
});

/** Batches wait until they are released. */
function hold(): void {
  const gate = new Promise<void>((resolve) => (release = resolve));
  runners.of = (): Runner => ({
    reduce: (...asked) => real().reduce(...asked),
    map: async (...asked): Promise<Result<MapAnswer, BatchError>> => {
      await gate;
      return real().map(...asked);
    },
  });
}

type Shown = { readonly id: string; readonly state: string };
const JOB = { map: "ada/same@1.0.0", source: "data://ada/texts/few.txt", split: "lines" };

async function made(request: object): Promise<string> {
  const answer = await ada.post("/v1/jobs", request);
  expect(answer.status, await answer.clone().text()).toBe(202);
  return (await answer.json<Shown>()).id;
}
const stateOf = async (id: string): Promise<string> => (await (await ada.get(`/v1/jobs/${id}`)).json<Shown>()).state;

type Rows = readonly Record<string, unknown>[];
const rows = (id: string, sql: string): Promise<Rows> =>
  runInDurableObject(jobOf(env, id), (_, { storage }) => storage.sql.exec(sql).toArray());
const agenda = (id: string): Promise<Rows> => rows(id, "SELECT kind, subject, due FROM agenda WHERE kind <> 'forget'");
/** Whether the last planning of what is spied on is one that an earlier one was put off beyond. */
const hastened = (spy: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } }): boolean => {
  const dues = spy.mock.calls.filter(([kind]) => kind === "plan").map(([, , due]) => Number(due));
  return dues.length > 1 && (dues.at(-1) ?? 0) < Math.max(...dues);
};
/** Serves all that a job has planned, now. */
async function serve(id: string): Promise<void> {
  await rows(id, "UPDATE agenda SET due = 1 WHERE kind <> 'forget'");
  await runDurableObjectAlarm(jobOf(env, id));
}

test("a running job is looked at again within seconds, look for look, although nobody tells it anything", async () => {
  hold();
  const id = await made({ ...JOB, target: { bytes: 64 } });
  await expect.poll(() => stateOf(id)).toBe("running");
  for (let looks = 0; looks < 4; looks++) {
    await serve(id);
    const planned = (await agenda(id)).map(({ due }) => Number(due) - Date.now());
    expect(Math.min(...planned), `look ${looks}`).toBeLessThan(3_000);
  }
  release();
  await expect.poll(() => stateOf(id), { timeout: 10_000 }).toBe("done");
});

test("a shard that was begun and not told to go, because the process died in between, is told at the next look", async () => {
  const quote = await ada.post("/v1/jobs/quote", JOB);
  const { id } = await quote.json<Shown>();
  const [{ terms = "", chunk = 0 } = {}] = await rows(id, "SELECT terms, chunk FROM job");
  const files = (await rows(id, "SELECT file FROM source")).map(({ file }) => JSON.parse(String(file)) as JobFile);
  const parts = files.map(({ size }) => ({ size, borders: null }));
  const shard = shardTerms(
    JSON.parse(String(terms)) as JobTerms,
    files,
    { units: Number(chunk), parts, perUnit: 0 },
    0,
  );
  await shardOf(env, nameOf(shard)).begin(shard);
  await rows(id, "UPDATE job SET state = 'running'");
  await rows(id, `UPDATE shard SET state = 'working', heard = ${Date.now()} WHERE number = 0`);
  await rows(id, "INSERT OR REPLACE INTO agenda (kind, subject, due) VALUES ('look', 'again', 1)");
  await evictDurableObject(jobOf(env, id));
  await runDurableObjectAlarm(jobOf(env, id));
  await expect.poll(() => stateOf(id), { timeout: 5_000 }).toBe("done");
});

test("a job that was being stopped when the process died ends at the next look, and gives its place back", async () => {
  hold();
  const id = await made({ ...JOB, target: { bytes: 66 } });
  await expect.poll(() => stateOf(id)).toBe("running");
  await rows(id, "UPDATE job SET state = 'cancelled', reason = 'Cancelled'");
  await serve(id);
  const [job] = await rows(id, "SELECT state, ended FROM job");
  expect(job).toMatchObject({ state: "cancelled", ended: expect.any(Number) });
  expect((await rosterOf(env, "Ada").opened()).map((entry) => entry.id)).not.toContain(id);
  expect(await rows(id, "SELECT count(*) AS count FROM agenda WHERE kind = 'forget'")).toEqual([{ count: 1 }]);
  release();
});

test("what its sample tells while the job still begins it is planned with at once, not at the next look", async () => {
  await put("ada/texts/others.txt", "four\nfive\nsix\n");
  const planned = vi.spyOn(Agenda.prototype, "plan");
  // A sample so short that it is over before the job hears that it was begun.
  vi.spyOn(Shard.prototype, "go").mockImplementationOnce(async function (this: Shard) {
    const report = this.standing();
    const [job] = await rosterOf(env, "Ada").opened();
    if (report !== null && job !== undefined) await jobOf(env, job.id).tell(-1, { ...report, state: "over" });
  });
  const id = await made({ ...JOB, source: "data://ada/texts/others.txt", target: { seconds: 0.01 } });
  await expect.poll(() => stateOf(id), { timeout: 20_000 }).toBe("done");
  expect(hastened(planned)).toBe(true);
});

test("a sample that is found done is planned with at once", async () => {
  const request = { ...JOB, source: "data://ada/texts/others.txt", arguments: "again", target: { seconds: 0.01 } };
  const first = await made(request);
  await expect.poll(() => stateOf(first), { timeout: 20_000 }).toBe("done");
  const planned = vi.spyOn(Agenda.prototype, "plan");
  const second = await made(request);
  await expect.poll(() => stateOf(second), { timeout: 20_000 }).toBe("done");
  expect(hastened(planned)).toBe(true);
});

test("a retry is not undone by what a shard tells that had stopped before it", async () => {
  hold();
  const id = await made({ ...JOB, target: { bytes: 67 } });
  await expect.poll(() => rows(id, "SELECT state FROM shard")).toEqual([{ state: "working" }]);
  const cancelled = await ada.fetch(`/v1/jobs/${id}`, {
    method: "DELETE",
    headers: { Authorization: `Simple ${ada.key}` },
  });
  expect(cancelled.status).toBe(200);
  release();
  const state = await runInDurableObject(jobOf(env, id), async (job, { storage }) => {
    await job.retry(null);
    const [{ report } = { report: "" }] = storage.sql.exec<{ report: string }>("SELECT report FROM shard").toArray();
    await job.tell(0, { ...(JSON.parse(report) as object), state: "halted" } as never);
    return storage.sql.exec("SELECT state FROM shard").toArray();
  });
  expect(state).toEqual([{ state: expect.stringMatching(/^(?:again|working)$/) }]);
  await expect.poll(() => stateOf(id), { timeout: 20_000 }).toBe("done");
});
