// The body of a `def class` (orc.md §10): declarations and a goal. It publishes a record of its functions, each as a site,
// and runs the goal for its effects. That the body is detached is its definition's calling convention.
import type { Expression } from "../../syntax/ast.ts";
import { stepsOf } from "../resolve-declarations.ts";
import type { Func } from "../names.ts";
import type { Binding, NodeId, Operand } from "../program.ts";
import { constantOperand, newSlot, operandOf, ownSlot, pruned, type Block, type Translator } from "./context.ts";

/** The host site that makes a site of a closure. */
export const MAKE_SITE = "orc.lib.builtin.MakeSite";

export function classBody(t: Translator, body: Expression, block: Block): NodeId {
  if (body.kind !== "declare") return published(t, [], body, block);
  const functions = stepsOf(body.declarations).flatMap((step) =>
    step.kind === "group" ? (t.groups.get(step.run[0] as object)?.functions ?? []) : [],
  );
  return t.declaring(body, block, () => published(t, functions, body.body, block));
}

/** `{. m = MakeSite(m), … .} | goal >> stop` */
function published(t: Translator, functions: readonly Func[], goal: Expression, block: Block): NodeId {
  const bindings: Binding[] = [];
  const fields = functions.map((f) => ({ key: f.name.name, value: member(t, f, block, bindings) }));
  const record = pruned(t, bindings, t.builder.node({ kind: "record", fields }, goal), goal);
  const run = t.expression(goal, block, false);
  const right = t.builder.node({ kind: "stop" }, goal);
  const dropped = t.builder.node({ kind: "sequential", left: run, slot: 0, frame: 0, right }, goal);
  return t.builder.node({ kind: "parallel", branches: [record, dropped] }, goal);
}

function member(t: Translator, f: Func, block: Block, bindings: Binding[]): Operand {
  const closure = operandOf(t, f.named, block);
  if (f.isClass) return closure;
  const slot = newSlot(block);
  const target = constantOperand(t, { type: "site", name: MAKE_SITE });
  const call = { kind: "call", target, arguments: [closure], calling: "site", tail: false } as const;
  bindings.push({ slots: [slot], node: t.builder.node(call, f.name) });
  return ownSlot(slot);
}
