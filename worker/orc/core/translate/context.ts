// What every part of the translation works with, and how names become operands.
import type { Finding } from "../../source/diagnostics.ts";
import type { Stretch } from "../../source/texts.ts";
import type { Expression, Kinded } from "../../syntax/ast.ts";
import type { Builder } from "../builder.ts";
import { isConstant } from "../components.ts";
import type { Comp, Func, Group, Meaning, Named, Routine, Slot, Variable } from "../names.ts";
import type { Binding, Constant, NodeId, Operand } from "../program.ts";

/** A frame in the making. `level` counts the frames and the environment above it: 1 for a routine's own frame. */
export interface Block {
  readonly routine: Routine;
  readonly level: number;
  /** Elements so far, with the one for the frame above. */
  size: number;
}

export const newBlock = (routine: Routine, level: number): Block => ({ routine, level, size: 1 });

export const newSlot = (block: Block): number => block.size++;

export interface Translator {
  readonly builder: Builder;
  readonly meanings: readonly (Meaning | undefined)[];
  readonly groups: ReadonlyMap<object, Group>;
  readonly warn: (finding: Finding) => void;
  /**
   * A node that runs the expression in the block's frame.
   * @param tail its publications are those of the routine
   */
  readonly expression: (e: Expression, block: Block, tail: boolean) => NodeId;
  /** The call an expression is, if it is one, before its arguments' bindings are put around it. */
  readonly construct: (e: Expression, block: Block, tail: boolean) => Construction | undefined;
  /** Defines a lambda that captures nothing, once. */
  readonly defineStatic: (f: Func) => void;
  /** Declarations around what `body` makes. */
  readonly declaring: (e: Kinded<"declare">, block: Block, body: () => NodeId) => NodeId;
}

/** A node and the bindings its operands need. */
export interface Construction {
  readonly node: NodeId;
  readonly bindings: Binding[];
  /** It publishes only when all its operands have been bound, and halts as soon as one is stopped. */
  readonly strict: boolean;
  readonly at: Stretch;
}

export const constantOperand = (t: Translator, constant: Constant): Operand => ({
  kind: "constant",
  constant: t.builder.pool.add(constant),
});

export const slotOperand = ({ level, slot }: Slot, block: Block): Operand => ({
  kind: "slot",
  depth: block.level - level,
  slot,
});

export const ownSlot = (slot: number): Operand => ({ kind: "slot", depth: 0, slot });

/** The element of the environment of the routine's component. */
function captured(meaning: Variable | Named, block: Block): Operand {
  const component: Comp | undefined = block.routine.function?.component;
  return { kind: "slot", depth: block.level, slot: component?.captures.get(meaning) ?? 0 };
}

function constantOf(t: Translator, meaning: Meaning): Operand {
  if (meaning.kind === "constant") return { kind: "constant", constant: meaning.constant };
  const target = meaning.kind === "function" ? meaning.function : meaning.alias;
  if (target !== undefined && "kind" in target) return { kind: "constant", constant: target.constant };
  return constantOperand(t, { type: "closure", definition: target?.definition ?? 0 });
}

/** How code in `block` reads what a name stands for. */
export function operandOf(t: Translator, meaning: Meaning, block: Block): Operand {
  if (meaning.kind === "constant" || isConstant(meaning)) return constantOf(t, meaning);
  if (meaning.kind === "variable") {
    const { place } = meaning;
    const here = meaning.routine === block.routine && place !== undefined;
    return here ? slotOperand(place, block) : captured(meaning, block);
  }
  const { component, place, definition, owner } = meaning.function;
  if (component !== undefined && component === block.routine.function?.component) {
    return { kind: "sibling", depth: block.level, definition };
  }
  return owner === block.routine && place !== undefined ? slotOperand(place, block) : captured(meaning, block);
}

/** `body` with the bindings around it; itself when there are none. */
export const pruned = (t: Translator, bindings: readonly Binding[], body: NodeId, at: Stretch): NodeId =>
  bindings.length === 0 ? body : t.builder.node({ kind: "prune", bindings, body }, at);

export const wrapped = (t: Translator, { bindings, node, at }: Construction): NodeId => pruned(t, bindings, node, at);
