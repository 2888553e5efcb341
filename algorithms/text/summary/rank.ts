// Ranks of sentences in the graph whose edges are their cosine similarities: continuous LexRank (G. Erkan and D. R.
// Radev, J. Artif. Intell. Res. 22 (2004) 457-479), which is the PageRank of TextRank with that measure.
//
// With S = A A' without its diagonal, A the rows of the matrix, and d(j) the sum of S's row j:
//   r(i) = (1 - D) / n + D * sum over j of S(i, j) r(j) / d(j)
// S is never made: S x = A (A' x) - x, so that a step takes time linear in the words. A sentence that has nothing in
// common with any gives its rank to all.
import { Matrix } from "./matrix";

/** The damping of PageRank. */
const DAMPING: f64 = 0.85;
/** Steps at most; and the sum of all changes at which it ends. */
const STEPS: i32 = 60;
const PRECISION: f64 = 1e-6;
/** Similarities to all others together that are taken for none: they come from rounding. */
const NOTHING: f64 = 1e-9;

/** @returns the rank of each sentence times their number: the average is 1 */
export function rank(matrix: Matrix): StaticArray<f64> {
  const count = matrix.count;
  const sums = new StaticArray<f64>(<i32>matrix.width);
  const ranks = new StaticArray<f64>(count).fill(1);
  const degrees = new StaticArray<f64>(count);
  const shares = new StaticArray<f64>(count).fill(1);
  similarities(matrix, shares, degrees, sums);
  const next = new StaticArray<f64>(count);
  for (let step = 0; step < STEPS; step++) {
    const loose = share(ranks, degrees, shares);
    similarities(matrix, shares, next, sums);
    const base = 1 - DAMPING + (DAMPING * loose) / <f64>count;
    let change: f64 = 0;
    for (let i = 0; i < count; i++) {
      const rank = base + DAMPING * unchecked(next[i]);
      change += Math.abs(rank - unchecked(ranks[i]));
      unchecked(ranks[i] = rank);
    }
    if (change < PRECISION * <f64>count) break;
  }
  return ranks;
}

/** Divides each rank by its degree. @returns the sum of those that have none */
function share(ranks: StaticArray<f64>, degrees: StaticArray<f64>, shares: StaticArray<f64>): f64 {
  let loose: f64 = 0;
  for (let i = 0; i < ranks.length; i++) {
    const degree = unchecked(degrees[i]);
    const isLoose = degree < NOTHING;
    if (isLoose) loose += unchecked(ranks[i]);
    unchecked(shares[i] = isLoose ? 0 : unchecked(ranks[i]) / degree);
  }
  return loose;
}

/** to = S from; `sums` is scratch, one for each term. */
function similarities(matrix: Matrix, from: StaticArray<f64>, to: StaticArray<f64>, sums: StaticArray<f64>): void {
  const rows = matrix.rows;
  const terms = matrix.terms;
  const weights = matrix.weights;
  sums.fill(0);
  for (let row = 0; row < matrix.count; row++) {
    const value = unchecked(from[row]);
    const last = unchecked(rows[row + 1]);
    for (let i = unchecked(rows[row]); i < last; i++) {
      unchecked(sums[unchecked(terms[i])] += unchecked(weights[i]) * value);
    }
  }
  for (let row = 0; row < matrix.count; row++) {
    const first = unchecked(rows[row]);
    const last = unchecked(rows[row + 1]);
    let sum: f64 = first < last ? -unchecked(from[row]) : 0;
    for (let i = first; i < last; i++) sum += unchecked(weights[i]) * unchecked(sums[unchecked(terms[i])]);
    unchecked(to[row] = max(sum, 0));
  }
}
