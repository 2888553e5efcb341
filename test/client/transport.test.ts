// When the client sends a request again, and when it must not: against a server that misbehaves as it is told.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AlgorithmError, Orcade, OrcadeError } from "../../client/index.ts";

type Turn = (request: IncomingMessage, response: ServerResponse) => void;
const turns: Turn[] = [];
const seen: { readonly method: string; readonly url: string; readonly headers: IncomingMessage["headers"] }[] = [];
const server = createServer((request, response) => {
  seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
  request.resume();
  request.on("end", () => (turns.shift() ?? answer(500, {}))(request, response));
});
let orcade: Orcade;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  orcade = new Orcade({ address: `http://127.0.0.1:${port}/`, key: "k", attempts: 4, backoff: { first: 1, most: 4 } });
});
beforeEach(() => {
  turns.length = 0;
  seen.length = 0;
});
afterAll(() => server.close());

const answer =
  (status: number, document: unknown, headers: Record<string, string> = {}): Turn =>
  (_, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(document));
  };
const reset: Turn = (request) => request.socket.destroy();
const busy = answer(503, { code: "busy", detail: "Busy.", retry: true, request_id: "req-1" });
const internal = answer(500, { code: "internal", detail: "Ours.", retry: true });
const envelope = answer(
  200,
  { result: "x", metadata: { content_type: "text", duration: 0.1 } },
  { "X-Orcade-Call": "req-9" },
);
const failed = (promise: Promise<unknown>): Promise<OrcadeError> =>
  promise.then(
    () => expect.fail("it was answered"),
    (error: unknown) => error as OrcadeError,
  );

describe("reads", () => {
  test.each([
    ["a lost connection", reset],
    ["a server that is busy", busy],
    ["a bug of the server's", internal],
    ["a gateway", answer(502, "bad gateway")],
  ])("are sent again after %s", async (_, turn) => {
    turns.push(turn, turn, answer(200, { account: "ada" }));
    expect(await orcade.account.get()).toEqual({ account: "ada" });
    expect(seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual(
      Array.from({ length: 3 }, () => ["GET", "/v1/account", "Simple k"]),
    );
  });

  test("are sent no more often than was said, and say what was wrong last", async () => {
    turns.push(busy, busy, busy, busy, answer(200, {}));
    const error = await failed(orcade.account.get());
    expect(error).toBeInstanceOf(OrcadeError);
    expect([error.status, error.code, error.message, error.requestId, seen.length]).toEqual([
      503,
      "busy",
      "Busy.",
      "req-1",
      4,
    ]);
  });

  test("are not sent again where that cannot help", async () => {
    const errors = [{ path: "$.limit", message: "too large" }];
    turns.push(answer(400, { code: "invalid-parameter", detail: "limit", retry: false, errors }));
    const error = await failed(orcade.account.get());
    expect([error.status, error.fields, error.retry, seen.length]).toEqual([400, errors, false, 1]);
  });

  test("wait as long as the server asks", async () => {
    turns.push(
      answer(429, { code: "rate-limited", detail: "Slowly.", retry: true }, { "Retry-After": "1" }),
      answer(200, {}),
    );
    const began = performance.now();
    await orcade.account.get();
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  });

  test("end at once when they are cancelled, also while they wait", async () => {
    turns.push(answer(429, { detail: "Slowly.", retry: true }, { "Retry-After": "60" }));
    const pending = orcade.calls.pending("req-1").result({ signal: AbortSignal.timeout(50) });
    expect(((await failed(pending)) as Error).name).toBe("TimeoutError");
    expect(seen.length).toBe(1);
  });
});

describe("calls", () => {
  test.each([
    ["a lost connection", reset, "unreachable"],
    ["a bug of the server's", internal, "internal"],
  ])("are not made twice after %s", async (_, turn, code) => {
    turns.push(turn, envelope);
    expect([(await failed(orcade.call("a/b", "x"))).code, seen.length]).toEqual([code, 1]);
  });

  test("are sent again when they were not begun", async () => {
    turns.push(busy, envelope);
    expect((await orcade.call("a/b", "x")).value).toBe("x");
    expect(seen.length).toBe(2);
  });

  test("that are made once are sent again under one key", async () => {
    turns.push(reset, internal, envelope);
    expect((await orcade.call("a/b", "x", { once: true })).call).toBe("req-9");
    const keys = seen.map(({ headers }) => headers["idempotency-key"]);
    expect([new Set(keys).size, keys[0]]).toEqual([1, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    turns.push(reset, envelope);
    await orcade.call("a/b", "x", { once: "mine" });
    expect(seen.at(-1)?.headers["idempotency-key"]).toBe("mine");
  });

  test("say what they send, and what they ask for", async () => {
    for (const [input, type] of [
      ["é", "text/plain; charset=utf-8"],
      [new Uint8Array([1]), "application/octet-stream"],
      [{ a: 1 }, "application/json"],
      [undefined, "application/json"],
    ] as const) {
      turns.push(envelope);
      await orcade.call("a/b/1.0.0", input, { timeout: 5, maxCost: 7, quote: "q", keep: true });
      expect(seen.at(-1)).toMatchObject({
        url: "/v1/algo/a/b/1.0.0?timeout=5",
        headers: { "content-type": type, "x-orcade-max-cost": "7", "x-orcade-quote": "q", "x-orcade-keep": "input" },
      });
    }
  });

  test("that fail by themselves are the algorithm's errors", async () => {
    const error = { message: "no", error_type: "InputError" };
    turns.push(answer(200, { error, metadata: { duration: 1 } }, { "X-Orcade-Call": "req-7" }));
    const thrown = await orcade.call("a/b", 1).catch((each: unknown) => each);
    expect(thrown).toBeInstanceOf(AlgorithmError);
    expect(thrown).toMatchObject({ type: "InputError", message: "no", call: "req-7" });
  });
});

describe("pages", () => {
  const page = (from: number, next: string | null): Turn =>
    answer(200, { results: [from, from + 1], marker: next, next_link: next });

  test("are asked for as they are read", async () => {
    turns.push(page(1, "/v1/keys?marker=a"), page(3, null));
    expect(await orcade.keys.list().toArray()).toEqual([1, 2, 3, 4]);
    expect(seen.map(({ url }) => url)).toEqual(["/v1/keys?limit=100", "/v1/keys?marker=a"]);
    turns.push(page(1, "/v1/keys?marker=a"));
    for await (const each of orcade.keys.list()) if (Number(each) === 2) break;
    expect(seen.length).toBe(3);
    turns.push(page(1, "/v1/keys?marker=a"));
    expect(await orcade.keys.list().toArray(1)).toEqual([1]);
  });
});
