// What is known of the genomes so far. All of it is whole numbers that add up, a sample by hash, or lines in their order: so
// parts come to the same bytes however they are grouped.
import { fail } from "orcade";
import { Record } from "orcade/bases/fasta";
import { count } from "orcade/bases/kernel";
import { Packer, Unpacker } from "orcade/pack";
import { Model, Place } from "./model";
import { Rows } from "./rows";
import { Text } from "./text";

/** Records with a fault that are named. */
export const NAMED_FAULTS: i32 = 100;

@final
export class Study {
  genomes: i64 = 0;
  /** Of the genomes, those with too many other letters, or shorter than a word. */
  poor: i64 = 0;
  letters: i64 = 0;
  windows: i64 = 0;
  valid: i64 = 0;
  /** Sum of the squares of all counts. */
  squares: i64 = 0;
  faults: i64 = 0;
  labelled: i64 = 0;
  /** Of the labelled, those whose label is that of the nearest clade. */
  right: i64 = 0;
  readonly columns: i32;
  /** Sums of the counts by code, i64. */
  readonly sums: StaticArray<i64>;
  readonly rows: Rows;
  readonly named: Text = new Text();
  readonly listed: Text = new Text();
  /** Of each clade of the model: genomes, and the sums of their places. */
  readonly members: StaticArray<i64>;
  private table: usize;
  private label: string;

  constructor(
    readonly k: i32,
    label: string,
    readonly sample: i32,
    readonly ambiguous: f64,
    readonly model: Model | null,
    readonly list: bool,
  ) {
    const columns = 1 << (k << 1);
    this.columns = columns;
    this.label = label.length ? label + "=" : "";
    this.sums = new StaticArray<i64>(columns);
    this.rows = new Rows(columns);
    this.table = heap.alloc(<usize>columns << 2);
    this.members = new StaticArray<i64>(model === null ? 0 : model.clades.length * 3);
  }

  /** Takes a record. */
  take(record: Record): void {
    if (record.fault) return this.blame(record);
    const table = this.table;
    memory.fill(table, 0, <usize>this.columns << 2);
    const valid = count(table, record.letters, record.length, this.k);
    const windows = max(record.length - this.k + 1, 0);
    this.genomes++;
    this.letters += record.length;
    this.windows += windows;
    this.valid += valid;
    const label = this.labelOf(record);
    const labelLength = <i32>(labelEnd - label);
    const poor = !valid || <f64>(windows - valid) > this.ambiguous * <f64>windows;
    if (poor) this.poor++;
    const model = this.model;
    if (model !== null) return this.place(model, record, label, labelLength);
    if (poor) return;
    this.squares += this.addUp();
    const hash = this.hash(record, label, labelLength);
    if (hash % <u64>this.sample == 0) this.rows.offer(hash, table, label, labelLength);
  }

  /** Adds the counts to the sums. @returns the sum of their squares */
  private addUp(): i64 {
    const sums = changetype<usize>(this.sums);
    let squares: i64 = 0;
    for (let i: usize = 0, end = <usize>this.columns; i < end; i++) {
      const times = <i64>load<u32>(this.table + (i << 2));
      store<i64>(sums + (i << 3), load<i64>(sums + (i << 3)) + times);
      squares += times * times;
    }
    return squares;
  }

  /** 64 bits that follow from all that is known of a genome (the finaliser of SplitMix64 over each word). */
  private hash(record: Record, label: usize, labelLength: i32): u64 {
    let hash: u64 = record.length;
    for (let i = 0; i < record.idLength; i++) hash = mix(hash ^ <u64>load<u8>(record.id + <usize>i));
    for (let i = 0; i < labelLength; i++) hash = mix(hash ^ <u64>load<u8>(label + <usize>i));
    for (let at = this.table, end = at + (<usize>this.columns << 2); at < end; at += 8) hash = mix(hash ^ load<u64>(at));
    return hash;
  }

  private place(model: Model, record: Record, label: usize, labelLength: i32): void {
    const place = model.place(this.table);
    this.members[place.clade * 3]++;
    this.members[place.clade * 3 + 1] += place.x;
    this.members[place.clade * 3 + 2] += place.y;
    const name = model.clades[place.clade].name;
    if (labelLength) {
      this.labelled++;
      this.right += i64(name == String.UTF8.decodeUnsafe(label, labelLength));
    }
    if (this.list) this.writeLine(model, record, place, name);
  }

  private writeLine(model: Model, record: Record, place: Place, name: string): void {
    const line = this.listed;
    line.raw(line.length ? ',{"id":' : '{"id":');
    line.json(String.UTF8.decodeUnsafe(record.id, record.idLength));
    line.raw(',"clade":');
    line.json(name);
    line.raw(',"x":' + model.shown(0, place.x) + ',"y":' + model.shown(1, place.y));
    line.raw(',"margin":' + place.margin.toString() + "}");
  }

  /** Where the label of a header begins; `labelEnd` is where it ends, the same when there is none. */
  private labelOf(record: Record): usize {
    const wanted = this.label;
    let at = record.id + <usize>record.idLength;
    labelEnd = at;
    if (!wanted.length) return at;
    for (const end = record.letters; at < end; at++) {
      if (load<u8>(at) > 32 || !begins(at + 1, end, wanted)) continue;
      at += <usize>wanted.length + 1;
      labelEnd = at;
      while (labelEnd < end && load<u8>(labelEnd) > 32) labelEnd++;
      return at;
    }
    return labelEnd;
  }

  /** Names a record that is no FASTA. */
  private blame(record: Record): void {
    if (this.faults++ >= NAMED_FAULTS) return;
    const text = this.named;
    if (text.length) text.raw(",");
    text.raw('{"id":');
    text.json(String.UTF8.decodeUnsafe(record.id, min(record.idLength, 60)));
    const byte = record.fault;
    const shown = byte > 32 && byte < 127 ? '"' + String.fromCharCode(byte) + '"' : "byte 0x" + byte.toString(16);
    text.raw(',"message":');
    text.json("letter " + (record.length + 1).toString() + ": " + shown + " is no base");
    text.raw("}");
  }

  /** What is known, in bytes. */
  pack(): Uint8Array {
    const to = new Packer();
    to.unsigned(this.genomes);
    to.unsigned(this.poor);
    to.unsigned(this.letters);
    to.unsigned(this.windows);
    to.unsigned(this.valid);
    to.unsigned(this.squares);
    to.unsigned(this.faults);
    to.unsigned(this.labelled);
    to.unsigned(this.right);
    this.named.pack(to);
    this.listed.pack(to);
    for (let i = 0; i < this.members.length; i++) to.signed(this.members[i]);
    if (this.model === null) {
      for (let i = 0; i < this.columns; i++) to.unsigned(this.sums[i]);
      this.rows.pack(to);
    }
    const bytes = to.bytes();
    to.free();
    return bytes;
  }

  /** Adds what is known of the genomes that follow. */
  merge(from: Unpacker): void {
    const earlier = this.faults;
    this.genomes += from.unsigned();
    this.poor += from.unsigned();
    this.letters += from.unsigned();
    this.windows += from.unsigned();
    this.valid += from.unsigned();
    this.squares += from.unsigned();
    this.faults += from.unsigned();
    this.labelled += from.unsigned();
    this.right += from.unsigned();
    this.named.merge(from, max(NAMED_FAULTS - <i32>min(earlier, <i64>NAMED_FAULTS), 0));
    this.listed.merge(from, i32.MAX_VALUE);
    for (let i = 0; i < this.members.length; i++) this.members[i] += from.signed();
    if (this.model === null) {
      for (let i = 0; i < this.columns; i++) this.sums[i] += from.unsigned();
      this.rows.merge(from);
    }
    if (!from.ended) fail("InputError", "an answer is of a study with other arguments");
  }
}

let labelEnd: usize = 0;

function begins(at: usize, end: usize, wanted: string): bool {
  if (at + <usize>wanted.length > end) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (<i32>load<u8>(at + <usize>i) != wanted.charCodeAt(i)) return false;
  }
  return true;
}

function mix(word: u64): u64 {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}
