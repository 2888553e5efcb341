// Sketches of reference genomes for genome/nearest: which of the k-mers that tell them apart each one holds. Written with the
// numbers of the SDK's `Packer`; algorithms/genome/nearest/README.md tells the format.

export interface Labelled {
  readonly id: string;
  readonly clade: string;
  /** Upper case. */
  readonly letters: string;
}

const VERSION = 1;
/** The k of a sketch unless another is asked for, and the largest: as many codes are counted at once. */
export const SKETCH_K = { usual: 12, largest: 12 };
/** K-mers that fewer genomes hold than so many, or more than this share, do not tell clades apart. */
const LEAST_HOLDERS = 2;
const MOST_SHARE = 0.97;

/** Records of FASTA whose header tells a clade: `>id clade=20A`, with `field` for "clade". */
export function labelled(fasta: string, field: string): Labelled[] {
  return fasta
    .split(/^>/m)
    .slice(1)
    .flatMap((record) => {
      const [header = "", ...lines] = record.split(/\r\n|\n|\r/);
      const [id = "", ...rest] = header.split(/[ \t]/);
      const clade = rest.find((word) => word.startsWith(`${field}=`))?.slice(field.length + 1) ?? "";
      const letters = lines.join("").replaceAll(/[ \t]/g, "").toUpperCase().replaceAll("U", "T");
      return clade === "" ? [] : [{ id, clade, letters }];
    });
}

/** The code of a letter; 4 for what is no base. */
const BASES = new Uint8Array(128).fill(4);
for (const [code, letter] of Array.from("ACGT").entries()) BASES[letter.charCodeAt(0)] = code;

/** The different k-mers of a sequence as codes, A=0 C=1 G=2 T=3, ascending; windows with other letters are none. */
export function codesOf(letters: string, k: number): Uint32Array {
  const codes = new Uint32Array(letters.length);
  const mask = 4 ** k - 1;
  let [code, run, count] = [0, 0, 0];
  for (let i = 0; i < letters.length; i++) {
    const base = BASES[letters.charCodeAt(i)] ?? 4;
    run = base === 4 ? 0 : run + 1;
    code = ((code << 2) | (base & 3)) & mask;
    if (run >= k) codes[count++] = code;
  }
  const sorted = codes.subarray(0, count).sort();
  return sorted.filter((each, i) => each !== sorted[i - 1]);
}

class Packed {
  readonly #bytes: number[] = [];

  unsigned(value: number): void {
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) this.#bytes.push((left % 128) + 128);
    this.#bytes.push(left);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.unsigned(bytes.length);
    this.#bytes.push(...bytes);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** A set of genomes that hold the same k-mers, as their numbers, ascending; and its place in the sketch. */
interface Pattern {
  readonly holders: readonly number[];
  columns: number;
  place: number;
}

/** Which genomes hold each k-mer that tells them apart. */
function patternsOf(genomes: readonly Uint32Array[], k: number): Map<number, Pattern> {
  const holders = new Uint16Array(4 ** k);
  for (const codes of genomes) for (const code of codes) holders[code] = (holders[code] ?? 0) + 1;
  const most = MOST_SHARE * genomes.length;
  const lists = new Map<number, number[]>();
  genomes.forEach((codes, number) => {
    for (const code of codes) {
      const count = holders[code] ?? 0;
      if (count < LEAST_HOLDERS || count > most) continue;
      const list = lists.get(code);
      if (list === undefined) lists.set(code, [number]);
      else list.push(number);
    }
  });
  const patterns = new Map<string, Pattern>();
  return new Map(
    [...lists.entries()]
      .sort(([a], [b]) => a - b)
      .map(([code, list]) => {
        const key = list.join();
        const pattern = patterns.get(key) ?? { holders: list, columns: 0, place: 0 };
        patterns.set(key, pattern);
        pattern.columns++;
        return [code, pattern] as const;
      }),
  );
}

/** Numbers of genomes: 0 and those that hold it, or 1 and those that do not, whichever are fewer; each by its gap. */
function packHolders(packed: Packed, holders: readonly number[], genomes: number): void {
  const others = 2 * holders.length > genomes;
  const held = new Set(holders);
  const listed = others ? Array.from({ length: genomes }, (_, i) => i).filter((i) => !held.has(i)) : holders;
  packed.unsigned(Number(others));
  packed.unsigned(listed.length);
  let next = 0;
  for (const number of listed) {
    packed.unsigned(number - next);
    next = number + 1;
  }
}

/** Makes the sketch of these genomes, 65,535 at most. */
export function sketch(genomes: readonly Labelled[], k: number): Uint8Array {
  const packed = new Packed();
  packed.unsigned(VERSION);
  packed.unsigned(k);
  packed.unsigned(genomes.length);
  for (const { id, clade } of genomes) {
    packed.text(id);
    packed.text(clade);
  }
  const columns = patternsOf(
    genomes.map(({ letters }) => codesOf(letters, k)),
    k,
  );
  // The most common first, so that most places take one byte.
  const patterns = [...new Set(columns.values())].sort((a, b) => b.columns - a.columns);
  packed.unsigned(patterns.length);
  patterns.forEach((pattern, place) => {
    pattern.place = place;
    packHolders(packed, pattern.holders, genomes.length);
  });
  packed.unsigned(columns.size);
  let next = 0;
  for (const [code, { place }] of columns) {
    packed.unsigned(code - next);
    packed.unsigned(place);
    next = code + 1;
  }
  return packed.bytes();
}
