// Calls, member access, operators and constructors: the target and all arguments are deflated side by side, then the call
// is made. `a.b(c).d(e)`: each prefix is deflated before the next step.
import type { Stretch } from "../../source/texts.ts";
import type { Expression, Kinded, Occurrence, Step } from "../../syntax/ast.ts";
import { LEVELS } from "../../syntax/operators.ts";
import type { Binding, NodeId, Operand } from "../program.ts";
import { deflate, settle, type Deflation } from "./arguments.ts";
import { newSlot, operandOf, ownSlot, pruned, type Block, type Construction, type Translator } from "./context.ts";

export function construct(t: Translator, e: Expression, block: Block, tail: boolean): Construction | undefined {
  switch (e.kind) {
    case "tuple":
    case "list":
    case "record":
      return construction(t, e, block);
    case "unary":
      return applied(t, e.operator, [e.operand], block, tail, e);
    case "operators":
      return operators(t, e, block, tail);
    case "chain":
      return chain(t, e, block, tail);
    case "typed":
      return construct(t, e.expression, block, tail);
    default:
      return undefined;
  }
}

/** Constructor calls: they halt if any part halts. */
function construction(t: Translator, e: Kinded<"tuple" | "list" | "record">, block: Block): Construction {
  const into: Deflation = { block, bindings: [], strict: true };
  if (e.kind === "record") {
    const fields = e.fields.map(({ key, value }) => ({ key: key.name, value: deflate(t, value, into) }));
    return { node: t.builder.node({ kind: "record", fields }, e), bindings: into.bindings, strict: true, at: e };
  }
  const parts = e.items.map((item) => deflate(t, item, into));
  return { node: t.builder.node({ kind: e.kind, parts }, e), bindings: into.bindings, strict: true, at: e };
}

/** A call of the variable that an operator is. */
function operatorOf(t: Translator, operator: Occurrence, block: Block, count: number) {
  const meaning = t.meanings[operator.number];
  const target = meaning === undefined ? ownSlot(0) : operandOf(t, meaning, block);
  const calling = t.builder.calling(target, count);
  return { target, calling, strict: calling === "site" };
}

function applied(
  t: Translator,
  operator: Occurrence,
  operands: readonly Expression[],
  block: Block,
  tail: boolean,
  at: Stretch,
): Construction {
  const { target, calling, strict } = operatorOf(t, operator, block, operands.length);
  const into: Deflation = { block, bindings: [], strict };
  const given = operands.map((operand) => deflate(t, operand, into));
  const node = t.builder.node({ kind: "call", target, arguments: given, calling, tail }, at);
  return { node, bindings: into.bindings, strict, at };
}

/** A chain of one level: the innermost call first. A loop, since chains may be long. */
function operators(t: Translator, e: Kinded<"operators">, block: Block, tail: boolean): Construction {
  const right = LEVELS.get(e.rest[0]?.operator.name ?? "")?.grouping === "right";
  const operands = [e.first, ...e.rest.map((operation) => operation.right)];
  const order = right ? e.rest.toReversed() : e.rest;
  if (right) operands.reverse();
  const calls = order.map(({ operator }) => ({ operator, ...operatorOf(t, operator, block, 2) }));
  const allStrict = calls.every(({ strict }) => strict);
  const ready = allStrict ? inOrder(t, operands, right, block) : undefined;
  let made: Construction | undefined;
  for (const [at, { operator, target, calling, strict }] of calls.entries()) {
    const last = at === calls.length - 1;
    const bindings: Binding[] = ready?.bindings ?? [];
    const into: Deflation = { block, bindings, strict: allStrict };
    const read = (which: number): Operand => {
      const operand = operands[which];
      return ready?.operands[which] ?? (operand === undefined ? ownSlot(0) : deflate(t, operand, into));
    };
    const inner: Operand = made === undefined ? read(0) : settle(t, made, into);
    const outer = read(at + 1);
    const given = right ? [outer, inner] : [inner, outer];
    const where = {
      start: right ? (operands[at + 1]?.start ?? e.start) : e.start,
      end: right ? e.end : (operands[at + 1]?.end ?? e.end),
    };
    const node = t.builder.node(
      { kind: "call", target, arguments: given, calling, tail: tail && last },
      last ? e : where,
    );
    made = { node, bindings, strict, at: last ? e : operator };
  }
  return made as Construction;
}

/** All operands deflated as they are written. */
function inOrder(t: Translator, operands: readonly Expression[], reversed: boolean, block: Block) {
  const into: Deflation = { block, bindings: [], strict: true };
  const written = reversed ? operands.toReversed() : operands;
  const ready = written.map((operand) => deflate(t, operand, into));
  return { operands: reversed ? ready.reverse() : ready, bindings: into.bindings };
}

/** Does the step wait for what it is applied to? Every step does but `?`, when that is a function. */
const waits = (t: Translator, step: Step | undefined, block: Block): boolean =>
  step?.kind !== "read" || operatorOf(t, step.operator, block, 1).strict;

function chain(t: Translator, e: Kinded<"chain">, block: Block, tail: boolean): Construction {
  const { base, steps } = e;
  let into: Deflation = { block, bindings: [], strict: waits(t, steps[0], block) };
  let current = deflate(t, base, into);
  for (let at = 0; ;) {
    const step = steps[at] as Step;
    const next = steps[at + 1];
    const isMethod = step.kind === "field" && next?.kind === "arguments";
    const width = isMethod ? 2 : 1;
    const last = at + width >= steps.length;
    const where = { start: e.start, end: steps[at + width - 1]?.end ?? e.end };
    const made = isMethod
      ? method(t, current, step.name, next.items, into, tail && last, where)
      : stepped(t, current, step, into, tail && last, where);
    at += width;
    if (last) return made;
    const strict = waits(t, steps[at], block);
    into = { block, bindings: strict && made.strict ? made.bindings : [], strict };
    current = settle(t, made, into);
  }
}

function stepped(
  t: Translator,
  target: Operand,
  step: Step,
  into: Deflation,
  tail: boolean,
  at: Stretch,
): Construction {
  const { block, bindings } = into;
  switch (step.kind) {
    case "field":
      return { node: t.builder.node({ kind: "field", target, name: step.name, tail }, at), bindings, strict: true, at };
    case "read": {
      const { target: read, calling, strict } = operatorOf(t, step.operator, block, 1);
      const node = t.builder.node({ kind: "call", target: read, arguments: [target], calling, tail }, at);
      return { node, bindings, strict, at };
    }
    case "arguments": {
      const calling = t.builder.calling(target, step.items.length);
      const strict = calling === "site";
      const given = step.items.map((item) => deflate(t, item, { block, bindings, strict }));
      checkArity(t, target, step.items.length, at);
      return {
        node: t.builder.node({ kind: "call", target, arguments: given, calling, tail }, at),
        bindings,
        strict,
        at,
      };
    }
  }
}

/** `target.name(items)`, and what it means in full. */
function method(
  t: Translator,
  target: Operand,
  name: string,
  items: readonly Expression[],
  { block, bindings }: Deflation,
  tail: boolean,
  at: Stretch,
): Construction {
  const given = items.map((item) => deflate(t, item, { block, bindings, strict: false }));
  const general = generalMethod(t, target, name, given, block, tail, at);
  const node = t.builder.node({ kind: "method", target, name, arguments: given, tail, general }, at);
  return { node, bindings, strict: false, at };
}

/** `m(arguments) <m< target.name` */
function generalMethod(
  t: Translator,
  target: Operand,
  name: string,
  given: readonly Operand[],
  block: Block,
  tail: boolean,
  at: Stretch,
): NodeId {
  const slot = newSlot(block);
  const member = t.builder.node({ kind: "field", target, name, tail: false }, at);
  const call = { kind: "call", target: ownSlot(slot), arguments: given, calling: "dynamic", tail } as const;
  return pruned(t, [{ slots: [slot], node: member }], t.builder.node(call, at), at);
}

/** The call of a member with operands only, as patterns make it. */
export const memberCall = (
  t: Translator,
  target: Operand,
  name: string,
  given: Operand,
  block: Block,
  at: Stretch,
): NodeId =>
  t.builder.node(
    {
      kind: "method",
      target,
      name,
      arguments: [given],
      tail: false,
      general: generalMethod(t, target, name, [given], block, false, at),
    },
    at,
  );

function checkArity(t: Translator, target: Operand, count: number, at: Stretch): void {
  const signature = t.builder.signatureOf(target);
  if (signature === undefined || signature.arity === count) return;
  const { name, arity } = signature;
  const message = `\`${name}\` takes ${arity} argument${arity === 1 ? "" : "s"}, but is called with ${count}.`;
  t.warn({ code: "call-arity", message, at });
}
