// Which organisation a request means, if the caller belongs to it.
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Overview } from "../../objects/account/keys.ts";
import type { Role } from "../../objects/account/members.ts";
import { type Account, accountOf } from "../../objects/account/object.ts";
import type { AppContext } from "../context.ts";

/** Why a deleted account or organisation is suspended: names are given out once, and books stay. */
export const DELETED = "deleted";

export const unknownOrganization = (): Failure =>
  failure("unknown-organization", "There is no such organisation, or the account does not belong to it.");

interface Within {
  readonly organisation: DurableObjectStub<Account>;
  /** The caller's role in it. */
  readonly role: Role;
}

/** The organisation of the path, if the caller belongs to it: for others it is as if it did not exist. */
export async function within(c: AppContext): Promise<Result<Within, Failure>> {
  const organisation = accountOf(c.env, c.req.param("org") ?? "");
  const { account } = c.get("grant");
  const self = account.toLowerCase() === (c.req.param("org") ?? "").toLowerCase();
  const role = self ? "member" : await organisation.role(account);
  if (role === null) return err(unknownOrganization());
  const overview = (await organisation.overview()) as Overview | null;
  return overview?.suspended?.reason === DELETED ? err(unknownOrganization()) : ok({ organisation, role });
}
