// Jobs in workerd: real collections, sandboxes, shards and ledger.
import { beforeAll, describe, expect, test } from "vitest";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import type { Client } from "../support/client.ts";
import { ada, ask, begin as beginAccounts, make, put } from "../support/data.ts";
import { testModule } from "../support/modules.ts";

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string } | null;
  readonly warning: { readonly code: string } | null;
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number };
  readonly dispatches: number;
  readonly spent_microcredits: number;
  readonly chunk: number;
  readonly fuel: number;
  readonly quote: { readonly cost_microcredits: number; readonly error: number } | null;
}

let client: Client;

beforeAll(async () => {
  await beginAccounts();
  client = ada;
  await make("texts");
  const bytes = { input: "bytes", output: "bytes" };
  const published = [
    await client.publish("ada", { name: "tally", ...bytes, memory: 16 }, testModule("tally")),
    await client.publish("ada", { name: "sum", ...bytes }, testModule("tally-reduce")),
    await client.publish("ada", { name: "same", ...bytes }, testModule("echo")),
    await client.publish("ada", { name: "json", input: "json", output: "json" }, testModule("echo")),
    await client.publish("ada", { name: "join", ...bytes }, testModule("join")),
    await client.publish("ada", { name: "minus", ...bytes }, testModule("difference")),
    await client.publish("ada", { name: "asks", ...bytes, permissions: ["state"] }, testModule("echo")),
  ];
  for (const answer of published) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});

const until = async (id: string): Promise<Shown> => {
  for (;;) {
    const shown = await (await client.get(`/v1/jobs/${id}`)).json<Shown>();
    if (shown.state !== "planning" && shown.state !== "running") return shown;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
};

async function run(request: object): Promise<Shown> {
  const answer = await client.post("/v1/jobs", request);
  expect(answer.status, await answer.clone().text()).toBe(202);
  const { id } = await answer.json<Shown>();
  return until(id);
}

const result = async ({ id }: Shown): Promise<Uint8Array> =>
  new Uint8Array(await (await client.get(`/v1/jobs/${id}/result`)).arrayBuffer());
const balance = async (): Promise<number> =>
  (await (await client.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;
const pair = (bytes: Uint8Array): [number, number] => {
  const view = new DataView(bytes.buffer);
  return [Number(view.getBigInt64(0, true)), Number(view.getBigInt64(8, true))];
};

const LINES = Array.from({ length: 2_000 }, (_, index) => `line ${index}: ${"x".repeat(index % 37)}`).join("\n");
const sumOf = (text: string): number => [...Buffer.from(text)].reduce((sum, byte) => sum + byte, 0);

describe("a job over lines", () => {
  test("maps, reduces, and costs what it burned", async () => {
    await put("ada/texts/lines.txt", LINES);
    const before = await balance();
    const job = await run({
      map: "ada/tally@1.0.0",
      reduce: "ada/sum@1.0.0",
      source: "data://ada/texts/lines.txt",
      split: "lines",
      target: { bytes: 2_000 },
    });
    expect(job).toMatchObject({ state: "done", reason: null, warning: null, tasks: { failed: 0 } });
    expect(job.tasks.total).toBe(Math.ceil(LINES.length / 2_000));
    expect(pair(await result(job))).toEqual([1_999, sumOf(LINES)]);
    expect(before - (await balance())).toBe(job.spent_microcredits);
    expect(job.spent_microcredits).toBeGreaterThan(CALL_FEE);
  });
});
