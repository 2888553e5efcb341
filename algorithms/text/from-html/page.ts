// A page: its bytes are read once, from tag to tag; what a tag opens and closes decides what becomes of the text after
// it. The rules for what closes what are those of the HTML standard (13.2.6) as far as text depends on them.
import { Utf8 } from "orcade";
import { readReference, first, second } from "./entities";
import { Lines, BULLET } from "./lines";
import { Link } from "./link";
import { Links } from "./links";
import * as Name from "./names";
import { skipMarkup, skipRaw } from "./skip";
import { HIDDEN, HIDES, IS_MAIN, NONE, Stack } from "./stack";
import { isSpace, MAIN_ROLE, Tag } from "./tag";
import { numberIn, oneLine, trimmed } from "./values";

/** Bytes of a title, a language tag. */
const LONGEST_TITLE: usize = 4096;
const LONGEST_LANGUAGE: usize = 35;
/** Spaces that a tab counts for where white space counts. */
const TAB: u32 = 4;

@final
export class Page {
  private at: usize;
  private readonly end: usize;
  private readonly lines: Lines;
  private readonly found: Links;
  private readonly stack: Stack = new Stack();
  private readonly tag: Tag = new Tag();
  /** Elements that are open: that hide, that keep white space, that are main, that have headers of their own, lists. */
  private hiding: i32 = 0;
  private keeping: i32 = 0;
  private mains: i32 = 0;
  private sections: i32 = 0;
  private lists: i32 = 0;
  private drawings: i32 = 0;
  /** Where the text of each main element begins and ends. */
  private readonly spans: usize[] = [];
  private mainHasText: bool = false;
  private titled: Utf8 = new Utf8();
  private headed: Utf8 = new Utf8();
  private hasTitle: bool = false;
  private languageFound: Utf8 = new Utf8();

  constructor(start: usize, length: i32, links: bool) {
    this.at = start;
    this.end = start + <usize>length;
    const lines = new Lines(<usize>length);
    this.lines = lines;
    this.found = new Links(links, lines);
  }

  read(): void {
    while (this.at < this.end) {
      const start = this.at;
      this.at = nextTag(start, this.end);
      this.write(start, this.at);
      if (this.at < this.end) this.markup();
    }
    while (this.stack.depth) this.close();
    this.found.end();
  }

  /** The text: that of the main elements, where there are any that have text. */
  text(): Utf8 {
    const lines = this.lines;
    let to = lines.start;
    for (let i = 0; i < this.spans.length; i += 2) {
      let from = unchecked(this.spans[i]);
      const end = unchecked(this.spans[i + 1]);
      while (from < end && load<u8>(from) <= 0x20) from++;
      if (from == end) continue;
      if (to > lines.start) {
        store<u16>(to, 0x0a0a);
        to += 2;
      }
      memory.copy(to, from, end - from);
      to += end - from;
    }
    this.mainHasText = to > lines.start;
    const end = this.mainHasText ? to : lines.at;
    return new Utf8(lines.start, <i32>(end - lines.start));
  }

  /** The links in that text, once it was asked for. */
  links(): Link[] {
    return this.found.chosen(this.mainHasText);
  }

  title(): Utf8 {
    return this.titled.length ? this.titled : this.headed;
  }

  language(): Utf8 {
    return this.languageFound;
  }

  /** Writes a piece of text. */
  private write(at: usize, end: usize): void {
    if (this.hiding) return;
    if (this.keeping) return this.keep(at, end);
    while (at < end) {
      const byte = <u32>load<u8>(at);
      if (isSpace(byte)) {
        this.lines.space();
        at++;
      } else at = this.writeOther(at, end, byte);
    }
  }

  /** Writes a piece of text whose white space counts. */
  private keep(at: usize, end: usize): void {
    while (at < end) {
      const byte = <u32>load<u8>(at);
      if (!isSpace(byte)) at = this.writeOther(at, end, byte);
      else {
        if (byte == 0x0a) this.lines.anotherBreak();
        else if (byte == 0x20) this.lines.moreSpaces(1);
        else if (byte == 0x09) this.lines.moreSpaces(TAB);
        at++;
      }
    }
  }

  /** Writes what is no white space. @returns the address after it */
  private writeOther(at: usize, end: usize, byte: u32): usize {
    if (byte == 0x26) {
      const size = readReference(at, end, false);
      if (size) {
        this.writeCode(first);
        if (second) this.writeCode(second);
        return at + size;
      }
    } else if (byte == 0xc2 && at + 1 < end && load<u8>(at, 1) == 0xa0) {
      this.writeCode(0xa0);
      return at + 2;
    } else if (!byte) return at + 1;
    const start = at++;
    while (at < end && isPlain(load<u8>(at))) at++;
    this.lines.put(start, at - start);
    return at;
  }

  private writeCode(code: u32): void {
    if (code != 0xa0 && (code > 0x20 || !isSpace(code))) this.lines.putCode(code);
    else if (this.keeping) this.lines.moreSpaces(1);
    else this.lines.space();
  }

  /** Reads on from a "<". */
  private markup(): void {
    const next = this.at + 1 < this.end ? <u32>load<u8>(this.at, 1) : 0;
    if (isLetter(next)) {
      this.at = this.tag.read(this.at + 1, this.end, false);
      if (this.tag.name) this.startTag();
    } else if (next == 0x2f && this.at + 2 < this.end && isLetter(load<u8>(this.at, 2))) {
      this.at = this.tag.read(this.at + 2, this.end, true);
      if (this.tag.name) this.endTag();
    } else if (next == 0x21 || next == 0x3f || next == 0x2f) {
      this.at = skipMarkup(this.at, this.end, this.drawings > 0);
    } else {
      this.write(this.at, this.at + 1);
      this.at++;
    }
  }

  private startTag(): void {
    const tag = this.tag;
    const name = tag.name;
    const properties = Name.propertiesOf(name);
    if (this.drawings && properties & Name.BREAKS_OUT) this.leaveDrawing();
    const isForeign = this.drawings > 0;
    if (!isForeign) this.closeBefore(name, properties);
    const marks = this.marksOf(properties);
    if (!this.hiding && !(marks & HIDDEN)) this.part(name, properties);
    if (isForeign && tag.isClosed) return;
    if (properties & Name.RAW && !isForeign) return this.readRaw(name, properties, marks);
    if (properties & Name.VOID && !isForeign) return;
    if (name == Name.HTML) this.readLanguage();
    this.open(name, properties, marks);
    if (properties & Name.PRE && this.at < this.end && load<u8>(this.at) == 0x0a) this.at++;
  }

  /** What the element hides. */
  private marksOf(properties: u32): u32 {
    const tag = this.tag;
    const role = tag.roleProperties;
    let marks: u32 = tag.isHidden ? HIDES | HIDDEN : 0;
    if (properties & Name.LEFT_OUT || role & Name.ROLE_LEFT_OUT) marks |= HIDES;
    if (tag.name == Name.DIALOG && !tag.open) marks |= HIDES | HIDDEN;
    if ((tag.name == Name.HEADER || tag.name == Name.FOOTER) && !this.sections) marks |= HIDES;
    if (tag.name == Name.MAIN || role == MAIN_ROLE) marks |= IS_MAIN;
    return marks;
  }

  /** Closes what cannot be open when an element begins. */
  private closeBefore(name: u32, properties: u32): void {
    const stack = this.stack;
    if (properties & Name.ENDS_P) this.closeFrom(stack.above(max(stack.scope, stack.last(Name.BUTTON)), Name.P));
    const bound = max(stack.scope, stack.list);
    if (name == Name.LI) this.closeFrom(stack.above(bound, Name.LI));
    else if (name == Name.DD || name == Name.DT) {
      this.closeFrom(stack.above(max(bound, stack.last(Name.DL)), Name.DD, Name.DT));
    } else if (name == Name.OPTION) this.closeFrom(stack.above(bound, Name.OPTION));
    else if (properties & Name.TABLE_PART) this.closePart(name);
    else if (properties & Name.HEADING && stack.depth) {
      if (Name.propertiesOf(stack.at(stack.depth - 1).name) & Name.HEADING) this.close();
    } else if (name == Name.A) this.found.end();
  }

  /** Closes the parts of a table that a part of it ends. */
  private closePart(name: u32): void {
    const stack = this.stack;
    const table = stack.last(Name.TABLE);
    this.closeFrom(stack.above(table, Name.TD, Name.TH, Name.CAPTION));
    if (name == Name.TD || name == Name.TH) return;
    this.closeFrom(stack.above(table, Name.TR));
    if (name != Name.TR) this.closeFrom(stack.above(table, Name.TBODY, Name.THEAD, Name.TFOOT));
  }

  /** Parts the text before an element from that in it. */
  private part(name: u32, properties: u32): void {
    const lines = this.lines;
    if (name == Name.BR) lines.nextLine();
    else if (name == Name.LI) this.startItem();
    else if (name == Name.TR) lines.startRow();
    else if (name == Name.TD || name == Name.TH) lines.startCell();
    else if (name == Name.Q) lines.putCode(0x201c);
    else lines.break(this.breaksOf(properties));
    if (name == Name.TABLE) lines.startRows();
    if (name == Name.A && this.tag.href.given) this.found.begin(this.tag.href, this.mains > 0);
    if (name == Name.H1) lines.heading = 0;
  }

  /** Line ends around an element: lists in lists stand close. */
  private breaksOf(properties: u32): u32 {
    if (properties & Name.LIST && this.lists) return 1;
    return properties & Name.PARAGRAPH ? 2 : properties & Name.LINE ? 1 : 0;
  }

  private startItem(): void {
    const list = this.stack.list;
    let number = BULLET;
    if (list != NONE && this.stack.at(list).name == Name.OL) {
      const entry = this.stack.at(list);
      number = numberIn(this.tag.number, entry.number);
      entry.number = number + 1;
    }
    this.lines.startItem(number, max(this.lists, 1) - 1);
  }

  /** Reads an element whose content is no markup. */
  private readRaw(name: u32, properties: u32, marks: u32): void {
    const start = this.at;
    const close = name == Name.PLAINTEXT ? this.end : skipRaw(start, this.end, name);
    if (name == Name.TITLE && !this.hasTitle) {
      this.hasTitle = true;
      this.titled = oneLine(start, close, LONGEST_TITLE);
    }
    if (!(properties & Name.LEFT_OUT || marks & HIDES)) {
      this.keeping++;
      this.writeRaw(start, close);
      this.keeping--;
      if (!this.hiding) this.lines.break(2);
    }
    this.at = close;
    // Its end tag closes nothing: it is not on the stack.
    if (close < this.end) this.at = this.tag.read(close + 2, this.end, true);
  }

  /** Writes text in which references are none. */
  private writeRaw(at: usize, end: usize): void {
    while (at < end) {
      let next = at;
      while (next < end && load<u8>(next) != 0x26) next++;
      this.write(at, next);
      if (next < end && !this.hiding) this.lines.put(next, 1);
      at = next + 1;
    }
  }

  private readLanguage(): void {
    const lang = this.tag.lang;
    if (lang.given && !this.languageFound.length) this.languageFound = trimmed(lang.start, lang.end, LONGEST_LANGUAGE);
  }

  private open(name: u32, properties: u32, marks: u32): void {
    const stack = this.stack;
    const matters = properties & (Name.LIST | Name.PRE | Name.SECTION | Name.TABLE_PART | Name.SCOPE) || marks;
    if (stack.isFull) {
      if (!matters) return;
      this.close();
    }
    const entry = stack.push(name, marks);
    if (properties & Name.LIST) {
      entry.number = name == Name.OL ? numberIn(this.tag.number, 1) : 1;
      this.lists++;
    }
    if (properties & Name.PRE) this.keeping++;
    if (properties & Name.SECTION) this.sections++;
    if (name == Name.SVG || name == Name.MATH) this.drawings++;
    if (marks & HIDES) this.hiding++;
    if (marks & IS_MAIN && !this.hiding && !this.mains++) this.spans.push(this.lines.at);
    else if (marks & IS_MAIN) entry.marks = marks & ~IS_MAIN;
  }

  /** Closes the innermost element. */
  private close(): void {
    const entry = this.stack.pop();
    const name = entry.name;
    const properties = Name.propertiesOf(name);
    if (properties & Name.LIST) this.lists--;
    if (properties & Name.PRE) this.keeping--;
    if (properties & Name.SECTION) this.sections--;
    if (name == Name.SVG || name == Name.MATH) this.drawings--;
    if (entry.marks & HIDES) this.hiding--;
    if (entry.marks & IS_MAIN) {
      this.mains--;
      this.spans.push(this.lines.at);
    }
    if (!this.hiding && !(entry.marks & HIDDEN)) this.partAfter(name, properties);
  }

  /** Parts the text in an element from that after it. */
  private partAfter(name: u32, properties: u32): void {
    const lines = this.lines;
    if (name == Name.LI) lines.endItem();
    else if (name == Name.Q) lines.putCode(0x201d);
    else {
      if (name == Name.TABLE) lines.endTable();
      lines.break(this.breaksOf(properties));
    }
    if (name == Name.H1 && !this.headed.length) this.headed = lines.since(lines.heading);
  }

  private endTag(): void {
    const name = this.tag.name;
    if (this.hiding == 0) {
      if (name == Name.BR) this.lines.nextLine();
      else if (name == Name.P && this.stack.last(Name.P) == NONE) this.lines.break(2);
    }
    if (name == Name.A) this.found.end();
    this.closeFrom(this.stack.closedBy(name));
  }

  /** Closes the element at a place, and all above it; nothing for NONE. */
  private closeFrom(place: i32): void {
    if (place == NONE) return;
    while (this.stack.depth > place) this.close();
  }

  /** Closes the drawing, unless this is a piece of HTML in it. */
  private leaveDrawing(): void {
    const stack = this.stack;
    const drawing = max(stack.last(Name.SVG), stack.last(Name.MATH));
    const piece = max(stack.last(Name.FOREIGN_OBJECT), max(stack.last(Name.DESC), stack.last(Name.ANNOTATION)));
    if (max(piece, stack.last(Name.TITLE)) < drawing) this.closeFrom(drawing);
  }
}

/** The first "<" from an address on, or the end. */
function nextTag(at: usize, end: usize): usize {
  const wanted = i8x16.splat(0x3c);
  for (; at + 16 <= end; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (mask) return at + ctz(mask);
  }
  while (at < end && load<u8>(at) != 0x3c) at++;
  return at;
}

// @ts-ignore: decorator
@inline
function isLetter(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26;
}

/** Whether a byte is copied as it is, wherever it stands. */
// @ts-ignore: decorator
@inline
function isPlain(byte: u32): bool {
  return byte > 0x20 && byte != 0x26 && byte != 0xc2;
}
