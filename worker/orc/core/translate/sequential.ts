// `f >p> g`: filters f's publications through p, then one g for each; and the clock zone `Vclock(order) >> e`.
import type { Expression, Kinded, Pattern, Piped } from "../../syntax/ast.ts";
import { isClockCall } from "../clock.ts";
import type { Binding, NodeId } from "../program.ts";
import { deflate } from "./arguments.ts";
import { newSlot, pruned, type Block, type Translator } from "./context.ts";
import { bare, innerBlock, matching, place } from "./patterns.ts";

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

/** One `left >p>` of a chain, until what is right of it is known. */
interface Link {
  readonly around: (right: NodeId) => NodeId;
}

export function sequential(t: Translator, e: Kinded<"sequential">, block: Block, tail: boolean): NodeId {
  const nothing = suffixes(e.rest);
  const links: Link[] = [];
  let left = e.first;
  let here = block;
  let isTail = tail;
  // Blocks nest from left to right, nodes from right to left; call patterns nest what follows in blocks of their own.
  const run = (at: number): NodeId => {
    for (let next = at; next < e.rest.length; next++) {
      const { pattern, expression } = e.rest[next] as Piped;
      const clock = pattern === undefined ? clockLink(t, left, here, e) : undefined;
      if (clock !== undefined) {
        links.push(clock);
        isTail = false;
        left = expression;
        continue;
      }
      const source = t.expression(left, here, false);
      const shared = t.builder.once(source) || nothing[next] === true;
      const inner = shared ? here : innerBlock(here);
      left = expression;
      here = inner;
      const p = pattern && bare(pattern);
      const plain = p === undefined || p.kind === "any" || p.kind === "bind";
      const slot = plain ? plainSlot(t, p, inner) : newSlot(inner);
      const span = { start: e.start, end: e.end };
      const make = (right: NodeId): NodeId =>
        t.builder.node({ kind: "sequential", left: source, slot, frame: shared ? 0 : inner.size, right }, span);
      links.push({ around: make });
      if (!plain && p !== undefined) return rest(p, slot, inner, next + 1);
    }
    return t.expression(left, here, isTail);
  };
  const rest = (p: Pattern, slot: number, inner: Block, at: number): NodeId =>
    matching(t, p, slot, inner, (matched) => {
      here = matched;
      const mark = links.length;
      return closed(run(at), mark);
    });
  const closed = (innermost: NodeId, mark: number): NodeId => {
    let node = innermost;
    while (links.length > mark) node = links.pop()?.around(node) ?? node;
    return node;
  };
  return closed(run(0), 0);
}

function plainSlot(t: Translator, p: Pattern | undefined, block: Block): number {
  return p?.kind === "bind" ? place(t, p.name.number, block) : 0;
}

/** `Vclock(order) >>`: what follows runs once, in the same frame. */
function clockLink(t: Translator, left: Expression, block: Block, e: Expression): Link | undefined {
  if (left.kind !== "chain" || !isClockCall(left, t.meanings, t.builder.pool)) return undefined;
  const [step] = left.steps;
  const argument = step?.kind === "arguments" ? step.items[0] : undefined;
  if (argument === undefined) return undefined;
  const bindings: Binding[] = [];
  const order = deflate(t, argument, { block, bindings, strict: true });
  return { around: (body) => pruned(t, bindings, t.builder.node({ kind: "clock", order, body }, e), left) };
}
