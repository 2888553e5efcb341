// Where a node stands in the texts: for error reports of a run.
import { placeIn, type Place } from "../source/texts.ts";
import type { NodeId, Program } from "./program.ts";

/** @returns the line and column of what the node was made from; undefined when there is no such node */
export function placeOfNode({ spans, sources }: Program, node: NodeId): Place | undefined {
  const span = spans[node];
  const source = span && sources[span[0]];
  return source && placeIn(source.name, source.text, span[1], span[2]);
}
