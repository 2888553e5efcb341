// genome/fingerprint against plain JavaScript; jobs of any chunks against one call; and generated genomes, whose clades are
// known. Its own cases are run by cases.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { firstRecord, genomes } from "../../cli/genomes/generate.ts";
import { codeOf, count, genome, parse } from "./genome-kmers.support.ts";
import { type JobOptions, runJob } from "./job.support.ts";
import { built, folderOf } from "./support.ts";

interface Clade {
  readonly clade: string;
  readonly sampled?: number;
  readonly genomes?: number;
  readonly x: number | null;
  readonly y: number | null;
}
interface Result {
  readonly genomes: number;
  readonly poor: number;
  readonly letters: number;
  readonly windows: number;
  readonly valid: number;
  readonly malformed: { readonly count: number; readonly first: readonly { readonly id: string }[] };
  readonly sampled: number;
  readonly variance: number;
  readonly components: readonly { readonly variance: number; readonly share: number }[];
  readonly clades: readonly Clade[];
  readonly model: string;
  readonly labelled: number;
  readonly right: number;
  readonly list: readonly { readonly id: string; readonly clade: string; readonly x: number; readonly y: number }[];
}

let module: WebAssembly.Module;
beforeAll(async () => {
  module = moduleOf((await built("genome/fingerprint")).bytes);
});

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/** A call outside a job. @returns the bytes of the result as text */
function study(fasta: string, options: object): string {
  const result = runLocal(module, { kind: "bytes", bytes: encode(`${JSON.stringify(options)}\n${fasta}`) });
  if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
  return decode(result.bytes);
}
const parsed = (fasta: string, options: object): Result => JSON.parse(study(fasta, options)) as Result;
const job = (fasta: string, options: JobOptions): string => decode(runJob(module, encode(fasta), options).result);

const reference = firstRecord(readFileSync(join(folderOf("genome/kmers"), "sample/MN908947.3.fasta"), "utf8"));
/** FASTA of generated genomes. */
function generated(seed: number, from: number, howMany: number, letters = reference): string {
  let text = "";
  for (const batch of genomes({ reference: letters, seed, from, count: howMany, clades: 32 })) text += decode(batch);
  return text;
}

it("answers as its README shows", () => {
  const readme = readFileSync(join(folderOf("genome/fingerprint"), "README.md"), "utf8");
  const input = /<<'END'\n([^]*?)\nEND/.exec(readme)?.[1] ?? "";
  const result = runLocal(module, { kind: "bytes", bytes: encode(input) });
  if ("error" in result) throw new Error(result.error.message);
  expect(JSON.parse(decode(result.bytes))).toEqual(JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? ""));
});

describe("without a model", () => {
  /** Principal components by the definition: the matrix of covariances of words, and power iteration on it. */
  function components(rows: readonly (readonly number[])[]): { variance: number; share: number }[] {
    const columns = rows[0]?.length ?? 0;
    const means = Array.from(
      { length: columns },
      (_, j) => rows.reduce((sum, row) => sum + (row[j] ?? 0), 0) / rows.length,
    );
    const centred = rows.map((row) => row.map((each, j) => each - (means[j] ?? 0)));
    const total = centred.reduce((sum, row) => sum + row.reduce((all, each) => all + each * each, 0), 0) / rows.length;
    const found: number[][] = [];
    return [0, 1].map(() => {
      let vector = Array.from({ length: columns }, (_, j) => Math.sin(j + 1));
      let value = 0;
      for (let step = 0; step < 3000; step++) {
        for (const other of found) {
          const part = vector.reduce((sum, each, j) => sum + each * (other[j] ?? 0), 0);
          vector = vector.map((each, j) => each - part * (other[j] ?? 0));
        }
        const length = Math.hypot(...vector);
        vector = vector.map((each) => each / length);
        const along = centred.map((row) => row.reduce((sum, each, j) => sum + each * (vector[j] ?? 0), 0));
        value = along.reduce((sum, each) => sum + each * each, 0) / rows.length;
        if (step < 2999)
          vector = vector.map((_, j) => centred.reduce((sum, row, i) => sum + (row[j] ?? 0) * (along[i] ?? 0), 0));
      }
      found.push(vector);
      return { variance: value, share: value / total };
    });
  }

  it("gives totals, variance and components of plain JavaScript", () => {
    const fasta = generated(3, 0, 12, encode(genome(1200, 4)));
    const found = parsed(fasta, { k: 3, ambiguous: 1 });
    const list = parse(fasta);
    const rows = list.map(({ letters }) => {
      const row = Array<number>(64).fill(0);
      for (const [word, times] of count(letters, 3)) row[codeOf(word)] = times;
      return row;
    });
    const valid = rows.flat().reduce((sum, each) => sum + each, 0);
    const letters = list.reduce((sum, each) => sum + each.letters.length, 0);
    expect(found).toMatchObject({ genomes: 12, poor: 0, letters, windows: letters - 24, valid, sampled: 12 });
    const wanted = components(rows);
    expect(found.components).toHaveLength(2);
    found.components.forEach(({ variance, share }, i) => {
      expect(variance).toBeCloseTo(wanted[i]?.variance ?? NaN, 6);
      expect(share).toBeCloseTo(wanted[i]?.share ?? NaN, 8);
    });
    expect(found.variance).toBeCloseTo((wanted[0]?.variance ?? NaN) / (wanted[0]?.share ?? NaN), 6);
  });

  it("names what is malformed, a hundred at most, and does the others", () => {
    const wrong = Array.from({ length: 150 }, (_, i) => `>w${i}\nAC${i % 2 ? "!" : "é"}GT\n`).join("");
    const fasta = `>a\nACGTACGT\n${wrong}>b\nTTTTACGT\n`;
    const found = parsed(fasta, { k: 2 });
    expect(found).toMatchObject({ genomes: 2, malformed: { count: 150 } });
    expect(found.malformed.first.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => `w${i}`));
    const options = { k: 2, sample: 1 };
    for (const size of [20, 300, 5000]) expect(job(fasta, { size, arguments: options })).toBe(study(fasta, { k: 2 }));
  });
});

describe("jobs", () => {
  const header = fc.tuple(
    fc.stringMatching(/^[a-z0-9]{0,4}$/),
    fc.constantFrom("", " clade=a", " x clade=b y", " clade=", "\tclade=c"),
  );
  const letters = fc.array(fc.constantFrom("A", "C", "G", "T", "N", "ACGGT", "TTTT", "é"), { maxLength: 20 });
  const records = fc.array(fc.tuple(header, letters), { minLength: 1, maxLength: 30 });

  it("come to the bytes of one call, whatever the chunks and their order", () => {
    const property = fc.property(
      records,
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 1, max: 300 }),
      fc.nat(),
      (list, k, size, seed) => {
        const fasta = list.map(([[id, rest], text]) => `>${id}${rest}\n${text.join("")}\n`).join("");
        const options = { k, label: "clade", ambiguous: 0.5 };
        const text = study(fasta, options);
        expect(job(fasta, { size, seed, arguments: { ...options, sample: 1 } })).toBe(text);
        const { model } = JSON.parse(text) as Result;
        if (model === null) return;
        const placing = { k, label: "clade", model, list: true };
        expect(job(fasta, { size, seed, arguments: placing })).toBe(study(fasta, placing));
      },
    );
    fc.assert(property, { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 60 : 1_000 });
  }, 240_000);

  it("sample the same genomes in chunks of any size, 512 at most, also when tasks die", () => {
    const fasta = generated(5, 0, 1500, encode(genome(1100, 6)));
    const run = (size: number, rest: Partial<JobOptions> = {}): string =>
      job(fasta, { size, arguments: { k: 3, label: "clade", sample: 2 }, ...rest });
    const whole = run(10_000_000);
    expect((JSON.parse(whole) as Result).sampled).toBe(512);
    expect(run(100_000, { seed: 2 })).toBe(whole);
    expect(run(400_000, { diesAfter: 2, seed: 3 })).toBe(whole);
  });
});

describe("generated genomes", () => {
  it("come to their own clade by a model of others, as a job lists them", () => {
    const known = JSON.parse(
      job(generated(11, 0, 320), { size: 1 << 20, arguments: { label: "clade", sample: 1 } }),
    ) as Result;
    expect(known.clades.map(({ clade }) => clade).sort()).toEqual(
      Array.from({ length: 32 }, (_, i) => `C${String(i).padStart(2, "0")}`),
    );
    const placing = { label: "clade", model: known.model, list: true };
    const fasta = generated(11, 1_000_000, 300);
    const placed = JSON.parse(job(fasta, { size: 1 << 20, arguments: placing })) as Result;
    expect(placed).toMatchObject({ genomes: 300, labelled: 300 });
    expect(placed.right).toBeGreaterThanOrEqual(297);
    expect(placed.list.map(({ id }) => id)).toEqual(parse(fasta).map(({ id }) => id));
    // Genomes of a clade lie about where its sampled ones did.
    for (const { clade, genomes: members = 0, x } of placed.clades) {
      const was = known.clades.find((each) => each.clade === clade)?.x ?? NaN;
      if (members >= 5) expect(Math.abs((x ?? NaN) - was)).toBeLessThan(1.5);
    }
  });
});

it("a model goes with its k only", () => {
  const { model } = parsed(">a c=x\nACGTAACC\n>b c=y\nACGTTTTT\n", { k: 2, label: "c" });
  expect(() => study(">a\nACGT", { k: 3, model })).toThrow("$.model: it is of k = 2, not 3");
  expect(parsed(">a c=y\nACGTTTTA\n", { k: 2, label: "c", model })).toMatchObject({ labelled: 1, right: 1 });
});
