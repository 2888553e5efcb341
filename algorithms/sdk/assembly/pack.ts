// Bytes of an author's own format, such as the partial answers of a job: whole numbers of variable length (LEB128, signed
// ones zigzag), so that small numbers take one byte, and spans of bytes with their length.
import { fail } from "./failure";

@final
export class Packer {
  private start: usize = heap.alloc(256);
  private room: i32 = 256;
  private used: i32 = 0;

  /** Makes room for `more` bytes. @returns where they go */
  private grow(more: i32): usize {
    if (this.used + more > this.room) {
      this.room = max(this.used + more, this.room * 2);
      this.start = heap.realloc(this.start, this.room);
    }
    return this.start + <usize>this.used;
  }

  unsigned(value: u64): void {
    let at = this.grow(10);
    let first = at;
    while (value > 127) {
      store<u8>(at++, value | 128);
      value >>= 7;
    }
    store<u8>(at++, value);
    this.used += <i32>(at - first);
  }

  signed(value: i64): void {
    this.unsigned(<u64>((value << 1) ^ (value >> 63)));
  }

  /** Bytes as they are, with their length before them. */
  span(source: usize, length: i32): void {
    this.unsigned(length);
    memory.copy(this.grow(length), source, length);
    this.used += length;
  }

  /** A copy of what was packed so far. */
  bytes(): Uint8Array {
    let bytes = new Uint8Array(this.used);
    memory.copy(bytes.dataStart, this.start, this.used);
    return bytes;
  }

  free(): void {
    heap.free(this.start);
  }
}

/** Reads what a `Packer` wrote; what is cut short ends the call with "InputError". */
@final
export class Unpacker {
  /** Where the last span lies. */
  spanStart: usize = 0;

  constructor(private at: usize, private end: usize) {}

  get ended(): bool {
    return this.at >= this.end;
  }

  unsigned(): u64 {
    let value: u64 = 0;
    for (let shift: u64 = 0; shift < 64; shift += 7) {
      if (this.at >= this.end) break;
      let byte = <u64>load<u8>(this.at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    refusePacked();
    return 0;
  }

  signed(): i64 {
    let value = this.unsigned();
    return <i64>((value >> 1) ^ (0 - (value & 1)));
  }

  /** @returns the bytes of a span, which begins at `spanStart` */
  span(): i32 {
    let length = this.unsigned();
    if (length > <u64>(this.end - this.at)) refusePacked();
    this.spanStart = this.at;
    this.at += <usize>length;
    return <i32>length;
  }
}

function refusePacked(): void {
  fail("InputError", "a packed value is cut short");
}

/** The answers that a reducer of a job was given, one after the other: each with its length before it, u32. */
@final
export class Answers {
  private at: usize;
  private end: usize;

  constructor(input: Uint8Array) {
    this.at = input.dataStart;
    this.end = this.at + <usize>input.length;
  }

  get ended(): bool {
    return this.at >= this.end;
  }

  next(): Unpacker {
    let start = this.at + 4;
    let length = start <= this.end ? <usize>load<u32>(this.at) : 0;
    if (start > this.end || length > this.end - start) refusePacked();
    this.at = start + length;
    return new Unpacker(start, this.at);
  }
}
