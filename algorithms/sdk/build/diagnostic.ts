// What is wrong with an author's files, and where. Everything the build refuses is a list of these.

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Diagnostic {
  /** Relative to the algorithm's folder: "index.ts", "algorithm.json". */
  readonly file: string;
  /** 1 for the first; 0 when the whole file is meant. */
  readonly line: number;
  /** 1 for the first; 0 when the whole line is meant. */
  readonly column: number;
  /** A sentence: what is wrong and, where that is not plain, what to write instead. */
  readonly message: string;
}

/** @returns `index.ts:3:5: message` */
export function formatDiagnostic({ file, line, column, message }: Diagnostic): string {
  const place = line === 0 ? file : column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
  return `${place}: ${message}`;
}

/** The line and column (from 1) of an offset into a text. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
