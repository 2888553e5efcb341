// The answer as JSON text. Counts may be 15 MiB of it, which as maps of strings would need more memory than there is:
// they are written as bytes, here into a small buffer, which goes over into the SDK's writer when it is full. Ends the
// call with "AnswerTooLarge" when the whole would not fit.
import { fail } from "orcade";
import { writeRaw, writtenLength } from "orcade/json/write";
import { printFloat, printUnsigned } from "orcade/number/print";

/** Bytes an answer may have: 15 MiB with its envelope. */
export const ANSWER_LIMIT: i32 = 15 * 1024 * 1024 - 1024;

/** Bytes of the buffer before it goes over, and what may be written beyond between two calls of `room`. */
const FULL: i32 = 32 * 1024;
const SLACK: i32 = 4 * 1024;
const buffer: usize = memory.data(36864, 16);

/** "0," eight times. */
const ZEROS: v128 = i8x16(48, 44, 48, 44, 48, 44, 48, 44, 48, 44, 48, 44, 48, 44, 48, 44);

@final
export class Answer {
  /** Where the next byte goes. After each call of `room`, SLACK bytes may be written. */
  at: usize = buffer;

  /** Ends the call unless `more` bytes fit. */
  room(more: i64): void {
    const used = <i32>(this.at - buffer);
    if (<i64>(writtenLength() + used) + more > <i64>ANSWER_LIMIT) refuseSize();
    if (used > FULL) this.flush();
  }

  /** Hands what was written to the SDK's writer. */
  flush(): void {
    writeRaw(buffer, <i32>(this.at - buffer));
    this.at = buffer;
  }

  /** Writes ASCII text as it is. */
  raw(text: string): void {
    const source = changetype<usize>(text);
    for (let i = 0; i < text.length; i++) store<u8>(this.at++, load<u16>(source + (<usize>i << 1)));
  }

  unsigned(value: u32): void {
    this.at = printUnsigned(value, this.at);
  }

  /** Writes a number; null for one that is none. */
  float(value: f64): void {
    if (isFinite(value)) this.at = printFloat<f64>(value, this.at);
    else this.raw("null");
  }

  /** Writes `count` zeros with a comma after each. */
  zeros(count: i32): void {
    for (; count > 0; count -= SLACK >> 2) {
      this.room(<i64>count << 1);
      const end = this.at + (<usize>min(count, SLACK >> 2) << 1);
      for (let at = this.at; at < end; at += 16) v128.store(at, ZEROS);
      this.at = end;
    }
  }

  /** Writes a string given as WTF-8; a lone surrogate as \uXXXX. */
  string(source: usize, length: i32): void {
    store<u8>(this.at++, 0x22);
    const end = source + <usize>length;
    while (source < end) {
      this.room(0);
      const pause = min(source + 512, end);
      while (source < pause) source += this.character(source);
    }
    store<u8>(this.at++, 0x22);
  }

  /** Writes a byte of a string, or a surrogate. @returns the bytes that it took */
  private character(source: usize): usize {
    const byte = <u32>load<u8>(source);
    if (byte == 0xed && load<u8>(source, 1) >= 0xa0) {
      this.escape(0xd000 | ((<u32>load<u8>(source, 1) & 0x3f) << 6) | (<u32>load<u8>(source, 2) & 0x3f));
      return 3;
    }
    if (byte < 0x20) {
      this.escape(byte);
      return 1;
    }
    if (byte == 0x22 || byte == 0x5c) store<u8>(this.at++, 0x5c);
    store<u8>(this.at++, byte);
    return 1;
  }

  /** Writes \uXXXX. */
  private escape(unit: u32): void {
    store<u16>(this.at, 0x755c);
    for (let shift = 12, i: usize = 2; shift >= 0; shift -= 4, i++) {
      const digit = (unit >> shift) & 15;
      store<u8>(this.at + i, digit < 10 ? 0x30 + digit : 0x57 + digit);
    }
    this.at += 6;
  }
}

function refuseSize(): void {
  const advice = 'send fewer records, or ask for less (a smaller k, "form": "none", no pairs)';
  fail("AnswerTooLarge", "the answer passes 15 MiB: " + advice);
}
