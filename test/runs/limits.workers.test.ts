// The bounds of durable runs, each with its last accepted and first refused value; and what their requests are refused for.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { docketStatements } from "../../kv-schema/tables/docket.ts";
import { database } from "../../kv-schema/database.ts";
import { LIMITS } from "../../worker/limits.ts";
import { docketOf } from "../../worker/objects/docket/object.ts";
import { runOf } from "../../worker/objects/run/object.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { type Begin, hear, show, shown, signal, start } from "./started.ts";

let ada: Client;
let bob: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 10_000_000_000);
});

async function post(
  body: Begin | string,
  query = "",
  headers: Record<string, string> = {},
): Promise<readonly [number, string]> {
  const answer = await bob.fetch(`/v1/runs${query}`, {
    method: "POST",
    headers: { Authorization: `Simple ${bob.key}`, "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const { code = "", state = "" } = await answer.json<{ code?: string; state?: string }>();
  return [answer.status, code === "" ? state : code];
}

const BEGUN = [201, "running"];

describe("what a run may be", () => {
  test("a name of LIMITS.runNameCharacters", async () => {
    expect((await post({ program: "1", name: "n".repeat(LIMITS.runNameCharacters) }))[0]).toBe(201);
    expect(await post({ program: "1", name: "n".repeat(LIMITS.runNameCharacters + 1) })).toEqual([400, "invalid-body"]);
  });

  test("LIMITS.runHosts hosts, each a name", async () => {
    const hosts = (count: number): string[] => Array.from({ length: count }, (_, n) => `h${n}.example.com`);
    expect((await post({ program: "1", hosts: hosts(LIMITS.runHosts) }))[0]).toBe(201);
    expect(await post({ program: "1", hosts: hosts(LIMITS.runHosts + 1) })).toEqual([400, "invalid-body"]);
    for (const host of ["https://a.com", "a.com/x", "*", "a..b", "127.0.0.1:80"])
      expect([host, await post({ program: "1", hosts: [host] })]).toEqual([host, [400, "invalid-body"]]);
  });

  test("a time of LIMITS.runSecondsMax, said once", async () => {
    const program = 'signal("never")';
    expect((await post({ program }, `?timeout=${LIMITS.runSecondsMax}`))[0]).toBe(201);
    expect(await post({ program }, `?timeout=${LIMITS.runSecondsMax + 1}`)).toEqual([400, "invalid-parameter"]);
    expect(await post({ program }, "?timeout=0")).toEqual([400, "invalid-parameter"]);
    expect(await post({ program }, "?timeout=1&timeout=2")).toEqual([400, "invalid-parameter"]);
    const { id } = await start(bob, { program }, { query: "?timeout=1" });
    expect((await hear(bob, id)).end).toMatchObject({ state: "timeout" });
    const followed = async (query: string): Promise<number> => {
      const answer = await bob.get(`/v1/runs/${id}/events?${query}`);
      await answer.text();
      return answer.status;
    };
    expect(await followed("follow=false")).toBe(200);
    expect(await followed("follow=maybe")).toBe(400);
    expect(await followed("follow=true&follow=false")).toBe(400);
  });

  test.each([
    ["does not compile", { program: "1 +" }, 422, "invalid-program"],
    [
      "imports what is the server's",
      { program: 'import site P = "orc.lib.host.Port"  P("x")' },
      422,
      "invalid-program",
    ],
    ["holds a number beyond all bounds", { program: "9".repeat(400_000) }, 413, "body-too-large"],
    ["is no JSON", "{", 400, "not-json"],
    ["is called by an unknown field", '{"program": "1", "speed": 1}', 400, "invalid-body"],
  ])("refused: %s", async (_, body, status, code) => {
    expect(await post(body)).toEqual([status, code]);
  });

  test("refused: a ceiling that pays for nothing, an Idempotency-Key that is none, and one of another run", async () => {
    expect(await post({ program: "1" }, "", { "X-Orcade-Max-Cost": "5" })).toEqual([400, "invalid-parameter"]);
    expect(await post({ program: "1" }, "", { "Idempotency-Key": "with blanks" })).toEqual([400, "invalid-parameter"]);
    expect((await post({ program: "1" }, "", { "Idempotency-Key": "same" }))[0]).toBe(201);
    expect((await post({ program: "1" }, "", { "Idempotency-Key": "same" }))[0]).toBe(201);
    expect(await post({ program: "2" }, "", { "Idempotency-Key": "same" })).toEqual([409, "id-conflict"]);
  });

  test("LIMITS.runs that have not ended, of one account", async () => {
    await runInDurableObject(docketOf(env, "bob"), (_, { storage }) => {
      const sql = docketStatements(database(storage.sql));
      for (let n = sql.live(); n < LIMITS.runs - 1; n++)
        sql.tell({ id: `run-${n}`, name: "filler", state: "running", made: n, ended: null, revision: 1 });
    });
    const last = { program: 'signal("never")' };
    const both = await Promise.all([post(last, "", { "Idempotency-Key": "last" }), post({ program: "2" })]);
    expect(both.map(String).toSorted()).toEqual([String(BEGUN), "409,too-many-runs"]);
    if (both[0][0] === 409) await post(last, "", { "Idempotency-Key": "last" });
    expect(await post({ program: "1" })).toEqual([409, "too-many-runs"]);
    // What was begun is begun: the same request again is answered, though there is no place any more.
    expect(await post(last, "", { "Idempotency-Key": "last" })).toEqual(BEGUN);
    await runInDurableObject(docketOf(env, "bob"), (_, { storage }) => {
      storage.sql.exec("DELETE FROM entry WHERE name = 'filler'");
    });
  });
});

describe("signals", () => {
  test("LIMITS.runSignalsKept are kept, of LIMITS.runSignalBytes each; a name has LIMITS.runNameCharacters", async () => {
    const { id } = await start(bob, { program: 'signal("go") >> 1' });
    const long = (bytes: number): string => "x".repeat(bytes - 2);
    expect((await signal(bob, id, "other", long(LIMITS.runSignalBytes))).status).toBe(202);
    expect((await signal(bob, id, "other", long(LIMITS.runSignalBytes + 1))).status).toBe(413);
    expect((await signal(bob, id, "n".repeat(LIMITS.runNameCharacters), 1)).status).toBe(202);
    expect((await signal(bob, id, "n".repeat(LIMITS.runNameCharacters + 1), 1)).status).toBe(400);
    for (let n = 2; n < LIMITS.runSignalsKept; n++) expect((await signal(bob, id, "other", n)).status).toBe(202);
    expect((await show(bob, id)).signals_kept).toBe(LIMITS.runSignalsKept);
    expect((await signal(bob, id, "other", "one more")).status).toBe(409);
    // The same again is no other one.
    expect((await signal(bob, id, "go", 1)).status).toBe(409);
  });

  test("LIMITS.runSignals in all; the same key is the same signal", async () => {
    const { id } = await start(bob, { program: 'repeat(lambda() = signal("go")) >x> x' });
    await runInDurableObject(runOf(env, id), (_, { storage }) => {
      for (let n = 0; n < LIMITS.runSignals - 1; n++)
        storage.sql.exec("INSERT INTO signal (name, digest, value, at, call) VALUES ('old', '', '', 0, 1)");
    });
    expect((await signal(bob, id, "go", { a: 1 }, "key")).status).toBe(202);
    expect((await signal(bob, id, "go", { a: 1 }, "key")).status).toBe(202);
    expect((await signal(bob, id, "go", { a: 2 }, "key")).status).toBe(409);
    expect((await signal(bob, id, "go", 3)).status).toBe(409);
    await expect.poll(async () => (await show(bob, id)).publications).toBe(1);
  });

  test("what is no JSON is refused; nothing is null", async () => {
    const { id } = await start(bob, { program: 'signal("go") >x> (x = null)' });
    const post = (body?: string): Promise<Response> =>
      bob.fetch(`/v1/runs/${id}/signals/go`, {
        method: "POST",
        headers: { Authorization: `Simple ${bob.key}` },
        ...(body === undefined ? {} : { body }),
      });
    expect((await post("{")).status).toBe(400);
    expect((await post()).status).toBe(202);
    expect(shown(await hear(bob, id))).toEqual(["true"]);
  });
});

describe("strangers and time", () => {
  test("somebody else's run is not there, by any route", async () => {
    const eve = await invited(ada, "eve", 10_000_000);
    const { id } = await start(bob, { program: 'signal("x")' });
    const none = "run-00000000-0000-0000-0000-000000000000";
    const asked = async (run: string): Promise<unknown> => {
      const headers = { Authorization: `Simple ${eve.key}` };
      const paths = [`/v1/runs/${run}`, `/v1/runs/${run}/events`, `/v1/runs/${run}/tree`];
      const got = await Promise.all(paths.map((path) => eve.fetch(path, { headers })));
      const sent = await eve.fetch(`/v1/runs/${run}/signals/x`, { method: "POST", headers });
      const ended = await eve.fetch(`/v1/runs/${run}`, { method: "DELETE", headers });
      const told = await Promise.all(
        [...got, sent, ended].map(async (answer) => [answer.status, (await answer.json<{ code: string }>()).code]),
      );
      return told;
    };
    expect(await asked(id)).toEqual(await asked(none));
    expect(await asked("nonsense")).toEqual(await asked(none));
    expect((await show(bob, id)).state).not.toBe("cancelled");
    const list = await (await eve.get("/v1/runs")).json<{ results: unknown[] }>();
    expect(list.results).toEqual([]);
  });

  test("lists go page by page, and are filtered", async () => {
    for (let n = 0; n < 3; n++) await start(bob, { program: "stop", name: "paged" });
    const page = async (query: string) =>
      (await bob.get(`/v1/runs?${query}`)).json<{
        marker: string | null;
        results: { name: string; state: string }[];
      }>();
    const first = await page("name=paged&limit=2");
    expect(first.results).toHaveLength(2);
    const second = await page(`name=paged&limit=2&marker=${first.marker}`);
    expect([second.results.length, second.marker]).toEqual([1, null]);
    await expect.poll(async () => (await page("name=paged&state=halted")).results.length).toBe(3);
    expect((await bob.get("/v1/runs?state=odd")).status).toBe(400);
    expect((await bob.get("/v1/runs?marker=odd")).status).toBe(400);
  });

  test("a run that ended is forgotten after LIMITS.runKeptMs", async () => {
    const { id } = await start(bob, { program: "1" });
    await hear(bob, id);
    const due = await runInDurableObject(runOf(env, id), (_, { storage }) => {
      const [row] = storage.sql.exec<{ due: number }>("SELECT due FROM agenda WHERE kind = 'forget'").toArray();
      storage.sql.exec("UPDATE agenda SET due = 1 WHERE kind = 'forget'");
      return row?.due ?? 0;
    });
    expect(Math.abs(due - Date.now() - LIMITS.runKeptMs)).toBeLessThan(60_000);
    expect(await runDurableObjectAlarm(runOf(env, id))).toBe(true);
    expect((await bob.get(`/v1/runs/${id}`)).status).toBe(404);
  });

  test("a reader goes on where it broke off", async () => {
    const { id } = await start(bob, { program: "upto(5)" });
    await hear(bob, id);
    const answer = await bob.fetch(`/v1/runs/${id}/events`, {
      headers: { Authorization: `Simple ${bob.key}`, Accept: "text/event-stream", "Last-Event-ID": "3" },
    });
    const text = await answer.text();
    expect(text.match(/^id: \d+$/gm)).toEqual(["id: 4", "id: 5", "id: 5"]);
    expect(text).toContain('event: end\ndata: {"type":"end","state":"halted"');
  });
});
