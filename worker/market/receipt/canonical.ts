// Canonical JSON (RFC 8785): one text for one value, so that a signature over it can be checked anywhere. Pure.
import { type Result, err, ok } from "../result.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Why a value has no canonical form: NaN and infinities (§3.2.2.3), lone surrogates (§3.2.2.2), what is not JSON. */
export type CanonicalError = "not-finite" | "lone-surrogate" | "not-json";

/** A string as ECMAScript writes it, which is what §3.2.2.2 asks for. */
function textOf(text: string): string {
  if (!text.isWellFormed()) throw new Refusal("lone-surrogate");
  return JSON.stringify(text);
}

/** Carries the error out of the recursion; never leaves this file. */
class Refusal extends Error {
  readonly reason: CanonicalError;

  constructor(reason: CanonicalError) {
    super(reason);
    this.reason = reason;
  }
}

function numberOf(value: number): string {
  if (!Number.isFinite(value)) throw new Refusal("not-finite");
  // ECMAScript's own Number::toString, which RFC 8785 §3.2.2.3 prescribes; -0 is written 0.
  return JSON.stringify(value);
}

/** Members in the order of their names' UTF-16 code units (§3.2.3): JavaScript's own order of strings. */
function objectOf(value: object): string {
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const members = names.map((name) => `${textOf(name)}:${write((value as Record<string, unknown>)[name])}`);
  return `{${members.join(",")}}`;
}

function write(value: unknown): string {
  if (typeof value === "string") return textOf(value);
  if (typeof value === "number") return numberOf(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object") return objectOf(value);
  throw new Refusal("not-json");
}

/** @returns the canonical text */
export function canonical(value: unknown): Result<string, CanonicalError> {
  try {
    return ok(write(value));
  } catch (error) {
    if (error instanceof Refusal) return err(error.reason);
    throw error;
  }
}
