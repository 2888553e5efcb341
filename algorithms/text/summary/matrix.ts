// Sentences as vectors of their terms: for each sentence, rows of (term, weight). A term is a word as text/tags has
// it, without those that say nothing; of words in scripts without spaces, each pair of neighbouring letters is one.
import { fail, Utf8 } from "orcade";
import { sequenceLength } from "orcade/text";
import { stopLanguages } from "../tags/language";
import { ln } from "../tags/rank";
import { Table } from "../tags/table";
import { Forms } from "../tags/terms";
import { hash } from "../tags/words";

/** Sentences, different terms, and terms of all sentences together: some more than the longest novels have. */
const MOST_SENTENCES: i32 = 32768;
const MOST_TERMS: u32 = 65536;
const MOST_ENTRIES: u32 = 524288;
/** Bytes of text that stand for a sentence, and for a term of one, at least. */
const BYTES_PER_SENTENCE: i32 = 2;
const BYTES_PER_ENTRY: i32 = 2;

@final
export class Matrix {
  /** Sentences. */
  count: i32 = 0;
  /** For each sentence, and one more: the number of its first entry. */
  readonly rows: StaticArray<u32>;
  /** For each entry its term, and its weight: then each row is of length 1, or 0 when it is empty. */
  readonly terms: StaticArray<u32>;
  readonly weights: StaticArray<f64>;
  /** For each sentence a hash of all its words: equal ones say the same. */
  readonly prints: StaticArray<u64>;
  private readonly starts: StaticArray<usize>;
  private readonly ends: StaticArray<usize>;
  private readonly table: Table = new Table(1024);
  private readonly language: u32;
  private entries: u32 = 0;

  constructor(bytes: i32, language: u32) {
    const sentences = min(bytes / BYTES_PER_SENTENCE + 1, MOST_SENTENCES);
    const entries = min(<u32>(bytes / BYTES_PER_ENTRY + 1), MOST_ENTRIES);
    this.language = language;
    this.rows = new StaticArray<u32>(sentences + 1);
    this.prints = new StaticArray<u64>(sentences);
    this.starts = new StaticArray<usize>(sentences);
    this.ends = new StaticArray<usize>(sentences);
    this.terms = new StaticArray<u32>(entries);
    this.weights = new StaticArray<f64>(entries);
  }

  /** How many different terms there are. */
  get width(): u32 {
    return this.table.count;
  }

  /** Adds a sentence; one without words is none. */
  add(start: usize, end: usize): void {
    const forms = new Forms(start, end - start, this.language);
    let print: u64 = 0;
    const before = this.entries;
    while (forms.next()) {
      print = (print ^ forms.key) * 0x9fb21c651e98df25;
      if (isUnspaced(forms.start)) this.addPairs(forms.start, forms.size);
      else if (!(stopLanguages(forms.key) & this.language)) this.addTerm(forms.term());
    }
    if (!forms.words) return;
    if (this.count == MOST_SENTENCES) tooLong("sentences", MOST_SENTENCES);
    unchecked(this.starts[this.count] = start);
    unchecked(this.ends[this.count] = end);
    unchecked(this.prints[this.count] = print);
    unchecked(this.rows[this.count++] = before);
    unchecked(this.rows[this.count] = this.entries);
  }

  /** The sentence at a place, on one line. */
  text(place: i32): Utf8 {
    const start = unchecked(this.starts[place]);
    const end = unchecked(this.ends[place]);
    const copy = heap.alloc(end - start);
    let to = copy;
    for (let at = start; at < end; at++) {
      const byte = load<u8>(at);
      if (byte > 0x20) store<u8>(to++, byte);
      else if (load<u8>(to - 1) != 0x20) store<u8>(to++, 0x20);
    }
    return new Utf8(copy, <i32>(to - copy));
  }

  private addTerm(key: u64): void {
    const entry = this.table.add(key);
    const sentence = <u32>this.count + 1;
    if (!entry.documents) {
      if (this.table.count > MOST_TERMS) tooLong("different words", MOST_TERMS);
      entry.size = this.table.count - 1;
    }
    if (entry.mark == sentence) {
      // `text` is the number of the term's entry in this sentence.
      unchecked(this.weights[<i32>entry.text] += 1);
      return;
    }
    if (this.entries == MOST_ENTRIES) tooLong("words", MOST_ENTRIES);
    entry.mark = sentence;
    entry.documents++;
    entry.text = this.entries;
    unchecked(this.terms[this.entries] = entry.size);
    unchecked(this.weights[this.entries++] = 1);
  }

  /** Adds the pairs of neighbouring characters of a word. */
  private addPairs(start: usize, size: usize): void {
    const end = start + size;
    let first = start;
    let second = first + <usize>sequenceLength(first, end);
    while (second < end) {
      const next = second + <usize>max(sequenceLength(second, end), 1);
      this.addTerm(hash(first, next - first));
      first = second;
      second = next;
    }
  }

  /** Weighs each count by how rare its term is, ln(1 + sentences / sentences with it), and makes rows of length 1. */
  weigh(): void {
    const rarity = new StaticArray<f64>(<i32>this.width);
    for (let term: u32 = 0; term < this.width; term++) {
      unchecked(rarity[term] = ln(1 + <f64>this.count / <f64>this.table.entry(term).documents));
    }
    for (let row = 0; row < this.count; row++) {
      const first = unchecked(this.rows[row]);
      const last = unchecked(this.rows[row + 1]);
      let square: f64 = 0;
      for (let i = first; i < last; i++) {
        const weight = unchecked(this.weights[i]) * unchecked(rarity[unchecked(this.terms[i])]);
        unchecked(this.weights[i] = weight);
        square += weight * weight;
      }
      const scale = 1 / Math.sqrt(square);
      for (let i = first; i < last; i++) unchecked(this.weights[i] *= scale);
    }
  }
}

/** Whether a word begins with a character of a script that puts no spaces between words. */
function isUnspaced(start: usize): bool {
  const first = <u32>load<u8>(start);
  if (first < 0xe0) return false;
  const second = <u32>load<u8>(start, 1);
  // Thai and Lao; Burmese; Khmer.
  if (first == 0xe0) return second >= 0xb8;
  if (first == 0xe1) return second < 0x83 || second == 0x9e || second == 0x9f;
  // From U+3000 to U+9FFF, and from U+20000 on.
  return first - 0xe3 < 7 || (first == 0xf0 && second >= 0xa0);
}

function tooLong(what: string, most: i32): void {
  fail("TextTooLong", "the text has more than " + most.toString() + " " + what);
}
