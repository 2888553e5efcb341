// What is answered for each record, as the SDK is to describe it. The values are not kept in these classes: writer.ts and
// report.ts write them (in the dense form `counts` and `fingerprint` are arrays, which no type here can say).
import { Optional, Utf8 } from "orcade";
import { Entries } from "./writer";

/** The distances of a record to another; null where one of them holds no k-mer to compare. */
export class Distance {
  /** Half the cosine distance of the fingerprints: 0 to 0.5. */
  d2: f64;
  /** The Euclidean distance of the fingerprints. */
  euclidean: f64;
  /** The cosine distance of which k-mers they hold, rare ones weighing more: 0 to 1. */
  idf_cosine: f64;
}

/** The distances of a record to each record before it, in their order. */
export class Distances {
  d2: f64[] = [];
  euclidean: f64[] = [];
  idf_cosine: f64[] = [];
}

/** One record. */
export class Entry {
  /** What stands after ">" up to the first blank. */
  id: Utf8 = new Utf8();
  /** Letters of the sequence. */
  length: u32;
  /** Places at which a k-mer could begin: length - k + 1, at least 0. */
  windows: u32;
  /** Windows that hold A, C, G and T only; the others are not counted. */
  valid: u32;
  /** Different k-mers. */
  distinct: u32;
  /** How often each k-mer occurs. In the dense form an array of 4^k numbers instead, from AA..A to TT..T. */
  counts: Optional<Map<string, u32>> = new Optional<Map<string, u32>>();
  /** 100 times the count by the windows, rounded to 32 bits. In the form of the counts. */
  fingerprint: Optional<Map<string, f32>> = new Optional<Map<string, f32>>();
  /** To the record that `against` names. */
  distance: Optional<Distance> = new Optional<Distance>();
  /** To each record before this one. */
  distances: Optional<Distances> = new Optional<Distances>();
  private next: i32 = 0;

  constructor(private entries: Entries) {}

  /** Writes the entry of the next record each time it is called: one object stands for all entries. */
  writeJson(): void {
    this.entries.write(this.next++);
  }
}
