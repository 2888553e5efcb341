// Finding the end of what is no text: comments, declarations, elements without markup. Each looks at a byte once.
import * as Name from "./names";

const GREATER: u32 = 0x3e;

/**
 * Skips what begins with "<!", "<?" or "</" and is no tag.
 * @param inDrawing where "<![CDATA[" means something; its text is that of the drawing and left out
 * @returns the address after it
 */
export function skipMarkup(at: usize, end: usize, inDrawing: bool): usize {
  if (at + 4 <= end && load<u32>(at) == 0x2d2d213c) return skipComment(at + 4, end);
  if (inDrawing && at + 9 <= end && load<u64>(at) == 0x41544144435b213c && load<u8>(at, 8) == 0x5b) {
    return skipData(at + 9, end);
  }
  at += 2;
  while (at < end && load<u8>(at) != GREATER) at++;
  return min(at + 1, end);
}

/** Skips a comment after its "<!--": to "-->" or "--!>", or at once at ">" and "->". */
function skipComment(at: usize, end: usize): usize {
  if (at < end && load<u8>(at) == GREATER) return at + 1;
  if (at + 1 < end && load<u16>(at) == 0x3e2d) return at + 2;
  for (; at + 2 < end; at++) {
    const three = load<u32>(at) & 0xffffff;
    if (three == 0x3e2d2d) return at + 3;
    // "--!" before the ">".
    if (three == 0x212d2d && at + 3 < end && load<u8>(at, 3) == GREATER) return at + 4;
  }
  return end;
}

function skipData(at: usize, end: usize): usize {
  while (at + 3 <= end) {
    if ((load<u32>(at) & 0xffffff) == 0x3e5d5d) return at + 3;
    at++;
  }
  return end;
}

/** @returns the address of the end tag of an element without markup, or the end */
export function skipRaw(at: usize, end: usize, name: u32): usize {
  while (at + 2 < end) {
    if (load<u16>(at) == 0x2f3c) {
      const start = at + 2;
      let stop = start;
      // All their names are letters, and at most 9.
      while (stop < end && stop < start + 10 && (<u32>(load<u8>(stop) | 0x20)) - 0x61 < 26) stop++;
      if (stop < end && endsName(load<u8>(stop)) && Name.find(start, stop - start) == name) return at;
    }
    at++;
  }
  return end;
}

function endsName(byte: u32): bool {
  return byte == GREATER || byte == 0x2f || byte == 0x20 || byte - 9 < 5;
}
