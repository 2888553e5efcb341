// A corpus kept in state under a name, as counts of documents by fingerprints of words; no text is kept.
//
// It lies on 16 shelves. A document belongs to the shelf that its id's hash says, and that shelf counts its words: so
// two calls that learn different documents mostly touch different values and do not conflict, where a table parted by
// words would be touched in all its parts by every document. A shelf holds at most 256 KiB; when it would be larger it
// forgets its rarest words. Beside it, a value for each document holds the fingerprints of its words: a document that
// is learned again counts once, as it is then.
//   shelf/NAME/H      H a hexadecimal digit: the byte 1, the documents (u32), then for each fingerprint, rising, its
//                     difference from the one before it and its count
//   document/NAME/ID  the byte 1, the fingerprints
//   content/NAME/HASH the same for a document without an id: the hash of its text
import { fail, state, Utf8 } from "orcade";
import { OBJECT_OVERHEAD } from "rt/common";
import { LONGEST_VARINT, Prints, putVarint, Sorted, Varints } from "./prints";
import { Terms } from "./terms";
import { hash } from "./words";

const SHELVES: u32 = 16;
/** Bytes of a shelf: about 65,000 words, and all of them are soon read. */
const LARGEST_SHELF: usize = 256 << 10;
/** What all values begin with; another form would have another number. */
const FORM: u8 = 1;
/** Bytes before the counts of a shelf: the form and the number of documents. */
const HEAD: i32 = 5;

/** Bytes of a name and an id: with what stands before them they fit a key's 512. */
const LONGEST_NAME: i32 = 64;
const LONGEST_ID: i32 = 400;

/**
 * Gives back the value that was read last, when nothing was made since. Memory is a stack (runtime=stub): the bytes lie
 * on top of their array.
 */
function release(value: Uint8Array): void {
  if (ASC_RUNTIME != 0) ERROR("release needs the pragma runtime=stub");
  heap.free(changetype<usize>(value.buffer) - OBJECT_OVERHEAD);
  heap.free(changetype<usize>(value) - OBJECT_OVERHEAD);
}

/** Bytes that may be written from the start of `buffer`. */
function newBuffer(room: usize): ArrayBuffer {
  return changetype<ArrayBuffer>(__new(room, idof<ArrayBuffer>()));
}

function written(buffer: ArrayBuffer, end: usize): Uint8Array {
  return Uint8Array.wrap(buffer, 0, <i32>(end - changetype<usize>(buffer)));
}

/** @returns a value of ours, null when there is none */
function read(key: string): Uint8Array | null {
  const value = state.get(key);
  if (value !== null && (value.length == 0 || load<u8>(value.dataStart) != FORM)) {
    fail("StateUnreadable", "the value " + key + " was not written by this version");
  }
  return value;
}

/** Ends the call unless a name is one: letters, digits, and ".", "_" and "-" after the first. */
function checkName(name: string): void {
  let good = name.length > 0 && name.length <= LONGEST_NAME;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const plain = (code | 0x20) - 0x61 < <i32>26 && (code | 0x20) >= 0x61;
    const digit = code >= 0x30 && code <= 0x39;
    good = good && (plain || digit || (i > 0 && (code == 0x2e || code == 0x5f || code == 0x2d)));
  }
  if (!good) fail("BadName", "a corpus has a name of 1 to 64 letters, digits, '.', '_' and '-'");
}

/** A kept corpus, and the place in it of the document at hand. */
@final
export class Kept {
  /** Documents that were counted, the one at hand left out. */
  documents: u32 = 0;
  private readonly name: string;
  private readonly key: string;
  private readonly shelf: u32;
  private readonly terms: Terms;
  private readonly sorted: Sorted;
  /** The words of the document at hand as it was learned before; null when it was not. */
  private readonly known: Prints | null;

  constructor(name: string, id: Utf8, text: Utf8, terms: Terms) {
    checkName(name);
    if (id.length > LONGEST_ID) fail("BadId", "an id has at most 400 bytes");
    const key = id.length ? hash(id.dataStart, id.length) : hash(text.dataStart, text.length);
    this.name = name;
    this.key = id.length ? "document/" + name + "/" + id.toString() : "content/" + name + "/" + hexadecimal(key, 16);
    this.shelf = <u32>(key % SHELVES);
    this.terms = terms;
    this.sorted = new Sorted(terms.table);
    const record = read(this.key);
    this.known = record === null ? null : Prints.read(record.dataStart + 1, record.length - 1);
  }

  /** Counts in how many documents of the corpus, without the one at hand, each term occurs. */
  count(): void {
    const varints = new Varints(0, 0);
    for (let shelf: u32 = 0; shelf < SHELVES; shelf++) {
      const value = read(this.shelfKey(shelf));
      if (value === null) continue;
      this.documents += load<u32>(value.dataStart, 1);
      varints.open(value.dataStart + HEAD, value.length - HEAD);
      this.countShelf(varints);
      release(value);
    }
    const known = this.known;
    if (known === null) return;
    if (this.documents) this.documents--;
    let place: u32 = 0;
    for (let i: u32 = 0; i < known.count; i++) place = this.addAt(place, known.at(i), -1);
  }

  private countShelf(varints: Varints): void {
    let print: u64 = 0;
    let place: u32 = 0;
    while (varints.more() && place < this.sorted.count) {
      print += varints.next();
      place = this.addAt(place, print, varints.next());
    }
  }

  /** Adds to the documents of the terms with a fingerprint, from a place on. @returns the place of the first above */
  private addAt(place: u32, print: u64, documents: i32): u32 {
    const sorted = this.sorted;
    while (sorted.print(place) < print) place++;
    for (; sorted.print(place) == print; place++) {
      const term = this.terms.table.entry(sorted.term(place));
      // A word that a shelf forgot is not there to be taken off.
      term.documents = max(0, <i32>term.documents + documents);
    }
    return place;
  }

  /** Makes the document at hand part of the corpus, as it is now. @returns whether that changed anything */
  learn(): bool {
    const known = this.known;
    const prints = this.sorted.prints;
    if (known !== null && same(known, prints)) return false;
    const record = newBuffer(1 + LONGEST_VARINT * prints.count);
    store<u8>(changetype<usize>(record), FORM);
    state.put(this.key, written(record, prints.write(changetype<usize>(record) + 1)));
    this.putShelf(known === null ? new Prints(0) : known, known === null);
    return true;
  }

  /** Counts the words on the document's shelf: those it has, and those it had off. */
  private putShelf(had: Prints, isNew: bool): void {
    const key = this.shelfKey(this.shelf);
    const value = read(key);
    const start: usize = value === null ? 0 : value.dataStart;
    const length = value === null ? HEAD : value.length;
    const documents = (value === null ? 0 : load<u32>(start, 1)) + u32(isNew);
    const room = <usize>length + 2 * LONGEST_VARINT * this.sorted.prints.count;
    const buffer = newBuffer(room);
    const to = changetype<usize>(buffer);
    store<u8>(to, FORM);
    store<u32>(to, documents, 1);
    let end: usize = 0;
    for (let least: u32 = 1; !end || end - to > LARGEST_SHELF; least++) {
      const old = new Varints(start + HEAD, length - HEAD);
      end = merge(old, this.sorted.prints, had, least, to + HEAD);
    }
    state.put(key, written(buffer, end));
  }

  private shelfKey(shelf: u32): string {
    return "shelf/" + this.name + "/" + hexadecimal(shelf, 1);
  }
}

/** @returns the lowest digits of a number. The standard library's way would add 3 KB of tables. */
function hexadecimal(value: u64, digits: u32): string {
  let text = "";
  for (; digits; digits--) {
    text = "0123456789abcdef".charAt(<i32>(value & 15)) + text;
    value >>= 4;
  }
  return text;
}

/** Whether two lists are equal. */
function same(left: Prints, right: Prints): bool {
  if (left.count != right.count) return false;
  for (let i: u32 = 0; i < left.count; i++) {
    if (left.at(i) != right.at(i)) return false;
  }
  return true;
}

/**
 * Writes the counts of a shelf: the old ones, one more for what a document has, one less for what it had; those below
 * `least` are left out.
 * @returns the address after them
 */
function merge(old: Varints, has: Prints, had: Prints, least: u32, to: usize): usize {
  let print: u64 = old.more() ? old.next() : u64.MAX_VALUE;
  let last: u64 = 0;
  let i: u32 = 0;
  let j: u32 = 0;
  while (true) {
    const next = min(print, min(has.at(i), had.at(j)));
    if (next == u64.MAX_VALUE) return to;
    let count: i32 = 0;
    if (print == next) {
      count = old.next();
      print = old.more() ? print + old.next() : u64.MAX_VALUE;
    }
    if (has.at(i) == next) {
      count++;
      i++;
    }
    if (had.at(j) == next) {
      count--;
      j++;
    }
    if (count < <i32>least) continue;
    to = putVarint(putVarint(to, <u32>(next - last)), count);
    last = next;
  }
}
