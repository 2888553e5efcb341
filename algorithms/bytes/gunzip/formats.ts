// What wraps a deflate stream: gzip (RFC 1952), zlib (RFC 1950), or nothing. The first bytes tell which it is. No
// ordinary raw stream is mistaken: 0x1f begins a block of the type that does not exist, and a byte that can begin zlib
// (method 8) a stored block whose padding is not zero, which no known encoder writes.
import { BitReader } from "./bits";
import { adler32, crc32 } from "./checksums";
import { noteRaw, refuse, truncated } from "./faults";
import { Inflater } from "./inflate";
import { Output } from "./output";

const GZIP: u32 = 0x8b1f;
const DEFLATE: u32 = 8;

// Flags of a gzip member (RFC 1952, 2.3.1); bit 0, FTEXT, is only a hint.
const FHCRC: u32 = 2;
const FEXTRA: u32 = 4;
const FNAME: u32 = 8;
const FCOMMENT: u32 = 16;
const RESERVED: u32 = 0xe0;

/** Decompresses data of any of the three formats. @returns all of what it holds */
export function decompress(data: Uint8Array): Uint8Array {
  const reader = new BitReader(data.dataStart, data.length);
  const output = new Output(data.length);
  const inflater = new Inflater(reader, output);
  // Nothing complete is shorter: raw deflate has at least a block's 3 bits and the 7 of its end.
  if (data.length < 2) truncated(data.length);
  const head = <u32>load<u16>(reader.next);
  if (head == GZIP) readMembers(reader, inflater, output);
  else if (isZlib(head)) readZlib(reader, inflater, output);
  else readRaw(reader, inflater);
  return output.bytes();
}

/** RFC 1950, 2.2: method 8, a window of at most 32 KiB, and the two bytes a multiple of 31. */
function isZlib(head: u32): bool {
  const method = head & 255;
  return (method & 15) == DEFLATE && method >> 4 <= 7 && ((method << 8) | (head >> 8)) % 31 == 0;
}

function readRaw(reader: BitReader, inflater: Inflater): void {
  noteRaw();
  inflater.stream();
  if (reader.left()) refuseRest(reader, "the deflate stream");
}

function refuseRest(reader: BitReader, what: string): void {
  refuse("TrailingGarbage", reader.offset(), reader.left().toString() + " bytes follow the end of " + what);
}

function readZlib(reader: BitReader, inflater: Inflater, output: Output): void {
  const flags = load<u8>(reader.span(2) + 1);
  if (flags & 0x20) {
    refuse("DictionaryNeeded", 0, "the data was compressed with a preset dictionary, which it does not hold");
  }
  inflater.stream();
  const offset = reader.offset();
  const given = bswap<u32>(load<u32>(reader.span(4)));
  const actual = adler32(output.start, output.next - output.start);
  if (given != actual) refuseSum("Adler-32", offset, given, actual);
  if (reader.left()) refuseRest(reader, "the zlib data");
}

function refuseSum(name: string, offset: usize, given: u32, actual: u32): void {
  const sums = "0x" + given.toString(16) + " given, 0x" + actual.toString(16) + " found";
  refuse("BadChecksum", offset, "the " + name + " does not fit: " + sums);
}

/** Reads members up to the end of the data: their contents belong together (RFC 1952, 2.2). */
function readMembers(reader: BitReader, inflater: Inflater, output: Output): void {
  do {
    readHeader(reader);
    inflater.stream();
    const offset = reader.offset();
    const trailer = reader.span(8);
    const length = output.next - output.start;
    const given = load<u32>(trailer);
    const actual = crc32(output.start, length);
    if (given != actual) refuseSum("CRC-32", offset, given, actual);
    const size = load<u32>(trailer, 4);
    if (size != <u32>length) {
      refuse("BadSize", offset + 4, size.toString() + " bytes announced, " + length.toString() + " found");
    }
  } while (continues(reader));
}

/** @returns whether another member follows; what is neither that nor the end is refused */
function continues(reader: BitReader): bool {
  const left = reader.left();
  if (!left) return false;
  // A single 0x1f at the end is a member that was cut off.
  const begins = left == 1 ? load<u8>(reader.next) == 0x1f : load<u16>(reader.next) == GZIP;
  if (!begins) refuseRest(reader, "the last gzip member");
  return true;
}

/** RFC 1952, 2.3. */
function readHeader(reader: BitReader): void {
  const header = reader.span(10);
  const method = <u32>load<u8>(header, 2);
  const flags = <u32>load<u8>(header, 3);
  const offset = header - reader.start;
  if (method != DEFLATE) {
    refuse("BadHeader", offset + 2, "the gzip method is " + method.toString() + ", and only 8 is known");
  }
  if (flags & RESERVED) refuse("BadHeader", offset + 3, "a gzip flag is set that has no meaning");
  if (flags & FEXTRA) reader.span(load<u16>(reader.span(2)));
  if (flags & FNAME) skipText(reader);
  if (flags & FCOMMENT) skipText(reader);
  if (!(flags & FHCRC)) return;
  const actual = crc32(header, reader.next - header) & 0xffff;
  const at = reader.offset();
  const given = <u32>load<u16>(reader.span(2));
  if (given != actual) refuseSum("header's CRC-16", at, given, actual);
}

/** Goes past a text and the zero that ends it. */
function skipText(reader: BitReader): void {
  while (load<u8>(reader.span(1))) {}
}
