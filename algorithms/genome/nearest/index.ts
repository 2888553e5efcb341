// genome/nearest: for each genome the references that are most like it, and the clade that they say it is of.
// orcade: runtime=stub
import { data, fail, Utf8 } from "orcade";
import { readFasta, Record } from "orcade/bases/fasta";
import { readSketch, Reference, Sketch } from "./sketch";

/** References that vote: each has (NEAR + its distance)^-3 votes. */
const VOTERS: i32 = 10;
const NEAR: f64 = 0.01;
/** Records of one call: as many as fit an answer. */
const MOST_RECORDS: i32 = 10_000;

/** Genomes whose clade is asked for. */
class Input {
  /** FASTA text. */
  fasta: Utf8;
  /** A file of reference sketches, made by `orcade genomes sketch`. */
  references: string = "data://genome/nearest/sars-cov-2.sketch";
  /** How many of the nearest references are listed.
   * @minimum 0
   * @maximum 100 */
  list: i32 = 1;
}

/** A reference genome. */
class Neighbour {
  id: string = "";
  clade: string = "";
  /** 0 for one with the same k-mers among those that tell references apart, 1 for one with none of them. */
  distance: f64 = 1;
}

/** One genome. */
class Answer {
  id: Utf8 = new Utf8();
  /** The clade; null when it shares no k-mer with a reference. */
  clade: string | null = null;
  /** To the nearest reference of that clade: 0 to 1. */
  distance: f64 = 1;
  /** The share of the votes for that clade. */
  support: f64 = 0;
  /** The nearest references, nearest first. */
  nearest: Neighbour[] = [];
}

export function apply(input: Input): Answer[] {
  const path = input.references;
  const bytes = data.get(path);
  if (bytes === null) fail("NoReferences", path + " is not there, or may not be read");
  const sketch = readSketch(bytes!, path);
  const fasta = readFasta(input.fasta.dataStart, input.fasta.length, MOST_RECORDS);
  const answers = new Array<Answer>(fasta.count);
  for (let i = 0; i < fasta.count; i++) answers[i] = answerOf(sketch, fasta.record(i), input.list);
  return answers;
}

function answerOf(sketch: Sketch, record: Record, list: i32): Answer {
  const answer = new Answer();
  answer.id = new Utf8(record.id, record.idLength);
  const order = sketch.rank(record.letters, record.length, max(VOTERS, list));
  vote(sketch, order, answer);
  for (let i = 0; i < min(list, order.length); i++) {
    const reference = sketch.references[order[i]];
    const neighbour = new Neighbour();
    neighbour.id = reference.id;
    neighbour.clade = reference.clade;
    neighbour.distance = reference.distance;
    answer.nearest.push(neighbour);
  }
  return answer;
}

function votesOf(reference: Reference): f64 {
  const far = reference.distance + NEAR;
  return reference.distance < 1 ? 1 / (far * far * far) : 0;
}

/** The clade with most votes of the nearest; of several the one whose member is nearest. */
function vote(sketch: Sketch, order: i32[], answer: Answer): void {
  const voters = min(VOTERS, order.length);
  let all: f64 = 0;
  let most: f64 = 0;
  for (let i = 0; i < voters; i++) {
    const reference = sketch.references[order[i]];
    all += votesOf(reference);
    let votes: f64 = 0;
    for (let j = 0; j < voters; j++) {
      const other = sketch.references[order[j]];
      if (other.clade == reference.clade) votes += votesOf(other);
    }
    if (votes <= most) continue;
    most = votes;
    answer.clade = reference.clade;
    answer.distance = reference.distance;
  }
  if (all > 0) answer.support = most / all;
}
