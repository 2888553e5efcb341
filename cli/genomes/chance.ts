// Numbers that look random and follow from a seed alone: sfc32 (Doty-Humphrey, PractRand), begun from two 32-bit numbers, so
// that the n-th genome of a seed can be made without those before it.

export interface Chance {
  /** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
  below(below: number): number;
  /** 0 <= x < 1. */
  fraction(): number;
}

const ROUNDS_TO_MIX = 12;

/** @param seed any integer @param stream which of its sequences, from 0 */
export function chance(seed: number, stream: number): Chance {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / 2 ** 32) | 0, stream | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < ROUNDS_TO_MIX; i++) next();
  return { below: (below) => Math.floor((next() / 2 ** 32) * below), fraction: () => next() / 2 ** 32 };
}
