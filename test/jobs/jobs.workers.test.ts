// Jobs in workerd: real collections, sandboxes, shards and ledger.
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { BatchHost, MapBatch, Runner } from "../../worker/jobs/batch.ts";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { rosterOf } from "../../worker/objects/roster/object.ts";
import { runners } from "../../worker/objects/shard/dispatcher.ts";
import type { Client } from "../support/client.ts";
import { STRANGER, ada, ask, begin as beginAccounts, make, put } from "../support/data.ts";
import { env } from "../support/inside.ts";
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
  readonly quote: { readonly fuel: number; readonly cost_microcredits: number; readonly error: number } | null;
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
    await client.publish("ada", { name: "text", input: "text", output: "text" }, testModule("echo")),
    await client.publish("ada", { name: "join", ...bytes }, testModule("join")),
    await client.publish("ada", { name: "square", ...bytes }, testModule("square")),
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
    expect((await client.post(`/v1/jobs/${job.id}/retry`, {})).status).toBe(409);
    expect((await client.get(`/v1/jobs/${job.id}/tasks?marker=zzz`)).status).toBe(400);
    expect((await client.get(`/v1/jobs/${job.id}/tasks?state=done&marker=0-0`)).status).toBe(200);
  });
});

describe("every kind of split", () => {
  const same = { map: "ada/same@1.0.0", reduce: "ada/join@1.0.0" };
  const text = async (job: Shown): Promise<string> => new TextDecoder().decode(await result(job));

  test("lines: each stays whole, in order", async () => {
    const job = await run({ ...same, source: "data://ada/texts/lines.txt", split: "lines", target: { bytes: 700 } });
    expect(await text(job)).toBe(LINES);
  });

  test("bytes, and what they overlap by", async () => {
    await put("ada/texts/bytes.bin", "abcdefghij".repeat(20));
    const source = "data://.my/texts/bytes.bin";
    const plain = await run({ ...same, source, split: "bytes", target: { bytes: 64 } });
    expect(await text(plain)).toBe("abcdefghij".repeat(20));
    const overlapping = await run({ ...same, source, split: "bytes", overlap: 2, target: { bytes: 100 } });
    expect(await text(overlapping)).toBe(`${"abcdefghij".repeat(10)}ab${"abcdefghij".repeat(10)}`);
  });

  test("records:fasta over a pattern of files, in the order of their names", async () => {
    const record = (name: string, length: number): string => `>${name}\n${"ACGT".repeat(length)}\n`;
    await put("ada/texts/a.fa", record("a1", 10) + record("a2", 500));
    await put("ada/texts/b.fa", record("b1", 3));
    await put("ada/texts/c.fa", "");
    const job = await run({ ...same, source: "data://ada/texts/*.fa", split: "records:fasta", target: { bytes: 100 } });
    expect(await text(job)).toBe(record("a1", 10) + record("a2", 500) + record("b1", 3));
    const listed = ["data://ada/texts/b.fa", "data://ada/texts/a.fa", "data://ada/texts/b.fa"];
    const list = await run({ ...same, source: listed, split: "records:fasta" });
    expect(await text(list)).toBe(record("b1", 3) + record("a1", 10) + record("a2", 500));
  });

  test("files of several collections in turn, in the order of the list", async () => {
    await make("others");
    const files = Array.from(
      { length: 12 },
      (_, index) => `ada/${index % 2 === 0 ? "texts" : "others"}/turn-${index}.txt`,
    );
    for (const [index, file] of files.entries()) await put(file, `file ${index}\n`);
    const source = files.map((file) => `data://${file}`);
    const job = await run({ ...same, source, split: "lines", target: { bytes: 64 } });
    expect(job).toMatchObject({ state: "done", tasks: { done: 12, failed: 0 } });
    expect(await text(job)).toBe(files.map((_, index) => `file ${index}\n`).join(""));
  });

  test("json-array and range: as JSON, listed line by line where nothing is reduced", async () => {
    const values = Array.from({ length: 300 }, (_, index) => ({ index, text: `]",[${"y".repeat(index % 11)}` }));
    await put("ada/texts/values.json", JSON.stringify(values, null, 1));
    const job = await run({
      map: "ada/json@1.0.0",
      source: "data://ada/texts/values.json",
      split: "json-array",
      target: { bytes: 500 },
    });
    const lines = (await text(job))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { answer: unknown[] });
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.flatMap(({ answer }) => answer)).toEqual(values);
    const range = await run({
      map: "ada/json@1.0.0",
      source: { from: -5, to: 1_000 },
      split: "range",
      target: { items: 7 },
    });
    const spans = (await text(range))
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { answer: { from: number; to: number } }).answer);
    expect(spans).toHaveLength(144);
    expect(spans[0]).toEqual({ from: -5, to: 2 });
    expect(spans.at(-1)).toEqual({ from: 996, to: 1_000 });
  });

  test("a sample decides how long chunks are, and a quote says what they will cost", async () => {
    const answer = await client.post("/v1/jobs/quote", {
      map: "ada/tally@1.0.0",
      reduce: "ada/sum@1.0.0",
      source: "data://ada/texts/lines.txt",
      split: "lines",
      target: { seconds: 0.001 },
    });
    const quoted = await answer.json<Shown>();
    expect(answer.status, JSON.stringify(quoted)).toBe(200);
    expect(quoted).toMatchObject({ state: "quoted", tasks: { done: 0 } });
    expect(quoted.chunk).toBeLessThan(1_000_000);
    expect((await client.post(`/v1/jobs/${quoted.id}/start`, {})).status).toBe(202);
    const job = await until(quoted.id);
    expect(job.state).toBe("done");
    expect(pair(await result(job))).toEqual([1_999, sumOf(LINES)]);
    expect(job.quote?.cost_microcredits).toBeGreaterThanOrEqual(job.fuel / 1_000);
  });
});

describe("a quote", () => {
  // 1,000 and 32,000 bytes burn very different fuel a byte, and a sample of 64 KiB more than either.
  test.each([
    ["far shorter", { seconds: 0.001 }],
    ["given", { bytes: 1_000 }],
    ["given and longer", { bytes: 131_072 }],
  ])("holds for a mapper whose cost is not linear, with chunks %s than the sample's", async (_, target) => {
    await put("ada/texts/squares.txt", `${"x".repeat(99)}\n`.repeat(4_000));
    const source = "data://ada/texts/squares.txt";
    const answer = await client.post("/v1/jobs/quote", { map: "ada/square@1.0.0", source, split: "lines", target });
    const { id, quote, spent_microcredits: sampled } = await answer.json<Shown>();
    expect((await client.post(`/v1/jobs/${id}/start`, {})).status).toBe(202);
    const { fuel, spent_microcredits: spent } = await until(id);
    const [quoted, error] = [quote?.fuel ?? 0, quote?.error ?? 0];
    expect(Math.abs(fuel - quoted), `${fuel} of ${quoted} +- ${error}`).toBeLessThanOrEqual((error + 0.1) * quoted);
    // Fees are a matter of how tasks share batches, which follows from when they come.
    const cost = quote?.cost_microcredits ?? 0;
    expect((spent - sampled) / cost, `${spent} - ${sampled} of ${cost}`).toBeGreaterThan(0.5);
    expect((spent - sampled) / cost).toBeLessThan(2);
  });
});

describe("the same job again", () => {
  test("costs nothing, and answers the same", async () => {
    const request = {
      map: "ada/tally@1.0.0",
      reduce: "ada/sum@1.0.0",
      source: "data://ada/texts/lines.txt",
      split: "lines",
      target: { bytes: 1_500 },
    };
    const first = await run(request);
    const again = await run(request);
    expect(again).toMatchObject({ state: "done", spent_microcredits: 0, fuel: 0, dispatches: 0 });
    expect(await result(again)).toEqual(await result(first));
    await put("ada/texts/other.txt", LINES.replace("line 7", "lime 7"));
    const other = await run({ ...request, source: "data://ada/texts/other.txt" });
    expect(other.spent_microcredits).toBeGreaterThan(0);
  });
});

describe("bad input", () => {
  const tally = { map: "ada/tally@1.0.0", reduce: "ada/sum@1.0.0", split: "lines" };
  const refused = async (request: object): Promise<[number, string]> => {
    const answer = await client.post("/v1/jobs", request);
    return [answer.status, (await answer.json<{ code: string }>()).code];
  };

  test("what cannot be run is refused at once, with what to do", async () => {
    const source = "data://ada/texts/lines.txt";
    await put("ada/texts/empty", "");
    expect(await refused({ ...tally, source: "data://ada/texts/none" })).toEqual([404, "path-not-found"]);
    expect(await refused({ ...tally, source: "data://bob/secret/x" })).toEqual([404, "path-not-found"]);
    expect(await refused({ ...tally, source: "data://ada/texts/empty" })).toEqual([422, "empty-source"]);
    const unmatched = await client.post("/v1/jobs", { ...tally, source: [source, "data://ada/texts/*.none"] });
    expect([unmatched.status, (await unmatched.json<{ detail: string }>()).detail]).toEqual([
      404,
      "No file matches data://ada/texts/*.none.",
    ]);
    expect(await refused({ ...tally, source, map: "ada/none@1.0.0" })).toEqual([404, "unknown-algorithm"]);
    expect(await refused({ ...tally, source, map: "ada/asks@1.0.0" })).toEqual([422, "invalid-job"]);
    expect(await refused({ ...tally, source, map: "ada/json@1.0.0" })).toEqual([422, "invalid-job"]);
    expect(await refused({ ...tally, source, reduce: "ada/json@1.0.0" })).toEqual([422, "invalid-job"]);
    expect(await refused({ ...tally, source, overlap: 3 })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, target: { items: 5 } })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, split: "words" })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source: { from: 3, to: 3 }, split: "range" })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, split: "range" })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, target: { bytes: LIMITS.jobChunkBytesLeast - 1 } })).toEqual([
      400,
      "invalid-body",
    ]);
    expect(await refused({ ...tally, source, target: { bytes: LIMITS.jobChunkBytes + 1 } })).toEqual([
      400,
      "invalid-body",
    ]);
    expect(await refused({ ...tally, source, split: "bytes", overlap: LIMITS.jobOverlap + 1 })).toEqual([
      400,
      "invalid-body",
    ]);
    expect(await refused({ ...tally, source, limits: { parallel: LIMITS.jobParallel + 1 } })).toEqual([
      400,
      "invalid-body",
    ]);
    expect(await refused({ ...tally, source, limits: { retries: LIMITS.jobRetriesMax + 1 } })).toEqual([
      400,
      "invalid-body",
    ]);
    expect(await refused({ ...tally, source, limits: { tasks: LIMITS.jobTasks + 1 } })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, arguments: "a".repeat(LIMITS.jobArgumentsBytes - 1) })).toEqual([
      422,
      "invalid-job",
    ]);
    const many = Array.from({ length: LIMITS.jobFiles + 1 }, () => source);
    expect(await refused({ ...tally, source: many })).toEqual([400, "invalid-body"]);
    expect(await refused({ ...tally, source, arguments: "a".repeat(LIMITS.jobBodyBytes) })).toEqual([
      413,
      "body-too-large",
    ]);
  });

  test("records that the mapper fails on are named, all others are done", async () => {
    const lines = Array.from({ length: 500 }, (_, index) => (index % 100 === 50 ? `bad ${index} !` : `good ${index}`));
    await put("ada/texts/bad.txt", lines.join("\n"));
    const request = { ...tally, source: "data://ada/texts/bad.txt", target: { bytes: 1_000 } };
    const strict = await run(request);
    expect(strict).toMatchObject({ state: "failed", reason: { code: "TasksFailed" }, tasks: { failed: 5 } });
    expect((await client.get(`/v1/jobs/${strict.id}/result`)).status).toBe(409);
    const { results } = await (
      await client.get(`/v1/jobs/${strict.id}/tasks?state=failed`)
    ).json<{ results: { error: { error_type: string; record: string } }[] }>();
    expect(results.map(({ error }) => error.record)).toEqual([50, 150, 250, 350, 450].map((index) => `bad ${index} !`));
    expect(new Set(results.map(({ error }) => error.error_type))).toEqual(new Set(["Trap"]));
    const lenient = await run({ ...request, limits: { partial: "allow" } });
    expect(lenient).toMatchObject({ state: "done", reason: { code: "partial" }, tasks: { failed: 5 } });
    const good = lines.filter((line) => line.startsWith("good")).join("\n") + "\n";
    expect(pair(await result(lenient))[1]).toBe(sumOf(good.slice(0, -1)));
    const retried = await client.post(`/v1/jobs/${strict.id}/retry`, {});
    expect(retried.status).toBe(202);
    expect(await until(strict.id)).toMatchObject({ state: "failed", tasks: { failed: 5 } });
  });

  test("a line that is no UTF-8 is named, all others are done", async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}\n`);
    const bytes = Buffer.from(lines.join(""));
    bytes[bytes.indexOf("line 17") + 2] = 0xff;
    await put("ada/texts/broken.txt", bytes);
    const source = "data://ada/texts/broken.txt";
    const job = await run({
      map: "ada/text@1.0.0",
      source,
      split: "lines",
      target: { bytes: 100 },
      limits: { partial: "allow" },
    });
    expect(job).toMatchObject({ state: "done", tasks: { failed: 1 } });
    const failed = await (await client.get(`/v1/jobs/${job.id}/tasks?state=failed`)).text();
    expect(failed).toContain("InvalidInput");
    const answers = (await (await client.get(`/v1/jobs/${job.id}/result`)).text()).trim().split("\n");
    const whole = answers.map((line) => (JSON.parse(line) as { answer: string }).answer).join("");
    expect(whole).toBe(lines.filter((_, index) => index !== 17).join(""));
  });

  test("records that never end are cut out by their fuel", async () => {
    const lines = Array.from({ length: 100 }, (_, index) => (index === 42 ? "for ever ~" : `quick ${index}`));
    await put("ada/texts/ever.txt", lines.join("\n"));
    const job = await run({
      ...tally,
      source: "data://ada/texts/ever.txt",
      target: { bytes: 5_000 },
      limits: { partial: "allow", fuelPerTask: 5_000_000 },
    });
    expect(job).toMatchObject({ state: "done", tasks: { failed: 1 } });
    const { results } = await (await client.get(`/v1/jobs/${job.id}/tasks`)).json<{ results: { error: object }[] }>();
    expect(results[0]?.error).toMatchObject({ error_type: "FuelExhausted", record: "for ever ~" });
  });

  test("an answer beyond what is kept of a task is none", async () => {
    await put("ada/texts/long.txt", "z".repeat(LIMITS.jobAnswerBytes + 1));
    const request = {
      map: "ada/same@1.0.0",
      split: "bytes",
      target: { bytes: LIMITS.jobChunkBytes },
      limits: { partial: "allow" },
    };
    const job = await run({ ...request, source: "data://ada/texts/long.txt" });
    // It is cut until what is answered fits.
    expect(job).toMatchObject({ state: "done", tasks: { failed: 0, total: 16 } });
  });

  test("a reducer that is not associative is told of", async () => {
    const job = await run({
      map: "ada/same@1.0.0",
      reduce: "ada/minus@1.0.0",
      source: "data://ada/texts/bytes.bin",
      split: "bytes",
      target: { bytes: 64 },
    });
    expect(job).toMatchObject({ state: "done", warning: { code: "not-associative" } });
  });
});

describe("caps", () => {
  test("a job costs no microcredit more than it may; with a higher cap it goes on", async () => {
    await put("ada/texts/dear.txt", Array.from({ length: 3_000 }, (_, index) => `${index}`.repeat(9)).join("\n"));
    const cap = 3 * CALL_FEE;
    const request = {
      map: "ada/tally@1.0.0",
      reduce: "ada/sum@1.0.0",
      source: "data://ada/texts/dear.txt",
      split: "lines",
      target: { bytes: 64 },
      limits: { cost: cap },
    };
    const before = await balance();
    const job = await run(request);
    expect(job).toMatchObject({ state: "stopped", reason: { code: "CostCap" } });
    expect(job.spent_microcredits).toBeLessThanOrEqual(cap);
    expect(before - (await balance())).toBeLessThanOrEqual(cap);
    expect((await client.post(`/v1/jobs/${job.id}/retry`, { cost: 1_000_000_000 })).status).toBe(202);
    const done = await until(job.id);
    expect(done).toMatchObject({ state: "done", tasks: { failed: 0 } });
    expect(before - (await balance())).toBe(done.spent_microcredits);
  });

  test.each([0, 50, 150])("cancelled after %d ms, it ends, and what it held is free again", async (ms) => {
    const held = async (): Promise<number> =>
      (await (await client.get("/v1/account")).json<{ reserved_microcredits: number }>()).reserved_microcredits;
    const answer = await client.post("/v1/jobs", {
      map: "ada/tally@1.0.0",
      source: "data://ada/texts/dear.txt",
      split: "lines",
      target: { bytes: 64 + ms },
    });
    const { id } = await answer.json<Shown>();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const gone = await client.fetch(`/v1/jobs/${id}`, {
      method: "DELETE",
      headers: { Authorization: `Simple ${client.key}` },
    });
    expect(gone.status).toBeLessThan(300);
    expect(await until(id)).toMatchObject({ state: "cancelled" });
    await expect.poll(held, { timeout: 5_000 }).toBe(0);
  });
});

describe("batches that are lost, doubled, slow and reordered", () => {
  const real = runners.of;
  afterEach(() => {
    runners.of = real;
  });

  test("change no byte of the answer", async () => {
    let batch = 0;
    runners.of = (): Runner => {
      const runner = real();
      return {
        reduce: (...asked) => runner.reduce(...asked),
        map: async (request: MapBatch, host: BatchHost) => {
          const fault = batch++ % 5;
          if (fault === 1) throw new Error("lost");
          if (fault === 2) await runner.map(request, host);
          const answer = await runner.map(request, host);
          if (fault === 3) await new Promise((resolve) => setTimeout(resolve, 200));
          return answer;
        },
      };
    };
    const request = {
      map: "ada/same@1.0.0",
      reduce: "ada/join@1.0.0",
      source: "data://ada/texts/lines.txt",
      split: "lines",
      target: { bytes: 333 },
      limits: { retries: 10 },
    };
    const job = await run(request);
    expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
    expect(new TextDecoder().decode(await result(job))).toBe(LINES);
    expect(job.dispatches).toBeLessThanOrEqual(2 * job.tasks.total + LIMITS.jobDepth);
  });
});

describe("open jobs", () => {
  test("are as many as an account may have, and no more until one is over", async () => {
    const roster = rosterOf(env, "carl");
    const enter = (index: number): Promise<{ readonly ok: boolean }> => roster.enter(`job-${index}`, "ada/tally");
    for (let index = 1; index <= LIMITS.jobsOpen; index++) expect(await enter(index)).toMatchObject({ ok: true });
    expect(await enter(LIMITS.jobsOpen + 1)).toMatchObject({ ok: false });
    await roster.stands("job-1", "done", false);
    expect(await enter(LIMITS.jobsOpen + 1)).toMatchObject({ ok: true });
  });

  test("share what an account may have out at once", async () => {
    const roster = rosterOf(env, "dora");
    for (const id of ["job-a", "job-b"]) await roster.enter(id, "ada/tally");
    expect(await roster.stands("job-a", "running", true)).toBe(LIMITS.jobParallel);
    expect(await roster.stands("job-b", "running", true)).toBe(LIMITS.jobParallel / 2);
  });
});

describe("who may see a job", () => {
  test("its account; for others there is none", async () => {
    const job = await run({ map: "ada/tally@1.0.0", source: "data://ada/texts/bytes.bin", split: "bytes" });
    for (const path of ["", "/events", "/tasks", "/tree", "/result"]) {
      expect((await client.get(`/v1/jobs/${job.id}${path}`)).status).toBe(200);
      const stranger = await ask(`jobs/${job.id}${path}`, { key: STRANGER });
      const nobody = await ask(`jobs/job-${crypto.randomUUID()}${path}`, { key: STRANGER });
      expect(stranger.status).toBe(404);
      expect((await stranger.json<{ detail: string }>()).detail).toBe((await nobody.json<{ detail: string }>()).detail);
    }
    const listed = await (await client.get("/v1/jobs?limit=2")).json<{ results: Shown[]; next_link: string }>();
    expect(listed.results[0]?.id).toBe(job.id);
    const next = await (await client.get(listed.next_link)).json<{ results: Shown[] }>();
    expect(next.results).toHaveLength(2);
    const events = await (await client.get(`/v1/jobs/${job.id}/events`)).text();
    expect(events).toMatch(/^id: 1\nevent: end\ndata: \{"id":"job-/);
  });
});
