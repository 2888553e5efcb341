// One tag: its name, and those of its attributes that matter (the HTML standard, 13.2.5.6 to 13.2.5.40).
import * as Name from "./names";

/** A span of the page. */
@final
export class Span {
  start: usize = 0;
  end: usize = 0;

  /** Whether there is any. */
  get given(): bool {
    return this.start != 0;
  }

  set(start: usize, end: usize): void {
    this.start = start;
    this.end = end;
  }
}

// @ts-ignore: decorator
@inline
export function isSpace(byte: u32): bool {
  return byte == 0x20 || byte - 9 < 5;
}

/** The tag last read. */
@final
export class Tag {
  /** The number of its name; 0 when it has none. */
  name: u32 = 0;
  isEnd: bool = false;
  /** Whether it ends in "/>". */
  isClosed: bool = false;
  hidden: bool = false;
  open: bool = false;
  readonly ariaHidden: Span = new Span();
  readonly style: Span = new Span();
  readonly role: Span = new Span();
  readonly href: Span = new Span();
  readonly lang: Span = new Span();
  /** `start` of a list or `value` of an item: one of them, whichever comes first. */
  readonly number: Span = new Span();

  /** Reads the tag whose name begins at `at`. @returns the address after it; `end` when it does not end */
  read(at: usize, end: usize, isEnd: bool): usize {
    this.isEnd = isEnd;
    this.isClosed = false;
    this.forget();
    const start = at;
    while (at < end && !endsName(load<u8>(at))) at++;
    this.name = Name.intern(start, at - start);
    while (at < end) {
      const byte = <u32>load<u8>(at);
      if (byte == 0x3e) return at + 1;
      if (byte == 0x2f) {
        this.isClosed = at + 1 < end && load<u8>(at, 1) == 0x3e;
        at++;
      } else if (isSpace(byte)) at++;
      else at = this.attribute(at, end);
    }
    // A tag that the page's end cuts off is none.
    this.name = 0;
    this.forget();
    return end;
  }

  private forget(): void {
    this.hidden = false;
    this.open = false;
    this.ariaHidden.start = 0;
    this.style.start = 0;
    this.role.start = 0;
    this.href.start = 0;
    this.lang.start = 0;
    this.number.start = 0;
  }

  /** Reads an attribute. @returns the address after it */
  private attribute(at: usize, end: usize): usize {
    const name = at;
    // Even when it begins with "=".
    at++;
    while (at < end && load<u8>(at) != 0x3d && !endsName(load<u8>(at))) at++;
    const size = at - name;
    while (at < end && isSpace(load<u8>(at))) at++;
    if (at >= end || load<u8>(at) != 0x3d) {
      this.take(name, size, at, at);
      return at;
    }
    at++;
    while (at < end && isSpace(load<u8>(at))) at++;
    if (at >= end) return end;
    const quote = <u32>load<u8>(at);
    if (quote == 0x22 || quote == 0x27) return this.quoted(name, size, at + 1, end, quote);
    const value = at;
    while (at < end && load<u8>(at) != 0x3e && !isSpace(load<u8>(at))) at++;
    this.take(name, size, value, at);
    return at;
  }

  private quoted(name: usize, size: usize, value: usize, end: usize, quote: u32): usize {
    let at = value;
    while (at < end && load<u8>(at) != quote) at++;
    this.take(name, size, value, at);
    return at < end ? at + 1 : end;
  }

  /** Keeps an attribute when it matters. Of two with one name the first counts. */
  private take(name: usize, size: usize, value: usize, end: usize): void {
    // The shortest and the longest of those that matter.
    if (size < 4 || size > 11) return;
    const number = Name.find(name, size);
    if (number == Name.HIDDEN) this.hidden = true;
    else if (number == Name.OPEN) this.open = true;
    else {
      const span = this.spanOf(number);
      if (span !== null && !span.given) span.set(value, end);
    }
  }

  private spanOf(number: u32): Span | null {
    if (number == Name.HREF) return this.href;
    if (number == Name.STYLE) return this.style;
    if (number == Name.ROLE) return this.role;
    if (number == Name.LANG) return this.lang;
    if (number == Name.ARIA_HIDDEN) return this.ariaHidden;
    return number == Name.START || number == Name.VALUE ? this.number : null;
  }

  /** Whether the element is not shown, as far as its own attributes say. */
  get isHidden(): bool {
    return this.hidden || isTrue(this.ariaHidden) || (this.style.given && hides(this.style));
  }

  /** What the first word of `role` says. */
  get roleProperties(): u32 {
    const role = this.role;
    if (!role.given) return 0;
    let at = role.start;
    while (at < role.end && isSpace(load<u8>(at))) at++;
    const start = at;
    while (at < role.end && !isSpace(load<u8>(at))) at++;
    const number = Name.find(start, at - start);
    return number == Name.MAIN ? MAIN_ROLE : Name.propertiesOf(number) & Name.ROLE_LEFT_OUT;
  }
}

/** What `roleProperties` says of "main". */
export const MAIN_ROLE: u32 = 1;

// @ts-ignore: decorator
@inline
function endsName(byte: u32): bool {
  return byte == 0x3e || byte == 0x2f || isSpace(byte);
}

function isTrue(value: Span): bool {
  return value.given && value.end - value.start == 4 && (load<u32>(value.start) | 0x20202020) == 0x65757274;
}

/** Whether a style says "display: none" or "visibility: hidden"; white space and case do not matter. */
function hides(style: Span): bool {
  // The last 16 characters that are no white space.
  let past: u64 = 0;
  let last: u64 = 0;
  for (let at = style.start; at < style.end; at++) {
    const byte = <u32>load<u8>(at);
    if (isSpace(byte)) continue;
    past = (past << 8) | (last >> 56);
    last = (last << 8) | (byte | 0x20);
    // "disp" and "lay:none"; "isibilit" and "y:hidden".
    if (last == 0x6c61793a6e6f6e65 && <u32>past == 0x64697370) return true;
    if (last == 0x793a68696464656e && past == 0x69736962696c6974) return true;
  }
  return false;
}
