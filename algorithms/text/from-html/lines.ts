// The text of a page as lines. What parts one piece of text from the next (a space, line ends, the bar between two
// cells, the mark of an item) is noted, and written only when text follows: so nothing stands at an end, and of several
// the strongest counts.
import { fail, Utf8 } from "orcade";
import { putCodePoint } from "orcade/text";

/** Bytes that a text may have: some more than the longest books. */
export const TEXT_LIMIT: usize = 4 << 20;
/** Bytes that text can become for each of the page's at most: an item of a nested list, "<li>x". */
const GROWTH: usize = 6;
/** Levels by which items are moved in at most. */
const DEEPEST: u32 = 4;
/** Bytes that may be written beyond `limit`: a mark, a character. */
const SLACK: usize = 256;

const NO_ITEM: i32 = i32.MIN_VALUE;
/** The mark of an item that has no number. */
export const BULLET: i32 = i32.MIN_VALUE + 1;

@final
export class Lines {
  /** The text's first byte, and the one after its last. */
  readonly start: usize;
  at: usize;
  private readonly limit: usize;
  /** Where the text of the link, and of the heading, begins that were set to 0 last; 0 as long as there is none. */
  link: usize = 1;
  heading: usize = 1;
  /** Line ends to be written. */
  private breaks: u32 = 0;
  private spaces: u32 = 0;
  /** Cells that ended. */
  private cells: u32 = 0;
  /** The number of the item that begins, BULLET or NO_ITEM; and how deep it is. */
  private item: i32 = NO_ITEM;
  private level: u32 = 0;
  /** No text yet since a cell began. */
  private cellIsEmpty: bool = false;
  /** No cell yet, or no text yet, since a row began. */
  private rowHasNoCell: bool = true;
  private rowIsEmpty: bool = false;
  /** A cell of this row has several lines: then each begins one. */
  private rowIsBroken: bool = false;

  constructor(length: usize) {
    const room = min(length * GROWTH, TEXT_LIMIT);
    this.start = heap.alloc(room + SLACK);
    this.at = this.start;
    this.limit = this.start + room;
  }

  /** White space between words: at the beginning of a line it is nothing. */
  space(): void {
    const beginsLine = this.breaks || this.cells || this.item != NO_ITEM || this.at == this.start;
    if (!beginsLine) this.spaces = max(this.spaces, 1);
  }

  /** White space where all of it counts. */
  moreSpaces(count: u32): void {
    this.spaces += count;
  }

  /** What follows begins a line; with 2, after an empty one. */
  break(count: u32): void {
    if (!count) return;
    this.spaces = 0;
    if (!this.cellIsEmpty && this.item == NO_ITEM) this.breaks = max(this.breaks, count);
  }

  /** A line end: after another one it makes an empty line. */
  nextLine(): void {
    this.break(min(this.breaks + 1, 2));
  }

  /** A line end where all white space counts. */
  anotherBreak(): void {
    this.spaces = 0;
    this.breaks++;
  }

  /** What follows is an item. */
  startItem(number: i32, level: u32): void {
    this.cellIsEmpty = false;
    this.break(1);
    this.item = number;
    this.level = level;
  }

  endItem(): void {
    this.item = NO_ITEM;
    this.break(1);
  }

  /** What follows is a row; what ends the cells of the one before is nothing, unless they have several lines. */
  startRow(): void {
    this.cellIsEmpty = false;
    if (!this.rowHasNoCell && !this.rowIsBroken) this.breaks = 0;
    this.startRows();
  }

  /** What follows is the first row, even where no tag begins it. */
  startRows(): void {
    this.cellIsEmpty = false;
    this.break(1);
    this.cells = 0;
    this.rowHasNoCell = true;
    this.rowIsEmpty = true;
    this.rowIsBroken = false;
  }

  startCell(): void {
    this.cellIsEmpty = false;
    if (this.rowHasNoCell) this.rowHasNoCell = false;
    else if (this.rowIsBroken) this.break(1);
    else {
      if (!this.rowIsEmpty) this.breaks = 0;
      this.spaces = 0;
      this.cells++;
    }
    this.cellIsEmpty = true;
  }

  /** What follows is outside of the table, or in the cell around it. */
  endTable(): void {
    this.cells = 0;
    this.cellIsEmpty = false;
    this.rowIsBroken = true;
  }

  /** Writes a span of bytes without white space. */
  put(start: usize, size: usize): void {
    this.begin(size);
    memory.copy(this.at, start, size);
    this.at += size;
  }

  putCode(code: u32): void {
    this.begin(0);
    this.at += putCodePoint(this.at, code);
  }

  /** Writes what was noted, and makes room. */
  private begin(size: usize): void {
    const noted = <usize>this.breaks + this.spaces + this.cells * 3;
    if (this.at + size + noted > this.limit) fail("TextTooLarge", "the text of the page has more than 4 MiB");
    if (noted || this.item != NO_ITEM) this.writeNoted();
    if (!this.link) this.link = this.at;
    if (!this.heading) this.heading = this.at;
    this.cellIsEmpty = false;
    this.rowIsEmpty = false;
  }

  private writeNoted(): void {
    const isFirst = this.at == this.start;
    if (this.breaks) {
      if (!isFirst) this.repeat(0x0a, this.breaks);
      if (!this.rowIsEmpty) this.rowIsBroken = true;
    }
    const beginsLine = isFirst || this.breaks > 0;
    if (this.item != NO_ITEM) this.writeMark();
    if (this.cells) this.writeBars(beginsLine);
    else if (this.spaces) this.repeat(0x20, this.spaces);
    this.breaks = 0;
    this.spaces = 0;
    this.cells = 0;
  }

  private repeat(byte: u8, count: u32): void {
    memory.fill(this.at, byte, count);
    this.at += count;
  }

  private writeMark(): void {
    this.repeat(0x20, min(this.level, DEEPEST) << 1);
    if (this.item == BULLET) store<u8>(this.at++, 0x2d);
    else {
      const digits = this.item.toString();
      for (let i = 0; i < digits.length; i++) store<u8>(this.at++, <u8>digits.charCodeAt(i));
      store<u8>(this.at++, 0x2e);
    }
    store<u8>(this.at++, 0x20);
    this.item = NO_ITEM;
    this.spaces = 0;
  }

  /** "a | b"; where cells before the first text are empty, "| b". */
  private writeBars(beginsLine: bool): void {
    if (!beginsLine) store<u8>(this.at++, 0x20);
    for (let i: u32 = 0; i < this.cells; i++) {
      store<u8>(this.at++, 0x7c);
      store<u8>(this.at++, 0x20);
    }
  }

  /** What was written from an address on, as one line; nothing from 0 on. */
  since(address: usize): Utf8 {
    if (!address) return new Utf8();
    const size = this.at - address;
    const copy = heap.alloc(size);
    for (let i: usize = 0; i < size; i++) {
      const byte = load<u8>(address + i);
      store<u8>(copy + i, byte == 0x0a ? 0x20 : byte);
    }
    return new Utf8(copy, <i32>size);
  }
}
