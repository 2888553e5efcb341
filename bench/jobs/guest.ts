// Runs in a Dynamic Worker: the bare loop. It holds chunks, maps each in a fresh instance of the metered module, and reduces
// the answers by groups; fuel is there without end, host functions do nothing but copy, nothing is written down.
import { WorkerEntrypoint } from "cloudflare:workers";
import module from "./module.wasm";

/** What the loop needs to know of the build and of the job. */
export interface LoopTerms {
  readonly fuelExport: string;
  readonly startExport: string | null;
  /** JSON */
  readonly arguments: string;
  readonly arity: number;
}

const MUCH_FUEL = 1n << 60n;
const BYTES = 2;
const LENGTH = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let held: Uint8Array = new Uint8Array(0);
let borders: readonly number[] = [];
let answers: Uint8Array[] = [];

type Function = (...parameters: number[]) => number | void;

/** The host functions of one task. @param said gets its answer */
function imports(input: Uint8Array, facts: Uint8Array, memory: () => ArrayBuffer, said: (bytes: Uint8Array) => void) {
  const copy =
    (from: Uint8Array): Function =>
    (pointer = 0, offset = 0, length = 0) =>
      new Uint8Array(memory()).set(from.subarray(offset, offset + length), pointer);
  return {
    input_type: () => BYTES,
    input_size: () => input.length,
    input_read: copy(input),
    output: (_kind = 0, pointer = 0, length = 0) => said(new Uint8Array(memory().slice(pointer, pointer + length))),
    job_size: () => facts.length,
    job_read: copy(facts),
    job_done: () => undefined,
    fail: (type = 0, typeLength = 0, message = 0, messageLength = 0) => {
      const text = (from: number, length: number) => decoder.decode(memory().slice(from, from + length));
      throw new TypeError(`${text(type, typeLength)}: ${text(message, messageLength)}`);
    },
  };
}

function runTask(terms: LoopTerms, input: Uint8Array, facts: string): Uint8Array {
  let answer = new Uint8Array(0);
  const memory = (): ArrayBuffer => (exports["memory"] as WebAssembly.Memory).buffer;
  const orcade = imports(input, encoder.encode(facts), memory, (bytes) => (answer = bytes.slice()));
  const { exports } = new WebAssembly.Instance(module, { orcade, "orcade:fuel": { refuel: () => MUCH_FUEL } });
  (exports[terms.fuelExport] as WebAssembly.Global).value = MUCH_FUEL;
  if (terms.startExport !== null) (exports[terms.startExport] as () => void)();
  (exports["apply"] as () => void)();
  return answer;
}

/** @param from where it begins in its file @returns how many answers there are so far */
function mapChunk(terms: LoopTerms, chunk: Uint8Array, from: number, last: boolean): number {
  if (from === 0) answers = [];
  const facts =
    `{"task":"map","arguments":${terms.arguments},"file":"data://bench/bench/genomes.fasta","from":${from},` +
    `"to":${from + chunk.length},"first":${from === 0},"last":${last},"skip":0,"extra":0}`;
  return answers.push(runTask(terms, chunk, facts));
}

/** Each answer with its length before it. */
function framed(items: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(items.reduce((sum, { length }) => sum + LENGTH + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const item of items) {
    view.setUint32(at, item.length, true);
    bytes.set(item, at + LENGTH);
    at += LENGTH + item.length;
  }
  return bytes;
}

function reduce(terms: LoopTerms, items: readonly Uint8Array[], level: number, final: boolean): Uint8Array {
  const facts = `{"task":"reduce","arguments":${terms.arguments},"level":${level},"partials":${items.length},"final":${final}}`;
  return runTask(terms, framed(items), facts);
}

// oxlint-disable require-await -- a capability's methods answer with promises
export default class Guest extends WorkerEntrypoint {
  /** Takes chunks that follow one another. @param ends where each ends in the bytes */
  async load(bytes: Uint8Array, ends: readonly number[]): Promise<void> {
    [held, borders] = [bytes, ends];
  }

  /** Maps what it holds. @param from where that begins in its file @returns how many answers there are so far */
  async map(terms: LoopTerms, from: number, last: boolean): Promise<number> {
    for (const [index, end] of borders.entries()) {
      const begin = borders[index - 1] ?? 0;
      mapChunk(terms, held.subarray(begin, end), from + begin, last && index === borders.length - 1);
    }
    return answers.length;
  }

  /** Maps a chunk that it is handed. */
  async mapOne(terms: LoopTerms, chunk: Uint8Array, from: number, last: boolean): Promise<number> {
    return mapChunk(terms, chunk, from, last);
  }

  /** Runs a task on the same input again and again, and forgets what it answers. */
  async repeat(terms: LoopTerms, input: Uint8Array, times: number): Promise<number> {
    let bytes = 0;
    for (let n = 0; n < times; n++) bytes += runTask(terms, input, "").length;
    return bytes;
  }

  /** Makes one answer of all. */
  async reduce(terms: LoopTerms): Promise<Uint8Array> {
    for (let level = 1; answers.length > terms.arity; level++) {
      const groups = Array.from({ length: Math.ceil(answers.length / terms.arity) }, (_, index) =>
        answers.slice(index * terms.arity, (index + 1) * terms.arity),
      );
      answers = groups.map((group) => reduce(terms, group, level, false));
    }
    return reduce(terms, answers, 9, true);
  }
}
