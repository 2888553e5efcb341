// Paying for calls that call others, as people do it: an operator invites, alice sells, bob composes what alice sells, carol
// pays for both. Then the same while workerd is killed, and while money runs out.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildAlgorithm } from "../../algorithms/sdk/build/index.ts";
import { verify, type Verdict } from "../../cli/ledger/verify.ts";
import { invited } from "../support/invited.ts";
import type { Client } from "../support/client.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";
import { recomputed } from "./recompute.ts";

const CALLS = TORTURE ? 1_000 : 64;
const CLIENTS = 16;
const KILLS = TORTURE ? 50 : 2;
const MONEY = 1_000_000_000_000;
const ROYALTY = { tags: 50_000, audit: 20_001 };

const TAGS = `
class Input { text: string; }
class Output { tags: string[] = []; }
export function apply(input: Input): Output {
  if (input.text.includes("boom")) throw new Error("no tags for this");
  const output = new Output();
  const words = input.text.split(" ");
  for (let i = 0; i < words.length; i++) if (words[i].length > 3) output.tags.push(words[i]);
  return output;
}`;

/** Keeps the id of each audit, and lists those that it kept when it is asked for none. */
const AUDIT = `import { call, state } from "orcade";
class Question { text: string = ""; }
class Answer { tags: string[] = []; }
class Input { id: string = ""; text: string = ""; after: string = ""; }
class Output { tags: string[] = []; failed: string = ""; ids: string[] = []; }
export function apply(input: Input): Output {
  const output = new Output();
  if (input.id.length == 0) {
    output.ids = state.list("", input.after, 1000);
    return output;
  }
  state.putString(input.id, "audited");
  const question = new Question();
  question.text = input.text;
  const reply = call<Question, Answer>("alice/tags", question);
  if (reply.ok) output.tags = reply.value.tags;
  else output.failed = reply.errorType;
  return output;
}`;

let system: System;
let alice: Client;
let bob: Client;
let carol: Client;

async function publish(client: Client, owner: string, name: string, source: string, more: object): Promise<void> {
  const manifest = { name, version: "1.0.0", summary: "Of the tests.", visibility: "public", ...more };
  const files = new Map([
    ["algorithm.json", JSON.stringify(manifest)],
    ["index.ts", source],
  ]);
  const built = await buildAlgorithm({ directory: import.meta.dirname, files, write: false, optimize: false });
  if (!built.ok) throw new Error(built.error.message);
  const path = `/v1/algorithms/${owner}/${name}/versions/1.0.0`;
  const answer = await client.upload(path, JSON.stringify(built.value.manifest), built.value.module);
  if (answer.status !== 201) throw new Error(await answer.text());
}

beforeAll(async () => {
  system = await startSystem();
  alice = await invited(system.ada, "alice");
  bob = await invited(system.ada, "bob");
  carol = await invited(system.ada, "carol");
  const granted = await system.ada.post("/v1/admin/accounts/carol/grants", { id: "carol", amount: MONEY });
  if (granted.status !== 200) throw new Error(await granted.text());
  await publish(alice, "alice", "tags", TAGS, { royalty: ROYALTY.tags });
  await publish(bob, "bob", "audit", AUDIT, { royalty: ROYALTY.audit, permissions: ["call", "state"] });
});
afterAll(() => system.end());

const ask = async (path: string): Promise<unknown> => {
  const answer = await system.ada.get(path);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
};

/** The verdict once everything that was on its way has come. */
async function settledVerdict(): Promise<Verdict> {
  for (const end = Date.now() + 60_000; ;) {
    const verdict = await verify(ask);
    if (verdict.inTransit === 0n || Date.now() > end) return verdict;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const balanceOf = async (client: Client): Promise<number> => {
  const account: { readonly balance_microcredits: number } = await (await client.get("/v1/account")).json();
  return account.balance_microcredits;
};

interface Body {
  readonly result?: { readonly tags: readonly string[]; readonly failed: string; readonly ids: readonly string[] };
  readonly error?: { readonly error_type: string };
}
interface Audit {
  readonly id: string;
  readonly input: string;
  /** Absent when nothing was acknowledged. */
  readonly call?: string;
  readonly cost?: number;
}

/** Every twentieth callee fails. */
const inputOf = (id: string, n: number): string =>
  JSON.stringify({ id, text: n % 20 === 7 ? "this goes boom" : `the quick brown fox number ${n}` });

async function audit(client: Client, id: string, n: number): Promise<Audit> {
  const input = inputOf(id, n);
  try {
    const answer = await client.call("bob/audit", input);
    const body = (await answer.json()) as Body;
    if (answer.status !== 200 || body.result === undefined) return { id, input };
    expect(body.result.failed).toBe(n % 20 === 7 ? "AlgorithmError" : "");
    const call = answer.headers.get("X-Orcade-Call") ?? "";
    return { id, input, call, cost: Number(answer.headers.get("X-Orcade-Cost")) };
  } catch {
    await untilHealthy(system.fetch);
    return { id, input };
  }
}

/** So many audits from CLIENTS clients, one after the other in each; `over` ends them sooner. */
async function audits(client: Client, prefix: string, calls: number, over = (): boolean => false): Promise<Audit[]> {
  const done: Audit[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < calls && !over()) {
      const n = next++;
      done.push(await audit(client, `${prefix}${n}`, n));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
  return done;
}

/** Every id that bob/audit kept for a client. */
async function keptBy(client: Client): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let after = ""; ;) {
    const answer = await client.call("bob/audit", JSON.stringify({ after }));
    const { result } = (await answer.json()) as Body;
    for (const id of result?.ids ?? []) ids.add(id);
    const last = result?.ids.at(-1);
    if (last === undefined) return ids;
    after = last;
  }
}

describe("carol pays alice through bob", () => {
  test("balances, earnings, platform share and tree agree to the microcredit", async () => {
    const done = await audits(carol, "a", CALLS);
    expect(done.filter(({ call }) => call === undefined)).toEqual([]);
    const verdict = await settledVerdict();
    expect(verdict.findings).toEqual([]);
    const books = await recomputed(carol);
    expect(books.calls.size).toBe(CALLS);
    for (const { call, cost } of done) expect(books.calls.get(call ?? "")).toBe(cost);
    expect(MONEY - books.paid).toBe(await balanceOf(carol));
    expect(books.earned.get("alice")).toBe(await balanceOf(alice));
    expect(books.earned.get("bob")).toBe(await balanceOf(bob));
    const platform = (await ask("/v1/admin/accounts/orcade/ledger")) as { readonly balance: number };
    expect(platform.balance).toBe(books.earned.get("orcade"));
    const completed = CALLS - Math.ceil((CALLS - 7) / 20);
    expect(books.earned.get("alice")).toBe(completed * 35_000);
    expect(books.earned.get("bob")).toBe(CALLS * (20_001 - 6_000));
  });
});

describe("kill -9 while carol pays", () => {
  test("every answer that was acknowledged is in the ledger once, with its state; nothing else is half done", async () => {
    const random = randomFrom(seedOf("paying"));
    let over = false;
    const killing = (async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1_200));
        const pid = system.server.workerdPid();
        if (pid !== undefined) process.kill(pid, "SIGKILL");
        await untilHealthy(system.fetch);
      }
      over = true;
    })();
    const done = await audits(carol, "k", Number.MAX_SAFE_INTEGER, () => over);
    await killing;
    await untilHealthy(system.fetch);
    const kept = await keptBy(carol);
    const verdict = await settledVerdict();
    expect(verdict.findings).toEqual([]);
    const books = await recomputed(carol);
    const acknowledged = done.filter(({ call }) => call !== undefined);
    console.log(`paying: ${KILLS} kills, ${acknowledged.length} of ${done.length} calls acknowledged`);
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const { id, call, cost } of acknowledged) {
      expect(books.calls.get(call ?? "")).toBe(cost);
      expect(kept.has(id)).toBe(true);
    }
    // What was not acknowledged is settled, with its state, or is absent, state and all.
    const hashOf = ({ input }: Audit): string => createHash("sha256").update(input).digest("hex");
    for (const each of done) expect([each.id, kept.has(each.id)]).toEqual([each.id, books.inputs.has(hashOf(each))]);
    expect(books.doubled).toEqual([]);
    expect(MONEY - books.paid).toBe(await balanceOf(carol));
  }, 900_000);
});

describe("money that runs out", () => {
  test("64 clients spend a balance that covers half of what they ask for: paid or refused, never over", async () => {
    const body = JSON.stringify({ text: "the quick brown fox" });
    const first = await carol.call("alice/tags", body);
    const cost = Number(first.headers.get("X-Orcade-Cost"));
    const money = cost * 32 + 100;
    const dave = await invited(system.ada, "dave", money);
    const answers = await Promise.all(Array.from({ length: 64 }, () => dave.call("alice/tags", body)));
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as (Body & {
      error?: { code?: string };
    })[];
    const paid = answers.filter(({ status }, n) => status === 200 && bodies[n]?.error === undefined);
    const refused = bodies.filter((_, n) => answers[n]?.status === 402);
    expect(paid.length + refused.length).toBe(64);
    expect(new Set(refused.map(({ error }) => error?.code))).toEqual(new Set(["insufficient-credits"]));
    expect(paid.length).toBeLessThanOrEqual(32);
    expect(paid.length).toBeGreaterThanOrEqual(30);
    expect(await balanceOf(dave)).toBe(money - paid.length * cost);
    expect((await settledVerdict()).findings).toEqual([]);
  });
});

describe("a client that hangs up", () => {
  test("pays all the same: nobody computes for nothing by leaving", async () => {
    await bob.publish("bob", { name: "work", output: "void" }, testModule("work"));
    const before = await balanceOf(carol);
    const controller = new AbortController();
    const gone = system.fetch("/v1/algo/bob/work", {
      method: "POST",
      headers: { Authorization: carol.key, "Content-Type": "application/octet-stream" },
      body: new Uint8Array(Uint32Array.of(300_000_000).buffer),
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 150);
    await expect(gone).rejects.toThrow();
    const newest = async (): Promise<Newest | undefined> => {
      const page = (await (await carol.get("/v1/calls?limit=1")).json()) as { results: readonly Newest[] };
      return page.results[0];
    };
    for (const end = Date.now() + 60_000; (await newest())?.algorithm !== "bob/work" && Date.now() < end;) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const call = await newest();
    expect(call?.algorithm).toBe("bob/work");
    expect(call?.cost_microcredits).toBeGreaterThan(20_000);
    expect(before - (await balanceOf(carol))).toBe(call?.cost_microcredits);
  });
});

interface Newest {
  readonly id: string;
  readonly algorithm: string;
  readonly cost_microcredits: number;
}
