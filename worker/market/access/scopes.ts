// What a key may do: its scopes, and the rules by which one set of scopes lies within another. Pure.
import * as z from "zod";
import { LIMITS } from "../../limits.ts";

/** `*`, `owner/*` or `owner/name`, compared without regard to case. */
const CALL_PATTERN = /^(\*|[A-Za-z][A-Za-z0-9_]{0,29}\/(\*|[A-Za-z][A-Za-z0-9_-]{0,29}))$/;
const DATA = ["none", "read", "write"] as const;

export const scopesShape = z.strictObject({
  call: z
    .array(z.string().regex(CALL_PATTERN, 'one of "*", "owner/*", "owner/name"'))
    .max(LIMITS.keyPatterns, `at most ${LIMITS.keyPatterns} patterns`),
  data: z.enum(DATA),
  internet: z.boolean().optional(),
  manage: z.boolean(),
  admin: z.boolean(),
});

export interface Scopes {
  /** Which algorithms the key may call: `*`, `owner/*`, `owner/name`. */
  readonly call: readonly string[];
  /** Which of the account's data it may reach; write includes read. */
  readonly data: (typeof DATA)[number];
  /**
   * Whether algorithms called with it may reach the Internet. Unset: they may, and see of the account's data only the collections
   * that a call's input names; true: they see what `data` says.
   */
  readonly internet?: boolean | undefined;
  /** Publishing, keys, organisations, and the account's books. */
  readonly manage: boolean;
  /** The operators' routes, if the account is an operator. */
  readonly admin: boolean;
}

/** Every scope there is: what an account's first key has. */
export const ALL_SCOPES: Scopes = { call: ["*"], data: "write", manage: true, admin: true };
/** What a new key has that does not say: everything but the keys to the house. */
export const DEFAULT_SCOPES: Scopes = { call: ["*"], data: "write", manage: false, admin: false };

const matches = (pattern: string, owner: string, name: string): boolean => {
  if (pattern === "*") return true;
  const [patternOwner, patternName] = pattern.toLowerCase().split("/");
  return patternOwner === owner.toLowerCase() && (patternName === "*" || patternName === name.toLowerCase());
};

/** Whether a key with these scopes may call `owner/name`. */
export const mayCall = (scopes: Scopes, owner: string, name: string): boolean =>
  scopes.call.some((pattern) => matches(pattern, owner, name));

/** Whether everything a pattern matches is matched by some pattern of the others. */
function covered(pattern: string, others: readonly string[]): boolean {
  const [owner = "", name = ""] = pattern.split("/");
  return pattern === "*" ? others.includes("*") : others.some((other) => matches(other, owner, name));
}

/** Whether `inner` allows nothing that `outer` does not: a key may hand on only what it has. */
export const within = (inner: Scopes, outer: Scopes): boolean =>
  inner.call.every((pattern) => covered(pattern, outer.call)) &&
  DATA.indexOf(inner.data) <= DATA.indexOf(outer.data) &&
  (outer.internet !== false || inner.internet === false) &&
  (outer.manage || !inner.manage) &&
  (outer.admin || !inner.admin);
