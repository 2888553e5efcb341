// Makes raw deflate streams that no compressor writes: blocks with codes of the test's choice, most of them nearly right.
import * as fc from "fast-check";

/** Reproducible noise (xorshift32) of so many different bytes. */
export function randomBytes(seed: number, size: number, different: number): Buffer {
  let state = (seed ^ 0x9e3779b9) | 1;
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = (state >>> 8) % different;
  }
  return bytes;
}

class BitWriter {
  readonly #bits: number[] = [];

  write(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.#bits.push((value >> i) & 1);
  }

  bytes(rest: Uint8Array): Buffer {
    while (this.#bits.length % 8 !== 0)
      this.#bits.push(rest[0] === undefined ? 0 : (rest[0] >> (this.#bits.length % 8)) & 1);
    const whole = Buffer.alloc(this.#bits.length / 8);
    for (const [i, bit] of this.#bits.entries()) whole[i >> 3]! |= bit << (i & 7);
    return Buffer.concat([whole, rest.subarray(1)]);
  }
}

/**
 * Code lengths of a complete set: begins with one code of no bits and divides codes into two, by the choices given.
 * @returns one length a symbol, at places spread by `stride`
 */
function completeSet(choices: readonly number[], symbols: number, longest: number): number[] {
  const depths = [0];
  for (const choice of choices) {
    const at = choice % depths.length;
    const depth = depths[at]!;
    if (depth < longest && depths.length < symbols) depths.splice(at, 1, depth + 1, depth + 1);
  }
  return depths[0] === 0 ? [1, 1] : depths;
}

/** Code lengths of an alphabet: those of a set at every seventh symbol, so that `owner` has the n-th of them. */
function spread(depths: readonly number[], symbols: number, owner: number, n: number): number[] {
  const lengths = Array.from({ length: symbols }, () => 0);
  const first = owner - 7 * (n % Math.max(1, depths.length));
  for (const [i, depth] of depths.entries()) lengths[(((first + i * 7) % symbols) + symbols) % symbols] = depth;
  return lengths;
}

/** Seldom a value, mostly none. */
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** A set that is complete, or has one length changed, or is a single code, or empty. `owner` has a code, if any has. */
const lengthSet = (symbols: number, owner: number): fc.Arbitrary<number[]> =>
  fc
    .record({
      choices: fc.array(fc.nat(1000), { minLength: 1, maxLength: symbols }),
      n: fc.nat(300),
      twist: seldom(fc.tuple(fc.nat(symbols - 1), fc.integer({ min: 0, max: 15 }))),
      form: fc.constantFrom("complete", "complete", "complete", "complete", "complete", "single", "none"),
      length: fc.constantFrom(1, 1, 1, 2, 7),
    })
    .map(({ choices, n, twist, form, length }) => {
      if (form === "none") return spread([], symbols, owner, n);
      if (form === "single") return spread([length], symbols, owner, n);
      const lengths = spread(completeSet(choices, symbols, 15), symbols, owner, n);
      if (twist !== undefined) lengths[twist[0]] = twist[1];
      return lengths;
    });

/** The order of RFC 1951, 3.2.7. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

interface Block {
  readonly literals: readonly number[];
  readonly distances: readonly number[];
  readonly precode: readonly number[] | undefined;
  readonly counts: readonly [number, number] | undefined;
  readonly data: Uint8Array;
}

/** Writes a final dynamic block; code lengths are written one by one, in a code of four bits for 0 to 15. */
function writeBlock({ literals, distances, precode, counts, data }: Block): Buffer {
  const writer = new BitWriter();
  writer.write(1, 1);
  writer.write(2, 2);
  const [literalCount, distanceCount] = counts ?? [literals.length, distances.length];
  writer.write(literalCount - 257, 5);
  writer.write(distanceCount - 1, 5);
  writer.write(15, 4);
  const lengths = precode ?? ORDER.map((symbol) => (symbol < 16 ? 4 : 0));
  for (const length of lengths) writer.write(length, 3);
  const all = [...literals, ...distances];
  // Reversed: Huffman codes stand in the data with their first bit first.
  for (const length of all) writer.write(reverse4(length), 4);
  return writer.bytes(data);
}

const reverse4 = (code: number): number =>
  ((code & 1) << 3) | ((code & 2) << 1) | ((code & 4) >> 1) | ((code & 8) >> 3);

/** Streams of one dynamic block, many of them with something wrong in their codes. */
export const dynamicBlocks: fc.Arbitrary<Buffer> = fc
  .record({
    literals: fc.integer({ min: 257, max: 286 }).chain((symbols) => lengthSet(symbols, 256)),
    distances: fc.integer({ min: 1, max: 30 }).chain((symbols) => lengthSet(symbols, 0)),
    precode: seldom(fc.array(fc.nat(7), { minLength: 19, maxLength: 19 })),
    counts: seldom(fc.tuple(fc.integer({ min: 285, max: 288 }), fc.integer({ min: 28, max: 32 }))),
    data: fc.uint8Array({ maxLength: 120, size: "max" }),
  })
  .map(writeBlock);
