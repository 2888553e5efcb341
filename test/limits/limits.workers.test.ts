// The last accepted and the first refused value of the limits that no other test shows: those of uploads and bodies, of
// what is stored, of time and fuel. (Modules, memory, answers and state operations: test/hostile; input and depth:
// test/api/refusals; rows and parameters: test/kv-schema; waiting calls: waiting.test.ts. That none is forgotten: every.test.ts.)
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { versionRank } from "../../kv-schema/tables/algorithm.ts";
import { LIMITS } from "../../worker/limits.ts";
import { fuelUnder, priceOf } from "../../worker/market/money/price.ts";
import { Client, bootstrap, manifestOf } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
});

/** A multipart upload with parts of chosen sizes. */
async function upload(name: string, parts: { notes?: number; manifest?: number }): Promise<number> {
  const manifest = JSON.stringify(manifestOf({ name }));
  const form = new FormData();
  form.set("manifest", manifest.padEnd(parts.manifest ?? 0, " "));
  form.set("module", new Blob([testModule("echo")]), "module.wasm");
  form.set("notes", "n".repeat(parts.notes ?? 0));
  const init = { method: "PUT", headers: { Authorization: ada.key }, body: form };
  const answer = await fetchInside(`/v1/algorithms/ada/${name}/versions/1.0.0`, init);
  await answer.text();
  return answer.status;
}

describe("uploads and bodies", () => {
  test("release notes", async () => {
    expect(await upload("notes1", { notes: LIMITS.notesBytes })).toBe(201);
    expect(await upload("notes2", { notes: LIMITS.notesBytes + 1 })).toBe(413);
  });

  test("a manifest", async () => {
    expect(await upload("manifest1", { manifest: LIMITS.manifestBytes })).toBe(201);
    expect(await upload("manifest2", { manifest: LIMITS.manifestBytes + 1 })).toBe(413);
  });

  test("a native route's body", async () => {
    const body = JSON.stringify({ org_name: "lab1" });
    const post = async (length: number): Promise<number> => {
      const init = { method: "POST", headers: { Authorization: ada.key }, body: body.padEnd(length, " ") };
      return (await fetchInside("/v1/organizations", init)).status;
    };
    expect(await post(LIMITS.bodyBytes)).toBe(200);
    expect(await post(LIMITS.bodyBytes + 1)).toBe(413);
  });
});

describe("what is stored", () => {
  test("organisations of one account: the name that is refused stays free", async () => {
    const claim = async (name: string): Promise<number> =>
      (await ada.post("/v1/organizations", { org_name: name })).status;
    const { organizations } = await (await ada.get("/v1/account")).json<{ organizations: readonly string[] }>();
    for (let n = organizations.length; n < LIMITS.organizations; n++) expect(await claim(`org${n}`)).toBe(200);
    const refused = await ada.post("/v1/organizations", { org_name: "one_more" });
    expect(await refused.json()).toMatchObject({ status: 409, code: "too-many-organizations" });
    const last = `ORG${LIMITS.organizations - 1}`;
    expect([await claim(last), await claim("ada")]).toEqual([200, 409]);
    const directory = env.DIRECTORY.get(env.DIRECTORY.idFromName("directory"));
    expect(await directory.claim("one_more", "organisation", "somebody")).toMatchObject({ ok: true });
  });

  test("bytes of one state store", async () => {
    const store = env.STATE.get(env.STATE.idFromName("full"));
    const keys = Array.from({ length: LIMITS.stateStoreBytes / LIMITS.stateValueBytes }, (_, i) => Uint8Array.of(i));
    const put = async (call: string, from: number, to: number, bytes: number) => {
      const writes = keys.slice(from, to).map((key) => [key, new Uint8Array(bytes)] as const);
      const prepared = await store.prepare({ call, account: "ada", reads: [], lists: [], writes });
      await store.confirm(call);
      return prepared;
    };
    const fits = LIMITS.stateValueBytes - 1;
    for (let i = 0; i < keys.length; i += 16)
      expect(await put(`c${i}`, i, i + 16, fits)).toEqual({ ok: true, value: null });
    expect(await put("one more byte", 0, 1, fits + 1)).toEqual({ ok: false, error: "full" });
    expect((await store.get(Uint8Array.of(0))).value?.length).toBe(fits);
    expect(await put("the same size", 0, 1, fits)).toEqual({ ok: true, value: null });
  });

  test("versions of one algorithm", async () => {
    await ada.publish("ada", { name: "many" }, testModule("echo"));
    const object = env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/many"));
    await runInDurableObject(object, (_, state) => {
      const row = state.storage.sql
        .exec<{ build: string; release: string }>("SELECT build, release FROM version")
        .one();
      for (let n = 1; n < LIMITS.versions - 1; n++) {
        const version = `1.1.${n}`;
        state.storage.sql.exec(
          `INSERT INTO version (rank, text, build, public, royalty, published, release, notes, readme)
           VALUES (?, ?, ?, 1, 0, 0, ?, '', '')`,
          versionRank(version),
          version,
          row.build,
          row.release.replace('"version":"1.0.0"', `"version":"${version}"`),
        );
      }
    });
    expect((await ada.publish("ada", { name: "many", version: "2.0.0" }, testModule("echo"))).status).toBe(201);
    const refused = await ada.publish("ada", { name: "many", version: "2.0.1" }, testModule("echo"));
    expect(await refused.json()).toMatchObject({ status: 409, code: "too-many-versions" });
  });
});

/** The module test/modules/starts.wat with another number of turns, in the five bytes that its constant takes. */
function startsFor(turns: number): Uint8Array<ArrayBuffer> {
  const leb = (value: number): number[] =>
    [0, 7, 14, 21, 28].map((shift, index) => ((value >> shift) & 0x7f) | (index < 4 ? 0x80 : 0));
  const bytes = testModule("starts");
  const mark = leb(0x7abbccdd);
  const at = bytes.findIndex((_, index) => mark.every((byte, i) => bytes[index + i] === byte));
  bytes.set(leb(turns), at);
  return bytes;
}

describe("time and fuel", () => {
  test("a start function within and beyond its fuel", async () => {
    const publish = async (turns: number): Promise<unknown> => {
      const wanted = { name: `starts${turns}`, output: "void" };
      return (await (await ada.publish("ada", wanted, startsFor(turns))).json<{ code?: string }>()).code;
    };
    const fuelOf = async (turns: number): Promise<number> => {
      expect(await publish(turns)).toBeUndefined();
      return Number((await ada.call(`ada/starts${turns}`, new Uint8Array(0))).headers.get("X-Orcade-Fuel"));
    };
    const few = await fuelOf(1_000);
    const perTurn = ((await fuelOf(2_000)) - few) / 1_000;
    // What the call costs beside its start function, apply itself, is less than a few turns.
    const most = 1_000 + Math.floor((LIMITS.proofFuel - few) / perTurn);
    expect(await publish(most - 1)).toBeUndefined();
    expect(await publish(most + 5)).toBe("start-exhausted");
  });

  test("a call whose state changes under it each time runs so often, and no more", async () => {
    await ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
    let prepares = 0;
    const changed = { ok: false, error: "conflict" } as const;
    const get = (id: DurableObjectId): unknown => {
      const store = env.STATE.get(id) as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
      const prepare = (): Promise<unknown> => Promise.resolve((prepares++, changed));
      return new Proxy(store, {
        get: (_, name) => (name === "prepare" ? prepare : (...values: unknown[]) => store[String(name)]?.(...values)),
      });
    };
    const STATE = { idFromName: (name: string) => env.STATE.idFromName(name), get } as unknown as typeof env.STATE;
    const caller = new Client(fetchWith({ STATE }), ada.key);
    const answer = await caller.call("ada/counter", new Uint8Array(0));
    expect(await answer.json()).toMatchObject({ error: { error_type: "StateConflict" } });
    expect(prepares).toBe(LIMITS.stateRuns);
    expect((await ada.call("ada/counter", new Uint8Array(0))).status).toBe(200);
  });

  test("a call that outlasts its time-out is stopped between two slices", async () => {
    const began = Date.now();
    const answer = await ada.call("ada/work?timeout=0.2", new Uint8Array(Uint32Array.of(2 ** 32 - 1).buffer));
    expect(await answer.json()).toMatchObject({ error: { error_type: "TimeoutError" } });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  test("a ceiling buys exactly the fuel that its price allows", () => {
    expect(fuelUnder(undefined, 0)).toBe(LIMITS.callFuel);
    expect(fuelUnder(Number.MAX_SAFE_INTEGER, 0)).toBe(LIMITS.callFuel);
    for (const ceiling of [20_000, 20_001, 30_000, 1_000_000]) {
      const fuel = fuelUnder(ceiling, 0);
      expect(priceOf(fuel, 0)).toBe(ceiling);
      expect(priceOf(fuel + 1, 0)).toBe(ceiling + 1);
    }
    expect(fuelUnder(19_999, 0)).toBeLessThan(0);
    expect(fuelUnder(25_000, 5_001)).toBeLessThan(0);
  });
});
