// Distances between the fingerprints of records. A fingerprint is f(w) = 100 count(w) / (length - k + 1), rounded to
// 32 bits; sums are in 64. With X and Y two fingerprints over all k-mers:
// - D2 = (1 - sum(X Y) / (|X| |Y|)) / 2, half the cosine distance (Tay et al. 2021, doi:10.1016/j.csbj.2021.06.030);
// - Euclidean = |X - Y|;
// - idf-cosine = 1 - sum(x y) / (|x| |y|), where x(w) is idf(w) = ln(records / df(w)) when the record holds w, else 0,
//   over the k-mers that df = 2 records or more and at most 97 % of all hold.
// A distance from or to a vector that is 0 is NaN. Equal fingerprints are at a distance of exactly 0.
import { fail } from "orcade";
import { columnOf, Columns } from "./columns";
import { Fasta } from "orcade/bases/fasta";
import { percentage, Spectrum } from "./spectrum";
import { codeOf, countOf } from "./table";

/** Different k-mers that may occur in all records together: as many as there are for k = 10. */
const MOST_COLUMNS: i32 = 1 << 20;
/** For all pairs: how many records, and how many k-mers they may hold, the same k-mer counted for each. */
const MOST_RECORDS: i32 = 500;
const MOST_ENTRIES: i32 = 1_500_000;

/** The distances of one pair. */
@unmanaged
export class Comparison {
  d2: f64;
  euclidean: f64;
  idfCosine: f64;
}

/** What `Distances.sum` leaves: sums over the k-mers w of X, with Y in a table. */
@unmanaged
class Sums {
  /** X(w)^2, (X(w) - Y(w))^2 and Y(w)^2. */
  xx: f64;
  difference: f64;
  yy: f64;
  /** idf(w)^2, of all w and of those that Y holds too. */
  idf: f64;
  sharedIdf: f64;
}

/** A vector entry: the column in the low half, the bits of the percentage in the high half. */
function placeOf(entry: u64): usize {
  return <usize>(<u32>entry);
}

function percentageOf(entry: u64): f32 {
  return reinterpret<f32>(<u32>(entry >> 32));
}

@final
export class Distances {
  private columns: Columns;
  /** Y by column, f32: 0 where it holds none. */
  private other: usize;
  private sums: Sums = changetype<Sums>(heap.alloc(offsetof<Sums>()));

  /**
   * @param entries room for `room` entries of a spectrum and one more; used until the distances are there
   */
  constructor(private fasta: Fasta, private spectrum: Spectrum, private entries: usize, private room: i32) {
    const columns = new Columns(spectrum.k);
    for (let i = 0; i < fasta.count; i++) {
      const record = fasta.record(i);
      columns.mark(record.letters, record.length);
    }
    const found = columns.seal(MOST_COLUMNS);
    if (found > MOST_COLUMNS) refuseColumns(found, spectrum.k);
    for (let i = 0; i < fasta.count; i++) {
      const record = fasta.record(i);
      columns.hold(record.letters, record.length);
    }
    columns.weigh();
    this.columns = columns;
    this.other = heap.alloc(<usize>found << 2);
    memory.fill(this.other, 0, <usize>found << 2);
  }

  /** @returns the address of a `Comparison` for each record: that to the record with this index */
  toRecord(index: i32): usize {
    const count = this.fasta.count;
    const results = heap.alloc(<usize>count * offsetof<Comparison>());
    const held = this.vector(index);
    this.spread(this.entries, held);
    this.sum(this.entries, held);
    const yy = this.sums.xx;
    const idf = this.sums.idf;
    for (let i = 0; i < count; i++) {
      this.sum(this.entries, this.vector(i));
      this.conclude(yy, idf, changetype<Comparison>(results + <usize>i * offsetof<Comparison>()));
    }
    this.free();
    return results;
  }

  /** @returns the address of a `Comparison` for each pair: record 1 to 0, 2 to 0, 2 to 1, 3 to 0 ... */
  ofPairs(): usize {
    const count = this.fasta.count;
    if (count > MOST_RECORDS) {
      fail("TooManyRecords", count.toString() + " records: pairs are for up to " + MOST_RECORDS.toString());
    }
    const vectors = heap.alloc(<usize>this.mostEntries() << 3);
    // Where each record's vector ends, in entries.
    const ends = new StaticArray<i32>(count + 1);
    for (let i = 0; i < count; i++) {
      const held = this.vector(i);
      if (ends[i] + held > MOST_ENTRIES) refuseEntries();
      memory.copy(vectors + (<usize>ends[i] << 3), this.entries, <usize>held << 3);
      ends[i + 1] = ends[i] + held;
    }
    const results = heap.alloc(<usize>((count * (count - 1)) >> 1) * offsetof<Comparison>());
    let next = results;
    for (let i = 0; i < count; i++) next = this.row(i, vectors, ends, next);
    heap.free(vectors);
    this.free();
    return results;
  }

  /** The distances of one record to those before it. @returns the address after them */
  private row(i: i32, vectors: usize, ends: StaticArray<i32>, next: usize): usize {
    const own = vectors + (<usize>ends[i] << 3);
    const held = ends[i + 1] - ends[i];
    this.spread(own, held);
    this.sum(own, held);
    const yy = this.sums.xx;
    const idf = this.sums.idf;
    for (let j = 0; j < i; j++) {
      this.sum(vectors + (<usize>ends[j] << 3), ends[j + 1] - ends[j]);
      this.conclude(yy, idf, changetype<Comparison>(next));
      next += offsetof<Comparison>();
    }
    this.unspread(own, held);
    return next;
  }

  /** Entries that all vectors together can have, as far as they are accepted. */
  private mostEntries(): i32 {
    let most: i64 = 0;
    for (let i = 0; i < this.fasta.count; i++) most += min(this.fasta.record(i).length, this.columns.count);
    return <i32>min<i64>(most, MOST_ENTRIES);
  }

  /** Makes the vector of a record in `entries`. @returns how many k-mers it holds */
  private vector(index: i32): i32 {
    const record = this.fasta.record(index);
    const held = this.spectrum.list(record.letters, record.length, this.entries, this.room);
    record.distinct = held;
    record.valid = this.spectrum.counted;
    const windows = record.length - this.spectrum.k + 1;
    const once = percentage(1, windows);
    const words = this.columns.words;
    const end = this.entries + (<usize>held << 3);
    for (let at = this.entries; at < end; at += 8) {
      const entry = load<u64>(at);
      const count = countOf(entry);
      const share = count == 1 ? once : percentage(count, windows);
      store<u64>(at, (<u64>reinterpret<u32>(share) << 32) | <u64>columnOf(words, codeOf(entry)));
    }
    return held;
  }

  /** Makes a vector the Y of sums to come. */
  private spread(vector: usize, held: i32): void {
    const end = vector + (<usize>held << 3);
    for (let at = vector; at < end; at += 8) {
      const entry = load<u64>(at);
      store<f32>(this.other + (placeOf(entry) << 2), percentageOf(entry));
    }
  }

  /** Undoes `spread`. */
  private unspread(vector: usize, held: i32): void {
    const end = vector + (<usize>held << 3);
    for (let at = vector; at < end; at += 8) {
      store<f32>(this.other + (placeOf(load<u64>(at)) << 2), 0);
    }
  }

  /** Sums over the k-mers of a vector X, in the order of columns. */
  private sum(vector: usize, held: i32): void {
    const weights = this.columns.weights;
    const other = this.other;
    let xx: f64 = 0;
    let difference: f64 = 0;
    let yy: f64 = 0;
    let idf: f64 = 0;
    let sharedIdf: f64 = 0;
    const end = vector + (<usize>held << 3);
    for (let at = vector; at < end; at += 8) {
      const entry = load<u64>(at);
      const column = placeOf(entry);
      const x = <f64>percentageOf(entry);
      const y = <f64>load<f32>(other + (column << 2));
      const weight = load<f64>(weights + (column << 3));
      xx += x * x;
      difference += (x - y) * (x - y);
      yy += y * y;
      idf += weight;
      sharedIdf += y > 0 ? weight : 0;
    }
    const sums = this.sums;
    sums.xx = xx;
    sums.difference = difference;
    sums.yy = yy;
    sums.idf = idf;
    sums.sharedIdf = sharedIdf;
  }

  /** Turns the last sums into distances. @param yy and @param idf sums over the k-mers of Y */
  private conclude(yy: f64, idf: f64, distance: Comparison): void {
    const sums = this.sums;
    // What only Y holds. The sums are in the same order, so this is exactly 0 when X holds all that Y does.
    const onlyY = yy - sums.yy;
    const squared = max(sums.difference + onlyY, 0);
    // |X - Y|^2 = (|X| - |Y|)^2 + 2 |X| |Y| (1 - cosine), which loses fewer digits than 1 - cosine does.
    const x = Math.sqrt(sums.xx);
    const y = Math.sqrt(yy);
    distance.d2 = max(squared - (x - y) * (x - y), 0) / (4 * x * y);
    distance.euclidean = x && y ? Math.sqrt(squared) : NaN;
    distance.idfCosine = 1 - sums.sharedIdf / Math.sqrt(sums.idf * idf);
  }

  private free(): void {
    this.columns.free();
    heap.free(this.other);
  }
}

function refuseColumns(found: i32, k: i32): void {
  const most = "distances take up to " + MOST_COLUMNS.toString() + " different k-mers";
  const advice = "send fewer records or a smaller k (k = 10 and below always fit)";
  const have = "these records have " + found.toString() + " for k = " + k.toString();
  fail("TooManyKmers", most + ", and " + have + ": " + advice);
}

function refuseEntries(): void {
  const most = "pairs take up to " + MOST_ENTRIES.toString() + " k-mers, each counted for each record that holds it";
  fail("TooManyKmers", most + ': send fewer records or a smaller k, or compare with one record ("against")');
}
