// genome/crispr: sites of SpCas9 in FASTA, and where guides may bind by mistake. As a task of a job it maps a chunk, whose
// sequences may be cut with an overlap of 22 letters, or adds up what chunks came to; outside a job it does both at once.
import { argumentsLine, fail, job, jobArguments } from "orcade";
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

/** FASTA, or the answers of a job's tasks. Answers a part of the result, in a format of its own; at last the result as JSON. */
export function apply(input: Uint8Array): Uint8Array {
  const search = searchOf(jobArguments<Options>(input));
  if (job.reduces) {
    for (const answers = new Answers(input); !answers.ended; ) search.add(answers.next());
  } else {
    new Scan(search, input, argumentsLine(input)).run();
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
