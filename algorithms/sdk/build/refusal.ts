// How the analysis of the author's types ends early: thrown within it, and caught by it, and nowhere else.
import type { Node } from "assemblyscript";
import { placeOf, type Diagnostic } from "./diagnostic.ts";

export class Refusal extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** @param node what the author has to change */
export function refuse(node: Node, message: string): never {
  const { source, start } = node.range;
  throw new Refusal({ file: source.normalizedPath, ...placeOf(source.text, start), message });
}
