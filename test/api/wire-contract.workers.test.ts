// The wire contract's rules that hold for every route (algorithmia-api §2) and what calls and data owe to clients beyond
// their own tests (§3, §4, §8), row by row, inside workerd. Rows are requests as the clients of old send them.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "Ada");
  bob = await signUp(fetchInside, env, "bob");
  const { accountOf } = await import("../../worker/objects/account/object.ts");
  await accountOf(env, "Ada").grantMoney({ id: "start-ada", amount: 10_000_000_000, by: "tests", note: "" });
  for (const kind of ["text", "json", "bytes"])
    await ada.publish("Ada", { name: `echo_${kind}`, input: kind, output: kind }, testModule("echo"));
  await ada.publish("Ada", { name: "work" }, testModule("work"));
  await ada.publish("Ada", { name: "fails", permissions: ["state"] }, testModule("writes-then-fails"));
  await bob.publish("bob", { name: "hidden", visibility: "private" }, testModule("echo"));
});

interface Sent {
  readonly method?: string;
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
  readonly key?: string;
}
interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly json: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- what clients see
}
async function ask(path: string, { key = ada.key, headers = {}, ...init }: Sent = {}): Promise<Answer> {
  const answer = await fetchInside(`/v1/${path}`, { ...init, headers: { Authorization: key, ...headers } });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get("Content-Type") ?? "") && text !== "" ? JSON.parse(text) : {};
  return { status: answer.status, text, headers: answer.headers, json };
}
const call = (path: string, body: BodyInit, type = "text/plain", more: Sent = {}): Promise<Answer> =>
  ask(path, { method: "POST", body, ...more, headers: { "Content-Type": type, ...more.headers } });
const json = (value: unknown): Sent => ({
  method: "POST",
  body: JSON.stringify(value),
  headers: { "Content-Type": "application/json" },
});

describe("api §2 global rules", () => {
  test.for(["KEY", "Simple KEY", "simple KEY", "SIMPLE  KEY", "Bearer KEY", "bEaReR KEY"])(
    "api §2.1 Authorization: %s",
    async (form) => {
      const key = form.replace("KEY", ada.key);
      expect((await call("algo/Ada/echo_text", "x", "text/plain", { key })).json).toMatchObject({ result: "x" });
      expect((await ask("data/", { key })).json).toEqual({ folders: [{ name: "Ada" }], files: [] });
    },
  );

  test.for<readonly [type: string, path: string, body: string, result: unknown]>([
    ["application/json", "echo_json", '{"a":1}', { a: 1 }],
    ["application/JSON", "echo_json", '"HAL 9000"', "HAL 9000"],
    ["APPLICATION/json; charset=UTF-8", "echo_json", "null", null],
    ["text/plain; charset=utf-8", "echo_text", "é", "é"],
    ["application/text", "echo_text", "x", "x"],
    ["Application/Octet-Stream", "echo_bytes", "abc", "YWJj"],
  ])("api §2.2 Content-Type %s", async ([type, path, body, result]) => {
    const answer = await call(`algo/Ada/${path}`, body, type);
    expect([answer.status, answer.json["result"]]).toEqual([200, result]);
    expect(answer.json["metadata"].duration).toBeGreaterThan(0);
  });

  test.for([undefined, "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html"])(
    "api §2.2 a missing or other type is 400: %s",
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
      const body = new TextEncoder().encode("a=1");
      const answer = await ask("algo/Ada/echo_text", { method: "POST", body, headers });
      expect([answer.status, answer.json["error"].message]).toEqual([400, expect.stringContaining("Content-Type")]);
    },
  );

  test.for([
    ["POST", "algo/Ada/echo_text"],
    ["POST", "algo/Ada/nothing"],
    ["GET", "data/.my"],
    ["GET", "data/.my/nothing"],
    ["GET", "algorithms/Ada/echo_text"],
    ["GET", "algorithms/Ada/nothing"],
    ["GET", "algorithms/Ada/nothing/builds"],
    ["GET", "scms"],
    ["GET", "organization/types"],
    ["GET", "users/nobody"],
    ["GET", "organizations/nobody"],
    ["GET", "nothing"],
    ["GET", "health"],
  ] as const)("api §2.4 %s %s says its type with the charset", async ([method, path]) => {
    const sent = method === "POST" ? { method, body: "x", headers: { "Content-Type": "text/plain" } } : {};
    const type = (await ask(path, sent)).headers.get("Content-Type");
    expect(type).toMatch(/^application\/(?:problem\+)?json; ?charset=utf-8$/i);
  });

  test.for<readonly [path: string, status: number]>([
    ["algo/Ada/echo_text/", 200],
    ["/algo//Ada//echo_text//", 200],
    ["algo/Ada%2Fecho_text", 200],
    ["algo/algo://Ada/echo_text?timeout=10", 200],
    ["algo/algo%3A%2F%2FAda%2Fecho_text%2F1.0.0", 200],
    ["algo//algo://Ada/echo_text/latest/?timeout=300&stdout=false&output=raw", 200],
    ["web/algo//Ada/echo_text/", 200],
    ["algo/Ada", 404],
    ["algo/Ada/echo_text/1.0.0/more", 404],
  ])("api §2.5, §2.6 POST %s is answered %i and never redirected", async ([path, status]) => {
    const answer = await call(path, "x");
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.text).toContain("x");
  });

  test.for([
    "algorithms/Ada/echo_text/",
    "/algorithms//Ada//echo_text/",
    "algorithms/ada%2FECHO_TEXT",
    "algorithms/Ada/echo_text?unknown=1&x",
    "organization//types/",
    "/data//.my//",
    "connector//data/.my?x=+",
  ])("api §2.6 GET %s is found", async (path) => {
    expect((await ask(path)).status).toBe(200);
  });

  test("api §2.6 what a command line made of odd paths is 404, never 500", async () => {
    for (const path of ["test.txt", "../v2", "data/../test.txt", "data/%2e%2e/x", "algo/..", "%2e%2e%2f"])
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    expect((await ask("data/%FF%FE/x")).status).toBe(400);
  });

  test.for(["true", "True", "TRUE", "1"])("api §2.7 a flag of a query may be %s", async (said) => {
    const made = await ask("data/.my", json({ name: `flags${said}` }));
    expect(made.status).toBe(200);
    const listed = await ask(`data/.my/flags${said}?acl=${said}`);
    expect(listed.json["acl"]).toEqual({ read: ["algo://.my/*"] });
    await ask(`data/.my/flags${said}/f`, { method: "PUT", body: "x" });
    expect((await ask(`data/.my/flags${said}?force=${said}`, { method: "DELETE" })).json).toEqual({
      result: { deleted: 1 },
    });
    const timed = await call(`algo/Ada/echo_text?stdout=${said}&timing=${said}`, "x");
    expect(timed.json["metadata"]).toMatchObject({
      timing: { running: expect.any(Number), total: expect.any(Number) },
    });
  });

  test("api §2.8 no success has a member error, not even null", async () => {
    const answers = [
      await call("algo/Ada/echo_text", "x"),
      await ask("algorithms/Ada/echo_text"),
      await ask("algorithms/Ada/echo_text/versions"),
      await ask("algorithms/Ada/echo_text/builds"),
      await ask("data/.my"),
      await ask("organizations", json({ org_name: "errorless" })),
    ];
    for (const { status, json: body } of answers) {
      expect(status).toBe(200);
      expect(body).not.toHaveProperty("error");
    }
  });

  test("api §2.10 pages: the bad limit is 5003, the bad marker 5002, the end null", async () => {
    const list = "algorithms/Ada/echo_text/versions";
    expect((await ask(`${list}?limit=56`)).json).toMatchObject({ marker: null, next_link: null });
    expect((await ask(`${list}?limit=-1`)).json["error"].code).toBe(5003);
    expect((await ask(`${list}?limit=x`)).json["error"].code).toBe(5003);
    expect((await ask(`${list}?marker=x`)).json["error"].code).toBe(5002);
  });

  test("api §2.11 names are one in any case, of accounts and algorithms", async () => {
    for (const name of ["ada/Echo_Text", "ADA/ECHO_TEXT", "Ada/echo_text/1.0.0"])
      expect((await call(`algo/${name}`, "x")).json["result"]).toBe("x");
    expect((await ask("data/ADA")).status).toBe(200);
  });
});

describe("api §2 error shapes", () => {
  test("api §2 an algorithm that fails is 200 with error and duration, as raw 400 and text", async () => {
    const failed = await call("algo/Ada/fails", "x", "application/octet-stream");
    expect([failed.status, Object.keys(failed.json)]).toEqual([200, ["error", "metadata"]]);
    for (const value of Object.values(failed.json["error"])) expect(typeof value).toBe("string");
    const raw = await call("algo/Ada/fails?output=raw", "x", "application/octet-stream");
    expect([raw.status, raw.headers.get("Content-Type"), raw.text]).toEqual([
      400,
      "text/plain; charset=utf-8",
      failed.json["error"].message,
    ]);
  });

  test("api §2 a time-out is told in the sentence that clients know", async () => {
    const sentence = "Failed to run algorithm - may have timed-out or hit out-of-memory error";
    const turns = new Uint8Array(Uint32Array.of(2 ** 32 - 1).buffer);
    const late = await call("algo/Ada/work?timeout=0.2", turns, "application/octet-stream");
    expect([late.status, late.json["error"]]).toEqual([200, { message: sentence, error_type: "TimeoutError" }]);
    const raw = await call("algo/Ada/work?timeout=0.2&output=raw", turns, "application/octet-stream");
    expect([raw.status, raw.text]).toEqual([400, sentence]);
  });

  test("api §2 management errors are {id, code, message} under error; not permitted is 2001", async () => {
    const refused = await ask("algorithms/Ada/echo_text/compile", { method: "POST", key: bob.key });
    expect([refused.status, refused.json["error"]]).toEqual([
      403,
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        code: 2001,
        message: "Caller is not authorized to perform the operation",
      },
    ]);
    const keyless = await ask("algorithms/Ada/echo_text", { key: "" });
    expect([keyless.status, keyless.json["error"].code]).toEqual([401, 2002]);
  });

  test("api §2 data errors have a message in the body and in X-Error-Message, for HEAD too", async () => {
    const missing = await ask("data/.my/nowhere/f");
    expect([missing.status, missing.json["error"].message, missing.headers.get("X-Error-Message")]).toEqual([
      404,
      "path not found",
      "path not found",
    ]);
    const head = await ask("data/.my/nowhere/f", { method: "HEAD" });
    expect([head.status, head.headers.get("X-Error-Message"), head.text]).toEqual([404, "path not found", ""]);
  });

  test("api §2 too much is 413, on calls and on data", async () => {
    const long = await call("algo/Ada/echo_bytes", new Uint8Array(LIMITS.inputBytes + 1), "application/octet-stream");
    expect([long.status, typeof long.json["error"].message]).toEqual([413, "string"]);
  });
});

describe("api §3 invocation", () => {
  test.for<readonly [path: string, type: string, body: string, answer: string]>([
    ["echo_text", "text/plain", "é", "text/plain; charset=utf-8"],
    ["echo_json", "application/json", "[1]", "application/json; charset=utf-8"],
    ["echo_bytes", "application/octet-stream", "abc", "application/octet-stream"],
  ])("api §3 output=raw of %s", async ([path, type, body, answer]) => {
    const raw = await call(`algo/Ada/${path}/1.0.0/?timeout=300&stdout=false&output=raw`, body, type);
    expect([raw.status, raw.text, raw.headers.get("Content-Type")]).toEqual([200, body, answer]);
  });

  test("api §3 output=default is the envelope, and an unknown parameter is ignored", async () => {
    const answer = await call("algo/Ada/echo_json?output=default&nothing=1", "null", "application/json");
    expect(Object.keys(answer.json)).toEqual(["result", "metadata"]);
    expect(answer.json).toMatchObject({ result: null, metadata: { content_type: "json" } });
    expect(answer.json["metadata"]).not.toHaveProperty("stdout");
  });

  test.for(["0", "-1", "x", "3001", "1e2", ""])("api §3 timeout=%s is refused", async (timeout) => {
    expect((await call(`algo/Ada/echo_text?timeout=${timeout}`, "x")).status).toBe(400);
  });
  test.for(["0.5", "10", "3000"])("api §3 timeout=%s is taken", async (timeout) => {
    expect((await call(`algo/Ada/echo_text?timeout=${timeout}`, "x")).status).toBe(200);
  });

  test("api §3 sudo: an operator calls what is its owner's alone; nobody else does", async () => {
    const bytes = "application/octet-stream";
    expect((await call("algo/bob/hidden", "x", bytes)).status).toBe(404);
    const raised = await call("algo/bob/hidden?sudo=true", "x", bytes);
    expect([raised.status, raised.json["result"]]).toEqual([200, btoa("x")]);
    // The operator pays.
    const { json: record } = await ask(`calls/${raised.headers.get("X-Orcade-Call")}`);
    expect(record["error"]).toBeUndefined();
    const refused = await call("algo/Ada/echo_bytes?sudo=true", "x", bytes, { key: bob.key });
    expect([refused.status, refused.json["error"].code]).toEqual([403, "forbidden"]);
  });

  test("api §3 /v1/web/algo: refusals may be read by pages, too", async () => {
    const origin = { headers: { Origin: "https://elsewhere.example" } };
    for (const [path, key, status] of [
      ["web/algo/Ada/nothing", ada.key, 404],
      ["web/algo/Ada/echo_text", "", 401],
      ["web/algo/Ada/echo_text", ada.key, 200],
    ] as const) {
      const answer = await call(path, "x", "text/plain", { ...origin, key });
      expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([status, "*"]);
    }
    const asked = await ask("web/algo/Ada/echo_text", { method: "OPTIONS", ...origin, key: "" });
    expect(asked.status).toBe(204);
    for (const name of ["Authorization", "Content-Type", "Accept"])
      expect(asked.headers.get("Access-Control-Allow-Headers")).toContain(name);
  });
});

describe("api §4 hosted data as management sees it", () => {
  const wanted = (name: string, Acl: readonly string[]): Sent => json({ name, acl: { read: Acl } });

  test("api §4 hostedData: the caller's and its organisations' collections, with ids and who reads them", async () => {
    await ask("organizations", json({ org_name: "hosts" }));
    await ask("data/.my", wanted("h_closed", []));
    await ask("data/.my", wanted("h_open", ["user://*"]));
    await ask("data/hosts", wanted("h_ours", ["algo://.my/*"]));
    const { status, json: body } = await ask("hostedData");
    expect([status, body["marker"]]).toEqual([200, null]);
    const rows = body["result"].filter(({ collection_name: name }: { collection_name: string }) =>
      name.startsWith("h_"),
    );
    const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const row = (username: string, name: string, world: boolean, algorithms: boolean): object => ({
      id: uuid,
      object_id: uuid,
      collection_name: name,
      username,
      acl: { read_w: world, read_g: true, read_u: true, read_a: algorithms },
      location: `data://${username}/${name}`,
    });
    expect(rows).toEqual([
      row("Ada", "h_closed", false, false),
      row("Ada", "h_open", true, true),
      row("hosts", "h_ours", false, true),
    ]);
    expect((await ask("hostedData", { key: bob.key })).json["result"]).toEqual([]);
    expect((await ask("hostedData?marker=x")).json["error"].code).toBe(5002);
  });

  test("api §4 hostedData: pages of 100", async () => {
    for (let n = 0; n < 101; n++) await ask("data/.my", { ...json({ name: `p${n}` }), key: bob.key });
    const first = await ask("hostedData", { key: bob.key });
    expect(first.json["result"]).toHaveLength(100);
    const rest = await ask(first.json["next_link"].replace("/v1/", ""), { key: bob.key });
    expect([rest.json["result"].length, rest.json["next_link"]]).toEqual([1, null]);
  });

  test("api §4 default collection: set by two ids, read as .algo/default; another's is not taken", async () => {
    await ada.publish("Ada", { name: "reads", permissions: ["data"] }, testModule("data"));
    await ask("data/.my", wanted("models", ["algo://.my/*"]));
    await ask("data/.my/models/m.bin", { method: "PUT", body: "weights" });
    const { id } = (await ask("algorithms/Ada/reads")).json;
    const list = (await ask("hostedData")).json["result"] as { id: string; collection_name: string }[];
    const collection = list.find(({ collection_name: name }) => name === "models")?.id ?? "";
    const path = new TextEncoder().encode("data://.algo/default/m.bin");
    const read = (): Promise<Answer> =>
      call("algo/Ada/reads?output=raw", Uint8Array.of(0, path.length, ...path), "application/octet-stream", {
        key: bob.key,
      });
    expect((await read()).text).toBe("absent");
    const set = await ask(`algorithms/${id}/collections/${collection}`, { method: "POST" });
    expect([set.status, set.json["location"]]).toEqual([200, "data://Ada/models"]);
    expect((await read()).text).toBe("weights");
    const unknown = await ask(`algorithms/${id}/collections/${id}`, { method: "POST" });
    expect(unknown.status).toBe(404);
    const strange = await ask(`algorithms/${id}/collections/${collection}`, { method: "POST", key: bob.key });
    expect(strange.json["error"].code).toBe(2001);
  });

  test("api §4 inside an algorithm .algo/perm is its own of the caller's account", async () => {
    await ask("data/.algo/ada/reads/perm/note", { method: "PUT", body: "bob's", key: bob.key });
    const path = new TextEncoder().encode(".algo/perm/note");
    const body = Uint8Array.of(0, path.length, ...path);
    const read = (key: string): Promise<Answer> =>
      call("algo/Ada/reads?output=raw", body, "application/octet-stream", { key });
    expect([(await read(bob.key)).text, (await read(ada.key)).text]).toEqual(["bob's", "absent"]);
  });
});
