// [e], "e in argument position" (orc.md §3): an atom stays, anything else becomes a fresh variable.
import type { Expression } from "../../syntax/ast.ts";
import { isStatic } from "../names.ts";
import type { Binding, Operand } from "../program.ts";
import { constantOperand, newSlot, operandOf, ownSlot, wrapped } from "./context.ts";
import type { Block, Construction, Translator } from "./context.ts";

/** The operand an expression is without running anything, if it is one. */
export function atomOf(t: Translator, e: Expression, block: Block): Operand | undefined {
  switch (e.kind) {
    case "literal":
      return { kind: "constant", constant: t.builder.pool.literal(e.literal) };
    case "variable": {
      const meaning = t.meanings[e.occurrence.number];
      return meaning && operandOf(t, meaning, block);
    }
    case "typed":
      return atomOf(t, e.expression, block);
    case "list":
      return e.items.length === 0 ? constantOperand(t, { type: "nil" }) : undefined;
    case "lambda": {
      const [f] = t.groups.get(e)?.functions ?? [];
      if (f === undefined || !isStatic(f)) return undefined;
      t.defineStatic(f);
      return constantOperand(t, { type: "closure", definition: f.definition });
    }
    default:
      return undefined;
  }
}

/** Where the bindings of deflated expressions are collected. */
export interface Deflation {
  readonly block: Block;
  readonly bindings: Binding[];
  /**
   * Whoever reads the operand waits for it and halts when it is stopped, and nothing else depends on its being stopped.
   * Then the bindings of a strict call inside may stand beside its own, instead of inside it: a strict call publishes only
   * when its arguments have been bound, and so killed, and the whole halts only when they have halted, either way.
   */
  readonly strict: boolean;
}

export function deflate(t: Translator, e: Expression, into: Deflation): Operand {
  const atom = atomOf(t, e, into.block);
  if (atom !== undefined) return atom;
  const made = t.construct(e, into.block, false);
  if (made !== undefined) return settle(t, made, into);
  const slot = newSlot(into.block);
  into.bindings.push({ slots: [slot], node: t.expression(e, into.block, false) });
  return ownSlot(slot);
}

/** The fresh variable for what was constructed. */
export function settle(t: Translator, made: Construction, { block, bindings, strict }: Deflation): Operand {
  const slot = newSlot(block);
  if (strict && made.strict) {
    // A loop: there may be more bindings than a call takes arguments.
    if (made.bindings !== bindings) for (const binding of made.bindings) bindings.push(binding);
    bindings.push({ slots: [slot], node: made.node });
  } else bindings.push({ slots: [slot], node: wrapped(t, made) });
  return ownSlot(slot);
}
