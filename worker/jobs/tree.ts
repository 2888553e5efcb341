// The reduce tree: what is reduced together follows from the numbers of the tasks alone, so the result has the same bytes in
// whatever order answers come. Pure. Level 0 are the tasks; node n of a level is of the nodes 32 n to 32 n + 31 below it.
import { LIMITS } from "../limits.ts";

const ARITY = LIMITS.jobArity;

/** Nodes of each level above so many leaves, until there is one. [] for a single leaf: it is the root itself. */
export function levelsOf(leaves: number): readonly number[] {
  const levels: number[] = [];
  for (let nodes = leaves; nodes > 1;) {
    nodes = Math.ceil(nodes / ARITY);
    levels.push(nodes);
  }
  return levels;
}

/** The node above. */
export const parentOf = (index: number): number => Math.floor(index / ARITY);

/** The nodes below a node: from the first to below. @param nodes how many there are on the level below */
export const childrenOf = (index: number, nodes: number): { readonly first: number; readonly below: number } => ({
  first: index * ARITY,
  below: Math.min(nodes, (index + 1) * ARITY),
});

/**
 * Groups of neighbours whose inputs fit into one reduction: two or more each, but for a last one that stays alone. Told from
 * the lengths only.
 * @param lengths bytes of each answer as the reducer reads it @param most bytes of one input
 * @returns where each group ends; null when two neighbours do not fit together
 */
export function groupsOf(lengths: readonly number[], most: number): readonly number[] | null {
  const ends: number[] = [];
  let begin = 0;
  let sum = 0;
  for (const [index, length] of lengths.entries()) {
    if (index > begin && sum + length > most) {
      if (index - begin < 2) return null;
      ends.push(index);
      begin = index;
      sum = 0;
    }
    sum += length;
  }
  ends.push(lengths.length);
  return ends;
}
