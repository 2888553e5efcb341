// The entries of the answer, each made when the SDK's writer comes to it: only one record's k-mers are in memory.
import { Answer } from "./answer";
import { COUNT, Numbers, PERCENTAGE } from "./counts";
import { Comparison, Distances } from "./distance";
import { Fasta, Record } from "orcade/bases/fasta";
import { Spectrum } from "./spectrum";

/** The forms of counts. */
export const NONE: i32 = 0;
export const SPARSE: i32 = 1;
export const DENSE: i32 = 2;

/** Entries that a list has room for: more do not fit an answer, nor are they needed for distances. */
const MOST_ENTRIES: i32 = 1 << 20;

@final
export class Report {
  private answer: Answer = new Answer();
  private spectrum: Spectrum;
  private entries: usize;
  private room: i32;
  /** A `Comparison` for each record, or for each pair; 0 when not asked for. */
  private toOne: usize = 0;
  private toEarlier: usize = 0;

  constructor(private fasta: Fasta, private k: i32, private form: i32, private fingerprint: bool) {
    this.spectrum = new Spectrum(k, fasta.longest);
    this.room = min(fasta.longest, min(1 << (k << 1), MOST_ENTRIES));
    this.entries = heap.alloc((<usize>this.room + 1) << 3);
  }

  /** Adds the distances of every record to one. */
  compareWith(index: i32): void {
    this.toOne = new Distances(this.fasta, this.spectrum, this.entries, this.room).toRecord(index);
  }

  /** Adds the distances of every record to all before it. */
  comparePairs(): void {
    this.toEarlier = new Distances(this.fasta, this.spectrum, this.entries, this.room).ofPairs();
  }

  /** Writes the entry of a record. */
  write(index: i32): void {
    const answer = this.answer;
    const record = this.fasta.record(index);
    if (this.form != NONE || record.distinct < 0) this.list(record);
    this.writeHead(record);
    if (this.form != NONE) {
      answer.raw(',"counts":');
      this.writeNumbers(record, COUNT);
    }
    if (this.fingerprint) {
      answer.raw(',"fingerprint":');
      this.writeNumbers(record, PERCENTAGE);
    }
    if (this.toOne) {
      answer.raw(',"distance":');
      this.writeDistance(changetype<Comparison>(this.toOne + <usize>index * offsetof<Comparison>()));
    }
    if (this.toEarlier) this.writeDistances(index);
    answer.raw("}");
    // A comma or a bracket follows.
    answer.room(1);
    answer.flush();
  }

  private list(record: Record): void {
    record.distinct = this.spectrum.list(record.letters, record.length, this.entries, this.room);
    record.valid = this.spectrum.counted;
  }

  private writeHead(record: Record): void {
    const answer = this.answer;
    answer.room(0);
    answer.raw('{"id":');
    answer.string(record.id, record.idLength);
    answer.raw(',"length":');
    answer.unsigned(record.length);
    answer.raw(',"windows":');
    answer.unsigned(max(record.length - this.k + 1, 0));
    answer.raw(',"valid":');
    answer.unsigned(record.valid);
    answer.raw(',"distinct":');
    answer.unsigned(record.distinct);
  }

  private writeNumbers(record: Record, kind: i32): void {
    const numbers = new Numbers(this.answer, this.k, kind, record.length - this.k + 1);
    if (this.form == DENSE) numbers.dense(this.entries, record.distinct);
    else numbers.sparse(this.entries, record.distinct);
  }

  private writeDistance(distance: Comparison): void {
    const answer = this.answer;
    answer.raw('{"d2":');
    answer.float(distance.d2);
    answer.raw(',"euclidean":');
    answer.float(distance.euclidean);
    answer.raw(',"idf_cosine":');
    answer.float(distance.idfCosine);
    answer.raw("}");
  }

  private writeDistances(index: i32): void {
    const answer = this.answer;
    const first = this.toEarlier + <usize>((index * (index - 1)) >> 1) * offsetof<Comparison>();
    answer.raw(',"distances":{"d2":');
    this.writeColumn(first + offsetof<Comparison>("d2"), index);
    answer.raw(',"euclidean":');
    this.writeColumn(first + offsetof<Comparison>("euclidean"), index);
    answer.raw(',"idf_cosine":');
    this.writeColumn(first + offsetof<Comparison>("idfCosine"), index);
    answer.raw("}");
  }

  /** Writes an array of one of the numbers of `count` comparisons in a row. */
  private writeColumn(first: usize, count: i32): void {
    const answer = this.answer;
    answer.raw("[");
    for (let i = 0; i < count; i++) {
      answer.room(0);
      if (i) answer.raw(",");
      answer.float(load<f64>(first + <usize>i * offsetof<Comparison>()));
    }
    answer.raw("]");
  }
}
