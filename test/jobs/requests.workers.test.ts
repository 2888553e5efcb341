// Requests that are sent again, and hostile ones: one job under one Idempotency-Key, every wrong request a coded refusal, and
// nothing there for strangers.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { jobOf } from "../../worker/objects/job/object.ts";
import { rosterOf } from "../../worker/objects/roster/object.ts";
import { shardOf } from "../../worker/objects/shard/object.ts";
import type { Client } from "../support/client.ts";
import { STRANGER, ada, ask, begin as beginAccounts, make, put } from "../support/data.ts";
import { env } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let client: Client;
const LINES = Array.from({ length: 300 }, (_, index) => `line ${index}`).join("\n");

beforeAll(async () => {
  await beginAccounts();
  client = ada;
  await make("texts");
  await client.publish("ada", { name: "tally", input: "bytes", output: "bytes", memory: 16 }, testModule("tally"));
  await client.publish("ada", { name: "same", input: "bytes", output: "bytes" }, testModule("echo"));
  await put("ada/texts/lines.txt", LINES);
});

interface Shown {
  readonly id: string;
  readonly state: string;
}

async function until(id: string): Promise<Shown> {
  for (;;) {
    const shown = await (await client.get(`/v1/jobs/${id}`)).json<Shown>();
    if (shown.state !== "planning" && shown.state !== "running") return shown;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe("a request under an Idempotency-Key", () => {
  const tally = {
    map: "ada/tally@1.0.0",
    source: "data://ada/texts/lines.txt",
    split: "lines",
    target: { bytes: 3_000 },
  };
  const send = async (key: string, request: object, path = "/v1/jobs"): Promise<[number, string]> => {
    const answer = await client.fetch(path, {
      method: "POST",
      headers: { Authorization: `Simple ${client.key}`, "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(request),
    });
    const { id, code } = await answer.json<{ id?: string; code?: string }>();
    return [answer.status, id ?? code ?? ""];
  };

  test("makes one job, however often and at once it is sent; another request under it is refused", async () => {
    const sent = await Promise.all([1, 2, 3].map(() => send("once", tally)));
    expect(new Set(sent.map(([status]) => status))).toEqual(new Set([202]));
    const [id, ...others] = new Set(sent.map(([, made]) => made));
    expect([id, others]).toEqual([expect.stringMatching(/^job-[0-9a-f-]{36}$/), []]);
    expect(await until(id ?? "")).toMatchObject({ state: "done" });
    expect(await send("once", tally)).toEqual([202, id]);
    expect(await send("once", { ...tally, overlap: 0, target: { bytes: 3_001 } })).toEqual([409, "id-conflict"]);
    expect(await send("once", tally, "/v1/jobs/quote")).toEqual([409, "id-conflict"]);
    expect((await send("twice", tally))[1]).not.toBe(id);
    expect(await send("k".repeat(201), tally)).toEqual([400, "invalid-parameter"]);
    expect(await send("ключ".normalize(), tally).catch(() => [400])).toContain(400);
  });

  test("is the job's although its source has gone, and although the account has as many as it may", async () => {
    await put("ada/texts/gone.txt", LINES);
    const request = { ...tally, source: "data://ada/texts/gone.txt" };
    const [status, id] = await send("kept", request);
    expect([status, (await until(id)).state]).toEqual([202, "done"]);
    await ask("data/ada/texts/gone.txt", { method: "DELETE" });
    expect(await send("kept", request)).toEqual([202, id]);
    expect((await send("anew", request))[1]).toBe("path-not-found");
    const roster = rosterOf(env, "erin");
    for (let index = 1; index <= LIMITS.jobsOpen; index++) await roster.enter(`job-${index}`, "ada/tally");
    expect(await roster.enter("job-1", "ada/tally")).toMatchObject({ ok: true });
    expect(await roster.enter("job-0", "ada/tally")).toMatchObject({ ok: false });
  });
});

describe("what a request that died left on the roster", () => {
  const first = async (account: string): Promise<{ readonly made: number } | undefined> =>
    (await rosterOf(env, account).opened()).find(({ id }) => id === "job-1");
  const age = (account: string): Promise<void> =>
    runInDurableObject(rosterOf(env, account), (_, { storage }) => {
      storage.sql.exec("UPDATE entry SET made = made - 120000");
    });

  test("is as new when the request comes again, whoever saw it when it was old", async () => {
    const roster = rosterOf(env, "fay");
    await roster.enter("job-1", "ada/tally");
    await age("fay");
    const old = await first("fay");
    await roster.enter("job-1", "ada/tally");
    expect((await first("fay"))?.made).toBeGreaterThanOrEqual((old?.made ?? 0) + 120_000);
    await roster.abandon("job-1", old?.made ?? 0);
    expect(await first("fay")).toBeDefined();
    await age("fay");
    await roster.abandon("job-1", (await first("fay"))?.made ?? 0);
    expect(await first("fay")).toBeUndefined();
  });

  test("is not as new once its job runs: the list keeps its order", async () => {
    const roster = rosterOf(env, "gil");
    await roster.enter("job-1", "ada/tally");
    await age("gil");
    await roster.stands("job-1", "running", true);
    const before = await first("gil");
    await roster.enter("job-1", "ada/tally");
    expect(await first("gil")).toEqual(before);
  });
});

describe("a list of tasks", () => {
  test("has pages, and tells of answers without carrying them", async () => {
    await put("ada/texts/long.bin", "x".repeat(250_000));
    const request = {
      map: "ada/same@1.0.0",
      source: "data://ada/texts/long.bin",
      split: "bytes",
      target: { bytes: 1_000 },
    };
    const { id } = await (await client.post("/v1/jobs", request)).json<Shown>();
    expect(await until(id)).toMatchObject({ state: "done" });
    const seen: number[] = [];
    let path: string | null = `/v1/jobs/${id}/tasks?state=done&limit=99`;
    for (let pages = 0; path !== null && pages < 9; pages++) {
      const page: { results: { task: number; answer_bytes: number }[]; next_link: string | null } = await (
        await client.get(path)
      ).json();
      expect(page.results.length).toBeLessThanOrEqual(99);
      for (const { task, answer_bytes } of page.results) seen.push(answer_bytes === 1_000 ? task : -1);
      path = page.next_link;
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, task) => task));
    const whole = { ...request, target: { bytes: 250_000 } };
    const other = (await (await client.post("/v1/jobs", whole)).json<Shown>()).id;
    expect(await until(other)).toMatchObject({ state: "done" });
    const answer = await (await client.get(`/v1/jobs/${other}/tasks?state=done`)).json<{ results: object[] }>();
    expect(answer.results).toEqual([expect.objectContaining({ answer_kind: "bytes", answer_bytes: 250_000 })]);
    const [{ name } = { name: "" }] = await runInDurableObject(jobOf(env, other), (_, { storage }) =>
      storage.sql.exec<{ name: string }>("SELECT name FROM shard").toArray(),
    );
    expect(JSON.stringify(await shardOf(env, name).tasks("done", -1, -1, 10)).length).toBeLessThan(1_000);
  });
});

describe("hostile requests", () => {
  let id: string;
  beforeAll(async () => {
    const answer = await client.post("/v1/jobs", fine);
    ({ id } = await until((await answer.json<Shown>()).id));
  });
  const fine = { map: "ada/tally@1.0.0", source: "data://ada/texts/lines.txt", split: "lines" };
  const raw = (body: string, path = "/v1/jobs"): Promise<Response> =>
    client.fetch(path, {
      method: "POST",
      headers: { Authorization: `Simple ${client.key}`, "Content-Type": "application/json" },
      body,
    });
  const WRONG: readonly (readonly [string, object])[] = [
    ["map", { map: 7 }],
    ["map", { map: ["ada/tally"] }],
    ["map", { map: "" }],
    ["map", { map: "ada/tally@1.0.0\u0000" }],
    ["map", { map: "../../ada/tally" }],
    ["map", { map: "__proto__/constructor@1.0.0" }],
    ["reduce", { reduce: null }],
    ["reduce", { reduce: "a".repeat(5_000) }],
    ["source", { source: [] }],
    ["source", { source: null }],
    ["source", { source: { from: 0, to: 1e300 }, split: "range" }],
    ["source", { source: { from: 0.5, to: 2 }, split: "range" }],
    ["source", { source: { from: 5, to: -5 }, split: "range" }],
    ["source", { source: { from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER }, split: "range" }],
    ["source", { source: "data://ada/texts/../secret/x" }],
    ["source", { source: "data://ada/texts/\u202etxt.senil" }],
    ["source", { source: "http://169.254.169.254/" }],
    ["source", { source: "data://ada/*/lines.txt" }],
    ["source", { source: `data://ada/texts/${"*a".repeat(900)}` }],
    ["split", { split: "lines\n" }],
    ["overlap", { split: "bytes", overlap: -1 }],
    ["overlap", { split: "bytes", overlap: 1e20 }],
    ["target", { target: { bytes: "64" } }],
    ["target", { target: { bytes: -64 } }],
    ["target", { target: { seconds: 0 } }],
    ["target", { target: { seconds: 1e9 } }],
    ["limits", { limits: { cost: 0 } }],
    ["limits", { limits: { cost: 1.5 } }],
    ["limits", { limits: { cost: 2 ** 53 } }],
    ["limits", { limits: { cost: -1 } }],
    ["limits", { limits: { fuelPerTask: 1 } }],
    ["limits", { limits: { parallel: 0 } }],
    ["limits", { limits: { retries: -1 } }],
    ["limits", { limits: { tasks: 0 } }],
    ["limits", { limits: { partial: true } }],
    ["field", { unknown: 1 }],
  ];

  test.each(WRONG.map(([name, change]) => [name, JSON.stringify(change).slice(0, 80), change] as const))(
    "a wrong %s is refused: %s",
    async (_, __, change) => {
      const answer = await raw(JSON.stringify({ ...fine, ...change }));
      const { code, detail } = await answer.json<{ code: string; detail: string }>();
      expect([answer.status, code, detail], detail).toEqual([
        expect.toSatisfy((status: number) => status >= 400 && status < 500),
        expect.stringMatching(/^[a-z-]+$/),
        expect.stringMatching(/\S/),
      ]);
    },
  );

  test.each(["", "null", "[]", "7", '"x"', "{", '{"map":NaN}', `{"map":${"[".repeat(10_000)}`, "\u0000"])(
    "a body that is no request is refused (%#)",
    async (body) => {
      const answer = await raw(body);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  test.each([
    "tasks?limit=0",
    "tasks?limit=101",
    "tasks?limit=-1",
    "tasks?state=x",
    "tasks?state=__proto__",
    "tasks?marker=9-",
    "tasks?marker=1-99999999999999999999",
    "tasks?marker=-1--1",
  ])("%s is refused", async (path) => {
    expect((await client.get(`/v1/jobs/${id}/${path}`)).status).toBe(400);
  });

  test("ids that are none, or another account's, are absent to every route", async () => {
    const send = (method: string, path: string): Promise<Response> =>
      ask(path, {
        method,
        key: STRANGER,
        ...(method === "POST" ? { body: "{}", headers: { "Content-Type": "application/json" } } : {}),
      });
    for (const job of [id, `${id}x`, id.toUpperCase(), "job-", "%00", encodeURIComponent("../keys")]) {
      for (const path of ["", "/events", "/tasks", "/tree", "/result"])
        expect([job, path, (await send("GET", `jobs/${job}${path}`)).status]).toEqual([job, path, 404]);
      for (const path of ["/start", "/retry"])
        expect([job, path, (await send("POST", `jobs/${job}${path}`)).status]).toEqual([job, path, 404]);
      expect([job, (await send("DELETE", `jobs/${job}`)).status]).toEqual([job, 404]);
    }
    expect((await client.get(`/v1/jobs/${id}`)).status).toBe(200);
  });

  test.each(["{", "7", '{"cost":"1"}', '{"cost":-1}', '{"cost":1.5}', '{"cost":9007199254740992}', '{"more":1}'])(
    "a retry with %s is refused",
    async (body) => {
      expect((await raw(body, `/v1/jobs/${id}/retry`)).status).toBeLessThan(500);
      expect((await raw(body, `/v1/jobs/${id}/retry`)).status).toBeGreaterThanOrEqual(400);
    },
  );
});
