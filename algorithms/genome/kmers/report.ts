// The entries of an answer about a text in memory, each made when the SDK's writer comes to it: only one record's k-mers are
// in memory.
import { Fasta, Record } from "orcade/bases/fasta";
import { Comparison, Distances } from "./distance";
import { Spectrum } from "./spectrum";
import { Entries, EntryWriter, NONE, roomFor } from "./writer";

@final
export class Report implements Entries {
  private writer: EntryWriter;
  private spectrum: Spectrum;
  private room: i32;
  /** A `Comparison` for each record, or for each pair; 0 when not asked for. */
  private toOne: usize = 0;
  private toEarlier: usize = 0;

  constructor(private fasta: Fasta, k: i32, form: i32, fingerprint: bool) {
    const room = roomFor(k, fasta.longest);
    this.spectrum = new Spectrum(k, fasta.longest);
    this.room = room;
    this.writer = new EntryWriter(k, form, fingerprint, heap.alloc((<usize>room + 1) << 3));
  }

  /** Adds the distances of every record to one. */
  compareWith(index: i32): void {
    this.toOne = this.distances().toRecord(index);
  }

  /** Adds the distances of every record to all before it. */
  comparePairs(): void {
    this.toEarlier = this.distances().ofPairs();
  }

  private distances(): Distances {
    return new Distances(this.fasta, this.spectrum, this.writer.entries, this.room);
  }

  write(index: i32): void {
    const writer = this.writer;
    const record = this.fasta.record(index);
    if (writer.form != NONE || record.distinct < 0) this.list(record);
    writer.begin(record);
    if (this.toOne) {
      writer.answer.raw(',"distance":');
      this.writeDistance(changetype<Comparison>(this.toOne + <usize>index * offsetof<Comparison>()));
    }
    if (this.toEarlier) this.writeDistances(index);
    writer.end();
  }

  private list(record: Record): void {
    record.distinct = this.spectrum.list(record.letters, record.length, this.writer.entries, this.room);
    record.valid = this.spectrum.counted;
  }

  private writeDistance(distance: Comparison): void {
    const answer = this.writer.answer;
    answer.raw('{"d2":');
    answer.float(distance.d2);
    answer.raw(',"euclidean":');
    answer.float(distance.euclidean);
    answer.raw(',"idf_cosine":');
    answer.float(distance.idfCosine);
    answer.raw("}");
  }

  private writeDistances(index: i32): void {
    const answer = this.writer.answer;
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
    const answer = this.writer.answer;
    answer.raw("[");
    for (let i = 0; i < count; i++) {
      answer.room(0);
      if (i) answer.raw(",");
      answer.float(load<f64>(first + <usize>i * offsetof<Comparison>()));
    }
    answer.raw("]");
  }
}
