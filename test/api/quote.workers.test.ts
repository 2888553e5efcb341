// Quotes: what calls like it used, and a ceiling that holds for ten minutes, for who asked, for this build and no longer input.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { utmost } from "../../worker/market/quote.ts";
import { samplesOf } from "../../worker/market/profile/sample.ts";
import { profileOf } from "../../worker/objects/profile/observe.ts";
import { openQuote } from "../../worker/objects/profile/quotes.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { recordOf } from "../support/records.ts";

interface Quote {
  readonly quote: string;
  readonly build: string;
  readonly ceiling_microcredits: number;
  readonly fuel: { p50: number; p95: number; max: number };
  readonly basis: { of: string; calls: number };
}

let ada: Client;
let bob: Client;
let build: string;

const ask = (client: Client, path: string, body?: Uint8Array): Promise<Response> =>
  client.fetch(`/v1/quote/${path}`, {
    method: "POST",
    headers: { Authorization: `Simple ${client.key}`, "Content-Type": "application/octet-stream" },
    ...(body === undefined ? {} : { body: body as BodyInit }),
  });

const quote = async (client: Client, path: string, body?: Uint8Array): Promise<Quote> => {
  const answer = await ask(client, path, body);
  expect(answer.status).toBe(200);
  return answer.json<Quote>();
};

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await signUp(fetchInside, env, "bob");
  const published = await ada.publish("ada", { name: "echo", royalty: 500 }, testModule("echo"));
  ({ build } = await published.json<{ build: string }>());
});

const used = (inputBytes: number, fuels: readonly number[]): Promise<void> => {
  const samples = fuels.flatMap((fuel, n) =>
    samplesOf(
      recordOf(`req-${inputBytes}-${n}`, "bob", [
        { path: "", algorithm: "ada/echo", build, inputBytes, fuel },
        { path: "1", algorithm: "ada/other", royalty: 70, fuel: 1_000 },
      ]),
    ).filter(({ algorithm }) => algorithm === "ada/echo"),
  );
  return profileOf(env, "ada/echo").observe(samples);
};

describe("a quote", () => {
  test("of what was never called is the most that a call can cost", async () => {
    const made = await quote(bob, "ada/echo?bytes=1000");
    expect(made).toMatchObject({ basis: { of: "nothing", calls: 0 }, ceiling_microcredits: utmost(500) });
  });

  test("is drawn from calls with inputs of about that length, near ones for want of them", async () => {
    await used(1_000, [10_000, 20_000, 30_000, 40_000, 123_456]);
    await used(100_000, Array<number>(20).fill(9_000_000));
    const same = await quote(bob, "ada/echo", new Uint8Array(900));
    expect(same).toMatchObject({ basis: { of: "same-size", calls: 5 }, fuel: { max: 124_000 } });
    expect(same.fuel.p50).toBeGreaterThanOrEqual(30_000);
    expect(same.fuel.p50).toBeLessThanOrEqual(32_000);
    expect(same.ceiling_microcredits).toBe(248 + CALL_FEE + 500);
    expect(await quote(ada, "ada/echo?bytes=600")).toMatchObject({ fuel: { max: 123_456 } });
    expect(await quote(bob, "ada/echo?bytes=2000")).toMatchObject({ basis: { of: "near-size", calls: 5 } });
    expect(await quote(bob, "ada/echo?bytes=100000")).toMatchObject({ fuel: { p50: 9_000_000, max: 9_000_000 } });
  });

  test("names the callees with their royalties, and what nested calls cost", async () => {
    expect(await quote(bob, "ada/echo?bytes=1000")).toMatchObject({
      nested_microcredits: { max: 1 + CALL_FEE + 70 },
      callees: [{ algorithm: "ada/other", version: "1.0.0", royalty_microcredits: 70, calls_per_call: 1 }],
    });
  });

  test("is refused for what is no input, and absent for what is private", async () => {
    for (const path of ["ada/echo?bytes=-1", "ada/echo?bytes=1.5", `ada/echo?bytes=${LIMITS.inputBytes + 1}`]) {
      expect((await ask(bob, path)).status, path).toBe(400);
    }
    expect((await ask(bob, `ada/echo?bytes=${LIMITS.inputBytes}`)).status).toBe(200);
    await ada.publish("ada", { name: "hidden", visibility: "private" }, testModule("echo"));
    const [real, none] = await Promise.all([ask(bob, "ada/hidden?bytes=1"), ask(bob, "ada/absent?bytes=1")]);
    expect([real.status, none.status]).toEqual([404, 404]);
  });
});

describe("citing a quote", () => {
  const citing = (more: object) => ({ account: "BOB", algorithm: "ada/echo", build, inputBytes: 1_000, ...more });

  test("is for who asked, that build, and inputs that are not longer, as long as it holds", async () => {
    const { quote: id, ceiling_microcredits: ceiling } = await quote(bob, "ada/echo?bytes=1000");
    expect(await openQuote(env, id, citing({}))).toEqual({ ok: true, value: ceiling });
    expect(await openQuote(env, id, citing({ inputBytes: 1_001 }))).toEqual({ ok: false, error: "other-quote" });
    expect(await openQuote(env, id, citing({ build: "x" }))).toEqual({ ok: false, error: "other-quote" });
    expect(await openQuote(env, id, citing({ account: "ada" }))).toEqual({ ok: false, error: "unknown-quote" });
    expect(await openQuote(env, "quo-none", citing({}))).toEqual({ ok: false, error: "unknown-quote" });
    const profile = profileOf(env, "ada/echo");
    await runInDurableObject(profile, (_, state) => {
      const { expires } = state.storage.sql
        .exec<{ expires: number }>("SELECT expires FROM quote WHERE id = ?", id)
        .one();
      expect(Math.abs(expires - Date.now() - LIMITS.quoteMs)).toBeLessThan(60_000);
      state.storage.sql.exec("UPDATE quote SET expires = 1");
      state.storage.sql.exec("UPDATE agenda SET due = 0 WHERE kind = 'sweep-quotes'");
    });
    expect(await openQuote(env, id, citing({}))).toEqual({ ok: false, error: "expired-quote" });
    await runDurableObjectAlarm(profile);
    expect(await openQuote(env, id, citing({}))).toEqual({ ok: false, error: "unknown-quote" });
  });
});

describe("a call", () => {
  const bytes = new Uint8Array(10);

  test("under its quote costs no more than it; under a lower ceiling of its own, that holds", async () => {
    const { quote: id, ceiling_microcredits: ceiling } = await quote(ada, "ada/echo", bytes);
    const answer = await ada.call("ada/echo", bytes, { "X-Orcade-Quote": id });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get("X-Orcade-Cost"))).toBeLessThanOrEqual(ceiling);
    const least = { "X-Orcade-Quote": id, "X-Orcade-Max-Cost": "100" };
    expect(await (await ada.call("ada/echo", bytes, least)).text()).toContain("BudgetExceeded");
  });

  test("with a quote that does not hold for it is refused before it runs", async () => {
    const { quote: id } = await quote(ada, "ada/echo", bytes);
    const refusals = [
      await ada.call("ada/echo", bytes, { "X-Orcade-Quote": "quo-none" }),
      await ada.call("ada/echo", new Uint8Array(11), { "X-Orcade-Quote": id }),
    ];
    for (const answer of refusals) expect([answer.status, answer.headers.get("X-Orcade-Cost")]).toEqual([409, null]);
  });

  test("keeps what it is given only when it is told so, in a word that is known", async () => {
    const kept = async (headers: Record<string, string>): Promise<number> => {
      const call = (await ada.call("ada/echo", bytes, headers)).headers.get("X-Orcade-Call") ?? "";
      return (await (await ada.get(`/v1/calls/${call}/kept`)).json<{ nodes: object[] }>()).nodes.length;
    };
    expect(await kept({ "X-Orcade-Keep": "input" })).toBe(1);
    expect(await kept({})).toBe(0);
    expect((await ada.call("ada/echo", bytes, { "X-Orcade-Keep": "everything" })).status).toBe(400);
  });
});

test("fuel of a closed algorithm is told in steps of 1,000, exactly only to its owner's people", async () => {
  await env.ACCOUNT.get(env.ACCOUNT.idFromName("bob")).grantMoney({
    id: "grant:bob",
    amount: 1e9,
    by: "tests",
    note: "",
  });
  const fuel = async (client: Client): Promise<number> =>
    Number((await client.call("ada/echo", new Uint8Array(10))).headers.get("X-Orcade-Fuel"));
  const [exact, told] = [await fuel(ada), await fuel(bob)];
  expect(exact % 1_000).not.toBe(0);
  expect(told).toBe(Math.ceil(exact / 1_000) * 1_000);
});
