// Where sentences end. A text is read once, forward; what a full stop means is decided from the word before it and the
// one after it. It works on UTF-8 as it is and never leaves the span it was given.
import { codePoint, sequenceLength } from "orcade/text";
import { stopLanguages } from "../tags/language";
import { hash, Words } from "../tags/words";
import { isDigit, isLetter } from "../tags/unicode";
import { abbreviation, BEFORE_NUMBER, NEVER_LAST, SELDOM_LAST } from "./abbreviations";
import { ALWAYS, closes, isBlank, isLower, opens, OPENS_QUOTE, CLOSES_QUOTE, quote, stopOf } from "./characters";

/** Bytes of the longest sentence: a longer one is parted at its last white space before that. */
const LONGEST: usize = 2000;
/** Bytes of a word before a full stop that are looked at. */
const LONGEST_WORD: usize = 24;
/** German and Swedish write ordinal numbers with a full stop. */
const ORDINALS: u32 = 2 | 128;

@final
export class Sentences {
  /** The sentence last read: its first byte, and the one after its last. */
  start: usize = 0;
  end: usize = 0;
  private at: usize;
  private readonly limit: usize;
  private readonly language: u32;
  private readonly lines: bool;
  /** Whether `at` is at the beginning of a line. */
  private beginsLine: bool = true;
  /** The character at `at`, and its bytes. */
  private code: u32 = 0;
  private width: usize = 0;
  /** The first byte of the word that is read. */
  private word: usize = 0;
  /** Brackets of Chinese and Japanese that are open. */
  private quotes: i32 = 0;

  constructor(start: usize, length: i32, language: u32, lines: bool) {
    this.at = start;
    this.limit = start + <usize>length;
    this.language = language;
    this.lines = lines;
  }

  /** Reads the next sentence. @returns whether there is one */
  next(): bool {
    this.skipBlanks();
    if (this.at >= this.limit) return false;
    this.start = this.at;
    this.word = this.at;
    this.quotes = 0;
    let space: usize = 0;
    while (this.at < this.limit) {
      if (this.at - this.start >= LONGEST) return this.finish(space ? space : this.at);
      this.look();
      if (this.code == 0x0a) {
        if (this.endsParagraph()) return this.finish(this.at);
      } else if (stopOf(this.code)) {
        if (this.stops()) return this.finish(this.at);
        continue;
      }
      this.pass();
      if (isBlank(this.code)) space = this.at;
    }
    return this.finish(this.limit);
  }

  /** Ends the sentence, and goes on from there. */
  private finish(end: usize): bool {
    this.at = end;
    while (end > this.start && load<u8>(end - 1) <= 0x20) end--;
    this.end = end;
    return true;
  }

  /** Looks at the character at `at`. */
  private look(): void {
    const size = sequenceLength(this.at, this.limit);
    this.width = max(size, 1);
    this.code = size ? codePoint(this.at, size) : 0xfffd;
  }

  /** Goes over the character that was looked at. */
  private pass(): void {
    this.at += this.width;
    const kind = quote(this.code);
    if (kind == OPENS_QUOTE) this.quotes++;
    else if (kind == CLOSES_QUOTE && this.quotes) this.quotes--;
    if (isBlank(this.code) || opens(this.code) || this.code == 0x2d) this.word = this.at;
  }

  /** Goes over white space, and over the mark of an item where a line begins. */
  private skipBlanks(): void {
    while (this.at < this.limit) {
      this.look();
      if (!isBlank(this.code)) {
        const mark = this.beginsLine ? markSize(this.at, this.limit) : 0;
        this.beginsLine = false;
        if (!mark) return;
        this.at += mark;
      } else {
        if (this.code == 0x0a) this.beginsLine = true;
        this.at += this.width;
      }
    }
  }

  /** Whether a line end ends the sentence: before an empty line, or an item. */
  private endsParagraph(): bool {
    if (this.lines) return true;
    let next = this.at + 1;
    while (next < this.limit && (load<u8>(next) == 0x20 || load<u8>(next) == 9 || load<u8>(next) == 13)) next++;
    return next >= this.limit || load<u8>(next) == 0x0a || markSize(next, this.limit) > 0;
  }

  /** Reads stops and what closes after them. @returns whether they end the sentence */
  private stops(): bool {
    const stop = this.at;
    let always = false;
    let others = false;
    for (; this.at < this.limit; this.at += this.width) {
      this.look();
      const kind = stopOf(this.code);
      if (!kind) break;
      if (kind == ALWAYS) always = true;
      if (this.code != 0x2e) others = true;
    }
    const isSingle = this.at == stop + 1 && !others;
    if (always && this.quotes) return false;
    this.skipClosing();
    if (always) return true;
    if (this.at < this.limit) {
      this.look();
      if (!isBlank(this.code)) return false;
    }
    return this.endsBefore(this.nextWord(), stop, isSingle);
  }

  /** Goes over quotation marks, brackets, and notes such as "[12]". */
  private skipClosing(): void {
    while (this.at < this.limit) {
      this.look();
      const note = this.code == 0x5b ? noteSize(this.at, this.limit) : 0;
      if (!note && !closes(this.code)) return;
      if (quote(this.code) == CLOSES_QUOTE && this.quotes) this.quotes--;
      this.at += note ? note : this.width;
    }
  }

  /** The address of the first character after white space and what opens. */
  private nextWord(): usize {
    const here = this.at;
    let next = here;
    for (this.at = next; this.at < this.limit; this.at += this.width) {
      this.look();
      if (!isBlank(this.code) && !opens(this.code)) break;
      // An empty line ends it anyway: what follows does not matter.
      if (this.code == 0x0a && this.endsParagraph()) break;
    }
    next = this.at;
    this.at = here;
    return next;
  }

  /** Whether stops before a word end the sentence. */
  private endsBefore(next: usize, stop: usize, isSingle: bool): bool {
    if (next >= this.limit || load<u8>(next) == 0x0a) return true;
    const size = sequenceLength(next, this.limit);
    const code = size ? codePoint(next, size) : 0xfffd;
    if (isLower(code)) return false;
    return !isSingle || !this.isAbbreviated(stop, next, code);
  }

  /** Whether the full stop at `stop` only ends an abbreviation, with the character `code` at `next` after it. */
  private isAbbreviated(stop: usize, next: usize, code: u32): bool {
    const size = stop - this.word;
    if (!size || size > LONGEST_WORD) return false;
    if (this.isInitial(size)) return true;
    if (this.language & ORDINALS && size <= 2 && isAsciiDigit(this.word) && isAsciiDigit(stop - 1)) return true;
    const kind = abbreviation(this.word, size);
    if (kind == NEVER_LAST) return true;
    if (kind == BEFORE_NUMBER) return isDigit(code) || code - 0x30 < 10;
    if (kind != SELDOM_LAST && !hasStop(this.word, stop)) return false;
    return !this.beginsSentences(next);
  }

  /** Whether the word is one letter: an initial, unless it is "I". */
  private isInitial(size: usize): bool {
    const width = sequenceLength(this.word, this.limit);
    return <usize>width == size && isLetter(codePoint(this.word, width)) && load<u8>(this.word) != 0x49;
  }

  /** Whether the word at an address is one of those that say nothing: with a capital they begin sentences. */
  private beginsSentences(at: usize): bool {
    const words = new Words(at, min(this.limit - at, LONGEST_WORD), true);
    return !this.language || (words.next() && (stopLanguages(hash(words.start, words.size)) & this.language) != 0);
  }
}

function isAsciiDigit(at: usize): bool {
  return <u32>load<u8>(at) - 0x30 < 10;
}

/** Whether there is a full stop in a word, as in "U.S". */
function hasStop(at: usize, end: usize): bool {
  while (at < end && load<u8>(at) != 0x2e) at++;
  return at < end;
}

/** Bytes of "[12]", 0 when there is no such note. */
function noteSize(at: usize, limit: usize): usize {
  let next = at + 1;
  while (next < limit && next < at + 5 && <u32>load<u8>(next) - 0x30 < 10) next++;
  return next > at + 1 && next < limit && load<u8>(next) == 0x5d ? next + 1 - at : 0;
}

/** Bytes of the mark of an item ("- ", "* ", "• ", "12. ", "3) ") and the space after it, 0 when there is none. */
function markSize(at: usize, limit: usize): usize {
  const size = sequenceLength(at, limit);
  if (!size) return 0;
  const code = codePoint(at, size);
  let next = at + <usize>size;
  if (code - 0x30 < 10) {
    while (next < limit && next < at + 3 && <u32>load<u8>(next) - 0x30 < 10) next++;
    const byte = next < limit ? <u32>load<u8>(next) : 0;
    if (byte != 0x2e && byte != 0x29) return 0;
    next++;
  } else if (code != 0x2d && code != 0x2a && code != 0x2022 && code != 0x2013 && code != 0x25e6) return 0;
  return next < limit && load<u8>(next) == 0x20 ? next + 1 - at : 0;
}
