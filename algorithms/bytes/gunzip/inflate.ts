// DEFLATE (RFC 1951): a stream of blocks, each stored, or coded with the fixed code or with one of its own.
import { BitReader } from "./bits";
import { refuse, tooLarge } from "./faults";
import { DISTANCES, Huffman, LENGTHS_OF_CODES, LITERALS_AND_LENGTHS } from "./huffman";
import { ANSWER_LIMIT, Output } from "./output";
import { DISTANCE_WIDTH, decodeSymbol, decodeSymbols, LITERAL_WIDTH } from "./symbols";

const LENGTHS_WIDTH: u32 = 7;

// The most entries that two levels of these widths need, by zlib's examples/enough.c: "enough 288 11 15" and "32 8 15".
const LITERAL_ENTRIES: usize = 2342;
const DISTANCE_ENTRIES: usize = 402;

/** The order in which the lengths of the codes for code lengths stand (RFC 1951, 3.2.7). */
const ORDER: StaticArray<u8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Decodes deflate streams, one after the other. */
@final
export class Inflater {
  private readonly reader: BitReader;
  private readonly output: Output;
  private readonly literals: Huffman = new Huffman(LITERALS_AND_LENGTHS, LITERAL_WIDTH, LITERAL_ENTRIES);
  private readonly distances: Huffman = new Huffman(DISTANCES, DISTANCE_WIDTH, DISTANCE_ENTRIES);
  private readonly codes: Huffman = new Huffman(LENGTHS_OF_CODES, LENGTHS_WIDTH, 1 << LENGTHS_WIDTH);
  /** Code lengths: of literals and lengths, then of distances; a repetition may run from the one into the other. */
  private readonly lengths: StaticArray<u8> = new StaticArray<u8>(288 + 32);
  /** Whether the tables are those of the fixed code. */
  private fixed: bool = false;

  constructor(reader: BitReader, output: Output) {
    this.reader = reader;
    this.output = output;
  }

  /** Decodes one stream and leaves the reader at the byte after it. */
  stream(): void {
    this.output.start = this.output.next;
    let last: u32;
    do {
      const offset = this.reader.offset();
      last = this.reader.take(1);
      const type = this.reader.take(2);
      if (type == 0) this.storedBlock();
      else if (type == 1) this.fixedBlock();
      else if (type == 2) this.dynamicBlock(offset);
      else refuse("BadBlock", offset, "a block has type 3, which does not exist");
    } while (!last);
    this.reader.align();
  }

  /** RFC 1951, 3.2.4. */
  private storedBlock(): void {
    const reader = this.reader;
    const output = this.output;
    reader.align();
    const offset = reader.offset();
    const length: usize = reader.take(16);
    const complement: usize = reader.take(16);
    if ((length ^ complement) != 0xffff) {
      refuse("BadBlock", offset, "the length of a stored block and its complement do not agree");
    }
    if (length > output.room()) tooLarge(offset, ANSWER_LIMIT);
    memory.copy(output.next, reader.span(length), length);
    output.next += length;
  }

  /** RFC 1951, 3.2.6. */
  private fixedBlock(): void {
    if (!this.fixed) {
      const lengths = changetype<usize>(this.lengths);
      memory.fill(lengths, 8, 144);
      memory.fill(lengths + 144, 9, 256 - 144);
      memory.fill(lengths + 256, 7, 280 - 256);
      memory.fill(lengths + 280, 8, 288 - 280);
      memory.fill(lengths + 288, 5, 32);
      this.literals.build(lengths, 288);
      this.distances.build(lengths + 288, 32);
      this.fixed = true;
    }
    decodeSymbols(this.reader, this.output, this.literals, this.distances);
  }

  /** RFC 1951, 3.2.7. @param offset where the block begins */
  private dynamicBlock(offset: usize): void {
    const reader = this.reader;
    const literals = reader.take(5) + 257;
    const distances = reader.take(5) + 1;
    const codes = reader.take(4) + 4;
    if (literals > 286) refuseCount(offset, literals, "literals and lengths, of 286");
    if (distances > 30) refuseCount(offset, distances, "distances, of 30");
    this.readCodes(offset, codes);
    this.readLengths(literals + distances);
    const lengths = changetype<usize>(this.lengths);
    if (!load<u8>(lengths + 256)) refuse("BadHuffmanCode", offset, "a block has no code for its end");
    this.fixed = false;
    this.checkSet(offset, "literals and lengths", this.literals.build(lengths, literals));
    this.checkSet(offset, "distances", this.distances.build(lengths + literals, distances));
    decodeSymbols(reader, this.output, this.literals, this.distances);
  }

  private checkSet(offset: usize, what: string, fault: string): void {
    if (fault.length) refuse("BadHuffmanCode", offset, "the set of codes for " + what + " " + fault);
  }

  /** Reads the code for code lengths, of which so many are given. */
  private readCodes(offset: usize, given: u32): void {
    const lengths = changetype<usize>(this.lengths);
    memory.fill(lengths, 0, 19);
    for (let i: u32 = 0; i < given; i++) store<u8>(lengths + unchecked(ORDER[i]), <u8>this.reader.take(3));
    this.checkSet(offset, "code lengths", this.codes.build(lengths, 19));
  }

  /** Reads `total` code lengths, in which 16 to 18 stand for repetitions. */
  private readLengths(total: u32): void {
    const reader = this.reader;
    const lengths = changetype<usize>(this.lengths);
    for (let have: u32 = 0; have < total; ) {
      const offset = reader.offset();
      const symbol = <u32>(decodeSymbol(reader, this.codes.table, LENGTHS_WIDTH) >> 16);
      if (symbol < 16) {
        store<u8>(lengths + have++, <u8>symbol);
        continue;
      }
      if (symbol == 16 && !have) refuse("BadHuffmanCode", offset, "the first code length repeats the one before it");
      const repeated: u8 = symbol == 16 ? load<u8>(lengths + have - 1) : 0;
      const times = symbol == 16 ? 3 + reader.take(2) : symbol == 17 ? 3 + reader.take(3) : 11 + reader.take(7);
      if (have + times > total) refuse("BadHuffmanCode", offset, "a code length repeats beyond the last code");
      memory.fill(lengths + have, repeated, times);
      have += times;
    }
  }
}

function refuseCount(offset: usize, count: u32, what: string): void {
  refuse("BadBlock", offset, "a block has codes for " + count.toString() + " " + what);
}
