// Quotes: firm ceilings drawn from a profile, and what a call that cites one may cost. A call citing a quote never costs more
// than it; what would need more stops, which is no doing of the caller's (worker/calls/run.ts says who pays), and its quote is
// void: it promised too little, and no other call stops at it.
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { sizeClass } from "../../market/profile/outlier.ts";
import type { Basis } from "../../market/quote.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Quoted } from "./object.ts";
import { profileOf } from "./observe.ts";

/** What calls of a build with inputs of a length used. */
export async function basisFor(env: Env, algorithm: string, build: string, inputBytes: number): Promise<Basis> {
  return profileOf(env, algorithm).basis(build, sizeClass(inputBytes));
}

/** Makes a quote that holds for LIMITS.quoteMs. */
export async function makeQuote(env: Env, algorithm: string, terms: Omit<Quoted, "id" | "expires">): Promise<Quoted> {
  const quote = { ...terms, id: `quo-${crypto.randomUUID()}`, expires: Date.now() + LIMITS.quoteMs };
  await profileOf(env, algorithm).addQuote(quote);
  return quote;
}

/** A call that cites a quote. */
export interface Citing {
  readonly account: string;
  readonly algorithm: string;
  readonly build: string;
  readonly inputBytes: number;
}

/** `unknown-quote` also for another account's; `other-quote`: it is for another version or for shorter inputs. */
export type QuoteRefusal = "unknown-quote" | "expired-quote" | "other-quote";

/** @returns the microcredits that the call may cost at most */
export async function openQuote(env: Env, id: string, citing: Citing): Promise<Result<number, QuoteRefusal>> {
  const quote = (await profileOf(env, citing.algorithm).quote(id)) as Quoted | null;
  if (quote === null || quote.account.toLowerCase() !== citing.account.toLowerCase()) return err("unknown-quote");
  if (quote.expires < Date.now()) return err("expired-quote");
  const fits = quote.build === citing.build && citing.inputBytes <= quote.bytes;
  return fits ? ok(quote.ceiling) : err("other-quote");
}

/** Ends a quote that did not hold; what fails here leaves it to its expiry. */
export async function voidQuote(env: Env, algorithm: string, id: string): Promise<void> {
  try {
    await profileOf(env, algorithm).voidQuote(id);
  } catch (error) {
    console.error(JSON.stringify({ event: "quote-not-voided", quote: id, error: String(error) }));
  }
}
