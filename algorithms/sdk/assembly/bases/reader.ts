// Reads FASTA where it lies: finds headers, and moves letters together over line ends, in upper case and with U as T. What
// is read is a piece of a text: a whole one (fasta.ts), or those of a file, one after the other (stream.ts), which give the
// same letters, lines and errors. What is no FASTA ends the call with "FastaError", the record, line and column.
import { fail } from "../failure";
import { sequenceLength } from "../text";
import { Utf8 } from "../utf8";
import { Letters } from "./letters";

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const BLANK: u32 = 32;
const TAB: u32 = 9;
const HEADER: u32 = 62;
const GAP: u32 = 45;

/** Bytes of an id that an error shows. */
const LONGEST_ID: i32 = 60;

/** The letters of IUPAC-IUB (Cornish-Bowden 1985, doi:10.1093/nar/13.9.3021), bit n for the n-th: ABCDGHKMNRSTUVWY. */
const IUPAC: u32 = 0x02fc699e;

/** One record. Its id is what stands after ">" up to the first blank. */
@unmanaged
export class Record {
  id: usize;
  idLength: i32;
  letters: usize;
  length: i32;
  /** The first byte that is no letter of a sequence, 0 when all are; what stands after it is not read. */
  fault: u32;
  /** Windows of A, C, G and T only, and different k-mers; -1 until they are counted. */
  valid: i32;
  distinct: i32;
}

let at: usize = 0;
let end: usize = 0;
let line: i32 = 0;
let lineStart: usize = 0;
let lenient: bool = false;

/** Begins a text. @param forgiving a wrong character does not end the call: the record's `fault` says so */
export function begin(piece: usize, length: i32, forgiving: bool): void {
  lenient = forgiving;
  at = piece;
  end = piece + <usize>length;
  line = 1;
  lineStart = at;
}

/** Goes on with the next piece; the one before was read to its end, which was not between the CR and the LF of a line's. */
export function goOn(piece: usize, length: i32): void {
  // Where the line would begin if the pieces lay behind one another.
  lineStart = piece - (at - lineStart);
  at = piece;
  end = piece + <usize>length;
}

/** Whether the piece is read to its end. */
export function ended(): bool {
  return at >= end;
}

/** The address of the next byte. */
export function place(): usize {
  return at;
}

/** The byte at the reader's place, 0 after the end. */
function peek(): u32 {
  return at < end ? <u32>load<u8>(at) : 0;
}

/** Goes past a line end, if there is one: LF, CRLF or CR. */
export function nextLine(): void {
  if (at >= end) return;
  if (peek() == RETURN) at++;
  if (peek() == NEWLINE) at++;
  line++;
  lineStart = at;
}

function endsLine(byte: u32): bool {
  return byte == NEWLINE || byte == RETURN;
}

/** Goes to the first ">", or the end of the piece; only blank lines may come before it. */
export function skipBlankLines(): void {
  while (at < end) {
    const byte = peek();
    if (byte == HEADER && at == lineStart) return;
    if (endsLine(byte)) nextLine();
    else if (byte == BLANK || byte == TAB) at++;
    else refuseText();
  }
}

function refuseText(): void {
  const what = isCompressed()
    ? ": the text is compressed (gzip): unpack it first"
    : ': text before the first record, which begins with a line ">id"';
  fail("FastaError", "line " + line.toString() + what);
}

/** Whether the text begins as gzip does (RFC 1952). */
function isCompressed(): bool {
  return line == 1 && at == lineStart && at + 2 <= end && load<u16>(at) == 0x8b1f;
}

/** Ends the call: there is no header in all of the text. */
export function refuseNothing(): void {
  fail("FastaError", 'the text holds no record: a record begins with a line ">id"');
}

/** Goes past the ">" of a header. */
export function enterHeader(): void {
  at++;
}

/** Goes to the end of an id, or of the piece. */
export function skipId(): void {
  while (at < end && !endsLine(peek()) && peek() != BLANK && peek() != TAB) at++;
}

/** Goes to the end of the line, or of the piece. */
export function skipLine(): void {
  while (at < end && !endsLine(peek())) at++;
}

/**
 * Moves the letters of a record together, until it or the piece ends.
 * @param to where they go: not beyond the reader's place
 * @param number of the record, for errors
 * @returns the address after the last letter; unless the piece has ended, the record has
 */
export function readLetters(to: usize, record: Record, number: i32): usize {
  while (at < end) {
    if (at + 16 <= end) {
      const letters = Letters.normal(v128.load(at));
      const others = ~i8x16.bitmask(Letters.plain(letters, Letters.codes(letters))) & 0xffff;
      const plain: usize = others ? <usize>ctz(others) : 16;
      // Bytes stored beyond the plain ones are written over next; they must not reach what is still to be read.
      if (plain == 16 || at - to >= 16) {
        v128.store(to, letters);
        to += plain;
        at += plain;
        if (plain == 16) continue;
      }
    }
    const byte = <u32>load<u8>(at);
    if (endsLine(byte)) nextLine();
    else if (byte == HEADER && at == lineStart) break;
    else if (byte == BLANK || byte == TAB) at++;
    else to = takeLetters(to, record, number);
  }
  return to;
}

/** Takes a letter, and all after it that are not A, C, G or T. @returns the address after the last letter taken */
function takeLetters(to: usize, record: Record, number: i32): usize {
  let letter = normalLetter(<u32>load<u8>(at));
  if (!letter && lenient) {
    record.fault = load<u8>(at);
    skipRecord();
    return to;
  }
  if (!letter) refuseLetter(record, number);
  do {
    store<u8>(to++, letter);
    at++;
    letter = at < end ? normalLetter(<u32>load<u8>(at)) : 0;
  } while (letter && !isPlain(letter));
  return to;
}

/** Goes to the next header, or to the end. */
function skipRecord(): void {
  while (at < end && !(peek() == HEADER && at == lineStart)) {
    if (endsLine(peek())) nextLine();
    else at++;
  }
}

/** @returns the letter in upper case, T for U, "-" for a gap, and 0 for what is no letter of a sequence */
function normalLetter(byte: u32): u32 {
  if (byte == GAP) return byte;
  const upper = byte & 0xdf;
  if (upper - 0x41 > 25 || !((IUPAC >> (upper & 31)) & 1)) return 0;
  return upper - u32(upper == 0x55);
}

function isPlain(letter: u32): bool {
  return letter == 0x41 || letter == 0x43 || letter == 0x47 || letter == 0x54;
}

/** Ends the call: the byte at the reader's place is no letter of a sequence. */
function refuseLetter(record: Record, number: i32): void {
  const byte = <u32>load<u8>(at);
  const id = new Utf8(record.id, min(record.idLength, LONGEST_ID)).toString();
  const name = "record " + number.toString() + ' ("' + id + '")';
  const where = ", line " + line.toString() + ", column " + (at - lineStart + 1).toString();
  const shown = byte > 0x20 && byte < 0x7f ? '"' + String.fromCharCode(byte) + '"' : "byte 0x" + byte.toString(16);
  const bases = "; bases are ACGTU, RYSWKMBDHVN and - for a gap";
  const hint = byte == HEADER ? "; a record begins at a line's start" : bases;
  fail("FastaError", name + where + ": " + shown + " is no base" + hint);
}

/** Ends the call unless a record's id is UTF-8, as text of an input always is and a file's bytes need not be. */
export function checkId(record: Record, number: i32): void {
  const last = record.id + <usize>record.idLength;
  for (let next = record.id; next < last; ) {
    const length = sequenceLength(next, last);
    if (!length) fail("FastaError", "record " + number.toString() + ": its id is not UTF-8");
    next += <usize>length;
  }
}
