// Publishing: what is immutable, what resolves, what a stranger sees.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { Client, type Manifested, bootstrap, manifestOf } from "../support/client.ts";
import { relay } from "../calls/relay.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { stale } from "../support/stale.ts";

let ada: Client;
let bob: Client;

/** A second account, made as the operator's tools will make it. */
async function account(name: string, letter: string): Promise<Client> {
  const key = `sim${letter.repeat(25)}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const object = env.ACCOUNT.get(env.ACCOUNT.idFromName(name));
  await object.create(name, "user", false);
  await object.addKey(hash, "key");
  await object.grantMoney({ id: `start-${name}`, amount: 1_000_000_000, by: "tests", note: "" });
  await env.KEYRING.get(env.KEYRING.idFromName(hash.slice(0, 2))).put(hash, name);
  return new Client(fetchInside, key);
}

/** A problem document without what differs from request to request. */
const problem = (body: unknown): object => ({ ...(body as object), request_id: "" });

const echo = (more: Partial<Manifested> = {}): Manifested => ({ name: "echo", ...more });

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await account("bob", "b");
});

describe("a version", () => {
  test("is created once; the same upload again changes nothing; another is refused", async () => {
    const first = await ada.publish("ada", echo(), testModule("echo"));
    expect(first.status).toBe(201);
    const again = await ada.publish("ada", echo(), testModule("echo"));
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(await first.json());
    const other = await ada.publish("ada", echo(), testModule("work"));
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ code: "version-exists", retry: false });
    const dearer = await ada.publish("ada", echo({ royalty: 5 }), testModule("echo"));
    expect(dearer.status).toBe(409);
  });

  test("resolves by latest, by range, by number and by build", async () => {
    for (const version of ["1.0.0", "1.2.0", "1.2.3", "2.0.0"])
      await ada.publish("ada", { name: "many", version }, testModule("echo"));
    const versionOf = async (selector: string): Promise<string | null> =>
      (await ada.call(`ada/many/${selector}`, new Uint8Array(1))).headers.get("X-Orcade-Version");
    expect(await versionOf("")).toBe("2.0.0");
    expect(await versionOf("latest")).toBe("2.0.0");
    expect(await versionOf("1")).toBe("1.2.3");
    expect(await versionOf("1.2")).toBe("1.2.3");
    expect(await versionOf("1.2.0")).toBe("1.2.0");
    const build = (await ada.call("ada/many/1.0.0", new Uint8Array(1))).headers.get("X-Orcade-Build") ?? "";
    expect(await versionOf(build)).toBe("2.0.0");
    expect(await versionOf(build.slice(0, 40))).toBe("2.0.0");
    expect((await ada.call("ada/many/1.2.4", new Uint8Array(1))).status).toBe(404);
  });

  test("that charges needs a new major after a free one", async () => {
    await ada.publish("ada", { name: "priced" }, testModule("echo"));
    const minor = await ada.publish("ada", { name: "priced", version: "1.1.0", royalty: 7 }, testModule("echo"));
    expect(await minor.json()).toMatchObject({ status: 409, code: "royalty-rule" });
    const major = await ada.publish("ada", { name: "priced", version: "2.0.0", royalty: 7 }, testModule("echo"));
    expect(major.status).toBe(201);
  });

  test("is published by the owner's people only", async () => {
    expect((await bob.publish("ada", echo({ name: "mine" }), testModule("echo"))).status).toBe(403);
    expect((await ada.post("/v1/organizations", { org_name: "Lab" })).status).toBe(200);
    expect((await ada.post("/v1/organizations", { org_name: "lab" })).status).toBe(200);
    expect((await bob.post("/v1/organizations", { org_name: "lab" })).status).toBe(409);
    expect((await bob.post("/v1/organizations", { org_name: "ada" })).status).toBe(409);
    expect((await ada.publish("lab", echo(), testModule("echo"))).status).toBe(201);
    expect((await ada.call("LAB/Echo", new Uint8Array(1))).status).toBe(200);
  });
});

describe("what is private", () => {
  test("answers a stranger as if it did not exist", async () => {
    await ada.publish("ada", { name: "secret", visibility: "private" }, testModule("echo"));
    expect((await ada.call("ada/secret", new Uint8Array(1))).status).toBe(200);
    const [hidden, absent] = await Promise.all([
      bob.call("ada/secret", new Uint8Array(1)),
      bob.call("ada/absent", new Uint8Array(1)),
    ]);
    expect(hidden.status).toBe(404);
    expect(await hidden.text()).toBe((await absent.text()).replace("absent", "secret"));
    expect([...hidden.headers.keys()]).toEqual([...absent.headers.keys()]);
    const paths = ["", "/versions", "/versions?marker=1.0.0", "/versions?marker=0.0.1&limit=2", "/versions/1.0.0"];
    for (const path of [...paths, "/readme", "/readme?version=1.0.0", "/openapi.json"]) {
      const [secret, nothing] = await Promise.all(
        ["secret", "absent"].map((name) => bob.get(`/v1/algorithms/ada/${name}${path}`)),
      );
      expect([path, secret?.status, problem(await secret?.json())]).toEqual([
        path,
        404,
        problem(await nothing?.json()),
      ]);
      expect((await ada.get(`/v1/algorithms/ada/secret${path}`)).status).toBe(200);
    }
  });
});

describe("with a KV that is a minute old", () => {
  test("a key, a version and a module are found the moment they were acknowledged", async () => {
    const old = fetchWith({ KV: stale(env.KV, 60_000) });
    const carol = new Client(old, (await account("carol", "c")).key);
    expect((await carol.publish("carol", echo(), testModule("echo"))).status).toBe(201);
    expect((await carol.call("carol/echo", Uint8Array.of(7))).headers.get("X-Orcade-Version")).toBe("1.0.0");
    expect((await carol.publish("carol", echo({ version: "1.0.1" }), testModule("work"))).status).toBe(201);
    expect((await carol.call("carol/echo", Uint8Array.of(0, 0, 0, 0))).headers.get("X-Orcade-Version")).toBe("1.0.1");
  });

  test("a version that was yanked or suspended is neither called nor called by another one", async () => {
    const old = fetchWith({ KV: stale(env.KV, 60_000) });
    const dora = new Client(old, (await account("dora", "d")).key);
    const relays = { name: "relay", permissions: ["call"] };
    expect((await dora.publish("dora", { name: "echo" }, testModule("echo"))).status).toBe(201);
    expect((await dora.publish("dora", { name: "echo", version: "1.0.1" }, testModule("echo"))).status).toBe(201);
    expect((await dora.publish("dora", relays, testModule("relay"))).status).toBe(201);
    const nested = async (): Promise<string> => {
      const answer = await dora.call("dora/relay", relay("dora/echo", Uint8Array.of(65)));
      return atob((await answer.json<{ result: string }>()).result);
    };
    const version = async (): Promise<string | null> =>
      (await dora.call("dora/echo", Uint8Array.of(7))).headers.get("X-Orcade-Version");
    expect([await version(), await nested()]).toEqual(["1.0.1", "A"]);
    const yank = await dora.fetch("/v1/algorithms/dora/echo/versions/1.0.1", {
      method: "PATCH",
      headers: { Authorization: `Simple ${dora.key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ yanked: true }),
    });
    expect([yank.status, await version(), await nested()]).toEqual([200, "1.0.0", "A"]);
    const suspension = "/v1/admin/algorithms/dora/echo/versions/1.0.0/suspension";
    const operator = new Client(old, ada.key);
    expect((await operator.post(suspension, { reason: "It mines." })).status).toBe(200);
    expect((await dora.call("dora/echo/1.0.0", Uint8Array.of(7))).status).toBe(403);
    expect([await version(), await nested()]).toEqual([null, expect.stringMatching(/UnknownVersion|SuspendedVersion/)]);
    expect((await operator.post(suspension, { reason: null })).status).toBe(200);
    expect([await version(), await nested()]).toEqual(["1.0.0", "A"]);
  });
});

describe("blobs", () => {
  const blob = (sha256: string) => env.BLOB.get(env.BLOB.idFromName(sha256));
  const sha = "ab".repeat(32);

  test("of an abandoned publish are swept; of a published version they stay", async () => {
    await blob(sha).put(sha, new Uint8Array(3_000_000).fill(7), "ada/never@1.0.0");
    expect((await blob(sha).get())?.length).toBe(3_000_000);
    await runInDurableObject(blob(sha), (_, state) => state.storage.sql.exec("UPDATE agenda SET due = 0"));
    expect(await runDurableObjectAlarm(blob(sha))).toBe(true);
    expect(await blob(sha).get()).toBeNull();

    await ada.publish("ada", { name: "kept" }, testModule("echo"));
    const release = await env.ALGORITHM.get(env.ALGORITHM.idFromName("ada/kept")).release("1.0.0");
    const { metered } = JSON.parse(release ?? "{}") as { metered: { sha256: string } };
    const kept = blob(metered.sha256);
    await kept.put(metered.sha256, new Uint8Array(1), "ada/kept@9.9.9");
    await runInDurableObject(kept, (_, state) => state.storage.sql.exec("UPDATE agenda SET due = 0"));
    await runDurableObjectAlarm(kept);
    expect(await kept.get()).not.toBeNull();
  });
});

describe("the limits of an upload", () => {
  test("a README of the last accepted length, and one more", async () => {
    const upload = async (length: number, name: string): Promise<number> => {
      const form = new FormData();
      form.set("manifest", JSON.stringify(manifestOf({ name })));
      form.set("module", new Blob([testModule("echo")]), "module.wasm");
      form.set("readme", "x".repeat(length));
      const headers = { Authorization: ada.key };
      return (await fetchInside(`/v1/algorithms/ada/${name}/versions/1.0.0`, { method: "PUT", headers, body: form }))
        .status;
    };
    expect(await upload(LIMITS.readmeBytes, "readme1")).toBe(201);
    expect(await upload(LIMITS.readmeBytes + 1, "readme2")).toBe(413);
  });
});
