// A growing byte buffer with the primitives of the WebAssembly binary format. Knows nothing of modules.

export class Writer {
  private buffer: Uint8Array;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = new Uint8Array(capacity);
  }

  private reserve(count: number): void {
    const need = this.length + count;
    if (need <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(need, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  u8(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** An unsigned LEB128 number, at most 2^32 - 1, in its shortest form. */
  u32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** A signed LEB128 number: an integer of at most 53 bits. */
  signed(value: number): void {
    let rest = value;
    while (rest > 0x3f || rest < -0x40) {
      const low = ((rest % 128) + 128) % 128;
      this.u8(low | 0x80);
      rest = (rest - low) / 128;
    }
    this.u8(rest & 0x7f);
  }

  /** A signed LEB128 number of at most 64 bits. */
  signedBig(value: bigint): void {
    let rest = value;
    while (rest > 0x3fn || rest < -0x40n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest & 0x7fn));
  }

  bytes(from: Uint8Array, start = 0, end: number = from.length): void {
    const count = end - start;
    this.reserve(count);
    // For the short runs between two insertions a loop beats set(subarray()).
    if (count < 64) {
      let to = this.length;
      for (let at = start; at < end; at++) this.buffer[to++] = from[at] ?? 0;
    } else {
      this.buffer.set(from.subarray(start, end), this.length);
    }
    this.length += count;
  }

  append(other: Writer): void {
    this.bytes(other.buffer, 0, other.length);
  }

  /** A length-prefixed string of ASCII characters. */
  name(text: string): void {
    this.u32(text.length);
    for (let at = 0; at < text.length; at++) this.u8(text.charCodeAt(at));
  }

  clear(): void {
    this.length = 0;
  }

  /** What was written, valid until more is. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
