// Every way a request is refused before an algorithm runs: status, code, and a sentence; cases are rows.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;

const schema = {
  type: "object",
  properties: { name: { type: "string" }, list: { type: "array", items: { type: "integer" } } },
  required: ["name"],
  additionalProperties: false,
};

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
  await ada.publish("ada", { name: "json", input: "json", output: "json", memory: 64 }, testModule("echo"));
  await ada.publish("ada", { name: "text", input: "text", output: "text" }, testModule("echo"));
  await ada.publish("ada", { name: "typed", input: "json", output: "json", inputSchema: schema }, testModule("echo"));
});

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const json = { "Content-Type": "application/json" };
const text = { "Content-Type": "text/plain; charset=utf-8" };

interface Row {
  readonly title: string;
  readonly target: string;
  readonly body: string | Uint8Array;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly code?: string;
  readonly path?: string;
}

const ROWS: readonly Row[] = [
  {
    title: "no key",
    target: "ada/echo",
    body: "",
    headers: { Authorization: "" },
    status: 401,
    code: "authorization-required",
  },
  {
    title: "a scheme without a key",
    target: "ada/echo",
    body: "",
    headers: { Authorization: "Simple " },
    status: 401,
    code: "authorization-required",
  },
  {
    title: "an unknown key",
    target: "ada/echo",
    body: "",
    headers: { Authorization: `Simple sim${"x".repeat(25)}` },
    status: 401,
    code: "unknown-key",
  },
  {
    title: "a key of 1 MB",
    target: "ada/echo",
    body: "",
    headers: { Authorization: "x".repeat(10_000) },
    status: 401,
    code: "unknown-key",
  },
  { title: "an unknown owner", target: "nobody/echo", body: "{}", status: 404, code: "unknown-algorithm" },
  { title: "an unknown algorithm", target: "ada/nothing", body: "{}", status: 404, code: "unknown-algorithm" },
  { title: "an unknown version", target: "ada/json/7.0.0", body: "{}", status: 404, code: "unknown-version" },
  { title: "a version that is none", target: "ada/json/newest", body: "{}", status: 404, code: "unknown-version" },
  { title: "too many segments", target: "ada/json/1.0.0/x", body: "{}", status: 404, code: "unknown-route" },
  { title: "an owner without a name", target: "ada", body: "{}", status: 404, code: "unknown-route" },
  {
    title: "form-encoded",
    target: "ada/json",
    body: "a=1",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    status: 400,
    code: "unsupported-content-type",
  },
  {
    title: "no content type",
    target: "ada/json",
    body: "{}",
    headers: { "Content-Type": "" },
    status: 400,
    code: "unsupported-content-type",
  },
  ...["constructor", "__proto__", "toString"].map((type): Row => ({
    title: `Content-Type: ${type}, which every object has`,
    target: "ada/json",
    body: "{}",
    headers: { "Content-Type": type },
    status: 400,
    code: "unsupported-content-type",
  })),
  {
    title: "JSON for bytes",
    target: "ada/echo",
    body: "{}",
    headers: json,
    status: 400,
    code: "unsupported-content-type",
  },
  {
    title: "text for JSON",
    target: "ada/json",
    body: "hello",
    headers: text,
    status: 400,
    code: "unsupported-content-type",
  },
  {
    title: "bytes for text",
    target: "ada/text",
    body: Uint8Array.of(1),
    status: 400,
    code: "unsupported-content-type",
  },
  {
    title: "text that is not UTF-8",
    target: "ada/text",
    body: Uint8Array.of(0xff),
    headers: text,
    status: 400,
    code: "not-utf8",
  },
  {
    title: "a lone surrogate as text",
    target: "ada/text",
    body: '"\\ud800"',
    headers: json,
    status: 400,
    code: "not-utf8",
  },
  {
    title: "a number for text",
    target: "ada/text",
    body: "12",
    headers: json,
    status: 400,
    code: "invalid-input",
    path: "$",
  },
  {
    title: "JSON that is not UTF-8",
    target: "ada/json",
    body: Uint8Array.of(0x22, 0xff, 0x22),
    headers: json,
    status: 400,
    code: "not-utf8",
  },
  {
    title: "a raw surrogate in JSON",
    target: "ada/json",
    body: Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
    headers: json,
    status: 400,
    code: "not-utf8",
  },
  { title: "an empty body", target: "ada/json", body: "", status: 400, code: "body-missing" },
  { title: "broken JSON", target: "ada/json", body: '{"a":}', status: 400, code: "not-json" },
  { title: "two values", target: "ada/json", body: "1 2", status: 400, code: "not-json" },
  { title: "doubled keys", target: "ada/json", body: '{"a":1,"a":2}', status: 400, code: "not-json" },
  { title: "the last accepted depth", target: "ada/json", body: nested(LIMITS.jsonDepth), status: 200 },
  {
    title: "the first refused depth",
    target: "ada/json",
    body: nested(LIMITS.jsonDepth + 1),
    status: 400,
    code: "json-too-deep",
  },
  { title: "10,000 deep", target: "ada/json", body: nested(10_000), status: 400, code: "json-too-deep" },
  { title: "a missing field", target: "ada/typed", body: "{}", status: 400, code: "invalid-input", path: "$.name" },
  {
    title: "a field of the wrong type",
    target: "ada/typed",
    body: '{"name":"a","list":[1,"x"]}',
    status: 400,
    code: "invalid-input",
    path: "$.list[1]",
  },
  {
    title: "a field too many",
    target: "ada/typed",
    body: '{"name":"a","more":1}',
    status: 400,
    code: "invalid-input",
    path: "$.more",
  },
  {
    title: "a ceiling that is no number",
    target: "ada/json",
    body: "1",
    headers: { ...json, "X-Orcade-Max-Cost": "much" },
    status: 400,
    code: "invalid-parameter",
  },
  {
    title: "a fractional ceiling",
    target: "ada/json",
    body: "1",
    headers: { ...json, "X-Orcade-Max-Cost": "1.5" },
    status: 400,
    code: "invalid-parameter",
  },
  { title: "a time-out of 0", target: "ada/json?timeout=0", body: "1", status: 400, code: "invalid-parameter" },
  { title: "the longest time-out", target: `ada/json?timeout=${LIMITS.timeoutSecondsMax}`, body: "1", status: 200 },
  {
    title: "one second more",
    target: `ada/json?timeout=${LIMITS.timeoutSecondsMax + 1}`,
    body: "1",
    status: 400,
    code: "invalid-parameter",
  },
];

describe("a call is refused before it runs", () => {
  test.for(ROWS)("$title", async ({ target, body, headers, status, code, path }) => {
    const answer = await ada.call(target, body, headers);
    const found = (await answer.json()) as { error?: { code: string; message: string; path?: string } };
    expect({ status: answer.status, code: found.error?.code, path: found.error?.path }).toEqual({ status, code, path });
    if (code !== undefined) expect(found.error?.message).toMatch(/\w+ \w+/);
  });

  test("the longest accepted input, and one byte more", async () => {
    const fits = await ada.call("ada/json?output=raw", `"${"x".repeat(LIMITS.inputBytes - 2)}"`);
    expect([fits.status, (await fits.text()).length]).toEqual([200, LIMITS.inputBytes]);
    const long = await ada.call("ada/json", `"${"x".repeat(LIMITS.inputBytes - 1)}"`);
    expect(long.status).toBe(413);
    const chunked = await fetchInside("/v1/algo/ada/echo", {
      method: "POST",
      headers: { Authorization: ada.key, "Content-Type": "application/octet-stream" },
      body: new Response(new Uint8Array(LIMITS.inputBytes + 1)).body?.pipeThrough(new TransformStream()) ?? null,
    });
    expect(chunked.status).toBe(413);
  });

  test("only POST calls", async () => {
    const answer = await ada.get("/v1/algo/ada/echo");
    expect([answer.status, await answer.json()]).toMatchObject([405, { error: { code: "unknown-method" } }]);
    expect(answer.headers.get("Allow")).toBe("POST");
  });
});

describe("native routes", () => {
  test.for([
    ["POST", "/v1/health", "GET"],
    ["DELETE", "/v1/account", "GET"],
    ["GET", "/v1/organizations/", "POST"],
    ["PATCH", "/v1/admin/bootstrap", "POST"],
    ["POST", "/v1/algorithms/ada/echo", "GET, PUT, DELETE"],
    ["DELETE", "/v1/algorithms/ada/echo/versions/1.0.0", "GET, PUT, PATCH"],
  ] as const)("%s %s is refused with Allow: %s", async ([method, path, allow]) => {
    const answer = await fetchInside(path, { method, headers: { Authorization: ada.key } });
    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, allow]);
    expect(await answer.json()).toMatchObject({ code: "unknown-method", status: 405 });
  });

  test("a wrong key is looked up once in a while, and works at once when it is added", async () => {
    let lookups = 0;
    const KV = { get: () => Promise.resolve((lookups++, null)) } as unknown as KVNamespace;
    const counted = fetchWith({ KV });
    const key = `sim${"u".repeat(25)}`;
    const ask = async (): Promise<number> => (await counted("/v1/account", { headers: { Authorization: key } })).status;
    const began = Date.now();
    for (let n = 0; n < 20; n++) expect(await ask()).toBe(401);
    expect(lookups).toBeLessThanOrEqual(1 + (Date.now() - began) / LIMITS.unknownKeyMs);
    const hash = sha256OfText(key);
    await env.ACCOUNT.get(env.ACCOUNT.idFromName("ada")).addKey(hash, "later");
    await env.KEYRING.get(env.KEYRING.idFromName(hash.slice(0, 2))).put(hash, "ada");
    await new Promise((resolve) => setTimeout(resolve, LIMITS.unknownKeyMs + 50));
    expect(await ask()).toBe(200);
  });

  test("an organisation's name may be claimed again by its founder, and not by the name of a user", async () => {
    const claim = async (name: string): Promise<unknown> =>
      (await ada.post("/v1/organizations", { org_name: name })).json();
    expect(await claim("Guild")).toMatchObject({ org_name: "Guild", resource_type: "organization" });
    expect(await claim("guild")).toMatchObject({ org_name: "Guild", resource_type: "organization" });
    expect(await claim("ADA")).toMatchObject({ code: "name-taken", status: 409 });
    expect(await (await ada.get("/v1/account")).json()).toMatchObject({ organizations: ["Guild"] });
  });

  test("answer problem documents", async () => {
    const answer = await ada.get("/v1/nothing/here");
    expect(answer.headers.get("Content-Type")).toBe("application/problem+json; charset=utf-8");
    expect(await answer.json()).toMatchObject({
      status: 404,
      code: "unknown-route",
      retry: false,
      request_id: expect.stringMatching(/^req-/) as string,
    });
  });

  test("a bootstrap needs the token, works once, and can be repeated", async () => {
    const body = JSON.stringify({ account: "eve", key_sha256: "0".repeat(64) });
    const attempt = async (token: string): Promise<number> =>
      (
        await fetchInside("/v1/admin/bootstrap", {
          method: "POST",
          headers: { Authorization: `Bearer ${token}` },
          body,
        })
      ).status;
    expect(await attempt("wrong")).toBe(401);
    expect(await attempt("a-one-time-token-of-the-tests")).toBe(409);
    await expect(bootstrap(fetchInside, "ada")).resolves.toBeDefined();
    const unset = fetchWith({ ORCADE_BOOTSTRAP: "" });
    expect(
      (await unset("/v1/admin/bootstrap", { method: "POST", headers: { Authorization: "Bearer " }, body })).status,
    ).toBe(401);
  });

  test("a foreign Host is refused", async () => {
    const local = fetchWith({ ORCADE_HOSTS: "localhost:8787,127.0.0.1:8787" });
    const health = async (host: string): Promise<number> =>
      (await local("/v1/health", { headers: { Host: host } })).status;
    expect(await health("localhost:8787")).toBe(200);
    expect(await health("evil.example")).toBe(421);
  });

  test("whoami says whose key it is", async () => {
    expect(await (await ada.get("/v1/account")).json()).toMatchObject({
      account: "ada",
      operator: true,
      organizations: ["Guild"],
    });
  });
});
