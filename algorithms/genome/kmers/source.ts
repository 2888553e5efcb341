// A file of the data API as the source of genomes: read in ranges, in the same memory for a file of any length; or, where
// distances are asked for, which take several readings, whole.
import { data, fail, progress } from "orcade";
import { checkId } from "orcade/bases/reader";
import { Fasta, readFasta } from "orcade/bases/fasta";
import { FastaStream, LONGEST_FILE } from "orcade/bases/stream";
import { SORTED_LENGTH, Spectrum } from "./spectrum";
import { TABLE_K } from "./table";
import { Entries, EntryWriter, NONE, roomFor } from "./writer";

/** The longest file that is read whole: as long as a text that is sent may be. */
const LONGEST_WHOLE: i64 = 10 * 1024 * 1024;

/** Bytes of the file; ends the call when there is none. */
function sizeOf(path: string): i64 {
  if (!path.startsWith("data://")) fail("InputError", '$.source: expected "data://owner/collection/file"');
  const size = data.size(path);
  if (size < 0) fail("NoSource", path + " is not there, or may not be read");
  return size;
}

function refuseSize(path: string, size: i64, most: i64, advice: string): void {
  const has = path + " has " + size.toString() + " bytes, of " + most.toString() + " at most";
  fail("SourceTooLarge", has + advice);
}

/** The records of a file that is read whole. */
export function readWhole(path: string, most: i32): Fasta {
  const size = sizeOf(path);
  if (size > LONGEST_WHOLE) refuseSize(path, size, LONGEST_WHOLE, ' for distances ("against", "pairs")');
  const bytes = new Uint8Array(<i32>size);
  for (let kept = 0; kept < bytes.length; ) {
    const read = data.getInto(path, kept, bytes, kept);
    if (read <= 0) fail("SourceChanged", path + " was changed while it was read: call again");
    kept += read;
  }
  const fasta = readFasta(bytes.dataStart, bytes.length, most);
  for (let i = 0; i < fasta.count; i++) checkId(fasta.record(i), i + 1);
  // The records lie in it.
  __pin(changetype<usize>(bytes));
  return fasta;
}

/** The entries of a file that is read in ranges: all are written when the first is asked for. */
@final
export class FileEntries implements Entries {
  private stream: FastaStream;
  private spectrum: Spectrum;
  private room: i32;
  /** Letters of the longest records that are listed at once where they are read at once. */
  private listed: i32;
  private writer: EntryWriter;

  constructor(path: string, k: i32, form: i32, fingerprint: bool) {
    const size = sizeOf(path);
    if (size > LONGEST_FILE) refuseSize(path, size, LONGEST_FILE, "");
    this.stream = new FastaStream(path, size);
    const room = roomFor(k, i32.MAX_VALUE);
    const listed = k > TABLE_K ? SORTED_LENGTH : i32.MAX_VALUE;
    const spectrum = new Spectrum(k, listed);
    spectrum.expectPieces(form != NONE);
    this.spectrum = spectrum;
    this.listed = listed;
    this.room = form == NONE ? 0 : room;
    this.writer = new EntryWriter(k, form, fingerprint, heap.alloc((<usize>room + 1) << 3));
  }

  write(_index: i32): void {
    const stream = this.stream;
    const writer = this.writer;
    while (stream.next()) {
      if (stream.count > 1) writer.answer.raw(",");
      this.count();
      writer.begin(stream.record);
      writer.end();
    }
  }

  /** Reads a record: its k-mers are listed then, and its figures in the stream's record. */
  private count(): void {
    const record = this.stream.record;
    const spectrum = this.spectrum;
    const entries = this.writer.entries;
    this.stream.take();
    if (this.stream.atEnd && record.length <= this.listed) {
      record.distinct = spectrum.list(record.letters, record.length, entries, this.room);
    } else {
      record.length = this.feed();
      record.distinct = spectrum.end(entries, this.room);
    }
    record.valid = spectrum.counted;
  }

  /** Counts a record in pieces. @returns its letters */
  private feed(): i32 {
    const record = this.stream.record;
    const spectrum = this.spectrum;
    let length = 0;
    spectrum.begin();
    do {
      spectrum.feed(record.letters, record.length);
      length += record.length;
      if (this.room && spectrum.crowded) this.writer.refuse(this.room + 1);
      progress(this.stream.progress, "");
    } while (this.stream.take());
    return length;
  }
}
