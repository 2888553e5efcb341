// Reads the primitives of the WebAssembly binary format. Never reads beyond `end`, whatever the bytes say: every
// method either advances within bounds or throws a FuelError "invalid".
import { invalid } from "./errors.ts";

export class Reader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  at: number;
  /** Offset after the last byte that may be read. */
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  u8(): number {
    if (this.at >= this.end) throw invalid(this.at, "unexpected end");
    return this.bytes[this.at++] ?? 0;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last > 0x0f) throw invalid(this.at - 1, "a number is longer than 32 bits");
    return value + last * 0x10000000;
  }

  /** A signed LEB128 number of at most 33 bits: a block type or heap type. */
  s33(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 5; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
    throw invalid(this.at - 1, "a number is longer than 33 bits");
  }

  /** A signed LEB128 number of at most 64 bits, however long it is written; undefined when its value is not of 32 bits. */
  signed32(): number | undefined {
    let low = 0;
    // Of the bits from the 32nd on: whether all are 0, and whether all are 1.
    let [zeros, ones] = [true, true];
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      const last = byte < 0x80;
      const high = shift > 28 ? bits : shift === 28 ? bits >> 4 : null;
      const all = shift === 28 ? 0x07 : 0x7f;
      if (high !== null) [zeros, ones] = [zeros && high === 0, ones && high === all];
      if (!last) continue;
      const negative = (byte & 0x40) !== 0;
      if (shift < 28 && negative) low |= -1 << (shift + 7);
      return low < 0 === negative && (negative ? ones : zeros) ? low : undefined;
    }
  }

  /** Skips a LEB128 number of at most `most` bytes. */
  skipLeb(most: number): void {
    for (let count = 0; count < most; count++) if (this.u8() < 0x80) return;
    throw invalid(this.at - 1, "a number is too long");
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw invalid(this.at, "unexpected end");
    this.at += count;
  }

  /** How many items follow; each takes at least one byte, so a count beyond what is left is a lie. */
  count(): number {
    const start = this.at;
    const value = this.u32();
    if (value > this.end - this.at) throw invalid(start, "a count is larger than what follows");
    return value;
  }

  /** A length-prefixed byte string, as its bounds. */
  span(): { start: number; end: number } {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    return { start, end: this.at };
  }
}
