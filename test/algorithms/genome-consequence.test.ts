// genome/consequence against plain JavaScript that writes each change into a chromosome and translates the gene anew; whole and by
// jobs of any chunk size; on mutations known by name, and on real genomes where the data is at hand. Its own cases are run by
// cases.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { genome } from "./genome-kmers.support.ts";
import { callLines, runLinesJob } from "./lines.support.ts";
import { built, folderOf, onMemory } from "./support.ts";

interface Listed {
  readonly position: number;
  readonly reference: string;
  readonly alternate: string;
  readonly gene: string | null;
  readonly consequence: string;
  readonly impact: string;
  readonly protein: string | null;
  readonly frequency: number | null;
}
interface Result {
  readonly lines: number;
  readonly alternates: number;
  readonly symbolic: number;
  readonly other_reference: number;
  readonly consequences: Readonly<Record<string, number>>;
  readonly variants: readonly Listed[];
}
interface Gene {
  readonly name: string;
  readonly strand: "+" | "-";
  readonly parts: readonly (readonly [number, number])[];
  readonly letters: string;
}

let module: WebAssembly.Module;
/** The same on little memory: for many small calls. */
let small: WebAssembly.Module;
beforeAll(async () => {
  const whole = await built("genome/consequence");
  module = moduleOf(whole.bytes);
  small = moduleOf(onMemory(whole, 2).bytes);
});
const study = (vcf: string, options: object): Result =>
  JSON.parse(callLines(vcf.length > 100_000 ? module : small, vcf, options)) as Result;
const lineOf = ([position, reference, alternate, info = "."]: readonly [number, string, string, string?]): string =>
  `c\t${position}\t.\t${reference}\t${alternate}\t.\t.\t${info}\n`;

const AMINO = new Map(
  Array.from("FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", (letter, i) => [
    ["T", "C", "A", "G"].flatMap((a) =>
      ["T", "C", "A", "G"].flatMap((b) => ["T", "C", "A", "G"].map((c) => a + b + c)),
    )[i],
    letter,
  ]),
);
const proteinOf = (letters: string): string =>
  (letters.match(/.../g) ?? []).map((codon) => AMINO.get(codon) ?? "X").join("");
const reversed = (letters: string): string =>
  Array.from(letters, (letter) => "TGCA"["ACGT".indexOf(letter)] ?? "N")
    .reverse()
    .join("");

/** A chromosome of 120 letters with a gene of three parts, 60 letters in all. */
function placed(seed: number, strand: "+" | "-"): { chromosome: string; gene: Gene } {
  const coding = `ATG${genome(54, seed).replaceAll(/(...)/g, (codon) => (AMINO.get(codon) === "*" ? "CAG" : codon))}TAA`;
  const letters = Array.from(genome(120, seed + 1));
  const parts = [
    [11, 29],
    [40, 60],
    [70, 89],
  ] as const;
  const plus = Array.from(strand === "+" ? coding : reversed(coding));
  for (const [from, to] of parts) letters.splice(from - 1, to - from + 1, ...plus.splice(0, to - from + 1));
  return { chromosome: letters.join(""), gene: { name: "g", strand, parts, letters: coding } };
}

/** The gene's letters after a change that lies within one of its parts; the insertion stands behind its first letter. */
function changed(chromosome: string, gene: Gene, at: number, length: number, now: string): string {
  const letters = Array.from(chromosome);
  letters.splice(at - 1, length, now);
  for (let i = 1; i < length; i++) letters.splice(at, 0, "");
  const plus = gene.parts.map(([from, to]) => letters.slice(from - 1, to).join("")).join("");
  return gene.strand === "+" ? plus : reversed(plus);
}

/** Writes a change such as "D614G" into a protein. */
function rewritten(protein: string, change: string): string {
  const [, was = "", number, is = ""] = /^([A-Z*]*|ins)(\d+)([A-Z*]*|del)$/.exec(change) ?? [];
  const at = Number(number) - 1;
  if (was === "ins") return protein.slice(0, at + 1) + is + protein.slice(at + 1);
  expect(protein.slice(at, at + was.length)).toBe(was);
  return protein.slice(0, at) + (is === "del" ? "" : is) + protein.slice(at + was.length);
}

function wanted(before: string, after: string, more: number): string {
  const [was, is] = [proteinOf(before), proteinOf(after)];
  if (more % 3 !== 0) return "frameshift_variant";
  if (!is.startsWith("M")) return "start_lost";
  const early = is.slice(0, -1).includes("*") && !(more === 0 && was.slice(0, -1).includes("*"));
  if (early) return "stop_gained";
  if (!is.endsWith("*")) return "stop_lost";
  if (more !== 0) return more > 0 ? "inframe_insertion" : "inframe_deletion";
  if (was !== is) return "missense_variant";
  return before.slice(0, -3) === after.slice(0, -3) ? "stop_retained_variant" : "synonymous_variant";
}

const letters = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom("A", "C", "G", "T"), minLength: least, maxLength: most });

const LONG = 240_000;

describe("a change inside a part of a gene", () => {
  const property = (strand: "+" | "-"): fc.IProperty<[number, number, number, number, string]> =>
    fc.property(
      fc.nat(9999),
      fc.nat(2),
      fc.nat(20),
      fc.integer({ min: 1, max: 7 }),
      letters(1, 7),
      (seed, part, offset, length, other) => {
        const { chromosome, gene } = placed(seed, strand);
        const [from, to] = gene.parts[part] ?? [1, 1];
        // Letters more or fewer stand behind one that stays, as VCF has them.
        const anchored = length !== other.length;
        const at = Math.min(from + offset, to);
        const size = Math.min(length, to - at + 1);
        const reference = chromosome.slice(at - 1, at - 1 + size);
        const alternate = anchored ? (reference[0] ?? "") + other.slice(1) : other.slice(0, size);
        fc.pre(alternate !== reference && (anchored || alternate.length === size));
        // Behind a part's last letter stands its intron.
        fc.pre(!(alternate.length > size && at + size - 1 === to));
        const now = changed(chromosome, gene, at, size, alternate);
        const more = alternate.length - size;
        const { variants } = study(lineOf([at, reference, alternate]), { genes: [gene] });
        const found = variants[0];
        expect(found).toMatchObject({ gene: "g", position: at });
        const read = proteinOf(now).replace(/\*.*/, "*");
        if (more === 0 || more % 3 !== 0) expect(found?.consequence).toBe(wanted(gene.letters, now, more));
        if (more % 3 !== 0) return;
        const own = proteinOf(gene.letters);
        const told = read === own ? own : rewritten(own, found?.protein ?? "");
        expect(told.replace(/\*.*/, "*")).toBe(read);
        if (read === own && more !== 0) expect(found?.consequence).toBe("stop_retained_variant");
        if (found?.consequence.startsWith("inframe") === true)
          expect(wanted(gene.letters, now, more)).toBe(found.consequence);
      },
    );
  const numRuns = process.env["ORCADE_TORTURE"] === undefined ? 150 : 1_500;
  it.each(["+", "-"] as const)(
    "on the %s strand does to the protein what it says",
    (strand) => {
      fc.assert(property(strand), { numRuns });
    },
    LONG,
  );
});

describe("a change beside a part", () => {
  const { chromosome, gene } = placed(3, "+");
  const backwards = placed(3, "-");
  const judge = (of: { chromosome: string; gene: Gene }, at: number, length: number, alternate: string): string => {
    const line = lineOf([at, of.chromosome.slice(at - 1, at - 1 + length), alternate]);
    return Object.keys(study(line, { genes: [of.gene] }).consequences)[0] ?? "";
  };
  const other = (letter = ""): string => (letter === "A" ? "C" : "A");
  const single = (of: { chromosome: string; gene: Gene }, at: number): string =>
    judge(of, at, 1, other(of.chromosome[at - 1]));

  it("breaks the splicing where it hits an intron's first or last two letters", () => {
    const terms = [30, 31, 32, 37, 38, 39, 10, 90].map((at) => single({ chromosome, gene }, at));
    const [donor, acceptor] = ["splice_donor_variant", "splice_acceptor_variant"];
    const [intron, outside] = ["intron_variant", "intergenic_variant"];
    expect(terms).toEqual([donor, donor, intron, intron, acceptor, acceptor, outside, outside]);
    const back = [30, 31, 32, 37, 38, 39].map((at) => single(backwards, at));
    expect(back).toEqual([acceptor, acceptor, intron, intron, donor, donor]);
  });

  it("takes splicing for worse than letters, and tells what goes beyond a gene's ends", () => {
    const last = chromosome[27] ?? "";
    expect(judge({ chromosome, gene }, 28, 4, last)).toBe("splice_donor_variant");
    expect(judge({ chromosome, gene }, 8, 5, chromosome[7] ?? "")).toBe("start_lost");
    expect(judge({ chromosome, gene }, 87, 5, chromosome[86] ?? "")).toBe("stop_lost");
    expect(judge(backwards, 8, 5, backwards.chromosome[7] ?? "")).toBe("stop_lost");
    expect(judge({ chromosome, gene }, 10, 2, `${other(chromosome[9])}C`)).toBe("start_lost");
    // Insertions behind the last letter of a part, between an intron's outermost two, and before a gene.
    const insert = (at: number): string =>
      judge({ chromosome, gene }, at, 1, `${chromosome[at - 1]}${other(chromosome[at - 1])}`);
    expect([29, 30, 10, 89].map(insert)).toEqual([
      "intron_variant",
      "splice_donor_variant",
      "intergenic_variant",
      "intergenic_variant",
    ]);
  });

  it("of a reference with other letters is counted as such", () => {
    const letter = chromosome[14] ?? "";
    const found = study(lineOf([15, other(letter), letter]), { genes: [gene] });
    expect(found).toMatchObject({ other_reference: 1, consequences: { coding_sequence_variant: 1 } });
  });

  it("that is not spelled out is counted apart", () => {
    const vcf = ["<DEL>", "*", "A[c:9[", ".", "A".repeat(10_001)]
      .map((alternate) => lineOf([15, "C", alternate]))
      .join("");
    expect(study(vcf, { genes: [gene] })).toMatchObject({ alternates: 5, symbolic: 5, consequences: {} });
    expect(study(lineOf([15, chromosome[14] ?? "", "A".repeat(10_000)]), { genes: [gene] }).symbolic).toBe(0);
  });
});

const GENES = JSON.parse(readFileSync(join(folderOf("genome/consequence"), "sample/genes.json"), "utf8")) as {
  genes: Gene[];
};

it("names the mutations of SARS-CoV-2 that are known by name", () => {
  const known = [
    ["S", "D614G", 23403, "A", "G"],
    ["S", "N501Y", 23063, "A", "T"],
    ["S", "P681H", 23604, "C", "A"],
    ["S", "P681R", 23604, "C", "G"],
    ["S", "L452R", 22917, "T", "G"],
    ["S", "E484K", 23012, "G", "A"],
    ["ORF1b", "P314L", 14408, "C", "T"],
    ["N", "RG203KR", 28881, "GGG", "AAC"],
    ["S", "HV69del", 21764, "ATACATG", "A"],
    ["ORF8", "Q27*", 27972, "C", "T"],
  ] as const;
  const vcf = known.map(([, , ...rest]) => lineOf(rest)).join("");
  const found = study(vcf, GENES).variants.map(({ gene, protein }) => `${gene}:${protein}`);
  expect(found.sort()).toEqual(known.map(([gene, protein]) => `${gene}:${protein}`).sort());
});

it("lists what is rare, the worst first and of these the rarest, as many as asked for", () => {
  const [site, stop] = [23403, 27972];
  const vcf = [
    lineOf([site, "A", "G,C", "AC=3,1;AN=10"]),
    lineOf([23063, "A", "T", "AF=0.05"]),
    lineOf([23012, "G", "A"]),
    lineOf([stop, "C", "T", "AF=0.9"]),
  ].join("");
  const list = (options: object): (string | null)[] =>
    study(vcf, { ...GENES, ...options }).variants.map(({ protein }) => protein);
  expect(list({})).toEqual(["Q27*", "E484K", "N501Y", "D614A", "D614G"]);
  expect(list({ rare: 0.1 })).toEqual(["E484K", "N501Y", "D614A"]);
  expect(list({ list: 2 })).toEqual(["Q27*", "E484K"]);
  expect(list({ list: 0 })).toEqual([]);
});

it("takes 1,000 genes and a list of 1,000, and not one more", () => {
  const gene = { name: "g", parts: [[1, 3]], letters: "ATG" };
  const genes = Array.from({ length: 1001 }, () => gene);
  expect(study(lineOf([2, "T", "C"]), { genes: genes.slice(1), list: 1000 }).consequences).toEqual({ start_lost: 1 });
  expect(() => study("", { genes })).toThrow("$.genes: expected 1 to 1000");
  expect(() => study("", { genes: [gene], list: 1001 })).toThrow("$.list: expected 0 to 1000");
});

it("takes as much as a call may bring", () => {
  const line = "c\t5\t.\tA\tG\t.\t.\t.\n";
  const options = GENES;
  const lines = Math.floor((10 * 1024 * 1024 - JSON.stringify(options).length - 1) / line.length);
  expect(JSON.parse(callLines(module, line.repeat(lines), options))).toMatchObject({ lines });
});

it("answers as its README shows", () => {
  const readme = readFileSync(join(folderOf("genome/consequence"), "README.md"), "utf8");
  const sample = readFileSync(join(folderOf("genome/consequence"), "sample/ON626380.vcf"), "utf8");
  expect(study(sample, { ...GENES, list: 2 })).toEqual(JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? ""));
});

const DATA = join(import.meta.dirname, "../../../shared/data/sars-cov-2");
const present = existsSync(DATA);
if (!present) console.warn(`SKIPPED: genome/consequence on real genomes, because ${DATA} is not there.`);

describe.skipIf(!present)("409 real genomes", () => {
  const vcf = present ? gunzipSync(readFileSync(join(DATA, "variants.vcf.gz"))).toString("utf8") : "";

  it("come to what plain JavaScript makes of each letter, by any chunks, and when a task dies", () => {
    const reference = readFileSync(join(DATA, "reference.fasta"), "utf8").replace(/^>.*/, "").replaceAll(/\s/g, "");
    const counts = new Map<string, number>();
    for (const text of vcf.split("\n")) {
      if (text === "" || text.startsWith("#")) continue;
      const [, position, , , alternates = ""] = text.split("\t");
      for (const alternate of alternates.split(",")) {
        const place = Number(position);
        const gene = GENES.genes.find(({ parts: [[from, to] = [0, -1]] }) => place >= from && place <= to);
        const [from, to] = gene?.parts[0] ?? [1, 0];
        const own = reference.slice(from - 1, to);
        const at = place - from - ((place - from) % 3);
        const now = own.slice(at, place - from) + alternate + own.slice(place - from + 1, at + 3);
        // A codon as the whole of a gene; its own start and stop stay what they are.
        const start = at === 0 && own.startsWith("ATG") ? "" : "ATG";
        const stop = at === own.length - 3 && AMINO.get(own.slice(at)) === "*" ? "" : "TAA";
        const alone = (codon: string): string => start + codon + stop;
        const term = gene === undefined ? "intergenic_variant" : wanted(alone(own.slice(at, at + 3)), alone(now), 0);
        counts.set(term, (counts.get(term) ?? 0) + 1);
      }
    }
    const options = { ...GENES, list: 50 };
    const whole = callLines(module, vcf, options);
    const found = JSON.parse(whole) as Result;
    expect(found).toMatchObject({ lines: 1679, alternates: 1744, symbolic: 0, other_reference: 0 });
    expect(found.consequences).toEqual(Object.fromEntries(counts));
    const named = (text: string): string => text.replaceAll('"file":"data://a/b/c"', '"file":null');
    const job = { group: 5, arguments: options, files: { "data://a/b/c": vcf } };
    for (const [size, diesAfter] of [
      [60_000, undefined],
      [5_000_000, 1],
    ] as const) {
      const ran = runLinesJob(module, { ...job, size, ...(diesAfter === undefined ? {} : { diesAfter }) });
      expect(named(ran.result)).toBe(whole);
    }
  });

  it("among them that of the sample, whose differences are all of its own", () => {
    const sample = readFileSync(join(folderOf("genome/consequence"), "sample/ON626380.vcf"), "utf8");
    const rows = sample.split("\n").filter((text) => text !== "" && !text.startsWith("#"));
    const reference = readFileSync(join(DATA, "reference.fasta"), "utf8").replace(/^>.*/, "").replaceAll(/\s/g, "");
    let [text, at] = ["", 0];
    for (const row of rows) {
      const [, position, , before = "", after = ""] = row.split("\t");
      const from = Number(position) - 1;
      expect(reference.slice(from, from + before.length)).toBe(before);
      // Two lines may share a letter: the one that an insertion or a deletion stands behind.
      text += reference.slice(at, from) + after.slice(Math.max(at - from, 0));
      at = from + before.length;
    }
    text += reference.slice(at);
    const fasta = gunzipSync(readFileSync(join(DATA, "genomes.fasta.gz"))).toString("utf8");
    const own = (/>ON626380[^\n]*\n([^>]*)/.exec(fasta)?.[1] ?? "").replaceAll(/\s/g, "");
    expect(own.length).toBe(29_502);
    expect(text).toContain(own);
  });
});
