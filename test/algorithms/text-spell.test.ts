// text/spell against a plain search through the whole dictionary, and on as much as it must be fast for.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { type Built, built, folderOf, onMemory } from "./support.ts";
import { runs } from "../support/torture.ts";

interface Suggestion {
  readonly word: string;
  readonly distance: number;
  readonly frequency: number;
}
interface Output {
  readonly doubtful: readonly { word: string; count: number; suggestions: readonly Suggestion[] }[];
  readonly words: number;
  readonly dictionary: number;
}

let algorithm: Built<Output>;
let small: Built<Output>;
beforeAll(async () => {
  algorithm = await built<Output>("text/spell");
  small = onMemory(algorithm, 1);
});

it("answers as its README and its sample show", () => {
  const readme = readFileSync(join(folderOf("text/spell"), "README.md"), "utf8");
  const call = /-j '(\{[^]*?\n\})'/.exec(readme)?.[1] ?? "";
  const answer = /```json\n([^]*?)```/.exec(readme)?.[1] ?? "";
  expect(algorithm.call(JSON.parse(call))).toEqual(JSON.parse(answer));
  const { sample } = JSON.parse(readFileSync(join(folderOf("text/spell"), "algorithm.json"), "utf8")) as {
    sample: unknown;
  };
  expect(algorithm.call(sample).doubtful.map(({ word }) => word)).toEqual(["tyde", "folows"]);
});

/** Optimal string alignment by the recurrence as it is written in books. */
function distanceOf(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  const table: number[][] = [];
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = 0; i <= a.length; i++) {
    table.push([]);
    for (let j = 0; j <= b.length; j++) {
      let best = Math.max(i, j);
      if (i > 0 && j > 0) {
        best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
          best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      table[i]?.push(best);
    }
  }
  return at(a.length, b.length);
}

interface Entry {
  readonly word: string;
  readonly frequency: number;
}

/** Every word of the dictionary compared. */
function nearest(word: string, dictionary: readonly Entry[], distance: number, limit: number): Suggestion[] {
  const near = dictionary.map((entry, i) => ({ ...entry, i, distance: distanceOf(word, entry.word) }));
  const kept = near.filter((each) => each.distance <= distance);
  kept.sort((left, right) => left.distance - right.distance || right.frequency - left.frequency || left.i - right.i);
  return kept.slice(0, limit).map(({ i: _, ...each }) => each);
}

const listOf = (entries: readonly Entry[]): string =>
  entries.map(({ word, frequency }) => `${word} ${frequency}`).join("\n");

describe("suggestions", () => {
  /** Few letters and long words, so that many are near, and differ at their beginnings as well as behind. */
  const word = fc
    .array(fc.constantFrom("a", "b", "c", "é", "д", "𐐨"), { minLength: 2, maxLength: 12 })
    .map((all) => all.join(""));
  const entry = fc.record({ word, frequency: fc.nat(9) });
  const entries = fc.uniqueArray(entry, { minLength: 1, maxLength: 60, selector: (each) => each.word });

  it("are those of a plain search", () => {
    fc.assert(
      fc.property(entries, fc.array(word, { maxLength: 20 }), fc.constantFrom(1, 2), (dictionary, words, distance) => {
        const answer = small.call({ text: words.join(" "), dictionary: listOf(dictionary), distance, limit: 20 });
        const known = new Set(dictionary.map((each) => each.word));
        const doubtful = [...new Set(words)].filter((each) => !known.has(each));
        expect(answer.doubtful.map((each) => each.word)).toEqual(doubtful);
        for (const each of answer.doubtful) {
          expect(each.suggestions).toEqual(nearest(each.word, dictionary, distance, 20));
          expect(each.count).toBe(words.filter((other) => other === each.word).length);
        }
        expect([answer.words, answer.dictionary]).toEqual([words.length, dictionary.length]);
      }),
      runs(300),
    );
  });

  it("are found for any two edits of a word, wherever they are", () => {
    const edit = fc.tuple(fc.constantFrom("drop", "add", "change", "swap"), fc.nat(20));
    const edited = (letters: readonly string[], [kind, place]: readonly [string, number]): string[] => {
      const at = place % letters.length;
      const [head, tail] = [letters.slice(0, at), letters.slice(at + 1)];
      if (kind === "drop") return [...head, ...tail];
      if (kind === "add") return [...head, "x", ...letters.slice(at)];
      if (kind === "change") return [...head, "y", ...tail];
      return [...head, ...tail.slice(0, 1), letters[at] ?? "", ...tail.slice(1)];
    };
    const long = "abcdefghijklmnopqrst".split("");
    fc.assert(
      fc.property(edit, edit, fc.integer({ min: 4, max: 20 }), (first, second, length) => {
        const target = long.slice(0, length);
        const typed = edited(edited(target, first), second).join("");
        const wanted = distanceOf(typed, target.join(""));
        const { doubtful } = small.call({ text: typed, dictionary: target.join("") });
        const found = doubtful[0]?.suggestions.map(({ distance }) => distance);
        expect(found).toEqual(wanted === 0 ? undefined : wanted <= 2 ? [wanted] : []);
      }),
      runs(300),
    );
  });
});

/** Words that look like words, all different. */
function wordList(count: number): string[] {
  const parts = "ba ce di fo gu la me ni po ru sa te vi wo zu tra ple sni gro cha".split(" ");
  const words: string[] = [];
  for (let i = 0; words.length < count; i++) {
    let word = "";
    for (let rest = i * 7919 + 400; rest > 0; rest = Math.floor(rest / parts.length))
      word += parts[rest % parts.length] ?? "";
    words.push(word);
  }
  return words;
}

describe("a thousand words and a dictionary of fifty thousand", () => {
  const words = wordList(50_000);
  const dictionary = words.map((word, i) => `${word} ${50_000 - i}`).join("\n");
  const typed = words.filter((_, i) => i % 50 === 7).map((word) => `${word.slice(0, 2)}q${word.slice(3)}`);

  it("are answered well, for less than 0.5 s of fuel", () => {
    expect(new Set(words).size).toBe(50_000);
    expect(typed).toHaveLength(1_000);
    const input = { text: typed.join(" "), dictionary };
    const { doubtful } = algorithm.call(input);
    const right = doubtful.filter(({ suggestions }) => suggestions.some(({ distance }) => distance === 1));
    expect(right.length).toBe(doubtful.length);
    const fuel = algorithm.fuel(input);
    console.log(`text/spell: ${doubtful.length} doubtful of 1,000 words against 50,000: ${fuel} fuel`);
    expect(fuel).toBeLessThan(500_000_000);
  });

  it("cost less than ten calls with one word", () => {
    const one = algorithm.fuel({ text: typed[0] ?? "", dictionary });
    expect(algorithm.fuel({ text: typed.join(" "), dictionary })).toBeLessThan(one * 10);
  });
});

describe("a kept dictionary", () => {
  const state = new Map<string, Uint8Array>();

  it("is in pieces that fit the state, each of whole lines, and answers as one that is given", () => {
    const words = wordList(120_000);
    const dictionary = words.map((word) => `${word} 17`).join("\n");
    expect(algorithm.call({ dictionary, name: "big", keep: true }, { state }).dictionary).toBe(120_000);
    expect(state.size).toBeGreaterThan(1);
    for (const value of state.values()) expect(value.length).toBeLessThanOrEqual(LIMITS.stateValueBytes);
    const text = "bacedx guqla trapla";
    expect(algorithm.call({ text, name: "big" }, { state })).toEqual(algorithm.call({ text, dictionary }));
  });

  it("is replaced as a whole", () => {
    expect(algorithm.call({ dictionary: "moon", name: "big", keep: true }, { state }).dictionary).toBe(1);
    expect([...state.keys()]).toEqual(["dictionary/big/0"]);
  });
});

describe("limits", () => {
  it("32,768 different words", () => {
    const letters = (n: number): string =>
      n.toString(26).replaceAll(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "");
    const words = (count: number): string => Array.from({ length: count }, (_, i) => `a${letters(i)}`).join(" ");
    expect(algorithm.call({ text: words(32_768), dictionary: "x", limit: 0 }).doubtful).toHaveLength(32_768);
    expect(algorithm.failure({ text: words(32_769), dictionary: "x", limit: 0 })).toBe("TooManyWords");
  });

  it("suggestions to 8,192 words", () => {
    const words = (count: number): string => wordList(count).join(" ");
    expect(algorithm.call({ text: words(8_192), dictionary: "x" }).doubtful).toHaveLength(8_192);
    expect(algorithm.failure({ text: words(8_193), dictionary: "x" })).toBe("TooManyDoubtful");
    expect(algorithm.call({ text: words(8_193), dictionary: "x", limit: 0 }).doubtful).toHaveLength(8_193);
  });

  it("words of 64 letters", () => {
    const wordOf = (length: number): string => "ab".repeat(length / 2);
    const found = algorithm.call({ text: `${wordOf(64)} ${wordOf(66)}`, dictionary: wordOf(62) }).doubtful;
    expect(found.map(({ suggestions }) => suggestions.length)).toEqual([1]);
    expect(
      algorithm.call({ text: "ab", dictionary: `${"x".repeat(100_000)}\nac` }).doubtful[0]?.suggestions,
    ).toHaveLength(1);
  });

  it("a dictionary as large as the largest input", () => {
    const dictionary = "word\n".repeat(LIMITS.inputBytes / 6 - 20);
    expect(JSON.stringify({ text: "wrd", dictionary }).length).toBeLessThanOrEqual(LIMITS.inputBytes);
    expect(algorithm.call({ text: "wrd", dictionary }).doubtful[0]?.suggestions).toHaveLength(1);
  });
});

it("whatever the text and the dictionary are, it answers or says which line is wrong", () => {
  const any = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(any, any, (text, dictionary) => {
      const answer = small.raw({ text, dictionary: `x\n${dictionary}` });
      return "error" in answer ? answer.error.type === "BadDictionary" : answer.dictionary > 0;
    }),
    runs(300),
  );
});
