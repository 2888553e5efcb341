// genome/kmers on 409 genomes of SARS-CoV-2, against counts made with numpy (which agree with Jellyfish) and the
// fingerprints of a published pipeline. The data is not part of this repository: it is looked for beside it, and without
// it all is skipped, which is said.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import {
  build,
  codeOf,
  dense,
  distance,
  fingerprint,
  parse,
  type Caller,
  type Entry,
  type Sequence,
} from "./genome-kmers.support.ts";

const DATA = join(import.meta.dirname, "../../../shared/data/sars-cov-2");
const present = existsSync(join(DATA, "genomes.fasta.gz"));
if (!present) console.warn(`SKIPPED: genome/kmers against its oracles, because ${DATA} is not there.`);

const read = (name: string): string => {
  const bytes = readFileSync(join(DATA, name));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};
const rows = (name: string): string[][] =>
  read(name)
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));

/** Reads entries whose objects have 30,000 members each: with JSON.parse, all of them take half a minute. */
function scan(text: string, k: number): Entry[] {
  return Array.from(text.matchAll(/\{("id":[^{}]*),"counts":\{([^{}]*)\}\}/g), ([, head, members = ""]) => {
    const counts = new Uint32Array(4 ** k);
    // "ACGTACGTAC":1,
    for (let at = 0; at < members.length;) {
      const colon = at + k + 2;
      const comma = members.indexOf(",", colon);
      const end = comma < 0 ? members.length : comma;
      counts[codeOf(members.slice(at + 1, at + 1 + k))] = Number(members.slice(colon + 1, end));
      at = end + 1;
    }
    return { ...(JSON.parse(`{${head}}`) as Entry), counts: counts as unknown as number[] };
  });
}

/** Cuts a list into parts of at most `size`. */
const inParts = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

describe.skipIf(!present)("the genomes of SARS-CoV-2", () => {
  let kmers: Caller;
  /** The records as they stand in the file, by id. */
  const texts = new Map<string, string>();
  let reference = "";

  beforeAll(async () => {
    kmers = await build();
    for (const text of read("genomes.fasta.gz").split(/(?=^>)/m)) texts.set(/^>(\S+)/.exec(text)?.[1] ?? "", text);
    reference = read("reference.fasta");
  });

  it.each([
    [4, "dense", 300],
    [6, "dense", 300],
    [6, "sparse", 300],
    [8, "dense", 100],
    [10, "sparse", 33],
  ] as const)("k = %i, %s: windows, distinct k-mers and the SHA-256 of all counts of each", (k, form, size) => {
    const expected = rows("oracle/kmer-vectors.tsv.gz").filter((row) => row[1] === String(k));
    expect(expected).toHaveLength(409);
    // One genome in eight unless everything is asked for: other ones for each k and form.
    const all = process.env["ORCADE_TORTURE"] !== undefined;
    const looked = all ? expected : expected.filter((_, i) => i % 8 === (k + form.length) % 8);
    for (const part of inParts(looked, size)) {
      const fasta = part.map(([id = ""]) => texts.get(id)).join("");
      const found = k === 10 ? scan(kmers.text({ fasta, k, form }), k) : kmers.call({ fasta, k, form });
      expect(found.map((entry) => figures(entry, k))).toEqual(part.map((row) => row.join(" ")));
    }
  });

  it.each([8, 10])("k = %i, dense: the same counts as sparse", (k) => {
    const [first = "", second = ""] = texts.values();
    const sparse = kmers.call({ fasta: first + second, k });
    const full = kmers.call({ fasta: first + second, k, form: "dense" });
    expect(full.map((entry) => figures(entry, k))).toEqual(sparse.map((entry) => figures(entry, k)));
  });

  /** The figures of an entry as the oracle has them. */
  function figures({ id, windows, valid, distinct, counts = {} }: Entry, k: number): string {
    const table = "length" in counts ? Uint32Array.from(counts as ArrayLike<number>) : dense(counts, k);
    const hash = createHash("sha256").update(new Uint8Array(table.buffer)).digest("hex");
    return [id, k, windows, valid, distinct, hash].join(" ");
  }

  it("D2 and Euclidean distances of fingerprints to the reference, k = 10, to the nine digits given", () => {
    const expected = rows("oracle/fingerprint-k10.tsv");
    expect(expected).toHaveLength(258);
    const fasta = reference + expected.map(([id = ""]) => texts.get(id)).join("");
    const [self, ...found] = kmers.call({ fasta, k: 10, form: "none", against: "first" });
    expect(self?.distance).toMatchObject({ d2: 0, euclidean: 0 });
    expected.forEach((row, i) => {
      expect(found[i]?.id).toBe(row[0]);
      expect(missed(found[i]?.distance?.d2, Number(row[6]))).toBeLessThan(0.5001);
      expect(missed(found[i]?.distance?.euclidean, Number(row[7]))).toBeLessThan(0.5001);
    });
  });

  /** By how many units of the ninth digit a number differs from one that was rounded there. */
  function missed(found: number | null | undefined, rounded: number): number {
    if (rounded === 0) return found === 0 ? 0 : NaN;
    const unit = 10 ** (Math.floor(Math.log10(rounded)) - 8);
    return Math.abs((found ?? NaN) - rounded) / unit;
  }

  it("fingerprints, idf-cosine and pairs as plain JavaScript gives them", () => {
    const fasta = reference + [...texts.values()].slice(0, 12).join("");
    const list: Sequence[] = parse(fasta);
    const vectors = list.map((record) => fingerprint(record, 10));
    const entries = kmers.call({ fasta, k: 10, fingerprint: true, against: "first", pairs: true });
    entries.forEach((entry, i) => {
      const shares = Object.entries(entry.fingerprint ?? {}).map(([word, share]) => [word, Math.fround(share)]);
      expect(shares).toEqual([...(vectors[i] ?? [])]);
      const wanted = distance(vectors, i, 0);
      expect(entry.distance?.idf_cosine).toBeCloseTo(wanted.idf_cosine ?? NaN, 12);
      expect(entry.distance?.d2).toBeCloseTo(wanted.d2 ?? NaN, 12);
      expect(entry.distance?.euclidean).toBeCloseTo(wanted.euclidean ?? NaN, 12);
      if (i > 0) expect(entry.distances?.idf_cosine[0]).toBe(entry.distance?.idf_cosine);
    });
  });
});
