// genome/nearest and the sketches it reads, against the formulas in plain JavaScript; how many genomes come to their clade,
// of generated ones and, where the data is at hand, of real ones. Its own cases are run by cases.test.ts.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { firstRecord, genomes } from "../../cli/genomes/generate.ts";
import { codesOf, type Labelled, labelled, sketch } from "../../cli/genomes/sketch.ts";
import { codeOf, count, genome } from "./genome-kmers.support.ts";
import { type Built, built, folderOf } from "./support.ts";

interface Neighbour {
  readonly id: string;
  readonly clade: string;
  readonly distance: number;
}
interface Answer {
  readonly id: string;
  readonly clade: string | null;
  readonly distance: number;
  readonly support: number;
  readonly nearest: readonly Neighbour[];
}

const DEFAULT = "data://genome/nearest/sars-cov-2.sketch";
let nearest: Built<Answer[]>;
beforeAll(async () => {
  nearest = await built<Answer[]>("genome/nearest");
});

const fastaOf = (list: readonly Labelled[]): string => list.map(({ id, letters }) => `>${id}\n${letters}\n`).join("");
const ask = (references: Uint8Array, asked: readonly Labelled[], list = 1): Answer[] =>
  nearest.call({ fasta: fastaOf(asked), list }, { data: new Map([[DEFAULT, references]]) });

const REFERENCE = join(folderOf("genome/kmers"), "sample/MN908947.3.fasta");
const reference = firstRecord(readFileSync(REFERENCE, "utf8"));
function generated(seed: number, from: number, howMany: number): Labelled[] {
  let text = "";
  for (const batch of genomes({ reference, seed, from, count: howMany, clades: 32 }))
    text += new TextDecoder().decode(batch);
  return labelled(text, "clade");
}
/** The share of genomes that come to their clade. */
const right = (references: Uint8Array, asked: readonly Labelled[]): number =>
  ask(references, asked, 0).filter(({ clade }, i) => clade === asked[i]?.clade).length / asked.length;

describe("sketches", () => {
  it("read labelled records", () => {
    const text = ">a x clade=A y\r\nacgu\r\n N\n>b clade=\nA\n>c\nA\n>d clades=1\nA\n>e\tclade=B=2\nAC";
    expect(labelled(text, "clade")).toEqual([
      { id: "a", clade: "A", letters: "ACGTN" },
      { id: "e", clade: "B=2", letters: "AC" },
    ]);
  });

  it("have the codes of plain counting", () => {
    for (const k of [1, 3, 8, 12]) {
      const letters = `${genome(500, k)}N${genome(40, k + 1)}`;
      expect([...codesOf(letters, k)]).toEqual([...count(letters, k).keys()].map(codeOf));
    }
  });
});

/** Distances by the definition. */
function distances(references: readonly Labelled[], letters: string, k: number): number[] {
  const sets = references.map((each) => new Set(codesOf(each.letters, k)));
  const idf = new Map<number, number>();
  for (const code of new Set(sets.flatMap((set) => [...set]))) {
    const df = sets.filter((set) => set.has(code)).length;
    if (df >= 2 && df <= 0.97 * sets.length) idf.set(code, Math.log(sets.length / df) ** 2);
  }
  const weigh = (codes: Iterable<number>): number => [...codes].reduce((sum, code) => sum + (idf.get(code) ?? 0), 0);
  const own = new Set(codesOf(letters, k));
  return sets.map((set) => {
    const product = Math.sqrt(weigh(own) * weigh(set));
    return product > 0 ? Math.max(1 - weigh([...own].filter((code) => set.has(code))) / product, 0) : 1;
  });
}

it("distances and votes are those of the formulas", () => {
  const letters = fc
    .array(fc.constantFrom("A", "C", "G", "T", "N", "ACGTT", "GGCA"), { maxLength: 30 })
    .map((list) => list.join(""));
  const references = fc.array(fc.record({ clade: fc.constantFrom("A", "B", "C"), letters }), {
    minLength: 2,
    maxLength: 14,
  });
  const property = fc.property(references, letters, fc.integer({ min: 1, max: 6 }), (list, asked, k) => {
    const known = list.map((each, i) => ({ id: `r${i}`, ...each }));
    const wanted = distances(known, asked, k);
    const [answer] = ask(sketch(known, k), [{ id: "x", clade: "", letters: asked }], 100);
    const order = wanted.map((distance, i) => ({ distance, i })).sort((a, b) => a.distance - b.distance || a.i - b.i);
    // Sums in another order differ in their last bits, and so may the order of those that are equally far.
    answer?.nearest.forEach(({ id, distance }, i) => {
      expect(distance).toBeCloseTo(order[i]?.distance ?? NaN, 7);
      expect(distance).toBeCloseTo(wanted[Number(id.slice(1))] ?? NaN, 7);
    });
    expect(answer?.nearest).toHaveLength(known.length);
    const votes = new Map<string, number>();
    for (const { clade, distance } of answer?.nearest.slice(0, 10) ?? []) {
      if (distance < 1) votes.set(clade, (votes.get(clade) ?? 0) + (0.01 + distance) ** -3);
    }
    const all = [...votes.values()].reduce((sum, each) => sum + each, 0);
    if (all === 0) expect(answer).toMatchObject({ clade: null, distance: 1, support: 0 });
    else {
      expect(answer?.support).toBeCloseTo(Math.max(...votes.values()) / all, 6);
      expect(answer?.support).toBeCloseTo((votes.get(answer?.clade ?? "") ?? 0) / all, 6);
    }
  });
  fc.assert(property, { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 60 : 1_000 });
});

it("generated genomes come to their clade", () => {
  expect(right(sketch(generated(5, 0, 160), 12), generated(5, 1_000_000, 60))).toBeGreaterThanOrEqual(0.98);
});

it("answers as its README shows, by the sketches that are shipped", () => {
  const readme = readFileSync(join(folderOf("genome/nearest"), "README.md"), "utf8");
  const shipped = new Uint8Array(readFileSync(join(folderOf("genome/nearest"), "files/sars-cov-2.sketch")));
  const answer = nearest.call({ fasta: readFileSync(REFERENCE, "utf8") }, { data: new Map([[DEFAULT, shipped]]) });
  expect(answer).toEqual(JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? ""));
});

it("a file that was cut anywhere, or changed, is refused or read, and never breaks the call", () => {
  const whole = new Uint8Array(readFileSync(join(folderOf("genome/nearest"), "cases/five.sketch")));
  const asked = [{ id: "x", clade: "", letters: "ACGTACGTAAAA" }];
  const failure = (bytes: Uint8Array): string =>
    nearest.failure({ fasta: fastaOf(asked) }, { data: new Map([[DEFAULT, bytes]]) });
  for (let length = 0; length < whole.length; length++)
    expect(failure(whole.subarray(0, length))).toMatch(/^(?:BadReferences|InputError)$/);
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x95;
    expect(failure(changed)).toMatch(/^(?:BadReferences|InputError|\[.*\])$/);
  }
});

const DATA = join(import.meta.dirname, "../../../shared/data/sars-cov-2");
const present = existsSync(join(DATA, "genomes.fasta.gz"));
if (!present) console.warn(`SKIPPED: genome/nearest on real genomes, because ${DATA} is not there.`);

describe.skipIf(!present)("the genomes of SARS-CoV-2", () => {
  const read = (name: string): string => readFileSync(join(DATA, name), "utf8");
  let known: Labelled[] = [];
  beforeAll(() => {
    const clades = new Map(
      read("genomes.tsv")
        .split("\n")
        .map((line) => [line.split("\t")[0], line.split("\t")[9]]),
    );
    const fasta = gunzipSync(readFileSync(join(DATA, "genomes.fasta.gz"))).toString("utf8");
    const named = fasta.replaceAll(/^>(\S+).*$/gm, (_, id: string) => `>${id} clade=${clades.get(id)}`);
    known = labelled(named, "clade").filter(({ clade }) => clade !== "?");
  });

  it("held back, nine of ten and more come to their clade", () => {
    expect(known).toHaveLength(406);
    const folds = process.env["ORCADE_TORTURE"] === undefined ? [0] : [0, 1, 2];
    const shares = folds.map((fold) => {
      const references = sketch(
        known.filter((_, i) => i % 3 !== fold),
        12,
      );
      return right(
        references,
        known.filter((_, i) => i % 3 === fold),
      );
    });
    console.log(`held back, of their clade: ${shares.map((share) => `${(100 * share).toFixed(1)} %`).join(", ")}`);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.9);
  });

  it.runIf(process.env["ORCADE_TORTURE"])("make the sketches that are shipped", () => {
    const shipped = new Uint8Array(readFileSync(join(folderOf("genome/nearest"), "files/sars-cov-2.sketch")));
    expect(Buffer.from(sketch(known, 12)).equals(shipped)).toBe(true);
  });
});
