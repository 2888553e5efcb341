// The scalars of a JSON text: strings, numbers, literals and the space between them (RFC 8259 §2, §6, §7).
// Each method begins at `at` and leaves `at` behind what it read, or returns false with `fault` set.
import { fault, type JsonError, type JsonReason } from "./fault.ts";
import { decodeString } from "./text.ts";
import { sequenceLength } from "./utf8.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** 1 for each byte that stands for itself in a string: ASCII but for control characters, quote and backslash. */
const UNESCAPED = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH),
);
/** Integers of so many digits are exact in a double and are read without making a string of them. */
const EXACT_DIGITS = 15;
const LITERALS = [
  ["null", null],
  ["true", true],
  ["false", false],
] as const;
const ESCAPES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

export class Lexer {
  at = 0;
  fault: JsonError | undefined;
  /** Of the last string: where its characters begin and end, its length in code points, whether it is ASCII as it stands. */
  start = 0;
  end = 0;
  length = 0;
  plain = true;
  readonly bytes: Uint8Array;
  readonly text = (): string => decodeString(this.bytes, this.start, this.end, this.plain);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  fail(reason: JsonReason, what: string, offset = this.at): false {
    this.fault = fault(this.bytes, reason, offset, what);
    return false;
  }

  /** Refuses what stands at `at`, naming it. */
  unexpected(wanted: string): false {
    const byte = this.bytes[this.at];
    if (byte === undefined) return this.fail("not-json", `The JSON ends where ${wanted} is expected`);
    if (byte >= 0x80 && sequenceLength(this.bytes, this.at) === 0) return this.notUtf8();
    const shown = byte > 0x20 && byte < 0x7f ? `\`${String.fromCharCode(byte)}\`` : `the byte 0x${hex(byte)}`;
    return this.fail("not-json", `The JSON has ${shown} where ${wanted} is expected`);
  }

  notUtf8(): false {
    return this.fail("not-utf8", "The JSON is not valid UTF-8");
  }

  /** Skips white space. @returns the byte after it, or -1 at the end */
  space(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
    this.at = at;
    return byte ?? -1;
  }

  /** Reads a string; `at` stands on its opening quote. */
  string(): boolean {
    const { bytes } = this;
    const start = this.at + 1;
    let at = start;
    /** Bytes beyond the first of each code point. */
    let extra = 0;
    this.plain = true;
    for (;;) {
      while (UNESCAPED[bytes[at] ?? 0] === 1) at++;
      const byte = bytes[at];
      if (byte === QUOTE) break;
      if (byte === undefined) {
        this.at = at;
        return this.fail("not-json", "The JSON ends inside a string");
      }
      const step = this.#special(at, byte);
      if (step === 0) return false;
      at += step;
      extra += step - 1;
    }
    this.start = start;
    this.end = at;
    this.length = at - start - extra;
    this.at = at + 1;
    return true;
  }

  /** @returns the bytes taken by the escape or the sequence at `at`, or 0 when it is refused */
  #special(at: number, byte: number): number {
    this.at = at;
    this.plain = false;
    if (byte >= 0x80) return sequenceLength(this.bytes, at) || Number(this.notUtf8());
    if (byte === BACKSLASH)
      return this.#escape(at) || Number(this.fail("not-json", "A string has an escape JSON lacks"));
    return Number(this.fail("not-json", `A string has the control character 0x${hex(byte)}, which must be escaped`));
  }

  /** @returns 2 or 6 for an escape, 12 for a pair of surrogates (one code point), 0 for none */
  #escape(at: number): 0 | 2 | 6 | 12 {
    if (this.bytes[at + 1] !== 0x75) return ESCAPES.has(this.bytes[at + 1] ?? 0) ? 2 : 0;
    const unit = this.#unit(at);
    if (unit < 0) return 0;
    if (unit < 0xd800 || unit > 0xdbff) return 6;
    const next = this.#unit(at + 6);
    return next >= 0xdc00 && next <= 0xdfff ? 12 : 6;
  }

  /** @returns the code unit that the `\uXXXX` at `at` stands for, or -1 when none stands there */
  #unit(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== BACKSLASH || bytes[at + 1] !== 0x75) return -1;
    let unit = 0;
    for (let digit = at + 2; digit < at + 6; digit++) {
      const value = hexDigit(bytes[digit] ?? 0);
      if (value < 0) return -1;
      unit = unit * 16 + value;
    }
    return unit;
  }

  /** Reads a number; `at` stands on its sign or first digit. @returns whether it is one */
  number(): boolean {
    this.start = this.at;
    if (this.bytes[this.at] === 0x2d) this.at++;
    if (this.bytes[this.at] === 0x30) this.at++;
    else if (!this.#digits()) return this.unexpected("a digit");
    if (this.bytes[this.at] === 0x2e) {
      this.at++;
      if (!this.#digits()) return this.unexpected("a digit");
    }
    if (this.bytes[this.at] === 0x65 || this.bytes[this.at] === 0x45) {
      this.at++;
      if (this.bytes[this.at] === 0x2b || this.bytes[this.at] === 0x2d) this.at++;
      if (!this.#digits()) return this.unexpected("a digit");
    }
    this.end = this.at;
    return true;
  }

  #digits(): boolean {
    const { bytes } = this;
    const from = this.at;
    let at = from;
    while (isDigit(bytes[at])) at++;
    this.at = at;
    return at > from;
  }

  /** @returns the value of the number just read, as JSON.parse has it */
  value(): number {
    const { bytes, start, end } = this;
    const negative = bytes[start] === 0x2d;
    const first = negative ? start + 1 : start;
    if (end - first > EXACT_DIGITS) return Number(decodeString(bytes, start, end, true));
    let value = 0;
    for (let at = first; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (!isDigit(byte)) return Number(decodeString(bytes, start, end, true));
      value = value * 10 + byte - 0x30;
    }
    return negative ? -value : value;
  }

  /** Reads `null`, `true` or `false`. @returns its value, or undefined when none stands here */
  literal(): boolean | null | undefined {
    const found = LITERALS.find(([word]) => this.#isWord(word));
    if (found === undefined) return undefined;
    this.at += found[0].length;
    return found[1];
  }

  #isWord(word: string): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at + index] !== word.charCodeAt(index)) return false;
    }
    return true;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
