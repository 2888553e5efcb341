// What places a genome: the centres of clades, and two axes. A centre is the counts that most genomes of the clade come
// nearest to, in whole numbers, kept as its difference from that of a similar clade before it; so the nearest centre and the
// place on the axes are sums of whole numbers. As text it is base64 of some kB.
import { fail } from "orcade";
import { Packer, Unpacker } from "orcade/pack";
import { fromBase64, toBase64 } from "./base64";
import { addDifferences, packDifferences } from "./rows";

const VERSION: u64 = 1;
/** Steps from 0 to the largest number of an axis. */
export const STEPS: f64 = 127;

@final
export class Clade {
  /** |centre|^2 - |first centre|^2: what a genome's distance differs by, beside twice its product with the difference. */
  constant: i64 = 0;
  /** The clade before it that its centre is given by; -1 for the first. */
  parent: i32 = -1;
  /** Difference of its centre from its parent's: pairs of a code and a number, i32. */
  differences: StaticArray<i32> = new StaticArray<i32>(0);

  constructor(readonly name: string, readonly genomes: i64) {}
}

/** Where a genome lies. */
@final
export class Place {
  clade: i32 = 0;
  /** By how much the square of its distance to the next clade is larger. */
  margin: i64 = 0;
  /** Steps on each axis. */
  x: i64 = 0;
  y: i64 = 0;
}

@final
export class Model {
  readonly clades: Clade[] = [];
  /** Steps by code, i32, of both axes; what a step is, and where the sample's middle lies. */
  readonly axes: StaticArray<usize> = [0, 0];
  readonly scale: StaticArray<f64> = [0, 0];
  readonly offset: StaticArray<f64> = [0, 0];
  private known: Place = new Place();
  private products: StaticArray<i64> = new StaticArray<i64>(0);

  constructor(readonly k: i32) {
    for (let axis = 0; axis < 2; axis++) {
      const bytes = <usize>4 << (k << 1);
      this.axes[axis] = heap.alloc(bytes);
      memory.fill(this.axes[axis], 0, bytes);
    }
  }

  /** Places a genome by its counts. The answer is written over by the next. */
  place(table: usize): Place {
    const place = this.known;
    const clades = this.clades;
    if (this.products.length < clades.length) this.products = new StaticArray<i64>(clades.length);
    const products = this.products;
    let best = i64.MAX_VALUE;
    let next = i64.MAX_VALUE;
    for (let i = 0; i < clades.length; i++) {
      const clade = clades[i];
      let product: i64 = clade.parent < 0 ? 0 : products[clade.parent];
      const pairs = clade.differences;
      for (let j = 0; j < pairs.length; j += 2) {
        product += <i64>load<i32>(table + (<usize>pairs[j] << 2)) * pairs[j + 1];
      }
      products[i] = product;
      const distance = clade.constant - 2 * product;
      if (distance < best) {
        next = best;
        best = distance;
        place.clade = i;
      } else if (distance < next) next = distance;
    }
    place.margin = clades.length > 1 ? next - best : 0;
    place.x = this.along(0, table);
    place.y = this.along(1, table);
    return place;
  }

  /** Steps of a genome on an axis. */
  along(axis: i32, table: usize): i64 {
    const steps = this.axes[axis];
    // A text of 10 MiB holds fewer k-mers than would overflow a lane.
    let sums = i32x4.splat(0);
    for (let at: usize = 0, end = <usize>4 << (this.k << 1); at < end; at += 16) {
      sums = i32x4.add(sums, i32x4.mul(v128.load(steps + at), v128.load(table + at)));
    }
    const halves = i64x2.add(i64x2.extend_low_i32x4_s(sums), i64x2.extend_high_i32x4_s(sums));
    return i64x2.extract_lane(halves, 0) + i64x2.extract_lane(halves, 1);
  }

  /** A place on an axis, in the units of the components. */
  coordinate(axis: i32, steps: f64): f64 {
    return steps * this.scale[axis] - this.offset[axis];
  }

  /** The same as text, with three decimals. */
  shown(axis: i32, steps: i64): string {
    return (Math.round(this.coordinate(axis, <f64>steps) * 1000) / 1000).toString();
  }

  /** As text. */
  write(): string {
    const to = new Packer();
    to.unsigned(VERSION);
    to.unsigned(this.k);
    for (let axis = 0; axis < 2; axis++) this.writeAxis(to, axis);
    to.unsigned(this.clades.length);
    for (let i = 0; i < this.clades.length; i++) {
      const clade = this.clades[i];
      const name = String.UTF8.encode(clade.name);
      to.span(changetype<usize>(name), name.byteLength);
      to.unsigned(clade.genomes);
      to.signed(clade.constant);
      to.signed(clade.parent);
      to.unsigned(clade.differences.length);
      let last = 0;
      for (let j = 0; j < clade.differences.length; j += 2) {
        to.unsigned(clade.differences[j] - last);
        to.signed(clade.differences[j + 1]);
        last = clade.differences[j];
      }
    }
    return toBase64(to.bytes());
  }

  private writeAxis(to: Packer, axis: i32): void {
    const columns = 1 << (this.k << 1);
    const zeros = heap.alloc(<usize>columns << 2);
    memory.fill(zeros, 0, <usize>columns << 2);
    to.unsigned(reinterpret<u64>(this.scale[axis]));
    to.unsigned(reinterpret<u64>(this.offset[axis]));
    packDifferences(to, zeros, this.axes[axis], columns);
    heap.free(zeros);
  }

  readAxis(from: Unpacker, axis: i32): void {
    this.scale[axis] = reinterpret<f64>(from.unsigned());
    this.offset[axis] = reinterpret<f64>(from.unsigned());
    addDifferences(from, this.axes[axis], 1 << (this.k << 1));
  }
}

function refuseModel(why: string): void {
  fail("InputError", "$.model: " + why + "; give what a result of genome/fingerprint has as its model");
}

/** Reads a model from text. */
export function readModel(text: string, k: i32): Model {
  const bytes = fromBase64(text);
  if (bytes === null || !bytes.length) {
    refuseModel("expected base64");
    return new Model(k);
  }
  const from = new Unpacker(bytes.dataStart, bytes.dataStart + <usize>bytes.length);
  if (from.unsigned() != VERSION) refuseModel("it is of another version");
  const length = from.unsigned();
  if (length != k) refuseModel("it is of k = " + length.toString() + ", not " + k.toString());
  const model = new Model(k);
  model.readAxis(from, 0);
  model.readAxis(from, 1);
  const count = from.unsigned();
  for (let i: u64 = 0; i < count; i++) model.clades.push(readClade(from, <i32>i, 1 << (k << 1)));
  if (!count || !from.ended) refuseModel("it has no clades");
  return model;
}

function readClade(from: Unpacker, index: i32, columns: i32): Clade {
  const length = from.span();
  const clade = new Clade(String.UTF8.decodeUnsafe(from.spanStart, length), from.unsigned());
  clade.constant = from.signed();
  clade.parent = <i32>from.signed();
  if (clade.parent >= index) refuseModel("its clades are in disorder");
  const count = from.unsigned();
  if (count > <u64>columns * 2 || count & 1) refuseModel("its clades are in disorder");
  const pairs = new StaticArray<i32>(<i32>count);
  let code: u64 = 0;
  for (let j = 0; j < pairs.length; j += 2) {
    code += from.unsigned();
    if (code >= <u64>columns) refuseModel("it has codes that do not exist");
    pairs[j] = <i32>code;
    pairs[j + 1] = <i32>from.signed();
  }
  clade.differences = pairs;
  return clade;
}
