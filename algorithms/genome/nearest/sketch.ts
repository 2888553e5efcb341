// A file of reference sketches, and how like each reference a genome is: with idf(w) = ln(references / holders of w) for the
// k-mers w that 2 references or more and at most 97 % of all hold, the distance is 1 - sum(idf^2 of those both hold) /
// (|genome| |reference|), |x|^2 = sum(idf^2 of those x holds). K-mers that the same references hold are one pattern.
import { fail } from "orcade";
import { extract, LARGEST_K, restart } from "orcade/bases/kernel";
import { Unpacker } from "orcade/pack";

const VERSION: u64 = 1;
/** Letters whose codes are taken at once. */
const STRETCH: i32 = 2048;
const stretch: usize = memory.data(8192, 16);

@final
export class Reference {
  /** Sum of the squares of idf of what it holds. */
  norm: f64 = 0;
  /** What it shares with the genome at hand, and its distance. */
  shared: f64 = 0;
  distance: f64 = 1;

  constructor(readonly id: string, readonly clade: string) {}
}

@final
export class Sketch {
  readonly references: Reference[] = [];
  /** Of each pattern: idf squared, and the references that hold it. */
  weights: StaticArray<f64> = new StaticArray<f64>(0);
  holders: StaticArray<StaticArray<i32>> = new StaticArray<StaticArray<i32>>(0);
  /** Codes of k-mers, ascending, and the pattern of each. */
  codes: StaticArray<u32> = new StaticArray<u32>(0);
  patterns: StaticArray<u32> = new StaticArray<u32>(0);
  /** How many k-mers of each pattern the genome at hand holds. */
  private found: StaticArray<i32> = new StaticArray<i32>(0);
  /** A bit for each code: the genome at hand holds it. */
  private bits: usize = 0;

  constructor(readonly k: i32) {}

  /** Orders the references by distance to a genome, nearest first. @returns the first `most` of their numbers */
  rank(letters: usize, length: i32, most: i32): i32[] {
    this.tally(letters, length);
    let norm: f64 = 0;
    const references = this.references;
    for (let i = 0; i < references.length; i++) references[i].shared = 0;
    for (let i = 0; i < this.found.length; i++) {
      if (!this.found[i]) continue;
      const part = this.weights[i] * this.found[i];
      norm += part;
      const holders = this.holders[i];
      for (let j = 0; j < holders.length; j++) references[unchecked(holders[j])].shared += part;
    }
    for (let i = 0; i < references.length; i++) {
      const reference = references[i];
      const product = Math.sqrt(norm * reference.norm);
      // The square root may miss what both add up to by a bit.
      reference.distance = product > 0 ? Math.max(1 - reference.shared / product, 0) : 1;
    }
    return this.nearest(most);
  }

  private nearest(most: i32): i32[] {
    const order: i32[] = [];
    for (let i = 0; i < this.references.length; i++) {
      const distance = this.references[i].distance;
      let place = order.length;
      while (place > 0 && this.references[order[place - 1]].distance > distance) place--;
      if (place == most) continue;
      if (order.length == most) order.pop();
      order.push(i);
      for (let j = order.length - 1; j > place; j--) order[j] = order[j - 1];
      order[place] = i;
    }
    return order;
  }

  /** Counts the genome's k-mers by pattern. */
  private tally(letters: usize, length: i32): void {
    const bytes = max<usize>((<usize>1 << (this.k << 1)) >> 3, 8);
    if (!this.bits) this.bits = heap.alloc(bytes);
    if (!this.found.length) this.found = new StaticArray<i32>(this.weights.length);
    const bits = this.bits;
    memory.fill(bits, 0, bytes);
    restart();
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), this.k);
      for (let at = stretch; at < end; at += 4) {
        const code = load<u32>(at);
        const place = bits + <usize>(code >> 3);
        store<u8>(place, <u32>load<u8>(place) | (<u32>1 << (code & 7)));
      }
    }
    for (let i = 0; i < this.found.length; i++) this.found[i] = 0;
    for (let i = 0; i < this.codes.length; i++) {
      const code = unchecked(this.codes[i]);
      this.found[this.patterns[i]] += <i32>((<u32>load<u8>(bits + <usize>(code >> 3)) >> (code & 7)) & 1);
    }
  }
}

/** Reads a file of sketches. */
export function readSketch(bytes: Uint8Array, path: string): Sketch {
  const from = new Unpacker(bytes.dataStart, bytes.dataStart + <usize>bytes.length);
  const version: u64 = from.ended ? 0 : from.unsigned();
  const k: u64 = from.ended ? 0 : from.unsigned();
  if (version != VERSION || k < 1 || k > <u64>LARGEST_K) refuse(path);
  const sketch = new Sketch(<i32>k);
  const count = bounded(from, bytes, path);
  for (let i = 0; i < count; i++) {
    const id = text(from);
    sketch.references.push(new Reference(id, text(from)));
  }
  readPatterns(sketch, from, bytes, path);
  readCodes(sketch, from, bytes, path);
  if (!from.ended) refuse(path);
  return sketch;
}

function refuse(path: string): void {
  fail("BadReferences", path + " is no file of reference sketches: `orcade genomes sketch` makes one");
}

/** A number of things that take a byte each and more. */
function bounded(from: Unpacker, bytes: Uint8Array, path: string): i32 {
  const count = from.unsigned();
  if (count > <u64>bytes.length) refuse(path);
  return <i32>count;
}

function text(from: Unpacker): string {
  const length = from.span();
  return String.UTF8.decodeUnsafe(from.spanStart, length);
}

function readPatterns(sketch: Sketch, from: Unpacker, bytes: Uint8Array, path: string): void {
  const count = bounded(from, bytes, path);
  const references = sketch.references.length;
  sketch.weights = new StaticArray<f64>(count);
  sketch.holders = new StaticArray<StaticArray<i32>>(count);
  for (let i = 0; i < count; i++) {
    const holders = readHolders(from, references, path);
    if (!holders.length) refuse(path);
    const idf = Math.log(<f64>references / <f64>holders.length);
    sketch.weights[i] = idf * idf;
    sketch.holders[i] = holders;
  }
}

/** Numbers of references: those listed, or after 1 those that are not. */
function readHolders(from: Unpacker, references: i32, path: string): StaticArray<i32> {
  const others = from.unsigned() == 1;
  const count = from.unsigned();
  if (count > <u64>references) refuse(path);
  const holders = new StaticArray<i32>(others ? references - <i32>count : <i32>count);
  let at = 0;
  let next = 0;
  for (let left = <i32>count; left > 0; left--) {
    const gap = from.unsigned();
    if (gap >= <u64>(references - next)) refuse(path);
    const listed = next + <i32>gap;
    for (; next < listed; next++) if (others) holders[at++] = next;
    if (!others) holders[at++] = listed;
    next = listed + 1;
  }
  if (others) for (; next < references; next++) holders[at++] = next;
  return holders;
}

function readCodes(sketch: Sketch, from: Unpacker, bytes: Uint8Array, path: string): void {
  const count = bounded(from, bytes, path);
  sketch.codes = new StaticArray<u32>(count);
  sketch.patterns = new StaticArray<u32>(count);
  let next: u64 = 0;
  for (let i = 0; i < count; i++) {
    next += from.unsigned();
    const pattern = from.unsigned();
    if (next >= <u64>1 << (sketch.k << 1) || pattern >= <u64>sketch.weights.length) refuse(path);
    sketch.codes[i] = <u32>next;
    next++;
    sketch.patterns[i] = <u32>pattern;
    const holders = sketch.holders[<i32>pattern];
    for (let j = 0; j < holders.length; j++) sketch.references[holders[j]].norm += sketch.weights[<i32>pattern];
  }
}
