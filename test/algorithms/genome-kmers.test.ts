// genome/kmers against plain JavaScript: every k and form, the boundaries between its ways of counting, its limits. Its own
// cases are run by cases.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  build,
  codeOf,
  count,
  dense,
  distance,
  fingerprint,
  FOLDER,
  genome,
  parse,
  type Caller,
  type Distance,
  type Numbers,
  type Request,
} from "./genome-kmers.support.ts";

/** The constant of answer.ts. */
const ANSWER_LIMIT = 15 * 1024 * 1024 - 1024;

let kmers: Caller;
beforeAll(async () => {
  kmers = await build();
});

it("answers as its README shows", () => {
  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  const [input, output] = Array.from(readme.matchAll(/^```json\n([\s\S]*?)^```$/gm), ([, text = ""]) =>
    JSON.parse(text),
  );
  expect(kmers.call(input as Request)).toEqual(output);
});

const pieces = [
  ...Array.from("ACGTACGTACGTacgtnNURYryk-"),
  "ACGTTGCAACGGTTACGATCAGT",
  "NNNNNNNNNNNNNNNNNNNN",
  "AAAAAAAAAAAAAAAA",
  "\n",
  "\r\n",
  " \t",
];
const sequence = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((list) => list.join(""));
const header = fc.tuple(fc.string({ unit: "binary", maxLength: 8 }), fc.constantFrom("", " described"));
const records = fc
  .array(fc.tuple(header, sequence), { minLength: 1, maxLength: 6 })
  .map((list) =>
    list.map(([[id, rest], letters]) => `>${id.replaceAll(/[\r\n\t ]/g, "_")}${rest}\n${letters}\n`).join(""),
  );
/** Runs of a property: a part of them unless everything is asked for. */
const runs = (all: number): { numRuns: number } => ({
  numRuns: process.env["ORCADE_TORTURE"] === undefined ? Math.ceil(all / 10) : all,
});
const smallK = fc.integer({ min: 1, max: 12 });

describe("any FASTA", () => {
  it("gives the figures and counts of plain JavaScript", () => {
    const property = fc.property(records, smallK, (fasta, k) => {
      const expected = parse(fasta).map(({ id, letters }) => {
        const counts = count(letters, k);
        return {
          id,
          length: letters.length,
          windows: Math.max(letters.length - k + 1, 0),
          valid: [...counts.values()].reduce((sum, times) => sum + times, 0),
          distinct: counts.size,
          counts: Object.fromEntries(counts),
        };
      });
      expect(kmers.call({ fasta, k })).toEqual(expected);
    });
    fc.assert(property, runs(300));
  });

  it("gives the same numbers in the dense form, and fingerprints to the last bit", () => {
    const property = fc.property(records, fc.integer({ min: 1, max: 7 }), (fasta, k) => {
      const sparse = kmers.call({ fasta, k, fingerprint: true });
      const full = kmers.call({ fasta, k, fingerprint: true, form: "dense" });
      parse(fasta).forEach((record, i) => {
        expect(dense(sparse[i]?.counts ?? {}, k)).toEqual(Uint32Array.from(numbers(full[i]?.counts)));
        const shares = fingerprint(record, k);
        expect(rounded(sparse[i]?.fingerprint)).toEqual(Object.fromEntries(shares));
        const places = Float32Array.from(numbers(full[i]?.fingerprint));
        for (const [word, share] of shares) expect(places[codeOf(word)]).toBe(share);
        expect(places.filter((share) => share > 0).length).toBe(shares.size);
      });
    });
    fc.assert(property, runs(60));
  });

  it("gives k-mers in alphabetical order", () => {
    const fasta = `>a\n${genome(3000, 7)}\n`;
    for (const k of [1, 6, 8, 10, 12]) {
      const text = kmers.text({ fasta, k });
      const words = [...text.matchAll(/"([ACGT]+)":/g)].map(([, word]) => word ?? "");
      expect(words).toEqual([...words].sort());
      expect(words).toHaveLength(count(parse(fasta)[0]?.letters ?? "", k).size);
    }
  });
});

const numbers = (given: Numbers | undefined): readonly number[] => (Array.isArray(given) ? (given as number[]) : []);

/** The numbers as the 32-bit ones that they stand for. */
function rounded(given: Numbers | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(given ?? {}).map(([word, share]) => [word, Math.fround(share)]));
}

describe("distances", () => {
  const close = (found: Distance | undefined, wanted: Distance) => {
    for (const name of ["d2", "euclidean", "idf_cosine"] as const) {
      const [a, b] = [found?.[name], wanted[name]];
      if (b === null) expect(a).toBeNull();
      else expect(Math.abs((a ?? NaN) - b)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(b)));
    }
  };

  it("to one record and of all pairs are those of the formulas", () => {
    const property = fc.property(records, smallK, fc.nat(), (fasta, k, pick) => {
      const list = parse(fasta);
      const vectors = list.map((record) => fingerprint(record, k));
      const to = pick % list.length;
      const unique = list.filter(({ id }) => id === list[to]?.id).length === 1;
      const against = unique ? (list[to]?.id ?? "") : "first";
      fc.pre(unique || list.every(({ id }) => id !== "first"));
      const entries = kmers.call({ fasta, k, form: "none", against, pairs: true });
      entries.forEach((entry, i) => {
        close(entry.distance, distance(vectors, i, unique ? to : 0));
        expect(entry.distances?.d2).toHaveLength(i);
        for (let j = 0; j < i; j++) {
          const { d2 = [], euclidean = [], idf_cosine = [] } = entry.distances ?? {};
          const pair = { d2: d2[j] ?? null, euclidean: euclidean[j] ?? null, idf_cosine: idf_cosine[j] ?? null };
          close(pair, distance(vectors, j, i));
        }
      });
    });
    fc.assert(property, runs(200));
  });

  it("of equal sequences are exactly 0", () => {
    const fasta = [genome(5000, 1), genome(5000, 2), genome(5000, 1)].map((letters) => `>\n${letters}\n`).join("");
    for (const k of [2, 6, 9, 10, 12]) {
      const [, , third] = kmers.call({ fasta, k, form: "none", against: "first", pairs: true });
      expect(third?.distance?.d2).toBe(0);
      expect(third?.distance?.euclidean).toBe(0);
      expect(third?.distances?.euclidean[0]).toBe(0);
      expect(third?.distances?.euclidean[1]).toBeGreaterThan(0);
    }
  });
});

describe("long sequences, at the boundaries between the ways of counting", () => {
  /** Counts by code: the strings of `count` would take too long. */
  function countCodes(letters: string, k: number): Map<number, number> {
    const counts = new Map<number, number>();
    let [code, run] = [0, 0];
    for (const letter of letters) {
      const base = "ACGT".indexOf(letter);
      run = base < 0 ? 0 : run + 1;
      code = (code * 4 + Math.max(base, 0)) % 4 ** k;
      if (run >= k) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    return counts;
  }

  // Few different k-mers, so that answers stay small; with letters that stop windows here and there.
  const repeated = (length: number): string => {
    const unit = genome(997, 3) + "N" + genome(3001, 4) + "RYN" + genome(15, 5);
    return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  };
  const short = [15, 16, 17, 2047, 2048, 2049];
  const long = [(1 << 18) - 1, 1 << 18, (1 << 18) + 1];

  it.each([6, 7, 8, 9, 10, 11, 12])("counts each length for k = %i", (k) => {
    for (const length of [...short, ...long]) {
      const letters = repeated(length);
      const [entry] = kmers.call({ fasta: `>a\n${letters}`, k });
      const wanted = countCodes(letters, k);
      expect(entry?.valid).toBe([...wanted.values()].reduce((sum, times) => sum + times, 0));
      expect(entry?.distinct).toBe(wanted.size);
      for (const [word, times] of Object.entries(entry?.counts ?? {})) {
        if (wanted.get(codeOf(word)) !== times) expect([word, times]).toEqual([word, wanted.get(codeOf(word))]);
        wanted.delete(codeOf(word));
      }
      expect(wanted.size).toBe(0);
    }
  });

  it("counts after counting: nothing of a record is left for the next", () => {
    const parts = [repeated((1 << 18) + 5), genome(50, 9), repeated(4000), genome(1 << 12, 10), "ACGT"];
    for (const k of [3, 6, 7, 8, 10, 11]) {
      const together = kmers.call({ fasta: parts.map((letters) => `>\n${letters}\n`).join(""), k });
      parts.forEach((letters, i) => expect(together[i]).toEqual(kmers.call({ fasta: `>\n${letters}\n`, k })[0]));
    }
  });
});

describe("limits", () => {
  const tooLarge = /^AnswerTooLarge: /;

  it("records of no letters, for every k", () => {
    const [first, second] = kmers.call({ fasta: ">a\n>b", k: 1, against: "b", pairs: true });
    for (let k = 2; k <= 12; k++) {
      expect(kmers.call({ fasta: ">a\n>b", k, against: "b", pairs: true })).toEqual([first, second]);
    }
    const none = { d2: null, euclidean: null, idf_cosine: null };
    expect(first).toMatchObject({ length: 0, windows: 0, valid: 0, distinct: 0, counts: {}, distance: none });
    expect(second?.distances).toEqual({ d2: [null], euclidean: [null], idf_cosine: [null] });
  });

  it("an answer may have 15 MiB less 1 KiB for its envelope, and not a byte more", () => {
    const counted = `>${"x".repeat(100)}\n${genome(600_000, 11)}\n`;
    const rest = ANSWER_LIMIT - kmers.text({ fasta: `${counted}>`, k: 10 }).length;
    expect(rest).toBeGreaterThan(100_000);
    expect(kmers.text({ fasta: `${counted}>${"y".repeat(rest)}`, k: 10 })).toHaveLength(ANSWER_LIMIT);
    expect(() => kmers.text({ fasta: `${counted}>${"y".repeat(rest + 1)}`, k: 10 })).toThrow(tooLarge);
  });

  it("as many records as the shortest entries allow", () => {
    const most = Math.floor((ANSWER_LIMIT - 1) / 56);
    expect(kmers.call({ fasta: ">\n".repeat(most), k: 6, form: "none" })).toHaveLength(most);
    expect(() => kmers.call({ fasta: ">\n".repeat(most + 1), k: 6, form: "none" })).toThrow(
      /^AnswerTooLarge: more than/,
    );
  });

  it.each([
    [10, 7],
    [9, 29],
    [8, 119],
  ])("dense counts for k = %i of %i empty records", (k, most) => {
    expect(kmers.text({ fasta: ">\n".repeat(most), k, form: "dense" }).length).toBeLessThanOrEqual(ANSWER_LIMIT);
    const refusal = new RegExp(`^AnswerTooLarge: .* send at most ${most} records`);
    expect(() => kmers.text({ fasta: ">\n".repeat(most + 1), k, form: "dense" })).toThrow(refusal);
  });

  it("sparse counts that would pass 15 MiB", () => {
    const fasta = `>a\n${genome(900_000, 12)}\n>b\n${genome(900_000, 13)}`;
    expect(() => kmers.text({ fasta, k: 12 })).toThrow(tooLarge);
    expect(kmers.call({ fasta, k: 12, form: "none" })[1]?.distinct).toBeGreaterThan(800_000);
  });

  it("input at the platform's 10 MiB, with every kind of work", () => {
    const letters = genome(2_600_000, 14);
    const parts = [0, 1, 2, 3].map((i) => `>r${i}\n${letters.slice(i * 1000)}\n`);
    for (const k of [6, 10]) {
      const entries = kmers.call({ fasta: parts.join(""), k, form: "none", against: "r3" });
      expect(entries.map(({ length }) => length)).toEqual([2_600_000, 2_599_000, 2_598_000, 2_597_000]);
      expect(entries[3]?.distance?.euclidean).toBe(0);
    }
  });

  it("input and answer near their limits, with distances of all kinds, in the memory of the manifest", () => {
    const fasta = Array.from({ length: 260 }, (_, i) => `>${i}\n${genome(39_000, i)}\n`).join("");
    expect(fasta.length).toBeGreaterThan(10_000_000);
    const text = kmers.text({ fasta, k: 6, against: "0", pairs: true });
    expect(text.length).toBeGreaterThan(13_500_000);
    const one = `>a\n${genome(3_000_000, 5)}\n>b\n${"N".repeat(7_400_000)}\n`;
    expect(kmers.text({ fasta: one, k: 10, against: "a", pairs: true }).length).toBeGreaterThan(14_500_000);
    for (const k of [10, 11, 12]) {
      expect(() => kmers.text({ fasta, k, fingerprint: true, against: "0", pairs: true })).toThrow(
        /^(AnswerTooLarge|TooManyKmers)/,
      );
    }
  });

  it("pairs of 500 records", () => {
    const fasta = (n: number) => Array.from({ length: n }, (_, i) => `>${i}\n${genome(30, i)}\n`).join("");
    expect(kmers.call({ fasta: fasta(500), k: 3, form: "none", pairs: true })[499]?.distances?.d2).toHaveLength(499);
    expect(() => kmers.call({ fasta: fasta(501), k: 3, form: "none", pairs: true })).toThrow(/^TooManyRecords: 501/);
  });

  it("pairs of 1,500,000 k-mers in all records", () => {
    // 4^9 k-mers each, in a de Bruijn sequence, and as many as are missing.
    const all = deBruijn(9);
    const rest = 1_500_000 - 5 * 4 ** 9;
    const fasta = (last: number) => `${`>a\n${all}\n`.repeat(5)}>b\n${all.slice(0, last + 8)}\n`;
    const entries = kmers.call({ fasta: fasta(rest), k: 9, form: "none", pairs: true });
    expect(entries.reduce((sum, { distinct }) => sum + distinct, 0)).toBe(1_500_000);
    expect(() => kmers.call({ fasta: fasta(rest + 1), k: 9, form: "none", pairs: true })).toThrow(
      /^TooManyKmers: pairs/,
    );
  });

  it("distances over 1,048,576 different k-mers", () => {
    const all = deBruijn(10);
    const fasta = `>a\n${all}\n>b\n${all}\n`;
    expect(kmers.call({ fasta, k: 10, form: "none", against: "a" })[1]?.distinct).toBe(4 ** 10);
    const longer = deBruijn(11);
    const distances = (different: number) =>
      kmers.call({ fasta: `>a\n${longer.slice(0, different + 10)}\n`, k: 11, form: "none", against: "a" });
    expect(distances(4 ** 10)[0]?.distinct).toBe(4 ** 10);
    expect(() => distances(4 ** 10 + 1)).toThrow(
      "TooManyKmers: distances take up to 1048576 different k-mers, and these records have 1048577 for k = 11",
    );
  });
});

/** A sequence that holds every k-mer once (the Lyndon words of lengths that divide k, in order). */
function deBruijn(k: number): string {
  const letters: number[] = [];
  const word = Array.from({ length: k + 1 }, () => 0);
  const extend = (place: number, period: number): void => {
    if (place > k) {
      if (k % period === 0) letters.push(...word.slice(1, period + 1));
      return;
    }
    word[place] = word[place - period] ?? 0;
    extend(place + 1, period);
    for (let next = (word[place - period] ?? 0) + 1; next < 4; next++) {
      word[place] = next;
      extend(place + 1, place);
    }
  };
  extend(1, 1);
  const text = letters.map((letter) => "ACGT"[letter]).join("");
  return text + text.slice(0, k - 1);
}
