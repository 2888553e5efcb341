// A job over FASTA in this process, for tests of mappers and reducers: chunks as docs/architecture.md ("Jobs") has them,
// mapped, and reduced by a tree. Which answers are reduced together follows from the seed.
import { runLocal } from "../../algorithms/sdk/build/index.ts";

export interface JobOptions {
  /** Bytes of a chunk, about. */
  readonly size: number;
  /** Letters of what follows behind a piece; without it records are never cut. */
  readonly overlap?: number;
  readonly arguments?: object;
  /** Says how the reductions are grouped. */
  readonly seed?: number;
  /** A task dies after this many `job.done`, and only the rest of its chunk is run again. */
  readonly diesAfter?: number;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly skip: number;
  readonly extra: number;
}

const isLetter = (byte: number): boolean => byte > 32;
const HEADER = 62;
const NEWLINE = 10;

/** The address after `letters` letters from `at`, not beyond `end`, and how many there were. */
function ahead(fasta: Uint8Array, at: number, end: number, letters: number): { at: number; count: number } {
  let count = 0;
  while (at < end && count < letters) if (isLetter(fasta[at++] ?? 0)) count++;
  return { at, count };
}

interface Span {
  readonly start: number;
  readonly letters: number;
  readonly end: number;
}

/** Records of FASTA whose lines end with LF: where each begins, where its letters do, where it ends. */
function recordsOf(fasta: Uint8Array): Span[] {
  const starts: number[] = [];
  for (let at = 0; at >= 0 && at < fasta.length;) {
    if (fasta[at] === HEADER) starts.push(at);
    at = fasta.indexOf(NEWLINE, at) + 1 || -1;
  }
  return starts.map((start, i) => {
    const line = fasta.indexOf(NEWLINE, start) + 1 || fasta.length;
    return { start, letters: line, end: starts[i + 1] ?? fasta.length };
  });
}

/** Cuts [from, to) of one record's letters into a piece. @param skip letters before it */
function pieceOf(fasta: Uint8Array, record: Span, from: number, to: number, skip: number, overlap: number): Piece {
  const { at, count: extra } = ahead(fasta, to, record.end, overlap);
  const parts = [fasta.subarray(record.start, record.letters), fasta.subarray(from, at)];
  return { bytes: new Uint8Array(Buffer.concat(parts)), skip, extra };
}

/** The chunks of a file: whole records together up to `size`, and where there is an overlap larger ones cut. */
export function piecesOf(fasta: Uint8Array, { size, overlap }: JobOptions): Piece[] {
  const pieces: Piece[] = [];
  let begun: Span | undefined;
  const flush = (end: number): void => {
    if (begun !== undefined) pieces.push({ bytes: fasta.slice(begun.start, end), skip: 0, extra: 0 });
    begun = undefined;
  };
  for (const record of recordsOf(fasta)) {
    if (begun !== undefined && record.end - begun.start > size) flush(record.start);
    if (overlap === undefined || record.end - record.start <= size) {
      begun ??= record;
      continue;
    }
    let skip = 0;
    for (let at = record.letters; at < record.end; at += size) {
      const to = Math.min(at + size, record.end);
      pieces.push(pieceOf(fasta, record, at, to, skip, overlap));
      skip += ahead(fasta, at, to, Infinity).count;
    }
  }
  flush(fasta.length);
  return pieces;
}

/** A generator of numbers from 0 to 1. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** A task that is cut short: what it had finished stands for its part, and the rest is a task of its own. */
class Died extends Error {}

type Run = (bytes: Uint8Array, job: object, done?: (upto: bigint, partial: Uint8Array) => void) => Uint8Array;

function mapPiece(run: Run, piece: Piece, options: JobOptions): Uint8Array[] {
  const facts = { task: "map", arguments: options.arguments ?? null, file: null, from: 0, to: 0 };
  const mapped = (skip: number, extra: number): object => ({ ...facts, first: false, last: false, skip, extra });
  let finished: { upto: number; partial: Uint8Array } | undefined;
  let left = options.diesAfter ?? Infinity;
  const done = (upto: bigint, partial: Uint8Array): void => {
    finished = { upto: Number(upto), partial };
    if (--left <= 0) throw new Died();
  };
  try {
    return [run(piece.bytes, mapped(piece.skip, piece.extra), done)];
  } catch (error) {
    if (!(error instanceof Died) || finished === undefined) throw error;
    const { upto, partial } = finished;
    const head = piece.bytes.subarray(0, piece.bytes.indexOf(NEWLINE) + 1);
    const own = piece.bytes[upto] === HEADER;
    const skip = own ? 0 : piece.skip + ahead(piece.bytes, head.length, upto, Infinity).count;
    const rest = Buffer.concat(own ? [piece.bytes.subarray(upto)] : [head, piece.bytes.subarray(upto)]);
    return [partial, ...mapPiece(run, { bytes: new Uint8Array(rest), skip, extra: piece.extra }, options)];
  }
}

/** Frames answers as a reducer takes them. */
export const framed = (answers: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(answers.flatMap((each) => [new Uint8Array(new Uint32Array([each.length]).buffer), each])),
  );

/** Runs a job whose mapper and reducer are one module. @returns its result, and how many tasks mapped */
export function runJob(
  module: WebAssembly.Module,
  fasta: Uint8Array,
  options: JobOptions,
): { result: Uint8Array; tasks: number } {
  const run: Run = (bytes, job, done) => {
    const heard =
      done === undefined ? {} : { done: (upto: bigint, part: { bytes: Uint8Array }) => done(upto, part.bytes) };
    const result = runLocal(module, { kind: "bytes", bytes }, { job, ...heard });
    if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
    return result.bytes;
  };
  let answers = piecesOf(fasta, options).flatMap((piece) => mapPiece(run, piece, options));
  const tasks = answers.length;
  const random = chance(options.seed ?? 1);
  const reduce = (parts: readonly Uint8Array[], final: boolean): Uint8Array =>
    run(framed(parts), {
      task: "reduce",
      arguments: options.arguments ?? null,
      level: 1,
      partials: parts.length,
      final,
    });
  while (answers.length > 32) {
    const next: Uint8Array[] = [];
    for (let at = 0; at < answers.length;) {
      const group = answers.slice(at, at + 1 + Math.floor(random() * 32));
      next.push(reduce(group, false));
      at += group.length;
    }
    answers = next;
  }
  return { result: reduce(answers, true), tasks };
}
