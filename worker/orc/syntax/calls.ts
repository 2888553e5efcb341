// Operands: signs, calls and bases.
//
// unary = "-" number | ("-" | "~") call | call
// call  = base { "." ident | "?" | [ "[" type,* "]" ] "(" expr,* ")" }
// base  = literal | ident | "stop" | "[" expr,* "]" | "{." (ident "=" expr),* ".}" | "(" expr ")" | "(" expr "," expr,+ ")"
import { described, type Token } from "../source/tokens.ts";
import type { Expression, Name, Step, Type } from "./ast.ts";
import { UNDERSCORE, type Cursor } from "./cursor.ts";
import { startsDeclaration } from "./declarations.ts";
import { literalOf, negativeLiteral } from "./patterns.ts";
import { parseType } from "./types.ts";

const POINT = "Write digits on both sides of the point: `0.5`, `1.0`.";

export function unary(c: Cursor): Expression {
  const token = c.token;
  const { start } = token;
  const negative = negativeLiteral(c);
  if (negative !== undefined) return { kind: "literal", literal: negative, start, end: c.behind };
  if (token.kind !== "-" && token.kind !== "~") return call(c);
  c.next();
  if (c.kind === "-" || c.kind === "~") {
    const fix = `Write \`${token.kind}(${c.kind}…)\`.`;
    c.refuse(`\`${token.kind}\` cannot stand before another \`${c.kind}\`.`, fix);
  }
  const operator = c.occurrence(token, token.kind === "-" ? "0-" : "~");
  const operand = call(c);
  return { kind: "unary", operator, operand, start, end: c.behind };
}

function call(c: Cursor): Expression {
  const first = base(c);
  const steps: Step[] = [];
  for (let next = step(c); next !== undefined; next = step(c)) steps.push(next);
  return steps.length === 0 ? first : { kind: "chain", base: first, steps, start: first.start, end: c.behind };
}

function step(c: Cursor): Step | undefined {
  const token = c.token;
  const { start } = token;
  switch (token.kind) {
    case ".": {
      c.next();
      if (c.peek(-2).kind === "<integer>" && c.kind !== "<name>")
        c.refuse("A number cannot end with its point.", POINT);
      const { name } = c.name("the name of a member after `.`");
      return { kind: "field", name, start, end: c.behind };
    }
    case "?":
      c.next();
      return { kind: "read", operator: c.occurrence(token, "?"), start, end: token.end };
    case "(":
      return argumentList(c, undefined, start);
    case "[": {
      const types = typeArguments(c);
      return types && argumentList(c, types, start);
    }
    default:
      return undefined;
  }
}

/** `[ type,* ]` before an argument list. Any other list behind an expression begins something new (`val a = b  [a, 1]`). */
function typeArguments(c: Cursor): readonly Type[] | undefined {
  if (c.behindBracket(0)?.kind !== "(") return undefined;
  return c.attempt(() => c.list(c.next(), "]", () => parseType(c)));
}

function argumentList(c: Cursor, types: readonly Type[] | undefined, start: number): Step {
  const items = c.list(c.expect("("), ")", () => c.expression());
  return { kind: "arguments", types, items, start, end: c.behind };
}

function base(c: Cursor): Expression {
  const token = c.token;
  const { start, end } = token;
  const literal = literalOf(token);
  if (literal !== undefined) {
    c.next();
    return { kind: "literal", literal, start, end };
  }
  switch (token.kind) {
    case "<name>":
      c.next();
      return { kind: "variable", occurrence: c.occurrence(token, token.text), start, end };
    case "stop":
      c.next();
      return { kind: "stop", start, end };
    case "[": {
      const items = c.list(c.next(), "]", () => c.expression());
      return { kind: "list", items, start, end: c.behind };
    }
    case "{.": {
      const fields = c.list(c.next(), ".}", () => field(c));
      return { kind: "record", fields, start, end: c.behind };
    }
    case "(":
      return parenthesised(c);
    default:
      return noOperand(c, token);
  }
}

function field(c: Cursor): { readonly key: Name; readonly value: Expression } {
  const key = c.name("a key of the record");
  c.expect("=");
  return { key, value: c.expression() };
}

function parenthesised(c: Cursor): Expression {
  const open = c.next();
  if (c.kind === ")") c.refuse("`()` is no expression.", "Write `signal`; a tuple has at least two parts.", open);
  const first = c.expression();
  if (c.take(",") === undefined) {
    c.close(")", open);
    return first;
  }
  if (c.kind === ")") c.refuse("A tuple has at least two parts.", "Leave out the comma.");
  const items = [first, ...c.list(open, ")", () => c.expression())];
  return { kind: "tuple", items, start: open.start, end: c.behind };
}

function noOperand(c: Cursor, token: Token): never {
  if (token.kind === "_") c.refuse("`_` is a pattern, no expression.", UNDERSCORE);
  if (token.kind === "." && c.peek(1).kind === "<integer>") c.refuse("A number cannot begin with its point.", POINT);
  const form = token.kind === "if" || token.kind === "lambda" || startsDeclaration(c);
  if (!form) return c.refuse(`Expected an expression, but found ${described(token)}.`);
  const message = `\`${token.kind}\` cannot stand behind an operator.`;
  return c.refuse(message, `Put it in parentheses: \`(${token.kind} …)\`.`);
}
