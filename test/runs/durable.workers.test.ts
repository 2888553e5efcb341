// Durable runs in the worker: begun, read, signalled, cancelled, paid; evicted at any moment they go on as they were.
import { beforeAll, describe, expect, test } from "vitest";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { hear, show, shown, signal, sorted, start } from "./started.ts";

let ada: Client;
let bob: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 10_000_000_000);
  await ada.publish("ada", { name: "same", input: "json", output: "json", royalty: 7 }, testModule("echo"));
  await ada.publish("ada", { name: "text", input: "text", output: "text" }, testModule("echo"));
  await ada.publish("ada", { name: "traps", output: "void" }, testModule("traps"));
});

const balance = async (): Promise<number> =>
  (await (await bob.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;

describe("a run from its beginning to its end", () => {
  test("publications, texts, errors, an end; the bill is the balance's", async () => {
    const before = await balance();
    const { id } = await start(bob, { program: '1 | Println("hello") >> 2 | Rwait(20) >> 3 | Error("so it is")' });
    const heard = await hear(bob, id);
    expect(shown(heard)).toEqual(["1", "hello\n", "2", expect.stringMatching(/^Error: .*so it is$/), "3"]);
    expect(heard.end).toMatchObject({ type: "end", state: "halted", publications: 3, calls: 0 });
    expect(heard.end.cost_microcredits).toBeGreaterThan(CALL_FEE);
    expect(before - (await balance())).toBe(heard.end.cost_microcredits);
    expect(await show(bob, id)).toMatchObject({
      id,
      state: "halted",
      publications: 3,
      cost_microcredits: heard.end.cost_microcredits,
    });
  });

  test("algorithms are called, each settled under its own id, pinned and in the tree", async () => {
    const before = await balance();
    const { id } = await start(bob, {
      program: 'each(arguments().list) >x> algo("ada/same")({. v = x .}) >r> r.v | (algo("ada/traps")("") ; "instead")',
      arguments: { list: [1, 2.5, "three"] },
    });
    const heard = await hear(bob, id);
    expect(sorted(shown(heard))).toEqual([
      '"instead"',
      '"three"',
      "1",
      "2.5",
      expect.stringMatching(/^Error: Trap: ada\/traps/),
    ]);
    expect(before - (await balance())).toBe(heard.end.cost_microcredits);
    const tree = await (
      await bob.get(`/v1/runs/${id}/tree`)
    ).json<{ results: { id: string; target: string; cost_microcredits: number; state: string }[] }>();
    const calls = tree.results.filter(({ target }) => target.startsWith("ada/"));
    expect(calls).toHaveLength(4);
    for (const call of calls) {
      const known = await (await bob.get(`/v1/calls/${call.id}`)).json();
      expect(known).toMatchObject({ cost_microcredits: call.cost_microcredits });
    }
    expect((await show(bob, id)).algorithms).toMatchObject({ "ada/same@": "1.0.0" });
  });

  test("an error is reported where the program makes the call; bytes can be taken as text", async () => {
    await ada.publish("ada", { name: "bytes" }, testModule("echo"));
    const { id } = await start(bob, {
      program:
        'algoWith("ada/bytes", {. text = true .})("aGVsbG8=") |\n  algo("ada/traps")("") | algoWith("ada/bytes", {. text = true .})("/w==")',
    });
    const { said } = await hear(bob, id);
    expect(said.filter(({ type }) => type === "publication")).toMatchObject([{ value: "hello" }]);
    const trap = said.find((each) => each.class === "Trap");
    expect(trap?.place).toEqual({ source: "program.orc", line: 2, column: 3 });
    expect(said.find((each) => each.class === "NotText")?.place?.line).toBe(2);
  });

  test("a version that is yanked after the start still runs; one that is published later is not taken", async () => {
    const of = (version: string) => ({ name: "later", version, input: "json", output: "json" });
    await ada.publish("ada", of("1.0.0"), testModule("echo"));
    const { id } = await start(bob, { program: 'signal("go") >> algo("ada/later")(1) >x> ("pinned", x)' });
    await ada.publish("ada", of("1.1.0"), testModule("traps"));
    const yanked = await ada.fetch("/v1/algorithms/ada/later/versions/1.0.0", {
      method: "PATCH",
      headers: { Authorization: `Simple ${ada.key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ yanked: true }),
    });
    expect(yanked.status).toBe(200);
    await signal(bob, id, "go", null);
    expect(shown(await hear(bob, id))).toEqual(['("pinned", 1)']);
  });

  test("data of the account; what is not there is an error", async () => {
    const headers = { Authorization: `Simple ${bob.key}`, "Content-Type": "application/json" };
    await bob.fetch("/v1/data/.my", { method: "POST", headers, body: JSON.stringify({ name: "shelf" }) });
    const { id } = await start(bob, {
      program: `data.put("data://.my/shelf/a.txt", "first") >p> data.get(p) >text> data.list("data://.my/shelf") >names>
        data.put("data://.my/shelf/b.json", {. n = 1.50 .}) >> data.bytes("data://.my/shelf/b.json") >b> (text, names, b) |
        (data.get("data://.my/shelf/none") ; "none") | (data.get("data://ada/shelf/x") ; "not mine") | (data.get(7) ; "no path")`,
    });
    const told = shown(await hear(bob, id));
    expect(told).toContain('("first", ["a.txt"], "eyJuIjoxLjUwfQ==")');
    expect(sorted(told.filter((text) => text?.startsWith("Error")))).toEqual([
      expect.stringMatching(/^Error: InvalidInput/),
      expect.stringMatching(/^Error: path-not-found/),
      expect.stringMatching(/^Error: path-not-found/),
    ]);
  });

  test("a run whose ceiling is reached, and one whose account is empty, end coded and pay no more than there was", async () => {
    const endless = { program: "def loop(n) = loop(n + 1)  loop(0)" };
    const { id } = await start(bob, endless, { headers: { "X-Orcade-Max-Cost": "100000" } });
    const { end } = await hear(bob, id);
    expect(end).toMatchObject({ state: "failed", code: "budget-exceeded" });
    expect(end.cost_microcredits).toBeLessThanOrEqual(100_000);
    expect(end.cost_microcredits).toBeGreaterThan(40_000);
    const poor = await invited(ada, "poor", 200_000);
    const run = await start(poor, endless);
    expect((await hear(poor, run.id)).end).toMatchObject({ state: "failed", code: "insufficient-credits" });
    const penniless = await invited(ada, "penniless", 1);
    expect((await hear(penniless, (await start(penniless, endless)).id)).end).toMatchObject({
      state: "failed",
      cost_microcredits: 0,
    });
  });

  test("a signal is waited for, one that nobody waits for is kept", async () => {
    const { id } = await start(bob, { program: 'signal("late") >x> ("got", x) | Rwait(50) >> signal("early") >y> y' });
    expect((await signal(bob, id, "early", { a: 1 })).status).toBe(202);
    await expect.poll(async () => (await show(bob, id)).state).toBe("waiting");
    expect((await signal(bob, id, "late", "yes", "key-1")).status).toBe(202);
    expect((await signal(bob, id, "late", "yes", "key-1")).status).toBeLessThan(410);
    const heard = await hear(bob, id);
    expect(sorted(shown(heard))).toEqual(['("got", "yes")', "{. a = 1 .}"]);
  });

  test("cancelled: it ends, once", async () => {
    const { id } = await start(bob, { program: '"begun" | Rwait(100000)' });
    await expect.poll(async () => (await show(bob, id)).publications).toBe(1);
    const cancel = () =>
      bob.fetch(`/v1/runs/${id}`, { method: "DELETE", headers: { Authorization: `Simple ${bob.key}` } });
    expect(await (await cancel()).json()).toMatchObject({ state: "cancelled", publications: 1 });
    expect(await (await cancel()).json()).toMatchObject({ state: "cancelled" });
    expect((await signal(bob, id, "x", 1)).status).toBe(409);
  });
});
