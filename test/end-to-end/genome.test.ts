// The main job on a real genome: counts equal to an independent count (and to the oracle, where it is at hand), one fuel
// figure for a hundred calls, and neither changes when the server restarts. And the same of files in the data API.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../../cli/server/start.ts";
import { orcade } from "../cli/harness.ts";
import { Client, TOKEN } from "../support/client.ts";
import { invited } from "../support/invited.ts";
import { ours } from "../support/ours.ts";
import { type System, fetchFrom, startSystem } from "../support/server.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const ALGORITHM = join(ROOT, "algorithms", "genome", "kmers");
const GENOME = readFileSync(join(ALGORITHM, "sample", "MN908947.3.fasta"), "utf8");
const SHARED = join(ROOT, "..", "shared", "data", "sars-cov-2");

let system: System;

beforeAll(async () => {
  system = await startSystem();
  const { manifest, module } = await ours("genome/kmers");
  const answer = await system.ada.upload("/v1/algorithms/ada/kmers/versions/1.0.0", JSON.stringify(manifest), module);
  expect(answer.status).toBe(201);
});
afterAll(() => system.end());

interface Entry {
  readonly id: string;
  readonly length: number;
  readonly counts: readonly number[];
}

async function count(client: Client, fasta: string, k: number): Promise<{ entries: Entry[]; fuel: number }> {
  const answer = await client.call("ada/kmers", JSON.stringify({ fasta, k, form: "dense" }));
  const body = (await answer.json()) as { result: { records?: Entry[] } & Entry[] };
  return { entries: body.result.records ?? body.result, fuel: Number(answer.headers.get("X-Orcade-Fuel")) };
}

/** Counts by the definition, one window after another. */
function counted(sequence: string, k: number): number[] {
  const counts = Array<number>(4 ** k).fill(0);
  for (let at = 0; at + k <= sequence.length; at++) {
    const word = Array.from(sequence.slice(at, at + k), (letter) => "ACGT".indexOf(letter));
    if (word.includes(-1)) continue;
    const index = word.reduce((sum, digit) => sum * 4 + digit, 0);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const lettersOf = (fasta: string): string => fasta.split("\n").slice(1).join("");

describe("a real genome", () => {
  test("is counted exactly, a hundred times for the same fuel, before and after a restart", async () => {
    const wanted = counted(lettersOf(GENOME), 6);
    const fuels = new Set<number>();
    for (let n = 0; n < 100; n++) {
      const { entries, fuel } = await count(system.ada, GENOME, 6);
      fuels.add(fuel);
      if (n % 50 === 0) expect(entries[0]?.counts).toEqual(wanted);
    }
    expect(fuels.size).toBe(1);
    await system.server.stop();
    const vars = { ORCADE_BOOTSTRAP: TOKEN };
    const again = await startServer({ stateDirectory: system.stateDirectory, vars });
    const after = await count(new Client(fetchFrom(again.url), system.ada.key), GENOME, 6);
    await again.stop();
    expect(after.entries[0]?.counts).toEqual(wanted);
    expect(fuels.has(after.fuel)).toBe(true);
    system = await startSystem({ stateDirectory: system.stateDirectory });
  });

  const oracle = join(SHARED, "oracle", "kmer-vectors.tsv.gz");
  if (!existsSync(oracle)) console.warn(`SKIPPED: no oracle at ${oracle}, so only our own count is compared`);

  test.skipIf(!existsSync(oracle))("equals the oracle", async () => {
    const rows = gunzipSync(readFileSync(oracle)).toString("utf8").trim().split("\n");
    const [head = "", ...lines] = rows;
    const columns = head.split("\t");
    const fasta = gunzipSync(readFileSync(join(SHARED, "genomes.fasta.gz"))).toString("utf8");
    const records = fasta.split(/^>/m).slice(1, 9);
    for (const record of records) {
      const { entries } = await count(system.ada, `>${record}`, 4);
      const [entry] = entries;
      const digest = createHash("sha256")
        .update(Buffer.from(Uint32Array.from(entry?.counts ?? []).buffer))
        .digest("hex");
      const row = lines
        .map((line) => line.split("\t"))
        .find((cells) => cells[0] === entry?.id && cells[columns.indexOf("k")] === "4");
      expect(row?.[columns.indexOf("sha256_u32le")], entry?.id).toBe(digest);
    }
  });
});

describe("a genome in the data API", () => {
  const ECOLI = join(ROOT, "..", "shared", "data", "ecoli-k12", "GCF_000005845.2_ASM584v2_genomic.fna.gz");
  if (!existsSync(ECOLI)) console.warn(`SKIPPED: no E. coli at ${ECOLI}: a small genome is read instead`);
  const genome = existsSync(ECOLI) ? gunzipSync(readFileSync(ECOLI)).toString("utf8") : GENOME;
  const SOURCE = "data://ada/genomes/one.fna";

  /** The answer, or the error's type. */
  async function asked(client: Client, input: object): Promise<unknown> {
    const answer = await client.call("ada/kmers", JSON.stringify(input));
    const body = (await answer.json()) as { result?: unknown; error?: { error_type: string; message: string } };
    return body.error ?? body.result;
  }

  beforeAll(async () => {
    const env = { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key };
    const folder = mkdtempSync(join(tmpdir(), "orcade-genome-"));
    writeFileSync(join(folder, "one.fna"), genome);
    const copied = await orcade(["data", "cp", "one.fna", "data://.my/genomes"], { cwd: folder, env });
    rmSync(folder, { recursive: true });
    expect([copied.stderr, copied.code]).toEqual([expect.stringContaining("bytes"), 0]);
  });

  test("is counted as the text itself is, through the command line, too", async () => {
    const options = { k: 10, form: "none", fingerprint: false };
    const wanted = await asked(system.ada, { ...options, fasta: genome });
    expect(wanted).toMatchObject([{ length: lettersOf(genome).length, distinct: expect.any(Number) }]);
    expect(await asked(system.ada, { ...options, source: SOURCE })).toEqual(wanted);
    const env = { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key };
    const input = JSON.stringify({ ...options, source: "data://.my/genomes/one.fna" });
    const ran = await orcade(["call", "ada/kmers", "-j", input, "--raw"], { env });
    expect([JSON.parse(ran.stdout), ran.code]).toEqual([wanted, 0]);
  });

  test("is told to nobody who may not read it: as if it were not there", async () => {
    const bob = await invited(system.ada, "bob", 1_000_000_000);
    const headers = { Authorization: `Simple ${bob.key}` };
    await bob.post("/v1/data/.my", { name: "own" });
    const put = await system.fetch("/v1/data/.my/own/a.fna", { method: "PUT", headers, body: ">a\nACGT" });
    expect(put.status).toBe(200);
    const own = "data://bob/own/a.fna";
    const absent = "data://bob/own/b.fna";
    const told = (path: string): object => ({
      error_type: "NoSource",
      message: `${path} is not there, or may not be read`,
    });
    expect(await asked(bob, { k: 4, source: own })).toMatchObject([{ id: "a", valid: 1 }]);
    expect(await asked(bob, { k: 4, source: absent })).toMatchObject(told(absent));
    // Whose algorithm it is, and who operates the system, is a stranger here.
    for (const path of [own, absent]) expect(await asked(system.ada, { k: 4, source: path })).toMatchObject(told(path));
  });
});
