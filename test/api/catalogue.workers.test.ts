// The catalogue and the rules of publishing, over HTTP: what can be found by whom, names that look alike, prices, standing.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { forgetResolutions } from "../../worker/objects/algorithm/store.ts";
import { catalogueOf, publicCatalogue } from "../../worker/objects/catalogue/announce.ts";
import { type Client, type Manifested, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { signUp } from "../support/accounts.ts";

let ada: Client;
let bob: Client;
const echo = testModule("echo");

/** A published version's answer, whatever it is. */
async function publish(client: Client, owner: string, wanted: Manifested): Promise<{ status: number; code?: string }> {
  const answer = await client.publish(owner, wanted, echo);
  return { status: answer.status, ...((await answer.json()) as object) };
}

const more = (fields: object): { more: object } => ({ more: fields });

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await signUp(fetchInside, env, "bob");
  await publish(ada, "ada", {
    name: "word_count",
    royalty: 500,
    ...more({ summary: "Counts words.", tags: ["Text", "count"] }),
  });
  await publish(ada, "ada", {
    name: "gunzip",
    ...more({ summary: "Unpacks gzip.", tags: ["bytes"], language: "rust" }),
  });
  await publish(ada, "ada", {
    name: "diary",
    visibility: "private",
    ...more({ summary: "Secret words.", tags: ["text"] }),
  });
});

type Page = { marker: string | null; next_link: string | null; results: { name: string }[] };

async function names(client: Client, query: string): Promise<string[]> {
  const answer = await client.get(`/v1/algorithms${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json<Page>()).results.map(({ name }) => name);
}

describe("a search", () => {
  test("finds by words of name, summary and tags, by their beginnings too, all of them", async () => {
    expect(await names(bob, "?q=words")).toEqual(["ada/word_count"]);
    expect(await names(bob, "?q=COUNT")).toEqual(["ada/word_count"]);
    expect(await names(bob, "?q=unpa")).toEqual(["ada/gunzip"]);
    expect(await names(bob, "?q=words gzip")).toEqual([]);
  });

  test("takes whatever a person types for words", async () => {
    for (const q of ['"', "a OR b", "name:word", "NEAR(word count)", "word*", "-word", "'; DROP TABLE listing"]) {
      expect((await bob.get(`/v1/algorithms?q=${encodeURIComponent(q)}`)).status, q).toBe(q === '"' ? 400 : 200);
    }
    expect(await names(bob, "?q=name:word")).toEqual([]);
  });

  test("is narrowed by owner, tag, price and language", async () => {
    expect(await names(bob, "?tag=TEXT")).toEqual(["ada/word_count"]);
    expect(await names(bob, "?owner=ADA")).toEqual(["ada/gunzip", "ada/word_count"]);
    expect(await names(bob, "?max_price=20499")).toEqual(["ada/gunzip"]);
    expect(await names(bob, "?max_price=20500")).toEqual(["ada/gunzip", "ada/word_count"]);
    expect(await names(bob, "?language=rust")).toEqual(["ada/gunzip"]);
    expect(await names(bob, "?owner=nobody")).toEqual([]);
    for (const query of ["?max_price=-1", "?max_price=1.5", "?owner=a b", "?limit=0", "?limit=101", "?q=w&marker=x"]) {
      expect((await bob.get(`/v1/algorithms${query}`)).status, query).toBe(400);
    }
  });

  test("shows what is private to its owner alone, who asks for what is theirs", async () => {
    expect(await names(ada, "?owner=ada")).toEqual(["ada/diary", "ada/gunzip", "ada/word_count"]);
    expect(await names(ada, "?owner=ada&q=secret")).toEqual(["ada/diary"]);
    expect(await names(bob, "?owner=ada&q=secret")).toEqual([]);
    expect(await names(ada, "?q=secret")).toEqual([]);
  });

  test("comes in pages, by name and by relevance", async () => {
    const walk = async (query: string): Promise<string[]> => {
      const found: string[] = [];
      for (let path: string | null = `/v1/algorithms?limit=1${query}`; path !== null;) {
        const answer = await bob.get(path);
        const page = (await answer.json()) as Page;
        expect(answer.headers.get("Link")).toBe(page.next_link === null ? null : `<${page.next_link}>; rel="next"`);
        found.push(...page.results.map(({ name }) => name));
        path = page.next_link;
      }
      return found;
    };
    expect(await walk("")).toEqual(["ada/gunzip", "ada/word_count"]);
    expect((await walk("&q=ada")).toSorted()).toEqual(["ada/gunzip", "ada/word_count"]);
  });
});

describe("a private algorithm, for a stranger,", () => {
  /** The bindings, counting what is read through them. */
  function counted(): { fetch: ReturnType<typeof fetchWith>; count: () => number } {
    let reads = 0;
    const stubs = <T extends object>(namespace: DurableObjectNamespace): DurableObjectNamespace =>
      new Proxy(namespace, {
        get: (target, name) =>
          name === "get"
            ? (id: DurableObjectId) =>
                new Proxy(target.get(id) as unknown as T, {
                  get: (stub, method) => {
                    reads++;
                    return (...all: unknown[]): unknown =>
                      (stub as Record<string, (...all: unknown[]) => unknown>)[String(method)]?.(...all);
                  },
                })
            : (Reflect.get(target, name) as () => unknown).bind(target),
      });
    const kv = new Proxy(env.KV, {
      get: (target, name) => {
        reads++;
        return (Reflect.get(target, name) as () => unknown).bind(target);
      },
    });
    // What is looked up by name; keys and accounts are the caller's own.
    const changed = {
      KV: kv,
      ALGORITHM: stubs(env.ALGORITHM),
      CATALOGUE: stubs(env.CATALOGUE),
      PROFILE: stubs(env.PROFILE),
    };
    return { fetch: fetchWith(changed as never), count: () => reads };
  }

  async function seen(
    path: string,
    method: string,
    body?: string,
  ): Promise<{ readonly reads: number; readonly status: number; readonly text: string; readonly headers: object }> {
    const { fetch, count } = counted();
    const headers = { Authorization: `Simple ${bob.key}`, "Content-Type": "application/json" };
    const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = (await answer.text()).replaceAll(/(?:req-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "REQ");
    const known = new Set(["x-orcade-request", "ratelimit-remaining", "ratelimit-reset"]);
    return {
      status: answer.status,
      text,
      headers: [...answer.headers].filter(([name]) => !known.has(name)),
      reads: count(),
    };
  }

  test("is absent by name, version, hash and search: same status, body, headers and number of reads", async () => {
    const build = await ada.get("/v1/algorithms/ada/diary");
    const { version_info: info } = (await build.json()) as { version_info: { git_hash: string } };
    await bob.get("/v1/account");
    const paths: [string, string, string?][] = [
      ["GET", "/v1/algorithms/ada/NAME"],
      ["GET", "/v1/algorithms/ada/NAME/versions"],
      ["GET", "/v1/algorithms/ada/NAME/versions/1.0.0"],
      ["GET", `/v1/algorithms/ada/NAME/versions/${info.git_hash}`],
      ["GET", "/v1/algorithms/ada/NAME/versions/1.0.0/module"],
      ["GET", "/v1/algorithms/ada/NAME/readme"],
      ["GET", "/v1/algorithms/ada/NAME/openapi.json"],
      ["GET", "/v1/algorithms/ada/NAME/similar"],
      ["GET", "/v1/algorithms?q=NAME"],
      ["GET", "/v1/algorithms?owner=ada&q=NAME"],
      ["PATCH", "/v1/algorithms/ada/NAME/versions/1.0.0", "{}"],
      ["PUT", "/v1/algorithms/ada/NAME/versions/1.0.0", ""],
      ["POST", "/v1/quote/ada/NAME?bytes=1", ""],
      ["POST", "/v1/algo/ada/NAME", "1"],
      ["POST", "/v1/algo/ada/NAME/1.0.0", "1"],
      ["POST", `/v1/algo/ada/NAME/${info.git_hash}`, "1"],
    ];
    for (const [method, path, body] of paths) {
      const real = await seen(path.replace("NAME", "diary"), method, body);
      if (method !== "PUT" && method !== "PATCH") expect(real.reads, path).toBeGreaterThan(0);
      const none = await seen(path.replace("NAME", "dairy"), method, body);
      expect(JSON.parse(JSON.stringify(real).replaceAll("diary", "dairy")), `${method} ${path}`).toEqual(none);
    }
  });
});

describe("a name", () => {
  test("that looks like another of its owner's is refused; the other's next version is not", async () => {
    expect(await publish(ada, "ada", { name: "b1oom" })).toMatchObject({ status: 201 });
    for (const name of ["bloom", "bIoom", "Bl0om"]) {
      expect(await publish(ada, "ada", { name }), name).toMatchObject({ status: 409, code: "look-alike" });
    }
    expect(await publish(ada, "ada", { name: "word-count" })).toMatchObject({ status: 409, code: "look-alike" });
    expect(await publish(ada, "ada", { name: "B1OOM", version: "1.0.1" })).toMatchObject({ status: 201 });
    expect(await publish(bob, "bob", { name: "bloom" })).toMatchObject({ status: 201 });
  });

  test("that looks like another owner's is shown as similar", async () => {
    const answer = await ada.get("/v1/algorithms/bob/bloom/similar");
    expect(await answer.json()).toEqual({ results: ["ada/b1oom"] });
  });

  test("under which nothing was published in time is free again", async () => {
    const catalogue = catalogueOf(env, "bob");
    expect(await catalogue.giveName("bob", "quill")).toMatchObject({ ok: true });
    expect(await catalogue.giveName("bob", "quiII")).toEqual({ ok: false, error: "quill" });
    await runInDurableObject(catalogue, (_, state) =>
      state.storage.sql.exec("UPDATE name SET since = ?", Date.now() - LIMITS.orphanMs - 1),
    );
    expect(await catalogue.giveName("bob", "quiII")).toMatchObject({ ok: true });
    expect(await catalogue.giveName("bob", "b10om")).toEqual({ ok: false, error: "bloom" });
  });
});

describe("a price", () => {
  test("does not rise in place: a patch may not cost more, what was free charges from a new major on", async () => {
    const version = (text: string, royalty: number) => publish(ada, "ada", { name: "priced", version: text, royalty });
    expect(await version("1.0.0", 100)).toMatchObject({ status: 201 });
    expect(await version("1.0.0", 200)).toMatchObject({ status: 409, code: "version-exists" });
    expect(await version("1.0.1", 101)).toMatchObject({ status: 409, code: "royalty-rule" });
    expect(await version("1.0.1", 100)).toMatchObject({ status: 201 });
    expect(await version("1.1.0", 200)).toMatchObject({ status: 201 });
    expect(await version("1.0.2", 100)).toMatchObject({ status: 201 });
    expect(await version("2.0.0", 0)).toMatchObject({ status: 201 });
    expect(await version("2.1.0", 1)).toMatchObject({ status: 409, code: "royalty-rule" });
    expect(await version("3.0.0", 1)).toMatchObject({ status: 201 });
  });

  test("is a whole number of microcredits from 0 to a million credits", async () => {
    for (const royalty of [-1, 0.5, 2 ** 53, 1_000_000_000_001, Number.MAX_VALUE]) {
      const answer = await publish(ada, "ada", { name: "costly", royalty });
      expect(answer, String(royalty)).toMatchObject({ status: 422, code: "invalid-manifest" });
    }
    expect(await publish(ada, "ada", { name: "costly", royalty: 1_000_000_000_000 })).toMatchObject({ status: 201 });
  });
});

describe("a sample", () => {
  test("is run at publish, and shown", async () => {
    const wanted = { name: "sampled", input: "text", output: "text", ...more({ sample: "hello" }) };
    const published = await publish(ada, "ada", wanted);
    const run = { status: "completed", kind: "text", output: "hello", bytes: 5 };
    expect(published).toMatchObject({ status: 201, sample: run });
    const shown = (await (await bob.get("/v1/algorithms/ada/sampled")).json()) as { version_info: object };
    expect(shown.version_info).toMatchObject({ sample_input: '"hello"', sample_run: run });
  });

  test("is run without data: what asks for none is shown, what asks for some is not", async () => {
    const run = async (name: string, sample: string): Promise<unknown> => {
      const wanted = { name, permissions: ["data"], ...more({ sample }) };
      const answer = await ada.publish("ada", wanted, testModule("data"));
      const { sample: ran }: { sample: object } = await answer.json();
      return ran;
    };
    expect(await run("reads-not", "\u0004\u0001x")).toMatchObject({ status: "completed", bytes: 0 });
    expect(await run("reads", "\u0002\u0001x")).toEqual({
      status: "skipped",
      reason: "it reads data, of which publishing has none",
    });
  });

  test("that cannot be an input is refused", async () => {
    const schema = {
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
      additionalProperties: false,
    };
    const cases: Manifested[] = [
      { name: "bad", input: "text", ...more({ sample: 5 }) },
      { name: "bad", input: "bytes", ...more({ sample: { base64: "?" } }) },
      { name: "bad", input: "json", inputSchema: schema, ...more({ sample: { n: "1" } }) },
    ];
    for (const wanted of cases)
      expect(await publish(ada, "ada", wanted)).toMatchObject({ status: 422, code: "invalid-manifest" });
  });

  test("that fails is shown as failed; a long answer's beginning is kept", async () => {
    const endless = await ada.publish("ada", { name: "endless", ...more({ sample: "x" }) }, testModule("work"));
    expect(endless.status).toBe(201);
    const { sample } = (await endless.json()) as { sample: { status: string; fuel: number } };
    expect(["completed", "failed"]).toContain(sample.status);
    expect(sample.fuel).toBeLessThanOrEqual(LIMITS.sampleFuel);
    const long = await publish(ada, "ada", {
      name: "long",
      input: "text",
      output: "text",
      ...more({ sample: "y".repeat(5_000) }),
    });
    expect(long).toMatchObject({ sample: { bytes: 5_000, output: "y".repeat(4_096) } });
  });
});

const patch = (client: Client, path: string, body: object): Promise<Response> =>
  client.fetch(path, {
    method: "PATCH",
    headers: { Authorization: `Simple ${client.key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

describe("the standing of a version", () => {
  test("yanked: out of ranges and the catalogue, still there for those who pinned it", async () => {
    for (const version of ["1.0.0", "1.1.0"]) await publish(ada, "ada", { name: "yanked", version });
    expect((await patch(bob, "/v1/algorithms/ada/yanked/versions/1.1.0", { yanked: true })).status).toBe(403);
    expect((await patch(ada, "/v1/algorithms/ada/yanked/versions/1.1.0", { yanked: true })).status).toBe(200);
    const called = async (selector: string): Promise<string | null> =>
      (await bob.call(`ada/yanked${selector}`, new Uint8Array(1))).headers.get("X-Orcade-Version");
    expect([await called(""), await called("/1"), await called("/1.1.0")]).toEqual(["1.0.0", "1.0.0", "1.1.0"]);
    expect((await patch(ada, "/v1/algorithms/ada/yanked/versions/1.0.0", { yanked: true })).status).toBe(200);
    expect(await names(bob, "?q=yanked")).toEqual([]);
    expect((await bob.call("ada/yanked", new Uint8Array(1))).status).toBe(404);
    expect((await patch(ada, "/v1/algorithms/ada/yanked/versions/1.0.0", { yanked: false })).status).toBe(200);
    expect(await names(bob, "?q=yanked")).toEqual(["ada/yanked"]);
  });

  test("deprecated: callable, and everybody is told", async () => {
    await publish(ada, "ada", { name: "old" });
    const path = "/v1/algorithms/ada/old/versions/1.0.0";
    const reason = "x".repeat(LIMITS.reasonCharacters);
    expect((await patch(ada, path, { deprecated: `${reason}x` })).status).toBe(400);
    expect((await patch(ada, path, { deprecated: reason })).status).toBe(200);
    const shown = (await (await bob.get(path)).json()) as { version_info: object };
    expect(shown.version_info).toMatchObject({ deprecated: reason });
    expect((await bob.call("ada/old", new Uint8Array(1))).status).toBe(200);
    expect((await patch(ada, path, { deprecated: null })).status).toBe(200);
  });

  test("suspended by an operator: nobody may call it, not even by a pin", async () => {
    await publish(bob, "bob", { name: "miner" });
    const path = "/v1/admin/algorithms/bob/miner/versions/1.0.0/suspension";
    expect((await bob.post(path, { reason: null })).status).toBe(403);
    expect((await ada.post(path, { reason: "It mines." })).status).toBe(200);
    forgetResolutions("bob/miner");
    for (const client of [bob, ada]) {
      const answer = await client.call("bob/miner/1.0.0", new Uint8Array(1));
      expect(answer.status).toBe(403);
    }
    expect((await bob.call("bob/miner", new Uint8Array(1))).status).toBe(404);
    expect(await names(ada, "?q=miner")).toEqual([]);
    const shown = (await (await bob.get("/v1/algorithms/bob/miner/versions/1.0.0")).json()) as { version_info: object };
    expect(shown.version_info).toMatchObject({ suspended: "It mines." });
    expect((await ada.post(path, { reason: null })).status).toBe(200);
    expect((await bob.call("bob/miner", new Uint8Array(1))).status).toBe(200);
  });
});

test("an open module can be fetched by who may see it, a closed one by its owner alone", async () => {
  await publish(ada, "ada", { name: "open", ...more({ source: "open" }) });
  const open = await bob.get("/v1/algorithms/ada/open/versions/1.0.0/module");
  expect(new Uint8Array(await open.arrayBuffer())).toEqual(echo);
  expect((await bob.get("/v1/algorithms/ada/gunzip/versions/1.0.0/module")).status).toBe(403);
  expect((await ada.get("/v1/algorithms/ada/gunzip/versions/1.0.0/module")).status).toBe(200);
});

test("an older announcement that comes late changes nothing", async () => {
  const before = await names(bob, "?owner=ada");
  await publicCatalogue(env).put({ id: "x", name: "ada/gunzip", revision: 0, listing: null });
  expect(await names(bob, "?owner=ada")).toEqual(before);
});
