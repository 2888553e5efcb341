// Calls that run are listed, and end at their next slice when their account cancels them or their client goes away, callees
// included. What they used is paid by the caller; they answer nothing.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chain, variant } from "../calls/relay.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
  await system.ada.publish("ada", { name: "paces", output: "void" }, testModule("paces"));
});
afterAll(() => system.end());

const MAIN = join(import.meta.dirname, "..", "..", "cli", "main.ts");

/** The longest run of `work`: half a minute and more. */
const ENDLESS = Uint8Array.of(255, 255, 255, 255);

interface Running {
  readonly id: string;
  readonly state: string;
  readonly algorithm: string;
  readonly progress: { readonly fraction: number; readonly note: string } | null;
}

async function running(): Promise<readonly Running[]> {
  const answer = await system.ada.get("/v1/calls?state=running");
  expect(answer.status).toBe(200);
  const page: { results: readonly Running[] } = await answer.json();
  return page.results;
}

const cancel = (id: string, key = system.ada.key): Promise<Response> =>
  system.fetch(`/v1/calls/${id}`, { method: "DELETE", headers: { Authorization: `Simple ${key}` } });

/**
 * Sends a call over a connection of its own. It goes away by a reset: workerd by itself takes a connection that its client
 * has only closed for one that still reads (Cloudflare's edge, in front of it, tells both).
 */
function begin(target: string, input: Uint8Array): Socket {
  const { port, hostname } = new URL(system.server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  const head = [
    `POST /v1/algo/${target} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    `Authorization: Simple ${system.ada.key}`,
    "Content-Type: application/octet-stream",
    `Content-Length: ${input.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(input);
  return socket;
}

interface Envelope {
  readonly error?: { readonly error_type: string };
  readonly result?: unknown;
}

interface Node {
  readonly error: string;
  readonly fuel: number;
  readonly children: readonly Node[];
}

interface Shown {
  readonly status: string;
  readonly cost_microcredits: number;
  readonly root: { readonly error: string; readonly fuel: number; readonly charge: { readonly payer: string } };
}

const QUARTER = { fraction: 0.25, note: "a quarter" };
const shown = async (id: string): Promise<Running> => (await system.ada.get(`/v1/calls/${id}`)).json();

describe("what runs says how far it is", () => {
  test("while it is waited for: its root, not what that calls", async () => {
    await system.ada.publish("ada", { name: "relay0", permissions: ["call"] }, testModule("relay"));
    const calls = [
      system.ada.call("ada/paces", Uint8Array.of(0)),
      system.ada.call("ada/relay0", chain(["ada/paces"], Uint8Array.of(0))),
    ];
    const told = async (): Promise<readonly unknown[]> =>
      (await running()).map(({ algorithm, progress }) => ({ algorithm, progress }));
    const both = [
      { algorithm: "ada/paces", progress: QUARTER },
      { algorithm: "ada/relay0", progress: null },
    ];
    await expect.poll(told, { timeout: 20_000 }).toEqual(expect.arrayContaining(both));
    const [paces] = (await running()).filter(({ progress }) => progress !== null);
    expect(await shown(paces?.id ?? "")).toMatchObject({ state: "running", progress: QUARTER });
    await Promise.all((await running()).map(({ id }) => cancel(id)));
    await Promise.all(calls);
  });

  test("while nobody waits for it, until it has ended", async () => {
    const answer = await system.ada.call("ada/paces", Uint8Array.of(0), { Prefer: "respond-async" });
    const { id }: { id: string } = await answer.json();
    await expect.poll(() => shown(id), { timeout: 20_000 }).toMatchObject({ state: "running", progress: QUARTER });
    expect(await running()).toMatchObject([{ id, async: true, progress: QUARTER }]);
    const asked = await system.ada.get(`/v1/calls/${id}/result`);
    expect([asked.status, await asked.json()]).toMatchObject([202, { state: "running", progress: QUARTER }]);
    await cancel(id);
    await expect.poll(() => shown(id), { timeout: 20_000 }).toMatchObject({ state: "failed", progress: null });
  });
});

describe("cancellation", () => {
  test("ends eight endless calls at once", async () => {
    const calls = Array.from({ length: 8 }, () => system.ada.call("ada/work", ENDLESS));
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(8);
    const ids = (await running()).map(({ id }) => id);
    const [first = ""] = ids;
    expect(await shown(first)).toMatchObject({ id: first, state: "running", algorithm: "ada/work" });
    const began = performance.now();
    const told = await Promise.all(ids.map((id) => cancel(id)));
    expect(told.map(({ status }) => status)).toEqual(ids.map(() => 202));
    const ended = await Promise.all(calls);
    console.log(
      `cancel: eight endless calls had ended ${Math.round(performance.now() - began)} ms after they were cancelled`,
    );
    for (const answer of ended) {
      const body: Envelope = await answer.json();
      expect(body.error?.error_type).toBe("Cancelled");
      expect(body.result).toBeUndefined();
      expect(Number(answer.headers.get("X-Orcade-Cost"))).toBeGreaterThan(0);
    }
    expect(await running()).toEqual([]);
    const again = await cancel(first);
    expect(again.status).toBe(404);
  });

  test("ends a callee with its parents, who are all paid for, wherever they run", async () => {
    // More builds than one invocation of our worker may have open: the deeper ones run in others.
    const names = [1, 2, 3, 4].map((n) => `relay${n}`);
    for (const [n, name] of names.entries()) {
      await system.ada.publish("ada", { name, permissions: ["call"] }, variant(testModule("relay"), n));
    }
    const [first = "", ...rest] = names.map((name) => `ada/${name}`);
    const call = system.ada.call(first, chain([...rest, "ada/work"], ENDLESS));
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
    const [{ id }] = (await running()) as [Running];
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await cancel(id)).status).toBe(202);
    const answer = await call;
    const body: Envelope = await answer.json();
    expect(body.error?.error_type).toBe("Cancelled");
    const shown: { tree: Node } = await (await system.ada.get(`/v1/calls/${id}/tree`)).json();
    const nodes: Node[] = [];
    for (let node: Node | undefined = shown.tree; node !== undefined; [node] = node.children) nodes.push(node);
    expect(nodes.map(({ error }) => error)).toEqual(Array.from({ length: 5 }, () => "Cancelled"));
    expect(nodes[4]?.fuel).toBeGreaterThan(1_000_000);
  });

  test("a client that goes away ends its call, and pays what it used", async () => {
    const gone = begin("ada/work", ENDLESS);
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
    const [{ id }] = (await running()) as [Running];
    const began = performance.now();
    gone.resetAndDestroy();
    await expect.poll(async () => (await running()).length, { interval: 10 }).toBe(0);
    console.log(`cancel: a call was over ${Math.round(performance.now() - began)} ms after its client had gone`);
    await expect.poll(async () => (await system.ada.get(`/v1/calls/${id}`)).status).toBe(200);
    const shown = (await (await system.ada.get(`/v1/calls/${id}`)).json()) as Shown;
    expect(shown).toMatchObject({ status: "failed", root: { error: "Cancelled", charge: { payer: "caller" } } });
    expect(shown.cost_microcredits).toBeGreaterThan(20_000);
  });

  test("a connection that is only closed (FIN) may be one that still reads: its call goes on, and is paid once", async () => {
    const turns = new Uint8Array(Uint32Array.of(300_000_000).buffer);
    const reads = begin("ada/work", turns);
    let heard = "";
    reads.on("data", (bytes: Buffer) => void (heard += bytes.toString("latin1")));
    const gone = begin("ada/work", turns);
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(2);
    const ids = (await running()).map(({ id }) => id);
    reads.end();
    gone.destroy();
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(0);
    for (const id of ids) {
      await expect.poll(async () => (await system.ada.get(`/v1/calls/${id}`)).status).toBe(200);
      const shown = (await (await system.ada.get(`/v1/calls/${id}`)).json()) as Shown;
      expect(shown).toMatchObject({ status: "completed", root: { error: null, charge: { payer: "caller" } } });
    }
    await expect.poll(() => heard).toMatch(/^HTTP\/1\.1 200 OK[^]*"result":null/);
  });

  test("orcade call that is interrupted ends its call", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orcade-cancel-"));
    writeFileSync(join(folder, "input"), ENDLESS);
    const child = spawn(process.execPath, [MAIN, "call", "ada/work", "-b", "@input"], {
      cwd: folder,
      env: { ...process.env, ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key, ORCADE_HOME: folder },
      stdio: "ignore",
    });
    const over = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
    child.kill("SIGINT");
    expect(await over).toBe("SIGINT");
    await expect.poll(async () => (await running()).length, { interval: 10, timeout: 5_000 }).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test("another account, and another key that may not manage, cancel nothing", async () => {
    const digest = async (key: string): Promise<string> =>
      Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))).toString("hex");
    const other = `sim${"o".repeat(25)}`;
    const made = await system.ada.post("/v1/keys", {
      key_sha256: await digest(other),
      label: "caller",
      scopes: { call: ["*"], data: "none", manage: false, admin: false },
    });
    expect(made.status, await made.text()).toBeLessThan(300);
    const call = system.ada.call("ada/work", ENDLESS);
    await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
    const [{ id }] = (await running()) as [Running];
    expect((await cancel(id, other)).status).toBe(404);
    expect((await cancel(id, `sim${"x".repeat(25)}`)).status).toBe(401);
    expect((await running()).length).toBe(1);
    expect((await cancel(id)).status).toBe(202);
    await call;
  });
});
