// An operator acts for somebody: with the header X-Orcade-For, requests about data and publishing are as a member's of the
// account or organisation that it names. What is made there is theirs and counts against their limits.
import { type Failure, failure } from "../market/failure.ts";
import type { Grant } from "../market/access/grant.ts";
import { type Result, err, ok } from "../market/result.ts";
import { directoryOf } from "../objects/directory/object.ts";
import { authenticate } from "./caller.ts";
import type { AppContext } from "./context.ts";

/** The caller of a request, as a member of whom it acts for. */
export async function actorOf(c: AppContext): Promise<Result<Grant, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  const name = c.req.header("X-Orcade-For");
  if (name === undefined || !caller.ok) return caller;
  if (!caller.value.operator)
    return err(failure("forbidden", "X-Orcade-For is for operators, with a key of the scope admin."));
  const listed = await directoryOf(c.env).find(name);
  if (listed === null) return err(failure("unknown-account", "X-Orcade-For names no account."));
  return ok({ ...caller.value, organisations: [...caller.value.organisations, listed.name] });
}
