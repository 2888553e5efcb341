// What stops a job from outside while it runs: its version, its account or the job itself is stopped by an operator.
import { afterEach, beforeAll, expect, test } from "vitest";
import type { BatchError, MapAnswer, Runner } from "../../worker/jobs/batch.ts";
import type { Result } from "../../worker/market/result.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import { wrongInBooks } from "../support/books.ts";
import { ada, begin, make, put } from "../support/data.ts";
import { invited } from "../support/invited.ts";
import { testModule } from "../support/modules.ts";

const real = runners.of;
let batches = 0;

beforeAll(async () => {
  await begin();
  await make("texts");
  const bytes = { input: "bytes", output: "bytes" };
  const answers = [
    await ada.publish("ada", { name: "same", ...bytes }, testModule("echo")),
    await ada.publish("ada", { name: "join", ...bytes }, testModule("join")),
    await put("ada/texts/long.txt", "a line of it\n".repeat(4_000)),
  ];
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});
afterEach(async () => {
  runners.of = real;
  expect(await wrongInBooks(ada)).toEqual([]);
});

/** Batches take their time, so that a job runs for as long as is needed. */
function slow(): void {
  batches = 0;
  runners.of = (): Runner => ({
    reduce: (...asked) => real().reduce(...asked),
    map: async ({ tasks, ...batch }, host): Promise<Result<MapAnswer, BatchError>> => {
      batches++;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return real().map({ ...batch, tasks: tasks.slice(0, 1) }, host);
    },
  });
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string; readonly message: string } | null;
}
const JOB = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0", source: "data://ada/texts/long.txt", split: "lines" };

async function running(bytes: number, by = ada, more = {}): Promise<string> {
  slow();
  const answer = await by.post("/v1/jobs", { ...JOB, ...more, target: { bytes }, limits: { parallel: 1 } });
  expect(answer.status, await answer.clone().text()).toBe(202);
  const { id } = await answer.json<Shown>();
  await expect.poll(() => batches, { timeout: 10_000 }).toBeGreaterThan(1);
  return id;
}
const shown = async (id: string, by = ada): Promise<Shown> => (await by.get(`/v1/jobs/${id}`)).json();
const over = async (id: string, by = ada): Promise<Shown> => {
  await expect.poll(async () => (await shown(id, by)).state, { timeout: 20_000 }).not.toMatch(/^(?:planning|running)$/);
  return shown(id, by);
};

test.each(["same", "join"])("a version is suspended that it runs: %s", { timeout: 40_000 }, async (name) => {
  const id = await running(name === "same" ? 64 : 65);
  const suspension = `/v1/admin/algorithms/ada/${name}/versions/1.0.0/suspension`;
  expect((await ada.post(suspension, { reason: "it mines" })).status).toBe(200);
  const stopped = await over(id);
  expect(stopped).toMatchObject({ state: "stopped", reason: { code: "SuspendedVersion" } });
  expect(stopped.reason?.message).toContain(`/${name}@1.0.0`);
  const before = batches;
  // It is asked again before anything more is dispatched.
  expect((await ada.post(`/v1/jobs/${id}/retry`, {})).status).toBe(202);
  expect(await over(id)).toMatchObject({ state: "stopped", reason: { code: "SuspendedVersion" } });
  expect(batches).toBe(before);
  expect((await ada.post(suspension, { reason: null })).status).toBe(200);
  runners.of = real;
  expect((await ada.post(`/v1/jobs/${id}/retry`, {})).status).toBe(202);
  expect(await over(id)).toMatchObject({ state: "done" });
});

test("its account is suspended: it goes on once that is over", { timeout: 40_000 }, async () => {
  const carol = await invited(ada, "carol", 1_000_000_000);
  expect((await carol.post("/v1/data/.my", { name: "own" })).status).toBe(200);
  const file = {
    method: "PUT",
    headers: { Authorization: `Simple ${carol.key}` },
    body: "a line of it\n".repeat(4_000),
  };
  expect((await carol.fetch("/v1/data/carol/own/long.txt", file)).status).toBe(200);
  const id = await running(67, carol, { source: "data://carol/own/long.txt" });
  const suspension = "/v1/admin/accounts/carol/suspension";
  expect((await ada.post(suspension, { reason: "unpaid" })).status).toBe(200);
  // She may see nothing meanwhile: an operator may.
  const stands = async (): Promise<readonly Shown[]> =>
    (await (await ada.get("/v1/admin/accounts/carol/jobs")).json<{ results: Shown[] }>()).results;
  await expect.poll(async () => (await stands())[0]?.state, { timeout: 20_000 }).not.toBe("running");
  const before = batches;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(batches).toBe(before);
  expect((await ada.post(suspension, { reason: null })).status).toBe(200);
  expect(await shown(id, carol)).toMatchObject({ state: "stopped", reason: { code: "AccountSuspended" } });
  runners.of = real;
  expect((await carol.post(`/v1/jobs/${id}/retry`, {})).status).toBe(202);
  expect(await over(id, carol)).toMatchObject({ state: "done" });
});

test("an operator stops it: for good, and whoever asks is told why", async () => {
  const id = await running(66);
  const open = await (await ada.get("/v1/admin/accounts/ADA/jobs")).json<{ results: Shown[] }>();
  expect(open.results).toMatchObject([{ id, state: "running" }]);
  for (let times = 0; times < 2; times++) {
    const answer = await ada.post(`/v1/admin/jobs/${id}/stop`, { reason: "too many of these" });
    expect([answer.status, await answer.json()]).toMatchObject([200, { id, account: "Ada", state: "stopped" }]);
  }
  const { reason } = await over(id);
  expect(reason).toMatchObject({ code: "StoppedByOperator", message: expect.stringContaining("too many of these") });
  expect((await ada.post(`/v1/jobs/${id}/retry`, {})).status).toBe(409);
  expect((await ada.post(`/v1/admin/jobs/job-${crypto.randomUUID()}/stop`, { reason: "none" })).status).toBe(404);
  expect((await ada.post("/v1/admin/jobs/none/stop", { reason: "none" })).status).toBe(404);
  expect((await ada.post(`/v1/admin/jobs/${id}/stop`, {})).status).toBe(400);
});
