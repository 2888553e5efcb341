// Patterns: a pure match first, then, for every call pattern in it, a call of `unapply` on the part it stands for.
import type { Stretch } from "../../source/texts.ts";
import type { Pattern as Surface } from "../../syntax/ast.ts";
import { variablesOf } from "../resolve-patterns.ts";
import type { NodeId, Operand, Pattern } from "../program.ts";
import { constantOperand, newBlock, newSlot, operandOf, ownSlot, type Block, type Translator } from "./context.ts";
import { memberCall } from "./calls.ts";

export type CallPattern = Extract<Surface, { readonly kind: "call" }>;

/** Without types, which say nothing. */
export const bare = (p: Surface): Surface => (p.kind === "typed" ? bare(p.pattern) : p);

/** A call pattern, and the slot with the part it has to match. */
interface Pending {
  readonly pattern: CallPattern;
  readonly slot: number;
}

/** Gives the name a slot of the block. @returns the slot */
export function place(t: Translator, number: number, block: Block, slot = newSlot(block)): number {
  const meaning = t.meanings[number];
  if (meaning?.kind === "variable") meaning.place = { level: block.level, slot };
  return slot;
}

/** The pattern without its calls. @param pending gets the calls */
export function pure(t: Translator, p: Surface, block: Block, pending: Pending[]): Pattern {
  const all = (parts: readonly Surface[]): Pattern[] => parts.map((part) => pure(t, part, block, pending));
  switch (p.kind) {
    case "any":
      return { kind: "any" };
    case "bind":
      return { kind: "bind", slot: place(t, p.name.number, block) };
    case "literal":
      return { kind: "literal", constant: t.builder.pool.literal(p.literal) };
    case "tuple":
    case "list":
      return { kind: p.kind, parts: all(p.parts) };
    case "cons":
      return { kind: "cons", heads: all(p.heads), tail: pure(t, p.tail, block, pending) };
    case "record": {
      const fields = p.fields.map(({ key, pattern }) => ({ key: key.name, pattern: pure(t, pattern, block, pending) }));
      return { kind: "record", fields };
    }
    case "call":
      return called(t, p, block, pending);
    case "as":
      return { kind: "as", slot: place(t, p.name.number, block), pattern: pure(t, p.pattern, block, pending) };
    case "typed":
      return pure(t, p.pattern, block, pending);
  }
}

/** A constructor of a datatype is taken apart by the match itself. */
function called(t: Translator, p: CallPattern, block: Block, pending: Pending[]): Pattern {
  const meaning = t.meanings[p.target.number];
  const constant = meaning?.kind === "constant" ? t.builder.pool.at(meaning.constant) : undefined;
  if (constant?.type === "constructor") {
    const parts = p.parts.map((part) => pure(t, part, block, pending));
    return { kind: "data", constructor: constant.constructor, parts };
  }
  const slot = newSlot(block);
  pending.push({ pattern: p, slot });
  return { kind: "bind", slot };
}

/** What `unapply` publishes for so many parts: signal, the part itself, or a tuple. */
function answered(t: Translator, parts: readonly Surface[], block: Block, pending: Pending[]): Pattern {
  const [first] = parts;
  if (first === undefined) return { kind: "literal", constant: t.builder.pool.add({ type: "signal" }) };
  if (parts.length === 1) return pure(t, first, block, pending);
  return { kind: "tuple", parts: parts.map((part) => pure(t, part, block, pending)) };
}

/** A block inside another one, made for each publication. */
export const innerBlock = (block: Block): Block => newBlock(block.routine, block.level + 1);

/**
 * The calls of `unapply`, one inside the other; what follows runs once for every way in which all of them succeed.
 * @param body makes what follows, in the block that has all variables
 */
export function afterCalls(
  t: Translator,
  pending: readonly Pending[],
  block: Block,
  at: Stretch,
  body: (block: Block) => NodeId,
): NodeId {
  const [first, ...others] = pending;
  if (first === undefined) return body(block);
  const { pattern, slot } = first;
  const meaning = t.meanings[pattern.target.number];
  const target = meaning === undefined ? ownSlot(0) : operandOf(t, meaning, block);
  const left = memberCall(t, target, "unapply", ownSlot(slot), block, pattern);
  const inner = innerBlock(block);
  const answer = newSlot(inner);
  const more: Pending[] = [];
  const matched = answered(t, pattern.parts, inner, more);
  // What is pending outside has its part in this block's frame, one up from the inner one: carried along.
  const carried = others.map((other) => ({ ...other, carried: newSlot(inner) }));
  const values: Operand[] = [ownSlot(answer), ...carried.map((other): Operand => up(other.slot))];
  const patterns: Pattern[] = [matched, ...carried.map((other): Pattern => ({ kind: "bind", slot: other.carried }))];
  const rest = [...more, ...carried.map((other) => ({ pattern: other.pattern, slot: other.carried }))];
  const yes = afterCalls(t, rest, inner, at, body);
  const no = t.builder.node({ kind: "stop" }, at);
  const right = t.builder.node({ kind: "match", values, patterns, yes, no }, pattern);
  return t.builder.node({ kind: "sequential", left, slot: answer, frame: inner.size, right }, pattern);
}

const up = (slot: number): Operand => ({ kind: "slot", depth: 1, slot });

/** Matches a value that stands in a slot of the block; `body` runs for every success, nothing otherwise. */
export function matching(
  t: Translator,
  p: Surface,
  slot: number,
  block: Block,
  body: (block: Block) => NodeId,
): NodeId {
  const pending: Pending[] = [];
  const pattern = pure(t, p, block, pending);
  const yes = afterCalls(t, pending, block, p, body);
  const no = t.builder.node({ kind: "stop" }, p);
  return t.builder.node({ kind: "match", values: [ownSlot(slot)], patterns: [pattern], yes, no }, p);
}

/** Publishes the variables of patterns as one value: signal, the variable, or the tuple of them. */
export function publishVariables(t: Translator, patterns: readonly Surface[], block: Block, at: Stretch): NodeId {
  const parts = variablesOf(patterns).map(({ number }): Operand => {
    const meaning = t.meanings[number];
    return meaning === undefined ? ownSlot(0) : operandOf(t, meaning, block);
  });
  const [first] = parts;
  if (parts.length > 1) return t.builder.node({ kind: "tuple", parts }, at);
  return t.builder.node({ kind: "atom", operand: first ?? constantOperand(t, { type: "signal" }) }, at);
}
