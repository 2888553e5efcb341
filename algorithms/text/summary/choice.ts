// The sentences with the highest ranks.
import { Table } from "../tags/table";
import { Matrix } from "./matrix";

@final
export class Choice {
  position: i32 = 0;
  /** From 1. */
  rank: i32 = 0;
  score: f64 = 0;
}

/** Scores are rounded to this part before they are compared, so that equal sentences stand in the text's order. */
const STEP: f64 = 1e4;

/** @returns the best sentences, at most `most`, in the text's order; of those with the same words only the first */
export function choose(matrix: Matrix, ranks: StaticArray<f64>, most: i32): Choice[] {
  const chosen: Choice[] = [];
  const taken = repeated(matrix);
  while (chosen.length < most) {
    const best = bestOf(ranks, taken);
    if (best < 0) break;
    unchecked(taken[best] = true);
    const choice = new Choice();
    choice.position = best;
    choice.rank = chosen.length + 1;
    choice.score = rounded(unchecked(ranks[best]));
    chosen.push(choice);
  }
  return chosen.sort((left, right) => left.position - right.position);
}

/** For each sentence whether one before it has the same words. */
function repeated(matrix: Matrix): StaticArray<bool> {
  const repeats = new StaticArray<bool>(matrix.count);
  const seen = new Table(matrix.count);
  for (let i = 0; i < matrix.count; i++) unchecked(repeats[i] = seen.add(unchecked(matrix.prints[i])).count++ > 0);
  return repeats;
}

function rounded(score: f64): f64 {
  return Math.round(score * STEP) / STEP;
}

/** The first of the best that are not taken, or -1. */
function bestOf(ranks: StaticArray<f64>, taken: StaticArray<bool>): i32 {
  let best = -1;
  let score: f64 = -1;
  for (let i = 0; i < ranks.length; i++) {
    if (unchecked(taken[i])) continue;
    const other = rounded(unchecked(ranks[i]));
    if (other <= score) continue;
    best = i;
    score = other;
  }
  return best;
}
