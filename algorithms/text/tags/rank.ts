// tf-idf: how special each term is to its document, and the most special ones.
//
// With D documents, the document itself being one of them, d of which have the term, and the term occurring f times in
// it:
//   score = (1 + ln f) * ln(D / d)
// The first factor is the sublinear term frequency of C. D. Manning, P. Raghavan, H. Schuetze, "Introduction to
// Information Retrieval" (2008), 6.4.1; the second the inverse document frequency of K. Spaerck Jones, J. Doc. 28
// (1972) 11-21. What every document has scores 0, however often it occurs. Without a corpus (D = 1) the second factor
// is 1.
import { Table } from "./table";

/** ln 2, and the square root of 2 in bits: where the mantissa is halved. */
const LN2: f64 = 0.6931471805599453;
const ROOT: u64 = 0x6a09e667f3bcd;

/**
 * The natural logarithm of a number from 1 to 2^53, by ln(2^e m) = e ln 2 + 2 artanh((m - 1) / (m + 1)), m from
 * sqrt(1/2) to sqrt(2), whose series is cut after s^21 / 21 (rest below 2^-55): the relative error is below 2^-50. The
 * same on every machine.
 */
export function ln(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let fraction = bits & 0x000fffffffffffff;
  let bias: u64 = 1023;
  if (fraction >= ROOT) {
    exponent++;
    bias--;
  }
  const m = reinterpret<f64>(fraction | (bias << 52));
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 1.0 / 21;
  sum = sum * square + 1.0 / 19;
  sum = sum * square + 1.0 / 17;
  sum = sum * square + 1.0 / 15;
  sum = sum * square + 1.0 / 13;
  sum = sum * square + 1.0 / 11;
  sum = sum * square + 1.0 / 9;
  sum = sum * square + 1.0 / 7;
  sum = sum * square + 1.0 / 5;
  sum = sum * square + 1.0 / 3;
  sum = sum * square + 1.0;
  return <f64>exponent * LN2 + 2 * s * sum;
}

/** The terms of a table by their scores, the highest first; of equal scores the more frequent, then the earlier one. */
@final
export class Ranking {
  private readonly table: Table;
  private readonly scores: StaticArray<f64>;
  /** A binary heap: the numbers of the terms, none after those at its children, 2i + 1 and 2i + 2. */
  private readonly heap: StaticArray<u32>;
  private size: i32;

  /** @param documents how many documents the terms were counted in, the terms' own left out */
  constructor(table: Table, documents: u32) {
    this.table = table;
    this.size = table.count;
    this.scores = new StaticArray<f64>(table.count);
    this.heap = new StaticArray<u32>(table.count);
    const all = <f64>documents + 1;
    for (let i: u32 = 0; i < table.count; i++) {
      const term = table.entry(i);
      const rarity = documents ? ln(all / (<f64>term.documents + 1)) : 1;
      unchecked((this.scores[i] = (1 + ln(<f64>term.count)) * rarity));
      unchecked((this.heap[i] = i));
    }
    for (let i = (this.size >> 1) - 1; i >= 0; i--) this.sink(i);
  }

  /** The score of a term. */
  score(index: u32): f64 {
    return unchecked(this.scores[index]);
  }

  /** Takes the first of the terms that are left. @returns its number, -1 when none is left */
  take(): i32 {
    if (!this.size) return -1;
    const first = unchecked(this.heap[0]);
    this.size--;
    unchecked((this.heap[0] = this.heap[this.size]));
    this.sink(0);
    return first;
  }

  /** Whether one term comes before another. */
  private before(left: u32, right: u32): bool {
    const difference = unchecked(this.scores[left] - this.scores[right]);
    if (difference != 0) return difference > 0;
    const counts = this.table.entry(left).count - this.table.entry(right).count;
    return counts ? <i32>counts > 0 : left < right;
  }

  /** Moves the term at a place of the heap down to where it belongs. */
  private sink(place: i32): void {
    const heap = this.heap;
    const term = unchecked(heap[place]);
    while (true) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.before(unchecked(heap[child + 1]), unchecked(heap[child]))) child++;
      if (!this.before(unchecked(heap[child]), term)) break;
      unchecked((heap[place] = heap[child]));
      place = child;
    }
    unchecked((heap[place] = term));
  }
}
