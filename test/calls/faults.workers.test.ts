// Who pays for what is not the caller's doing: an author's fault budget, counted in one place for all its algorithms and
// for each caller; and quotes that did not hold.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { forgetResolutions } from "../../worker/objects/algorithm/store.ts";
import { makeQuote } from "../../worker/objects/profile/quotes.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { type Priced, priced, relay } from "./relay.ts";

let ada: Client;
let made = 0;
/** Of this test. */
let author: string;
let alice: Client;
let bob: Client;
let caller: string;

const builds = new Map<string, string>();

async function publish(client: Client, owner: string, name: string, version = "1.0.0"): Promise<void> {
  const module = name === "fails" ? "traps" : name;
  const output = name === "relay" ? "bytes" : "void";
  const permissions = name === "relay" ? ["call"] : [];
  const answer = await client.publish(owner, { name, version, output, permissions }, testModule(module));
  expect(answer.status).toBe(201);
  builds.set(`${owner}/${name}`, (await answer.json<{ build: string }>()).build);
}

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
});

beforeEach(async () => {
  made++;
  [author, caller] = [`alice${made}`, `bob${made}`];
  alice = await signUp(fetchInside, env, author);
  bob = await signUp(fetchInside, env, caller);
});

/** Lets failures of a version be counted. @returns as the account answers */
const faults = (version: string, from: string, ...costs: number[]) =>
  accountOf(env, author).bearFaults({ version: `${author}/${version}`, caller: from, costs });

const left = async (from: string): Promise<number> => (await faults("none@1.0.0", from)).left;
const empty = new Uint8Array(0);

/** Uses up the author's budget by failures of a version, as many callers do. */
async function useUp(version: string, cost: number): Promise<void> {
  for (let n = 0; cost > 0; n++, cost -= LIMITS.faultBudgetPerCaller) {
    const some = Math.min(cost, LIMITS.faultBudgetPerCaller);
    expect(await faults(version, `caller-${version}-${n}`, some)).toMatchObject({ calls: 1, suspend: null });
  }
}

const failing = (client: Client, target = "fails", headers: Record<string, string> = {}): Promise<Priced> =>
  priced(client.call(`${author}/${target}`, empty, headers));

describe("an author's fault budget", () => {
  test("bears a caller's failures up to LIMITS.faultBudgetPerCaller; then that caller pays, and nobody is suspended", async () => {
    await publish(alice, author, "fails");
    const own = await failing(alice);
    expect(own.cost).toBeGreaterThan(CALL_FEE);
    await faults("fails@1.0.0", caller, LIMITS.faultBudgetPerCaller - own.cost);
    expect(await failing(bob)).toMatchObject({ cost: 0, body: { error: { error_type: "Trap" } } });
    expect(await left(caller)).toBe(0);
    expect(await failing(bob)).toMatchObject({ cost: own.cost });
    expect(await failing(bob, "fails/1.0.0")).toMatchObject({ cost: own.cost });
    expect(await left("carol")).toBe(LIMITS.faultBudgetPerCaller);
  });

  test("counts a caller once, whatever version it calls, and however it is spelled", async () => {
    expect(await faults("fails@1.0.0", caller.toUpperCase(), 400_000)).toMatchObject({ calls: 1, left: 100_000 });
    expect(await faults("other@2.0.0", caller, 60_000, 40_001, 1)).toMatchObject({
      calls: 1,
      left: 40_000,
      suspend: null,
    });
    expect(await faults("other@2.0.0", caller, 40_000)).toMatchObject({ calls: 1, left: 0 });
  });

  test("is the author's for the day: beyond LIMITS.faultBudget the version that failed most is suspended", async () => {
    for (const name of ["fails", "work"]) await publish(alice, author, name);
    await publish(alice, author, "fails", "1.0.1");
    await useUp("fails@1.0.0", LIMITS.faultBudget - 1_000_000);
    await useUp("fails@1.0.1", 1_000_000);
    const answer = await failing(bob);
    expect(answer.cost).toBeGreaterThan(CALL_FEE);
    forgetResolutions(`${author}/fails`);
    expect(await failing(bob, "fails/1.0.0")).toMatchObject({ status: 403 });
    expect((await failing(bob, "fails/1.0.1")).cost).toBe(answer.cost);
    expect((await bob.call(`${author}/work`, new Uint8Array(4))).status).toBe(200);
    // A new version brings no new budget.
    await publish(alice, author, "fails", "1.0.2");
    expect((await failing(bob, "fails/1.0.2")).cost).toBe(answer.cost);
  });

  test("begins again for a version that an operator lets run again", async () => {
    await publish(alice, author, "fails");
    await useUp("fails@1.0.0", LIMITS.faultBudget);
    await failing(bob);
    const path = `/v1/admin/algorithms/${author}/fails/versions/1.0.0/suspension`;
    expect((await ada.post(path, { reason: null })).status).toBe(200);
    forgetResolutions(`${author}/fails`);
    expect(await left("carol")).toBe(LIMITS.faultBudgetPerCaller);
    const carol = await signUp(fetchInside, env, `carol${made}`);
    expect(await failing(carol)).toMatchObject({ status: 200, cost: 0 });
    forgetResolutions(`${author}/fails`);
    expect(await failing(carol)).toMatchObject({ status: 200, cost: 0 });
  });

  test("does not take an operator's own reason away", async () => {
    await publish(alice, author, "fails");
    const path = `/v1/admin/algorithms/${author}/fails/versions/1.0.0`;
    await ada.post(`${path}/suspension`, { reason: "It mines." });
    const object = env.ALGORITHM.get(env.ALGORITHM.idFromName(`${author}/fails`));
    await object.tooFaulty("1.0.0", "It fails.");
    expect(await object.find("1.0.0", true)).toMatchObject({ value: { versions: [{ suspended: "It mines." }] } });
    await object.tooFaulty("9.9.9", "There is none.");
  });
});

/** Turns of the module `work` that pass the ceilings of these quotes. */
const TURNS = new Uint8Array(Uint32Array.of(100_000).buffer);
const CEILING = CALL_FEE + 50;

const quoteFor = async (account: string, name: string): Promise<Record<string, string>> => {
  const build = builds.get(`${author}/${name}`) ?? "";
  const terms = { account, build, version: "1.0.0", bytes: 1_000, ceiling: CEILING };
  return { "X-Orcade-Quote": (await makeQuote(env, `${author}/${name}`, terms)).id };
};

const working = (client: Client, headers: Record<string, string>): Promise<Priced> =>
  priced(client.call(`${author}/work`, TURNS, headers));
const OVERRUN = { body: { error: { error_type: "BudgetExceeded" } } };

describe("a call that passes its quote", () => {
  beforeEach(() => publish(alice, author, "work"));

  test("costs a stranger nothing while the author's budget bears it, and its quote is void", async () => {
    const quote = await quoteFor(caller, "work");
    expect(await working(bob, quote)).toMatchObject({ ...OVERRUN, cost: 0 });
    expect(await left(caller)).toBe(LIMITS.faultBudgetPerCaller - CEILING);
    expect(await working(bob, quote)).toMatchObject({ status: 409, body: { error: { code: "invalid-quote" } } });
  });

  test("is paid by the caller, up to the quote, once its part of the budget is used up, and by the author always", async () => {
    await faults("work@1.0.0", caller, LIMITS.faultBudgetPerCaller - CEILING);
    const quote = await quoteFor(caller, "work");
    // From now on his purse is known here: the three begin in one moment.
    expect((await bob.call(`${author}/work`, new Uint8Array(4))).status).toBe(200);
    const both = await Promise.all([working(bob, quote), working(bob, quote), working(bob, quote)]);
    expect(both.map(({ cost }) => cost).sort((a, b) => a - b)).toEqual([0, CEILING, CEILING]);
    expect(await working(alice, await quoteFor(author, "work"))).toMatchObject({ ...OVERRUN, cost: CEILING });
  });

  test("is its root's doing, whoever burned it; what stays below its quote costs what it costs", async () => {
    const eve = await signUp(fetchInside, env, `eve${made}`);
    await publish(eve, `eve${made}`, "relay");
    const terms = { account: caller, build: builds.get(`eve${made}/relay`) ?? "", version: "1.0.0", bytes: 1_000 };
    const quoteOf = async (ceiling: number): Promise<Record<string, string>> => ({
      "X-Orcade-Quote": (await makeQuote(env, `eve${made}/relay`, { ...terms, ceiling })).id,
    });
    const calling = async (ceiling: number): Promise<Priced> =>
      priced(bob.call(`eve${made}/relay`, relay(`${author}/work`, TURNS), await quoteOf(ceiling)));
    expect(await calling(2 * CALL_FEE + 50)).toMatchObject({ ...OVERRUN, cost: 0 });
    expect(await left(caller)).toBe(LIMITS.faultBudgetPerCaller);
    const blamed = await accountOf(env, `eve${made}`).bearFaults({ version: "none", caller, costs: [] });
    expect(blamed.left).toBeLessThan(LIMITS.faultBudgetPerCaller);
    const enough = await quoteOf(1_000_000);
    for (const _ of [1, 2]) {
      const answer = await priced(bob.call(`eve${made}/relay`, relay(`${author}/work`, TURNS), enough));
      expect(answer.body.error).toBeUndefined();
      expect(answer.cost).toBeGreaterThan(2 * CALL_FEE);
    }
  });
});
