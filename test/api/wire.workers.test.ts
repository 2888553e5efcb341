// The management face of the wire contract (algorithmia-api §5), row by row, inside workerd.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { readSecret } from "../../worker/objects/workshop/store.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

const keyText = (id: string, fill: number): string => `${id}:${Buffer.alloc(32, fill).toString("base64")}`;
const fetchInside = fetchWith({ ORCADE_SECRET_KEYS: keyText("k1", 1) });
let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "Ada");
  await (
    await import("../../worker/objects/account/object.ts")
  )
    .accountOf(env, "Ada")
    .grantMoney({ id: "start-ada", amount: 10_000_000_000, by: "tests", note: "" });
  bob = await signUp(fetchInside, env, "bob");
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- what clients see
}
async function ask(method: string, path: string, body?: unknown, key = ada.key, headers = {}): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const all = { Authorization: key, ...type, ...headers };
  const answer = await fetchInside(`/v1/${path}`, { method, headers: all, ...sent });
  const text = await answer.text();
  return { status: answer.status, text, json: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : {} };
}
const create = (name: string, settings: object = {}, owner = "Ada"): Promise<Answer> =>
  ask("POST", `algorithms/${owner}`, {
    name,
    details: { label: name, summary: "A summary.", tagline: "A tagline." },
    settings: { algorithm_environment: "abcd-123", license: "apl", source_visibility: "open", ...settings },
  });
const publish = (name: string, info: object = {}, settings: object = {}, path = "versions"): Promise<Answer> =>
  ask("POST", `algorithms/Ada/${name}/${path}`, { details: {}, settings, version_info: info, source: {} });
const call = async (path: string, input: string, key = ada.key, headers = {}): Promise<Answer> =>
  ask("POST", path, input, key, { "Content-Type": "text/plain", ...headers });

describe("api §5 algorithms", () => {
  test("api §5 create: 201 without versions and builds; its template answers hello", async () => {
    const made = await create("first");
    expect([made.status, made.text]).toEqual([201, expect.anything()]);
    expect(made.json).toMatchObject({ name: "first", resource_type: "algorithm", details: { label: "first" } });
    expect(made.json["settings"]).toMatchObject({ algorithm_environment: "abcd-123", license: "apl" });
    expect(made.json).not.toHaveProperty("version_info");
    expect(made.json).not.toHaveProperty("build");
    const again = await create("first");
    expect([again.status, again.json["error"].code]).toEqual([409, 1002]);
    const compiled = await ask("POST", "algorithms/Ada/first/compile", {});
    const hash = compiled.json["version_info"].git_hash;
    expect(hash).toMatch(/^[0-9a-f]{40}$/);
    const called = await call(`algo/Ada/first/${hash}`, "HAL 9000");
    expect(called.json).toMatchObject({ result: "hello HAL 9000", metadata: { content_type: "text" } });
    const json = await ask("POST", "algo/ada/First", '"you"');
    expect(json.json).toMatchObject({ result: "hello you" });
    expect((await call(`algo/Ada/first/${hash}`, "x", bob.key)).status).toBe(404);
  });

  test("api §5 create: refuses a bad name, another's name, no JSON", async () => {
    expect((await create("1st")).status).toBe(400);
    expect((await create("n".repeat(31))).status).toBe(400);
    expect((await create("n".repeat(30))).status).toBe(201);
    const strange = await create("theirs", {}, "bob");
    expect([strange.status, strange.json["error"].code]).toEqual([403, 2001]);
    const broken = await ask("POST", "algorithms/Ada", "{");
    expect([broken.status, broken.json["error"].code]).toEqual([400, 2013]);
    expect(broken.json["error"].id).toMatch(/^[0-9a-f-]{36}$/);
    const form = await ask("POST", "algorithms/Ada", "name=x", ada.key, {
      "Content-Type": "application/x-www-form-urlencoded",
    });
    expect([form.status, form.json["error"].code]).toEqual([400, 2015]);
  });

  test("api §5 get: by name in any case, by UUID; unknown is one exact text", async () => {
    const { id } = (await create("getme")).json;
    for (const path of ["algorithms/ada/GETME", "algorithms/Ada/getme/", `algorithms/${id}`]) {
      const got = await ask("GET", path);
      expect([got.status, got.json["id"], got.json["name"]]).toEqual([200, id, "getme"]);
      expect(got.json).not.toHaveProperty("error");
    }
    const missing = ["algorithms/Ada/nothing", `algorithms/${crypto.randomUUID()}`, "algorithms/nobody/errors"];
    for (const path of missing)
      expect(await ask("GET", path)).toMatchObject({ status: 404, text: '{"error":"No such algorithm"}' });
    expect(await ask("GET", "algorithms/Ada/getme", undefined, bob.key)).toMatchObject({
      status: 404,
      text: '{"error":"No such algorithm"}',
    });
    const native = await ask("GET", "algorithms/Ada/nothing", undefined, ada.key, {
      Accept: "application/problem+json",
    });
    expect(native.json).toMatchObject({ code: "unknown-algorithm", status: 404 });
  });

  test("api §5 update: JSON changes what it says; Python's form changes nothing", async () => {
    await create("changing");
    const put = await ask("PUT", "algorithms/Ada/changing", {
      details: { label: "New" },
      settings: { license: "mit" },
    });
    expect([put.status, put.json["details"], put.json["settings"].license]).toMatchObject([
      200,
      { label: "New", summary: "A summary." },
      "mit",
    ]);
    const form = await ask("PUT", "algorithms/Ada/changing", "details=label&settings=license", ada.key, {
      "Content-Type": "application/x-www-form-urlencoded",
    });
    expect([form.status, form.json["details"].label]).toEqual([200, "New"]);
    expect((await ask("PUT", "algorithms/Ada/changing", { settings: { license: "wtf" } })).status).toBe(400);
    expect((await ask("PUT", "algorithms/Ada/changing", {}, bob.key)).status).toBe(404);
  });

  test("api §5 delete: 204; what was published for everybody stays; a name with versions stays taken", async () => {
    await create("drafted");
    const gone = await ask("DELETE", "algorithms/Ada/drafted");
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await ask("GET", "algorithms/Ada/drafted")).text).toBe('{"error":"No such algorithm"}');
    expect((await ask("DELETE", "algorithms/Ada/drafted")).status).toBe(404);
    expect((await create("drafted")).status).toBe(201);
    await create("versioned");
    await publish("versioned");
    expect((await ask("DELETE", "algorithms/Ada/versioned")).status).toBe(204);
    expect((await ask("GET", "algorithms/Ada/versioned")).status).toBe(404);
    expect((await call("algo/Ada/versioned/0.1.0", "x")).status).toBe(404);
    expect((await create("versioned")).json["error"].code).toBe(1002);
    expect((await ada.publish("Ada", { name: "versioned", version: "2.0.0" }, testModule("echo"))).status).toBe(409);
    await create("open");
    await publish("open", {}, { algorithm_callability: "public" });
    expect(await ask("DELETE", "algorithms/Ada/open")).toMatchObject({ status: 403 });
    expect((await ask("DELETE", "algorithms/Ada/open", undefined, bob.key)).json["error"].code).toBe(2001);
  });

  test("api §5 compile: validates the newest upload again, to the same build, whatever the body", async () => {
    await create("compiled");
    const bodies = [{}, undefined, "null", { commitSha: "HEAD" }];
    const answers = [];
    for (const body of bodies) answers.push(await ask("POST", "algorithms/Ada/compiled/compile", body));
    const seen = answers.map(({ status, json }) => [status, json["version_info"].git_hash, json["build"].build_id]);
    expect(new Set(seen.map(String)).size).toBe(1);
    expect(answers[0]?.json).toMatchObject({
      compilation: { successful: true, output: expect.stringContaining("Beginning container customization") },
      build: { status: "succeeded", resource_type: "algorithm_build" },
    });
    expect(answers[0]?.json["version_info"]).not.toHaveProperty("semantic_version");
    const builds = await ask("GET", "algorithms/Ada/compiled/builds");
    expect(builds.json["results"]).toHaveLength(1);
    await ada.publish("Ada", { name: "native" }, testModule("echo"));
    const native = await ask("POST", "algorithms/Ada/native/compile", {});
    expect(native.json["version_info"]).toMatchObject({ semantic_version: "1.0.0" });
  });

  test("api §5 publish: the number follows from version_type, on both paths; published already is 1007", async () => {
    await create("numbered");
    const first = await publish("numbered", { version_type: "minor", sample_input: "you", release_notes: "First." });
    expect([first.status, first.json["version_info"]]).toMatchObject([
      200,
      { semantic_version: "0.1.0", release_notes: "First.", sample_input: '"you"', sample_output: "hello you" },
    ]);
    const again = await publish("numbered", {}, {}, "version");
    expect([again.status, again.json["error"].code]).toEqual([409, 1007]);
    expect((await call("algo/Ada/numbered/0.1.0", "x")).json["result"]).toBe("hello x");
    expect((await call("algo/Ada/numbered", "x", bob.key)).status).toBe(404);
    await create("public_one");
    const open = await publish("public_one", { version_type: "major" }, { algorithm_callability: "public" }, "version");
    expect(open.json["version_info"].semantic_version).toBe("1.0.0");
    expect((await call("algo/ada/public_one/1.*", "x", bob.key)).json["result"]).toBe("hello x");
    expect((await publish("numbered", { version_type: "patch" })).json["error"].code).toBe(1007);
    expect((await publish("numbered", { version_type: "huge" })).json["error"].code).toBe(2015);
  });

  test("api §5 versions: unpublished builds for members, published and callable, pages, one by hash", async () => {
    await create("listed");
    const all = await ask("GET", "algorithms/Ada/listed/versions?limit=56");
    expect(all.json).toMatchObject({ marker: null, next_link: null });
    const built = all.json["results"][0];
    expect(built.version_info).not.toHaveProperty("semantic_version");
    const hash = built.version_info.git_hash;
    const one = await ask("GET", `algorithms/Ada/listed/versions/${hash}`);
    expect(one.json["compilation"].output).toContain("Beginning container customization");
    expect((await ask("GET", "algorithms/Ada/listed/versions?published=True")).json["results"]).toEqual([]);
    for (const version of ["1.0.0", "1.1.0"])
      await ada.publish("Ada", { name: "listed", version, visibility: "public" }, testModule("echo"));
    await ada.publish("Ada", { name: "listed", version: "1.2.0", visibility: "private" }, testModule("echo"));
    const names = async (query: string, key = ada.key): Promise<unknown[]> =>
      (await ask("GET", `algorithms/Ada/listed/versions${query}`, undefined, key)).json["results"].map(
        (each: Answer["json"]) => each["version_info"].semantic_version ?? "build",
      );
    expect(await names("")).toEqual(["build", "1.2.0", "1.1.0", "1.0.0"]);
    expect(await names("", bob.key)).toEqual(["1.1.0", "1.0.0"]);
    expect(await names("?callable=TRUE")).toEqual(["1.1.0", "1.0.0"]);
    expect(await names("?callable=false")).toEqual(["1.2.0"]);
    expect(await names("?published=false")).toEqual(["build"]);
    const walked = [];
    for (let query = "?limit=1"; ;) {
      const page = await ask("GET", `algorithms/Ada/listed/versions${query}`);
      walked.push(...page.json["results"]);
      if (page.json["marker"] === null) break;
      query = `?limit=1&marker=${page.json["marker"]}`;
    }
    expect(walked).toHaveLength(4);
    expect((await ask("GET", "algorithms/Ada/listed/versions?limit=0")).json["error"].code).toBe(5003);
    expect((await ask("GET", "algorithms/Ada/listed/versions?marker=x")).json["error"].code).toBe(5002);
    expect((await ask("GET", `algorithms/Ada/listed/versions/${"0".repeat(40)}`)).status).toBe(404);
  });
});

describe("api §5 builds, secrets and the rest", () => {
  test("api §5 builds, one build, its logs, log", async () => {
    await create("built");
    const { results } = (await ask("GET", "algorithms/Ada/built/builds")).json;
    const { build_id: id, commit_sha: sha } = results[0];
    expect((await ask("GET", `algorithms/Ada/built/builds/${id}`)).json).toMatchObject({
      build_id: id,
      status: "succeeded",
    });
    expect((await ask("GET", `algorithms/Ada/built/builds/${id}/logs`)).json["logs"]).toContain(
      "container customization",
    );
    expect((await ask("GET", "algorithms/Ada/built/builds/x")).json["error"].code).toBe(1010);
    expect((await ask("GET", "algorithms/Ada/built/builds/x/logs")).json["error"].code).toBe(1011);
    await publish("built", { release_notes: "Line one.\nLine two." });
    expect((await ask("GET", `algorithms/Ada/built/builds/${id}`)).json["version_info"].semantic_version).toBe("0.1.0");
    expect((await ask("GET", "algorithms/Ada/built/log")).json["commits"]).toEqual([
      { id: sha, short_message: "Line one.", message: "Line one.\nLine two.", author: { name: "Ada" } },
    ]);
    expect((await ask("GET", "algorithms/Ada/built/log?since=abc")).status).toBe(404);
  });

  test("api §5 scm status, scm webhook, registry", async () => {
    await create("scm");
    expect((await ask("GET", "algorithms/Ada/scm/scm/status")).json).toMatchObject({ scm_connection_status: "active" });
    const hook = await ask("POST", "algorithms/Ada/scm/scm/webhook", {});
    expect([hook.status, hook.json["error"].code]).toEqual([404, 4012]);
    expect((await ask("GET", `algorithms/Ada/scm/versions/${"0".repeat(40)}/registry`)).json["error"].code).toBe(5005);
  });

  test("api §5 errors: failed calls of the algorithm, by name and by id", async () => {
    expect((await ask("GET", "algorithms/Ada/first/errors")).json).toEqual([]);
    expect((await ask("GET", "algorithms/Ada/first/errors", undefined, bob.key)).status).toBe(404);
    const failing = await fetchInside("/v1/users/Ada/errors", { headers: { Authorization: ada.key } });
    expect(failing.status).toBe(200);
  });

  test("api §5 secrets: values go in and never come out; sealed with name and algorithm; keys rotate", async () => {
    const { id } = (await create("keeper")).json;
    const base = `algorithms/${id}/secrets`;
    const [provider] = (await ask("GET", "secret-provider")).json as unknown as [{ id: string }];
    const wish = { owner_type: "algorithm", owner_id: id, short_name: "db", provider_id: provider.id, description: "" };
    const made = await ask("POST", base, { ...wish, secret_key: "DB_PASSWORD", secret_value: "s3cr3t-väl" });
    expect([made.status, made.json["secret_key"], made.json["owner_id"]]).toEqual([200, "DB_PASSWORD", id]);
    const listed = await ask("GET", "algorithms/Ada/keeper/secrets");
    expect(listed.json["secrets"]).toEqual(listed.json["results"]);
    expect(listed.text + made.text).not.toContain("s3cr3t");
    expect(listed.json["secrets"]).toMatchObject([{ short_name: "db", provider_id: provider.id }]);
    const withKeys = (text: string) => ({ ...env, ORCADE_SECRET_KEYS: text });
    const read = (text: string, algorithm = "Ada/keeper", name = "DB_PASSWORD"): Promise<string | null> =>
      readSecret(withKeys(text), algorithm, name);
    expect(await read(keyText("k1", 1))).toBe("s3cr3t-väl");
    expect(await read(keyText("k1", 2))).toBeNull();
    expect(await read(keyText("k1", 1), "Ada/first")).toBeNull();
    expect(await read(`${keyText("k2", 2)},${keyText("k1", 1)}`)).toBe("s3cr3t-väl");
    expect(await read(keyText("k2", 2))).toBe("s3cr3t-väl");
    const secret = `${base}/${made.json["id"]}`;
    expect((await ask("PUT", secret, { short_name: "database", secret_value: "other" })).json["short_name"]).toBe(
      "database",
    );
    expect(await read(keyText("k1", 1))).toBe("other");
    expect((await ask("PUT", secret, { secret_key: "X" })).status).toBe(400);
    expect(
      (await ask("POST", base, { ...wish, secret_key: "DB_PASSWORD", secret_value: "x" })).json["error"].code,
    ).toBe(8002);
    expect((await ask("POST", base, { ...wish, secret_key: "a b", secret_value: "x" })).status).toBe(400);
    expect((await ask("GET", base, undefined, bob.key)).status).toBe(404);
    expect((await ask("DELETE", secret)).status).toBe(204);
    expect((await ask("DELETE", secret)).json["error"].code).toBe(8001);
    expect(await read(keyText("k1", 1))).toBeNull();
  });
});

describe("api §3 invocation", () => {
  test("api §3 UUID addressing, with and without a version", async () => {
    const { id } = (await create("by_id")).json;
    await publish("by_id");
    expect((await call(`algo/${id}`, "x")).json["result"]).toBe("hello x");
    expect((await call(`algo/${id}/0.1.0`, "x")).json["result"]).toBe("hello x");
    expect((await call(`algo/${crypto.randomUUID()}/0.1.0`, "x")).status).toBe(404);
  });

  test("api §3 /v1/web/algo: CORS, before and with the call", async () => {
    const before = await fetchInside("/v1/web/algo/Ada/by_id", { method: "OPTIONS" });
    expect([before.status, before.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "*"]);
    expect(before.headers.get("Access-Control-Allow-Headers")).toContain("Authorization");
    const after = await fetchInside("/v1/web/algo/Ada/by_id/0.1.0", {
      method: "POST",
      body: "x",
      headers: { Authorization: `Simple ${ada.key}`, "Content-Type": "text/plain" },
    });
    expect(after.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(await after.json()).toMatchObject({ result: "hello x" });
    const refused = await fetchInside("/v1/web/algo/Ada/by_id", { method: "POST", body: "x" });
    expect([refused.status, refused.headers.get("Access-Control-Allow-Origin")]).toEqual([401, "*"]);
  });

  test("api §3 stdout: only when asked for, and only for members; api §3 timing", async () => {
    const plain = (await call("algo/Ada/public_one", "x")).json["metadata"];
    expect(plain).not.toHaveProperty("stdout");
    expect(plain).not.toHaveProperty("timing");
    expect((await call("algo/Ada/public_one?stdout=True", "x")).json["metadata"].stdout).toBe("");
    expect((await call("algo/Ada/public_one?stdout=true", "x", bob.key)).json["metadata"]).not.toHaveProperty("stdout");
    const { timing } = (await call("algo/Ada/public_one?timing=1", "x")).json["metadata"];
    expect(timing.running).toBeGreaterThan(0);
    expect(timing.total).toBeGreaterThanOrEqual(timing.running);
  });

  test("api §3 version selectors", async () => {
    for (const selector of ["", "/", "/latest", "/1", "/1.0", "/1.0.0", "/1.*", "/1.x", "/1.0.*", "/latestPrivate"])
      expect((await call(`algo/Ada/public_one${selector}`, "x")).json["result"]).toBe("hello x");
    for (const selector of ["/2", "/1.1", "/1.0.1", "/nonsense"])
      expect((await call(`algo/Ada/public_one${selector}`, "x")).status).toBe(404);
    expect((await call("algo/Ada/public_one/latestPrivate", "x", bob.key)).status).toBe(404);
  });

  test("api §2 no key: 401, and 200 for the Python client", async () => {
    const asked = async (headers: Record<string, string>): Promise<[number, unknown]> => {
      const answer = await fetchInside("/v1/algo/Ada/public_one", { method: "POST", body: "x", headers });
      return [answer.status, await answer.json()];
    };
    const error = { error: { message: "authorization required" } };
    expect(await asked({})).toMatchObject([401, error]);
    expect(await asked({ "User-Agent": "python-requests/2.31.0" })).toMatchObject([200, error]);
  });

  test("api §2 unknown algorithm on /v1/algo", async () => {
    expect(await call("algo/Ada/nothing_here", "x")).toMatchObject({
      status: 404,
      json: { error: { message: "algorithm algo://Ada/nothing_here not found" } },
    });
  });

  test("api §2 body too large is 413", async () => {
    const answer = await call("algo/Ada/public_one", "x".repeat(LIMITS.inputBytes + 1));
    expect(answer.status).toBe(413);
  });
});
