// Algorithms that write data, inside workerd with the real collections: whose they may write, who sees it when, and that it is
// there with the settlement or not at all.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { collectionOf } from "../../worker/objects/collection/object.ts";
import { shelfOf } from "../../worker/objects/shelf/find.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced } from "./relay.ts";
import { SCRIPTED, type Step, script } from "./script.ts";

let ada: Client;
let alice: Client;
let bob: Client;
const MONEY = 1_000_000_000;

const as = (client: Client, path: string, init: RequestInit = {}): Promise<Response> =>
  fetchInside(`/v1/${path}`, { ...init, headers: { Authorization: `Simple ${client.key}` } });
const make = async (client: Client, name: string): Promise<void> => {
  const body = JSON.stringify({ name, acl: { read: [] } });
  expect((await as(client, "data/.my", { method: "POST", body })).status).toBe(200);
};
const fileOf = async (client: Client, path: string): Promise<string | null> => {
  const answer = await as(client, `data/${path}`);
  const text = await answer.text();
  return answer.status === 200 ? text : null;
};
const put = (path: string, body: BodyInit): Promise<Response> => as(bob, `data/${path}`, { method: "PUT", body });
const run = (...steps: readonly Step[]) => priced(bob.call("alice/script", script(...steps)));

/** Uploads of a collection that are not a file's, by state. */
const loose = (owner: string, name: string): Promise<readonly string[]> =>
  runInDurableObject(collectionOf(env, owner, name), (_, { storage }) =>
    storage.sql
      .exec<{ state: string }>("SELECT state FROM upload WHERE state NOT IN ('live', 'dead')")
      .toArray()
      .map(({ state }) => state),
  );

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  alice = await invited(ada, "alice");
  bob = await invited(ada, "bob", MONEY);
  await alice.publish("alice", { name: "script", ...SCRIPTED }, testModule("script"));
  await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
  await ada.publish("ada", { name: "relay", permissions: ["call", "data"] }, testModule("relay"));
  await make(bob, "notes");
  await make(alice, "hers");
});

describe("a call that writes", () => {
  test("sees what it wrote, and so does everybody when it has settled", async () => {
    const ran = await run(
      ["put", "data://.my/notes/a", "one"],
      ["get", "data://bob/notes/a"],
      ["put", "data://.my/notes/a", "two"],
      ["put", "data://.my/notes/b", ""],
      ["get", "data://.my/notes/a"],
    );
    expect(ran.text).toBe("+one++two");
    expect(await fileOf(bob, ".my/notes/a")).toBe("two");
    expect(await fileOf(bob, ".my/notes/b")).toBe("");
    expect(await loose("bob", "notes")).toEqual([]);
  });

  test("lists with its writes laid over what is there", async () => {
    await put(".my/notes/m", "m");
    const ran = await run(
      ["put", "data://.my/notes/k", "k"],
      ["delete", "data://.my/notes/m"],
      ["list", "data://.my/notes", "j"],
    );
    expect(ran.text).toBe("++\u0001\u0000\u0000\u0000k");
    const listed = await (await as(bob, "data/.my/notes")).json<{ files: { filename: string }[] }>();
    expect(listed.files.map(({ filename }) => filename)).toEqual(["a", "b", "k"]);
  });

  test("deletes, once", async () => {
    await put(".my/notes/gone", "x");
    const twice = await run(
      ["delete", "data://.my/notes/gone"],
      ["delete", "data://.my/notes/gone"],
      ["get", "data://.my/notes/gone"],
    );
    expect(twice.text).toBe("+--");
    expect(await fileOf(bob, ".my/notes/gone")).toBeNull();
    expect((await run(["delete", "data://.my/notes/gone"])).text).toBe("-");
  });

  test("that fails leaves nothing, and what it held is buried", async () => {
    const ran = await run(["put", "data://.my/notes/never", "x"], ["increment", "never"], ["trap"]);
    expect(ran.body.error?.error_type).toBe("Trap");
    expect(await fileOf(bob, ".my/notes/never")).toBeNull();
    expect((await run(["get", "data://.my/notes/never"], ["increment", "never"])).text).toBe("-\u0001");
    expect(await loose("bob", "notes")).toEqual([]);
  });

  test("writes long files whole", async () => {
    const long = Uint8Array.from({ length: 2_500_000 }, (_, n) => n * 31 + (n >> 8));
    expect((await run(["put", "data://.my/notes/long", long])).text).toBe("+");
    const stored = new Uint8Array(await (await as(bob, "data/.my/notes/long")).arrayBuffer());
    expect(Buffer.compare(stored, long)).toBe(0);
    const back = await run(["put", "data://.my/notes/long2", long], ["get", "data://.my/notes/long2"]);
    const bytes = Uint8Array.from(atob(back.body.result ?? ""), (character) => character.charCodeAt(0));
    expect(Buffer.compare(bytes.subarray(1), long)).toBe(0);
  });

  test("keeps what belongs to the algorithm and the caller on its own shelf", async () => {
    expect((await run(["put", "data://.algo/alice/script/perm/memo", "mine"])).text).toBe("+");
    expect((await run(["get", "data://.algo/alice/script/perm/memo"])).text).toBe("mine");
    expect((await run(["put", "data://.algo/ada/script/perm/memo", "not mine"])).text).toBe("-");
  });
});

describe("whose data it writes", () => {
  test.for([
    ["the caller's", "data://.my/notes/w", "+"],
    ["its author's", "data://alice/hers/w", "-"],
    ["a stranger's", "data://ada/none/w", "-"],
    ["a collection that is not there", "data://.my/none/w", "-"],
    ["no file", "data://.my/notes", "-"],
    ["no path", "", "-"],
    ["elsewhere", "s3://bob/notes/w", "-"],
  ])("%s: %s", async ([, path = "", told]) => {
    expect((await run(["put", path, "x"])).text).toBe(told);
    expect((await run(["delete", path])).text).toBe(told);
  });

  test("nobody's with a key that may only read", async () => {
    const scopes = { call: ["*"], data: "read", manage: false, admin: false };
    const made = await as(bob, "keys", { method: "POST", body: JSON.stringify({ label: "reads", scopes }) });
    const { key } = await made.json<{ key: string }>();
    const headers = { Authorization: `Simple ${key}`, "Content-Type": "application/octet-stream" };
    const body = script(["put", "data://.my/notes/r", "x"], ["get", "data://.my/notes/a"]);
    const ran = await priced(fetchInside("/v1/algo/alice/script", { method: "POST", body, headers }));
    expect(ran.text).toBe("-two");
  });

  test("the caller's only if every algorithm down to it may", async () => {
    const inner = script(["put", "data://.my/notes/n", "nested"]);
    const name = new TextEncoder().encode("alice/script");
    const relayed = Uint8Array.of(name.length, ...name, ...inner);
    expect((await priced(bob.call("ada/relay", relayed))).text).toBe("-");
    expect((await priced(bob.call("ada/script", script(["call", "alice/script", inner])))).text).toBe("+");
    expect(await fileOf(bob, ".my/notes/n")).toBe("nested");
  });

  test("nobody's without the permission: such a module is not published", async () => {
    const answer = await alice.publish(
      "alice",
      { name: "sly", permissions: ["state", "call", "data"] },
      testModule("script"),
    );
    expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining("data-write")]);
  });
});

describe("in a tree", () => {
  const inner = (...steps: readonly Step[]): Step => ["call", "alice/script", script(...steps)];
  const outer = (...steps: readonly Step[]) => priced(bob.call("ada/script", script(...steps)));

  test("a callee's writes are seen by later calls, and a parent's by itself alone", async () => {
    const ran = await outer(
      ["put", "data://.my/notes/tree", "parent's"],
      inner(["get", "data://.my/notes/tree"], ["put", "data://.my/notes/tree", "callee's"]),
      inner(["get", "data://.my/notes/tree"]),
      ["get", "data://.my/notes/tree"],
    );
    expect(ran.text).toBe("+-+callee'sparent's");
    expect(await fileOf(bob, ".my/notes/tree")).toBe("parent's");
  });

  test("a callee that completed has written, whatever its parent does; one that failed has not", async () => {
    const ran = await outer(
      inner(["put", "data://.my/notes/kept", "kept"]),
      inner(["put", "data://.my/notes/lost", "lost"], ["trap"]),
      ["put", "data://.my/notes/lost2", "lost"],
      ["trap"],
    );
    expect(ran.body.error?.error_type).toBe("Trap");
    expect(await fileOf(bob, ".my/notes/kept")).toBe("kept");
    expect(await fileOf(bob, ".my/notes/lost")).toBeNull();
    expect(await fileOf(bob, ".my/notes/lost2")).toBeNull();
    expect(await loose("bob", "notes")).toEqual([]);
  });
});

describe("races and room", () => {
  test("calls that read and write one file at once lose none of it", async () => {
    await put(".my/notes/log", "");
    const append = (letter: string) => run(["append", "data://.my/notes/log", letter]);
    const answers = await Promise.all(Array.from("abcd", append));
    const done = answers.filter(({ text }) => text === "+").length;
    const conflicts = answers.filter(({ body }) => body.error?.error_type === "StateConflict").length;
    expect([done, conflicts]).toEqual([4, 0]);
    expect(
      Array.from((await fileOf(bob, ".my/notes/log")) ?? "")
        .toSorted()
        .join(""),
    ).toBe("abcd");
  });

  test("a direct write of a file that a call has just written is the later one, and stays", async () => {
    for (let round = 0; round < 5; round++) {
      expect((await run(["put", "data://.my/notes/order", "call's"])).text).toBe("+");
      expect((await put(".my/notes/order", `direct ${round}`)).status).toBe(200);
      expect(await fileOf(bob, ".my/notes/order")).toBe(`direct ${round}`);
    }
  });

  test("without room the call ends with DataFull, and nothing of it is kept", async () => {
    await make(bob, "full");
    const shelf = shelfOf(env, "bob");
    const elsewhere = await runInDurableObject(
      shelf,
      (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT sum(reserved) AS n FROM shelved").one().n,
    );
    await shelf.reserve("filler1", LIMITS.collectionBytes);
    await shelf.reserve("filler2", LIMITS.dataQuotaBytes - LIMITS.collectionBytes - elsewhere - 3);
    const ran = await run(["put", "data://.my/full/three", "abc"], ["put", "data://.my/full/more", "d"]);
    expect(ran.body.error?.error_type).toBe("DataFull");
    expect(await fileOf(bob, ".my/full/three")).toBeNull();
    for (const name of ["filler1", "filler2"]) await shelf.reserve(name, 0);
    expect((await run(["put", "data://.my/full/three", "abc"])).text).toBe("+");
  });

  test("the longest file is written and read again", async () => {
    expect((await run(["put", "data://.my/notes/most", new Uint8Array(LIMITS.dataWriteBytes - 100)])).text).toBe("+");
    expect((await run(["append", "data://.my/notes/most", "x".repeat(100)])).text).toBe("+");
    expect(await fileOf(bob, ".my/notes/most")).toHaveLength(LIMITS.dataWriteBytes);
  });
});
