// Collections of the data API, row by row (algorithmia-api §4), inside workerd.
import { beforeAll, describe, expect, test } from "vitest";
import { STRANGER, ask, begin, entries, make, message, put, type Ask } from "../../support/data.ts";
import { env, fetchInside } from "../../support/inside.ts";
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { shelfOf } from "../../../worker/objects/shelf/object.ts";
import { LIMITS } from "../../../worker/limits.ts";

beforeAll(begin);

describe("collections", () => {
  test("api §4 create dir: a name and an acl, or the bare name", async () => {
    const made = await make("plain");
    expect([made.status, await made.json()]).toEqual([200, { result: "data://Ada/plain" }]);
    const bare = await ask("data/.my/", { method: "POST", body: "bare", headers: { "Content-Type": "text/plain" } });
    expect([bare.status, await bare.json()]).toEqual([200, { result: "data://Ada/bare" }]);
    expect((await ask("data/ada/bare")).status).toBe(200);
    const again = await make("plain");
    expect([again.status, await message(again)]).toEqual([409, "data://Ada/plain exists already."]);
  });

  test.each([["a".repeat(31)], ["1st"], [""], [".."], ["a/b"], ["a b"]])(
    "api §4 create dir: refuses the name %j",
    async (name) => {
      expect((await make(name)).status).toBe(400);
    },
  );

  test("api §4 create dir: the last accepted name has 30 characters", async () => {
    expect((await make(`n${"a".repeat(29)}`)).status).toBe(200);
  });

  test("api §4 list root and owner", async () => {
    const root = await ask("data/");
    expect(root.headers.get("X-Data-Type")).toBe("directory");
    expect(await entries(root)).toEqual({ folders: [{ name: "Ada" }], files: [] });
    expect((await ask("data")).status).toBe(200);
    await make("listed");
    for (const path of [
      "data/.my",
      "data/Ada",
      "data/ADA/",
      "connector/data/.my",
      "data/data://.my",
      "data/data%3A%2F%2F.my",
    ]) {
      const listed = await entries(await ask(path));
      expect(listed.files).toEqual([]);
      expect(listed.folders).toContainEqual({ name: "listed" });
    }
  });

  test("api §4 acl: shown when asked for, with its default", async () => {
    await make("acl1");
    await make("acl2", []);
    await make("acl3", ["user://*"]);
    const read = async (name: string): Promise<unknown> => {
      const listed = (await (await ask(`data/.my/${name}?acl=True`)).json()) as { acl: unknown };
      return listed.acl;
    };
    expect(await read("acl1")).toEqual({ read: ["algo://.my/*"] });
    expect(await read("acl2")).toEqual({ read: [] });
    expect(await read("acl3")).toEqual({ read: ["user://*"] });
    expect(await (await ask("data/.my/acl1")).json()).not.toHaveProperty("acl");
    expect((await make("acl4", ["user://bob"])).status).toBe(400);
  });

  test("api §4 set ACL: 200 without a body, and it holds", async () => {
    await make("opened", []);
    await put(".my/opened/f", "x");
    expect((await ask("data/ada/opened/f", { key: STRANGER })).status).toBe(404);
    const set = await ask("data/.my/opened", {
      method: "PATCH",
      body: JSON.stringify({ acl: { read: ["user://*"] } }),
    });
    expect([set.status, await set.text()]).toEqual([200, ""]);
    expect((await ask("data/ada/opened/f", { key: STRANGER })).status).toBe(200);
    const folders = (await entries(await ask("data/ada", { key: STRANGER }))).folders;
    expect(folders).toContainEqual({ name: "opened" });
    expect(folders).not.toContainEqual({ name: "plain" });
    await ask("data/.my/opened", { method: "PATCH", body: JSON.stringify({ acl: { read: [] } }) });
    expect((await ask("data/ada/opened/f", { key: STRANGER })).status).toBe(404);
    const wrong = await ask("data/.my/opened", { method: "PATCH", body: JSON.stringify({ acl: "all" }) });
    expect(wrong.status).toBe(400);
  });

  test("api §4 exists dir: GET and HEAD", async () => {
    await make("there");
    expect((await ask("data/.my/there", { method: "HEAD" })).status).toBe(200);
    const missing = await ask("data/.my/nowhere", { method: "HEAD" });
    expect([missing.status, missing.headers.get("X-Error-Message"), await missing.text()]).toEqual([
      404,
      "path not found",
      "",
    ]);
    expect((await ask("data/.my/nowhere")).status).toBe(404);
  });

  test("api §4 delete dir: empty, full, forced", async () => {
    await make("gone");
    expect(await (await ask("data/.my/gone", { method: "DELETE" })).json()).toEqual({ result: { deleted: 1 } });
    expect((await ask("data/.my/gone", { method: "DELETE" })).status).toBe(404);
    await make("gone");
    await put(".my/gone/a", "1");
    await put(".my/gone/b", "2");
    const refused = await ask("data/.my/gone", { method: "DELETE" });
    expect([refused.status, await message(refused)]).toEqual([409, expect.stringContaining("force=true")]);
    expect(await (await ask("data/.my/gone?force=TRUE", { method: "DELETE" })).json()).toEqual({
      result: { deleted: 2 },
    });
    expect((await entries(await ask("data/.my"))).folders).not.toContainEqual({ name: "gone" });
    await make("gone");
    expect((await entries(await ask("data/.my/gone"))).files).toEqual([]);
  });

  test("api §4 list: pages of 1,000 with markers of their own listing", async () => {
    await make("many");
    await runInDurableObject(collectionOf(env, "ada", "many"), async (object) => {
      const body = new Uint8Array(1);
      for (let index = 0; index < 2_001; index++) {
        const file = `f${String(index).padStart(5, "0")}`;
        await object.put({ reader: "owner", file, length: 1, md5: null, headers: [] }, body);
      }
    });
    const first = await entries(await ask("data/.my/many"));
    expect([first.files.length, first.files[0]?.filename]).toEqual([1_000, "f00000"]);
    const second = await entries(await ask(`data/.my/many?marker=${first.marker}`));
    expect([second.files.length, second.files[0]?.filename]).toEqual([1_000, "f01000"]);
    const third = await entries(await ask(`data/.my/many?marker=${second.marker}`));
    expect([third.files.length, third.marker]).toEqual([1, undefined]);
    for (const marker of [first.marker ?? "", "x", "%00"]) {
      expect((await ask(`data/.my/plain?marker=${marker}`)).status).toBe(400);
    }
  });

  test("an interrupted making or deleting is settled by the collection itself", async () => {
    await make("half");
    await shelfOf(env, "ada").announce("half");
    await shelfOf(env, "ada").announce("never");
    const { folders } = await entries(await ask("data/.my"));
    expect(folders).toContainEqual({ name: "half" });
    expect(folders).not.toContainEqual({ name: "never" });
  });
});

describe("strangers", () => {
  test("a private collection is absent, not forbidden", async () => {
    await make("secret", []);
    await put(".my/secret/f", "x");
    const absent = await ask("data/ada/nothing/f", { key: STRANGER });
    for (const path of ["data/ada/secret/f", "data/ada/secret", "data/ada/secret/g"]) {
      const answer = await ask(path, { key: STRANGER });
      expect([answer.status, await answer.text()]).toEqual([
        absent.status,
        '{"error":{"message":"path not found","code":"path-not-found"}}',
      ]);
    }
    for (const method of ["PUT", "DELETE"]) {
      expect(
        (await ask("data/ada/secret/f", { method, body: method === "PUT" ? "y" : null, key: STRANGER } as Ask)).status,
      ).toBe(404);
    }
  });

  test("what everybody may read only its owner may write", async () => {
    await make("open", ["user://*"]);
    await put(".my/open/f", "x");
    for (const [method, path] of [
      ["PUT", "data/ada/open/f"],
      ["DELETE", "data/ada/open/f"],
      ["DELETE", "data/ada/open"],
      ["PATCH", "data/ada/open"],
      ["POST", "data/ada"],
    ] as const) {
      const body = method === "DELETE" ? {} : { body: "{}" };
      expect([method, path, (await ask(path, { method, key: STRANGER, ...body })).status]).toEqual([method, path, 403]);
    }
  });

  test("no key, no data", async () => {
    const answer = await fetchInside("/v1/data/.my");
    expect([answer.status, await message(answer)]).toEqual([401, "authorization required"]);
  });
});

describe("what algorithms keep", () => {
  test("api §4 .algo/OWNER/NAME/temp|perm needs no making and has no acl", async () => {
    expect((await put(".algo/Text/Tags/perm/f", "x")).status).toBe(200);
    expect(await (await ask("data/.algo/text/tags/perm/f")).text()).toBe("x");
    const listed = await ask("data/.algo/text/tags/perm?acl=true");
    expect(await listed.json()).toEqual({ folders: [], files: [expect.objectContaining({ filename: "f" })] });
    expect((await ask("data/.algo/text/tags/perm/f", { key: STRANGER })).status).toBe(404);
    expect((await ask("data/.algo/text/tags/other/f")).status).toBe(404);
  });

  test("temp is swept after a day", async () => {
    await put(".algo/text/tags/temp/f", "x");
    const stub = collectionOf(env, "ada", ".algo/text/tags/temp");
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE file SET modified = modified - ?", LIMITS.temporaryMs + 1);
      storage.sql.exec("UPDATE agenda SET due = 0");
    });
    await runDurableObjectAlarm(stub);
    expect((await ask("data/.algo/text/tags/temp/f")).status).toBe(404);
  });
});
