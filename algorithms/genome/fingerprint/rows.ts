// A sample of genomes with all their counts: those with the smallest hashes, at most `ROWS` of them. Which they are depends
// on the genomes alone, not on the chunks they came in or their order.
import { Packer, Unpacker } from "orcade/pack";

/** Genomes of a sample at most: 8 MiB of counts for k = 6. */
export const ROWS: i32 = 512;

/** One genome: spans of memory that is never moved. */
@unmanaged
export class Row {
  hash: u64;
  /** Counts by code, u32. */
  counts: usize;
  label: usize;
  labelLength: i32;
}

@final
export class Rows {
  /** By hash, smallest first. */
  readonly list: StaticArray<usize> = new StaticArray<usize>(ROWS);
  count: i32 = 0;
  private scratch: usize;
  private first: usize;

  constructor(readonly columns: i32) {
    this.scratch = heap.alloc(<usize>columns << 2);
    this.first = heap.alloc(<usize>columns << 2);
  }

  row(index: i32): Row {
    return changetype<Row>(this.list[index]);
  }

  /** Takes a genome into the sample, if its hash is small enough. What is given is copied. */
  offer(hash: u64, counts: usize, label: usize, labelLength: i32): void {
    let place = this.count;
    while (place > 0 && this.row(place - 1).hash > hash) place--;
    if (place == ROWS) return;
    const row = this.count == ROWS ? this.row(ROWS - 1) : this.added();
    for (let i = this.count - 1; i > place; i--) this.list[i] = this.list[i - 1];
    this.list[place] = changetype<usize>(row);
    row.hash = hash;
    memory.copy(row.counts, counts, <usize>this.columns << 2);
    row.label = heap.alloc(labelLength);
    memory.copy(row.label, label, labelLength);
    row.labelLength = labelLength;
  }

  private added(): Row {
    const row = changetype<Row>(heap.alloc(offsetof<Row>()));
    row.counts = heap.alloc(<usize>this.columns << 2);
    this.count++;
    return row;
  }

  /** The first with all its counts, the others by how they differ from it. */
  pack(to: Packer): void {
    to.unsigned(this.count);
    for (let i = 0; i < this.count; i++) {
      const row = this.row(i);
      to.unsigned(row.hash);
      to.span(row.label, row.labelLength);
      const base = i ? this.row(0).counts : this.scratch;
      if (!i) memory.fill(base, 0, <usize>this.columns << 2);
      packDifferences(to, base, row.counts, this.columns);
    }
  }

  merge(from: Unpacker): void {
    const bytes = <usize>this.columns << 2;
    memory.fill(this.first, 0, bytes);
    const count = from.unsigned();
    for (let i: u64 = 0; i < count; i++) {
      const hash = from.unsigned();
      const labelLength = from.span();
      const label = from.spanStart;
      memory.copy(this.scratch, this.first, bytes);
      addDifferences(from, this.scratch, this.columns);
      if (!i) memory.copy(this.first, this.scratch, bytes);
      this.offer(hash, this.scratch, label, labelLength);
    }
  }
}

/** Writes where a table differs from another and by how much. */
export function packDifferences(to: Packer, base: usize, table: usize, columns: i32): void {
  let count = 0;
  for (let i = 0; i < columns; i++) {
    count += i32(load<i32>(base + (<usize>i << 2)) != load<i32>(table + (<usize>i << 2)));
  }
  to.unsigned(count);
  let last = -1;
  for (let i = 0; i < columns; i++) {
    const difference = load<i32>(table + (<usize>i << 2)) - load<i32>(base + (<usize>i << 2));
    if (!difference) continue;
    to.unsigned(i - last - 1);
    to.signed(difference);
    last = i;
  }
}

/** Adds such differences to a table. */
export function addDifferences(from: Unpacker, table: usize, columns: i32): void {
  let at: i64 = -1;
  for (let left = from.unsigned(); left > 0; left--) {
    at += from.unsigned() + 1;
    const difference = <i32>from.signed();
    if (at < 0 || at >= <i64>columns) return;
    const place = table + (<usize>at << 2);
    store<i32>(place, load<i32>(place) + difference);
  }
}
