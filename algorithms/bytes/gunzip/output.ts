// The decompressed data as it grows: one block of memory, as large as the answer may be, or as large as so much input
// can become. Its pages cost nothing until they are written.

/**
 * Bytes that an answer may have. The platform's limit is 15 MiB (15,728,640) for the answer as it is sent: JSON in
 * which bytes are base64, four characters for each three of them. 1,024 are kept for the JSON around it.
 */
export const ANSWER_LIMIT: usize = ((15 << 20) - 1024) / 4 * 3;

/**
 * The most bytes of output that one byte of deflate can stand for: a match of 258 bytes takes at least one bit for its
 * length and one for its distance.
 */
const MOST_PER_BYTE: usize = 258 * 4;

/** Copies go by words: this many bytes beyond the last one may be written over. */
const SLACK: usize = 64;

@final
export class Output {
  /** Where the present stream's output begins: no distance reaches back beyond it. */
  start: usize;
  /** Where the next byte goes. */
  next: usize;
  /** The address that `next` never passes. */
  readonly limit: usize;
  private readonly buffer: ArrayBuffer;

  constructor(inputLength: usize) {
    const room = min(ANSWER_LIMIT, inputLength * MOST_PER_BYTE);
    // Not `new ArrayBuffer`: that would fill it with zeros, and so touch every page of it.
    this.buffer = changetype<ArrayBuffer>(__new(room + SLACK, idof<ArrayBuffer>()));
    this.start = changetype<usize>(this.buffer);
    this.next = this.start;
    this.limit = this.start + room;
  }

  /** Bytes that may still be written. */
  room(): usize {
    return this.limit - this.next;
  }

  /** All that was written. */
  bytes(): Uint8Array {
    return Uint8Array.wrap(this.buffer, 0, <i32>(this.next - changetype<usize>(this.buffer)));
  }
}
