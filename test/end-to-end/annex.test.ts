// A server with an annex: a second process runs the batches of jobs. The same bytes and the same cost as without one, also when it is
// killed or holds still, and it is no way in for anybody.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cpuClock } from "../../bench/kmers/cpu.ts";
import { wrongInBooks } from "../support/books.ts";
import { testModule } from "../support/modules.ts";
import { type System, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

let system: System;
const restarts: number[] = [];

beforeAll(async () => {
  system = await startSystem({
    annexes: 1,
    onRestart: (_, annex) => void restarts.push(annex),
  });
  const bytes = { input: "bytes", output: "bytes" };
  await system.ada.publish("ada", { name: "heavy", ...bytes, memory: 16 }, testModule("heavy"));
  await system.ada.publish("ada", { name: "join", ...bytes }, testModule("join"));
  await system.fetch("/v1/data/.my", { method: "POST", headers: headers(), body: '{"name":"texts"}' });
  const put = await system.fetch("/v1/data/.my/texts/lines.txt", { method: "PUT", headers: headers(), body: TEXT });
  expect(put.status).toBeLessThan(300);
});
afterAll(() => system.end());
afterEach(async () => expect(await wrongInBooks(system.ada)).toEqual([]));

const TEXT = Array.from({ length: 2_000 }, (_, index) => `record ${index} ${"z".repeat(index % 50)}`).join("\n");
const headers = (): Record<string, string> => ({ Authorization: `Simple ${system.ada.key}` });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const annex = (): { address: string; pid: number } => {
  const [one] = system.server.annexes();
  if (one?.pid === undefined) throw new Error("no annex runs");
  return { address: one.address, pid: one.pid };
};

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number };
  readonly fuel: number;
  readonly spent_microcredits: number;
}
const shown = async (id: string): Promise<Shown> => (await system.ada.get(`/v1/jobs/${id}`)).json();

/** Makes a job. @param args tell it from others, so that it finds nothing that is known */
async function begin(args: object): Promise<string> {
  const made = await system.ada.post("/v1/jobs", {
    map: "ada/heavy@1.0.0",
    reduce: "ada/join@1.0.0",
    source: "data://.my/texts/lines.txt",
    split: "lines",
    target: { bytes: 180 },
    arguments: args,
  });
  expect(made.status, await made.clone().text()).toBe(202);
  return (await made.json<Shown>()).id;
}

/** Waits until it is over, and holds its result against the input, which it repeats. */
async function ended(id: string): Promise<Shown> {
  for (const end = Date.now() + 120_000; ;) {
    const job = await shown(id);
    if (job.state !== "running" && job.state !== "planning") {
      expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
      expect(await (await system.ada.get(`/v1/jobs/${id}/result`)).text()).toBe(TEXT);
      return job;
    }
    expect(Date.now(), JSON.stringify(job)).toBeLessThan(end);
    await pause(50);
  }
}

/** A job that nothing disturbs, and the processor time that the annex gave it. */
async function undisturbed(args: object): Promise<{ job: Shown; gave: number; name: string }> {
  const { clock, name } = cpuClock([annex().pid]);
  const before = clock();
  return { job: await ended(await begin(args)), gave: clock() - before, name };
}

/** What the annex answers over HTTP; null: nothing. */
const statusOf = async (path: string): Promise<number | null> => {
  const answer = await fetch(`http://${annex().address}${path}`).catch(() => null);
  return answer?.status ?? null;
};

const untilDone = (id: string, tasks: number): Promise<void> =>
  expect.poll(async () => (await shown(id)).tasks.done, { interval: 5, timeout: 60_000 }).toBeGreaterThan(tasks);

describe("an annex", () => {
  test("does the work, and the same job burns the same again", async () => {
    const { job, gave, name } = await undisturbed({ run: "first" });
    const again = await undisturbed({ run: "again" });
    expect(again.job.fuel).toBe(job.fuel);
    if (name === "wall time") console.log("the system does not tell processor times: not looked at");
    else expect(Math.min(gave, again.gave)).toBeGreaterThan(20);
  });

  test("that is killed comes back, and the job loses nothing", { timeout: 120_000 }, async () => {
    const random = randomFrom(seedOf("annex"));
    const clean = await undisturbed({ run: "clean" });
    const id = await begin({ run: "killed" });
    for (let kills = 0; kills < 3; kills++) {
      await untilDone(id, Math.floor((random() * clean.job.tasks.total * (kills + 1)) / 4));
      const { pid } = annex();
      process.kill(pid, "SIGKILL");
      await expect.poll(() => system.server.annexes()[0]?.pid, { interval: 5, timeout: 20_000 }).not.toBe(pid);
    }
    const job = await ended(id);
    // What was burned twice is not paid twice.
    expect(job.fuel).toBe(clean.job.fuel);
    // One that is killed while it starts is started again, too.
    await expect.poll(() => statusOf("/"), { interval: 50, timeout: 30_000 }).toBe(403);
    expect(new Set(restarts)).toEqual(new Set([1]));
    const after = await undisturbed({ run: "after" });
    if (after.name !== "wall time") expect(after.gave).toBeGreaterThan(20);
  });

  test("that holds still is done without", { timeout: 180_000 }, async () => {
    const id = await begin({ run: "still" });
    await untilDone(id, 10);
    const { pid } = annex();
    process.kill(pid, "SIGSTOP");
    try {
      await ended(id);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("or a server that is killed while it starts again is started again", { timeout: 60_000 }, async () => {
    for (let kills = 0; kills < 2; kills++) {
      const pid = system.server.workerdPid() ?? 0;
      process.kill(pid, "SIGKILL");
      await expect.poll(() => system.server.workerdPid(), { interval: 1, timeout: 20_000 }).not.toBe(pid);
    }
    await untilHealthy(system.fetch);
    await ended(await begin({ run: "restarted" }));
  });

  test("answers nobody else", async () => {
    await expect.poll(() => statusOf("/"), { interval: 50, timeout: 30_000 }).toBe(403);
    for (const path of ["/", "/v1/health", "/v1/jobs"]) {
      const answer = await fetch(`http://${annex().address}${path}`, { headers: headers() });
      expect([answer.status, await answer.text()]).toEqual([403, "An annex answers its server only.\n"]);
    }
  });
});
