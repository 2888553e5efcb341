// The terms of a document: its words without those that say nothing, plurals together with their singulars.
import { fail } from "orcade";
import { ENGLISH, stopLanguages, wordsOf } from "./language";
import { withoutPlural, withoutPossessive } from "./stem";
import { Entry, Table } from "./table";
import { hash, Words } from "./words";

/** Different words that a document may have. A long book has 20,000. */
const MOST_WORDS: u32 = 32768;

/** Bytes of text that stand for one entry when room is made; prose has a different word for each 10 (short) to 100. */
const BYTES_PER_ENTRY: u32 = 8;

/** A copy of a word that may be written over. */
// @ts-ignore: decorator
@lazy
const scratch = memory.data(8 * 64);

/** @returns the key of the term that a word, whose hash is `key`, is a form of; the word is written over */
function termKey(start: usize, size: usize, key: u64, language: u32): u64 {
  if (language != ENGLISH) return key;
  const rest = withoutPlural(start, size);
  return rest == size ? key : hash(start, rest);
}

/** Reads the words of a span that may be terms, in the form in which they are compared. */
@final
export class Forms {
  /** Words read so far, those that are no terms too. */
  words: u32 = 0;
  /** Bytes of the form last read. */
  size: usize = 0;
  /** Its hash. */
  key: u64 = 0;
  private readonly source: Words;
  private readonly language: u32;

  constructor(start: usize, length: usize, language: u32) {
    this.source = wordsOf(start, length, language);
    this.language = language;
  }

  /** The address of the form last read. */
  get start(): usize {
    return this.source.start;
  }

  /** Reads the next form. @returns whether there is one */
  next(): bool {
    while (this.source.next()) {
      this.words++;
      if (!this.source.size) continue;
      this.size = this.source.size;
      if (this.language == ENGLISH) this.size = withoutPossessive(this.start, this.size);
      if (this.isLetter()) continue;
      this.key = hash(this.start, this.size);
      return true;
    }
    return false;
  }

  /** The key of the term that the form belongs to; it is written over. */
  term(): u64 {
    return termKey(this.start, this.size, this.key, this.language);
  }

  /** Whether the form is a single character of a script whose characters are not words: all below U+0800. */
  private isLetter(): bool {
    return this.size == 1 || (this.size == 2 && load<u8>(this.start) >= 0xc0);
  }
}

/** Collects the different forms that a reader finds. */
function collect(reader: Forms, length: u32): Table {
  const forms = new Table(min(length / BYTES_PER_ENTRY, MOST_WORDS));
  while (reader.next()) {
    if (forms.count == MOST_WORDS && forms.find(reader.key) === null) {
      fail("TooManyWords", "the text has more than 32,768 different words");
    }
    const form = forms.add(reader.key);
    if (form.count++) continue;
    form.text = keep(reader.start, reader.size);
    form.size = <u32>reader.size;
  }
  return forms;
}

/** The terms of a document. */
@final
export class Terms {
  readonly language: u32;
  /** Words of the document. */
  readonly words: u32;
  /** The terms, in the order in which they first occur, each with its most frequent form. */
  readonly table: Table;

  constructor(start: usize, length: u32, language: u32) {
    const reader = new Forms(start, length, language);
    const forms = collect(reader, length);
    this.language = language;
    this.words = reader.words;
    this.table = new Table(forms.count);
    for (let i: u32 = 0; i < forms.count; i++) this.group(forms.entry(i));
    for (let i: u32 = 0; i < this.table.count; i++) this.table.entry(i).mark = 0;
  }

  /** Adds a form to its term, unless it is a stop word. The form's count is the term's `mark` while it is the best. */
  private group(form: Entry): void {
    if (stopLanguages(form.key) & this.language) return;
    memory.copy(scratch, form.text, form.size);
    const term = this.table.add(termKey(scratch, form.size, form.key, this.language));
    term.count += form.count;
    if (form.count <= term.mark) return;
    term.mark = form.count;
    term.text = form.text;
    term.size = form.size;
  }
}

/** Where words are kept for the length of the call, and how many bytes are left there. */
let shelf: usize = 0;
let left: usize = 0;

/** Copies a word to where it stays. @returns its address */
function keep(start: usize, size: usize): usize {
  if (size > left) {
    left = 16384;
    shelf = heap.alloc(left);
  }
  memory.copy(shelf, start, size);
  shelf += size;
  left -= size;
  return shelf - size;
}
