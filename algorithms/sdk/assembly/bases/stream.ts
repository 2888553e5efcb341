// FASTA of a file, read in ranges into one buffer: records, letters, lines and errors are those of the whole text, wherever
// the ranges end. Memory is the same for a file of any length.
import { data } from "../data";
import { fail } from "../failure";
import { begin, checkId, ended, enterHeader, goOn, nextLine, place, readLetters, Record } from "./reader";
import { refuseNothing, skipBlankLines, skipId, skipLine } from "./reader";

/** Bytes read at once. */
const RANGE: i32 = 2 * 1024 * 1024;
/** The longest file: a call may read 1,000 times. */
export const LONGEST_FILE: i64 = 2_000_000_000;
/** Bytes of an id, which is kept while its record is read. */
const LONGEST_ID: i32 = 64 * 1024;
const RETURN: u8 = 13;

@final
export class FastaStream {
  /** The record that is read. Its id is whole; `letters` and `length` are those of the last `take`. */
  readonly record: Record = changetype<Record>(heap.alloc(offsetof<Record>()));
  /** How many records there were so far. */
  count: i32 = 0;
  private buffer: Uint8Array = new Uint8Array(RANGE);
  /** Bytes that were read, in all. */
  private from: i64 = 0;
  /** Whether a CR at the end of a range waits for what follows it: it may be a line's end together with an LF. */
  private held: bool = false;

  /** @param size bytes of the file: `data.size(path)` */
  constructor(private path: string, private size: i64) {
    const record = this.record;
    record.id = heap.alloc(LONGEST_ID);
    record.idLength = 0;
    record.fault = 0;
  }

  /** Goes to the next record; all letters of the one before were taken. @returns false when there is none */
  next(): bool {
    if (!this.count) this.begin();
    else if (ended() && !this.fill()) return false;
    this.count++;
    this.readHeader();
    return true;
  }

  /** Takes the letters that follow: `record.letters`, until the next call. @returns false when the record has no more */
  take(): bool {
    const record = this.record;
    while (!ended() || this.fill()) {
      record.letters = place();
      record.length = <i32>(readLetters(record.letters, record, this.count) - record.letters);
      if (record.length) return true;
      if (!ended()) break;
    }
    record.length = 0;
    return false;
  }

  /** Whether it is known already that the record has no more letters than were taken. */
  get atEnd(): bool {
    return !ended() || this.from == this.size;
  }

  /** How much of the file was read, 0 to 1. */
  get progress(): f64 {
    return <f64>this.from / <f64>this.size;
  }

  /** Goes to the first header. */
  private begin(): void {
    begin(0, 0, false);
    do {
      if (!this.fill()) refuseNothing();
      skipBlankLines();
    } while (ended());
  }

  private readHeader(): void {
    const record = this.record;
    record.idLength = 0;
    enterHeader();
    do {
      const from = place();
      skipId();
      this.keepId(from, <i32>(place() - from));
    } while (ended() && this.fill());
    checkId(record, this.count);
    do {
      skipLine();
    } while (ended() && this.fill());
    nextLine();
  }

  private keepId(from: usize, length: i32): void {
    const record = this.record;
    if (record.idLength + length > LONGEST_ID) {
      fail("FastaError", "record " + this.count.toString() + ": its id is longer than " + LONGEST_ID.toString() + " bytes");
    }
    memory.copy(record.id + <usize>record.idLength, from, length);
    record.idLength += length;
  }

  /** Reads on when all that was read is done with. @returns false when the file has ended */
  private fill(): bool {
    const buffer = this.buffer;
    let length = 0;
    do {
      if (this.held) buffer[length++] = RETURN;
      this.held = false;
      if (this.from < this.size) length += this.read(length);
      if (!length) return false;
      this.held = this.from < this.size && buffer[length - 1] == RETURN;
      length -= i32(this.held);
    } while (!length);
    goOn(buffer.dataStart, length);
    return true;
  }

  /** Reads the next range behind `kept` bytes. @returns how many bytes it has */
  private read(kept: i32): i32 {
    const read = data.getInto(this.path, this.from, this.buffer, kept);
    if (read <= 0 || this.from + <i64>read > this.size) {
      fail("SourceChanged", this.path + " was changed while it was read: call again");
    }
    this.from += read;
    return read;
  }
}
