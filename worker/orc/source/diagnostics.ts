// What a program is told when it does not compile, or compiles but looks wrong: data, and its one text form.
import type { Place, Stretch, Texts } from "./texts.ts";

/** A stable word for scripts and tests; the sentence may change, the word does not. */
export type DiagnosticCode =
  | "bad-character"
  | "bad-escape"
  | "bad-number"
  | "unclosed-comment"
  | "unclosed-string"
  | "syntax"
  | "nesting"
  | "too-large"
  | "repeated-name"
  | "unbound"
  | "clause-arity"
  | "mixed-definitions"
  | "import"
  | "include"
  | "clock"
  | "duplicate-key"
  | "call-pattern-as"
  | "unreachable-clause"
  | "unused-signature"
  | "unguarded-recursion"
  | "call-arity";

export interface Diagnostic {
  /** An error: the program does not compile. */
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what to write instead, where that is known. */
  readonly fix: string | undefined;
  readonly place: Place;
}

/** A diagnostic before its place was looked up. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly at: Stretch;
}

/** Ends lexing, parsing or translating. It never leaves `parse` or `compile`. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

export const diagnostic = (texts: Texts, severity: "error" | "warning", finding: Finding): Diagnostic => ({
  severity,
  code: finding.code,
  message: finding.message,
  fix: finding.fix,
  place: texts.placeOf(finding.at),
});

/** Characters of a source line that are shown: programs may be one line of a megabyte. */
const SHOWN_WIDTH = 120;

/** The part of a line around a column, with the column's place in it. */
function excerpt(place: Place): { readonly text: string; readonly column: number; readonly length: number } {
  const all = Array.from(place.text);
  const from = Math.max(0, Math.min(place.column - 1 - SHOWN_WIDTH / 2, all.length - SHOWN_WIDTH));
  const cut = all.slice(from, from + SHOWN_WIDTH);
  const head = from > 0 ? "…" : "";
  const tail = from + SHOWN_WIDTH < all.length ? "…" : "";
  const column = place.column - 1 - from;
  const length = Math.max(1, Math.min(place.length, cut.length - column));
  return { text: head + cut.join("") + tail, column: column + head.length, length };
}

/**
 * The text of a diagnostic, several lines without an end:
 *
 *     story.orc:3:5: error: `quux` is not defined.
 *       x | quux(1)
 *           ^^^^
 *       Did you mean `qux`?
 */
export function formatDiagnostic({ severity, message, fix, place }: Diagnostic): string {
  const { text, column, length } = excerpt(place);
  // Tabs before the mark stay tabs, so that the mark stands under its character.
  const margin = Array.from(text)
    .slice(0, column)
    .map((character) => (character === "\t" ? "\t" : " "));
  const lines = [
    `${place.source}:${place.line}:${place.column}: ${severity}: ${message}`,
    `  ${text}`,
    `  ${margin.join("")}${"^".repeat(length)}`,
  ];
  if (fix !== undefined) lines.push(`  ${fix}`);
  return lines.join("\n");
}
