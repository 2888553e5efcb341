// genome/crispr: sites of SpCas9 in FASTA, and where guides may bind by mistake. As a task of a job it maps a chunk, whose
// sequences may be cut with an overlap of 22 letters, or adds up what chunks came to; outside a job it does both at once.
import { fail, job, jobArguments } from "orcade";
import { begin, finish } from "orcade/json/read";
import { read } from "orcade/json/values";
import { Answers } from "orcade/pack";
import { MOST_MISMATCHES } from "./guides";
import { report } from "./report";
import { Scan } from "./scan";
import { Search } from "./search";

/** The arguments of a job, or of a call: a first line of JSON before the FASTA. */
class Options {
  /** Guides of 20 letters, 5' to 3'; 23 with their PAM. At most 1,000. */
  guides: string[] = [];
  /** The most letters in which a site may differ from a guide, 0 to 8. */
  mismatches: i32 = 4;
  /** Sites where a guide may bind by mistake: "NRG" (NGG and NAG) or "NGG". */
  pam: string = "NRG";
  /** How many of the best off-targets of each guide are listed, 0 to 100. */
  list: i32 = 10;
}

const BRACE: u8 = 0x7b;
const NEWLINE: u8 = 10;

/** FASTA, or the answers of a job's tasks. Answers a part of the result, in a format of its own; at last the result as JSON. */
export function apply(input: Uint8Array): Uint8Array {
  const skipped = job.runs ? 0 : lineOfOptions(input);
  const search = searchOf(skipped ? optionsOf(input, skipped) : jobArguments<Options>());
  if (job.reduces) {
    for (const answers = new Answers(input); !answers.ended; ) search.add(answers.next());
  } else {
    new Scan(search, input, skipped).run();
  }
  return job.runs && !(job.reduces && job.final) ? search.pack() : report(search);
}

function searchOf(options: Options): Search {
  const mismatches = options.mismatches;
  const list = options.list;
  const pam = options.pam;
  if (mismatches < 0 || mismatches > MOST_MISMATCHES) fail("InputError", "$.mismatches: expected 0 to 8");
  if (list < 0 || list > 100) fail("InputError", "$.list: expected 0 to 100");
  if (pam != "NRG" && pam != "NGG") fail("InputError", '$.pam: expected "NRG" or "NGG"');
  return new Search(options.guides, mismatches, pam == "NRG", list);
}

/** @returns bytes of a first line of JSON, 0 when there is none */
function lineOfOptions(input: Uint8Array): i32 {
  if (!input.length || input[0] != BRACE) return 0;
  let length = 0;
  while (length < input.length && input[length] != NEWLINE) length++;
  return length;
}

function optionsOf(input: Uint8Array, length: i32): Options {
  const text = heap.alloc(<usize>length + 16);
  memory.copy(text, input.dataStart, length);
  memory.fill(text + <usize>length, 0, 16);
  begin(text, length);
  const options = read<Options>();
  finish();
  return options;
}
