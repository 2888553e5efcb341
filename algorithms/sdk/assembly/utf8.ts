// Text kept as UTF-8 bytes. A `Utf8` that was read from the input is a view of it: no copy, no UTF-16.
import { decode, encode, WTF8 } from "./text";

const OUT_OF_RANGE: string = "Index out of range";

/**
 * A string as UTF-8 bytes. In a class it is a JSON string; as the whole input or output it is text. Bytes are read by
 * index: `text[i]` is checked, `unchecked(text[i])` is not; `dataStart` is the address for SIMD and `load`.
 */
@final
export class Utf8 {
  /** Keeps the bytes alive; null when they are the input's, which lives as long as the call. */
  private owner: ArrayBuffer | null = null;
  /** The address of the first byte. */
  readonly dataStart: usize;
  /** The length in bytes. */
  readonly length: i32;

  /** A view of bytes at an address. They must stay where they are: `owner` is what holds them, if anything does. */
  constructor(dataStart: usize = 0, length: i32 = 0, owner: ArrayBuffer | null = null) {
    this.dataStart = dataStart;
    this.length = length;
    this.owner = owner;
  }

  /** The bytes of a string. A lone surrogate becomes the three bytes that WTF-8 gives it. */
  static from(text: string): Utf8 {
    let buffer = new ArrayBuffer(text.length * 3);
    let start = changetype<usize>(buffer);
    return new Utf8(start, encode(text, start, WTF8), buffer);
  }

  /** A view of the bytes of an array: a change of the one is a change of the other. */
  static of(bytes: Uint8Array): Utf8 {
    return new Utf8(bytes.dataStart, bytes.length, bytes.buffer);
  }

  /** The byte at an index. */
  @operator("[]")
  private get(index: i32): u8 {
    if (<u32>index >= <u32>this.length) throw new RangeError(OUT_OF_RANGE);
    return load<u8>(this.dataStart + <usize>index);
  }

  @unsafe
  @operator("{}")
  private uncheckedGet(index: i32): u8 {
    return load<u8>(this.dataStart + <usize>index);
  }

  @operator("==")
  private static equal(left: Utf8, right: Utf8): bool {
    return left.length == right.length && memory.compare(left.dataStart, right.dataStart, left.length) == 0;
  }

  @operator("!=")
  private static different(left: Utf8, right: Utf8): bool {
    return !Utf8.equal(left, right);
  }

  /** A view of the bytes from `start` to before `end`, both cut to the length. */
  slice(start: i32, end: i32 = i32.MAX_VALUE): Utf8 {
    start = min(max(start, 0), this.length);
    end = min(max(end, start), this.length);
    return new Utf8(this.dataStart + <usize>start, end - start, this.owner);
  }

  /** The index of the first `byte` at or after `from`, -1 when there is none. */
  indexOf(byte: u8, from: i32 = 0): i32 {
    let start = this.dataStart;
    let length = this.length;
    let i = max(from, 0);
    let wanted = i8x16.splat(<i8>byte);
    while (i + 16 <= length) {
      let mask = i8x16.bitmask(i8x16.eq(v128.load(start + <usize>i), wanted));
      if (mask) return i + ctz(mask);
      i += 16;
    }
    for (; i < length; i++) {
      if (load<u8>(start + <usize>i) == byte) return i;
    }
    return -1;
  }

  /** A copy of the bytes. */
  toBytes(): Uint8Array {
    let bytes = new Uint8Array(this.length);
    memory.copy(bytes.dataStart, this.dataStart, this.length);
    return bytes;
  }

  /** The string these bytes spell; malformed bytes become U+FFFD. */
  toString(): string {
    return decode(this.dataStart, this.length);
  }
}
