// Goes once over the letters of FASTA and hands every site to the search. Nothing is copied: places in the input are known,
// so that the job can be told how far it is.
import { fail, job } from "orcade";
import { SITE } from "./guides";
import { Search } from "./search";

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const HEADER: u32 = 62;

/** Bits of 23 letters. */
const SITE_BITS: i64 = (1 << (SITE << 1)) - 1;
/** Bytes between two reports of what is finished. */
const REPORT: usize = 1 << 20;

/** What a byte is: 0 to 3 a base, 4 another letter of a sequence, 5 white space, 6 nothing that may stand there. */
const kinds: usize = memory.data(256, 16);
const OTHER: u32 = 4;
const BLANK: u32 = 5;
const WRONG: u32 = 6;

function makeKinds(): void {
  memory.fill(kinds, <u8>WRONG, 256);
  memory.fill(kinds, <u8>BLANK, 33);
  const bases = "ACGTU";
  const others = "RYSWKMBDHVN-";
  for (let i = 0; i < bases.length; i++) setKind(bases.charCodeAt(i), min(i, 3));
  for (let i = 0; i < others.length; i++) setKind(others.charCodeAt(i), OTHER);
}

function setKind(letter: u32, kind: u32): void {
  store<u8>(kinds + <usize>letter, kind);
  if (letter > 64) store<u8>(kinds + <usize>(letter | 32), kind);
}

makeKinds();

@final
export class Scan {
  private start: usize;
  private at: usize;
  private end: usize;
  /** Where the letters begin that belong to the next chunk, too. */
  private ownEnd: usize;
  private nextReport: usize;
  /** Letters of the record so far; how many of them are this chunk's own; how many stand before the chunk. */
  private length: i64 = 0;
  private before: i64 = 0;
  private own: i64 = i64.MAX_VALUE;

  constructor(private search: Search, input: Uint8Array, skipped: i32) {
    this.start = input.dataStart;
    this.at = this.start + <usize>skipped;
    this.end = this.start + <usize>input.length;
    this.ownEnd = this.back(this.end, job.extra);
    this.nextReport = this.at + REPORT;
    search.file = job.file;
  }

  /** Goes back over letters from an address. */
  private back(from: usize, letters: i64): usize {
    while (letters > 0 && from > this.at) letters -= i64(load<u8>(--from) > 32);
    return from;
  }

  run(): void {
    let first = true;
    for (this.skipBlank(); this.at < this.end; ) {
      if (load<u8>(this.at) != HEADER) fail("FastaError", 'text before the first record, which begins with a line ">id"');
      this.header();
      this.before = first ? job.skip : 0;
      this.search.records += i64(!this.before);
      first = false;
      this.letters();
      const own = min(this.own, this.length);
      this.search.close(own, this.length - own);
    }
    if (first) fail("FastaError", 'the text holds no record: a record begins with a line ">id"');
  }

  private skipBlank(): void {
    while (this.at < this.end && load<u8>(this.at) <= 32) this.at++;
  }

  private header(): void {
    const from = ++this.at;
    while (this.at < this.end && load<u8>(this.at) > 32) this.at++;
    this.search.record = String.UTF8.decodeUnsafe(from, this.at - from);
    while (this.at < this.end && !endsLine(load<u8>(this.at))) this.at++;
  }

  /** Goes over the letters of a record. A header's line has ended, or the text. */
  private letters(): void {
    const search = this.search;
    let forward: i64 = 0;
    let backward: i64 = 0;
    let run = 0;
    let length: i64 = 0;
    let own: i64 = i64.MAX_VALUE;
    let at = this.at;
    for (const end = this.end; at < end; at++) {
      const byte = <u32>load<u8>(at);
      const kind = <u32>load<u8>(kinds + <usize>byte);
      if (kind >= OTHER) {
        if (kind == BLANK) continue;
        if (kind == WRONG) {
          if (byte == HEADER && endsLine(load<u8>(at - 1))) break;
          refuse(search.record, at - this.start, byte);
        }
        run = 0;
        if (at >= this.ownEnd) own = min(own, length);
        length++;
        continue;
      }
      if (at >= this.ownEnd) own = min(own, length);
      length++;
      forward = ((forward << 2) | <i64>kind) & SITE_BITS;
      backward = (backward >> 2) | (<i64>(3 - kind) << ((SITE - 1) << 1));
      if (++run < SITE) continue;
      const begun = length - SITE;
      if (begun >= own) continue;
      // NGG or NAG: the last letter is G, and the one before it A or G.
      if ((forward & 7) == 2) search.take(forward, this.before + begun, false);
      if ((backward & 7) == 2) search.take(backward, this.before + begun, true);
      if (at >= this.nextReport) this.report(at, length, own);
    }
    this.at = at;
    this.length = length;
    this.own = own;
  }

  /** Tells the job that all windows that begin before the last 22 letters are done. */
  private report(at: usize, length: i64, own: i64): void {
    this.nextReport = at + REPORT;
    const upto = this.back(at + 1, SITE - 1);
    const letters = length - SITE + 1;
    if (!job.runs || letters > own) return;
    this.search.letters += letters;
    job.done<Uint8Array>(<i64>(upto - this.start), this.search.pack());
    this.search.letters -= letters;
  }
}

function endsLine(byte: u32): bool {
  return byte == NEWLINE || byte == RETURN;
}

function refuse(record: string, offset: usize, byte: u32): void {
  const shown = byte > 32 && byte < 127 ? '"' + String.fromCharCode(byte) + '"' : "byte 0x" + byte.toString(16);
  const place = 'record "' + record.slice(0, 60) + '", byte ' + offset.toString() + " of the text: ";
  fail("FastaError", place + shown + " is no base; bases are ACGTU, RYSWKMBDHVN and - for a gap");
}
