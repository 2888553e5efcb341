// What a client calls a request that it may send again (draft-ietf-httpapi-idempotency-key-header), and the id that follows from
// it: the same request begins one thing.
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { AppContext } from "./context.ts";

const SENDER = /^[\x21-\x7e]{1,200}$/;

/** The client's name for this request; undefined: it has none. */
export function senderOf(c: AppContext): Result<string | undefined, Failure> {
  const sender = c.req.header("Idempotency-Key");
  if (sender === undefined || SENDER.test(sender)) return ok(sender);
  return err(failure("invalid-parameter", "Idempotency-Key takes 1 to 200 visible ASCII characters."));
}

/** An id of the account's: `kind-` and a UUID, which follows from the client's name where there is one. */
export function idFrom(kind: "run" | "job", account: string, sender: string | undefined): string {
  if (sender === undefined) return `${kind}-${crypto.randomUUID()}`;
  const hex = sha256OfText(`${account.toLowerCase()} ${sender}`);
  return `${kind}-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
