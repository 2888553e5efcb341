// The levels of binary operators, loose to tight, and how each groups (orc.md §2).

export type Grouping = "left" | "right" | "none";

interface Level {
  readonly level: number;
  readonly grouping: Grouping;
}

export const LOOSEST = 1;

const TABLE: readonly (readonly [operators: string, grouping: Grouping])[] = [
  [";", "left"],
  ["<", "left"],
  ["|", "left"],
  [">", "right"],
  [":=", "none"],
  ["|| &&", "left"],
  ["<: :> <= >= = /=", "none"],
  [":", "right"],
  ["+ -", "left"],
  ["* / %", "left"],
  ["**", "right"],
];

export const LEVELS: ReadonlyMap<string, Level> = new Map(
  TABLE.flatMap(([operators, grouping], at) =>
    operators.split(" ").map((operator) => [operator, { level: at + LOOSEST, grouping }] as const),
  ),
);

/** The combinators: what stands between their operands is no call of a variable. */
export const COMBINATORS: ReadonlySet<string> = new Set([";", "<", "|", ">"]);
