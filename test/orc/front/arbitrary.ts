// Trees at random, of every kind of node, as fast-check makes and shrinks them. Positions and numbers are left at 0.
import * as fc from "fast-check";
import type {
  Clause,
  Declaration,
  Expression,
  Literal,
  Name,
  Occurrence,
  Pattern,
  Step,
  Type,
} from "../../../worker/orc/syntax/ast.ts";

const nowhere = { start: 0, end: 0 };

const word = fc.oneof(
  fc.constantFrom("x", "y'", "Node", "class", "site", "f1", "été", "名前", "ΔΣ", "𝒳"),
  fc.constantFrom("+", "**", "0-", "=", ":=", "?", "."),
);
const plain = fc.constantFrom("x", "List", "A", "site");
const occurrence = (name: string): Occurrence => ({ name, number: 0, ...nowhere });
const named = (name: string): Name => ({ name, ...nowhere });

const digits = fc.nat({ max: 10 ** 9 }).map(String);
const integer = digits.map((text): Literal => ({ type: "integer", text }));
const number = fc
  .tuple(digits, fc.constantFrom(".5", ".50", "e3", ".25E-7", "e+2"))
  .map(([whole, rest]): Literal => ({ type: "number", text: whole + rest }));
const string = fc.string({ unit: "binary" }).map((text): Literal => ({ type: "string", text }));
const other = fc.constantFrom<Literal>(
  { type: "boolean", value: true },
  { type: "boolean", value: false },
  { type: "signal" },
  { type: "null" },
);
const negative = fc.oneof(integer, number).map((literal): Literal => {
  const text = literal.type === "integer" || literal.type === "number" ? literal.text : "1";
  if (text === "0") return { type: "integer", text };
  return { type: literal.type === "number" ? "number" : "integer", text: `-${text}` };
});
const literal = fc.oneof(integer, number, string, other, negative);

const few = <T>(one: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> => fc.array(one, { minLength, maxLength: 3 });
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const typeParameters = maybe(few(plain.map(named)));

const { type } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.tuple(plain, maybe(few(tie("type")))).map(([name, types]): Type => {
      return { kind: "name", name, arguments: types, ...nowhere };
    }),
    few(tie("type")).map((parts): Type => ({ kind: "tuple", parts, ...nowhere })),
    few(fc.record({ key: plain, type: tie("type") })).map((fields): Type => ({ kind: "record", fields, ...nowhere })),
    fc.tuple(typeParameters, few(tie("type")), tie("type")).map(([parameters, types, result]): Type => {
      return { kind: "lambda", typeParameters: parameters, parameters: types, result, ...nowhere };
    }),
  ),
}));

const { pattern } = fc.letrec<{ pattern: Pattern }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    word.map((name): Pattern => ({ kind: "bind", name: occurrence(name), ...nowhere })),
    fc.constant<Pattern>({ kind: "any", ...nowhere }),
    literal.map((made): Pattern => ({ kind: "literal", literal: made, ...nowhere })),
    few(tie("pattern"), 1).map((parts): Pattern => ({ kind: "tuple", parts, ...nowhere })),
    few(tie("pattern")).map((parts): Pattern => ({ kind: "list", parts, ...nowhere })),
    fc
      .tuple(few(tie("pattern"), 1), tie("pattern"))
      .map(([heads, tail]): Pattern => ({ kind: "cons", heads, tail, ...nowhere })),
    few(fc.record({ key: word.map(named), pattern: tie("pattern") })).map((fields): Pattern => {
      return { kind: "record", fields, ...nowhere };
    }),
    fc
      .tuple(word, few(tie("pattern")))
      .map(([name, parts]): Pattern => ({ kind: "call", target: occurrence(name), parts, ...nowhere })),
    fc
      .tuple(tie("pattern"), word)
      .map(([inner, name]): Pattern => ({ kind: "as", pattern: inner, name: occurrence(name), ...nowhere })),
    fc.tuple(tie("pattern"), type).map(([inner, made]): Pattern => {
      return { kind: "typed", pattern: inner, type: made, ...nowhere };
    }),
  ),
}));

/** Operators of one level, as a chain may have them, and how many of them. */
const level = fc.constantFrom<readonly [operators: string, chains: boolean]>(
  [":=", false],
  ["|| &&", true],
  ["<: :> <= >= = /=", false],
  [":", true],
  ["+ -", true],
  ["* / %", true],
  ["**", true],
);

function operators(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return level.chain(([names, chains]) =>
    fc
      .tuple(
        expression,
        fc.array(fc.tuple(fc.constantFrom(...names.split(" ")), expression), {
          minLength: 1,
          maxLength: chains ? 3 : 1,
        }),
      )
      .map(([first, rest]): Expression => ({
        kind: "operators",
        first,
        rest: rest.map(([name, right]) => ({ operator: occurrence(name), right })),
        ...nowhere,
      })),
  );
}

function step(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Step> {
  return fc.oneof(
    word.map((name): Step => ({ kind: "field", name, ...nowhere })),
    fc.constant<Step>({ kind: "read", operator: occurrence("?"), ...nowhere }),
    fc.tuple(maybe(few(type)), few(expression)).map(([types, items]): Step => {
      return { kind: "arguments", types, items, ...nowhere };
    }),
  );
}

function clause(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Clause> {
  return fc.record({
    typeParameters,
    parameters: few(pattern),
    result: maybe(type),
    guard: maybe(expression),
    body: expression,
  });
}

const constructor = fc
  .tuple(word, fc.nat({ max: 2 }), fc.boolean(), fc.array(type, { minLength: 2, maxLength: 2 }))
  .map(([name, arity, typed, types]) => ({
    name: named(name),
    arity,
    types: typed && arity > 0 ? types.slice(0, arity) : undefined,
    ...nowhere,
  }));

function declaration(expression: fc.Arbitrary<Expression>): fc.Arbitrary<Declaration> {
  return fc.oneof(
    fc.tuple(pattern, expression).map(([p, value]): Declaration => ({ kind: "val", pattern: p, value, ...nowhere })),
    fc.tuple(word, fc.boolean(), clause(expression)).map(([name, isClass, made]): Declaration => ({
      kind: "def",
      name: named(name),
      isClass,
      clause: made,
      ...nowhere,
    })),
    fc.tuple(word, typeParameters, few(type), type).map(([name, parameters, types, result]): Declaration => {
      return {
        kind: "signature",
        name: named(name),
        typeParameters: parameters,
        parameters: types,
        result,
        ...nowhere,
      };
    }),
    fc.tuple(word, typeParameters, few(constructor, 1)).map(([name, parameters, constructors]): Declaration => {
      return {
        kind: "datatype",
        typeParameters: parameters,
        datatype: { name: named(name), constructors },
        ...nowhere,
      };
    }),
    fc.tuple(word, typeParameters, type).map(([name, parameters, made]): Declaration => {
      return { kind: "alias", name: named(name), typeParameters: parameters, type: made, ...nowhere };
    }),
    fc
      .tuple(fc.constantFrom("site" as const, "class" as const, "type" as const), word, fc.string())
      .map(([what, name, target]): Declaration => ({ kind: "import", what, name: named(name), target, ...nowhere })),
  );
}

export const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie("expression");
  const piped = fc.array(fc.record({ pattern: maybe(pattern), expression: inner }), { minLength: 1, maxLength: 3 });
  const two = fc.array(inner, { minLength: 2, maxLength: 3 });
  const atMost = { maxDepth: 4, withCrossShrink: true };
  return {
    expression: fc.oneof(
      atMost,
      literal.map((made): Expression => ({ kind: "literal", literal: made, ...nowhere })),
      word.map((name): Expression => ({ kind: "variable", occurrence: occurrence(name), ...nowhere })),
      fc.constant<Expression>({ kind: "stop", ...nowhere }),
      two.map((items): Expression => ({ kind: "tuple", items, ...nowhere })),
      few(inner).map((items): Expression => ({ kind: "list", items, ...nowhere })),
      few(fc.record({ key: word.map(named), value: inner })).map((fields): Expression => {
        return { kind: "record", fields, ...nowhere };
      }),
      fc
        .tuple(inner, few(step(inner), 1))
        .filter(([base]) => base.kind !== "chain")
        .map(([base, steps]): Expression => ({ kind: "chain", base, steps, ...nowhere })),
      fc.tuple(fc.constantFrom("0-", "~"), inner).map(([name, operand]): Expression => {
        return { kind: "unary", operator: occurrence(name), operand, ...nowhere };
      }),
      operators(inner),
      fc.tuple(inner, piped).map(([first, rest]): Expression => ({ kind: "sequential", first, rest, ...nowhere })),
      fc.tuple(inner, piped).map(([first, rest]): Expression => ({ kind: "prune", first, rest, ...nowhere })),
      two.map((branches): Expression => ({ kind: "parallel", branches, ...nowhere })),
      two.map((branches): Expression => ({ kind: "otherwise", branches, ...nowhere })),
      fc
        .tuple(few(fc.record({ condition: inner, yes: inner }), 1), inner)
        .filter(([, no]) => no.kind !== "if")
        .map(([arms, no]): Expression => ({ kind: "if", arms, no, ...nowhere })),
      clause(inner).map((made): Expression => ({ kind: "lambda", clause: made, ...nowhere })),
      fc
        .tuple(few(declaration(inner), 1), inner)
        .filter(([, body]) => body.kind !== "declare")
        .map(([declarations, body]): Expression => ({ kind: "declare", declarations, body, ...nowhere })),
      fc.tuple(inner, type, fc.boolean()).map(([typed, made, override]): Expression => {
        return { kind: "typed", expression: typed, type: made, override, ...nowhere };
      }),
    ),
  };
});
