// Makes unicode.ts and stopwords.ts, the tables this algorithm is compiled with, from Unicode's properties as this Node
// knows them and from ../stopwords/*.txt: `npm run n24 -- node algorithms/text/tags/data/generate.ts`. Only needed when
// a stop word or the version of Unicode changes. `make` is what the tests compare the files with.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The languages, in the order of their bits. */
export const LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "sv"];

const BLOCK = 256;
const SURROGATES = [0xd800, 0xdfff] as const;
/** Variation selectors, the only letters or marks above plane 3; the code knows them without a table. */
const SELECTORS = [0xe0100, 0xe01ef] as const;

const characters: number[] = [];
for (let code = 0; code < 0x110000; code++) {
  if (code < SURROGATES[0] || code > SURROGATES[1]) characters.push(code);
}
const all = (pattern: RegExp): number[] => characters.filter((code) => pattern.test(String.fromCodePoint(code)));

/** Numbers as the items of an array literal, lines of at most 120 columns. */
function items(numbers: readonly number[]): string {
  const lines: string[] = [];
  let line = "";
  for (const item of numbers.map((number) => `${number}, `)) {
    if (line.length + item.length > 118) {
      lines.push(line);
      line = "";
    }
    line += item;
  }
  return [...lines, line].map((each) => `  ${each.trimEnd()}`).join("\n");
}

const array = (comment: string, name: string, type: string, numbers: readonly number[]): string =>
  `/** ${comment} */\nexport const ${name}: StaticArray<${type}> = [\n${items(numbers)}\n];\n`;

/** A bitmap of letters and marks in blocks of 256, equal blocks stored once. */
function letters(): string {
  const codes = all(/[\p{L}\p{M}]/u);
  const low = codes.filter((code) => code < SELECTORS[0]);
  const high = codes.filter((code) => code >= SELECTORS[0]);
  if (high.length !== SELECTORS[1] - SELECTORS[0] + 1) throw new Error("there are new letters above plane 3");
  const blocks = new Map<string, number>();
  const index: number[] = [];
  const set = new Set(low);
  for (let start = 0; start <= Math.max(...low.slice(-1)); start += BLOCK) {
    const bytes = Array.from({ length: BLOCK / 8 }, (_, i) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((byte, bit) => byte | (set.has(start + i * 8 + bit) ? 1 << bit : 0), 0),
    );
    const key = bytes.join(",");
    const number = blocks.get(key) ?? blocks.size;
    blocks.set(key, number);
    index.push(number);
  }
  const bitmap = [...blocks.keys()].flatMap((key) => key.split(",").map(Number));
  return [
    array("For each 256 code points: which block of LETTER_BITS tells of them.", "LETTER_BLOCKS", "u8", index),
    array("A bit for each code point of a block: whether it is a letter or a mark.", "LETTER_BITS", "u8", bitmap),
  ].join("\n");
}

/** Where each ten decimal digits begin; their runs are always whole tens. */
function digits(): string {
  const codes = all(/\p{Nd}/u);
  const zeros = codes.filter((_, i) => i % 10 === 0);
  if (codes.some((code, i) => code - (i % 10) !== zeros[Math.floor(i / 10)])) throw new Error("digits not in tens");
  return array("The zero of each ten decimal digits.", "ZEROS", "u32", zeros);
}

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

/** Whether two characters are one in simple case folding: that is what the flags `iu` compare by. */
function alike(left: string, right: string): boolean {
  return [...right].length === 1 && new RegExp(`^\\u{${codeOf(left).toString(16)}}$`, "iu").test(right);
}

/** The character that stands for all that differ from it only in case: the lower case of the upper case. */
function fold(character: string): string {
  const upper = character.toUpperCase();
  if (upper === character && character.toLowerCase() === character) return character;
  const base = alike(character, upper) ? upper : character;
  const lower = base.toLowerCase();
  return alike(character, lower) ? lower : base;
}

/** Runs of code points, one or two apart, that fold by the same difference. */
function folds(): string {
  const runs: { first: number; count: number; step: number; difference: number }[] = [];
  for (const code of characters.slice(128)) {
    const difference = codeOf(fold(String.fromCodePoint(code))) - code;
    if (difference === 0) continue;
    const run = runs.at(-1);
    const gap = run === undefined ? 0 : code - run.first - (run.count - 1) * run.step;
    if (run?.difference === difference && (run.count === 1 ? gap <= 2 : gap === run.step)) {
      run.step = gap;
      run.count++;
    } else runs.push({ first: code, count: 1, step: 1, difference });
  }
  const firsts = runs.map(({ first, count, step }) => first * 1024 + (count - 1) * 2 + (step - 1));
  if (runs.some(({ first, count }) => first >= 1 << 22 || count > 512)) throw new Error("a run does not fit its entry");
  return [
    array("Runs that fold alike: first code point * 1024 + (count - 1) * 2 + (step - 1).", "FOLD_RUNS", "u32", firsts),
    array("What is added in each run.", "FOLD_BY", "i32", runs.map(({ difference }) => difference)),
  ].join("\n");
}

const MASK = (1n << 64n) - 1n;

/** The hash of words.ts: 64 bits of UTF-8 bytes, eight at a time. */
export function hash(word: string): bigint {
  const bytes = Buffer.from(word);
  const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8);
  bytes.copy(padded);
  const pieces = Array.from({ length: padded.length / 8 }, (_, i) => padded.readBigUInt64LE(i * 8));
  let sum = 0n;
  for (const piece of [BigInt(bytes.length), ...pieces, 0n]) {
    sum = ((sum ^ piece) * 0x9fb21c651e98df25n) & MASK;
    sum ^= sum >> 32n;
  }
  return sum;
}

/** Stop words as the upper 40 bits of their hashes, in order, with a bit for each language that has them. */
function stopWords(folder: string): string {
  const bits = new Map<string, number>();
  for (const [i, language] of LANGUAGES.entries()) {
    const text = readFileSync(join(folder, `${language}.txt`), "utf8").replaceAll(/^#.*$/gm, "");
    for (const word of text.split(/\s+/)) if (word !== "") bits.set(word, (bits.get(word) ?? 0) | (1 << i));
  }
  const entries = [...bits].map(([word, languages]) => ({ key: hash(word) >> 24n, languages }));
  entries.sort((left, right) => (left.key < right.key ? -1 : 1));
  if (new Set(entries.map(({ key }) => key)).size < entries.length) throw new Error("two stop words have the same key");
  const keys = entries.map(({ key }) => Number(key >> 8n));
  const tails = entries.map(({ key }) => Number(key & 255n));
  const owners = entries.map(({ languages }) => languages);
  return [
    array("The upper 32 bits of the words' hashes, in order.", "STOP_KEYS", "u32", keys),
    array("The 8 bits after those.", "STOP_TAILS", "u8", tails),
    array(`The languages that have the word: bits for ${LANGUAGES.join(", ")}.`, "STOP_LANGUAGES", "u8", owners),
  ].join("\n");
}

const NOTE = "Generated by generate.ts; change that, or the lists it reads, and run it again.";

/** @returns the text of each file */
export function make(): { readonly unicode: string; readonly stopwords: string } {
  const version = `// Letters, marks, digits and simple case folding of Unicode ${process.versions.unicode}.`;
  return {
    unicode: [`${version}\n// ${NOTE}\n`, letters(), digits(), folds()].join("\n"),
    stopwords: [`// Stop words.\n// ${NOTE}\n`, stopWords(join(import.meta.dirname, "..", "stopwords"))].join("\n"),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { unicode, stopwords } = make();
  writeFileSync(join(import.meta.dirname, "unicode.ts"), unicode);
  writeFileSync(join(import.meta.dirname, "stopwords.ts"), stopwords);
}
