// Where a node stands in the texts: for error reports of a run.
import { placeIn, type Place } from "../source/texts.ts";
import type { NodeId, Program } from "./program.ts";

/** @returns the line and column of what the node was made from; undefined when there is no such node */
export function placeOfNode({ spans, sources }: Program, node: NodeId): Place | undefined {
  const [source = -1, start = 0, end = 0] = spans.slice(3 * node, 3 * node + 3);
  const text = sources[source];
  return text && placeIn(text.name, text.text, start, end);
}
