// The command line against the real server: an author's way from init to a second version, and a real genome sent by curl
// and by `orcade call`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publishOurs, seedAccount } from "../../cli/server/seed.ts";
import { startServer, type Server } from "../../cli/server/start.ts";
import type { Settings } from "../../cli/settings.ts";
import { ROOT } from "../../scripts/tools.ts";
import { orcade } from "../cli/harness.ts";

const TOKEN = "a-one-time-token-of-the-tests";
const GENOME = join(ROOT, "algorithms", "genome", "kmers", "sample", "MN908947.3.fasta");
let home: string;
let server: Server;
let settings: Settings;

const start = (port = 0): Promise<Server> =>
  startServer({ stateDirectory: join(home, "state"), port, vars: { ORCADE_BOOTSTRAP: TOKEN } });
const cli = (words: readonly string[], cwd = home) => orcade(words, { cwd, env: { ORCADE_HOME: home } });

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "orcade-cli-"));
  server = await start();
  settings = await seedAccount(home, server.url, TOKEN);
});
afterAll(async () => {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("an author", () => {
  const folder = (): string => join(home, "hello");
  const rewrite = (file: string, from: string, to: string): void => {
    const path = join(folder(), file);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  };

  test("makes, builds, publishes and calls without naming anything", async () => {
    for (const words of [["init", "hello"], ["build"], ["publish"], ["call"]]) {
      expect(await cli(words), words[0]).toMatchObject({ code: 0 });
    }
    expect(JSON.parse((await cli(["call", "--json"])).stdout)).toMatchObject({
      result: { people: 2 },
      version: "1.0.0",
    });
  });

  test("publishes again without effect, and is refused to change a version", async () => {
    expect(JSON.parse((await cli(["publish", "--json"])).stdout)).toMatchObject({ created: false });
    rewrite("index.ts", '"Hello"', '"Hi"');
    const refused = await cli(["publish"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('raise "version"') });
    rewrite("algorithm.json", '"1.0.0"', '"1.1.0"');
    expect(await cli(["publish", "--notes", "Shorter."])).toMatchObject({ code: 0 });
    const { versions } = JSON.parse((await cli(["versions", "--json"])).stdout);
    expect(versions).toMatchObject([{ version: "1.1.0", notes: "Shorter." }, { version: "1.0.0" }]);
  });

  test("calls the version it names", async () => {
    const lines = async (target: string): Promise<unknown> =>
      JSON.parse((await cli(["call", target, "-j", '{"names": ["Ada"]}', "--json"])).stdout).result.lines;
    expect(await lines("demo/hello")).toEqual(["Hi, Ada!"]);
    expect(await lines("demo/hello/1.0.0")).toEqual(["Hello, Ada!"]);
  });

  test("sees each failure with its own exit code", async () => {
    expect(await cli(["call", "demo/hello", "-j", '{"names": []}'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("NobodyHere"),
    });
    expect(await cli(["call", "demo/hello", "-j", '{"names": [1]}'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("$.names[0]"),
    });
    expect(await cli(["call", "demo/hello", "-d", "text"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("JSON is -j"),
    });
    expect(await cli(["call", "demo/nothing", "-d", "x"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not found"),
    });
    expect(await cli(["call", "demo/hello", "-d", "x", "--key", `sim${"x".repeat(25)}`])).toMatchObject({ code: 3 });
    expect(await cli(["call", "demo/hello", "--max-cost", "1", "-j", '{"names": ["Ada"]}'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("BudgetExceeded"),
    });
  });
});

interface Answer {
  readonly result: unknown;
  readonly fuel: number;
}

async function byOrcade(): Promise<Answer> {
  const ran = await cli(["call", "genome/kmers", "-j", '{"k": 6}', "-f", `fasta=@${GENOME}`, "--json"]);
  const { result, fuel } = JSON.parse(ran.stdout);
  return { result, fuel };
}

/** The very document that `orcade call` sends, so that fuel can be compared too. */
function byCurl(): Answer {
  const input = join(home, "genome.json");
  writeFileSync(input, `{"k": 6, "fasta": ${JSON.stringify(readFileSync(GENOME, "utf8"))}}`);
  const headers = ["-H", `Authorization: Simple ${settings.key ?? ""}`, "-H", "Content-Type: application/json"];
  const words = ["-s", "-i", ...headers, "--data-binary", `@${input}`, `${server.url}/v1/algo/genome/kmers`];
  const { stdout } = spawnSync("curl", words, { encoding: "utf8" });
  const { result } = JSON.parse(stdout.slice(stdout.indexOf("\r\n\r\n{")));
  return { result, fuel: Number(/^x-orcade-fuel: (\d+)/im.exec(stdout)?.[1]) };
}

// That the counts are right is genome.test.ts's business.
test("a real genome gives the same answer for the same fuel by curl, by orcade call and after kill -9", async () => {
  await publishOurs(settings, () => undefined);
  const first = await byOrcade();
  expect(first).toMatchObject({ result: [{ length: 29_903 }], fuel: expect.any(Number) });
  expect(byCurl()).toEqual(first);
  await server.kill();
  server = await start(server.port);
  expect(await byOrcade()).toEqual(first);
});
