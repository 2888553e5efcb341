// genome/beacon against plain JavaScript, whole and by jobs of any chunk size; and on real genotypes against the counts that the
// file itself tells, where the data is at hand. Its own cases are run by cases.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { callLines, runLinesJob } from "./lines.support.ts";
import { built, folderOf, onMemory } from "./support.ts";

interface Answer {
  readonly exists: boolean;
  readonly lines: number;
  readonly call_count: number;
  readonly all_alleles: number;
  readonly frequency: number | null;
  readonly carriers: number | null;
  readonly samples: readonly { readonly file: string | null; readonly sample: string }[];
}
interface Result {
  readonly lines: number;
  readonly variants: readonly Answer[];
}
interface Line {
  readonly position: number;
  readonly reference: string;
  readonly alternates: readonly string[];
  /** Alleles of each sample; -1 was not called. */
  readonly genotypes: readonly (readonly number[])[];
}
interface Question {
  readonly start: number;
  readonly end?: number;
  readonly referenceBases?: string;
  readonly alternateBases?: string;
  readonly variantType?: string;
}

let module: WebAssembly.Module;
/** The same on little memory: for many small calls. */
let small: WebAssembly.Module;
beforeAll(async () => {
  const whole = await built("genome/beacon");
  module = moduleOf(whole.bytes);
  small = moduleOf(onMemory(whole, 2).bytes);
});
const ask = (vcf: string, variants: readonly object[], list = 0): Result =>
  JSON.parse(callLines(vcf.length > 100_000 ? module : small, vcf, { variants, list })) as Result;

const SAMPLES = ["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"];
const HEADER = `##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t${SAMPLES.join("\t")}\n`;
const bases = fc.string({ unit: fc.constantFrom("A", "C", "G", "T"), minLength: 1, maxLength: 3 });
const line = fc
  .record({
    position: fc.integer({ min: 1, max: 12 }),
    reference: bases,
    alternates: fc.uniqueArray(bases, { minLength: 1, maxLength: 12 }),
  })
  .chain((shape) => {
    const allele = fc.integer({ min: -1, max: shape.alternates.length });
    const genotypes = fc.array(fc.array(allele, { minLength: 1, maxLength: 2 }), { minLength: 10, maxLength: 10 });
    return genotypes.map((list): Line => ({ ...shape, genotypes: list }));
  });
const question = fc.record(
  {
    start: fc.integer({ min: 0, max: 12 }),
    referenceBases: fc.constantFrom("N", "A", "R", "NN", "aC"),
    alternateBases: fc.constantFrom("N", "T", "Y", "NN", "GN"),
    variantType: fc.constantFrom("SNP", "MNP", "INS", "DEL", "INDEL", "DUP"),
  },
  { requiredKeys: ["start"] },
);
const asked = fc
  .tuple(question, fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }))
  .map(([each, length]): Question => (length === undefined ? each : { ...each, end: each.start + length }));

const textOf = ({ position, reference, alternates, genotypes }: Line, i: number): string => {
  const samples = genotypes.map((alleles) => `${alleles.map((each) => (each < 0 ? "." : each)).join("/")}:7,1`);
  return `chr\t${position}\t.\t${reference}\t${alternates.join(",")}\t.\t.\tDP=${i}\tGT:AD\t${samples.join("\t")}`;
};

const IUPAC: Readonly<Record<string, string>> = { A: "A", C: "C", G: "G", T: "T", R: "AG", Y: "CT", N: "ACGT" };
const fits = (wanted: string, letters: string): boolean =>
  wanted === "N" ||
  (wanted.length === letters.length &&
    Array.from(wanted.toUpperCase()).every((letter, i) => IUPAC[letter]?.includes(letters[i] ?? "-")));
const TYPES: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  SNP: (a, b) => a.length === 1 && b.length === 1,
  MNP: (a, b) => a.length > 1 && a.length === b.length,
  INS: (a, b) => b.length > a.length,
  DEL: (a, b) => b.length < a.length,
  INDEL: (a, b) => b.length !== a.length,
  DUP: (a, b) => b.length > a.length && b === a.repeat(b.length / a.length),
};

function plainly(lines: readonly Line[], of: Question): Omit<Answer, "samples"> & { samples: string[] } {
  const meant = lines.flatMap((each) => {
    const { position, reference, alternates } = each;
    const from = position - 1;
    const there = of.end === undefined ? from === of.start : from < of.end && from + reference.length > of.start;
    if (!there || !fits(of.referenceBases ?? "N", reference)) return [];
    const wanted = alternates.flatMap((alternate, i) =>
      fits(of.alternateBases ?? "N", alternate) && (TYPES[of.variantType ?? ""]?.(reference, alternate) ?? true)
        ? [i + 1]
        : [],
    );
    return wanted.length === 0 ? [] : [{ ...each, wanted }];
  });
  const called = meant.flatMap(({ genotypes }) => genotypes.flat().filter((allele) => allele >= 0)).length;
  const calls = meant.flatMap(({ genotypes, wanted }) => genotypes.flat().filter((each) => wanted.includes(each)));
  const carriers = SAMPLES.filter((_, i) =>
    meant.some(({ genotypes, wanted }) => genotypes[i]?.some((each) => wanted.includes(each))),
  );
  return {
    exists: calls.length > 0,
    lines: meant.length,
    call_count: calls.length,
    all_alleles: called,
    frequency: called === 0 ? null : calls.length / called,
    carriers: meant.length === 0 ? null : carriers.length,
    samples: carriers,
  };
}

it("counts what plain JavaScript counts, and gives the same bytes by any chunks", () => {
  const property = fc.property(
    fc.array(line, { maxLength: 20 }),
    fc.array(asked, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 1, max: 900 }),
    fc.integer({ min: 2, max: 5 }),
    fc.boolean(),
    (lines, variants, size, group, returns) => {
      const vcf = (HEADER + lines.map(textOf).join("\n")).replaceAll("\n", returns ? "\r\n" : "\n");
      const found = ask(vcf, variants, 100);
      expect(found.lines).toBe(lines.length);
      const names = found.variants.map((each) => ({ ...each, samples: each.samples.map(({ sample }) => sample) }));
      expect(names).toEqual(variants.map((each) => plainly(lines, each)));
      const options = { variants, list: 100 };
      const cut = runLinesJob(small, { size, group, arguments: options, files: { "data://a/b/c.vcf": vcf } });
      const named = (text: string): string => text.replaceAll('"file":"data://a/b/c.vcf"', '"file":null');
      expect(named(cut.result)).toBe(callLines(small, vcf, options));
    },
  );
  fc.assert(property, { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 40 : 500 });
}, 240_000);

const site = (alternate: string, rest = ""): string => `c\t5\t.\tA\t${alternate}${rest}\n`;

describe("a line", () => {
  it("without genotypes counts by AC and AN; without these the variant exists and is not counted", () => {
    const variants = [{ start: 4, alternateBases: "T" }];
    const told = ask(site("C,T", "\t.\t.\tAF=0.1;AC=3,4;AN=20"), variants).variants[0];
    expect(told).toMatchObject({ exists: true, call_count: 4, all_alleles: 20, frequency: 0.2, carriers: null });
    const silent = ask(site("C,T"), variants).variants[0];
    expect(silent).toMatchObject({ exists: true, lines: 1, call_count: 0, frequency: null });
    const nobody = ask(site("C,T", "\t.\t.\tAC=3,0;AN=20"), variants).variants[0];
    expect(nobody).toMatchObject({ exists: false, lines: 1, frequency: 0 });
  });

  it.each([
    ["<DEL>", "DEL", true],
    ["<DUP:TANDEM>", "DUP", true],
    ["<CN0>", "DEL", true],
    ["<INS>", "DEL", false],
    ["*", "DEL", false],
    ["A[c:9[", "BND", false],
    ["[c:9[A", "BND", true],
  ])("with %s is a %s: %s", (alternate, variantType, exists) => {
    expect(ask(site(alternate), [{ start: 4, variantType }]).variants[0]?.exists).toBe(exists);
  });

  it("of another chromosome, or with an alternate of another length, is not meant", () => {
    const variants = [
      { start: 4, referenceName: "c" },
      { start: 4, referenceName: "chr" },
      { start: 4, variantMinLength: 2 },
      { start: 4, variantMinLength: 3, variantMaxLength: 3 },
      { start: 4, variantMaxLength: 2 },
    ];
    expect(ask(site("TTT"), variants).variants.map(({ exists }) => exists)).toEqual([true, false, true, true, false]);
  });
});

it("takes 100 variants and not one more", () => {
  const variants = Array.from({ length: 101 }, (_, start) => ({ start }));
  expect(ask(HEADER, variants.slice(1)).variants).toHaveLength(100);
  expect(() => ask(HEADER, variants)).toThrow("$.variants: expected 1 to 100");
  expect(ask(HEADER, variants.slice(1), 100).lines).toBe(0);
  expect(() => ask(HEADER, variants.slice(1), 101)).toThrow("$.list: expected 0 to 100");
});

it("goes on where it was when a task dies, and tells carriers of several files apart", () => {
  const text =
    HEADER +
    Array.from(
      { length: 30_000 },
      (_, i) =>
        `${textOf({ position: i + 1, reference: "A", alternates: ["C"], genotypes: SAMPLES.map((_, n) => [Number(n === i % 10)]) }, i)}\n`,
    ).join("");
  const variants = [
    { start: 0, end: 3 },
    { start: 29_000, end: 30_000 },
  ];
  const whole = {
    size: 10_000_000,
    group: 8,
    arguments: { variants, list: 5 },
    files: { "data://a/b/1.vcf": text, "data://a/b/2.vcf": text },
  };
  const [first, broken] = [runLinesJob(module, whole), runLinesJob(module, { ...whole, diesAfter: 1 })];
  expect(first.tasks).toBe(2);
  expect(broken.tasks).toBeGreaterThan(4);
  expect(broken.result).toBe(first.result);
  const found = JSON.parse(first.result) as Result;
  expect(found.variants.map(({ carriers }) => carriers)).toEqual([6, 20]);
  expect(found.variants[0]?.samples.map(({ file, sample }) => `${file?.at(-5)} ${sample}`)).toEqual([
    "1 s0",
    "1 s1",
    "1 s2",
    "2 s0",
    "2 s1",
  ]);
});

it("takes as much as a call may bring", () => {
  const line = "c\t5\t.\tA\tG\t.\t.\t.\n";
  const options = { variants: [{ start: 4 }] };
  const lines = Math.floor((10 * 1024 * 1024 - JSON.stringify(options).length - 1) / line.length);
  expect(JSON.parse(callLines(module, line.repeat(lines), options))).toMatchObject({ lines });
});

it("answers as its README shows", () => {
  const readme = readFileSync(join(folderOf("genome/beacon"), "README.md"), "utf8");
  const options = JSON.parse(/echo '(.*)'/.exec(readme)?.[1] ?? "") as object;
  const sample = readFileSync(join(folderOf("genome/beacon"), "sample/spike.vcf"), "utf8");
  expect(JSON.parse(callLines(module, sample, options))).toEqual(
    JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? ""),
  );
});

const DATA = join(import.meta.dirname, "../../../shared/data/sars-cov-2/variants.vcf.gz");
const present = existsSync(DATA);
if (!present) console.warn(`SKIPPED: genome/beacon on real genotypes, because ${DATA} is not there.`);

it.skipIf(!present)("real genotypes come to the counts that their file tells", () => {
  const vcf = gunzipSync(readFileSync(DATA)).toString("utf8");
  const sites = vcf
    .split("\n")
    .filter((text) => text !== "" && !text.startsWith("#"))
    .flatMap((text) => {
      const [, position, , referenceBases, alternates = "", , , info = ""] = text.split("\t");
      const [, counts = "", alleles] = /^AC=([\d,]+);AN=(\d+)$/.exec(info) ?? [];
      return alternates.split(",").map((alternateBases, i) => ({
        variant: { start: Number(position) - 1, referenceBases, alternateBases },
        told: { call_count: Number(counts.split(",")[i]), all_alleles: Number(alleles) },
      }));
    });
  expect(sites).toHaveLength(1744);
  for (let at = 0; at < sites.length; at += 100) {
    const part = sites.slice(at, at + 100);
    const found = ask(
      vcf,
      part.map(({ variant }) => variant),
    ).variants;
    expect(found.map(({ call_count, all_alleles }) => ({ call_count, all_alleles }))).toEqual(
      part.map(({ told }) => told),
    );
    // One copy each: whoever was called is a carrier.
    expect(found.map(({ carriers }) => carriers)).toEqual(part.map(({ told }) => told.call_count));
  }
});
