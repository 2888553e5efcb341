// What data takes: quotas, sweeping, and resumable uploads.
import { beforeAll, describe, expect, test } from "vitest";
import { STRANGER, ada, ask, begin, make, message, noise, put, swept } from "../../support/data.ts";
import { env, fetchInside } from "../../support/inside.ts";
import { runInDurableObject } from "cloudflare:test";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { shelfOf } from "../../../worker/objects/shelf/object.ts";
import { LIMITS } from "../../../worker/limits.ts";

beforeAll(begin);

describe("space", () => {
  test("what was replaced or deleted is swept, and its share of the quota given back", async () => {
    await make("space");
    for (let turn = 0; turn < 3; turn++) await put(".my/space/big", noise(20 * 1024 * 1024, turn));
    const full = await swept("space");
    expect(full).toEqual({ chunks: 20, reserved: 32 * 1024 * 1024 });
    await ask("data/.my/space/big", { method: "DELETE" });
    expect(await swept("space")).toEqual({ chunks: 0, reserved: 0 });
  });

  test("the quota's last byte is taken and the next refused, with what is free", async () => {
    await make("quota");
    const shelf = shelfOf(env, "ada");
    const others = await runInDurableObject(
      shelf,
      (_, { storage }) =>
        storage.sql.exec<{ n: number }>("SELECT coalesce(sum(reserved), 0) AS n FROM shelved").one().n,
    );
    await shelf.reserve("filler1", LIMITS.collectionBytes);
    await shelf.reserve("filler2", LIMITS.dataQuotaBytes - LIMITS.collectionBytes - others - 10);
    const refused = await put(".my/quota/f", "12345678901");
    expect([refused.status, await message(refused)]).toEqual([413, expect.stringContaining("leaves 10 bytes")]);
    expect((await put(".my/quota/f", "1234567890")).status).toBe(200);
    expect((await put(".my/quota/g", "1")).status).toBe(413);
    const stream = await put(".my/quota/h", new Blob(["1"]).stream());
    expect(stream.status).toBe(413);
    for (const name of ["filler1", "filler2"]) await shelf.reserve(name, 0);
    expect((await put(".my/quota/g", "1")).status).toBe(200);
  });

  test("a collection's limit is below its object's, whatever the quota leaves", async () => {
    const shelf = shelfOf(env, "limits");
    expect((await shelf.reserve("one", LIMITS.collectionBytes)).ok).toBe(true);
    expect(await shelf.reserve("two", LIMITS.collectionBytes + 1)).toMatchObject({ ok: false });
    await make("limited");
    const collection = collectionOf(env, "ada", "limited");
    const wish = { reader: "owner" as const, file: "f", md5: null, headers: [] };
    const empty = (): ReadableStream<Uint8Array> => new Blob([]).stream();
    expect(await collection.put({ ...wish, length: LIMITS.fileBytes + 1 }, empty())).toEqual({
      ok: false,
      error: "too-large",
    });
    expect(await collection.put({ ...wish, length: LIMITS.fileBytes }, empty())).toEqual({
      ok: false,
      error: "length",
    });
  });

  test("files and collections are counted", async () => {
    await make("counted");
    const stub = collectionOf(env, "ada", "counted");
    const setFiles = (files: number): Promise<void> =>
      runInDurableObject(stub, (_, { storage }) => void storage.sql.exec("UPDATE collection SET files = ?", files));
    await setFiles(LIMITS.files - 1);
    expect((await put(".my/counted/last", "x")).status).toBe(200);
    expect((await put(".my/counted/next", "x")).status).toBe(409);
    expect((await put(".my/counted/last", "y")).status).toBe(200);
    const shelf = shelfOf(env, "hoarder");
    await shelf.announce("first");
    await runInDurableObject(shelf, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO shelved SELECT 'c' || i, 1, 0, 0 FROM n`,
        LIMITS.collections - 1,
      );
    });
    expect((await shelf.announce("last")).ok).toBe(true);
    expect((await shelf.announce("next")).ok).toBe(false);
    expect((await shelf.announce("first")).ok).toBe(true);
  });
});

describe("resumable uploads", () => {
  interface Begun {
    readonly upload: string;
    readonly parts: { number: number; bytes: number }[];
  }
  const begin = async (file: string, size: number): Promise<Begun> =>
    (await (
      await ask("uploads", { method: "POST", body: JSON.stringify({ path: `data://.my/parts/${file}`, size }) })
    ).json()) as Begun;
  const part = (begun: Begun, number: number, bytes: Uint8Array<ArrayBuffer>, headers = {}): Promise<Response> =>
    fetchInside(`${begun.upload}/${number}`, {
      method: "PUT",
      body: bytes,
      headers: { Authorization: ada.key, ...headers },
    });
  const complete = (begun: Begun, body: object = {}): Promise<Response> =>
    fetchInside(`${begun.upload}/complete`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { Authorization: ada.key },
    });

  beforeAll(async () => {
    await make("parts");
  });

  test("parts in any order, one sent twice, become one file", async () => {
    const bytes = noise(3_000_000, 5);
    const begun = await begin("f", bytes.length);
    await part(begun, 2, bytes.slice(2_500_000));
    await part(begun, 0, noise(1_500_000, 9));
    await part(begun, 0, bytes.slice(0, 1_200_000));
    const early = await complete(begun);
    expect(early.status).toBe(400);
    await part(begun, 1, bytes.slice(1_200_000, 2_500_000));
    const status = (await (await ask(begun.upload.slice(4))).json()) as Begun;
    expect(status.parts.map(({ number, bytes: length }) => [number, length])).toEqual([
      [0, 1_200_000],
      [1, 1_300_000],
      [2, 500_000],
    ]);
    const done = await complete(begun, { size: bytes.length });
    expect([done.status, await done.json()]).toEqual([
      200,
      expect.objectContaining({ result: "data://Ada/parts/f", size: 3_000_000 }),
    ]);
    const got = await ask("data/.my/parts/f");
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes);
    const middle = await ask("data/.my/parts/f", { headers: { Range: "bytes=1199990-2500010" } });
    expect(new Uint8Array(await middle.arrayBuffer())).toEqual(bytes.slice(1_199_990, 2_500_011));
    expect((await complete(begun)).status).toBe(404);
    await swept("parts");
  });

  test("what does not fit is refused, and an upload can be given up", async () => {
    const begun = await begin("g", 10);
    expect((await part(begun, 0, noise(10), { "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA==" })).status).toBe(400);
    const status = (await (await ask(begun.upload.slice(4))).json()) as Begun;
    expect(status.parts).toEqual([]);
    await part(begun, 0, noise(10));
    expect((await complete(begun, { size: 11 })).status).toBe(400);
    expect((await complete(begun, { md5: "0".repeat(32) })).status).toBe(400);
    expect((await part(begun, 512, noise(1))).status).toBe(404);
    expect((await fetchInside(begun.upload, { headers: { Authorization: STRANGER } })).status).toBe(404);
    expect((await fetchInside(begun.upload, { method: "DELETE", headers: { Authorization: ada.key } })).status).toBe(
      204,
    );
    expect((await part(begun, 0, noise(1))).status).toBe(404);
    const elsewhere = await ask("uploads", {
      method: "POST",
      body: JSON.stringify({ path: "data://bob/x/f", size: 1 }),
    });
    expect(elsewhere.status).toBe(404);
    await swept("parts");
  });

  test("an upload nobody goes on with is swept after a week", async () => {
    const begun = await begin("h", 10);
    await part(begun, 0, noise(10));
    const stub = collectionOf(env, "ada", "parts");
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE upload SET touched = touched - ? WHERE state = 'parts'", LIMITS.uploadMs + 1);
    });
    await swept("parts");
    expect((await ask(begun.upload.slice(4))).status).toBe(404);
  });

  test("a part's limit is the platform's for a body", async () => {
    const begun = await begin("i", 10);
    const answer = await fetchInside(`${begun.upload}/0`, {
      method: "PUT",
      body: "x",
      headers: { Authorization: ada.key, "Content-Length": String(LIMITS.partBytes + 1) },
    });
    expect(answer.status).toBe(413);
  });
});
