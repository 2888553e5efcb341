// Second pass: surface to core (orc.md §3), one function per kind of expression.
import type { Finding } from "../../source/diagnostics.ts";
import type { Arm, Expression, Kinded } from "../../syntax/ast.ts";
import type { Builder } from "../builder.ts";
import type { Group, Meaning } from "../names.ts";
import type { Binding, NodeId } from "../program.ts";
import { atomOf, deflate } from "./arguments.ts";
import { bindingOf } from "./bindings.ts";
import { construct } from "./calls.ts";
import { pruned, wrapped, type Block, type Translator } from "./context.ts";
import { declaring } from "./declare.ts";
import { defineStatic, lambda } from "./functions.ts";
import { sequential } from "./sequential.ts";

export function newTranslator(
  builder: Builder,
  meanings: readonly (Meaning | undefined)[],
  groups: ReadonlyMap<object, Group>,
  warn: (finding: Finding) => void,
): Translator {
  const t: Translator = {
    builder,
    defineStatic: (f) => defineStatic(t, f),
    declaring: (e, block, body) => declaring(t, e, block, body),
    meanings,
    groups,
    warn,
    expression: (e, block, tail) => expression(t, e, block, tail),
    construct: (e, block, tail) => construct(t, e, block, tail),
  };
  return t;
}

function expression(t: Translator, e: Expression, block: Block, tail: boolean): NodeId {
  switch (e.kind) {
    case "stop":
      return t.builder.node({ kind: "stop" }, e);
    case "literal":
    case "variable":
      return atom(t, e, block);
    case "tuple":
    case "list":
    case "record":
    case "chain":
    case "unary":
    case "operators":
      return constructed(t, e, block, tail);
    case "parallel":
      return parallel(t, e, block, tail);
    case "otherwise":
      return otherwise(t, e, block, tail);
    case "sequential":
      return sequential(t, e, block, tail);
    case "prune":
      return prune(t, e, block, tail);
    case "if":
      return conditional(t, e, block, tail);
    case "lambda":
      return lambda(t, e, block);
    case "declare":
      return t.declaring(e, block, () => t.expression(e.body, block, tail));
    case "typed":
      return t.expression(e.expression, block, tail);
  }
}

function atom(t: Translator, e: Expression, block: Block): NodeId {
  const operand = atomOf(t, e, block);
  return t.builder.node(operand === undefined ? { kind: "stop" } : { kind: "atom", operand }, e);
}

function constructed(t: Translator, e: Expression, block: Block, tail: boolean): NodeId {
  const made = e.kind === "list" && e.items.length === 0 ? undefined : construct(t, e, block, tail);
  return made === undefined ? atom(t, e, block) : wrapped(t, made);
}

function parallel(t: Translator, e: Kinded<"parallel">, block: Block, tail: boolean): NodeId {
  const branches = e.branches.map((branch) => t.expression(branch, block, tail));
  return t.builder.node({ kind: "parallel", branches }, e);
}

/** Only the last branch stands outside of a scope of its own. */
function otherwise(t: Translator, e: Kinded<"otherwise">, block: Block, tail: boolean): NodeId {
  const last = e.branches.length - 1;
  const branches = e.branches.map((branch, at) => t.expression(branch, block, tail && at === last));
  return t.builder.node({ kind: "otherwise", branches }, e);
}

function prune(t: Translator, e: Kinded<"prune">, block: Block, tail: boolean): NodeId {
  const bindings: Binding[] = [];
  for (const { pattern, expression: right } of e.rest.toReversed()) bindings.push(bindingOf(t, pattern, right, block));
  return pruned(t, bindings, t.expression(e.first, block, tail), e);
}

/** The arms from the last one back. */
function conditional(t: Translator, e: Kinded<"if">, block: Block, tail: boolean): NodeId {
  let no = t.expression(e.no, block, tail);
  for (const arm of e.arms.toReversed()) no = branch(t, arm, no, block, tail);
  return no;
}

function branch(t: Translator, { condition, yes: taken }: Arm, no: NodeId, block: Block, tail: boolean): NodeId {
  const bindings: Binding[] = [];
  const operand = deflate(t, condition, { block, bindings, strict: true });
  const yes = t.expression(taken, block, tail);
  return pruned(t, bindings, t.builder.node({ kind: "branch", condition: operand, yes, no }, condition), condition);
}
