// The session of a call tree (algorithmia-api §4, `data://.session`): files that all its calls see at once, nobody else ever
// does, and that are gone when it ends.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { collectionOf } from "../../worker/objects/collection/object.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced, relayMany } from "./relay.ts";
import { SCRIPTED, type Step, script } from "./script.ts";

let ada: Client;
let bob: Client;
const NOTE = "data://.session/note";

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 1_000_000_000);
  await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
  await ada.publish("ada", { name: "reader", permissions: ["data", "call"] }, testModule("data"));
  await ada.publish("ada", { name: "fan", permissions: ["call"] }, testModule("fan"));
});

const run = async (...steps: readonly Step[]): Promise<string> => {
  const { body, text } = await priced(bob.call("ada/script", script(...steps)));
  return body.error?.error_type ?? text;
};
const inner = (...steps: readonly Step[]): Step => ["call", "ada/script", script(...steps)];

/** Bytes that are held for trees, whoever they are of. */
const held = (): Promise<number> =>
  runInDurableObject(
    collectionOf(env, "bob", ".session"),
    (_, { storage }) => storage.sql.exec("SELECT 1 FROM upload WHERE state NOT IN ('live', 'dead')").toArray().length,
  );

describe("a session", () => {
  test("api §4 .session: what a call writes its callees see at once, and it what they write", async () => {
    const callee = inner(["get", NOTE], ["put", ".session/answer", "from below"], ["delete", NOTE]);
    const said = await run(["put", NOTE, "hello "], callee, ["get", "data://.session/answer"], ["get", NOTE]);
    expect(said).toBe("+hello ++from below-");
  });

  test("is gone with its tree, and nothing of it stays", async () => {
    expect(await run(["put", NOTE, "one"], ["get", NOTE])).toBe("+one");
    expect(await run(["get", NOTE], ["list", "data://.session"])).toBe("-");
    expect(await run(["put", NOTE, "two"], ["trap"])).toBe("Trap");
    expect(await run(["get", NOTE])).toBe("-");
    expect(await held()).toBe(0);
  });

  test("lists what is in it, in byte order", async () => {
    const said = await run(["put", ".session/b", "1"], ["put", ".session/a", "2"], ["list", "data://.session"]);
    expect(said).toBe("++\u0001\0\0\0a\u0001\0\0\0b");
  });

  test("is each tree's own, though they run side by side for one account", async () => {
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, n) => run(["put", NOTE, `tree ${n}`], inner(["get", NOTE]))),
    );
    expect(all).toEqual(Array.from({ length: 6 }, (_, n) => `+tree ${n}`));
  });

  test("is shared by calls that were made all at once", async () => {
    const fan = relayMany(3, "ada/script", script(["append", NOTE, "x"], ["get", ".session/none"]));
    expect((await priced(bob.call("ada/fan", fan))).text).toBe("+-+-+-");
  });

  test("needs no key that reads data, nor a path that a client could name", async () => {
    const scopes = { call: ["*"], data: "none", manage: false, admin: false };
    const made = await bob.post("/v1/keys", { label: "blind", scopes });
    const blind = { Authorization: `Simple ${(await made.json<{ key: string }>()).key}` };
    const body = script(["put", NOTE, "seen"], ["get", NOTE], ["put", "data://.my/x/y", "no"]);
    const headers = { ...blind, "Content-Type": "application/octet-stream" };
    const answer = await priced(fetchInside("/v1/algo/ada/script", { method: "POST", body, headers }));
    expect(answer.text).toBe("+seen-");
    for (const path of [".session", ".session/note", "bob/.session", "bob/.session/note"]) {
      expect((await bob.get(`/v1/data/${path}`)).status).toBe(404);
    }
    expect(await (await bob.get("/v1/data/.my")).text()).not.toContain(".session");
    expect(await (await bob.get("/v1/hostedData")).text()).not.toContain(".session");
    expect(await run(["get", "data://bob/.session/note"], ["put", ".session/a/b", "x"], ["get", ".session"])).toBe(
      "---",
    );
  });
});
