// Many at once on the same data: what is deleted and made anew while others read and write, and what nobody may take twice.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { shelfOf } from "../../../worker/objects/shelf/object.ts";
import { STRANGER, ada, ask, begin, entries, hex, make, noise, put } from "../../support/data.ts";
import { env, fetchInside } from "../../support/inside.ts";

const MIB = 1024 * 1024;
beforeAll(begin);

const remove = (name: string): Promise<Response> => ask(`data/.my/${name}?force=true`, { method: "DELETE" });
const count = (name: string, sql: string): Promise<number> =>
  runInDurableObject(collectionOf(env, "ada", name), (_, { storage }) =>
    Number(Object.values(storage.sql.exec(sql).one())[0]),
  );
const beginUpload = async (path: string): Promise<string> => {
  const answer = await ask("uploads", { method: "POST", body: JSON.stringify({ path, size: 0 }) });
  const { upload }: { upload: string } = await answer.json();
  return upload;
};
const part = (upload: string, number: number, bytes: BodyInit, headers = {}): Promise<Response> =>
  fetchInside(`${upload}/${number}`, { method: "PUT", body: bytes, headers: { Authorization: ada.key, ...headers } });

describe("the quota", () => {
  test("holds for the parts of an upload, whatever was announced, and for many writers at once", async () => {
    await make("full");
    const shelf = shelfOf(env, "ada");
    await shelf.reserve("filler1", LIMITS.collectionBytes);
    await shelf.reserve("filler2", LIMITS.dataQuotaBytes - LIMITS.collectionBytes - 2 * MIB);
    const upload = await beginUpload("data://.my/full/f");
    expect((await part(upload, 0, noise(3 * MIB))).status).toBe(413);
    expect(await count("full", "SELECT count(*) FROM chunk")).toBe(0);
    expect((await part(upload, 1, noise(MIB))).status).toBe(200);
    const puts = await Promise.all(Array.from({ length: 16 }, (_, n) => put(`.my/full/g${n}`, noise(MIB / 2, n))));
    expect(puts.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(await count("full", "SELECT sum(length(bytes)) FROM chunk")).toBe(2 * MIB);
    for (const name of ["filler1", "filler2"]) await shelf.reserve(name, 0);
    expect((await put(".my/full/h", noise(MIB))).status).toBe(200);
  });

  test("counts what a part left behind that came broken", async () => {
    await make("broken");
    const upload = await beginUpload("data://.my/broken/f");
    const answer = await part(upload, 0, noise(3 * MIB), { "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(answer.status).toBe(400);
    expect(await count("broken", "SELECT count(*) FROM chunk")).toBe(0);
  });

  test("data that algorithms keep counts among the collections, and is in no listing", async () => {
    expect((await put(".algo/some/thing/perm/f", "")).status).toBe(200);
    const row = await runInDurableObject(shelfOf(env, "ada"), (_, { storage }) =>
      storage.sql.exec("SELECT settled FROM shelved WHERE name = '.algo/some/thing/perm'").toArray(),
    );
    expect(row).toEqual([{ settled: 1 }]);
    const { folders } = await entries(await ask("data/.my"));
    expect(folders.filter(({ name }) => name.startsWith("."))).toEqual([]);
  });
});

describe("delete and make anew", () => {
  test("whoever still reads what was deleted never gets what stands there now", async () => {
    const [old, fresh] = [noise(8 * MIB, 1), noise(8 * MIB, 2)];
    await make("turned", ["user://*"]);
    await put(".my/turned/f", old);
    const stub = collectionOf(env, "ada", "turned");
    const read = await stub.read("stranger", "f", [], false);
    if (!read.ok || read.value.kind !== "bytes" || !(read.value.body instanceof ReadableStream))
      throw new Error("read");
    const reader = read.value.body.getReader();
    const first = await reader.read();
    expect(first.done).toBe(false);
    await remove("turned");
    await make("turned", []);
    await put(".my/turned/f", fresh);
    const got: Uint8Array[] = [first.value as Uint8Array];
    const rest = async (): Promise<string> => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) got.push(next.value);
      return "whole";
    };
    expect(await rest().catch(() => "broken off")).toBe("broken off");
    const length = got.reduce((sum, piece) => sum + piece.length, 0);
    const seen = new Uint8Array(await new Blob(got).arrayBuffer());
    expect(hex(await crypto.subtle.digest("SHA-256", seen))).toBe(
      hex(await crypto.subtle.digest("SHA-256", old.slice(0, length))),
    );
  });

  test("the shelf and the collections agree, however often and however many at once", async () => {
    for (let turn = 0; turn < 4; turn++) {
      const statuses = await Promise.all(
        Array.from({ length: 24 }, async (_, n) => {
          const answer = await (n % 2 === 0 ? make("flicker") : remove("flicker"));
          return answer.status;
        }),
      );
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
      const stands = (await ask("data/.my/flicker")).status === 200;
      const { folders } = await entries(await ask("data/.my"));
      expect([turn, folders.some(({ name }) => name === "flicker")]).toEqual([turn, stands]);
    }
  });

  test("a collection that was closed last is in no stranger's listing", async () => {
    await make("door");
    for (let turn = 0; turn < 4; turn++) {
      const acls = Array.from({ length: 16 }, (_, n) => ({ read: n % 2 === 0 ? ["user://*"] : [] }));
      await Promise.all(acls.map((acl) => ask("data/.my/door", { method: "PATCH", body: JSON.stringify({ acl }) })));
      const open = (await ask("data/ada/door", { key: STRANGER })).status === 200;
      const listed = await ask("data/ada", { key: STRANGER });
      const folders = listed.status === 200 ? (await entries(listed)).folders.map(({ name }) => name) : [];
      expect([turn, folders.includes("door")]).toEqual([turn, open]);
    }
  });

  test("writing into what is being deleted is refused or done, never an error of ours", async () => {
    await make("gone");
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        n === 12 ? remove("gone") : put(`.my/gone/f${n}`, n % 2 === 0 ? noise(2 * MIB, n) : "x"),
      ),
    );
    expect(answers.filter(({ status }) => ![200, 404].includes(status))).toEqual([]);
    expect((await ask("data/.my/gone")).status).toBe(404);
  });
});

describe("completing an upload", () => {
  test("once, and of the bytes that are there", async () => {
    await make("once");
    const upload = await beginUpload("data://.my/once/f");
    await part(upload, 0, noise(20 * MIB, 1));
    await part(upload, 1, noise(2 * MIB, 2));
    const complete = (): Promise<Response> =>
      fetchInside(`${upload}/complete`, { method: "POST", body: "{}", headers: { Authorization: ada.key } });
    const [first, second, again] = await Promise.all([complete(), complete(), part(upload, 0, noise(20 * MIB, 3))]);
    expect([first, second, again].filter(({ status }) => status >= 500)).toEqual([]);
    expect([first, second].filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    const done = first.status === 200 || second.status === 200 || (await complete()).status === 200;
    expect(done).toBe(true);
    const got = await ask("data/.my/once/f");
    const bytes = await got.arrayBuffer();
    expect(`"${hex(await crypto.subtle.digest("MD5", bytes))}"`).toBe(got.headers.get("ETag"));
    expect(bytes.byteLength).toBe(22 * MIB);
  });

  test("of a collection that is deleted meanwhile", async () => {
    await make("fleeting");
    const upload = await beginUpload("data://.my/fleeting/f");
    await part(upload, 0, noise(40 * MIB, 1));
    const [done] = await Promise.all([
      fetchInside(`${upload}/complete`, { method: "POST", body: "{}", headers: { Authorization: ada.key } }),
      remove("fleeting"),
    ]);
    expect([200, 404]).toContain(done.status);
  });
});

test("a path of half a character is refused", async () => {
  const body = '{"path":"data://.my/full/\\ud800","size":1}';
  expect((await ask("uploads", { method: "POST", body })).status).toBe(400);
});
