// Declarations before an expression: `val` binds it from outside, a run of `def`s makes closures; the others leave nothing.
import type { Kinded } from "../../syntax/ast.ts";
import { stepsOf, type Step } from "../resolve-declarations.ts";
import type { NodeId } from "../program.ts";
import { isConstant } from "../components.ts";
import { bindingOf } from "./bindings.ts";
import { pruned, type Block, type Translator } from "./context.ts";
import { defineGroup, lambda } from "./functions.ts";
import { bare } from "./patterns.ts";

type Around = (body: NodeId) => NodeId;

/** @param body makes what stands behind the declarations */
export function declaring(t: Translator, e: Kinded<"declare">, block: Block, body: () => NodeId): NodeId {
  const around = stepsOf(e.declarations).flatMap((step) => declared(t, step, e, block) ?? []);
  let node = body();
  while (around.length > 0) node = around.pop()?.(node) ?? node;
  return node;
}

function declared(t: Translator, step: Step, e: Kinded<"declare">, block: Block): Around | undefined {
  if (step.kind === "group") {
    const group = t.groups.get(step.run[0] as object);
    const components = group === undefined ? [] : defineGroup(t, group, block);
    if (components.length === 0) return undefined;
    return (body) => t.builder.node({ kind: "define", components, body }, e);
  }
  const { declaration } = step;
  if (declaration.kind !== "val") return undefined;
  const { pattern, value } = declaration;
  const p = bare(pattern);
  const variable = p.kind === "bind" ? t.meanings[p.name.number] : undefined;
  if (variable?.kind === "variable" && isConstant(variable)) {
    if (value.kind === "lambda") lambda(t, value, block);
    return undefined;
  }
  const binding = bindingOf(t, pattern, value, block);
  return (body) => pruned(t, [binding], body, declaration);
}
