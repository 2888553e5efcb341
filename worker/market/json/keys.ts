// The keys of the objects that are open while a JSON text is scanned, so that a doubled key is found. Keys stay where they
// are, in the bytes: a key costs 16 bytes here, and OPEN_KEYS bounds how many there are. Time is linear whatever the keys
// are: their hash is not secret, so an author may aim keys at one slot; WORK bounds what that costs and then refuses.
import { decodeString } from "./text.ts";

/** Keys of all open objects together: about 24 MiB of tables at most. */
export const OPEN_KEYS = 1 << 20;
/** Objects up to this size are searched from end to end and never enter the table. */
const SMALL = 8;
/** Slots looked at and bytes compared that each key pays for; honest keys need about 2. */
const WORK = 64;

export type KeyVerdict = "new" | "duplicate" | "too-many";

/** Entries at first, a power of two: so few that most texts, which are small, are scanned without memory of their own. */
const FIRST = 16;

export class OpenKeys {
  readonly #bytes: Uint8Array;
  /** Where each key begins, after its quote; its length and form are read again when needed, which is rare. */
  #starts = new Int32Array(FIRST);
  #hashes = new Int32Array(FIRST);
  #count = 0;
  /** Open addressing with linear probing: index of a key plus 1, or 0. Its length is a power of two. */
  #slots = new Int32Array(FIRST);
  #used = 0;
  #credit = 4096;
  /** Index of the first key of each open object. */
  readonly #bases: number[] = [];
  #open = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  openObject(): void {
    this.#bases[this.#open++] = this.#count;
  }

  /** Forgets the keys of the innermost open object, newest first, which is what makes removing from the table simple. */
  closeObject(): void {
    const base = this.#bases[--this.#open] ?? 0;
    if (this.#count - base > SMALL) {
      for (let index = this.#count - 1; index >= base; index--) this.#remove(index);
    }
    this.#count = base;
  }

  /**
   * Adds a key to the innermost open object.
   *
   * @param start where its characters begin
   * @param end where they end, before the closing quote
   * @param plain whether they are ASCII without escapes
   */
  add(start: number, end: number, plain: boolean): KeyVerdict {
    if (this.#count >= OPEN_KEYS) return "too-many";
    const base = this.#bases[this.#open - 1] ?? 0;
    const hash = this.#hash(start, end, plain, base);
    const index = this.#push(start, hash);
    this.#credit += WORK + end - start;
    const size = this.#count - base;
    if (size <= SMALL) return this.#isAmong(base, index) ? "duplicate" : "new";
    if (size > SMALL + 1) return this.#insert(index, base);
    // The object has just outgrown the search from end to end: its first keys are known to differ.
    for (let early = base; early < index; early++) {
      const verdict = this.#insert(early, base);
      if (verdict !== "new") return verdict;
    }
    return this.#insert(index, base);
  }

  #push(start: number, hash: number): number {
    if (this.#count === this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#hashes = grown(this.#hashes);
    }
    this.#starts[this.#count] = start;
    this.#hashes[this.#count] = hash;
    return this.#count++;
  }

  #isAmong(base: number, index: number): boolean {
    for (let other = base; other < index; other++) {
      if (this.#isSame(other, index)) return true;
    }
    return false;
  }

  #insert(index: number, base: number): KeyVerdict {
    if ((this.#used + 1) * 2 > this.#slots.length) this.#grow();
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[index] ?? 0) & mask;
    for (;;) {
      const other = (this.#slots[slot] ?? 0) - 1;
      if (other < 0) break;
      if (other >= base && this.#isSame(other, index)) return "duplicate";
      if (--this.#credit < 0) return "too-many";
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = index + 1;
    this.#used++;
    return "new";
  }

  #remove(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[index] ?? 0) & mask;
    while (this.#slots[slot] !== index + 1) {
      // A key that was refused never entered; the scan ends with it, so nothing is removed after that.
      if (this.#slots[slot] === 0) return;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = 0;
    this.#used--;
  }

  /** Doubles the table. Keys enter again in the order of their indexes, as #remove needs it. */
  #grow(): void {
    const kept = this.#slots.filter((entry) => entry !== 0).sort();
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (const entry of kept) {
      let slot = (this.#hashes[entry - 1] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }

  #isSame(a: number, b: number): boolean {
    if (this.#hashes[a] !== this.#hashes[b]) return false;
    const [first, second] = [this.#read(a), this.#read(b)];
    this.#credit -= first.length + second.length;
    return first === second;
  }

  #read(index: number): string {
    const start = this.#starts[index] ?? 0;
    let end = start;
    while (this.#bytes[end] !== 0x22) end += this.#bytes[end] === 0x5c ? 2 : 1;
    return decodeString(this.#bytes, start, end, false);
  }

  /** FNV-1a over the UTF-16 code units, mixed with which object it is, and finished as murmur3 does. */
  #hash(start: number, end: number, plain: boolean, base: number): number {
    let hash = 0x811c9dc5 ^ Math.imul(base, 0x9e3779b1);
    if (plain) {
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ (this.#bytes[at] ?? 0), 0x01000193);
    } else {
      const text = decodeString(this.#bytes, start, end, false);
      for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
