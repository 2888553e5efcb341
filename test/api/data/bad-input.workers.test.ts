// What data is sent that should not be, each with what is answered: nothing is half done, and a stranger learns nothing.
// (Uploads that are cut off, and 2 GiB declared with 1 byte sent, need a connection: test/end-to-end/data.test.ts.)
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { STRANGER, ask, begin, entries, make, message, noise, put, swept } from "../../support/data.ts";
import { env } from "../../support/inside.ts";

beforeAll(async () => {
  await begin();
  await make("bad", []);
  await put(".my/bad/there", "as it was");
});

const post = (body: BodyInit, type: string): Promise<Response> =>
  ask("data/.my", { method: "POST", body, headers: { "Content-Type": type } });

describe("names and paths", () => {
  test.each(["%2e%2e%2fada%2fbad", "..%2fbad", ".my/bad/..%2f..%2fx", ".my/bad/%2e%2e%2fthere"])(
    "a path with ..: %s",
    async (path) => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await ask(`data/${path}`, { method, ...(method === "PUT" ? { body: "x" } : {}) });
        expect([method, [400, 404, 405].includes(answer.status)]).toEqual([method, true]);
      }
      expect(await (await ask("data/.my/bad/there")).text()).toBe("as it was");
    },
  );

  test.each([
    '{"name":""}',
    '{"name":null}',
    "{}",
    "",
    '""',
    `{"name":"${"n".repeat(31)}"}`,
    '{"name":".."}',
    '{"name":7}',
  ])("an empty or wrong name of a collection: %s", async (body) => {
    const answer = await post(body, "application/json");
    expect([answer.status, await message(answer)]).toEqual([400, expect.stringContaining("at most 30")]);
  });

  test("unknown owners are absent, for reading and for writing", async () => {
    for (const path of ["data/nobody", "data/nobody/c", "data/nobody/c/f"]) expect((await ask(path)).status).toBe(404);
    expect((await put("nobody/c/f", "x")).status).toBe(404);
    expect((await ask("data/nobody", { method: "POST", body: '{"name":"c"}' })).status).toBe(403);
  });

  test("a file where a directory is meant, and the other way round", async () => {
    expect((await ask("data/.my/bad/there/", { method: "POST", body: '{"name":"c"}' })).status).toBe(405);
    expect((await ask("data/.my/bad/there/inner", { method: "PUT", body: "x" })).status).toBe(404);
    expect((await ask("data/.my/bad/there", { method: "PATCH", body: '{"acl":{"read":[]}}' })).status).toBe(405);
    expect((await ask("data/.my/bad", { method: "PUT", body: "x" })).status).toBe(405);
    expect((await ask("data/.my", { method: "DELETE" })).status).toBe(405);
  });

  test.each(["%ff", "%c3%28", "%e2%82", "a%00b", "%ed%a0%80"])(
    "invalid UTF-8 and controls in a name: %s",
    async (name) => {
      expect((await put(`.my/bad/${name}`, "x")).status).toBe(400);
      expect((await ask(`data/.my/bad/${name}`)).status).toBe(400);
    },
  );
});

describe("bodies", () => {
  test("form-encoded where JSON is meant", async () => {
    const form = "application/x-www-form-urlencoded";
    expect((await post("name=c1&acl=x", form)).status).toBe(400);
    const acl = await ask("data/.my/bad", { method: "PATCH", body: "acl=read", headers: { "Content-Type": form } });
    expect(acl.status).toBe(400);
    expect((await ask("data/.my/c1")).status).toBe(404);
  });

  test("a wrong MD5: nothing is written, nothing stays", async () => {
    for (const body of ["other", noise(2_000_000)]) {
      const answer = await put(".my/bad/there", body, { "Content-MD5": btoa("0123456789abcdef") });
      expect([answer.status, await message(answer)]).toEqual([400, expect.stringContaining("nothing was written")]);
    }
    expect((await put(".my/bad/new", "x", { "Content-MD5": "not base64" })).status).toBe(400);
    expect(await (await ask("data/.my/bad/there")).text()).toBe("as it was");
    expect((await ask("data/.my/bad/new")).status).toBe(404);
    await swept("bad");
  });

  test("an HTML file with a script is bytes to a browser, whatever it asks for", async () => {
    await put(".my/bad/page.html", "<script>alert(1)</script>", { "Content-Type": "text/html" });
    for (const accept of ["text/html", "text/html,*/*", "image/svg+xml", "text/plain"]) {
      const got = await ask("data/.my/bad/page.html", { headers: { Accept: accept } });
      expect(got.headers.get("Content-Type")).toMatch(/^(?:application\/octet-stream|text\/plain; charset=utf-8)$/);
      expect(got.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(got.headers.get("Content-Security-Policy")).toMatch(/^sandbox;/);
    }
  });
});

describe("listings", () => {
  test("a marker from another listing, or of nobody's making", async () => {
    const stub = collectionOf(env, "ada", "many");
    await make("many", []);
    await put(".my/many/seed", "x");
    // 10,000 files, as the object would hold them: what is looked at is how they are listed.
    await runInDurableObject(stub, (_, { storage }) => {
      for (let n = 0; n < 9_999; n++)
        storage.sql.exec(
          "INSERT INTO file SELECT ?, upload, size, md5, modified FROM file WHERE name = 'seed'",
          `f${String(n).padStart(5, "0")}`,
        );
    });
    const seen = new Set<string>();
    let marker: string | undefined;
    let pages = 0;
    do {
      const query = marker === undefined ? "" : `?marker=${encodeURIComponent(marker)}`;
      const page = await entries(await ask(`data/.my/many${query}`));
      expect(page.files.length).toBeLessThanOrEqual(1_000);
      for (const { filename } of page.files) seen.add(filename);
      if (page.marker !== undefined) {
        for (const other of ["data/.my", "data/.my/bad"])
          expect((await ask(`${other}?marker=${encodeURIComponent(page.marker)}`)).status).toBe(400);
      }
      marker = page.marker;
      pages++;
    } while (marker !== undefined);
    expect([seen.size, pages]).toEqual([10_000, 10]);
    for (const wrong of ["x", "%00", "e30", "W10"])
      expect((await ask(`data/.my/many?marker=${wrong}`)).status).toBe(400);
  });
});

describe("who may read", () => {
  test("a private collection answers a stranger as one that is not there does", async () => {
    const bare = async (path: string, method: string): Promise<unknown> => {
      const answer = await ask(path, { method, key: STRANGER, ...(method === "PUT" ? { body: "x" } : {}) });
      const headers = [...answer.headers].filter(([name]) => !/^(?:x-orcade-request|ratelimit-.*)$/.test(name));
      return [answer.status, headers, await answer.text()];
    };
    for (const method of ["GET", "HEAD", "PUT", "DELETE"])
      expect(await bare("data/ada/bad/there", method)).toEqual(await bare("data/ada/none/there", method));
    for (const method of ["GET", "HEAD", "PATCH", "DELETE"])
      expect(await bare("data/ada/bad", method)).toEqual(await bare("data/ada/none", method));
  });

  test("the ACL changes during reads: each read is whole or absent", async () => {
    const bytes = noise(3_000_000, 5);
    await make("shifting", ["user://*"]);
    await put(".my/shifting/f", bytes);
    const turns = Array.from({ length: 12 }, async (_, n) => {
      const acl = { read: n % 2 === 0 ? [] : ["user://*"] };
      expect((await ask("data/.my/shifting", { method: "PATCH", body: JSON.stringify({ acl }) })).status).toBe(200);
    });
    const reads = Array.from({ length: 12 }, async () => {
      const got = await ask("data/ada/shifting/f", { key: STRANGER });
      if (got.status === 404) return got.body?.cancel();
      expect(got.status).toBe(200);
      expect((await got.arrayBuffer()).byteLength).toBe(bytes.length);
    });
    await Promise.all([...turns, ...reads]);
    await ask("data/.my/shifting", { method: "PATCH", body: '{"acl":{"read":[]}}' });
    expect((await ask("data/ada/shifting/f", { key: STRANGER })).status).toBe(404);
  });
});

describe("parts", () => {
  test("of which the process died while they came are swept, and the parts that came whole stay", async () => {
    await make("torn", []);
    const begun = await ask("uploads", {
      method: "POST",
      body: JSON.stringify({ path: "data://.my/torn/f", size: 10 }),
    });
    const { upload } = await begun.json<{ upload: string }>();
    expect((await ask(`${upload.slice(4)}/0`, { method: "PUT", body: "whole" })).status).toBe(200);
    // What a process leaves that dies while part 3 comes: chunks without their part.
    await runInDurableObject(collectionOf(env, "ada", "torn"), (_, { storage }) => {
      const id = Number(upload.split("/").at(-1));
      for (const chunk of [0, 1])
        storage.sql.exec(
          "INSERT INTO chunk (place, bytes) VALUES (?, ?)",
          (id * 512 + 3) * 16_384 + chunk,
          new Uint8Array(9),
        );
    });
    expect((await swept("torn")).chunks).toBe(1);
    const status = await (await ask(upload.slice(4))).json<{ parts: { number: number }[] }>();
    expect(status.parts.map(({ number }) => number)).toEqual([0]);
  });
});
