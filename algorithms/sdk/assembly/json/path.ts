// Where in the input the reader is, kept so that an error can name it: `$.records[3].id`. One frame a level; the types
// bound the depth (the build refuses recursive ones and more than 30 levels).
import { decode } from "../text";

const DEPTH: usize = 64;
/** Of each frame: 0 a field (address of a static string), 1 an index, 2 a key (address and length of bytes). */
const FRAME: usize = 12;
// @ts-ignore: decorator
@lazy
const frames = memory.data(768);
let top: usize = 0;

// @ts-ignore: decorator
@inline
export function push(): void {
  if (top >= FRAME * DEPTH) unreachable();
  top += FRAME;
  store<u32>(frames + top - FRAME, 3);
}

// @ts-ignore: decorator
@inline
export function pop(): void {
  top -= FRAME;
}

/** The reader is at a field of an object. */
// @ts-ignore: decorator
@inline
export function atField(name: string): void {
  store<u32>(frames + top - FRAME, 0);
  store<usize>(frames + top - FRAME, changetype<usize>(name), 4);
}

/** The reader is at an item of an array. */
// @ts-ignore: decorator
@inline
export function atIndex(index: i32): void {
  store<u32>(frames + top - FRAME, 1);
  store<i32>(frames + top - FRAME, index, 4);
}

/** The reader is at an entry of a map. */
export function atKey(start: usize, length: i32): void {
  store<u32>(frames + top - FRAME, 2);
  store<usize>(frames + top - FRAME, start, 4);
  store<i32>(frames + top - FRAME, length, 8);
}

/** The reader is in an object or array, but at no member of it. */
export function atNone(): void {
  store<u32>(frames + top - FRAME, 3);
}

/** @returns the path from the root, `$`, to the value being read */
export function path(): string {
  let text = "$";
  for (let at: usize = 0; at < top; at += FRAME) {
    let kind = load<u32>(frames + at);
    if (kind == 0) text += "." + changetype<string>(load<usize>(frames + at, 4));
    else if (kind == 1) text += "[" + load<i32>(frames + at, 4).toString() + "]";
    else if (kind == 2) text += "." + decode(load<usize>(frames + at, 4), load<i32>(frames + at, 8));
  }
  return text;
}
