// Which algorithm a management request means, and what its caller is to it.
import type { Env } from "../../env.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { algorithmId } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Grant } from "../../objects/account/object.ts";
import type { AlgorithmView } from "../../objects/algorithm/object.ts";
import { algorithmOf } from "../../objects/algorithm/store.ts";
import { cardById } from "../../objects/card/object.ts";
import { isMember } from "../caller.ts";
import type { AppContext } from "../context.ts";

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export interface WireTarget {
  /** `owner/name`, lower case. */
  readonly id: string;
  /** As written. */
  readonly owner: string;
  readonly name: string;
  readonly caller: Grant;
  readonly member: boolean;
}

export const absent = (): Failure => failure("unknown-algorithm", "No such algorithm");
export const notAuthorized = (): Failure =>
  failure("forbidden", "Caller is not authorized to perform the operation", { wire: 2001 });

export function targetOf(c: AppContext): WireTarget {
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  const caller = c.get("grant");
  return { id: algorithmId(owner, name), owner, name, caller, member: isMember(caller, owner) };
}

/** An algorithm that exists for the caller. */
export interface Seen extends WireTarget {
  readonly view: AlgorithmView;
  /** Canonical `owner/name`. */
  readonly spelled: string;
}

/** The algorithm as the caller may see it, with its newest version: what is private does not exist for a stranger. */
export async function seen(c: AppContext): Promise<Result<Seen, Failure>> {
  const target = targetOf(c);
  const view = await algorithmOf(c.env, target.id).view(target.member, null, 1);
  return view === null ? err(absent()) : ok({ ...target, view, spelled: view.name });
}

/** The algorithm, if the caller belongs to its owner. */
export async function own(c: AppContext): Promise<Result<Seen, Failure>> {
  const found = await seen(c);
  if (!found.ok || found.value.member) return found;
  return err(notAuthorized());
}

/** The name that a UUID of an algorithm stands for: `owner/name`. */
export async function nameOfId(env: Env, id: string): Promise<string | null> {
  const card = UUID.test(id) ? await cardById(env, id).read() : null;
  if (card?.kind !== "algorithm") return null;
  // A name whose algorithm left nothing behind may have been given out again.
  const view = await algorithmOf(env, card.name.toLowerCase()).view(true, null, 1);
  return view?.id === id.toLowerCase() ? view.name : null;
}
