// workerd killed at random while a job runs: the same answer bytes as without, every task done, and the ledger verifies.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ask } from "../../cli/ledger/reader.ts";
import { verify } from "../../cli/ledger/verify.ts";
import { testModule } from "../support/modules.ts";
import { type System, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const KILLS = 5;
const TASKS = 3_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  const bytes = { input: "bytes", output: "bytes" };
  await system.ada.publish("ada", { name: "same", ...bytes }, testModule("echo"));
  await system.ada.publish("ada", { name: "join", ...bytes }, testModule("join"));
});
afterAll(() => system.end());

const headers = (): Record<string, string> => ({ Authorization: `Simple ${system.ada.key}` });

test("a job survives five kills with the same answer", async () => {
  const random = randomFrom(seedOf("jobs-kill"));
  const text = Array.from({ length: TASKS }, (_, index) => `record ${index} ${"z".repeat(index % 50)}`).join("\n");
  await system.fetch("/v1/data/.my", { method: "POST", headers: headers(), body: '{"name":"texts"}' });
  await system.fetch("/v1/data/.my/texts/all.txt", { method: "PUT", headers: headers(), body: text });
  const made = await system.ada.post("/v1/jobs", {
    map: "ada/same@1.0.0",
    reduce: "ada/join@1.0.0",
    source: "data://.my/texts/all.txt",
    split: "lines",
    target: { bytes: 64 },
  });
  const { id } = await made.json<{ id: string }>();
  for (let kills = 0; kills < KILLS; kills++) {
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 400));
    const pid = system.server.workerdPid();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await untilHealthy(system.fetch);
  }
  let job = { state: "running", tasks: { failed: 0 } };
  for (const end = Date.now() + 120_000; job.state === "running" || job.state === "planning";) {
    job = await (await system.ada.get(`/v1/jobs/${id}`)).json();
    expect(Date.now()).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
  expect(await (await system.ada.get(`/v1/jobs/${id}/result`)).text()).toBe(text);
  const ask: Ask = async (path) => {
    const answer = await system.ada.get(path);
    return answer.status === 404 ? null : answer.json();
  };
  expect((await verify(ask)).findings).toEqual([]);
});
