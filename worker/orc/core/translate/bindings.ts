// `f <p< g` and `val p = g  f`: g's publications are filtered through p inside g's side, so that values that do not match are
// ignored and the first match kills g.
import type { Expression, Pattern } from "../../syntax/ast.ts";
import { variablesOf } from "../resolve-patterns.ts";
import type { Binding } from "../program.ts";
import { newSlot, type Block, type Translator } from "./context.ts";
import { bare, innerBlock, matching, place, publishVariables } from "./patterns.ts";

export function bindingOf(t: Translator, pattern: Pattern | undefined, e: Expression, block: Block): Binding {
  const p = pattern && bare(pattern);
  if (p === undefined || p.kind === "any") return { slots: [], node: t.expression(e, block, false) };
  if (p.kind === "bind") {
    const node = t.expression(e, block, false);
    return { slots: [place(t, p.name.number, block)], node };
  }
  return filtered(t, p, e, block);
}

function filtered(t: Translator, p: Pattern, e: Expression, block: Block): Binding {
  const left = t.expression(e, block, false);
  const shared = t.builder.once(left);
  const inner = shared ? block : innerBlock(block);
  const slot = newSlot(inner);
  const match = matching(t, p, slot, inner);
  const right = match.around(publishVariables(t, [p], match.block, p));
  const frame = shared ? 0 : inner.size;
  const node = t.builder.node({ kind: "sequential", left, slot, frame, right }, { start: p.start, end: e.end });
  return { slots: variablesOf([p]).map(({ number }) => place(t, number, block)), node };
}
