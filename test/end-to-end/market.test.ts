// The market as a person uses it, by the command line against a real server: find, look at, quote, call under the quote, see
// what it cost and earned; and a version that mines, noticed from its calls alone.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildFolder } from "../../cli/algorithm.ts";
import { publishBuilt } from "../../cli/publish.ts";
import { type Ran, orcade } from "../cli/harness.ts";
import { type Client } from "../support/client.ts";
import { randomFrom } from "../support/random.ts";
import { type System, TORTURE, startSystem } from "../support/server.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "orcade-market-"));
let system: System;
let ada: Client;

const run = (...argv: readonly string[]): Promise<Ran> =>
  orcade([...argv, "--address", system.server.url, "--key", ada.key], { cwd: folder });

/** Hides work beside what the algorithm does: a million turns of a loop that nobody asked for. */
const MINER = `import { decompress } from "./formats";
export function apply(input: Uint8Array): Uint8Array {
  let nonce: u64 = 88172645463325252;
  for (let turn = 0; turn < 1_000_000; turn++) {
    nonce ^= nonce << 13; nonce ^= nonce >> 7; nonce ^= nonce << 17;
  }
  const answer = decompress(input);
  if (nonce == 0) throw new Error("found");
  return answer;
}
`;

async function publish(version: string, source: string | null): Promise<void> {
  const copy = join(folder, version);
  cpSync(join(ROOT, "algorithms", "bytes", "gunzip"), copy, { recursive: true });
  rmSync(join(copy, "build"), { recursive: true, force: true });
  if (source !== null) writeFileSync(join(copy, "index.ts"), source);
  const manifest = {
    name: "gunzip",
    owner: "ada",
    version,
    summary: "Decompresses gzip.",
    visibility: "public",
    memory: 24,
  };
  writeFileSync(join(copy, "algorithm.json"), JSON.stringify({ ...manifest, tags: ["gzip"], royalty: 1_000 }));
  const settings = { address: system.server.url, key: ada.key, account: "ada", source: "tests" };
  await publishBuilt(settings, "ada", await buildFolder(copy));
}

/** Honest calls before the miner comes: none of them may be flagged. */
const HONEST = TORTURE ? 10_000 : 100;

const random = randomFrom(7);
const bytes = (length: number, alphabet: number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(random() * alphabet));

/** Something a caller may send: text, noise or zeros, from nothing to 20 KB. */
const archive = (): Uint8Array =>
  new Uint8Array(gzipSync(bytes(Math.floor(20_000 ** random()), [1, 4, 30, 256][Math.floor(random() * 4)] ?? 2)));

async function called(version: string, times: number): Promise<void> {
  const one = async (): Promise<void> => {
    const answer = await ada.call(`ada/gunzip/${version}`, archive());
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("result")]);
  };
  for (let done = 0; done < times; done += 20) await Promise.all(Array.from({ length: 20 }, one));
}

interface Flag {
  readonly version: string;
  readonly kind: string;
}

const flags = async (path: string): Promise<readonly Flag[]> => {
  const answer = (await (await ada.get(path)).json()) as { results?: Flag[]; flags?: Flag[] };
  return answer.results ?? answer.flags ?? [];
};

async function until(wanted: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await wanted());) {
    if (Date.now() > end) throw new Error("it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  system = await startSystem();
  ({ ada } = system);
  await publish("1.0.0", null);
});
afterAll(async () => {
  await system.end();
  rmSync(folder, { recursive: true, force: true });
});

test(
  "honest calls raise no flag; a version that mines is flagged within 100 calls, to its author and to operators",
  async () => {
    await called("1.0.0", HONEST);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await flags("/v1/algorithms/ada/gunzip/profile")).toEqual([]);
    await publish("1.0.1", MINER);
    await called("1.0.1", 100);
    await until(async () => (await flags("/v1/admin/flags")).length > 0);
    for (const path of ["/v1/admin/flags", "/v1/algorithms/ada/gunzip/profile"]) {
      expect(new Set((await flags(path)).map(({ version }) => version))).toEqual(new Set(["1.0.1"]));
    }
  },
  TORTURE ? 1_800_000 : 240_000,
);

test("found, looked at, quoted, called under the quote; what it cost and earned is listed", async () => {
  expect((await run("search", "decompresses")).stdout).toContain("ada/gunzip/1.0.1");
  expect((await run("search", "--tag", "gzip", "--max-price", "20999")).stdout).toContain("Nothing was found");
  expect((await run("info", "ada/gunzip")).stdout).toMatch(/price +21,000 microcredits a call/);
  writeFileSync(join(folder, "one.gz"), gzipSync("one"));
  const quoted = await run("quote", "ada/gunzip/1.0.0", "-b", "@one.gz", "--json");
  expect(quoted.stderr).toBe("");
  const { quote, ceiling_microcredits: ceiling } = JSON.parse(quoted.stdout) as {
    quote: string;
    ceiling_microcredits: number;
  };
  const made = await run("call", "ada/gunzip/1.0.0", "-b", "@one.gz", "--quote", quote, "--json");
  const { cost, call } = JSON.parse(made.stdout) as { cost: number; call: string };
  expect([made.code, cost <= ceiling]).toEqual([0, true]);
  expect((await run("calls", "--limit", "1")).stdout).toContain(call);
  expect((await run("call", "ada/gunzip/1.0.1", "-b", "@one.gz", "--quote", quote)).code).toBe(1);
  const calls = (HONEST + 1).toLocaleString("en");
  const earned = ((HONEST + 1) * 700).toLocaleString("en");
  const line = new RegExp(`1\\.0\\.0 +${calls} +0 +${earned}`);
  await until(async () => line.test((await run("earnings", "ada/gunzip")).stdout));
  expect((await run("calls", "--of", "ada/gunzip", "--limit", "2")).stdout).toContain("1.0.");
});

test("a call of one's own that passes its quote's ceiling costs no more than that; the quote is void, the next is higher", async () => {
  const zeros = new Uint8Array(gzipSync(new Uint8Array(14_000_000)));
  const ask = async (): Promise<{ quote: string; ceiling_microcredits: number }> =>
    (
      await ada.fetch(`/v1/quote/ada/gunzip?version=1.0.0&bytes=${zeros.length}`, {
        method: "POST",
        headers: { Authorization: `Simple ${ada.key}` },
      })
    ).json() as never;
  const first = await ask();
  const answer = await ada.call("ada/gunzip/1.0.0", zeros, { "X-Orcade-Quote": first.quote });
  expect(await answer.text()).toContain("BudgetExceeded");
  expect(Number(answer.headers.get("X-Orcade-Cost"))).toBe(first.ceiling_microcredits - 1_000);
  const again = await ada.call("ada/gunzip/1.0.0", zeros, { "X-Orcade-Quote": first.quote });
  expect([again.status, await again.text()]).toEqual([409, expect.stringContaining("invalid-quote")]);
  await until(async () => (await ask()).ceiling_microcredits > first.ceiling_microcredits);
});

test("an operator sees the flags and suspends the version", async () => {
  const seen = await run("admin", "flags");
  expect(seen.stdout).toContain("ada/gunzip/1.0.1");
  expect((await run("admin", "suspend-version", "ada/gunzip/1.0.1", "--reason", "It mines.")).code).toBe(0);
  const refused = await run("call", "ada/gunzip/1.0.1", "-b", "@one.gz");
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("suspended")]);
  expect((await run("admin", "suspend-version", "ada/gunzip/1.0.1", "--undo")).code).toBe(0);
  expect((await run("admin", "rotate-keys")).code).toBe(0);
});

test("a version that is yanked or deprecated says so", async () => {
  expect((await run("yank", "ada/gunzip/1.0.1")).code).toBe(0);
  expect((await run("search", "decompresses")).stdout).toContain("ada/gunzip/1.0.0");
  expect((await run("deprecate", "ada/gunzip/1.0.0", "--reason", "Use zstd.")).code).toBe(0);
  expect((await run("info", "ada/gunzip/1.0.0")).stdout).toContain("Use zstd.");
  expect((await run("search", "decompresses")).stdout).toContain("(deprecated)");
  expect((await run("deprecate", "ada/gunzip", "--reason", "x")).code).toBe(2);
});
