// Expressions: prefix forms, then one Pratt loop over the levels of operators.ts; calls.ts reads the operands.
import { described } from "../source/tokens.ts";
import type { Arm, Expression, Operation, Pattern, Piped } from "./ast.ts";
import { unary } from "./calls.ts";
import type { Cursor } from "./cursor.ts";
import { parseClause, parseDeclarations, startsDeclaration } from "./declarations.ts";
import { COMBINATORS, LEVELS, LOOSEST } from "./operators.ts";
import { parsePattern } from "./patterns.ts";
import { parseType } from "./types.ts";

const spanning = (first: Expression, c: Cursor): { readonly start: number; readonly end: number } => ({
  start: first.start,
  end: c.behind,
});

/** expr, one level deeper than what asks for it: {@link Cursor.expression} */
export function parseExpression(c: Cursor): Expression {
  const { start } = c.token;
  if (c.kind === "if") return conditional(c);
  if (c.kind === "lambda") {
    c.next();
    const clause = parseClause(c);
    return { kind: "lambda", clause, start, end: c.behind };
  }
  if (startsDeclaration(c)) {
    const declarations = parseDeclarations(c);
    if (c.kind === "<end>") {
      const fix =
        "A program ends in an expression. Line ends mean nothing: one that begins with `(`, `-`, `|`, `?` or `.` was read as " +
        "part of the declaration above, unless that ends with `#`.";
      c.refuse("These declarations are not followed by an expression.", fix);
    }
    const body = c.expression();
    return { kind: "declare", declarations, body, start, end: c.behind };
  }
  return typed(c);
}

/** otherwise [ ("::" | ":!:") type ] */
function typed(c: Cursor): Expression {
  const inner = level(c, LOOSEST);
  const mark = c.take("::") ?? c.take(":!:");
  if (mark === undefined) return inner;
  const type = parseType(c);
  return { kind: "typed", expression: inner, type, override: mark.kind === ":!:", ...spanning(inner, c) };
}

/** "if" expr "then" expr "else" expr; an `if` behind `else` is one more arm. */
function conditional(c: Cursor): Expression {
  const { start } = c.token;
  const arms: Arm[] = [];
  do {
    c.expect("if");
    const condition = c.expression();
    c.expect("then");
    const yes = c.expression();
    if (c.kind !== "else") {
      const fix = "Every `if` has an `else`; `Ift(b) >> e` does e only if b.";
      c.refuse(`Expected \`else\`, but found ${described(c.token)}.`, fix);
    }
    c.next();
    arms.push({ condition, yes });
  } while (c.kind === "if");
  const no = c.expression();
  return { kind: "if", arms, no, start, end: c.behind };
}

/** Everything whose operators bind at least as tightly as `minimum`. */
function level(c: Cursor, minimum: number): Expression {
  let left = unary(c);
  for (;;) {
    const found = LEVELS.get(c.kind);
    if (found === undefined || found.level < minimum) return left;
    left = COMBINATORS.has(c.kind) ? combined(c, left, found.level) : operated(c, left, found.level);
  }
}

/** A chain of one level that begins with `first`; the first operator stands next. */
function operated(c: Cursor, first: Expression, at: number): Expression {
  const rest: Operation[] = [];
  const grouping = LEVELS.get(c.kind)?.grouping;
  while (LEVELS.get(c.kind)?.level === at) {
    if (grouping === "none" && rest.length > 0) {
      const fix =
        at === LEVELS.get("=")?.level ? "Write `a = b && b = c`, or parentheses." : "Put parentheses around one.";
      c.refuse(`\`${c.kind}\` does not chain.`, fix);
    }
    const token = c.next();
    rest.push({ operator: c.occurrence(token, token.kind), right: level(c, at + 1) });
  }
  return { kind: "operators", first, rest, ...spanning(first, c) };
}

function combined(c: Cursor, first: Expression, at: number): Expression {
  if (c.kind === "|" || c.kind === ";") {
    const operator = c.kind;
    const branches = [first];
    while (c.take(operator) !== undefined) branches.push(level(c, at + 1));
    const kind = operator === "|" ? "parallel" : "otherwise";
    return { kind, branches, ...spanning(first, c) };
  }
  const mark = c.kind;
  const rest: Piped[] = [];
  while (c.kind === mark) {
    const pattern = betweenMarks(c, mark);
    rest.push({ pattern, expression: level(c, at + 1) });
  }
  return { kind: mark === ">" ? "sequential" : "prune", first, rest, ...spanning(first, c) };
}

/** `>` [pat] `>`, or `<` [pat] `<` */
function betweenMarks(c: Cursor, mark: string): Pattern | undefined {
  const first = c.next();
  if (c.take(mark) !== undefined) return undefined;
  const comparison = mark === ">" ? ":>" : "<:";
  const fix = `A comparison is written \`${comparison}\`; the combinator is \`${mark}${mark}\` or \`${mark}x${mark}\`.`;
  const pattern = c.attempt(() => parsePattern(c));
  if (pattern === undefined || c.kind !== mark) {
    c.refuse(`This \`${mark}\` is not followed by a pattern and another \`${mark}\`.`, fix, first);
  }
  c.next();
  return pattern;
}
