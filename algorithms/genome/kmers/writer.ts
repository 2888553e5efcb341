// One entry of the answer, written as bytes.
import { Record } from "orcade/bases/fasta";
import { Answer } from "./answer";
import { COUNT, Numbers, PERCENTAGE } from "./counts";

/** The forms of counts. */
export const NONE: i32 = 0;
export const SPARSE: i32 = 1;
export const DENSE: i32 = 2;

/** Entries that a list of k-mers has room for: more do not fit an answer, nor are they needed for distances. */
export const MOST_ENTRIES: i32 = 1 << 20;

@final
export class EntryWriter {
  readonly answer: Answer = new Answer();

  /** @param entries where the k-mers of a record are listed when it is written */
  constructor(readonly k: i32, readonly form: i32, private fingerprint: bool, readonly entries: usize) {}

  /** Writes what is known of a record, all but the bracket that ends its entry. */
  begin(record: Record): void {
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
    if (this.form != NONE) {
      answer.raw(',"counts":');
      this.writeNumbers(record, COUNT);
    }
    if (this.fingerprint) {
      answer.raw(',"fingerprint":');
      this.writeNumbers(record, PERCENTAGE);
    }
  }

  /** Ends an entry. A comma or a bracket follows. */
  end(): void {
    this.answer.raw("}");
    this.answer.room(1);
    this.answer.flush();
  }

  /** Ends the call: that many numbers would not fit. */
  refuse(count: i32): void {
    this.answer.room(<i64>count * (this.k + 5) + 2);
  }

  private writeNumbers(record: Record, kind: i32): void {
    const numbers = new Numbers(this.answer, this.k, kind, record.length - this.k + 1);
    if (this.form == DENSE) numbers.dense(this.entries, record.distinct);
    else numbers.sparse(this.entries, record.distinct);
  }
}

/** Where the entries of an answer come from. */
export interface Entries {
  /** Writes the entry with this index; called in their order. */
  write(index: i32): void;
}

/** Room for the k-mers of one record, and one more. @returns how many that are */
export function roomFor(k: i32, longest: i32): i32 {
  return min(longest, min(1 << (k << 1), MOST_ENTRIES));
}
