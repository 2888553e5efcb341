// A C program, an Extism plug-in and an AssemblyScript algorithm of three authors that call one another in one tree.
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildFiles } from "../sdk/support.ts";
import { buildRelayC, buildRelayPlugin } from "../foreign/build.ts";
import type { Client } from "../support/client.ts";
import { invited } from "../support/invited.ts";
import { type System, startSystem } from "../support/server.ts";

const SOURCE = `import { call, fail } from "orcade";
export function apply(hops: string): string {
  const left = I32.parseInt(hops);
  if (!left) return "as()";
  const reply = call<string, string>("cee/relay/1", (left - 1).toString());
  if (!reply.ok) fail("NextFailed", reply.errorType + ": " + reply.message);
  return "as(" + reply.value + ")";
}`;
const TEXT = { input: "text", output: "text", permissions: ["call"], royalty: 1_000 };

interface Node {
  readonly algorithm: string;
  readonly status: string;
  readonly charge: { readonly compute: number; readonly call: number; readonly royalty: number };
  readonly children: readonly Node[];
}

let system: System;
let authors: Readonly<Record<"script" | "cee" | "plug", Client>>;

beforeAll(async () => {
  // All of them first: while a compiler runs, nothing answers on connections that are open.
  const c = buildRelayC();
  const plugin = await buildRelayPlugin();
  const script = await buildFiles({ "index.ts": SOURCE }, { permissions: ["call"] }, true);
  if (!script.ok) throw new Error(script.error.message);
  system = await startSystem();
  const join = (name: string): Promise<Client> => invited(system.ada, name, 1_000_000_000);
  authors = { script: await join("script"), cee: await join("cee"), plug: await join("plug") };
  const name = { name: "relay", ...TEXT };
  const cAbi = { abi: "wasi", args: ["plug/relay/1"], language: "c" };
  const published = [
    await authors.script.publish("script", name, script.value.module),
    await authors.cee.publish("cee", { ...name, more: cAbi }, c.bytes),
    await authors.plug.publish(
      "plug",
      { ...name, more: { abi: "extism", entry: "relay", config: { next: "script/relay/1" } } },
      plugin.bytes,
    ),
  ];
  for (const answer of published) expect([answer.status, await answer.text()]).toEqual([201, expect.anything()]);
});
afterAll(() => system.end());

/** @returns the answer, and the algorithms of the tree from the root down */
async function relay(target: string, hops: number): Promise<{ result: unknown; chain: Node[]; cost: number }> {
  const answer = await system.ada.fetch(`/v1/algo/${target}`, {
    method: "POST",
    headers: { Authorization: `Simple ${system.ada.key}`, "Content-Type": "text/plain" },
    body: String(hops),
  });
  const { result, error } = await answer.json<{ result?: unknown; error?: unknown }>();
  const id = answer.headers.get("X-Orcade-Call") ?? "";
  const { tree } = await (await system.ada.get(`/v1/calls/${id}/tree`)).json<{ tree: Node }>();
  const chain: Node[] = [];
  for (let node: Node | undefined = tree; node !== undefined; node = node.children[0]) chain.push(node);
  return { result: result ?? error, chain, cost: Number(answer.headers.get("X-Orcade-Cost")) };
}

const ORDER = ["script/relay", "cee/relay", "plug/relay"];
const NAMES = ["as", "c", "extism"];

test.each([0, 1, 2])("each calls the next, seven deep, beginning with %i of three languages", async (first) => {
  const { result, chain, cost } = await relay(ORDER[first] ?? "", 7);
  const names = Array.from({ length: 8 }, (_, i) => (first + i) % 3);
  expect(result).toBe(names.reduceRight((inner, i) => `${NAMES[i]}(${inner})`, ""));
  expect(chain.map(({ algorithm, status }) => `${algorithm} ${status}`)).toEqual(
    names.map((i) => `${ORDER[i]} completed`),
  );
  const charged = chain.reduce((sum, { charge }) => sum + charge.compute + charge.call + charge.royalty, 0);
  expect(cost).toBe(charged);
});

test("a circle that does not end is ended sixteen deep, and each of them fails", async () => {
  const { result, chain, cost } = await relay("script/relay", 1_000);
  expect(chain.map(({ status }) => status)).toEqual(Array<string>(16).fill("failed"));
  expect(result).toMatchObject({ error_type: "NextFailed" });
  expect(chain.every(({ charge }) => charge.royalty === 0)).toBe(true);
  expect(cost).toBe(chain.reduce((sum, { charge }) => sum + charge.compute + charge.call, 0));
});
