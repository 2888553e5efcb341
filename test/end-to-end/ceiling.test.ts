// The ceiling of a call is never passed, by no microcredit, whatever its tree does: random trees against a started system, with
// traps, callees that are not there, time-outs and clients that go away, each under a ceiling that may be too low for it.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verify } from "../../cli/ledger/verify.ts";
import { SCRIPTED, type Step, script } from "../calls/script.ts";
import type { Client } from "../support/client.ts";
import { invited } from "../support/invited.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem } from "../support/server.ts";

const TREES = TORTURE ? 600 : 30;
const CLIENTS = 4;
const MONEY = 10_000_000_000;
/** What one invocation costs at least; ceilings are drawn around multiples of it. */
const FEE = 20_000;
const ROYALTIES = { alice: 50_000, bob: 20_001 };

let system: System;
let carol: Client;
const random = randomFrom(seedOf("ceiling"));
const below = (limit: number): number => Math.floor(random() * limit);

beforeAll(async () => {
  system = await startSystem();
  carol = await invited(system.ada, "carol", MONEY);
  for (const [name, royalty] of Object.entries(ROYALTIES)) {
    const author = await invited(system.ada, name, 0);
    const manifest = { name: "script", royalty, ...SCRIPTED };
    expect((await author.publish(name, manifest, testModule("script"))).status).toBe(201);
    expect((await author.publish(name, { name: "work", output: "void" }, testModule("work"))).status).toBe(201);
  }
});
afterAll(() => system.end());

const author = (): string => (random() < 0.5 ? "alice" : "bob");
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);

/** A tree: what an invocation does, one after the other, its callees among it. */
function tree(depth: number): Uint8Array<ArrayBuffer> {
  const steps = Array.from({ length: 1 + below(4) }, (): Step => {
    const what = random();
    if (what < 0.4 && depth < 4) return ["call", `${author()}/script`, tree(depth + 1)];
    if (what < 0.8) return ["call", `${author()}/work`, u32(below(10 ** (2 + below(6))))];
    if (what < 0.88) return ["increment", `count-${below(9)}`];
    return what < 0.94 ? ["call", "alice/absent", ""] : ["trap"];
  });
  return script(...steps);
}

interface Tried {
  readonly input: string;
  readonly ceiling: number;
  /** What was answered; undefined: the client went away before. */
  readonly call?: string;
  readonly cost?: number;
  readonly error?: string | undefined;
}

async function tried(n: number): Promise<Tried> {
  // No two inputs are alike, so that a record tells whose it is.
  const input = script(["increment", `tree-${n}`], ["call", `${author()}/script`, tree(1)]);
  const ceiling = Math.floor(FEE * 2 ** (random() * 6));
  const which = { input: createHash("sha256").update(input).digest("hex"), ceiling };
  const leaves = random() < 0.15 ? AbortSignal.timeout(5 + below(80)) : undefined;
  const timeout = random() < 0.1 ? `?timeout=0.0${1 + below(9)}` : "";
  try {
    const answer = await system.fetch(`/v1/algo/${author()}/script${timeout}`, {
      method: "POST",
      headers: {
        Authorization: `Simple ${carol.key}`,
        "Content-Type": "application/octet-stream",
        "X-Orcade-Max-Cost": String(ceiling),
      },
      body: input,
      ...(leaves === undefined ? {} : { signal: leaves }),
    });
    const body = (await answer.json()) as { result?: string; error?: { error_type?: string } };
    expect([200, 503]).toContain(answer.status);
    const error = body.error?.error_type;
    expect(error === undefined).toBe(body.result !== undefined);
    const call = answer.headers.get("X-Orcade-Call");
    return call === null ? which : { ...which, call, cost: Number(answer.headers.get("X-Orcade-Cost")), error };
  } catch (error) {
    if (leaves?.aborted === true) return which;
    throw error;
  }
}

interface Node {
  readonly input_sha256: string;
  readonly charge: { readonly compute: number; readonly call: number; readonly royalty: number };
  readonly children: readonly Node[];
}
const sumOf = ({ charge, children }: Node): number =>
  charge.compute + charge.call + charge.royalty + children.reduce((sum, child) => sum + sumOf(child), 0);

/** What the ledger holds of carol's calls: costs by id and by the input of their roots. */
async function recorded(): Promise<{ readonly byId: Map<string, number>; readonly byInput: Map<string, number> }> {
  const [byId, byInput] = [new Map<string, number>(), new Map<string, number>()];
  for (let path: string | null = "/v1/calls?limit=100"; path !== null;) {
    const page = (await (await carol.get(path)).json()) as {
      results: readonly { id: string; cost_microcredits: number }[];
      next_link: string | null;
    };
    for (const { id, cost_microcredits: cost } of page.results) {
      const { tree: root } = (await (await carol.get(`/v1/calls/${id}/tree`)).json()) as { tree: Node };
      expect([id, sumOf(root)]).toEqual([id, cost]);
      expect(byInput.has(root.input_sha256)).toBe(false);
      byId.set(id, cost);
      byInput.set(root.input_sha256, cost);
    }
    path = page.next_link;
  }
  return { byId, byInput };
}

const balance = async (): Promise<number> =>
  (await (await carol.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;

/** Calls whose clients went away settle on their own: waits until nothing changes any more. */
async function quiet(): Promise<void> {
  for (let before = -1, now = await balance(); before !== now;) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    [before, now] = [now, await balance()];
  }
}

test("no tree costs more than its ceiling, and each costs what its nodes do", async () => {
  const all: Tried[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < TREES) all.push(await tried(next++));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await quiet();
  const { byId, byInput } = await recorded();
  for (const { input, ceiling, call, cost } of all) {
    expect(byInput.get(input) ?? 0).toBeLessThanOrEqual(ceiling);
    if (call !== undefined && byId.has(call)) expect(byId.get(call)).toBe(cost);
    else expect(cost ?? 0).toBe(0);
  }
  const exceeded = all.filter(({ error }) => error === "BudgetExceeded").length;
  const completed = all.filter(({ call, error }) => call !== undefined && error === undefined).length;
  console.log(`ceiling: ${TREES} trees, ${completed} completed, ${exceeded} stopped by their ceiling`);
  expect(Math.min(exceeded, completed)).toBeGreaterThan(0);
  expect(MONEY - [...byId.values()].reduce((sum, cost) => sum + cost, 0)).toBe(await balance());
  const ask = async (path: string): Promise<unknown> => {
    const answer = await system.ada.get(path);
    return answer.status === 404 ? null : answer.json();
  };
  expect((await verify(ask)).findings).toEqual([]);
}, 600_000);
