// A dictionary: read line by line, from the input or from the state where it is kept. No table of it is made.
import { fail, state, Utf8 } from "orcade";

/** Bytes of one value of the state, at most 1 MiB: a dictionary is kept in pieces that end with lines. */
const PIECE: i32 = 1000 << 10;
/** Pieces that a dictionary may have: as much as the largest input. */
const MOST_PIECES: i32 = 16;
/** Bytes of the longest line. */
const LONGEST_LINE: i32 = 1000;

@final
export class Dictionary {
  /** The word last read. */
  start: usize = 0;
  size: usize = 0;
  frequency: f64 = 0;
  /** How many words were read; after `restart` their numbers begin anew. */
  words: i32 = 0;
  private pieces: Utf8[] = [];
  private piece: i32 = 0;
  private at: usize = 0;
  private end: usize = 0;
  private line: i32 = 0;

  constructor(text: Utf8, name: string, keep: bool) {
    if (name.length) checkName(name);
    else if (keep) fail("NameMissing", "to keep a dictionary needs a name");
    if (text.length) {
      if (name.length && !keep) fail("TwoDictionaries", "give either a dictionary or the name of a kept one");
      this.pieces.push(text);
    } else if (!name.length || keep) fail("DictionaryMissing", "give a dictionary, or the name of a kept one");
    else this.pieces = kept(name);
    this.restart();
    if (keep) keepAs(name, text);
  }

  /** Goes back to the first word. */
  restart(): void {
    this.piece = 0;
    this.words = 0;
    this.line = 0;
    this.open();
  }

  private open(): void {
    const piece = this.pieces[this.piece];
    this.at = piece.dataStart;
    this.end = this.at + <usize>piece.length;
  }

  /** Reads the next word. @returns whether there is one */
  next(): bool {
    while (true) {
      if (this.at >= this.end) {
        if (this.piece + 1 >= this.pieces.length) return false;
        this.piece++;
        this.open();
        continue;
      }
      this.line++;
      if (this.readLine()) {
        this.words++;
        return true;
      }
    }
  }

  /** Reads a line. @returns whether there is a word on it */
  private readLine(): bool {
    let at = this.at;
    while (at < this.end && isBlank(load<u8>(at))) at++;
    const start = at;
    while (at < this.end && load<u8>(at) > 0x20) at++;
    this.start = start;
    this.size = at - start;
    while (at < this.end && isBlank(load<u8>(at))) at++;
    this.frequency = 0;
    if (at < this.end && load<u8>(at) != 0x0a) at = this.readFrequency(at);
    this.at = at + 1;
    return this.size > 0;
  }

  /** Reads a whole number up to the end of the line. @returns the address of that */
  private readFrequency(at: usize): usize {
    const first = at;
    for (; at < this.end && <u32>load<u8>(at) - 0x30 < 10; at++) {
      this.frequency = this.frequency * 10 + (<u32>load<u8>(at) - 0x30);
    }
    const isNumber = at > first && at - first < 16;
    while (at < this.end && isBlank(load<u8>(at))) at++;
    if (!isNumber || (at < this.end && load<u8>(at) != 0x0a)) {
      fail("BadDictionary", "line " + this.line.toString() + ": expected a word and, after a space, a whole number");
    }
    return at;
  }
}

function isBlank(byte: u32): bool {
  return byte == 0x20 || byte == 9 || byte == 13;
}

function checkName(name: string): void {
  let good = name.length <= 64;
  for (let i = 0; i < name.length && good; i++) {
    const unit = <u32>name.charCodeAt(i);
    const isWord = unit - 0x30 < 10 || (unit | 0x20) - 0x61 < 26;
    good = isWord || (i > 0 && (unit == 0x2e || unit == 0x5f || unit == 0x2d));
  }
  if (!good) fail("BadName", "a name is 1 to 64 letters, digits, and after the first also . _ -");
}

function keyOf(name: string, piece: i32): string {
  return "dictionary/" + name + "/" + piece.toString();
}

function kept(name: string): Utf8[] {
  const pieces: Utf8[] = [];
  for (let i = 0; i < MOST_PIECES; i++) {
    const bytes = state.get(keyOf(name, i));
    if (bytes === null) break;
    pieces.push(Utf8.of(bytes));
  }
  if (!pieces.length) fail("UnknownDictionary", 'no dictionary is kept under "' + name + '"');
  return pieces;
}

/** Keeps a text in pieces, and deletes those that an earlier one had more. */
function keepAs(name: string, text: Utf8): void {
  let count = 0;
  for (let from = 0; from < text.length; count++) {
    let to = min(from + PIECE, text.length);
    if (to < text.length) {
      const least = max(to - LONGEST_LINE, from);
      while (to > least && unchecked(text[to - 1]) != 0x0a) to--;
      if (to == least) fail("BadDictionary", "a line has more than 1,000 bytes");
    }
    state.put(keyOf(name, count), text.slice(from, to).toBytes());
    from = to;
  }
  while (count < MOST_PIECES && state.get(keyOf(name, count)) !== null) state.delete(keyOf(name, count++));
}
