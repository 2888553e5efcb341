// The elements that are open. Each knows the nearest below it that has its name, that bounds a search, and that is a
// list: what an end tag closes is found in one step, however deep a page nests.
import * as Name from "./names";

/** Elements that may be open, as in browsers. What is nested deeper is beside, not below, the last of these. */
const DEEPEST: i32 = 512;
export const NONE: i32 = -1;

// What an open element has changed.
/** Its text is left out. */
export const HIDES: u32 = 1;
/** It is not there at all, rather than left out: it parts no text. */
export const HIDDEN: u32 = 2;
export const IS_MAIN: u32 = 4;

@unmanaged
export class Open {
  name: u32;
  marks: u32;
  /** Places of the nearest below: of the same name, bounding, special, list. These three may be its own. */
  same: i32;
  scope: i32;
  special: i32;
  list: i32;
  /** The number that the next item of this list gets. */
  number: i32;
}

// @ts-ignore: decorator
@lazy
const entries = memory.data(28 * 512, 4);
// @ts-ignore: decorator
@lazy
const last = memory.data(4 * 2048, 4);

@final
export class Stack {
  depth: i32 = 0;

  constructor() {
    memory.fill(last, 0xff, 4 * 2048);
  }

  get isFull(): bool {
    return this.depth == DEEPEST;
  }

  at(place: i32): Open {
    return changetype<Open>(entries + <usize>place * offsetof<Open>());
  }

  /** The place of the innermost open element of a name, or NONE. */
  last(name: u32): i32 {
    return load<i32>(last + (<usize>name << 2));
  }

  /** The place of the innermost open list, or of the bound that is nearer; or NONE. */
  get list(): i32 {
    return this.depth ? this.at(this.depth - 1).list : NONE;
  }

  get scope(): i32 {
    return this.depth ? this.at(this.depth - 1).scope : NONE;
  }

  push(name: u32, marks: u32): Open {
    const place = this.depth++;
    const entry = this.at(place);
    const properties = Name.propertiesOf(name);
    const below = this.at(max(place - 1, 0));
    entry.name = name;
    entry.marks = marks;
    entry.same = this.last(name);
    entry.scope = properties & Name.SCOPE ? place : place ? below.scope : NONE;
    entry.special = properties & Name.SPECIAL ? place : place ? below.special : NONE;
    entry.list = properties & Name.LIST ? place : place ? below.list : NONE;
    entry.number = 1;
    store<i32>(last + (<usize>name << 2), place);
    return entry;
  }

  /** Closes the innermost element. */
  pop(): Open {
    const entry = this.at(--this.depth);
    store<i32>(last + (<usize>entry.name << 2), entry.same);
    return entry;
  }

  /** @returns the place of what an end tag closes, with all above it; NONE when it closes nothing */
  closedBy(name: u32): i32 {
    const properties = Name.propertiesOf(name);
    const place = properties & Name.HEADING ? this.lastHeading() : this.last(name);
    if (place == NONE || name == Name.BODY || name == Name.HTML) return NONE;
    if (properties & Name.TABLE_PART) return place > this.last(Name.TABLE) ? place : NONE;
    if (name == Name.TABLE) return place;
    const top = this.at(this.depth - 1);
    if (place < top.scope || (!(properties & Name.SPECIAL) && place < top.special)) return NONE;
    return place;
  }

  /** The end tag of any heading closes the innermost, whichever it is. */
  private lastHeading(): i32 {
    let place = NONE;
    for (let name = Name.H1; name < Name.H1 + 6; name++) place = max(place, this.last(name));
    return place;
  }

  /** @returns the lowest place above `bound` of an open element of one of these names, or NONE */
  above(bound: i32, first: u32, second: u32 = 0, third: u32 = 0): i32 {
    let found = NONE;
    const one = this.last(first);
    if (one > bound) found = one;
    const two = second ? this.last(second) : NONE;
    if (two > bound && (found == NONE || two < found)) found = two;
    const three = third ? this.last(third) : NONE;
    if (three > bound && (found == NONE || three < found)) found = three;
    return found;
  }
}
