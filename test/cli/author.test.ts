// The author's commands: init, build, publish, versions, whoami.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHECKOUT } from "../../cli/io.ts";
import { KEY, orcade, scriptedServer, temporaryFolder, type Received } from "./harness.ts";

test("init copies the template with the name in it, all of it, and makes it the current algorithm", async () => {
  const cwd = temporaryFolder();
  const ran = await orcade(["init", "hello-2"], { cwd });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  const names = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  expect(names(join(cwd, "hello-2"))).toEqual(names(join(CHECKOUT, "cli", "template")));
  const text = readFileSync(join(cwd, "hello-2", "algorithm.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ name: "hello-2" });
  expect(readFileSync(join(cwd, ".orcade", "current"), "utf8").trim()).toBe("../hello-2");
  expect(readdirSync(cwd).sort()).toEqual([".orcade", "hello-2"]);
});

test.each(["1st", "a b", "a".repeat(31), "ä", "."])("init refuses the name %s and makes nothing", async (name) => {
  const cwd = temporaryFolder();
  expect((await orcade(["init", name], { cwd })).code).toBe(2);
  expect(readdirSync(cwd)).toEqual([]);
});

test("init takes the longest name", async () => {
  expect((await orcade(["init", "a".repeat(30)])).code).toBe(0);
});

test("init never overwrites, not even an empty folder", async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "hello"));
  const ran = await orcade(["init", "hello"], { cwd });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("exists already");
  expect(readdirSync(join(cwd, "hello"))).toEqual([]);
});

test("build, publish and call without an algorithm say how to make one", async () => {
  for (const command of ["build", "publish", "call", "versions"]) {
    const ran = await orcade([command, "--key", KEY, "--address", "http://127.0.0.1:1"]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("orcade init NAME");
  }
});

test("a folder without algorithm.json, one that is not JSON and one that is not valid are refused with the place", async () => {
  const cwd = temporaryFolder();
  expect(await orcade(["build", "nowhere"], { cwd })).toMatchObject({ code: 2 });
  writeFileSync(join(cwd, "algorithm.json"), "{");
  expect(await orcade(["build"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("not JSON") });
  writeFileSync(join(cwd, "algorithm.json"), '{"name": "x",\n"version": "one", "summary": "X."}');
  expect((await orcade(["build"], { cwd })).stderr).toContain("algorithm.json:2:1");
});

/** The template as an algorithm of ada's, built once: its copies are up to date, so that the compiler is needed no more. */
let built: string;
beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), "orcade-built-"));
  cpSync(join(CHECKOUT, "cli", "template"), built, { recursive: true });
  const path = join(built, "algorithm.json");
  const authored = JSON.parse(readFileSync(path, "utf8").replaceAll("__NAME__", "hello"));
  writeFileSync(path, JSON.stringify({ ...authored, owner: "ada" }));
  expect(await orcade(["build"], { cwd: built })).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

function builtFolder(): string {
  const folder = temporaryFolder();
  cpSync(built, folder, { recursive: true });
  return folder;
}

const BUILD = "cd".repeat(32);
const publication = {
  algorithm: "ada/hello",
  version: "1.0.0",
  build: BUILD,
  url: "/v1/algo/ada/hello/1.0.0",
  module_bytes: 1000,
  metered_bytes: 1500,
};
const ANSWER = {
  headers: { "x-orcade-fuel": "77" },
  body: { result: { lines: ["Hello, Ada!"] }, metadata: { content_type: "json", duration: 0.1 } },
};

/** The parts of a multipart body, by name. */
function partsOf({ body, headers }: Received): Record<string, Buffer> {
  const boundary = /boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1] ?? "";
  const text = body.toString("latin1");
  const parts = text.split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const split = part.indexOf("\r\n\r\n");
      return [/name="(\w+)"/.exec(part)?.[1] ?? "", Buffer.from(part.slice(split + 4, -2), "latin1")];
    }),
  );
}

test("build compiles, says what came of it, and a second time finds it up to date", async () => {
  const folder = builtFolder();
  const again = await orcade(["build", "--json"], { cwd: folder });
  expect(JSON.parse(again.stdout)).toMatchObject({
    name: "hello",
    version: "1.0.0",
    rebuilt: false,
    input: "json",
    output: "json",
  });
  writeFileSync(join(folder, "index.ts"), "export function apply(input: string): string { return inpu; }\n");
  const broken = await orcade(["build"], { cwd: folder });
  expect(broken.code).toBe(1);
  expect(broken.stderr).toMatch(/index\.ts:1:\d+: /);
  expect(broken.stderr).not.toContain("    at ");
});

test("publish uploads manifest, module, README and notes byte for byte, calls the sample and shows it", async () => {
  const folder = builtFolder();
  writeFileSync(join(folder, "README.md"), "# hello\nwith\r\nall\nline ends\n");
  const { address, received } = await scriptedServer({
    "PUT /v1/algorithms/ada/hello/versions/1.0.0": { status: 201, body: publication },
    "POST /v1/algo/ada/hello/1.0.0": ANSWER,
  });
  const env = { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY };
  const ran = await orcade(["publish", "--notes", "First.\nSecond."], { cwd: folder, env });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toBe(
    `Published ada/hello 1.0.0\nbuild   ${BUILD}\nsize    1,000 bytes, 1,500 bytes metered\nsample  {"lines":["Hello, Ada!"]} for 77 fuel\n`,
  );
  const parts = partsOf(received[0] as Received);
  expect(Object.keys(parts)).toEqual(["manifest", "module", "readme", "notes"]);
  expect(parts["module"]).toEqual(readFileSync(join(folder, "build", "module.wasm")));
  expect(parts["manifest"]).toEqual(readFileSync(join(folder, "build", "manifest.json")));
  expect(parts["readme"]?.toString()).toBe("# hello\nwith\r\nall\nline ends\n");
  expect(parts["notes"]?.toString()).toBe("First.\nSecond.");
  expect(JSON.parse(received[1]?.body.toString() ?? "")).toEqual({ names: ["Ada", "Alan"] });
});

test("publish of what is there already says so; of another content under the version says what to do", async () => {
  const folder = builtFolder();
  const path = "PUT /v1/algorithms/ada/hello/versions/1.0.0";
  const there = await scriptedServer({ [path]: { body: publication } });
  const same = await orcade(["publish", folder, "--json"], {
    env: { ORCADE_ADDRESS: there.address, ORCADE_API_KEY: KEY },
  });
  expect(same.code).toBe(0);
  expect(JSON.parse(same.stdout)).toMatchObject({ created: false, algorithm: "ada/hello" });
  expect(there.received).toHaveLength(1);
  const taken = await scriptedServer({
    [path]: { status: 409, body: { code: "version-exists", detail: "The version exists with other content." } },
  });
  const other = await orcade(["publish", folder], { env: { ORCADE_ADDRESS: taken.address, ORCADE_API_KEY: KEY } });
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('raise "version" in algorithm.json');
});

test("call without words calls the current algorithm with its sample", async () => {
  const cwd = temporaryFolder();
  await orcade(["init", "hello"], { cwd });
  const { address, received } = await scriptedServer({
    "GET /v1/account": { body: { account: "ada" } },
    "POST /v1/algo/ada/hello": ANSWER,
  });
  const ran = await orcade(["call"], { cwd, env: { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY } });
  expect(ran).toMatchObject({ code: 0 });
  expect(received[1]?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(received[1]?.body.toString() ?? "")).toEqual({ names: ["Ada", "Alan"] });
});

test("versions follows the pages", async () => {
  const entry = (version: string) => ({
    version_info: { semantic_version: version, git_hash: BUILD, release_notes: `notes of ${version}\nmore` },
  });
  const { address, received } = await scriptedServer({
    "GET /v1/account": { body: { account: "a" } },
    "GET /v1/algorithms/a/b/versions": ({ url }) =>
      url.includes("marker=2.0.0")
        ? { body: { marker: null, next_link: null, results: [entry("1.0.0")] } }
        : { body: { marker: "2.0.0", next_link: "x", results: [entry("2.0.0")] } },
  });
  const env = { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY };
  const ran = await orcade(["versions", "a/b"], { env });
  expect(ran.stdout).toMatchInlineSnapshot(`
    "VERSION  BUILD         NOTES
    2.0.0    cdcdcdcdcdcd  notes of 2.0.0
    1.0.0    cdcdcdcdcdcd  notes of 1.0.0
    "
  `);
  expect(received).toHaveLength(2);
  expect((await orcade(["versions", "b"], { env })).stdout).toBe(ran.stdout);
  expect(received.map(({ url }) => url)).toContain("/v1/account");
  const json = await orcade(["versions", "a/b", "--json"], { env });
  expect(JSON.parse(json.stdout)).toMatchObject({
    algorithm: "a/b",
    versions: [{ version: "2.0.0" }, { version: "1.0.0" }],
  });
});

test("whoami shows the account, never the key", async () => {
  const document = {
    account: "ada",
    organizations: ["genome", "text"],
    balance_microcredits: 1_234_567,
    key: { label: "first key", created: "2026-11-21" },
  };
  const { address } = await scriptedServer({ "GET /v1/account": { body: document } });
  const ran = await orcade(["whoami"], { env: { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY } });
  expect(ran.stdout.replace(address, "ADDRESS")).toMatchInlineSnapshot(`
    "account        ada
    organizations  genome, text
    balance        1,234,567 microcredits
    key            first key, from ORCADE_API_KEY
    address        ADDRESS
    "
  `);
  expect(ran.stdout).not.toContain(KEY);
  const json = await orcade(["whoami", "--json"], { env: { ORCADE_ADDRESS: address, ORCADE_API_KEY: KEY } });
  expect(JSON.parse(json.stdout)).toEqual({ ...document, address, source: "ORCADE_API_KEY" });
});

test("admin bootstrap keeps the key before the server hears of it, sends its hash only, and can be repeated", async () => {
  const home = temporaryFolder();
  const config = join(home, ".config", "orcade", "config.json");
  const seen: string[] = [];
  const { address, received } = await scriptedServer({
    "POST /v1/admin/bootstrap": () => {
      seen.push(readFileSync(config, "utf8"));
      return seen.length === 1
        ? { status: 503, body: { detail: "busy" } }
        : { body: { account: "ada", operator: true } };
    },
  });
  const world = { home, env: { ORCADE_BOOTSTRAP: "one-time" } };
  const words = ["admin", "bootstrap", "--address", address, "--account", "ada"];
  expect((await orcade(words, world)).code).toBe(1);
  expect((await orcade(words, world)).code).toBe(0);
  const kept = JSON.parse(readFileSync(config, "utf8")).keys[address];
  expect(kept).toMatchObject({ account: "ada", key: expect.stringMatching(/^sim[A-Za-z0-9]{25}$/) });
  expect(seen.map((text) => JSON.parse(text).keys[address].key)).toEqual([kept.key, kept.key]);
  expect(statSync(config).mode & 0o777).toBe(0o600);
  expect(received[0]?.headers.authorization).toBe("Bearer one-time");
  expect(JSON.parse(received[0]?.body.toString() ?? "")).toEqual({
    account: "ada",
    key_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(received[0]?.body.toString()).not.toContain(kept.key);
  const used = await orcade(["whoami", "--address", address], { home });
  expect(used.code).toBe(1); // the scripted server has no such route: the key was found and sent
  expect(received.at(-1)?.headers.authorization).toBe(`Simple ${kept.key}`);
  expect(existsSync(join(home, ".orcade"))).toBe(false);
});

test("admin bootstrap without a token is a wrong command line", async () => {
  expect((await orcade(["admin", "bootstrap", "--address", "http://127.0.0.1:1"])).code).toBe(2);
});
