// What a schema compiles to. Every value is checked by exactly one node, so checking is linear in the value.

/** One bit for each JSON type; a number that is whole has INTEGER's type too. */
export const TYPE_BITS = {
  null: 1,
  boolean: 2,
  integer: 4,
  number: 8,
  string: 16,
  array: 32,
  object: 64,
} as const;
export type TypeName = keyof typeof TYPE_BITS;
export const ANY_TYPE = 127;

export type Scalar = string | number | boolean | null;

/** Inclusive bounds; without one it is infinite. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Property {
  readonly node: Node;
  readonly required: boolean;
  /** Where the checker notes that the property was seen: unique within the schema. */
  readonly slot: number;
}

export interface Node {
  /** Bits of TYPE_BITS that a value may have. */
  readonly types: number;
  /** The scalars of `enum` and `const`, and the code points of the longest string among them. */
  readonly values: ReadonlySet<Scalar> | undefined;
  readonly longest: number;
  readonly number: Range;
  /** Exclusive bounds; without one NaN, with which every comparison is false: infinity is a number JSON texts can spell. */
  readonly above: number;
  readonly below: number;
  /** In code points. */
  readonly length: Range;
  readonly items: Range;
  readonly members: Range;
  readonly item: Node;
  /** What `properties` and `required` name. */
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly string[];
  /** For the other properties; undefined refuses them. */
  readonly additional: Node | undefined;
  /** Levels of nodes from here down, itself included. */
  readonly height: number;
  /** Whether it accepts everything, so that what lies below need not be looked at. */
  readonly any: boolean;
}

export const UNBOUNDED: Range = { min: -Infinity, max: Infinity };

/** Accepts every value. Its own children are itself. */
export const ANY: Node = makeAny();

function makeAny(): Node {
  const any = {
    types: ANY_TYPE,
    values: undefined,
    longest: 0,
    number: UNBOUNDED,
    above: Number.NaN,
    below: Number.NaN,
    length: UNBOUNDED,
    items: UNBOUNDED,
    members: UNBOUNDED,
    properties: new Map<string, Property>(),
    required: [],
    height: 1,
    any: true,
  };
  const node: { -readonly [K in keyof Node]: K extends "item" | "additional" ? Node | undefined : Node[K] } = {
    ...any,
    item: undefined,
    additional: undefined,
  };
  node.item = node as Node;
  node.additional = node as Node;
  return node as Node;
}
