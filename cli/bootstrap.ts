// The first operator of a server: a key made here, whose hash the server is told under a one-time token. The key is kept
// on disk before the server hears of it, so that a crash at any moment can be repaired by doing the same again.
import { createHash, randomBytes } from "node:crypto";
import { CREDIT } from "../worker/market/money/amount.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { accepted, failureOf, send, type Reply } from "./http.ts";
import type { Credentials } from "./settings.ts";

export { newKey } from "../worker/market/access/secret.ts";

/** A new one-time token: 256 bits in base64url. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** 64 hex digits: all that a server is told of a key. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function refusal(reply: Reply, address: string): CliFailure {
  const failure = failureOf(reply);
  if (reply.status !== 409) return failure;
  return new CliFailure(
    EXIT.credentials,
    "already-bootstrapped",
    `${address} has its first operator already, with another key.`,
    "Use the key it was made with; the one-time token is worth nothing any more.",
  );
}

/** Microcredits a server of one's own starts with: a million credits, so that what is printed can be tried at once. */
const START_MONEY = 1_000_000 * CREDIT;

/** Gives the operator money to call with, once; the same again changes nothing. */
export async function startGrant({ address, account, key }: Credentials): Promise<void> {
  const body = JSON.stringify({ id: "start", amount: START_MONEY, note: "to begin with" });
  const headers = { authorization: `Simple ${key}`, "content-type": "application/json" };
  const path = `/v1/admin/accounts/${account}/grants`;
  const reply = await send(address, { method: "POST", path, headers, body: new TextEncoder().encode(body) });
  // An older version may have started it with another amount.
  if (reply.status !== 409) accepted(reply);
}

/** Makes the account of these credentials the operator; the same again changes nothing. */
export async function bootstrap({ address, account, key }: Credentials, token: string): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify({ account, key_sha256: sha256(key) }));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const reply = await send(address, { method: "POST", path: "/v1/admin/bootstrap", headers, body });
  if (reply.status !== 200) throw refusal(reply, address);
  accepted(reply);
}
