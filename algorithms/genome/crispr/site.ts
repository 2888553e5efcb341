// A site of a genome where a guide may bind, and its MIT score (Hsu et al. 2013, doi:10.1038/nbt.2647): with the n
// mismatches at places i of 20 (0 is farthest from the PAM), M the weights below and d the mean gap between neighbouring
// mismatches, 100 * product(1 - M[i]) / ((19 - d) / 19 * 4 + 1) / n^2; the second factor from n = 2 on.
import { Packer, Unpacker } from "orcade/pack";

const WEIGHTS: StaticArray<f64> = [
  0, 0, 0.014, 0, 0, 0.395, 0.317, 0, 0.389, 0.079, 0.445, 0.508, 0.613, 0.851, 0.732, 0.828, 0.615, 0.804, 0.685, 0.583,
];

/** Scores are whole numbers of this part of 1, so that their sum does not depend on the order. */
export const UNIT: f64 = 1e9;

/** @param differ a bit pair 01 for each place that differs, place 0 the most significant of 20 */
export function scoreOf(differ: i64): i64 {
  let product: f64 = 1;
  let count = 0;
  let first = 0;
  let last = 0;
  for (let place = 0; place < 20; place++) {
    if (!((differ >> ((19 - place) << 1)) & 1)) continue;
    product *= 1 - WEIGHTS[place];
    if (!count++) first = place;
    last = place;
  }
  if (count > 1) {
    const gap = <f64>(last - first) / <f64>(count - 1);
    product /= ((19 - gap) / 19) * 4 + 1;
  }
  if (count > 1) product /= <f64>(count * count);
  return <i64>Math.round(100 * product * UNIT);
}

@final
export class Site {
  /**
   * @param code its 23 letters as the guide reads them
   * @param position of its leftmost letter on the + strand, from 0
   */
  constructor(
    readonly score: i64,
    readonly mismatches: i32,
    readonly file: string,
    readonly record: string,
    readonly position: i64,
    readonly minus: bool,
    readonly code: i64,
  ) {}

  pack(to: Packer): void {
    to.unsigned(this.score);
    to.unsigned((this.mismatches << 1) | i32(this.minus));
    to.unsigned(this.position);
    to.unsigned(this.code);
    packText(to, this.file);
    packText(to, this.record);
  }

  static unpack(from: Unpacker): Site {
    const score = from.unsigned();
    const kind = <i32>from.unsigned();
    const position = from.unsigned();
    const code = from.unsigned();
    const file = unpackText(from);
    return new Site(score, kind >> 1, file, unpackText(from), position, (kind & 1) != 0, code);
  }
}

/** The order of the best sites: no two that differ are equal, so that the best are the same in whatever order they come. */
export function siteBefore(a: Site, b: Site): bool {
  if (a.score != b.score) return a.score > b.score;
  if (a.file != b.file) return a.file < b.file;
  if (a.record != b.record) return a.record < b.record;
  if (a.position != b.position) return a.position < b.position;
  if (a.minus != b.minus) return b.minus;
  return a.code < b.code;
}

function packText(to: Packer, text: string): void {
  const bytes = String.UTF8.encode(text);
  to.span(changetype<usize>(bytes), bytes.byteLength);
}

function unpackText(from: Unpacker): string {
  const length = from.span();
  return String.UTF8.decodeUnsafe(from.spanStart, length);
}
