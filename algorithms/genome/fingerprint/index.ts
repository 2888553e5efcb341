// genome/fingerprint: counts the k-mers of many genomes and says how they lie to one another. Without a model it learns one:
// principal components and the centres of clades, from a sample. With a model it places each genome. As a task of a job it
// maps a chunk of whole records, or adds up what chunks came to; outside a job it does both at once.
// orcade: runtime=stub
import { argumentsLine, fail, job, jobArguments } from "orcade";
import { Fasta, readFasta } from "orcade/bases/fasta";
import { Answers } from "orcade/pack";
import { readModel } from "./model";
import { report } from "./report";
import { Study } from "./study";

/** The arguments of a job, or of a call: a first line of JSON before the FASTA. */
class Options {
  /** Letters of a word, 2 to 6. */
  k: i32 = 6;
  /** The name of the field in a header that tells a genome's clade, such as `clade` of ">g1 clade=20A". */
  label: string = "";
  /** In a job without a model, one genome in so many is looked at more closely. */
  sample: i32 = 8;
  /** Genomes in which a larger share of the windows holds another letter than A, C, G, T are counted apart. */
  ambiguous: f64 = 0.01;
  /** What an earlier result gave as its model: genomes are placed by it. */
  model: string = "";
  /** With a model, whether each genome is listed with its place. */
  list: bool = false;
}

const SMALLEST_K: i32 = 2;
const LARGEST_K: i32 = 6;
/** Records between two reports to the job. */
const REPORT: i32 = 64;

/** FASTA, or the answers of a job's tasks. Answers a part of the result, in a format of its own; at last the result as JSON. */
export function apply(input: Uint8Array): Uint8Array {
  const study = studyOf(jobArguments<Options>(input));
  if (job.reduces) {
    for (const answers = new Answers(input); !answers.ended; ) study.merge(answers.next());
  } else {
    const skipped = argumentsLine(input);
    map(study, input.dataStart + <usize>skipped, input.length - skipped);
  }
  return job.runs && !(job.reduces && job.final) ? study.pack() : report(study);
}

function studyOf(options: Options): Study {
  if (options.k < SMALLEST_K || options.k > LARGEST_K) fail("InputError", "$.k: expected 2 to 6");
  if (options.sample < 1) fail("InputError", "$.sample: expected 1 or more");
  if (!(options.ambiguous >= 0 && options.ambiguous <= 1)) fail("InputError", "$.ambiguous: expected 0 to 1");
  const model = options.model.length ? readModel(options.model, options.k) : null;
  if (options.list && model === null) fail("InputError", "$.list: genomes are listed by a model, and none is given");
  const sample = job.runs ? options.sample : 1;
  return new Study(options.k, options.label, sample, options.ambiguous, model, options.list);
}

function map(study: Study, text: usize, length: i32): void {
  const fasta = readFasta(text, length, i32.MAX_VALUE, true);
  for (let i = 0; i < fasta.count; i++) {
    study.take(fasta.record(i));
    if (job.runs && i % REPORT == REPORT - 1 && i + 1 < fasta.count) tell(study, fasta, i + 1, text);
  }
}

/** Tells the job that all records before one are done. */
function tell(study: Study, fasta: Fasta, next: i32, text: usize): void {
  // Its id follows the ">".
  job.done<Uint8Array>(<i64>(fasta.record(next).id - 1 - text), study.pack());
}
