// FASTA, read in place: the letters of a record are moved together where they lie, so nothing is copied elsewhere.
import { fail } from "../failure";
import { begin, ended, enterHeader, nextLine, place, readLetters, Record } from "./reader";
import { refuseNothing, skipBlankLines, skipId, skipLine } from "./reader";

export { Record };

/** The records of a text, which is written over: their addresses are in it. */
@final
export class Fasta {
  count: i32 = 0;
  /** Letters of the longest record. */
  longest: i32 = 0;
  private records: usize = 0;
  private room: i32 = 0;

  record(index: i32): Record {
    return changetype<Record>(this.records + <usize>index * offsetof<Record>());
  }

  /** Adds an empty record. */
  add(): Record {
    if (this.count == this.room) {
      this.room = max(64, this.room + (this.room >> 1));
      const bytes = <usize>this.room * offsetof<Record>();
      this.records = this.records ? heap.realloc(this.records, bytes) : heap.alloc(bytes);
    }
    const record = this.record(this.count++);
    record.fault = 0;
    record.valid = -1;
    record.distinct = -1;
    return record;
  }

  /** @returns the index of the only record with this id; -1 when there is none, -2 when there are several */
  find(id: usize, length: i32): i32 {
    let found = -1;
    for (let i = 0; i < this.count; i++) {
      const record = this.record(i);
      if (record.idLength != length || memory.compare(record.id, id, length) != 0) continue;
      if (found >= 0) return -2;
      found = i;
    }
    return found;
  }
}

/**
 * Reads all records.
 * @param most records that are accepted; one more ends the call with "AnswerTooLarge"
 * @param forgiving a record with a wrong character does not end the call: its `fault` says so
 */
export function readFasta(text: usize, length: i32, most: i32, forgiving: bool = false): Fasta {
  const fasta = new Fasta();
  begin(text, length, forgiving);
  skipBlankLines();
  while (!ended()) {
    if (fasta.count == most) {
      fail("AnswerTooLarge", "more than " + most.toString() + " records: send them in several calls");
    }
    const record = fasta.add();
    readHeader(record);
    record.letters = place();
    record.length = <i32>(readLetters(record.letters, record, fasta.count) - record.letters);
    fasta.longest = max(fasta.longest, record.length);
  }
  if (!fasta.count) refuseNothing();
  return fasta;
}

function readHeader(record: Record): void {
  enterHeader();
  record.id = place();
  skipId();
  record.idLength = <i32>(place() - record.id);
  skipLine();
  nextLine();
}
