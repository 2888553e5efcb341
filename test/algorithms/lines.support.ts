// Jobs over lines in one process, for algorithms that map and reduce: chunks of whole lines, partial answers in groups of any size.
import { runLocal } from "../../algorithms/sdk/build/index.ts";
import { framed } from "./job.support.ts";

interface LinesJob {
  /** Bytes of a chunk, about. */
  readonly size: number;
  readonly arguments: object;
  /** Answers that are reduced together. */
  readonly group: number;
  /** A task ends when it has said so often how far it is. */
  readonly diesAfter?: number;
  /** Files of the job by name: the text of each. */
  readonly files: Readonly<Record<string, string>>;
}

const NEWLINE = 10;
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, at + size - 1) + 1 || bytes.length;
    chunks.push(bytes.slice(at, end));
    at = end;
  }
  return chunks;
}

class Died extends Error {}

/** @returns the result as text, and how many tasks mapped */
export function runLinesJob(module: WebAssembly.Module, options: LinesJob): { result: string; tasks: number } {
  const run = (bytes: Uint8Array, facts: object, done?: (upto: bigint, part: Uint8Array) => void): Uint8Array => {
    const job = { arguments: options.arguments, ...facts };
    const heard =
      done === undefined ? {} : { done: (upto: bigint, part: { bytes: Uint8Array }) => done(upto, part.bytes) };
    const result = runLocal(module, { kind: "bytes", bytes }, { job, ...heard });
    if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
    return result.bytes;
  };
  const map = (file: string, bytes: Uint8Array): Uint8Array[] => {
    let left = options.diesAfter ?? Infinity;
    let kept: { upto: number; part: Uint8Array } | undefined;
    const done = (upto: bigint, part: Uint8Array): void => {
      kept = { upto: Number(upto), part };
      if (--left <= 0) throw new Died();
    };
    try {
      return [run(bytes, { task: "map", file, from: 0, to: 0, first: false, last: false, skip: 0, extra: 0 }, done)];
    } catch (error) {
      if (!(error instanceof Died) || kept === undefined) throw error;
      if (bytes[kept.upto - 1] !== NEWLINE) throw new Error("a task said it was done within a line", { cause: error });
      return [kept.part, ...map(file, bytes.slice(kept.upto))];
    }
  };
  const texts = Object.entries(options.files);
  let answers = texts.flatMap(([file, text]) =>
    chunksOf(encoded(text), options.size).flatMap((chunk) => map(file, chunk)),
  );
  const tasks = answers.length;
  const reduce = (parts: readonly Uint8Array[], final: boolean): Uint8Array =>
    run(framed(parts), { task: "reduce", level: 1, partials: parts.length, final });
  while (answers.length > options.group) {
    const groups = Array.from({ length: Math.ceil(answers.length / options.group) }, (_, i) =>
      answers.slice(i * options.group, (i + 1) * options.group),
    );
    answers = groups.map((parts) => reduce(parts, false));
  }
  return { result: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(reduce(answers, true)), tasks };
}

/** A call outside a job: the options, then the text. @returns the result as text */
export function callLines(module: WebAssembly.Module, text: string, options: object): string {
  const result = runLocal(module, { kind: "bytes", bytes: encoded(`${JSON.stringify(options)}\n${text}`) });
  if ("error" in result) throw new Error(`${result.error.type}: ${result.error.message}`);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(result.bytes);
}
