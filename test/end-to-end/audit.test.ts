// "Audit a domain": text/audit over pages of the web, with the algorithms it calls, on a started server. The tree of each
// call shows every one of them, and what it cost is what its nodes add up to, by sums of our own.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Build, buildAlgorithm } from "../../algorithms/sdk/build/index.ts";
import { invited } from "../support/invited.ts";
import type { Client } from "../support/client.ts";
import { type Ours, ours } from "../support/ours.ts";
import { type System, startSystem } from "../support/server.ts";
import { recomputed } from "./recompute.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PAGES = join(ROOT, "test", "algorithms", "pages");
const MONEY = 1_000_000_000_000;
/** Microcredits that the author of each asks for. */
const ROYALTIES = { "from-html": 10_000, tags: 20_001, summary: 7, audit: 50_000 } as const;
type Name = keyof typeof ROYALTIES;

interface Page {
  readonly url: string;
  readonly html: string;
}
interface Report {
  readonly url: string;
  readonly title: string;
  readonly words: number;
  readonly sentences: number;
  readonly tags: readonly { readonly tag: string; readonly score: number }[];
  readonly summary: readonly string[];
  readonly failures: readonly { readonly algorithm: string; readonly type: string; readonly message: string }[];
}
interface Audit {
  readonly pages: readonly Report[];
  readonly totals: { pages: number; failed: number; words: number; sentences: number; calls: number };
}
interface Node {
  readonly id: string;
  readonly algorithm: string;
  readonly status: string;
  readonly error: string | null;
  readonly fuel: number;
  readonly fuel_total: number;
  readonly charge: { readonly compute: number; readonly call: number; readonly royalty: number };
  readonly children: readonly Node[];
}

let system: System;
let author: Client;
let reader: Client;

const builds = new Map<Name, Ours>();

/** The same algorithms under four owners, and the one that calls the others told where they are. */
const OWNERS: Readonly<Record<Name, string>> = {
  "from-html": "hypertext",
  tags: "keywords",
  summary: "digests",
  audit: "auditors",
};
let composed: Build;
/** Text of a file with the names of the callees changed. */
const elsewhere = (text: string): string =>
  text.replaceAll(/"text\/(from-html|tags|summary)\/1"/g, (_, name: Name) => `"${OWNERS[name]}/${name}/1"`);

async function buildComposed(): Promise<Build> {
  const directory = join(ROOT, "algorithms", "text", "audit");
  const text = readFileSync(join(directory, "callees.ts"), "utf8");
  expect(elsewhere(text)).not.toBe(text);
  const built = await buildAlgorithm({ directory, write: false, files: new Map([["callees.ts", elsewhere(text)]]) });
  if (!built.ok) throw new Error(built.error.message);
  return built.value;
}

async function build(name: Name): Promise<void> {
  builds.set(name, await ours(`text/${name}`));
}

async function publish(name: Name): Promise<void> {
  const built = builds.get(name);
  if (built === undefined) throw new Error(`${name} is not built`);
  const { manifest, module } = built;
  const priced = JSON.stringify({ ...manifest, royalty: ROYALTIES[name] });
  const answer = await author.upload(`/v1/algorithms/text/${name}/versions/${manifest.version}`, priced, module);
  if (answer.status !== 201) throw new Error(await answer.text());
}

beforeAll(async () => {
  // All of them first: while the compiler runs, nothing answers on connections that are open.
  for (const name of Object.keys(ROYALTIES) as Name[]) await build(name);
  composed = await buildComposed();
  system = await startSystem();
  author = await invited(system.ada, "text");
  reader = await invited(system.ada, "reader");
  const granted = await system.ada.post("/v1/admin/accounts/reader/grants", { id: "reader", amount: MONEY });
  expect(granted.status).toBe(200);
  for (const name of ["from-html", "tags", "audit"] as const) await publish(name);
});
afterAll(() => system.end());

const pages: readonly Page[] = readdirSync(PAGES)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => ({ url: `https://doc.example/${name}`, html: readFileSync(join(PAGES, name), "utf8") }));
const words = (count: number): string => Array.from({ length: count }, (_, i) => `w${i.toString(36)}`).join(" ");
/** More different words than text/tags takes. */
const tooManyWords: Page = { url: "https://doc.example/words", html: `<p>${words(33_000)}` };

async function audit(asked: readonly Page[]): Promise<{ report: Audit; id: string; cost: number }> {
  const answer = await reader.call("text/audit", JSON.stringify({ pages: asked, tags: 5, sentences: 2 }));
  const body = (await answer.json()) as { result?: Audit; error?: unknown };
  if (body.result === undefined) throw new Error(JSON.stringify(body.error));
  const cost = Number(answer.headers.get("X-Orcade-Cost"));
  return { report: body.result, id: answer.headers.get("X-Orcade-Call") ?? "", cost };
}

async function treeOf(id: string): Promise<{ tree: Node; cost: number }> {
  const body = (await (await reader.get(`/v1/calls/${id}/tree`)).json()) as { tree: Node; cost_microcredits: number };
  return { tree: body.tree, cost: body.cost_microcredits };
}

const all = (node: Node): readonly Node[] => [node, ...node.children.flatMap(all)];
const fuelOf = (node: Node): number => node.fuel + node.children.reduce((sum, child) => sum + fuelOf(child), 0);

/** Holds a tree against what was called, who is paid for it, and what was charged. */
function addsUp(tree: Node, cost: number): void {
  let sum = 0;
  for (const { charge, fuel, fuel_total: total, algorithm, status, ...node } of all(tree)) {
    const royalty = ROYALTIES[algorithm.slice("text/".length) as Name];
    // 1,000 fuel are a microcredit, a call 20,000, and an algorithm that failed earns its author nothing.
    expect(charge).toMatchObject({
      compute: Math.ceil(fuel / 1_000),
      call: 20_000,
      royalty: status === "completed" ? royalty : 0,
    });
    expect(total).toBe(fuelOf({ charge, fuel, fuel_total: total, algorithm, status, ...node }));
    sum += charge.compute + charge.call + charge.royalty;
  }
  expect(cost).toBe(sum);
}

test("a page whose callees fail is reported, and its neighbours are not touched", async () => {
  // Nobody has published text/summary yet.
  const [first, second] = pages;
  if (first === undefined || second === undefined) throw new Error("there are no pages");
  const { report, id } = await audit([first, tooManyWords, second]);
  const missing = { algorithm: "text/summary/1", type: "UnknownAlgorithm", message: expect.any(String) as string };
  const tooMany = {
    algorithm: "text/tags/1",
    type: "TooManyWords",
    message: expect.stringContaining("32,768") as string,
  };
  expect(report.pages.map(({ failures }) => failures)).toEqual([[missing], [tooMany, missing], [missing]]);
  expect(report.pages.map(({ tags }) => tags.length)).toEqual([5, 0, 5]);
  expect(report.totals).toMatchObject({ pages: 3, failed: 3, calls: 9, sentences: 0 });
  const { tree, cost } = await treeOf(id);
  // What does not exist has not been called.
  expect(all(tree).map(({ algorithm, status }) => `${algorithm} ${status}`)).toEqual([
    "text/audit completed",
    ...Array<string>(3).fill("text/from-html completed"),
    "text/tags completed",
    "text/tags failed",
    "text/tags completed",
  ]);
  addsUp(tree, cost);
});

test("five pages of the web: every call in the tree, every microcredit in the sum", async () => {
  await publish("summary");
  await expect
    .poll(async () => (await reader.call("text/summary", JSON.stringify({ text: "a" }))).status, { timeout: 20_000 })
    .toBe(200);
  await expect
    .poll(async () => (await audit(pages.slice(0, 1))).report.totals.failed, { timeout: 20_000, interval: 500 })
    .toBe(0);
  const { report, id, cost: said } = await audit(pages);

  expect(report.pages.map(({ url }) => url)).toEqual(pages.map(({ url }) => url));
  expect(report.pages.map(({ failures }) => failures)).toEqual(pages.map(() => []));
  const [aliasing] = report.pages;
  expect(aliasing?.title).toBe("Aliasing - The Rustonomicon");
  expect(aliasing?.tags.map(({ tag }) => tag)).toContain("aliasing");
  for (const { summary, sentences, words: count, tags } of report.pages) {
    expect([summary.length, tags.length]).toEqual([2, 5]);
    expect(count).toBeGreaterThan(sentences);
  }
  const total = (of: (page: Report) => number): number => report.pages.reduce((sum, page) => sum + of(page), 0);
  expect(report.totals).toEqual({
    pages: 5,
    failed: 0,
    words: total((page) => page.words),
    sentences: total((page) => page.sentences),
    calls: 15,
  });

  const { tree, cost } = await treeOf(id);
  expect(tree.algorithm).toBe("text/audit");
  expect(tree.children.map(({ algorithm }) => algorithm)).toEqual([
    ...Array<string>(5).fill("text/from-html"),
    ...Array<string>(5).fill("text/tags"),
    ...Array<string>(5).fill("text/summary"),
  ]);
  expect(all(tree)).toHaveLength(16);
  expect(new Set(all(tree).map((node) => node.id)).size).toBe(16);
  addsUp(tree, cost);
  expect(said).toBe(cost);
  const share = (name: Name): string =>
    `${name} ${all(tree).reduce((sum, node) => sum + (node.algorithm === `text/${name}` ? node.fuel : 0), 0)}`;
  console.log(`fuel: ${(Object.keys(ROYALTIES) as Name[]).map(share).join(", ")}; cost ${cost} microcredits`);
});

async function balanceOf(client: Client): Promise<number> {
  const account: { readonly balance_microcredits: number } = await (await client.get("/v1/account")).json();
  return account.balance_microcredits;
}

/** Ends a call of the payer's once it has made a call itself. @returns its id */
async function cancelOne(payer: Client): Promise<string> {
  for (;;) {
    const page = (await (await payer.get("/v1/calls?state=running")).json()) as { results: readonly { id: string }[] };
    const [call] = page.results;
    if (call === undefined) continue;
    // Some of its callees shall have completed: it makes 720 calls, which take seconds.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await payer.fetch(`/v1/calls/${call.id}`, { method: "DELETE", headers: { Authorization: `Simple ${payer.key}` } });
    return call.id;
  }
}

test("four owners: with one callee in twenty failing and a call cancelled, the records add up to every balance", async () => {
  const payer = await invited(system.ada, "payer");
  const granted = await system.ada.post("/v1/admin/accounts/payer/grants", { id: "payer", amount: MONEY });
  expect(granted.status).toBe(200);
  const owners = new Map<Name, Client>();
  for (const [name, owner] of Object.entries(OWNERS) as [Name, string][]) {
    const client = await invited(system.ada, owner);
    owners.set(name, client);
    const { manifest, module } = name === "audit" ? composed : (builds.get(name) ?? composed);
    const priced = JSON.stringify({ ...manifest, royalty: ROYALTIES[name] });
    const answer = await client.upload(`/v1/algorithms/${owner}/${name}/versions/${manifest.version}`, priced, module);
    expect(answer.status).toBe(201);
  }
  const audited = (asked: readonly Page[]): Promise<Response> =>
    payer.call("auditors/audit", JSON.stringify({ pages: asked, tags: 5, sentences: 2 }));
  const copies = [0, 1, 2, 3].flatMap((n) =>
    pages.map(({ url, html }) => ({ url: `${url}?${n}`, html: `${html}<p>Copy ${n}` })),
  );
  // Three of sixty callees fail.
  const asked = copies.map((page, i) => (i % 7 === 3 ? tooManyWords : page));
  const answer = await audited(asked);
  const { result } = (await answer.json()) as { result: Audit };
  expect(result.totals).toMatchObject({ pages: 20, failed: 3, calls: 60 });
  const { tree } = (await (await payer.get(`/v1/calls/${answer.headers.get("X-Orcade-Call")}/tree`)).json()) as {
    tree: Node;
  };
  expect(tree.children.filter(({ status }) => status === "failed").map(({ algorithm }) => algorithm)).toEqual(
    Array<string>(3).fill("keywords/tags"),
  );

  const long = Array.from({ length: 12 }, () => copies).flat();
  const going = audited(long);
  const id = await cancelOne(payer);
  expect(await (await going).json()).toMatchObject({ error: { error_type: "Cancelled" } });
  const cut = (await (await payer.get(`/v1/calls/${id}/tree`)).json()) as { tree: Node };
  expect([cut.tree.status, cut.tree.charge.royalty]).toEqual(["failed", 0]);
  // What completed before is paid.
  console.log(`cancelled after ${cut.tree.children.filter(({ status }) => status === "completed").length} callees`);

  const books = await recomputed(payer);
  expect(books.doubled).toEqual([]);
  expect(books.calls.size).toBe(2);
  expect(await balanceOf(payer)).toBe(MONEY - books.paid);
  for (const [name, client] of owners) {
    expect(books.earned.get(OWNERS[name])).toBeGreaterThan(0);
    await expect.poll(() => balanceOf(client), { timeout: 20_000 }).toBe(books.earned.get(OWNERS[name]));
  }
});
