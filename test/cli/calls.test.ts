// `orcade call --async` and `orcade calls ...`: what is sent, what is printed, and with which exit code.
import { expect, test } from "vitest";
import { KEY, type Ran, type Received, type Scripted, orcade, scriptedServer } from "./harness.ts";

const ID = "req-0b7c5c0e-6f0f-4a53-b5b5-0c9f4c1c6a55";
const FIGURES = {
  "x-orcade-call": ID,
  "x-orcade-version": "1.2.3",
  "x-orcade-build": "ab".repeat(32),
  "x-orcade-fuel": "1234567",
  "x-orcade-cpu-ms": "1.234",
  "x-orcade-cost": "21235",
};

async function run(
  words: readonly string[],
  routes: Readonly<Record<string, Scripted>>,
): Promise<Ran & { readonly received: readonly Received[] }> {
  const { address, received } = await scriptedServer(routes);
  const ran = await orcade(words, { env: { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY } });
  return { ...ran, received };
}

test("call --async prints the id and says where to ask; its wishes go along", async () => {
  const begun = { status: 202, body: { id: ID, state: "waiting", result: `/v1/calls/${ID}/result` } };
  const words = ["call", "a/b", "-d", "x", "--async", "--webhook", "https://example.com/h", "--idempotency-key", "k1"];
  const { code, stdout, stderr, received } = await run(words, { "POST /v1/algo/a/b": begun });
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: ID });
  expect(stderr).toContain(`orcade calls result ${ID}`);
  expect(received[0]?.headers).toMatchObject({
    prefer: "respond-async",
    "x-orcade-webhook": "https://example.com/h",
    "idempotency-key": "k1",
  });
});

test("--webhook without --async is a wrong command line, and sends nothing", async () => {
  const { code, received } = await run(["call", "a/b", "-d", "x", "--webhook", "https://example.com/"], {});
  expect({ code, received }).toEqual({ code: 2, received: [] });
});

test("calls result waits until the call has ended, and prints its result", async () => {
  const body = '{"result":"hi","metadata":{"content_type":"text","duration":0.0021}}';
  const { code, stdout, stderr, received } = await run(["calls", "result", ID], {
    [`GET /v1/calls/${ID}/result`]: { headers: FIGURES, body },
  });
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: "hi" });
  expect(stderr).toContain("1,234,567 fuel");
  expect(received[0]?.headers["prefer"]).toBe("wait=20");
  const failed = '{"error":{"message":"no","error_type":"Trap"},"metadata":{"duration":0.1}}';
  const again = await run(["calls", "result", ID], {
    [`GET /v1/calls/${ID}/result`]: { headers: FIGURES, body: failed },
  });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("Trap: no");
});

test("calls result --at-once exits with 1 while the call has not ended", async () => {
  const { code, stderr, received } = await run(["calls", "result", "--at-once", ID], {
    [`GET /v1/calls/${ID}/result`]: { status: 202, body: { id: ID, state: "running" } },
  });
  expect(code).toBe(1);
  expect(stderr).toContain("has not ended");
  expect(received).toHaveLength(1);
});

test("calls show, cancel and ls --running", async () => {
  const running = { id: ID, state: "running", algorithm: "a/b", version: "1.0.0", since: "2026-11-22T03:00:00.000Z" };
  const routes = {
    [`GET /v1/calls/${ID}`]: { body: running },
    [`DELETE /v1/calls/${ID}`]: { status: 202, body: { id: ID, state: "cancelling" } },
    "GET /v1/calls": { body: { marker: null, results: [running] } },
  };
  expect((await run(["calls", "show", ID], routes)).stdout).toMatch(/state +running/);
  expect((await run(["calls", "cancel", ID], routes)).stdout).toContain("what it used is paid");
  for (const words of [
    ["calls", "ls", "--running"],
    ["calls", "--running"],
  ]) {
    const { code, stdout, received } = await run(words, routes);
    expect(code).toBe(0);
    expect(received[0]?.url).toBe("/v1/calls?state=running");
    expect(stdout).toMatch(/a\/b\/1\.0\.0 +running +req-0b7c/);
  }
  const gone = { status: 404, body: { code: "unknown-call", detail: "No such call of this key runs." } };
  const { code, stderr } = await run(["calls", "cancel", ID], { [`DELETE /v1/calls/${ID}`]: gone });
  expect(code).toBe(1);
  expect(stderr).toContain("No such call");
});

test("calls ls --running says how far each call is, without control characters", async () => {
  const one = { id: ID, state: "running", algorithm: "a/b", version: "1.0.0", since: "2026-11-22T00:00:00.000Z" };
  const results = [
    { ...one, progress: { fraction: 0.257, note: "chromosome\u001b[2J 4" } },
    { ...one, progress: null },
  ];
  const { stdout } = await run(["calls", "ls", "--running"], { "GET /v1/calls": { body: { results } } });
  const [head, far, silent] = stdout.split("\n");
  expect(head).toContain("PROGRESS");
  expect(far).toMatch(/running {2,}25 % chromosome\S* ?\S*4 {2,}req-/);
  expect(far).not.toContain("\u001b");
  expect(silent).toMatch(/running {2,}req-/);
});

test("calls log prints each algorithm's lines under its name, and says what is not kept", async () => {
  const lines = [
    { level: "info", text: "begun\u001b[2J" },
    { level: "error", text: "over" },
  ];
  const nodes = [{ id: `${ID}/1`, algorithm: "a/b", version: "1.0.0", lines, dropped: 1_234 }];
  const { stdout } = await run(["calls", "log", ID], { [`GET /v1/calls/${ID}/log`]: { body: { call: ID, nodes } } });
  expect(stdout).toContain(`a/b/1.0.0 ${ID}/1\n`);
  expect(stdout).toMatch(/ {2}info: begun\S*\n {2}error: over\n {2}\(1,234 bytes more were not kept\)/);
  expect(stdout).not.toContain("\u001b");
  const none = await run(["calls", "log", ID], { [`GET /v1/calls/${ID}/log`]: { body: { call: ID, nodes: [] } } });
  expect(none.stdout).toContain("nothing was logged");
});
