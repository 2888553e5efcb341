// text/summary against a plain version of its ranks, on long and hostile texts, and at its limits.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Built, built, folderOf, onMemory } from "./support.ts";
import { runs } from "../support/torture.ts";

interface Output {
  readonly sentences: readonly { text: string; rank: number; score: number; position: number }[];
  readonly total: number;
  readonly language: string;
}

let algorithm: Built<Output>;
let small: Built<Output>;
beforeAll(async () => {
  algorithm = await built<Output>("text/summary");
  small = onMemory(algorithm, 4);
});

it("answers as its README and its sample show", () => {
  const readme = readFileSync(join(folderOf("text/summary"), "README.md"), "utf8");
  const call = /-j '(\{[^]*?\n\})'/.exec(readme)?.[1] ?? "";
  const answer = /```json\n([^]*?)```/.exec(readme)?.[1] ?? "";
  expect(algorithm.call(JSON.parse(call))).toEqual(JSON.parse(answer));
  const { sample } = JSON.parse(readFileSync(join(folderOf("text/summary"), "algorithm.json"), "utf8")) as {
    sample: unknown;
  };
  expect(algorithm.call(sample).sentences.map(({ position }) => position)).toEqual([1, 3]);
});

/** The vector of each sentence, of length 1. */
function vectorsOf(sentences: readonly (readonly string[])[]): Map<string, number>[] {
  const having = (word: string): number => sentences.filter((words) => words.includes(word)).length;
  return sentences.map((words) => {
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) counts.set(word, count * Math.log(1 + sentences.length / having(word)));
    const length = Math.hypot(...counts.values());
    return new Map([...counts].map(([word, weight]) => [word, weight / length]));
  });
}

/** Ranks by the definition, with the whole matrix of similarities. */
function ranksOf(sentences: readonly (readonly string[])[]): number[] {
  const n = sentences.length;
  const vectors = vectorsOf(sentences);
  const cosine = (i: number, j: number): number =>
    i === j ? 0 : [...(vectors[i] ?? [])].reduce((sum, [word, x]) => sum + x * (vectors[j]?.get(word) ?? 0), 0);
  const matrix = vectors.map((_, i) => vectors.map((_each, j) => cosine(i, j)));
  const degrees = matrix.map((row) => row.reduce((sum, x) => sum + x, 0));
  let ranks = Array<number>(n).fill(1);
  for (let step = 0; step < 200; step++) {
    const loose = ranks.filter((_, i) => degrees[i] === 0).reduce((sum, x) => sum + x, 0) / n;
    ranks = matrix.map((row) => {
      const given = row.reduce((sum, x, j) => sum + (x === 0 ? 0 : (x * (ranks[j] ?? 0)) / (degrees[j] ?? 1)), 0);
      return 0.15 + 0.85 * (given + loose);
    });
  }
  return ranks;
}

describe("ranks", () => {
  const word = fc.constantFrom(..."tide moon sea sun ebb flow wind ship salt rock".split(" "));
  const sentence = fc.array(word, { minLength: 1, maxLength: 8 });

  it("are those of the plain version", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(sentence, { minLength: 1, maxLength: 12, selector: (words) => words.join(" ") }),
        (all) => {
          const text = all.map((words) => `${words.join(" ")}.\n\n`).join("");
          const { sentences, total } = small.call({ text, sentences: 100, language: "none" });
          expect(total).toBe(all.length);
          const ranks = ranksOf(all);
          for (const { score, position } of sentences) expect(score).toBeCloseTo(ranks[position] ?? NaN, 2);
          const byRank = [...sentences].sort((left, right) => left.rank - right.rank);
          for (const [i, each] of byRank.entries())
            expect(each.score).toBeLessThanOrEqual(byRank[i - 1]?.score ?? Infinity);
        },
      ),
      runs(150),
    );
  });

  it("choose from a page what the page is about", () => {
    const about =
      "Glaciers carve valleys. Ice of glaciers moves slowly down valleys. Glaciers melt when summers are warm.";
    const beside = "Lunch was good. My aunt called. Parking is free. The bus is late.";
    const { sentences } = algorithm.call({ text: `${beside} ${about}`, sentences: 3 });
    expect(sentences.map(({ text }) => text).join(" ")).toBe(about);
  });
});

describe("whatever a text is", () => {
  const piece = fc.constantFrom(
    ..."Mr. A. e.g. 3. 。 ！ 「 」 “ ” ) [1] ... … ? ! . - * • U.S. the The Word wort Über 東京 I a\n \n \n\n \t".split(
      " ",
    ),
    " ",
    "\n",
    "\u0000",
    "\ud800",
  );
  it("its sentences stand in it in order, and all of them are all its words", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (parts) => {
        const text = parts.join(" ");
        const { sentences, total } = small.call({ text, sentences: 100, language: "none" });
        expect(sentences.length).toBeLessThanOrEqual(total);
        // oxlint-disable-next-line no-control-regex
        const flat = text.replaceAll(/[\u0000-\u0020]+/g, " ");
        let from = 0;
        for (const each of sentences) {
          const at = flat.indexOf(each.text, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + each.text.length;
        }
      }),
      runs(400),
    );
  });
});

describe("time", () => {
  it.each([
    ["stops", "a. "],
    ["stops and nothing", ". "],
    ["brackets", "「。"],
    ["open quotes", "a. (((((((("],
    ["abbreviations", "Mr. "],
    ["blank lines", "\n"],
    ["spaces after a stop", `a.${" ".repeat(500)}`],
    ["words", "the sea and a moon with the tide. Another one here. "],
  ])("is linear: %s", (_, part) => {
    const fuel = (length: number): number => small.fuel({ text: part.repeat(length / part.length), sentences: 5 });
    const [base, less, more] = [fuel(1), fuel(10_000), fuel(40_000)];
    // Ranks take 60 steps at most, and sometimes fewer.
    expect((more - base) / (less - base)).toBeLessThan(10);
    expect((more - base) / 40_000).toBeLessThan(1_000);
  });
});

describe("limits", () => {
  it("32,768 sentences", () => {
    const line = (count: number): string => "ab. Cd.\n\n".repeat(count / 2);
    expect(algorithm.call({ text: line(32_768), language: "none" }).total).toBe(32_768);
    expect(algorithm.failure({ text: line(32_770), language: "none" })).toBe("TextTooLong");
  });

  it("65,536 different words", () => {
    const words = (count: number): string => Array.from({ length: count }, (_, i) => `w${i.toString(36)}`).join(" ");
    expect(algorithm.call({ text: words(65_536), language: "none" }).total).toBeGreaterThan(100);
    expect(algorithm.failure({ text: words(65_537), language: "none" })).toBe("TextTooLong");
  });

  it("524,288 words of sentences", () => {
    const line = (count: number): string => "aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp.\n\n".repeat(count);
    expect(algorithm.call({ text: line(32_768), language: "none" }).total).toBe(32_768);
    expect(algorithm.failure({ text: line(32_768).replace("aa", "zz aa"), language: "none" })).toBe("TextTooLong");
  });

  it("a text of the longest input with few words", () => {
    expect(algorithm.call({ text: " ".repeat(10_000_000) }).total).toBe(0);
    expect(algorithm.call({ text: "x".repeat(10_000_000), sentences: 1 }).total).toBe(5000);
  });
});
