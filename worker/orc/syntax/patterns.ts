// pat     = conspat [ "as" ident ] [ "::" type ]
// conspat = basepat [ ":" conspat ]
// basepat = [ "-" ] number | literal | "_" | ident "(" pat,* ")" | ident | "(" pat ")" | "(" pat "," pat,* ")"
//         | "[" pat,* "]" | "{." (ident "=" pat),* ".}"
import { described, type Token } from "../source/tokens.ts";
import type { Literal, Name, Pattern } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseType } from "./types.ts";

/** The literal a token is, if it is one. */
export function literalOf({ kind, text }: Token): Literal | undefined {
  switch (kind) {
    case "<integer>":
    case "<number>":
      return { type: kind === "<integer>" ? "integer" : "number", text: text.replace(/^0+(?=[0-9])/, "") };
    case "<string>":
      return { type: "string", text };
    case "true":
    case "false":
      return { type: "boolean", value: kind === "true" };
    case "signal":
    case "null":
      return { type: kind === "null" ? "null" : "signal" };
    default:
      return undefined;
  }
}

/** A number with `-` before it. */
export function negated(literal: Literal): Literal {
  if (literal.type === "integer") return { type: "integer", text: literal.text === "0" ? "0" : `-${literal.text}` };
  return literal.type === "number" ? { type: "number", text: `-${literal.text}` } : literal;
}

const isNumber = ({ kind }: Token): boolean => kind === "<integer>" || kind === "<number>";

/** `- number`, else undefined. */
export function negativeLiteral(c: Cursor): Literal | undefined {
  if (c.kind !== "-" || !isNumber(c.peek(1))) return undefined;
  c.next();
  const literal = literalOf(c.next());
  return literal && negated(literal);
}

function patternField(c: Cursor): { readonly key: Name; readonly pattern: Pattern } {
  const key = c.name("a key of the record");
  c.expect("=");
  return { key, pattern: parsePattern(c) };
}

/** `(p)` is p; `(p,)` and `(p, q)` are tuples. */
function parenthesised(c: Cursor): Pattern {
  const open = c.next();
  if (c.kind === ")") c.refuse("There is no empty tuple.", "Write `_` for a value nobody needs, or `signal`.", open);
  const first = parsePattern(c);
  if (c.take(",") === undefined) {
    c.close(")", open);
    return first;
  }
  const parts = [first, ...c.list(open, ")", () => parsePattern(c))];
  return { kind: "tuple", parts, start: open.start, end: c.behind };
}

function named(c: Cursor): Pattern {
  const token = c.next();
  const { text: name, start } = token;
  const open = c.take("(");
  const target = c.occurrence(token, name);
  if (open === undefined) return { kind: "bind", name: target, start, end: token.end };
  const parts = c.list(open, ")", () => parsePattern(c));
  return { kind: "call", target, parts, start, end: c.behind };
}

function basePattern(c: Cursor): Pattern {
  const token = c.token;
  const { start } = token;
  const negative = negativeLiteral(c);
  if (negative !== undefined) return { kind: "literal", literal: negative, start, end: c.behind };
  const literal = literalOf(token);
  if (literal !== undefined) return { kind: "literal", literal, start, end: c.next().end };
  switch (token.kind) {
    case "_":
      return { kind: "any", start, end: c.next().end };
    case "<name>":
      return named(c);
    case "(":
      return parenthesised(c);
    case "[": {
      const parts = c.list(c.next(), "]", () => parsePattern(c));
      return { kind: "list", parts, start, end: c.behind };
    }
    case "{.": {
      const fields = c.list(c.next(), ".}", () => patternField(c));
      return { kind: "record", fields, start, end: c.behind };
    }
    default:
      return c.refuse(`Expected a pattern, but found ${described(token)}.`);
  }
}

function consPattern(c: Cursor): Pattern {
  const { start } = c.token;
  const heads: Pattern[] = [];
  let tail = basePattern(c);
  while (c.take(":") !== undefined) {
    heads.push(tail);
    tail = basePattern(c);
  }
  return heads.length === 0 ? tail : { kind: "cons", heads, tail, start, end: c.behind };
}

function whole(c: Cursor): Pattern {
  const { start } = c.token;
  let pattern = consPattern(c);
  if (c.take("as") !== undefined) {
    const token = c.token;
    const name = c.occurrence(token, c.name("a name after `as`").name);
    pattern = { kind: "as", pattern, name, start, end: c.behind };
  }
  if (c.take("::") !== undefined) pattern = { kind: "typed", pattern, type: parseType(c), start, end: c.behind };
  return pattern;
}

export const parsePattern = (c: Cursor): Pattern => c.nested(() => whole(c));
