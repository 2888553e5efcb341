// Text put into an author's file, most of it ours, some of it the author's own again. What asc says about the result is
// traced back to where the author wrote it.
import type { Sources } from "./compiler.ts";
import type { Written } from "./shapes.ts";

/** Ours, or the author's. */
export type Piece = string | Written;

export interface Insertion {
  /** Where in the author's text. */
  readonly at: number;
  readonly pieces: readonly Piece[];
}

/** From an offset in the text that is compiled to one in the author's. */
export type Trace = (offset: number) => number;

export interface Spliced {
  readonly text: string;
  readonly trace: Trace;
}

/** What the build compiles: texts that differ from the author's, and the way back. */
export interface Woven {
  readonly sources: Sources;
  readonly traces: ReadonlyMap<string, Trace>;
}

/** A template of pieces. */
export function code(
  strings: TemplateStringsArray,
  ...values: readonly (Piece | readonly Piece[])[]
): readonly Piece[] {
  return strings.flatMap((text, i): Piece[] => {
    const value = values[i];
    return value === undefined ? [text] : Array.isArray(value) ? [text, ...value] : [text, value as Piece];
  });
}

const textOfPiece = (piece: Piece): string => (typeof piece === "string" ? piece : piece.text);

/** A run of the compiled text: from `start` on, it is the author's from `origin` on, or else stands for `origin`. */
interface Run {
  readonly start: number;
  readonly origin: number;
  readonly copied: boolean;
}

/** Inserts; places are those of the author's text, whatever else is inserted. */
export function splice(source: string, insertions: readonly Insertion[]): Spliced {
  const runs: Run[] = [{ start: 0, origin: 0, copied: true }];
  let text = "";
  let taken = 0;
  for (const { at, pieces } of insertions.toSorted((a, b) => a.at - b.at)) {
    const place = Math.min(at, source.length);
    text += source.slice(taken, place);
    taken = place;
    for (const piece of pieces) {
      const copied = typeof piece !== "string";
      runs.push({ start: text.length, origin: copied ? piece.at : place, copied });
      text += textOfPiece(piece);
    }
    runs.push({ start: text.length, origin: place, copied: true });
  }
  return { text: text + source.slice(taken), trace: (offset) => traceIn(runs, offset) };
}

function traceIn(runs: readonly Run[], offset: number): number {
  const run = runs.findLast(({ start }) => start <= offset);
  if (run === undefined) return offset;
  return run.copied ? run.origin + offset - run.start : run.origin;
}
