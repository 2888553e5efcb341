// `f >p> g`: filters f's publications through p, then one g for each; and the clock zone `Vclock(order) >> e`.
import type { Stretch } from "../../source/texts.ts";
import type { Expression, Kinded, Pattern, Piped } from "../../syntax/ast.ts";
import { isClockCall } from "../clock.ts";
import type { Binding, NodeId } from "../program.ts";
import { deflate } from "./arguments.ts";
import { newSlot, pruned, type Block, type Translator } from "./context.ts";
import { bare, innerBlock, matching, place, type Opened } from "./patterns.ts";

/** Can it run in a frame that others share: does it bind nothing? Looks at simple forms only. */
function bindsNothing(e: Expression): boolean {
  const isAtom = ({ kind }: Expression): boolean => kind === "literal" || kind === "variable" || kind === "stop";
  if (e.kind !== "chain") return isAtom(e);
  const [step] = e.steps;
  return (
    e.steps.length === 1 &&
    isAtom(e.base) &&
    step?.kind === "arguments" &&
    step.items.every(isAtom) &&
    !hasStop(step.items)
  );
}

const hasStop = (items: readonly Expression[]): boolean => items.some(({ kind }) => kind === "stop");

/** nothing[i]: neither the pattern of rest[i] nor anything from its expression on binds. */
function suffixes(rest: readonly Piped[]): boolean[] {
  const nothing: boolean[] = [];
  let so = true;
  for (const { pattern, expression } of rest.toReversed()) {
    so &&= (pattern === undefined || bare(pattern).kind === "any") && bindsNothing(expression);
    nothing.push(so);
  }
  return nothing.reverse();
}

export function sequential(t: Translator, e: Kinded<"sequential">, block: Block, tail: boolean): NodeId {
  const nothing = suffixes(e.rest);
  // Blocks nest from left to right, nodes from right to left.
  const opened: Opened[] = [];
  let left = e.first;
  let here = block;
  let inZone = false;
  for (const [at, { pattern, expression }] of e.rest.entries()) {
    const clock = pattern === undefined ? clockZone(t, left, here, e) : undefined;
    const next = clock ?? piped(t, left, pattern && bare(pattern), nothing[at] === true, here, e);
    inZone ||= clock !== undefined;
    opened.push(next);
    here = next.block;
    left = expression;
  }
  const last = t.expression(left, here, tail && !inZone);
  return opened.reduceRight((node, one) => one.around(node), last);
}

/** `left >p>`. @param nothing what follows binds nothing */
function piped(
  t: Translator,
  e: Expression,
  p: Pattern | undefined,
  nothing: boolean,
  block: Block,
  at: Stretch,
): Opened {
  const left = t.expression(e, block, false);
  const shared = nothing || t.builder.once(left);
  const inner = shared ? block : innerBlock(block);
  const simple = p === undefined || p.kind === "any" || p.kind === "bind";
  const slot = simple ? plainSlot(t, p, inner) : newSlot(inner);
  const match = simple ? undefined : matching(t, p, slot, inner);
  const around = (body: NodeId): NodeId => {
    const right = match === undefined ? body : match.around(body);
    return t.builder.node({ kind: "sequential", left, slot, frame: shared ? 0 : inner.size, right }, at);
  };
  return { block: match?.block ?? inner, around };
}

function plainSlot(t: Translator, p: Pattern | undefined, block: Block): number {
  return p?.kind === "bind" ? place(t, p.name.number, block) : 0;
}

/** `Vclock(order) >>`: what follows runs once, in the same frame. */
function clockZone(t: Translator, left: Expression, block: Block, e: Expression): Opened | undefined {
  if (left.kind !== "chain" || !isClockCall(left, t.meanings, t.builder.pool)) return undefined;
  const [step] = left.steps;
  const argument = step?.kind === "arguments" ? step.items[0] : undefined;
  if (argument === undefined) return undefined;
  const bindings: Binding[] = [];
  const order = deflate(t, argument, { block, bindings, strict: true });
  return { block, around: (body) => pruned(t, bindings, t.builder.node({ kind: "clock", order, body }, e), left) };
}
