// type = ident [ "[" type,* "]" ] | "(" type,* ")" | "{." (ident "::" type),* ".}"
//      | "lambda" [tparams] "(" type,* ")" "::" type
// Types are read whole and mean nothing (orc.md §11).
import { described } from "../source/tokens.ts";
import type { Name, Type } from "./ast.ts";
import type { Cursor } from "./cursor.ts";

/** `[ ident,* ]`, if there is one. */
export function typeParameters(c: Cursor): readonly Name[] | undefined {
  const open = c.take("[");
  return open && c.list(open, "]", () => c.name("a type parameter"));
}

function typeLambda(c: Cursor): Type {
  const { start } = c.expect("lambda");
  const parameters = typeParameters(c);
  const open = c.expect("(");
  const types = c.list(open, ")", () => parseType(c));
  c.expect("::");
  const result = parseType(c);
  return { kind: "lambda", typeParameters: parameters, parameters: types, result, start, end: c.behind };
}

function typeField(c: Cursor): { readonly key: string; readonly type: Type } {
  const { name: key } = c.name("the name of a member");
  c.expect("::");
  return { key, type: parseType(c) };
}

function typeOf(c: Cursor): Type {
  const token = c.token;
  const { start } = token;
  switch (token.kind) {
    case "(": {
      const parts = c.list(c.next(), ")", () => parseType(c));
      return { kind: "tuple", parts, start, end: c.behind };
    }
    case "{.": {
      const fields = c.list(c.next(), ".}", () => typeField(c));
      return { kind: "record", fields, start, end: c.behind };
    }
    case "lambda":
      return typeLambda(c);
    case "<name>": {
      c.next();
      const open = c.take("[");
      const types = open && c.list(open, "]", () => parseType(c));
      return { kind: "name", name: token.text, arguments: types, start, end: c.behind };
    }
    default:
      return c.refuse(`Expected a type, but found ${described(token)}.`);
  }
}

export const parseType = (c: Cursor): Type => c.nested(() => typeOf(c));
