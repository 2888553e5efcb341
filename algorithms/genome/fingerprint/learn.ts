// Learns a model from a sample: two principal components of its counts, by power iteration on the matrix of the products of
// all pairs of genomes, and the centre of each clade. The products are whole numbers, and exact.
import { Clade, Model, STEPS } from "./model";
import { Row, Rows } from "./rows";

/** Power iteration ends when a step turns the vector by less than this, or here. */
const TOLERANCE: f64 = 1e-13;
const MOST_STEPS: i32 = 1000;

/** What was learned. */
@final
export class Learned {
  readonly model: Model;
  /** Eigenvalues of the covariance, and the sum of all of them. */
  readonly variance: StaticArray<f64> = [0, 0];
  total: f64 = 0;
  /** Of each clade of the model: the middle of its sampled genomes on both axes. */
  readonly middles: f64[] = [];

  constructor(k: i32) {
    this.model = new Model(k);
  }
}

export function learn(rows: Rows, k: i32): Learned {
  const learned = new Learned(k);
  if (rows.count < 2) return learned;
  const size = rows.count;
  const matrix = productsOf(rows);
  center(matrix, size);
  for (let i = 0; i < size; i++) learned.total += matrix[i * size + i] / size;
  const first = new StaticArray<f64>(size);
  for (let axis = 0; axis < 2 && axis < size - 1; axis++) {
    const vector = new StaticArray<f64>(size);
    const value = iterate(matrix, size, vector, axis ? first : null);
    // What is left is rounding.
    if (!(value > learned.total * size * 1e-12)) break;
    learned.variance[axis] = value / size;
    if (!axis) memory.copy(changetype<usize>(first), changetype<usize>(vector), <usize>size << 3);
    setAxis(learned.model, axis, rows, vector);
  }
  learnClades(learned, rows);
  return learned;
}

/** Products of the differences of all pairs of rows from the first row, which are few. */
function productsOf(rows: Rows): StaticArray<f64> {
  const size = rows.count;
  const columns = rows.columns;
  const base = rows.row(0).counts;
  const sparse = new Array<StaticArray<i32>>(size);
  for (let i = 0; i < size; i++) sparse[i] = differences(base, rows.row(i).counts, columns);
  const dense = new StaticArray<i32>(columns);
  const matrix = new StaticArray<f64>(size * size);
  for (let i = 0; i < size; i++) {
    const mine = sparse[i];
    for (let at = 0; at < mine.length; at += 2) dense[mine[at]] = mine[at + 1];
    for (let j = 0; j < i; j++) {
      const product = <f64>productOf(dense, sparse[j]);
      matrix[i * size + j] = product;
      matrix[j * size + i] = product;
    }
    matrix[i * size + i] = <f64>productOf(dense, mine);
    for (let at = 0; at < mine.length; at += 2) dense[mine[at]] = 0;
  }
  return matrix;
}

/**
 * Product of a row with another that is given by its pairs. Here, and in `dot`, almost all time is spent, so these are functions,
 * and so long that they remain ones: an engine compiles anew what is called often, and does nothing for a loop that runs already.
 */
function productOf(row: StaticArray<i32>, pairs: StaticArray<i32>): i64 {
  let pair = changetype<usize>(pairs);
  const end = pair + (<usize>pairs.length << 2);
  let sum: i64 = 0;
  for (; pair + 64 <= end; pair += 64) {
    sum += term(row, pair) + term(row, pair + 8) + term(row, pair + 16) + term(row, pair + 24);
    sum += term(row, pair + 32) + term(row, pair + 40) + term(row, pair + 48) + term(row, pair + 56);
  }
  for (; pair < end; pair += 8) sum += term(row, pair);
  return sum;
}

@inline
function term(row: StaticArray<i32>, pair: usize): i64 {
  return <i64>load<i32>(changetype<usize>(row) + (<usize>load<i32>(pair) << 2)) * <i64>load<i32>(pair, 4);
}

/** Where a table differs from another, and by how much. */
function differences(base: usize, table: usize, columns: i32): StaticArray<i32> {
  let count = 0;
  for (let i: usize = 0; i < <usize>columns; i++) count += i32(load<i32>(base + (i << 2)) != load<i32>(table + (i << 2)));
  const pairs = new StaticArray<i32>(count << 1);
  let at = 0;
  for (let i: usize = 0; i < <usize>columns; i++) {
    const difference = load<i32>(table + (i << 2)) - load<i32>(base + (i << 2));
    if (!difference) continue;
    pairs[at++] = <i32>i;
    pairs[at++] = difference;
  }
  return pairs;
}

/** Turns products into those of vectors from whose middle is taken: rows and columns come to 0. */
function center(matrix: StaticArray<f64>, size: i32): void {
  const means = new StaticArray<f64>(size);
  let total: f64 = 0;
  for (let i = 0; i < size; i++) {
    let sum: f64 = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j];
    means[i] = sum / size;
    total += sum;
  }
  const mean = total / (<f64>size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) matrix[i * size + j] += mean - means[i] - means[j];
  }
}

/** Finds the largest eigenvalue of what is orthogonal to `without`, and its vector. */
function iterate(matrix: StaticArray<f64>, size: i32, vector: StaticArray<f64>, without: StaticArray<f64> | null): f64 {
  // Begins anywhere that is not likely to be orthogonal to what is sought.
  let state: u32 = 1;
  for (let i = 0; i < size; i++) {
    state = state * 1664525 + 1013904223;
    vector[i] = <f64>state / 4294967296.0 - 0.5;
  }
  const next = new StaticArray<f64>(size);
  let value: f64 = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    if (without !== null) project(vector, without, size);
    if (!normalise(vector, size)) return 0;
    for (let i = 0; i < size; i++) next[i] = dot(rowOf(matrix, i, size), changetype<usize>(vector), size);
    value = dot(changetype<usize>(vector), changetype<usize>(next), size);
    let turned: f64 = 0;
    for (let i = 0; i < size; i++) {
      const off = next[i] - value * vector[i];
      turned += off * off;
      vector[i] = next[i];
    }
    if (turned <= TOLERANCE * TOLERANCE * value * value) break;
  }
  if (without !== null) project(vector, without, size);
  return normalise(vector, size) ? value : 0;
}

/** Where a row of a matrix begins. */
@inline
function rowOf(matrix: StaticArray<f64>, row: i32, size: i32): usize {
  return changetype<usize>(matrix) + ((<usize>row * size) << 3);
}

/** Product of two vectors of f64. */
function dot(a: usize, b: usize, size: i32): f64 {
  const end = a + (<usize>size << 3);
  let sum: f64 = 0;
  for (; a + 64 <= end; a += 64, b += 64) {
    sum += load<f64>(a) * load<f64>(b);
    sum += load<f64>(a, 8) * load<f64>(b, 8);
    sum += load<f64>(a, 16) * load<f64>(b, 16);
    sum += load<f64>(a, 24) * load<f64>(b, 24);
    sum += load<f64>(a, 32) * load<f64>(b, 32);
    sum += load<f64>(a, 40) * load<f64>(b, 40);
    sum += load<f64>(a, 48) * load<f64>(b, 48);
    sum += load<f64>(a, 56) * load<f64>(b, 56);
  }
  for (; a < end; a += 8, b += 8) sum += load<f64>(a) * load<f64>(b);
  return sum;
}

function project(vector: StaticArray<f64>, without: StaticArray<f64>, size: i32): void {
  const part = dot(changetype<usize>(vector), changetype<usize>(without), size);
  for (let i = 0; i < size; i++) vector[i] -= part * without[i];
}

/** @returns whether there is anything to make as long as 1 */
function normalise(vector: StaticArray<f64>, size: i32): bool {
  const length = Math.sqrt(dot(changetype<usize>(vector), changetype<usize>(vector), size));
  if (!(length > 0)) return false;
  for (let i = 0; i < size; i++) vector[i] /= length;
  return true;
}

/** Makes an axis of an eigenvector over the genomes: the largest number of the axis is positive. */
function setAxis(model: Model, axis: i32, rows: Rows, vector: StaticArray<f64>): void {
  const columns = rows.columns;
  const sums = new StaticArray<f64>(columns);
  for (let i = 0; i < rows.count; i++) {
    const counts = rows.row(i).counts;
    const weight = vector[i];
    for (let j = 0; j < columns; j++) sums[j] += weight * <f64>load<i32>(counts + (<usize>j << 2));
  }
  let squares: f64 = 0;
  let largest: f64 = 0;
  for (let j = 0; j < columns; j++) {
    squares += sums[j] * sums[j];
    if (Math.abs(sums[j]) > Math.abs(largest)) largest = sums[j];
  }
  const scale = Math.abs(largest) / STEPS;
  const sign: f64 = largest < 0 ? -1 : 1;
  const steps = model.axes[axis];
  for (let j = 0; j < columns; j++) store<i32>(steps + (<usize>j << 2), <i32>Math.round((sign * sums[j]) / scale));
  model.scale[axis] = scale / Math.sqrt(squares);
  let offset: i64 = 0;
  for (let i = 0; i < rows.count; i++) offset += model.along(axis, rows.row(i).counts);
  model.offset[axis] = (<f64>offset / rows.count) * model.scale[axis];
}

/** Sampled genomes of one label. */
@final
class Group {
  readonly members: Row[] = [];
  /** Counts, i32. */
  center: usize = 0;

  constructor(readonly name: string) {}
}

/** The centre of each label, the most common first. */
function learnClades(learned: Learned, rows: Rows): void {
  const groups = groupsOf(rows);
  for (let i = 0; i < groups.length; i++) {
    groups[i].center = centerOf(groups[i].members, rows.columns);
    learned.model.clades.push(cladeOf(groups, i, rows.columns));
    for (let axis = 0; axis < 2; axis++) {
      let sum: i64 = 0;
      for (let j = 0; j < groups[i].members.length; j++) sum += learned.model.along(axis, groups[i].members[j].counts);
      learned.middles.push(learned.model.coordinate(axis, <f64>sum / groups[i].members.length));
    }
  }
}

function groupsOf(rows: Rows): Group[] {
  const groups: Group[] = [];
  const byName = new Map<string, Group>();
  for (let i = 0; i < rows.count; i++) {
    const row = rows.row(i);
    if (!row.labelLength) continue;
    const name = String.UTF8.decodeUnsafe(row.label, row.labelLength);
    if (!byName.has(name)) {
      const made = new Group(name);
      byName.set(name, made);
      groups.push(made);
    }
    byName.get(name).members.push(row);
  }
  return groups.sort((a, b) => {
    const more = b.members.length - a.members.length;
    return more ? more : a.name < b.name ? -1 : 1;
  });
}

/** The mean of each count, rounded. */
function centerOf(members: Row[], columns: i32): usize {
  const center = heap.alloc(<usize>columns << 2);
  const count = members.length;
  for (let j: usize = 0; j < <usize>columns; j++) {
    let sum: i64 = 0;
    for (let i = 0; i < count; i++) sum += load<i32>(members[i].counts + (j << 2));
    store<i32>(center + (j << 2), <i32>((2 * sum + count) / (2 * count)));
  }
  return center;
}

/** A clade by its difference from the most similar one before it. */
function cladeOf(groups: Group[], index: i32, columns: i32): Clade {
  const group = groups[index];
  const clade = new Clade(group.name, group.members.length);
  for (let i = 0; i < index; i++) {
    const pairs = differences(groups[i].center, group.center, columns);
    if (clade.parent >= 0 && pairs.length >= clade.differences.length) continue;
    clade.parent = i;
    clade.differences = pairs;
  }
  clade.constant = squareOf(group.center, columns) - squareOf(groups[0].center, columns);
  return clade;
}

function squareOf(table: usize, columns: i32): i64 {
  let sum: i64 = 0;
  for (let j: usize = 0; j < <usize>columns; j++) sum += <i64>load<i32>(table + (j << 2)) * load<i32>(table + (j << 2));
  return sum;
}
