// Who belongs to whom.
import type { Grant } from "../market/access/grant.ts";

/** Whether the caller is the owner of an algorithm, or belongs to it. */
export function isMember({ account, organisations }: Pick<Grant, "account" | "organisations">, owner: string): boolean {
  const name = owner.toLowerCase();
  return account.toLowerCase() === name || organisations.some((organisation) => organisation.toLowerCase() === name);
}
