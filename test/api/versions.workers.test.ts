// What is asked of published versions: pages of them, one of them, its README; and what a publish costs before it is refused.
import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../worker/api/app.ts";
import type { Env } from "../../worker/env.ts";
import type { Release } from "../../worker/market/release.ts";
import { proveModule } from "../../worker/sandbox/prove.ts";
import { Client, type Fetch, bootstrap, manifestOf } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
});

interface Parts {
  readonly version?: string;
  readonly notes?: string;
  readonly readme?: string;
  readonly sample?: unknown;
}

const headers = (): Record<string, string> => ({ Authorization: ada.key });

/** Publishes an echo with the texts that Client.publish leaves out. */
function upload(name: string, { version = "1.0.0", notes, readme, sample }: Parts, fetch = fetchInside) {
  const form = new FormData();
  form.set("manifest", JSON.stringify({ ...manifestOf({ name, version }), sample }));
  form.set("module", new Blob([testModule("echo")]), "module.wasm");
  if (notes !== undefined) form.set("notes", notes);
  if (readme !== undefined) form.set("readme", readme);
  return fetch(`/v1/algorithms/ada/${name}/versions/${version}`, { method: "PUT", headers: headers(), body: form });
}

interface Page {
  readonly marker: string | null;
  readonly next_link: string | null;
  readonly results: readonly {
    readonly self_link: string;
    readonly version_info: { readonly semantic_version: string; readonly release_notes: string };
  }[];
}

async function pages(name: string, query: string): Promise<string[][]> {
  const found: string[][] = [];
  let link: string | null = `/v1/algorithms/ada/${name}/versions${query}`;
  while (link !== null) {
    const page = (await (await ada.get(link)).json()) as Page;
    found.push(page.results.map(({ version_info }) => version_info.semantic_version));
    link = page.next_link;
  }
  return found;
}

/** Sandboxes that cannot be loaded, for the reason given. */
const loaderThat = (message: string): WorkerLoader =>
  ({ get: () => ({ getEntrypoint: () => ({ prove: () => Promise.reject(new Error(message)) }) }) }) as never;

describe("a list of versions", () => {
  test("is cut into pages by number, each version once, newest first", async () => {
    for (const version of ["1.0.0", "1.0.1", "1.1.0"]) await upload("paged", { version });
    expect(await pages("paged", "?limit=2")).toEqual([["1.1.0", "1.0.1"], ["1.0.0"]]);
    expect(await pages("paged", "?limit=3")).toEqual([["1.1.0", "1.0.1", "1.0.0"]]);
  });

  test("is cut into pages by bytes too, and a README is none of them", async () => {
    await upload("long", { version: "1.0.0", readme: "x".repeat(256 * 1024), notes: "y".repeat(16 * 1024) });
    await runInDurableObject(env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/long")), (_, state) => {
      for (let patch = 1; patch < 100; patch++) {
        const rank = `000001000000${String(patch).padStart(6, "0")}`;
        const release = `json_set(release, '$.version', '1.0.${patch}')`;
        state.storage.sql.exec(
          `INSERT INTO version SELECT ?, ?, build, public, yanked, royalty, published, ${release}, notes, readme
           FROM version WHERE text = '1.0.0'`,
          rank,
          `1.0.${patch}`,
        );
      }
    });
    const found = await pages("long", "?limit=100");
    expect(found).toHaveLength(2);
    // A page ends with the version that reaches 1 MiB; each has 16 KiB of notes and a release of less than 2 KiB.
    const length = found[0]?.length ?? 0;
    expect((length - 1) * 16 * 1024).toBeLessThan(1024 * 1024);
    expect(length * 18 * 1024).toBeGreaterThanOrEqual(1024 * 1024);
    expect(new Set(found.flat()).size).toBe(100);
  });
});

describe("one version", () => {
  test("is found by its self_link, its number and its build, and carries no README", async () => {
    await upload("one", { version: "1.0.0", notes: "First." });
    await upload("one", { version: "1.0.1", notes: "Second." });
    const list = (await (await ada.get("/v1/algorithms/ada/one/versions")).json()) as Page;
    for (const entry of list.results) expect(await (await ada.get(entry.self_link)).json()).toEqual(entry);
    const [newest] = list.results as unknown as [{ version_info: { git_hash: string } }];
    const { git_hash: build } = newest.version_info;
    for (const selector of [build, build.slice(0, 40), "1.0.1"])
      expect(await (await ada.get(`/v1/algorithms/ada/one/versions/${selector}`)).json()).toEqual(newest);
    const absent = await ada.get("/v1/algorithms/ada/one/versions/9.9.9");
    expect([absent.status, await absent.json()]).toMatchObject([404, { code: "unknown-version" }]);
  });

  test("has a README, which no browser takes for a page", async () => {
    await upload("readme", { version: "1.0.0", readme: "# <b>Ünï</b>" });
    await upload("readme", { version: "2.0.0", readme: "# Two" });
    const answer = await ada.get("/v1/algorithms/ada/readme/readme?version=1.0.0");
    expect(answer.headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
    expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await answer.text()).toBe("# <b>Ünï</b>");
    expect(await (await ada.get("/v1/algorithms/ada/readme/readme")).text()).toBe("# Two");
    expect((await ada.get("/v1/algorithms/ada/readme/readme?version=3")).status).toBe(404);
  });

  test("keeps its notes and README, and says so to who sends others", async () => {
    await upload("texts", { notes: "one", readme: "one" });
    expect(await (await upload("texts", { notes: "one", readme: "one" })).json()).not.toHaveProperty("note");
    for (const texts of [
      { notes: "two", readme: "one" },
      { notes: "one", readme: "two" },
    ]) {
      const again = await upload("texts", texts);
      expect([again.status, await again.json()]).toMatchObject([
        200,
        { note: expect.stringContaining("never change") },
      ]);
    }
    expect(await (await ada.get("/v1/algorithms/ada/texts/readme")).text()).toBe("one");
  });
});

describe("a publish", () => {
  test("of what stands, or of what may not be, is answered without trying the module", async () => {
    expect((await upload("tried", {})).status).toBe(201);
    const client = new Client(fetchWith({ LOADER: loaderThat("tried") }), ada.key);
    expect((await upload("tried", {}, client.fetch)).status).toBe(200);
    expect((await client.publish("ada", { name: "tried", royalty: 1 }, testModule("echo"))).status).toBe(409);
    const dear = await client.publish("ada", { name: "tried", version: "1.0.1", royalty: 1 }, testModule("echo"));
    expect(await dear.json()).toMatchObject({ code: "royalty-rule" });
    expect((await upload("tried", { version: "1.0.1" }, client.fetch)).status).toBe(503);
  });

  test("whose blobs are gone puts them again", async () => {
    await upload("repaired", {});
    const algorithm = env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/repaired"));
    const { metered } = JSON.parse((await algorithm.release("1.0.0")) ?? "{}") as { metered: { sha256: string } };
    const blob = env.BLOB.get(env.BLOB.idFromName(metered.sha256));
    await runInDurableObject(blob, (_, state) => {
      for (const table of ["reference", "content", "chunk"]) state.storage.sql.exec(`DELETE FROM ${table}`);
    });
    expect(await blob.get()).toBeNull();
    expect((await upload("repaired", {})).status).toBe(200);
    expect(await blob.get()).not.toBeNull();
    const references = await runInDurableObject(blob, (_, state) =>
      state.storage.sql.exec("SELECT confirmed FROM reference WHERE holder = 'ada/repaired@1.0.0'").toArray(),
    );
    expect(references).toEqual([{ confirmed: 1 }]);
  });

  test("that is refused leaves no table of its algorithm", async () => {
    const zero = await upload("zero", { version: "0.0.0" });
    expect([zero.status, await zero.json()]).toMatchObject([422, { code: "version-zero" }]);
    const object = env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/zero"));
    const release = { version: "0.0.0", module: { sha256: "" }, manifest: { royalty: 0 } };
    const publication = { release: JSON.stringify(release), notes: "", readme: "", sample: '{"status":"none"}' };
    const refused = await object.publish(publication);
    expect(refused).toMatchObject({ ok: false, error: { reason: "version-zero" } });
    const tables = await runInDurableObject(object, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('migration', 'version')").toArray(),
    );
    expect(tables).toEqual([]);
  });

  test("is the author's fault when the engine refuses the module, and ours otherwise", async () => {
    const cases: [string, number, string][] = [
      ["Failed to start Worker: Uncaught CompileError: WebAssembly.Module(): table too large", 422, "invalid-module"],
      ["LinkError: WebAssembly.Instance(): imported function", 422, "invalid-module"],
      ["Too many concurrent dynamic workers", 503, "busy"],
      ["Network connection lost.", 503, "busy"],
    ];
    for (const [index, [message, status, code]] of cases.entries()) {
      const answer = await upload(`fault${index}`, {}, fetchWith({ LOADER: loaderThat(message) }));
      const body = (await answer.json()) as { detail: string };
      expect([answer.status, body]).toMatchObject([status, { code, retry: status === 503 }]);
      expect(body.detail.includes(message)).toBe(status === 422);
    }
  });

  test("that an engine refuses for real is told from our own failures by what the engine says", async () => {
    await upload("real", {});
    const text = await env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/real")).release("1.0.0");
    const release = JSON.parse(text ?? "{}") as Release;
    const broken = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 255);
    const metered = { ...release.metered, sha256: "00".repeat(32) };
    const proof = await proveModule(env, { ...release, metered }, broken, null);
    expect(proof).toMatchObject({ ok: false, error: { reason: "invalid-module" } });
  });

  test("loads the sandbox with the tail that calls name", async () => {
    const tails: number[] = [];
    const LOADER = {
      get: (id: string, load: () => { tails?: unknown[] }) => {
        tails.push(load().tails?.length ?? 0);
        return env.LOADER.get(id, () => ({ ...load(), tails: [] }) as never);
      },
    } as unknown as WorkerLoader;
    const app = createApp();
    const fetch: Fetch = async (path, init) => {
      const ctx = createExecutionContext();
      Object.defineProperty(ctx, "exports", { value: { Tail: () => ({}) } });
      const bindings: Env = { ...env, LOADER, ORCADE_TAIL: "on" };
      const answer = await app.fetch(new Request(`http://orcade.test${path}`, init), bindings, ctx);
      await waitOnExecutionContext(ctx);
      return answer;
    };
    expect((await upload("tailed", {}, fetch)).status).toBe(201);
    expect((await new Client(fetch, ada.key).call("ada/tailed", new Uint8Array(1))).status).toBe(200);
    expect(tails).toEqual([1, 1]);
  });
});

describe("the limits of an upload", () => {
  test("a sample of the last accepted length, and one byte more", async () => {
    expect((await upload("sample1", { sample: "x".repeat(16 * 1024 - 2) })).status).toBe(201);
    const refused = await upload("sample2", { sample: "x".repeat(16 * 1024 - 1) });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: "invalid-manifest", errors: [{ path: "$.sample" }] },
    ]);
  });

  test("eight parts, and nine", async () => {
    const send = (name: string, more: number): Promise<Response> => {
      const form = new FormData();
      form.set("manifest", JSON.stringify(manifestOf({ name })));
      form.set("module", new Blob([testModule("echo")]), "module.wasm");
      for (let part = 0; part < more; part++) form.append("other", "");
      return fetchInside(`/v1/algorithms/ada/${name}/versions/1.0.0`, {
        method: "PUT",
        headers: headers(),
        body: form,
      });
    };
    expect((await send("parts8", 6)).status).toBe(201);
    const refused = await send("parts9", 7);
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: "invalid-body" }]);
  });

  test("a boundary of 200 characters, and one more", async () => {
    const send = async (boundary: string): Promise<string> => {
      const body = `--${boundary}\r\nContent-Disposition: form-data; name="manifest"\r\n\r\n?\r\n--${boundary}--\r\n`;
      const type = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
      const init = { method: "PUT", headers: { ...headers(), ...type }, body };
      const answer = await fetchInside("/v1/algorithms/ada/far/versions/1.0.0", init);
      const { code } = (await answer.json()) as { code: string };
      return code;
    };
    expect(await send(`${"-".repeat(130)}${"a".repeat(70)}`)).toBe("invalid-manifest");
    expect(await send(`${"-".repeat(131)}${"a".repeat(70)}`)).toBe("invalid-body");
  });

  test("the boundary that is counted is the one that is parsed", async () => {
    const send = async (type: string, boundary: string): Promise<number> => {
      const part = (name: string, value: string): string =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
      const body = `${part("manifest", "{}")}${part("other", "").repeat(20)}--${boundary}--\r\n`;
      const answer = await fetchInside("/v1/algorithms/ada/two/versions/1.0.0", {
        method: "PUT",
        headers: { ...headers(), "Content-Type": type },
        body,
      });
      const { detail } = (await answer.json()) as { detail: string };
      return detail.includes("at most 8 parts") || detail.startsWith("Send multipart") ? answer.status : 0;
    };
    for (const type of [
      "multipart/form-data; boundary=b1",
      'multipart/form-data; charset=utf-8; boundary="b1"',
      "Multipart/Form-Data; Boundary=b1",
      "multipart/form-data; boundary=b2; boundary=b1",
      "multipart/form-data; boundary=b1; boundary=b2",
      "multipart/form-data",
      "multipart/form-data; boundary=",
    ])
      expect([type, await send(type, "b1")]).toEqual([type, 400]);
  });
});
