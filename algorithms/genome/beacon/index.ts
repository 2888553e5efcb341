// genome/beacon: how many carry a variant. Asks all variants of each line of VCF. As a task of a job it maps a chunk of
// lines, or adds up what chunks came to; outside a job it does both at once.
import { argumentsLine, fail, job, jobArguments } from "orcade";
import { VcfLines } from "orcade/bases/vcf";
import { Answers } from "orcade/pack";
import { Beacon } from "./beacon";
import { MOST_LISTED, MOST_QUERIES, Variant } from "./query";
import { report } from "./report";

/** The arguments of a job, or of a call: a first line of JSON before the VCF. */
class Options {
  /** What is asked for, at most 100. */
  variants: Variant[] = [];
  /** How many carriers of each are named, 0 to 100. */
  list: i32 = 0;
}

/** Bytes between two reports of what is finished. */
const REPORT: i64 = 1 << 20;

/** VCF, or the answers of a job's tasks. Answers a part of the result, in a format of its own; at last the result as JSON. */
export function apply(input: Uint8Array): Uint8Array {
  const beacon = beaconOf(jobArguments<Options>(input));
  if (job.reduces) {
    for (const answers = new Answers(input); !answers.ended; ) beacon.add(answers.next());
  } else {
    map(beacon, input);
  }
  return job.runs && !(job.reduces && job.final) ? beacon.pack() : report(beacon);
}

function beaconOf(options: Options): Beacon {
  const count = options.variants.length;
  if (!count || count > MOST_QUERIES) {
    fail("InputError", "$.variants: expected 1 to " + MOST_QUERIES.toString() + ", as a first line of JSON or a job's arguments");
  }
  if (options.list < 0 || options.list > MOST_LISTED) fail("InputError", "$.list: expected 0 to " + MOST_LISTED.toString());
  return new Beacon(options.variants, options.list);
}

function map(beacon: Beacon, input: Uint8Array): void {
  const skipped = argumentsLine(input);
  const start = input.dataStart + <usize>skipped;
  const lines = new VcfLines(start, input.dataStart + <usize>input.length);
  const file = job.file;
  for (let next = REPORT; lines.next(); ) {
    beacon.take(lines, file);
    if (!job.runs || lines.offset < next) continue;
    beacon.name(lines, file);
    job.done<Uint8Array>(lines.offset, beacon.pack());
    next = lines.offset + REPORT;
  }
  if (!lines.any && !job.runs) fail("VcfError", "the text holds neither a header of VCF nor a line");
  beacon.name(lines, file);
}
