// Time and chance as a module sees them: virtual. Both follow from two facts that are written down with the call, so that a
// replay of it gives the same bits; neither tells anything about the machine.
import type { Fate } from "../protocol.ts";

/** Nanoseconds that pass each time a module looks at the clock: a module that waits by looking comes to an end. */
const TICK = 1_000n;

/** A clock that moves when it is looked at, and when somebody waits. */
export class VirtualClock {
  /** Milliseconds. */
  readonly #began: number;
  #elapsed = 0n;

  constructor({ now }: Fate) {
    this.#began = Math.floor(now);
  }

  /** Whether anybody looked at it. */
  get looked(): boolean {
    return this.#elapsed > 0n;
  }

  /** Nanoseconds since the call began. */
  monotonic(): bigint {
    this.#elapsed += TICK;
    return this.#elapsed;
  }

  /** Nanoseconds since 1970. */
  realtime(): bigint {
    return BigInt(this.#began) * 1_000_000n + this.monotonic();
  }

  /** Lets time pass, up to a moment of the monotonic clock. */
  advanceTo(moment: bigint): void {
    if (moment > this.#elapsed) this.#elapsed = moment;
  }
}

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** The quarter round of ChaCha (RFC 8439 §2.1). */
function quarter(x: Uint32Array, at: readonly [number, number, number, number]): void {
  let a = x[at[0]] ?? 0;
  let b = x[at[1]] ?? 0;
  let c = x[at[2]] ?? 0;
  let d = x[at[3]] ?? 0;
  a = (a + b) | 0;
  d = rotate(d ^ a, 16);
  c = (c + d) | 0;
  b = rotate(b ^ c, 12);
  a = (a + b) | 0;
  d = rotate(d ^ a, 8);
  c = (c + d) | 0;
  b = rotate(b ^ c, 7);
  x[at[0]] = a;
  x[at[1]] = b;
  x[at[2]] = c;
  x[at[3]] = d;
}

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const BLOCK = 64;
const NO_BYTES = new Uint8Array(0);

/** The first block's input. */
function stateOf({ seed }: Fate): Uint32Array {
  const state = new Uint32Array(16);
  state.set(CONSTANTS);
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  for (let word = 0; word < 8; word++) state[4 + word] = view.getUint32(word * 4, true);
  return state;
}

/** The key stream of ChaCha20 (RFC 8439 §2.3) with a nonce of zeros: random to whoever does not know the seed. */
export class Chance {
  readonly #fate: Fate;
  /** Made when it is asked for the first time: most calls never do. */
  #state: Uint32Array | null = null;
  #block = NO_BYTES;
  #used = 0;

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  /** Whether anything was taken of it. */
  get looked(): boolean {
    return this.#used > 0;
  }

  /** Fills a span. */
  fill(span: Uint8Array): void {
    for (let at = 0; at < span.length;) {
      if (this.#used === this.#block.length) this.#next();
      const piece = this.#block.subarray(this.#used, this.#used + span.length - at);
      span.set(piece, at);
      at += piece.length;
      this.#used += piece.length;
    }
  }

  #next(): void {
    const state = (this.#state ??= stateOf(this.#fate));
    const x = state.slice();
    for (let round = 0; round < 10; round++) {
      for (const at of ROUNDS) quarter(x, at);
    }
    const out = new DataView(new ArrayBuffer(BLOCK));
    for (let word = 0; word < 16; word++) out.setUint32(word * 4, (x[word] ?? 0) + (state[word] ?? 0), true);
    this.#block = new Uint8Array(out.buffer);
    this.#used = 0;
    state[12] = (state[12] ?? 0) + 1;
  }
}

/** Columns, then diagonals. */
const ROUNDS: readonly (readonly [number, number, number, number])[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];
