// Patterns: a pure match first, then, for every call pattern in it, a call of `unapply` on the part it stands for.
import type { Stretch } from "../../source/texts.ts";
import type { Pattern as Surface } from "../../syntax/ast.ts";
import type { Slot } from "../names.ts";
import { variablesOf } from "../resolve-patterns.ts";
import type { NodeId, Operand, Pattern } from "../program.ts";
import {
  constantOperand,
  newBlock,
  newSlot,
  operandOf,
  ownSlot,
  slotOperand,
  type Block,
  type Translator,
} from "./context.ts";
import { memberCall } from "./calls.ts";

export type CallPattern = Extract<Surface, { readonly kind: "call" }>;

/** Without types, which say nothing. */
export const bare = (p: Surface): Surface => (p.kind === "typed" ? bare(p.pattern) : p);

/** A call pattern, and where the part stands that it has to match. */
export interface Pending {
  readonly pattern: CallPattern;
  readonly place: Slot;
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
  pending.push({ pattern: p, place: { level: block.level, slot } });
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

/** An expression with a hole: `around` puts what runs in `block` into the hole. */
export interface Opened {
  readonly block: Block;
  readonly around: (inner: NodeId) => NodeId;
}

/** One call of `unapply`. @param pending gets the call patterns inside, in front */
function unapplied(t: Translator, { pattern, place: part }: Pending, block: Block, pending: Pending[]): Opened {
  const meaning = t.meanings[pattern.target.number];
  const target = meaning === undefined ? ownSlot(0) : operandOf(t, meaning, block);
  const left = memberCall(t, target, "unapply", slotOperand(part, block), block, pattern);
  const inner = innerBlock(block);
  const answer = newSlot(inner);
  const more: Pending[] = [];
  const patterns = [answered(t, pattern.parts, inner, more)];
  for (const one of more.reverse()) pending.push(one);
  const around = (yes: NodeId): NodeId => {
    const no = t.builder.node({ kind: "stop" }, pattern);
    const right = t.builder.node({ kind: "match", values: [ownSlot(answer)], patterns, yes, no }, pattern);
    return t.builder.node({ kind: "sequential", left, slot: answer, frame: inner.size, right }, pattern);
  };
  return { block: inner, around };
}

/** The calls of `unapply`, one inside the other; what is inside runs once for every way in which all of them succeed. */
export function afterCalls(t: Translator, calls: readonly Pending[], block: Block): Opened {
  const pending = calls.toReversed();
  const opened: Opened[] = [];
  let here = block;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const one = unapplied(t, next, here, pending);
    opened.push(one);
    here = one.block;
  }
  const around = (inner: NodeId): NodeId => opened.reduceRight((node, one) => one.around(node), inner);
  return { block: here, around };
}

/** Matches a value that stands in a slot of the block: what is inside runs for every success. */
export function matching(t: Translator, p: Surface, slot: number, block: Block): Opened {
  const pending: Pending[] = [];
  const pattern = pure(t, p, block, pending);
  const calls = afterCalls(t, pending, block);
  const around = (inner: NodeId): NodeId => {
    const yes = calls.around(inner);
    const no = t.builder.node({ kind: "stop" }, p);
    return t.builder.node({ kind: "match", values: [ownSlot(slot)], patterns: [pattern], yes, no }, p);
  };
  return { block: calls.block, around };
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
