// Builds genome/kmers once and calls it; and the same counts and distances by the plainest JavaScript there is.
import { join } from "node:path";
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { ours } from "../support/ours.ts";

export const FOLDER = join(import.meta.dirname, "../../algorithms/genome/kmers");

export type Numbers = Readonly<Record<string, number>> | readonly number[];

export interface Distance {
  readonly d2: number | null;
  readonly euclidean: number | null;
  readonly idf_cosine: number | null;
}

export interface Entry {
  readonly id: string;
  readonly length: number;
  readonly windows: number;
  readonly valid: number;
  readonly distinct: number;
  readonly counts?: Numbers;
  readonly fingerprint?: Numbers;
  readonly distance?: Distance;
  readonly distances?: { readonly [name in keyof Distance]: readonly Distance[name][] };
}

export interface Request {
  readonly fasta?: string;
  readonly source?: string;
  readonly k: number;
  readonly form?: "sparse" | "dense" | "none";
  readonly fingerprint?: boolean;
  readonly against?: string;
  readonly pairs?: boolean;
}

/** Files of data by their path. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface Caller {
  /** @returns the answer; throws what the algorithm failed with, as `Type: message` */
  call(request: Request, data?: Files): Entry[];
  /** @returns the bytes of the answer */
  text(request: Request, data?: Files): string;
}

/** Builds the algorithm. */
export async function build(): Promise<Caller> {
  const built = await ours("genome/kmers");
  const module = new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(built.module);
  const text = (request: Request, data: Files = new Map()): string => {
    const input = { kind: "json", bytes: new TextEncoder().encode(JSON.stringify(request)) } as const;
    const result = runLocal(module, input, { data });
    if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(result.bytes);
  };
  return { text, call: (request, data) => JSON.parse(text(request, data)) as Entry[] };
}

export interface Sequence {
  readonly id: string;
  readonly letters: string;
}

/** Reads FASTA. */
export function parse(fasta: string): Sequence[] {
  const records = fasta.split(/^>/m).slice(1);
  return records.map((record) => {
    const [header = "", ...lines] = record.split(/\r\n|\n|\r/);
    const letters = lines.join("").replaceAll(/[ \t]/g, "").toUpperCase().replaceAll("U", "T");
    return { id: header.split(/[ \t]/)[0] ?? "", letters };
  });
}

/** Counts k-mers, in alphabetical order. */
export function count(letters: string, k: number): Map<string, number> {
  const counts = new Map<string, number>();
  let run = 0;
  for (let end = 1; end <= letters.length; end++) {
    run = "ACGT".includes(letters[end - 1] ?? "") ? run + 1 : 0;
    if (run < k) continue;
    const word = letters.slice(end - k, end);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The code of a k-mer: A=0 C=1 G=2 T=3, the first base most significant. */
export function codeOf(word: string): number {
  let code = 0;
  for (let i = 0; i < word.length; i++) code = code * 4 + "ACGT".indexOf(word.charAt(i));
  return code;
}

/** 4^k counts from the sparse form. */
export function dense(counts: Numbers, k: number): Uint32Array {
  const table = new Uint32Array(4 ** k);
  const sparse = counts as Readonly<Record<string, number>>;
  for (const word in sparse) table[codeOf(word)] = sparse[word] ?? 0;
  return table;
}

/** The fingerprint of a sequence. */
export function fingerprint({ letters }: Sequence, k: number): Map<string, number> {
  const windows = letters.length - k + 1;
  return new Map([...count(letters, k)].map(([word, times]) => [word, Math.fround((100 * times) / windows)]));
}

/** The distance of two of these sequences, by the formulas as they stand in the README. */
export function distance(vectors: readonly Map<string, number>[], x: number, y: number): Distance {
  const [left = new Map(), right = new Map()] = [vectors[x], vectors[y]];
  const words = new Set<string>([...left.keys(), ...right.keys()]);
  const sums = { xx: 0, yy: 0, xy: 0, difference: 0, xIdf: 0, yIdf: 0, xyIdf: 0 };
  for (const word of words) {
    const [a, b] = [left.get(word) ?? 0, right.get(word) ?? 0];
    sums.xx += a * a;
    sums.yy += b * b;
    sums.xy += a * b;
    sums.difference += (a - b) ** 2;
    const weight = idf(vectors, word) ** 2;
    if (a > 0) sums.xIdf += weight;
    if (b > 0) sums.yIdf += weight;
    if (a > 0 && b > 0) sums.xyIdf += weight;
  }
  const none = left.size === 0 || right.size === 0;
  const idfCosine = 1 - sums.xyIdf / Math.sqrt(sums.xIdf * sums.yIdf);
  return {
    d2: none ? null : 0.5 * (1 - sums.xy / Math.sqrt(sums.xx * sums.yy)),
    euclidean: none ? null : Math.sqrt(sums.difference),
    idf_cosine: Number.isNaN(idfCosine) ? null : idfCosine,
  };
}

const weights = new WeakMap<readonly Map<string, number>[], Map<string, number>>();

/** ln(records / df) of a k-mer that 2 to 97 % of the records hold, else 0. */
function idf(vectors: readonly Map<string, number>[], word: string): number {
  const known = weights.get(vectors) ?? new Map<string, number>();
  weights.set(vectors, known);
  const found = known.get(word);
  if (found !== undefined) return found;
  const df = vectors.filter((vector) => vector.has(word)).length;
  const weight = df >= 2 && df <= 0.97 * vectors.length ? Math.log(vectors.length / df) : 0;
  known.set(word, weight);
  return weight;
}

/** A generator of letters that gives the same ones in each run (a linear congruential one, Numerical Recipes). */
export function genome(length: number, seed: number, alphabet = "ACGT"): string {
  let state = seed >>> 0;
  const parts = Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return alphabet[Math.floor((state / 2 ** 32) * alphabet.length)];
  });
  return parts.join("");
}
