// The compressed data as a stream of bits, the least significant bit of each byte first (RFC 1951, 3.1.1). Nothing here
// reads beyond the end; whoever asks for more ends the call with "Truncated".
import { truncated } from "./faults";

@final
export class BitReader {
  /** The first byte of the data. */
  readonly start: usize;
  /** The address after the last byte. */
  readonly end: usize;
  /** The next byte that is not in `bits`. */
  next: usize;
  /** Bits that were fetched and not used, the next one lowest; above `count` of them there are zeros. */
  bits: u64 = 0;
  /** How many they are. */
  count: u64 = 0;

  constructor(start: usize, length: usize) {
    this.start = start;
    this.end = start + length;
    this.next = start;
  }

  /** The offset of the byte that holds the next unused bit. */
  offset(): usize {
    return this.next - this.start - <usize>((this.count + 7) >> 3);
  }

  /** Bytes that are wholly unused, when the reader stands between two bytes. */
  left(): usize {
    return this.end - this.next;
  }

  /** Fetches a byte. */
  fetch(): void {
    if (this.next == this.end) truncated(this.end - this.start);
    this.bits |= <u64>load<u8>(this.next++) << this.count;
    this.count += 8;
  }

  /** Uses up `size` bits, at most `count`. */
  drop(size: u64): void {
    this.bits >>= size;
    this.count -= size;
  }

  /** Uses up the next `size` bits, at most 32. @returns them as a number */
  take(size: u64): u32 {
    while (this.count < size) this.fetch();
    const value = <u32>(this.bits & ((1 << size) - 1));
    this.drop(size);
    return value;
  }

  /** Goes to the next byte's beginning, unless it is there, and gives back the whole bytes that were fetched. */
  align(): void {
    this.next -= <usize>(this.count >> 3);
    this.bits = 0;
    this.count = 0;
  }

  /** The address of the next unused bit: eight times its byte's, plus its place there. Memory is below 2^29 bytes. */
  position(): usize {
    return (this.next << 3) - <usize>this.count;
  }

  /** Goes to the bit of an address. */
  seek(position: usize): void {
    this.next = position >> 3;
    this.bits = 0;
    this.count = 0;
    if (position & 7) this.take(position & 7);
  }

  /** Goes past whole bytes; the reader stands between two bytes. @returns the address of the first */
  span(length: usize): usize {
    if (this.left() < length) truncated(this.end - this.start);
    this.next += length;
    return this.next - length;
  }
}
