// genome/kmers: what a call asks for, and the order of work. The FASTA text is read in place (fasta.ts), or a file in ranges
// (source.ts); each record's k-mers become a sorted list (spectrum.ts, kernel.ts), distances come from the lists
// (distance.ts, columns.ts), and the answer is written as text (report.ts, writer.ts, counts.ts, answer.ts).
// orcade: unchecked
import { fail, Optional, Utf8 } from "orcade";
import { ANSWER_LIMIT } from "./answer";
import { Entry } from "./entry";
import { Fasta, readFasta } from "orcade/bases/fasta";
import { LARGEST_K } from "orcade/bases/kernel";
import { Report } from "./report";
import { FileEntries, readWhole } from "./source";
import { DENSE, NONE, SPARSE } from "./writer";

/** Largest k for the dense form: 4^11 numbers are 8 MiB and more, for one record. */
const DENSE_K: i32 = 10;
/** Bytes of {"id":"","length":0,"windows":0,"valid":0,"distinct":0}, and of what counts and fingerprints add. */
const SHORTEST_ENTRY: i32 = 56;
const COUNTS_NAME: i32 = 10;
const FINGERPRINT_NAME: i32 = 15;
/** Records whose shortest entries fit an answer. */
const MOST_RECORDS: i32 = (ANSWER_LIMIT - 1) / SHORTEST_ENTRY;

/** Genomes, and what is to be known of them. */
export class Input {
  /** FASTA text: each record begins with a line ">id description". Lower case is accepted; U counts as T. */
  fasta: Optional<Utf8>;
  /** Instead of `fasta` a file of such text, "data://owner/collection/file": read by ranges, so that it may be long. */
  source: Optional<string>;
  /**
   * The length of the words that are counted.
   * @minimum 1
   * @maximum 12
   */
  k: i32;
  /**
   * How numbers by k-mer are given: "sparse" as an object of the k-mers that occur, "dense" as an array of 4^k numbers
   * from AA..A to TT..T, "none" not at all.
   * @enum "sparse" "dense" "none"
   */
  form: string = "sparse";
  /** Whether to give fingerprints too: percentages of the windows, rounded to 32 bits. */
  fingerprint: bool = false;
  /** The id of a record, or "first": gives the distances of every record to that one. */
  against: Optional<Utf8>;
  /** Whether to give the distances of each record to all before it. */
  pairs: bool = false;
}

export function apply(input: Input): Entry[] {
  const form = formOf(input);
  const compares = input.against.has || input.pairs;
  if (input.source.has && !compares) return streamed(input, form);
  const fasta = fastaOf(input);
  const reference = input.against.has ? referenceOf(fasta, input.against.value) : -1;
  if (form == DENSE) checkDense(fasta.count, input.k, input.fingerprint);
  const report = new Report(fasta, input.k, form, input.fingerprint);
  if (reference >= 0) report.compareWith(reference);
  if (input.pairs) report.comparePairs();
  return new Array<Entry>(fasta.count).fill(new Entry(report));
}

/** The records of the text that was sent, or of a file that is read whole. */
function fastaOf(input: Input): Fasta {
  if (input.source.has) return readWhole(input.source.value, MOST_RECORDS);
  const text = input.fasta.value;
  return readFasta(text.dataStart, text.length, MOST_RECORDS);
}

/** Entries of a file, whose number is not known: one stands for all. */
function streamed(input: Input, form: i32): Entry[] {
  if (form == DENSE) checkDense(1, input.k, input.fingerprint);
  return [new Entry(new FileEntries(input.source.value, input.k, form, input.fingerprint))];
}

/** The form asked for, once what the fields say together makes sense. */
function formOf(input: Input): i32 {
  if (input.fasta.has == input.source.has) {
    fail("InputError", 'give either "fasta", a text, or "source", a file as "data://owner/collection/file"');
  }
  if (input.k < 1 || input.k > LARGEST_K) fail("InputError", "$.k: expected 1 to " + LARGEST_K.toString());
  const form = input.form == "sparse" ? SPARSE : input.form == "dense" ? DENSE : NONE;
  if (form == NONE && input.form != "none") fail("InputError", '$.form: expected "sparse", "dense" or "none"');
  if (form == NONE && input.fingerprint) {
    fail("InputError", '$.fingerprint: it is given in the form of the counts, and the form is "none"');
  }
  return form;
}

/** The index of the record that all are compared with. */
function referenceOf(fasta: Fasta, id: Utf8): i32 {
  const index = fasta.find(id.dataStart, id.length);
  if (index >= 0) return index;
  const name = '"' + id.toString() + '"';
  if (index == -2) fail("InputError", "$.against: several records have the id " + name);
  if (name != '"first"') fail("InputError", "$.against: no record has the id " + name);
  return 0;
}

/** Ends the call when that many records would not fit even if all their numbers were zeros. */
function checkDense(records: i32, k: i32, fingerprint: bool): void {
  const zeros = (<i64>2 << (k << 1)) + 1;
  const least = SHORTEST_ENTRY + COUNTS_NAME + zeros + (fingerprint ? FINGERPRINT_NAME + zeros : 0);
  const fitting = k > DENSE_K ? 0 : <i64>(ANSWER_LIMIT - 1) / least;
  if (<i64>records <= fitting) return;
  const size = "dense numbers for k = " + k.toString() + " take " + least.toString() + " bytes a record and more";
  const advice = fitting ? "send at most " + fitting.toString() + " records a call, or " : "";
  fail("AnswerTooLarge", size + ", an answer 15 MiB: " + advice + 'ask for "form": "sparse" or "none", or a smaller k');
}
