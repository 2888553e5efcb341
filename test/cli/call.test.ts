import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KEY, orcade, scriptedServer, temporaryFolder, type Received, type Scripted, type World } from "./harness.ts";

const HEADERS = {
  "x-orcade-call": "req-1",
  "x-orcade-version": "1.2.3",
  "x-orcade-build": "ab".repeat(32),
  "x-orcade-fuel": "1234567",
  "x-orcade-cpu-ms": "1.234",
  "x-orcade-cost": "21235",
};
const answer = (body: unknown, more: Partial<Scripted> = {}): Scripted => ({ headers: HEADERS, body, ...more });
const ECHO = answer('{"result":"hi","metadata":{"content_type":"text","duration":0.0021}}');

/** Calls a/b with these words; gives what came out and what the server was sent. */
async function call(words: readonly string[], world: World = {}, scripted: Scripted = ECHO, kind = "text/plain") {
  const openapi = { body: { paths: { "/v1/algo/a/b/1.0.0": { post: { requestBody: { content: { [kind]: {} } } } } } } };
  const { address, received } = await scriptedServer({
    "POST /v1/algo/a/b": scripted,
    "POST /v1/algo/a/b/1.2": scripted,
    "GET /v1/algorithms/a/b/openapi.json": openapi,
  });
  const env = { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY, ...world.env };
  const ran = await orcade(["call", ...words], { ...world, env });
  return { ...ran, sent: received.find(({ method }) => method === "POST") as Received, received };
}

function files(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "text.txt"), "grüße\n");
  writeFileSync(join(folder, "data.json"), '{ "big": 9007199254740993 }\n');
  writeFileSync(join(folder, "blob"), Uint8Array.of(0, 1, 0xff, 0xfe));
  writeFileSync(join(folder, "broken.json"), "{");
  return folder;
}

describe("input", () => {
  const folder = files;
  test.each([
    { words: ["-d", "héllo"], type: "text/plain; charset=utf-8", body: "héllo" },
    { words: ["-d", "@text.txt"], type: "text/plain; charset=utf-8", body: "@text.txt" },
    { words: ["-d", ""], type: "text/plain; charset=utf-8", body: "" },
    { words: ["-d", "-"], type: "text/plain; charset=utf-8", body: "piped" },
    {
      words: ["-j", '{"a": 1e999, "b": 9007199254740993}'],
      type: "application/json",
      body: '{"a": 1e999, "b": 9007199254740993}',
    },
    { words: ["-j", "@data.json"], type: "application/json", body: '{ "big": 9007199254740993 }\n' },
    { words: ["-b", "@text.txt"], type: "application/octet-stream", body: "grüße\n" },
    { words: ["-b", "-"], type: "application/octet-stream", body: "piped" },
    { words: ["-f", "data.json"], type: "application/json", body: '{ "big": 9007199254740993 }\n' },
    { words: ["-f", "@text.txt"], type: "text/plain; charset=utf-8", body: "grüße\n" },
    { words: ["-f", "-"], type: "text/plain; charset=utf-8", body: "piped" },
    { words: ["-f", "t=@-"], type: "application/json", body: '{"t": "piped"}' },
    { words: ["-f", "t=@text.txt"], type: "application/json", body: '{"t": "grüße\\n"}' },
    {
      words: ["-j", '{"k": 2}', "-f", "t=@text.txt", "-f", "u=@data.json"],
      type: "application/json",
      body: '{"k": 2, "t": "grüße\\n", "u": "{ \\"big\\": 9007199254740993 }\\n"}',
    },
  ])("$words", async ({ words, type, body }) => {
    const { code, sent, stderr } = await call(["a/b", ...words], { cwd: folder(), stdin: "piped" });
    expect({ code, stderr: stderr.includes("error") }).toEqual({ code: 0, stderr: false });
    expect(sent.headers["content-type"]).toBe(type);
    expect(sent.headers.authorization).toBe(`Simple ${KEY}`);
    expect(sent.body.toString("utf8")).toBe(body);
  });

  test("-f takes the kind the algorithm declares, and bytes go as they are", async () => {
    const { sent } = await call(["a/b", "-f", "blob"], { cwd: folder() }, ECHO, "application/octet-stream");
    expect(sent.headers["content-type"]).toBe("application/octet-stream");
    expect([...sent.body]).toEqual([0, 1, 0xff, 0xfe]);
    const json = await call(["a/b", "-f", "broken.json"], { cwd: folder() });
    expect(json).toMatchObject({ code: 2, received: [] });
  });

  test.each([
    { words: [], hint: "-d TEXT" },
    { words: ["-j", "{k: 2}"], hint: "single quotes" },
    { words: ["-b", "text.txt"], hint: "-b @text.txt" },
    { words: ["-f", "nothing.here"], hint: "nothing.here" },
    { words: ["-d", "x", "-j", "1"], hint: "More than one input" },
    { words: ["-f", "data.json", "-f", "text.txt"], hint: "More than one input" },
    { words: ["-j", "[1]", "-f", "t=@text.txt"], hint: "not an object" },
    { words: ["-f", "t=@blob"], hint: "UTF-8" },
    { words: ["-j", '{"t": 1}', "-f", "t=@text.txt"], hint: "given twice" },
    { words: ["-f", "t=@text.txt", "-f", "t=@data.json"], hint: "given twice" },
    { words: ["-d", "x", "--max-cost", "0"], hint: "--max-cost" },
    { words: ["-d", "x", "--max-cost", "1.5"], hint: "--max-cost" },
    { words: ["-d", "x", "--timeout", "soon"], hint: "--timeout" },
    { words: ["-d", "x", "--raw", "--json"], hint: "exclude" },
    { words: ["-d", "x", "--nonsense"], hint: "--nonsense" },
  ])("a wrong command line exits with 2 and sends nothing: $words", async ({ words, hint }) => {
    const { code, stdout, stderr, received } = await call(["a/b", ...words], { cwd: folder() });
    expect({ code, received }).toEqual({ code: 2, received: [] });
    expect(`${stdout}${stderr}`).toContain(hint);
    expect(stderr).not.toContain("    at ");
  });

  test.each(["a/", "a/b/c/d", "a/b/1_0", "a b/c", "../b", "a/b?x"])("%s names no algorithm", async (target) => {
    const { code, received } = await call([target, "-d", "x"]);
    expect({ code, received }).toEqual({ code: 2, received: [] });
  });
});

describe("output", () => {
  test("text is printed as it is, what it took goes to stderr", async () => {
    const { stdout, stderr } = await call(["a/b/1.2", "-d", "x"]);
    expect(stdout).toBe("hi\n");
    expect(stderr).toBe("1,234,567 fuel, 21,235 microcredits, 2.1 ms, version 1.2.3, build abababababab\n");
  });

  test("JSON keeps every digit", async () => {
    const scripted = answer(
      '{"result":{"a":9007199254740993,"b":[1e999,-0.0,1.0]},"metadata":{"content_type":"json","duration":1}}',
    );
    const { stdout } = await call(["a/b", "-d", "x"], {}, scripted);
    expect(stdout.replaceAll(/\s/g, "")).toBe('{"a":9007199254740993,"b":[1e999,-0.0,1.0]}');
    const { stdout: document } = await call(["a/b", "-d", "x", "--json"], {}, scripted);
    expect(document).toContain("9007199254740993");
    expect(JSON.parse(document)).toMatchObject({
      content_type: "json",
      fuel: 1_234_567,
      cost: 21_235,
      version: "1.2.3",
      cpu_ms: 1.234,
      duration: 1,
    });
  });

  test("void prints nothing but the figures", async () => {
    const { stdout, code } = await call(
      ["a/b", "-d", "x"],
      {},
      answer('{"result":null,"metadata":{"content_type":"void","duration":1}}'),
    );
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
  });

  test("--raw asks for the bare result and prints its bytes and nothing else", async () => {
    const body = Uint8Array.of(0, 0xff, 10, 13);
    const { bytes, stderr, sent } = await call(["a/b", "-d", "x", "--raw"], {}, answer(body));
    expect([...bytes]).toEqual([...body]);
    expect({ stderr, url: sent.url }).toEqual({ stderr: "", url: "/v1/algo/a/b?output=raw" });
  });

  test("--max-cost and --timeout reach the server", async () => {
    const { sent } = await call(["a/b", "-d", "x", "--max-cost", "30000", "--timeout", "7"]);
    expect(sent.headers["x-orcade-max-cost"]).toBe("30000");
    expect(sent.url).toBe("/v1/algo/a/b?timeout=7");
  });
});

describe("failure", () => {
  const failed = answer('{"error":{"message":"no such word","error_type":"WordError"},"metadata":{"duration":0.5}}');

  test("the algorithm's own failure exits with 1", async () => {
    const { code, stdout, stderr } = await call(["a/b", "-d", "x"], {}, failed);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("WordError: no such word");
    expect(stderr).toContain("1,234,567 fuel");
    expect(stderr).toMatch(/^orcade calls \S+ tells more of it\.$/m);
  });

  test("--json gives the failure as one document", async () => {
    const { code, stdout, stderr } = await call(["a/b", "-d", "x", "--json"], {}, failed);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ error: { error_type: "WordError" }, fuel: 1_234_567 });
  });

  test("--raw tells the algorithm's failure from the server's", async () => {
    const own = await call(["a/b", "-d", "x", "--raw"], {}, answer("no such word", { status: 400 }));
    expect(own).toMatchObject({ code: 1, stdout: "" });
    expect(own.stderr).toContain("no such word");
    const servers = await call(
      ["a/b", "-d", "x", "--raw"],
      {},
      { status: 404, body: { error: { message: "not found", code: "unknown-algorithm" } } },
    );
    expect(servers).toMatchObject({ code: 1, stdout: "" });
  });

  test.each([
    {
      status: 401,
      body: { error: { message: "authorization required", code: "authorization-required" } },
      code: 3,
      said: "authorization required",
    },
    { status: 403, body: { detail: "may not", code: "forbidden" }, code: 3, said: "may not" },
    {
      status: 400,
      body: { error: { message: "does not fit", code: "invalid-input", path: "$.k" } },
      code: 1,
      said: "at $.k",
    },
    { status: 404, body: '{"error":"No such algorithm"}', code: 1, said: "No such algorithm" },
    {
      status: 422,
      body: { detail: "not valid", errors: [{ path: "$.name", message: "too long" }] },
      code: 1,
      said: "$.name: too long",
    },
    { status: 502, body: "<html>Bad gateway</html>", code: 1, said: "Bad gateway" },
    { status: 500, body: "", code: 1, said: "HTTP 500" },
    { status: 200, body: "not json", code: 1, said: "not that of a call" },
    { status: 200, body: "[1]", code: 1, said: "not that of a call" },
  ])("$status $said", async ({ status, body, code, said }) => {
    const ran = await call(["a/b", "-d", "x"], {}, { status, body });
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).toContain(said);
    expect(ran.stderr).not.toContain("    at ");
  });

  test("control characters of a stranger do not reach the terminal", async () => {
    const { stderr } = await call(
      ["a/b", "-d", "x"],
      {},
      { status: 400, body: { error: { message: "\u001b[2Jgone", code: "x" } } },
    );
    expect(stderr).toContain(String.raw`\x1b[2Jgone`);
  });

  test("a server that is not there exits with 4 and says how to start it", async () => {
    const ran = await orcade(["call", "a/b", "-d", "x", "--address", "http://127.0.0.1:1", "--key", KEY]);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("nothing listens there");
    expect(ran.stderr).toContain("npm start");
  });

  test("without a key it exits with 3 before anything is sent", async () => {
    const { address, received } = await scriptedServer({});
    const ran = await orcade(["call", "a/b", "-d", "x", "--address", address]);
    expect({ code: ran.code, received }).toEqual({ code: 3, received: [] });
    expect(ran.stderr).toContain("ORCADE_API_KEY");
    const document = await orcade(["call", "a/b", "-d", "x", "--address", address, "--json"]);
    expect(JSON.parse(document.stdout)).toMatchObject({ error: { code: "no-key", exit: 3 } });
  });
});
