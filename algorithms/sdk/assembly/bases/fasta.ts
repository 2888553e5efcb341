// FASTA, read in place: the letters of a record are moved together over its line ends, in upper case and with U as T,
// so nothing is copied elsewhere. What is no FASTA ends the call with "FastaError", the record, line and column.
import { fail } from "../failure";
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

/** One record. Its id is what stands after ">" up to the first blank; addresses are of the text that was read. */
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

/** The records of a text, which is written over. */
@final
export class Fasta {
  count: i32 = 0;
  /** Letters of the longest record. */
  longest: i32 = 0;
  private records: usize = 0;
  private room: i32 = 0;

  record(index: i32): Record {
    return changetype<Record>(this.records + <usize>index * offsetof<Record>());
  }

  /** Adds an empty record. */
  add(): Record {
    if (this.count == this.room) {
      this.room = max(64, this.room + (this.room >> 1));
      const bytes = <usize>this.room * offsetof<Record>();
      this.records = this.records ? heap.realloc(this.records, bytes) : heap.alloc(bytes);
    }
    const record = this.record(this.count++);
    record.fault = 0;
    record.valid = -1;
    record.distinct = -1;
    return record;
  }

  /** @returns the index of the only record with this id; -1 when there is none, -2 when there are several */
  find(id: usize, length: i32): i32 {
    let found = -1;
    for (let i = 0; i < this.count; i++) {
      const record = this.record(i);
      if (record.idLength != length || memory.compare(record.id, id, length) != 0) continue;
      if (found >= 0) return -2;
      found = i;
    }
    return found;
  }
}

let at: usize = 0;
let end: usize = 0;
let line: i32 = 0;
let lineStart: usize = 0;
let lenient: bool = false;

/** The byte at the reader's place, 0 after the end. */
function peek(): u32 {
  return at < end ? <u32>load<u8>(at) : 0;
}

/** Goes past a line end: LF, CRLF or CR. */
function nextLine(): void {
  if (peek() == RETURN) at++;
  if (peek() == NEWLINE) at++;
  line++;
  lineStart = at;
}

function endsLine(byte: u32): bool {
  return byte == NEWLINE || byte == RETURN;
}

/**
 * Reads all records.
 * @param most records that are accepted; one more ends the call with "AnswerTooLarge"
 * @param forgiving a record with a wrong character does not end the call: its `fault` says so
 */
export function readFasta(text: usize, length: i32, most: i32, forgiving: bool = false): Fasta {
  const fasta = new Fasta();
  lenient = forgiving;
  at = text;
  end = text + <usize>length;
  line = 1;
  lineStart = at;
  skipBlankLines();
  while (at < end) {
    if (fasta.count == most) {
      fail("AnswerTooLarge", "more than " + most.toString() + " records: send them in several calls");
    }
    const record = fasta.add();
    readHeader(record);
    readLetters(record, fasta.count);
    fasta.longest = max(fasta.longest, record.length);
  }
  if (!fasta.count) fail("FastaError", 'the text holds no record: a record begins with a line ">id"');
  return fasta;
}

/** Goes to the first ">"; only blank lines may come before it. */
function skipBlankLines(): void {
  while (at < end) {
    const byte = peek();
    if (byte == HEADER && at == lineStart) return;
    if (endsLine(byte)) nextLine();
    else if (byte == BLANK || byte == TAB) at++;
    else refuseText();
  }
}

function refuseText(): void {
  const what = ': text before the first record, which begins with a line ">id"';
  fail("FastaError", "line " + line.toString() + what);
}

function readHeader(record: Record): void {
  record.id = ++at;
  while (at < end && !endsLine(peek()) && peek() != BLANK && peek() != TAB) at++;
  record.idLength = <i32>(at - record.id);
  while (at < end && !endsLine(peek())) at++;
  if (at < end) nextLine();
}

/** Moves the letters of a record together. The reader is at a line's start, before and after. */
function readLetters(record: Record, number: i32): void {
  record.letters = at;
  let to = at;
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
  record.length = <i32>(to - record.letters);
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
  const place = ", line " + line.toString() + ", column " + (at - lineStart + 1).toString();
  const shown = byte > 0x20 && byte < 0x7f ? '"' + String.fromCharCode(byte) + '"' : "byte 0x" + byte.toString(16);
  const bases = "; bases are ACGTU, RYSWKMBDHVN and - for a gap";
  const hint = byte == HEADER ? "; a record begins at a line's start" : bases;
  fail("FastaError", name + place + ": " + shown + " is no base" + hint);
}
