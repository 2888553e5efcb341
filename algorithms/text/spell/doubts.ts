// The different words of a text, each doubtful until the dictionary has it.
import { fail } from "orcade";
import { Table } from "../tags/table";
import { Words } from "../tags/words";
import { hashOf, lettersOf, LONGEST } from "./letters";

/** Different words that are looked up. */
const MOST_WORDS: u32 = 32768;

/** A word of the dictionary that is near. */
@final
export class Found {
  constructor(
    readonly start: usize,
    readonly size: usize,
    readonly distance: i32,
    readonly frequency: f64,
  ) {}
}

@final
export class Doubtful {
  known: bool = false;
  count: i32 = 0;
  suggestions: Found[] = [];
  /** The number of the word of the dictionary that it was compared with last. */
  compared: i32 = 0;

  constructor(
    /** The word as it is shown. */
    readonly text: usize,
    readonly size: usize,
    /** Its letters. */
    readonly letters: usize,
    readonly length: u32,
  ) {}
}

// @ts-ignore: decorator
@lazy
const scratch = memory.data(4 * 65);

@final
export class Doubts {
  /** Words that were looked up. */
  words: i32 = 0;
  private readonly list: Doubtful[] = [];
  private readonly table: Table = new Table(1024);

  constructor(start: usize, length: i32) {
    const words = new Words(start, length, true);
    while (words.next()) {
      if (words.size) this.addParts(words.start, words.size);
    }
  }

  /** How many different words there are. */
  get count(): i32 {
    return this.list.length;
  }

  at(index: i32): Doubtful {
    return unchecked(this.list[index]);
  }

  /** The parts of a word between hyphens are words. */
  private addParts(start: usize, size: usize): void {
    const end = start + size;
    while (start < end) {
      let at = start;
      while (at < end && load<u8>(at) != 0x2d) at++;
      this.add(start, at - start);
      start = at + 1;
    }
  }

  private add(start: usize, size: usize): void {
    const length = lettersOf(start, size, scratch);
    if (length < 2 || length > LONGEST || !isSpelled(length)) return;
    this.words++;
    const entry = this.table.add(hashOf(scratch, length));
    if (!entry.mark) {
      if (this.table.count > MOST_WORDS) fail("TooManyWords", "the text has more than 32,768 different words");
      this.list.push(new Doubtful(copy(start, size), size, copy(scratch, <usize>length << 2), length));
      entry.mark = this.list.length;
    }
    unchecked(this.list[entry.mark - 1]).count++;
  }

  /** Takes a word of the dictionary from the doubtful ones; so is what only a possessive 's tells from it. */
  strike(start: usize, size: usize): void {
    const length = lettersOf(start, size, scratch);
    if (length > LONGEST) return;
    this.strikeLetters(length);
    if (length + 2 > LONGEST) return;
    store<u32>(scratch + (<usize>length << 2), 0x27);
    store<u32>(scratch + (<usize>length << 2), 0x73, 4);
    this.strikeLetters(length + 2);
  }

  private strikeLetters(length: u32): void {
    const entry = this.table.find(hashOf(scratch, length));
    if (entry !== null) unchecked(this.list[entry.mark - 1]).known = true;
  }
}

/** Whether the letters in scratch are such as are spelled: no digits, no script without spaces. */
function isSpelled(length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    const letter = load<u32>(scratch + (<usize>i << 2));
    if (letter - 0x30 < 10 || (letter >= 0x2e80 && letter < 0xa000) || letter >= 0x20000) return false;
  }
  return true;
}

function copy(start: usize, size: usize): usize {
  const address = heap.alloc(size);
  memory.copy(address, start, size);
  return address;
}
