// Names that a person could take for one another, and names that are the platform's. Pure.

/** Folds that make look-alikes equal, in this order; kv-schema/tables/directory.ts spells the same in SQL. */
export const FOLDS: readonly (readonly [from: string, to: string])[] = [
  ["1", "l"],
  ["|", "l"],
  // A capital I is an l in many faces, and addresses are read without regard to case.
  ["i", "l"],
  ["0", "o"],
  ["-", "_"],
  ["rn", "m"],
  ["vv", "w"],
];

/** The form that a name shares with all its look-alikes: `AIice`, `a1ice` and `alice` have one. */
export const skeleton = (name: string): string =>
  FOLDS.reduce((folded, [from, to]) => folded.replaceAll(from, to), name.toLowerCase());

/** Names that nobody may sign up with or found: the platform's own, and words of addresses, roles and protocols. */
const RESERVED: readonly string[] = [
  ..."orcade admin administrator api app root system sys support help security abuse billing status staff official".split(
    " ",
  ),
  ..."www web mail ftp cdn static assets console docs blog auth oauth login logout signup signin account accounts".split(
    " ",
  ),
  ..."me my session algo algorithm algorithms data state call calls key keys org orgs organization organizations".split(
    " ",
  ),
  ..."user users member members owner owners invite invites operator_team null undefined none anonymous everyone".split(
    " ",
  ),
  ..."public private latest v1 v2 health webhook webhooks postmaster hostmaster webmaster localhost platform".split(
    " ",
  ),
];
const reserved = new Set(RESERVED.map(skeleton));

/** Whether a name, or one that looks like it, is the platform's. */
export const isReserved = (name: string): boolean => reserved.has(skeleton(name));
