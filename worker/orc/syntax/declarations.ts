// decl  = ( "val" pat "=" expr
//         | "def" [ "class" ] ident [tparams] "(" pat,* ")" [ "::" type ] [ guard ] "=" expr
//         | "def" ident [tparams] "(" type,* ")" "::" type
//         | "type" ident [tparams] "=" ctor { "|" ctor }
//         | "type" ident [tparams] "=" type
//         | "import" ("site" | "class" | "type") ident "=" string
//         | "include" string ) [ "#" ]
// guard = "if" "(" expr ")"
// ctor  = ident "(" ( type,* | "_",* ) ")"
import { described } from "../source/tokens.ts";
import type { Clause, Datatype, Declaration, Declared, Expression, Name, Type } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { parsePattern } from "./patterns.ts";
import { parseType, typeParameters } from "./types.ts";

const STARTS: ReadonlySet<string> = new Set(["val", "def", "type", "import", "include"]);

export const startsDeclaration = (c: Cursor): boolean => STARTS.has(c.kind);

/** All declarations that stand here, one behind the other. */
export function parseDeclarations(c: Cursor): Declaration[] {
  const declarations: Declaration[] = [];
  while (startsDeclaration(c)) {
    declarations.push(declaration(c));
    c.take("#");
  }
  return declarations;
}

function declaration(c: Cursor): Declaration {
  switch (c.kind) {
    case "val":
      return val(c);
    case "def":
      return def(c);
    case "type":
      return typeDeclaration(c);
    case "import":
      return importDeclaration(c);
    default:
      return include(c);
  }
}

function val(c: Cursor): Declaration {
  const { start } = c.next();
  const pattern = parsePattern(c);
  c.expect("=");
  const value = c.expression();
  return { kind: "val", pattern, value, start, end: c.behind };
}

/** [tparams] "(" pat,* ")" [ "::" type ] [ guard ] "=" expr */
export function parseClause(c: Cursor): Clause {
  const types = typeParameters(c);
  const open = c.expect("(", "`(` and the parameters");
  const parameters = c.list(open, ")", () => parsePattern(c));
  const result = c.take("::") && parseType(c);
  const guard = parseGuard(c);
  c.expect("=", guard === undefined ? "`=` or `if (…) =`" : "`=`");
  return { typeParameters: types, parameters, result, guard, body: c.expression() };
}

function parseGuard(c: Cursor): Expression | undefined {
  if (c.take("if") === undefined) return undefined;
  const open = c.expect("(", "`(` and the guard");
  const guard = c.expression();
  c.close(")", open);
  return guard;
}

function def(c: Cursor): Declaration {
  const { start } = c.next();
  const isClass = c.token.text === "class" && c.peek(1).kind === "<name>" && c.next() !== undefined;
  const name = c.name("the name of a function");
  if (!isClass && isSignature(c)) return signature(c, start, name);
  const clause = parseClause(c);
  return { kind: "def", name, isClass, clause, start, end: c.behind };
}

/**
 * Behind the name: a signature has a type behind its parameters, and then neither `=` nor a guard and `=`. Looked up
 * without reading the parameters, so that what is wrong in them is said by whoever reads them.
 */
function isSignature(c: Cursor): boolean {
  const bracket = c.kind === "[" ? bracketWidth(c) : 0;
  if (c.peek(bracket).kind !== "(" || c.behindBracket(bracket)?.kind !== "::") return false;
  return c.ahead(() => {
    for (let at = 0; at < bracket; at++) c.next();
    c.skipToClosing();
    c.next();
    c.expect("::");
    parseType(c);
    if (c.kind === "=") return false;
    return !(c.kind === "if" && c.peek(1).kind === "(" && c.behindBracket(1)?.kind === "=");
  });
}

/** Tokens of the type parameters that stand here. */
function bracketWidth(c: Cursor): number {
  return c.ahead(() => {
    const from = c.mark;
    return c.skipToClosing() ? c.mark + 1 - from : 0;
  });
}

function signature(c: Cursor, start: number, name: Name): Declaration {
  const types = typeParameters(c);
  const open = c.expect("(");
  const parameters = c.list(open, ")", () => parseType(c));
  c.expect("::");
  const result = parseType(c);
  return { kind: "signature", name, typeParameters: types, parameters, result, start, end: c.behind };
}

function typeDeclaration(c: Cursor): Declaration {
  const { start } = c.next();
  const name = c.name("the name of a type");
  const types = typeParameters(c);
  c.expect("=");
  // `A(_, …` is no type; `A(B, …` may be an alias `A` before an expression in parentheses.
  const isDatatype = c.peek(1).kind === "(" && c.peek(2).kind === "_";
  const constructors = isDatatype ? constructorList(c) : c.attempt(() => constructorList(c));
  if (constructors !== undefined) {
    return { kind: "datatype", typeParameters: types, datatype: { name, constructors }, start, end: c.behind };
  }
  const type = parseType(c);
  return { kind: "alias", name, typeParameters: types, type, start, end: c.behind };
}

type Constructors = Datatype["constructors"];

function constructorList(c: Cursor): Constructors {
  const constructors = [constructor(c)];
  while (c.take("|") !== undefined) constructors.push(constructor(c));
  return constructors;
}

function constructor(c: Cursor): Constructors[number] {
  const { start } = c.token;
  const name = c.name("a constructor");
  const open = c.expect("(");
  if (c.kind === "_") {
    const arity = c.list(open, ")", () => c.expect("_")).length;
    return { name, arity, types: undefined, start, end: c.behind };
  }
  const types: readonly Type[] = c.list(open, ")", () => parseType(c));
  return { name, arity: types.length, types: types.length === 0 ? undefined : types, start, end: c.behind };
}

const IMPORTS: ReadonlySet<string> = new Set(["site", "class", "type"]);

function importDeclaration(c: Cursor): Declared<"import"> {
  const { start } = c.next();
  const what = c.token;
  const word = what.kind === "type" ? "type" : what.text;
  if (!IMPORTS.has(word)) {
    c.refuse(`Expected \`site\`, \`class\` or \`type\` behind \`import\`, but found ${described(what)}.`);
  }
  c.next();
  const name = c.name("a name for what is imported");
  c.expect("=");
  const { text: target } = c.expect("<string>", "a string");
  return { kind: "import", what: word as "site" | "class" | "type", name, target, start, end: c.behind };
}

function include(c: Cursor): Declaration {
  const { start } = c.next();
  const file = c.expect("<string>", "the name of a file, a string");
  const end = c.behind;
  return { kind: "include", file: file.text, declarations: c.include(file.text, file), start, end };
}
