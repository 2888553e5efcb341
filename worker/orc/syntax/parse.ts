// Texts to syntax trees: the start symbol, included texts, and the only place where a Refusal ends.
import { Refusal, type Finding } from "../source/diagnostics.ts";
import { tokenize } from "../source/lexer.ts";
import type { Stretch, Texts } from "../source/texts.ts";
import { described } from "../source/tokens.ts";
import type { Source } from "../core/program.ts";
import type { Declaration, Expression } from "./ast.ts";
import { Cursor, type Host } from "./cursor.ts";
import { parseDeclarations, startsDeclaration } from "./declarations.ts";
import { parseExpression } from "./expressions.ts";

/** Finds the text of an `include`. @param from the name of the text that includes it @returns undefined: there is none */
export type Resolve = (file: string, from: string) => { readonly name: string; readonly text: string } | undefined;

/** UTF-16 code units of all texts of a program together: a program of 1 MB and what it includes. */
export const MAXIMUM_TEXT = 4 * 2 ** 20;

/** Files that may include one another in a chain: parsing one inside the other uses the host's stack. */
export const MAXIMUM_INCLUDES = 20;

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly finding: Finding };

interface Reading {
  readonly texts: Texts;
  readonly resolve: Resolve;
  /** Occurrences so far. */
  count: number;
  size: number;
}

const refusal = (code: "include" | "too-large", message: string, at: Stretch, fix?: string): Refusal =>
  new Refusal({ code, message, fix, at: { start: at.start, end: at.end } });

function admit(reading: Reading, source: Source, at: Stretch | undefined): number {
  const base = reading.texts.add(source);
  reading.size += source.text.length;
  if (reading.size > MAXIMUM_TEXT) {
    const message = `The program is larger than ${MAXIMUM_TEXT} characters.`;
    throw refusal(
      "too-large",
      message,
      at ?? { start: base, end: base + 1 },
      "Split it, or pass its data as arguments.",
    );
  }
  return base;
}

/** @param within the names of the texts around this one, outermost first */
function cursorOf(reading: Reading, source: Source, within: readonly string[], at?: Stretch): Cursor {
  const base = admit(reading, source, at);
  const host: Host = {
    number: () => reading.count++,
    expression: parseExpression,
    include: (file, where) => included(reading, file, source, [...within, source.name], where),
  };
  return new Cursor(tokenize(source.text, base), host);
}

function included(
  reading: Reading,
  file: string,
  from: Source,
  within: readonly string[],
  at: Stretch,
): readonly Declaration[] {
  const found = reading.resolve(file, from.name);
  if (found === undefined) throw refusal("include", `There is no file ${JSON.stringify(file)} to include.`, at);
  if (within.includes(found.name)) throw refusal("include", `${JSON.stringify(file)} includes itself.`, at);
  if (within.length > MAXIMUM_INCLUDES) {
    throw refusal("include", `Files include one another in a chain of more than ${MAXIMUM_INCLUDES}.`, at);
  }
  const c = cursorOf(reading, { ...found, prelude: from.prelude }, within, at);
  const declarations = parseDeclarations(c);
  if (c.kind !== "<end>") {
    c.refuse(`Expected a declaration, but found ${described(c.token)}.`, "An included file holds declarations only.");
  }
  return declarations;
}

function toEnd(c: Cursor): Expression {
  if (c.kind === "<end>") c.refuse("The program is empty.", "To do nothing, write `stop`.");
  const program = c.expression();
  if (c.kind === "<end>") return program;
  const { kind } = c.token;
  const stands = `Expected an operator or the end of the program, but found ${described(c.token)}.`;
  if (startsDeclaration(c)) return c.refuse(stands, "Declarations stand before the expression that uses them.");
  if (kind === ")" || kind === "]" || kind === ".}") return c.refuse(`This \`${kind}\` closes nothing.`);
  return c.refuse(stands, c.hint() ?? "Join two expressions with `|`, `>>` or `;`; arguments stand in parentheses.");
}

function guarded<T>(parse: () => T): Parsed<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, finding: error.finding };
    throw error;
  }
}

/** A program: declarations and an expression. @returns the tree and how many occurrences of names it has */
export function parseProgram(
  source: Source,
  texts: Texts,
  resolve: Resolve,
): Parsed<{ readonly expression: Expression; readonly occurrences: number }> {
  const reading: Reading = { texts, resolve, count: 0, size: 0 };
  return guarded(() => {
    const expression = toEnd(cursorOf(reading, source, []));
    return { expression, occurrences: reading.count };
  });
}

/** Texts of declarations only, one behind the other, as one list: the prelude. */
export function parseLibrary(
  sources: readonly Source[],
  texts: Texts,
): Parsed<{ readonly declarations: readonly Declaration[]; readonly occurrences: number }> {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const reading: Reading = { texts, resolve: (file) => byName.get(file), count: 0, size: 0 };
  return guarded(() => {
    const declarations = sources.flatMap((source) => {
      const c = cursorOf(reading, source, []);
      const found = parseDeclarations(c);
      if (c.kind !== "<end>") c.refuse(`Expected a declaration, but found ${described(c.token)}.`);
      return found;
    });
    return { declarations, occurrences: reading.count };
  });
}
