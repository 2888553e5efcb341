// Files of the data API, row by row (algorithmia-api §4), inside workerd.
import { beforeAll, describe, expect, test } from "vitest";
import { ask, begin, entries, hex, make, message, noise, put, swept } from "../../support/data.ts";

beforeAll(begin);

describe("files", () => {
  beforeAll(async () => {
    await make("files");
  });

  test("api §4 put, get, exists, delete file", async () => {
    const stored = await put(".my/files/a.txt", "hello", { "Content-Type": "text/plain" });
    expect([stored.status, await stored.text()]).toEqual([200, '{"result":"data://Ada/files/a.txt"}']);
    const head = await ask("data/.my/files/a.txt", { method: "HEAD" });
    expect([head.status, head.headers.get("X-Data-Type"), head.headers.get("Content-Length")]).toEqual([
      200,
      "file",
      "5",
    ]);
    const got = await ask("data/.my/files/a.txt");
    expect(got.headers.get("Content-Type")).toBe("application/octet-stream");
    expect(got.headers.get("ETag")).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(await got.text()).toBe("hello");
    const listed = await entries(await ask("data/.my/files"));
    expect(listed.files[0]).toEqual({
      filename: "a.txt",
      size: 5,
      last_modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
    });
    const deleted = await ask("data/.my/files/a.txt", { method: "DELETE" });
    expect([deleted.status, await deleted.text()]).toEqual([200, '{"result":{"deleted":1}}']);
    const again = await ask("data/.my/files/a.txt", { method: "DELETE" });
    expect([again.status, await message(again)]).toEqual([404, "path not found"]);
    expect((await ask("data/.my/files/a.txt", { method: "HEAD" })).headers.get("X-Error-Message")).toBe(
      "path not found",
    );
  });

  test.each([
    ["text/plain", "text/plain; charset=utf-8"],
    ["application/json", "application/json"],
    ["application/octet-stream", "application/octet-stream"],
    ["text/html", "application/octet-stream"],
    ["*/*", "application/octet-stream"],
  ])("api §4 get file: Accept %s is answered as %s, and never run", async (accept, type) => {
    await put(".my/files/page.html", "<script>alert(1)</script>", { "Content-Type": "text/html" });
    const got = await ask("data/.my/files/page.html", { headers: { Accept: accept } });
    expect(got.headers.get("Content-Type")).toBe(type);
    expect(got.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(got.headers.get("Content-Security-Policy")).toContain("sandbox");
  });

  test("api §4 put file: bytes are kept as they came, whatever the type says, and replace", async () => {
    const bytes = noise(70_000);
    await put(".my/files/raw", bytes, { "Content-Type": "application/json" });
    expect(new Uint8Array(await (await ask("data/.my/files/raw")).arrayBuffer())).toEqual(bytes);
    await put(".my/files/raw", "");
    const empty = await ask("data/.my/files/raw");
    expect([empty.status, empty.headers.get("Content-Length"), await empty.text()]).toEqual([200, "0", ""]);
  });

  test("api §4 put file: the collection must exist", async () => {
    const refused = await put(".my/nowhere/f", "x");
    expect([refused.status, await message(refused)]).toEqual([404, "path not found"]);
  });

  test("api §2.3 chunked bodies: a stream without a length, of several chunks", async () => {
    const bytes = noise(2_500_000, 7);
    const body = new Blob([bytes]).stream();
    expect((await put(".my/files/streamed", body)).status).toBe(200);
    const got = await ask("data/.my/files/streamed");
    expect(got.headers.get("Content-Length")).toBe("2500000");
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes);
  });

  test("a stream that breaks off leaves what was there, and no trace", async () => {
    await put(".my/files/whole", "before");
    const pieces = [noise(1_500_000), noise(1_500_000)];
    const body = new ReadableStream<Uint8Array>({
      type: "bytes" as "",
      pull(controller: ReadableStreamDefaultController<Uint8Array>) {
        const piece = pieces.shift();
        if (piece === undefined) controller.error(new Error("the client went away"));
        else controller.enqueue(piece);
      },
    });
    const broken = await put(".my/files/whole", body).catch(() => undefined);
    expect(broken?.status).not.toBe(200);
    expect(await (await ask("data/.my/files/whole")).text()).toBe("before");
    await swept("files");
  });

  test.each([
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=3-5", 206, "345", "bytes 3-5/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=-20", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=9-3", 200, "0123456789", null],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
    ["bytes=10-", 416, null, "bytes */10"],
    ["bytes=-0", 416, null, "bytes */10"],
  ])("a range %s is answered %i", async (range, status, text, contentRange) => {
    await put(".my/files/digits", "0123456789");
    const got = await ask("data/.my/files/digits", { headers: { Range: range } });
    expect([got.status, got.headers.get("Content-Range")]).toEqual([status, contentRange]);
    if (text !== null) expect(await got.text()).toBe(text);
  });

  test("a range across chunks of a long file", async () => {
    const bytes = noise(3_300_000, 3);
    await put(".my/files/long", bytes);
    for (const [from, to] of [
      [1_048_570, 1_048_585],
      [0, 3_299_999],
      [1_000_000, 3_200_000],
      [2_097_152, 3_299_999],
    ] as const) {
      const got = await ask("data/.my/files/long", { headers: { Range: `bytes=${from}-${to}` } });
      expect(got.headers.get("Content-Length")).toBe(String(to - from + 1));
      expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes.slice(from, to + 1));
    }
  });

  test("conditions: 304, 412, and writing only what is not there or unchanged", async () => {
    const first = await put(".my/files/cond", "one");
    const etag = first.headers.get("ETag") ?? "";
    const get = (headers: Record<string, string>): Promise<Response> => ask("data/.my/files/cond", { headers });
    expect((await get({ "If-None-Match": etag })).status).toBe(304);
    expect((await get({ "If-None-Match": '"x", *' })).status).toBe(200);
    expect((await get({ "If-None-Match": "*" })).status).toBe(304);
    expect((await get({ "If-Match": '"other"' })).status).toBe(412);
    const modified = (await get({})).headers.get("Last-Modified") ?? "";
    expect((await get({ "If-Modified-Since": modified })).status).toBe(304);
    expect((await get({ "If-Unmodified-Since": new Date(0).toUTCString() })).status).toBe(412);
    expect((await get({ "If-Range": etag, Range: "bytes=0-0" })).status).toBe(206);
    expect((await get({ "If-Range": '"old"', Range: "bytes=0-0" })).status).toBe(200);
    expect((await put(".my/files/cond", "two", { "If-None-Match": "*" })).status).toBe(412);
    expect((await put(".my/files/cond", "two", { "If-Match": etag })).status).toBe(200);
    expect((await put(".my/files/cond", "three", { "If-Match": etag })).status).toBe(412);
    expect(await (await get({})).text()).toBe("two");
  });

  test("Content-MD5 must hold", async () => {
    const wrong = await put(".my/files/sum", "hello", { "Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA==" });
    expect(wrong.status).toBe(400);
    expect((await ask("data/.my/files/sum", { method: "HEAD" })).status).toBe(404);
    expect((await put(".my/files/sum", "hello", { "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==" })).status).toBe(200);
    expect((await put(".my/files/sum", "hello", { "Content-MD5": "?" })).status).toBe(400);
  });

  test.each([
    ["data/.my/files/..%2F..", 404],
    ["data/.my/files/%2e%2e", 200],
    ["data/.my/files/a%00b", 400],
    ["data/.my/files/%ff", 400],
    ["data/.my/files/a/b", 404],
    ["data/nobody", 404],
    ["data/nobody/files", 404],
    ["data/.session/f", 404],
    ["data/dropbox://x/y", 404],
    ["data/s3+label://b/k", 404],
    ["connector/s3/b/k", 404],
    ["connector/dropbox+x/b/k", 404],
  ])("api §4 odd paths: GET %s is %i", async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  test.each([
    [`${"é".repeat(127)}x`, 200],
    ["é".repeat(128), 400],
  ])("a file's name has at most 255 bytes: %#", async (name, status) => {
    expect((await put(`.my/files/${encodeURIComponent(name)}`, "x")).status).toBe(status);
  });

  test("api §4 java: the whole path percent-encoded; a plus is a plus", async () => {
    expect((await put(".my%2Ffiles%2Fa+b%20c", "x")).status).toBe(200);
    expect((await entries(await ask("data/.my/files"))).files).toContainEqual(
      expect.objectContaining({ filename: "a+b c" }),
    );
    expect((await ask("connector/data/.my/files/a+b c")).status).toBe(200);
  });

  test("methods that a path does not take are told", async () => {
    const put405 = await ask("data/.my/files", { method: "PUT", body: "x" });
    expect([put405.status, put405.headers.get("Allow")]).toEqual([405, "GET, HEAD, PATCH, DELETE"]);
    expect((await ask("data/.my/files/f", { method: "POST", body: "x" })).status).toBe(405);
    expect((await ask("data/", { method: "DELETE" })).status).toBe(405);
  });
});

test("replacing and reading side by side never mixes two versions", async () => {
  await make("mixed");
  const versions = [noise(2_200_000, 11), noise(2_200_000, 12), noise(2_200_000, 13)];
  const digests = await Promise.all(versions.map(async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes))));
  await put(".my/mixed/f", versions[0] ?? noise(1));
  const reads: Promise<string>[] = [];
  for (let turn = 0; turn < 12; turn++) {
    const read = ask("data/.my/mixed/f").then(async (answer) =>
      hex(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer())),
    );
    reads.push(read);
    if (turn % 3 === 0) await put(".my/mixed/f", versions[(turn / 3) % 3] ?? noise(1));
  }
  for (const digest of await Promise.all(reads)) expect(digests).toContain(digest);
  await swept("mixed");
});
