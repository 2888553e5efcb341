// Batches that would be too large for one message, where a job computes, and who gets a turn there: real collections, sandboxes and shards.
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Collection } from "../../worker/objects/collection/object.ts";
import { signUp } from "../support/accounts.ts";
import type { Client } from "../support/client.ts";
import { ada, begin as beginAccounts, make, noise, put } from "../support/data.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

interface Shown {
  readonly id: string;
  readonly state: string;
}

let guest: Client;
const KIB = 1024;
const LONG = noise(128 * KIB);

beforeAll(async () => {
  await beginAccounts();
  guest = await signUp(fetchInside, env, "guest");
  await make("mine");
  await make("open", ["user://*"]);
  const published = [
    await ada.publish("ada", { name: "told", output: "text" }, testModule("told")),
    await ada.publish("ada", { name: "same" }, testModule("echo")),
    await ada.publish("ada", { name: "join" }, testModule("join")),
    await put("ada/mine/long", LONG),
    await put("ada/open/lines", "one\ntwo\n".repeat(500)),
  ];
  for (const answer of published) expect(answer.status, await answer.clone().text()).toBeLessThan(300);
});

async function run(client: Client, request: object): Promise<Shown> {
  const made = await client.post("/v1/jobs", request);
  expect(made.status, await made.clone().text()).toBe(202);
  const { id } = await made.json<Shown>();
  for (;;) {
    const shown = await (await client.get(`/v1/jobs/${id}`)).json<Shown>();
    if (shown.state !== "planning" && shown.state !== "running") return shown;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const result = async (client: Client, { id }: Shown): Promise<Uint8Array> =>
  new Uint8Array(await (await client.get(`/v1/jobs/${id}/result`)).arrayBuffer());
const answers = async (client: Client, job: Shown): Promise<string[]> =>
  new TextDecoder()
    .decode(await result(client, job))
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { answer: string }).answer);

describe("tasks that are small themselves, a thousand to a batch,", () => {
  const told = { map: "ada/told@1.0.0", source: "data://ada/mine/long", split: "bytes", target: { bytes: 64 } };
  const done = { state: "done", tasks: { total: 2_048, done: 2_048, failed: 0 } };

  test("with a long overlap each", { timeout: 30_000 }, async () => {
    const job = await run(ada, { ...told, overlap: LIMITS.jobOverlap, limits: { retries: 0, parallel: 1 } });
    expect(job).toMatchObject(done);
    const facts = (await answers(ada, job)).map((one) => JSON.parse(one) as { from: number; extra: number });
    expect(facts.map(({ from }) => from)).toEqual(Array.from({ length: 2_048 }, (_, index) => 64 * index));
    const left = ({ from }: { from: number }): number => LONG.length - from - 64;
    for (const one of facts) expect(one.extra).toBe(Math.min(LIMITS.jobOverlap, left(one)));
  });

  test("with long arguments, which go with each", { timeout: 30_000 }, async () => {
    const job = await run(ada, { ...told, arguments: "a".repeat(60_000), limits: { retries: 0, parallel: 1 } });
    expect(job).toMatchObject(done);
    const ends = (await answers(ada, job)).map((one) =>
      /^a+","file":"data:\/\/Ada\/mine\/long","from":(\d+),/u.exec(one),
    );
    expect(ends.map((found) => Number(found?.[1]))).toEqual(Array.from({ length: 2_048 }, (_, index) => 64 * index));
  });

  test("are told all that they are to know", async () => {
    const job = await run(ada, { ...told, target: { bytes: 100_000 }, arguments: { k: [3, "é"] } });
    expect((await answers(ada, job)).map((one) => JSON.parse(one) as object)).toEqual([
      {
        task: "map",
        arguments: { k: [3, "é"] },
        file: "data://Ada/mine/long",
        from: 0,
        to: 100_000,
        first: true,
        last: false,
        skip: 0,
        extra: 0,
      },
      expect.objectContaining({ from: 100_000, to: 131_072, first: false, last: true }),
    ]);
  });
});

test("a batch that goes into its sandbox in several messages loses only the record at fault", async () => {
  const line = `${"a line that is counted ".repeat(40)}\n`;
  const [before, after] = [4_500, 1_500];
  await put("ada/mine/many", line.repeat(before) + "!\n" + line.repeat(after));
  await ada.publish("ada", { name: "count" }, testModule("tally"));
  await ada.publish("ada", { name: "add" }, testModule("tally-reduce"));
  const job = await run(ada, {
    map: "ada/count@1.0.0",
    reduce: "ada/add@1.0.0",
    source: "data://ada/mine/many",
    split: "lines",
    target: { bytes: 1_000_000 },
    limits: { parallel: 1, partial: "allow", retries: 0 },
  });
  expect(job).toMatchObject({ state: "done", tasks: { failed: 1 } });
  const lines = new DataView((await result(ada, job)).buffer).getBigInt64(0, true);
  expect(Number(lines)).toBe(before + after);
});

describe("where a job computes", () => {
  afterEach(() => vi.restoreAllMocks());
  const lines = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0", source: "data://ada/open/lines", split: "lines" };

  test("is the collection for who owns it, and its own batches for strangers, with the same result", async () => {
    const here = vi.spyOn(Collection.prototype, "map");
    const stranger = await run(guest, { ...lines, target: { bytes: 200 } });
    expect(stranger).toMatchObject({ state: "done" });
    expect(here).not.toHaveBeenCalled();
    const owner = await run(ada, { ...lines, target: { bytes: 200 } });
    expect(here).toHaveBeenCalled();
    expect(await result(guest, stranger)).toEqual(await result(ada, owner));
    expect(new TextDecoder().decode(await result(ada, owner))).toBe("one\ntwo\n".repeat(500));
  });
});

describe("builds of jobs over one collection", () => {
  const NAMES = ["tally", "square", "echo", "told"];
  const over = { split: "bytes", target: { bytes: 64 } };
  const begin = async (name: string): Promise<string> => {
    const kind = name === "told" ? "text" : "bytes";
    await ada.publish("ada", { name: `long-${name}`, output: kind }, testModule(name));
    const request = { ...over, map: `ada/long-${name}@1.0.0`, source: "data://ada/mine/longer" };
    return (await (await ada.post("/v1/jobs", request)).json<Shown>()).id;
  };
  const stands = async (ids: readonly string[]): Promise<{ state: string; tasks: { done: number } }[]> =>
    Promise.all(ids.map(async (id) => (await ada.get(`/v1/jobs/${id}`)).json()));

  test("take turns: a fifth is done while four others have long to go", { timeout: 30_000 }, async () => {
    await put("ada/mine/longer", "abcdefg\n".repeat(64 * KIB));
    await put("ada/mine/short", "short");
    await ada.publish("ada", { name: "fifth" }, testModule("heavy"));
    const long = await Promise.all(NAMES.map(begin));
    const begun = async (): Promise<number> => Math.min(...(await stands(long)).map(({ tasks }) => tasks.done));
    await expect.poll(begun, { timeout: 10_000 }).toBeGreaterThan(0);
    const fifth = await run(ada, { ...over, map: "ada/fifth@1.0.0", source: "data://ada/mine/short" });
    expect(fifth).toMatchObject({ state: "done", tasks: { done: 1 } });
    expect((await stands(long)).map(({ state }) => state)).toEqual(NAMES.map(() => "running"));
    const headers = { Authorization: `Simple ${ada.key}` };
    for (const id of long) await ada.fetch(`/v1/jobs/${id}`, { method: "DELETE", headers });
  });
});
