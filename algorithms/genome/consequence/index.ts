// genome/consequence: what differences from a reference genome do to genes. Asks all genes of each alternate of each line of
// VCF. As a task of a job it maps a chunk of lines, or adds up what chunks came to; outside a job it does both at once.
import { argumentsLine, fail, job, jobArguments } from "orcade";
import { VcfLines } from "orcade/bases/vcf";
import { Answers } from "orcade/pack";
import { Gene, GeneText, MOST_GENES } from "./gene";
import { report } from "./report";
import { MOST_LISTED, Study } from "./study";

/** The arguments of a job, or of a call: a first line of JSON before the VCF. */
class Options {
  /** The genes that count, at most 1,000. */
  genes: GeneText[] = [];
  /** How many variants are listed, those that do most first, 0 to 1,000. */
  list: i32 = 20;
  /** Only variants of this frequency at most are listed, by AF, or AC and AN, of INFO; those without any are. */
  rare: f64 = 1;
}

/** Bytes between two reports of what is finished. */
const REPORT: i64 = 1 << 20;

/** VCF, or the answers of a job's tasks. Answers a part of the result, in a format of its own; at last the result as JSON. */
export function apply(input: Uint8Array): Uint8Array {
  const study = studyOf(jobArguments<Options>(input));
  if (job.reduces) {
    for (const answers = new Answers(input); !answers.ended; ) study.add(answers.next());
  } else {
    map(study, input);
  }
  return job.runs && !(job.reduces && job.final) ? study.pack() : report(study);
}

function studyOf(options: Options): Study {
  const count = options.genes.length;
  if (!count || count > MOST_GENES) {
    fail("InputError", "$.genes: expected 1 to " + MOST_GENES.toString() + ", as a first line of JSON or a job's arguments");
  }
  if (options.list < 0 || options.list > MOST_LISTED) fail("InputError", "$.list: expected 0 to " + MOST_LISTED.toString());
  if (!(options.rare >= 0 && options.rare <= 1)) fail("InputError", "$.rare: expected 0 to 1");
  const genes = new Array<Gene>();
  for (let i = 0; i < count; i++) genes.push(new Gene(options.genes[i], i));
  return new Study(genes, options.list, options.rare);
}

function map(study: Study, input: Uint8Array): void {
  const start = input.dataStart + <usize>argumentsLine(input);
  const lines = new VcfLines(start, input.dataStart + <usize>input.length);
  for (let next = REPORT; lines.next(); ) {
    study.take(lines);
    if (!job.runs || lines.offset < next) continue;
    job.done<Uint8Array>(lines.offset, study.pack());
    next = lines.offset + REPORT;
  }
  if (!lines.any && !job.runs) fail("VcfError", "the text holds neither a header of VCF nor a line");
}
