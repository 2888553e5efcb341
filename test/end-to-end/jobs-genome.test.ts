// The genome algorithms as jobs of a running server, by the command line: generated genomes come to one answer whatever the
// chunks and however often; and (`npm run torture`) the sites of E. coli are those of an independent search.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Ran, orcade, temporaryFolder } from "../cli/harness.ts";
import { wrongInBooks } from "../support/books.ts";
import { ours } from "../support/ours.ts";
import { type System, TORTURE, startSystem } from "../support/server.ts";

const ECOLI = join(import.meta.dirname, "../../../shared/data/ecoli-k12");
const LONG = 600_000;

let system: System;

beforeAll(async () => {
  system = await startSystem();
  for (const name of ["fingerprint", "crispr"]) {
    const { manifest, module } = await ours(`genome/${name}`);
    const path = `/v1/algorithms/ada/${name}/versions/${manifest.version}`;
    expect((await system.ada.upload(path, JSON.stringify(manifest), module)).status).toBe(201);
  }
});
afterAll(() => system.end());
afterEach(async () => expect(await wrongInBooks(system.ada)).toEqual([]));

async function run(cwd: string, ...argv: string[]): Promise<Ran> {
  const ran = await orcade(argv, { cwd, env: { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key } });
  expect(ran, argv.join(" ")).toMatchObject({ code: 0 });
  return ran;
}

interface JobShown {
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number };
  readonly fuel: number;
  readonly dispatches: number;
}

/** `orcade jobs run` of an algorithm that maps and reduces. @returns how it went, and the bytes of the result */
async function job(folder: string, name: string, file: string, args: object, ...more: string[]) {
  const both = [`ada/${name}@1`, file, "--reduce", `ada/${name}@1`, "--split", "records:fasta"];
  const said = ["--arguments", JSON.stringify(args), "-o", "result.json", "--json"];
  const { stdout } = await run(folder, "jobs", "run", ...both, ...said, ...more);
  return { shown: JSON.parse(stdout) as JobShown, result: readFileSync(join(folder, "result.json"), "utf8") };
}

test("genomes are fingerprinted: the same bytes from chunks of any size, and clades are found again by the model", async () => {
  const folder = temporaryFolder();
  await run(folder, "genomes", "generate", "--count", "150", "--seed", "7", "--clades", "5", "-o", "known.fasta");
  await run(folder, "data", "mkdir", "data://.my/genomes");
  await run(folder, "data", "cp", "known.fasta", "data://.my/genomes/known.fasta");
  const file = "data://.my/genomes/known.fasta";
  const small = await job(folder, "fingerprint", file, { label: "clade", sample: 1 }, "--chunk", "40000");
  const large = await job(folder, "fingerprint", file, { label: "clade", sample: 1 }, "--chunk", "1000000");
  expect(small.shown.tasks.total).toBeGreaterThan(20 * large.shown.tasks.total);
  expect(small.result).toBe(large.result);
  const known = JSON.parse(small.result) as { genomes: number; model: string };
  expect(known.genomes).toBe(150);
  const placed = await job(folder, "fingerprint", file, { label: "clade", model: known.model });
  const { labelled, right } = JSON.parse(placed.result) as { labelled: number; right: number };
  expect(labelled).toBeGreaterThan(130);
  expect(right / labelled).toBeGreaterThan(0.95);
});

interface Found {
  readonly targets: number;
  readonly sites: number;
  readonly guides: readonly {
    readonly specificity: number;
    readonly score: number;
    readonly mismatches: readonly number[];
    readonly target: { readonly record: string; readonly position: number } | null;
  }[];
}

const present = existsSync(ECOLI);
if (TORTURE && !present) console.warn(`SKIPPED: genome/crispr as a job over E. coli, because ${ECOLI} is not there.`);

describe.skipIf(!TORTURE || !present)("E. coli K-12", () => {
  let folder: string;
  const rows = (): string[][] =>
    readFileSync(join(ECOLI, "crispr-oracle.tsv"), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "orcade-ecoli-"));
    const fasta = gunzipSync(readFileSync(join(ECOLI, "GCF_000005845.2_ASM584v2_genomic.fna.gz")));
    writeFileSync(join(folder, "ecoli.fasta"), fasta);
    await run(folder, "data", "mkdir", "data://.my/ecoli");
    await run(folder, "data", "cp", "ecoli.fasta", "data://.my/ecoli/ecoli.fasta");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([65_536, 4_194_304, 1_000])(
    "has 542,072 targets, and its guides' sites, by chunks of %i bytes",
    async (size) => {
      const args = { guides: rows().map((row) => row[3]), list: 0 };
      const file = "data://.my/ecoli/ecoli.fasta";
      const more = ["--overlap", "22", "--chunk", String(size)];
      const { shown, result } = await job(folder, "crispr", file, args, ...more);
      console.log(`chunks of ${size}: ${JSON.stringify(shown)}`);
      const found = JSON.parse(result) as Found;
      expect([found.targets, found.sites]).toEqual([542_072, 1_016_232]);
      const sums = found.guides.map(({ mismatches, score, specificity }) =>
        [...mismatches.map(String), score.toFixed(6), String(specificity)].join(" "),
      );
      expect(sums).toEqual(rows().map((row) => row.slice(4).join(" ")));
      // Where a guide is there several times, any of them may be the one that the oracle counts as the target.
      const single = found.guides.flatMap(({ mismatches, target }, index) =>
        mismatches[0] === 0 ? [[index, target?.record, String(target?.position)]] : [],
      );
      expect(single.length).toBeGreaterThan(100);
      expect(single).toEqual(single.map(([index]) => [index, ...(rows()[Number(index)] ?? []).slice(0, 2)]));
    },
    LONG,
  );
});
