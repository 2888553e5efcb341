// Who carries a variant: the samples of each file as a set of bits, so that parts are joined by "or", and nobody counts twice.
import { Packer, Unpacker } from "orcade/pack";

@final
export class Carriers {
  readonly files: string[] = [];
  private sets: StaticArray<u8>[] = [];

  add(file: string, sample: i32): void {
    const place = this.place(file);
    const set = this.grown(place, (sample >> 3) + 1);
    set[sample >> 3] |= <u8>(1 << <u8>(sample & 7));
  }

  private place(file: string): i32 {
    const found = this.files.indexOf(file);
    if (found >= 0) return found;
    this.sets.push(new StaticArray<u8>(0));
    return this.files.push(file) - 1;
  }

  /** The set of a file, with room for so many bytes. */
  private grown(place: i32, bytes: i32): StaticArray<u8> {
    const set = this.sets[place];
    if (set.length >= bytes) return set;
    const grown = new StaticArray<u8>(bytes);
    memory.copy(changetype<usize>(grown), changetype<usize>(set), set.length);
    this.sets[place] = grown;
    return grown;
  }

  get count(): i64 {
    let count: i64 = 0;
    for (let i = 0; i < this.sets.length; i++) {
      const set = this.sets[i];
      for (let at = 0; at < set.length; at++) count += popcnt<i32>(set[at]);
    }
    return count;
  }

  /** The first samples of a file, at most so many. */
  first(place: i32, most: i32): i32[] {
    const set = this.sets[place];
    const samples = new Array<i32>();
    for (let at = 0; at < set.length << 3 && samples.length < most; at++) {
      if ((set[at >> 3] >> <u8>(at & 7)) & 1) samples.push(at);
    }
    return samples;
  }

  pack(to: Packer): void {
    to.unsigned(this.files.length);
    for (let i = 0; i < this.files.length; i++) {
      packText(to, this.files[i]);
      to.span(changetype<usize>(this.sets[i]), this.sets[i].length);
    }
  }

  merge(from: Unpacker): void {
    for (let left = from.unsigned(); left > 0; left--) {
      const place = this.place(unpackText(from));
      const bytes = from.span();
      const set = this.grown(place, bytes);
      for (let i = 0; i < bytes; i++) set[i] |= load<u8>(from.spanStart + <usize>i);
    }
  }
}

export function packText(to: Packer, text: string): void {
  const bytes = String.UTF8.encode(text);
  to.span(changetype<usize>(bytes), bytes.byteLength);
}

export function unpackText(from: Unpacker): string {
  const length = from.span();
  return String.UTF8.decodeUnsafe(from.spanStart, length);
}
