// JSON text that grows: items with commas between them, written as bytes, and joined with those of other parts.
import { restart, written, writtenLength } from "orcade/json/write";
import { write } from "orcade/json/values";
import { Packer, Unpacker } from "orcade/pack";

@final
export class Text {
  length: i32 = 0;
  start: usize = heap.alloc(64);
  private room: i32 = 64;

  private append(source: usize, length: i32): void {
    if (this.length + length > this.room) {
      this.room = max(this.length + length, this.room << 1);
      this.start = heap.realloc(this.start, this.room);
    }
    memory.copy(this.start + <usize>this.length, source, length);
    this.length += length;
  }

  /** Writes ASCII text as it is. */
  raw(text: string): void {
    const at = this.length;
    this.append(changetype<usize>(text), text.length << 1);
    for (let i = 0; i < text.length; i++) store<u8>(this.start + <usize>(at + i), text.charCodeAt(i));
    this.length = at + text.length;
  }

  /** Writes a string of JSON. */
  json(text: string): void {
    restart();
    write<string>(text);
    this.append(written(), writtenLength());
    restart();
  }

  /** Writes what another text holds. */
  join(other: Text): void {
    this.append(other.start, other.length);
  }

  pack(to: Packer): void {
    to.span(this.start, this.length);
  }

  /** Adds the items of another part, at most so many of them. */
  merge(from: Unpacker, most: i32): void {
    const all = from.span();
    const start = from.spanStart;
    const length = most == i32.MAX_VALUE ? all : lengthOf(start, all, most);
    if (!length) return;
    if (this.length) this.raw(",");
    this.append(start, length);
  }

  toString(): string {
    return String.UTF8.decodeUnsafe(this.start, this.length);
  }
}

/** Bytes of the first items, which are objects without objects in them. */
function lengthOf(start: usize, length: i32, most: i32): i32 {
  let quoted = false;
  for (let i = 0; i < length; i++) {
    if (!most) return max(i - 1, 0);
    const byte = load<u8>(start + <usize>i);
    if (quoted && byte == 0x5c) i++;
    else if (byte == 0x22) quoted = !quoted;
    else if (!quoted && byte == 0x7d && !--most) return i + 1;
  }
  return length;
}
