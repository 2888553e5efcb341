// genome/crispr against plain JavaScript, whole and by jobs of any chunk size; and on real genomes against the results of a
// brute-force search of others, where the data is at hand. Its own cases are run by cases.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { genome } from "./genome-kmers.support.ts";
import { runJob } from "./job.support.ts";
import { built, folderOf } from "./support.ts";

interface Site {
  readonly record: string;
  readonly position: number;
  readonly strand: string;
  readonly site: string;
  readonly mismatches: number;
  readonly score: number;
}
interface Result {
  readonly records: number;
  readonly letters: number;
  readonly targets: number;
  readonly sites: number;
  readonly guides: readonly {
    readonly guide: string;
    readonly specificity: number;
    readonly score: number;
    readonly mismatches: readonly number[];
    readonly target: Site | null;
    readonly off_targets: readonly Site[];
  }[];
}

let module: WebAssembly.Module;
beforeAll(async () => {
  module = moduleOf((await built("genome/crispr")).bytes);
});

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/** A call outside a job. @returns the bytes of the result as text */
function search(fasta: string, options: object): string {
  const result = runLocal(module, { kind: "bytes", bytes: encode(`${JSON.stringify(options)}\n${fasta}`) });
  if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
  return decode(result.bytes);
}

const M = [0, 0, 14, 0, 0, 395, 317, 0, 389, 79, 445, 508, 613, 851, 732, 828, 615, 804, 685, 583];

/** The MIT score of a pair of sequences of 20 letters. */
function score(guide: string, site: string): number {
  const places = M.flatMap((_, i) => (guide[i] === site[i] ? [] : [i]));
  const n = places.length;
  const product = places.reduce((all, i) => all * (1 - (M[i] ?? 0) / 1000), 100);
  const gap = ((places.at(-1) ?? 0) - (places[0] ?? 0)) / (n - 1);
  return n < 2 ? product : product / (((19 - gap) / 19) * 4 + 1) / n ** 2;
}

const complement = (text: string): string =>
  Array.from(text)
    .map((letter) => "TGCA"["ACGT".indexOf(letter)] ?? "N")
    .reverse()
    .join("");

/** All sites of records by looking at each window. */
function plainly(records: readonly (readonly [string, string])[]): Omit<Site, "mismatches" | "score">[] {
  return records.flatMap(([record, letters]) =>
    Array.from({ length: Math.max(letters.length - 22, 0) }, (_, position) => {
      const window = letters.slice(position, position + 23);
      const strands = [
        ["+", window],
        ["-", complement(window)],
      ] as const;
      return strands.flatMap(([strand, site]) =>
        /^[ACGT]{21}[AG]G$/.test(site) ? [{ record, position, strand, site }] : [],
      );
    }).flat(),
  );
}

const header = fc.stringMatching(/^[a-z0-9|.]{0,6}$/);
const pieces = fc.constantFrom(
  "A",
  "C",
  "G",
  "T",
  "GG",
  "CC",
  "N",
  "AGG",
  "CCT",
  "ACGTACGTACGTACGTACGTAGG",
  "CCAACGTTACGTACGTACGTACGT",
);
const letters = fc.array(pieces, { maxLength: 60 }).map((list) => list.join(""));
const records = fc.array(fc.tuple(header, letters), { minLength: 1, maxLength: 4 });
const wrapped = (list: readonly (readonly [string, string])[], width: number): string =>
  list.map(([id, text]) => `>${id}\n${text.replaceAll(new RegExp(`.{${width}}`, "g"), "$&\n")}\n`).join("");

const LONG = 240_000;

describe("any FASTA", () => {
  it(
    "gives the sites and scores of plain JavaScript, and the same bytes by any chunks",
    () => {
      const guides = ["ACGTACGTACGTACGTACGT", "AACGTTACGTACGTACGTAC", "TTTTTTTTTTTTTTTTTTTT"];
      const options = { guides, mismatches: 8, list: 100 };
      const property = fc.property(
        records,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(),
        (list, width, size, seed) => {
          const fasta = wrapped(list, width);
          const text = search(fasta, options);
          const found = JSON.parse(text) as Result;
          const sites = plainly(list);
          expect(found.sites).toBe(sites.length);
          expect(found.targets).toBe(sites.filter(({ site }) => site.endsWith("GG")).length);
          expect([found.records, found.letters]).toEqual([
            list.length,
            list.reduce((sum, [, each]) => sum + each.length, 0),
          ]);
          for (const { guide, mismatches, target, ...rest } of found.guides) {
            const near = sites
              .map((site) => ({
                ...site,
                mismatches: Array.from(guide).filter((letter, i) => letter !== site.site[i]).length,
              }))
              .filter((site) => site.mismatches <= 8);
            const perfect = near.some((site) => site.mismatches === 0 && site.site.endsWith("GG"));
            expect(target !== null).toBe(perfect);
            const counts = Array.from({ length: 9 }, (_, n) => near.filter((site) => site.mismatches === n).length);
            if (perfect) counts[0] = (counts[0] ?? 0) - 1;
            expect(mismatches).toEqual(counts);
            const sum = near.reduce((total, { site }) => total + score(guide, site), perfect ? -100 : 0);
            expect(rest.score).toBeCloseTo(sum, 6);
            expect(rest.specificity).toBe(Math.round(10_000 / (100 + rest.score)));
            if (near.length <= 100) expect(rest.off_targets).toHaveLength(near.length - Number(perfect));
            for (const each of rest.off_targets) expect(each.score).toBeCloseTo(score(guide, each.site), 8);
          }
          const cut = runJob(module, encode(fasta), { size, overlap: 22, arguments: options, seed });
          expect(decode(cut.result)).toBe(text);
        },
      );
      fc.assert(property, { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 40 : 400 });
    },
    LONG,
  );
});

describe("a task that dies after it said how far it was", () => {
  it("is gone on with where it was", () => {
    const fasta = encode(
      wrapped(
        [
          ["x", genome(2_500_000, 5)],
          ["y", genome(10_000, 6)],
        ],
        70,
      ),
    );
    const options = { size: 4_000_000, overlap: 22, arguments: { guides: ["ACGTACGTACGTACGTACGT"], mismatches: 6 } };
    const whole = runJob(module, fasta, options);
    const broken = runJob(module, fasta, { ...options, diesAfter: 1 });
    expect([whole.tasks, broken.tasks]).toEqual([1, 3]);
    expect(decode(broken.result)).toBe(decode(whole.result));
  });
});

it("refuses sequences that were cut without their overlap", () => {
  const fasta = encode(wrapped([["x", genome(1000, 5)]], 70));
  expect(() => runJob(module, fasta, { size: 100, overlap: 21 })).toThrow(/^OverlapTooSmall/);
});

it("takes 1,000 guides and not one more", () => {
  const guides = Array.from({ length: 1001 }, (_, i) => genome(20, i));
  expect((JSON.parse(search(">a\nACGT", { guides: guides.slice(1) })) as Result).guides).toHaveLength(1000);
  expect(() => search(">a\nACGT", { guides })).toThrow("$.guides: at most 1000");
});

it("answers as its README shows", () => {
  const readme = readFileSync(join(folderOf("genome/crispr"), "README.md"), "utf8");
  const input = /<<'END'\n([^]*?)\nEND/.exec(readme)?.[1] ?? "";
  const result = runLocal(module, { kind: "bytes", bytes: encode(input) });
  if ("error" in result) throw new Error(result.error.message);
  expect(JSON.parse(decode(result.bytes))).toEqual(JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? ""));
});

const DATA = join(import.meta.dirname, "../../../shared/data");
const present = existsSync(join(DATA, "ecoli-k12"));
if (!present) console.warn(`SKIPPED: genome/crispr against its oracles, because ${DATA} is not there.`);

describe.skipIf(!present)("real genomes", () => {
  /** Holds a result against the oracle's rows. */
  function holds(result: Uint8Array, folder: string, guides: readonly string[][]): void {
    const found = JSON.parse(decode(result)) as Result;
    const rows = found.guides.map(({ mismatches, score: sum, specificity, target }, i) => {
      const [record, position] = [target?.record, target?.position];
      const where = [guides[i]?.[0], guides[i]?.[1]].map(String);
      // Where a guide is there several times, any of them may be the one that the oracle counts as the target.
      const place = mismatches[0] === 0 ? [record, String(position)] : where;
      return [...place, ...mismatches.map(String), sum.toFixed(6), String(specificity)].join(" ");
    });
    expect(rows).toEqual(guides.map(([record, position, , , ...rest]) => [record, position, ...rest].join(" ")));
    const [targets, sites] = folder === "ecoli-k12" ? [542_072, 1_016_232] : [2_194, 4_427];
    expect([found.targets, found.sites]).toEqual([targets, sites]);
  }
  const oracle = (folder: string): string[][] =>
    readFileSync(join(DATA, folder, "crispr-oracle.tsv"), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"));
  const sizes = process.env["ORCADE_TORTURE"] === undefined ? [65_536, 4 << 20] : [1_000, 65_536, 4 << 20];

  it.each([1_000, 65_536])("the human mitochondrion in chunks of %i bytes", (size) => {
    const rows = oracle("human-mt");
    const options = { guides: rows.map((row) => row[3]), list: 0 };
    const fasta = new Uint8Array(readFileSync(join(DATA, "human-mt/MT-human.fa")));
    holds(runJob(module, fasta, { size, overlap: 22, arguments: options }).result, "human-mt", rows);
  });

  it.each(sizes)(
    "E. coli K-12 in chunks of %i bytes",
    (size) => {
      const rows = oracle("ecoli-k12");
      const options = { guides: rows.map((row) => row[3]), list: 0 };
      const fasta = new Uint8Array(
        gunzipSync(readFileSync(join(DATA, "ecoli-k12/GCF_000005845.2_ASM584v2_genomic.fna.gz"))),
      );
      holds(runJob(module, fasta, { size, overlap: 22, arguments: options }).result, "ecoli-k12", rows);
    },
    LONG,
  );
});
