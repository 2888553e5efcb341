// Functions, classes and lambdas: components are made by one `define` node, clauses become one body of match and guard nodes.
import type { Stretch } from "../../source/texts.ts";
import type { Clause, Kinded, Pattern as Surface } from "../../syntax/ast.ts";
import { isStatic, type Comp, type Func, type Group } from "../names.ts";
import { variablesOf } from "../resolve-patterns.ts";
import { isLenient } from "../warnings.ts";
import type { Binding, Component, NodeId, Operand, Pattern } from "../program.ts";
import { classBody } from "./classes.ts";
import { newBlock, newSlot, operandOf, ownSlot, pruned, type Block, type Translator } from "./context.ts";
import { afterCalls, bare, place, publishVariables, pure, type Pending } from "./patterns.ts";

/** Numbers for all members, so that their bodies can mention one another. */
function reserve(t: Translator, functions: readonly Func[]): void {
  for (const f of functions) {
    const arity = f.clauses[0]?.parameters.length ?? 0;
    const convention = f.isClass ? "site" : "function";
    f.definition = t.builder.reserve({ name: f.name.name, arity, convention });
  }
}

/** Defines a group. @returns the components that have to be made when the program runs */
export function defineGroup(t: Translator, group: Group, block: Block): Component[] {
  reserve(t, group.functions);
  const made = group.components.flatMap((component) => componentOf(t, component, block));
  for (const f of group.functions) body(t, f);
  return made;
}

/** Defines a lambda that captures nothing, once. */
export function defineStatic(t: Translator, f: Func): void {
  if (f.definition >= 0) return;
  reserve(t, [f]);
  body(t, f);
}

function componentOf(t: Translator, { members, captures }: Comp, block: Block): Component[] {
  if (captures.size === 0) return [];
  const operands = [...captures.keys()].map((meaning) => operandOf(t, meaning, block));
  return [
    {
      captures: operands,
      members: members.map((f) => {
        f.place = { level: block.level, slot: newSlot(block) };
        return { definition: f.definition, slot: f.place.slot };
      }),
    },
  ];
}

export function lambda(t: Translator, e: Kinded<"lambda">, block: Block): NodeId {
  const group = t.groups.get(e);
  const [f] = group?.functions ?? [];
  if (group === undefined || f === undefined) return t.builder.node({ kind: "stop" }, e);
  if (isStatic(f)) t.defineStatic(f);
  const components = isStatic(f) ? [] : defineGroup(t, group, block);
  const operand = operandOf(t, f.named, block);
  const published = t.builder.node({ kind: "atom", operand }, e);
  return components.length === 0 ? published : t.builder.node({ kind: "define", components, body: published }, e);
}

/** Clauses from the last one back: each goes on with the next where it does not apply. */
function body(t: Translator, f: Func): void {
  const block = newBlock(f.routine, 1);
  const arity = f.clauses[0]?.parameters.length ?? 0;
  for (let at = 0; at < arity; at++) newSlot(block);
  let entry: NodeId | undefined;
  for (const clause of f.clauses.toReversed()) entry = tried(t, f, clause, block, entry);
  t.builder.define(f.definition, block.size, entry ?? t.builder.node({ kind: "stop" }, f.name), f.name);
}

/** @param next the entry of the next clause */
function tried(t: Translator, f: Func, clause: Clause & Stretch, block: Block, next: NodeId | undefined): NodeId {
  const { parameters } = clause;
  for (const [at, parameter] of parameters.entries()) {
    const p = bare(parameter);
    if (p.kind === "bind") place(t, p.name.number, block, at + 1);
  }
  const strict = parameters.flatMap((parameter, at) => (isLenient(parameter) ? [] : [{ parameter, slot: at + 1 }]));
  const otherwise = (): NodeId => next ?? t.builder.node({ kind: "stop" }, clause);
  if (strict.length === 0) return guarded(t, f, clause, block, otherwise);
  const pending: Pending[] = [];
  const patterns = strict.map(({ parameter }): Pattern => pure(t, parameter, block, pending));
  const values = strict.map(({ slot }): Operand => ownSlot(slot));
  const no = otherwise();
  const yes =
    pending.length === 0
      ? guarded(t, f, clause, block, () => no)
      : firstSuccess(t, f, clause, { block, pending, parameters: strict.map(({ parameter }) => parameter), no });
  const [first] = parameters;
  const at = { start: first?.start ?? clause.start, end: parameters.at(-1)?.end ?? clause.end };
  return t.builder.node({ kind: "match", values, patterns, yes, no }, at);
}

/** The strict parameters of a clause that has call patterns. */
interface Tests {
  readonly block: Block;
  readonly pending: readonly Pending[];
  readonly parameters: readonly Surface[];
  readonly no: NodeId;
}

/** Call patterns in a clause: their first success counts, without one the next clause is tried. */
function firstSuccess(t: Translator, f: Func, clause: Clause & Stretch, tests: Tests): NodeId {
  const { block, pending, parameters, no } = tests;
  const [start = clause] = parameters;
  const calls = afterCalls(t, pending, block);
  const found = calls.around(publishVariables(t, parameters, calls.block, start));
  const slot = newSlot(block);
  const binding: Binding = { slots: [slot], node: found };
  const slots = variablesOf(parameters).map(({ number }): Pattern => ({ kind: "bind", slot: place(t, number, block) }));
  const [only = { kind: "any" } as const] = slots;
  const pattern: Pattern = slots.length > 1 ? { kind: "tuple", parts: slots } : only;
  const yes = guarded(t, f, clause, block, () => no);
  const node = t.builder.node({ kind: "match", values: [ownSlot(slot)], patterns: [pattern], yes, no }, start);
  return pruned(t, [binding], node, start);
}

function guarded(t: Translator, f: Func, clause: Clause & Stretch, block: Block, next: () => NodeId): NodeId {
  const yes = f.isClass ? classBody(t, clause.body, block) : t.expression(clause.body, block, true);
  const { guard } = clause;
  if (guard === undefined) return yes;
  const slot = newSlot(block);
  const node = t.expression(guard, block, false);
  const test = t.builder.node({ kind: "guard", condition: ownSlot(slot), yes, no: next() }, guard);
  return pruned(t, [{ slots: [slot], node }], test, guard);
}
