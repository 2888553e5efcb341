// The tables of text/tags, and the functions that read them, against what JavaScript knows: every code point.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as asc from "assemblyscript/asc";
import { beforeAll, describe, expect, it } from "vitest";
import { hash, LANGUAGES, make } from "../../algorithms/text/tags/data/generate.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";
import { folder, LANGUAGES as NAMES } from "./text-tags.oracle.ts";

const ENTRY = `
  import { fold, isDigit, isLetter } from "./unicode";
  import { ln } from "./rank";
  import { hash } from "./words";
  import { stopLanguages } from "./language";
  export { fold, isDigit, isLetter, ln, hash, stopLanguages };
`;

interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly fold: (code: number) => number;
  readonly isLetter: (code: number) => number;
  readonly isDigit: (code: number) => number;
  readonly ln: (x: number) => number;
  readonly hash: (start: number, size: number) => bigint;
  readonly stopLanguages: (key: bigint) => number;
}

let kernel: Kernel;
beforeAll(async () => {
  let wasm: Uint8Array | undefined;
  const options =
    "entry.ts --outFile entry.wasm -O1 --runtime stub --enable simd --use abort=~lib/builtins/unreachable";
  const { error } = await asc.main(options.split(" "), {
    readFile: (name) => {
      if (name === "entry.ts") return ENTRY;
      return /^(?:data\/)?\w+\.ts$/.test(name) ? readFileSync(join(folder, name), "utf8") : null;
    },
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined) throw error ?? new Error("asc gave no module");
  kernel = new WebAssembly.Instance(moduleOf(wasm), {}).exports as unknown as Kernel;
});

const files = ["unicode", "stopwords"] as const;
const read = (name: string): string => readFileSync(join(folder, "data", `${name}.ts`), "utf8");
/** The version of Unicode that the tables have. */
const version = /of Unicode ([\d.]+)\./.exec(read("unicode"))?.[1] ?? "unknown";
const sameUnicode = version.split(".")[0] === process.versions.unicode?.split(".")[0];
if (!sameUnicode) {
  console.warn(`skipped: the tables are of Unicode ${version}, and this Node has ${process.versions.unicode}`);
}
const perVersion = it.skipIf(!sameUnicode);

/** Every code point that can be in a text. */
function* characters(): Generator<[number, string]> {
  for (let code = 0; code < 0x110000; code++) {
    if (code < 0xd800 || code > 0xdfff) yield [code, String.fromCodePoint(code)];
  }
}

describe("the files in data/", () => {
  perVersion("are what generate.ts makes", () => {
    const made = make();
    for (const name of files) expect(read(name) === made[name], `${name}.ts is stale: run generate.ts`).toBe(true);
  });

  it("have the languages of the schema", () => {
    expect(LANGUAGES).toEqual(NAMES);
  });
});

describe("Unicode", () => {
  perVersion("letters, marks and digits are told as JavaScript tells them, for every code point", () => {
    const wrong: number[] = [];
    for (const [code, text] of characters()) {
      const letter = /[\p{L}\p{M}]/u.test(text);
      const digit = /\p{Nd}/u.test(text);
      if ((kernel.isLetter(code) !== 0) !== letter || (kernel.isDigit(code) !== 0) !== digit) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it("nothing is a letter or digit that is no character", () => {
    for (const code of [0xd800, 0xdfff, 0x110000, 0x1fffff, 0xe00ff, 0xe01f0]) {
      expect(kernel.isLetter(code) + kernel.isDigit(code)).toBe(0);
    }
  });

  perVersion("folding joins exactly what differs in case only, and folds once", () => {
    const wrong: string[] = [];
    for (const [code, text] of characters()) {
      if (code < 0x80) continue;
      const folded = kernel.fold(code);
      if (kernel.fold(folded) !== folded && folded >= 0x80) wrong.push(`${text} folds twice`);
      if (folded !== code && !alike(text, String.fromCodePoint(folded))) wrong.push(`${text} folds wrongly`);
      for (const other of [text.toUpperCase(), text.toLowerCase()]) {
        const otherCode = other.codePointAt(0) ?? 0;
        if (otherCode < 0x80 || other === text || !alike(text, other)) continue;
        if (kernel.fold(otherCode) !== folded) wrong.push(`${text} and ${other} stay apart`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Whether two characters are one to the flags `iu`, which compare by simple case folding. */
const alike = (left: string, right: string): boolean =>
  Array.from(right).length === 1 && new RegExp(`^${left}$`, "iu").test(right);

describe("words as numbers", () => {
  it("the hash is that of the generator, at every length, whatever follows", () => {
    const bytes = new Uint8Array(kernel.memory.buffer);
    const at = 60_000;
    bytes.fill(0xaa, at, at + 200);
    for (let size = 1; size < 40; size++) {
      const word = "häßlichkeitswörterbuchverlagsgesellschaft".slice(0, size);
      const length = Buffer.from(word).copy(bytes, at);
      expect(BigInt.asUintN(64, kernel.hash(at, length)), word).toBe(hash(word));
      bytes.fill(0xbb, at, at + 200);
    }
  });

  it("each stop word is known in the languages that list it, and no other", () => {
    const lists = NAMES.map((name) => readFileSync(join(folder, "stopwords", `${name}.txt`), "utf8"));
    const sets = lists.map((text) => new Set(text.replaceAll(/^#.*$/gm, "").split(/\s+/)));
    for (const word of new Set(sets.flatMap((set) => [...set].filter((each) => each !== "")))) {
      const wanted = sets.reduce((bits, set, i) => bits | (set.has(word) ? 1 << i : 0), 0);
      expect(kernel.stopLanguages(hash(word)), word).toBe(wanted);
      expect(kernel.stopLanguages(hash(`${word}${word}x`))).toBe(0);
    }
    expect(kernel.stopLanguages(0n)).toBe(0);
    expect(kernel.stopLanguages(-1n)).toBe(0);
  });

  it("the lists are in lower case, and have each word once", () => {
    for (const name of NAMES) {
      const text = readFileSync(join(folder, "stopwords", `${name}.txt`), "utf8").replaceAll(/^#.*$/gm, "");
      const words = text.split(/\s+/).filter((word) => word !== "");
      expect(words.filter((word) => word !== word.toLowerCase())).toEqual([]);
      expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
    }
  });
});

describe("the logarithm", () => {
  it("is within 2^-50 of Math.log", () => {
    expect(kernel.ln(1)).toBe(0);
    let worst = 0;
    const check = (x: number): void => {
      worst = Math.max(worst, Math.abs(kernel.ln(x) / Math.log(x) - 1));
    };
    for (let n = 2; n < 20_000; n++) {
      check(n);
      check(n / (n - 1));
      check(20_000 / n);
      check(2 ** 53 / n);
      check(Math.SQRT2 * (1 + (n - 10_000) * Number.EPSILON));
    }
    expect(worst).toBeLessThan(2 ** -50);
  });
});
