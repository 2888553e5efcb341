// A receipt: what a call tree did and cost, as its payer was shown it, signed. The signature is Ed25519 (RFC 8032) over the
// canonical JSON (RFC 8785) of the statement. Pure but for WebCrypto; workerd and Node both have it.
import type { CallRecord } from "../record.ts";
import type { ShownNode } from "../record/view.ts";
import { type Result, err, ok } from "../result.ts";
import { canonical } from "./canonical.ts";

export const RECEIPT_FORMAT = "orcade-receipt-1";

/** What is signed. */
export interface Statement {
  readonly format: typeof RECEIPT_FORMAT;
  /** Where the platform was asked: its keys are at /.well-known/orcade-keys there. */
  readonly issuer: string;
  readonly call: string;
  readonly account: string;
  /** Label of the key that paid. */
  readonly key: string;
  /** Milliseconds since 1970: when the call was taken, and when it was settled. */
  readonly at: number;
  readonly settled: number;
  /** Place of its entry in the account's ledger. */
  readonly entry: number;
  /** Microcredits. */
  readonly cost: number;
  /** Root first, parents before children; the fuel of closed algorithms in steps of 1,000. */
  readonly nodes: readonly ShownNode[];
}

export interface Signature {
  readonly algorithm: "Ed25519";
  /** Id of the key. */
  readonly key: string;
  /** 64 bytes in base64url. */
  readonly value: string;
}

export interface Receipt {
  readonly statement: Statement;
  readonly signature: Signature;
}

/** A public key as it is published: a JWK (RFC 8037) with its id, and the time in which it signed (ISO 8601). */
export interface PublishedKey {
  readonly kid: string;
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** 32 bytes in base64url. */
  readonly x: string;
  readonly use: "sig";
  readonly created: string;
  /** Since when it does not sign any more; null: it does. */
  readonly retired: string | null;
}

export const statementOf = (
  issuer: string,
  record: CallRecord,
  settled: { readonly seq: number; readonly at: number },
  nodes: readonly ShownNode[],
): Statement => ({
  format: RECEIPT_FORMAT,
  issuer,
  call: record.id,
  account: record.account,
  key: record.key,
  at: record.at,
  settled: settled.at,
  entry: settled.seq,
  cost: record.cost,
  nodes,
});

/** The bytes that are signed. */
export function signedBytes(statement: unknown): Result<Uint8Array, string> {
  const text = canonical(statement);
  return text.ok ? ok(new TextEncoder().encode(text.value)) : err(`the statement has no canonical form: ${text.error}`);
}

/** Why a signature does not hold. */
export type Forged = "unknown-key" | "key-not-then" | "bad-signature" | "not-canonical";

/** Milliseconds two clocks may differ. */
const SLACK_MS = 300_000;

/** A key that was retired before the call was settled cannot have signed its receipt. */
const wasInUse = ({ retired }: PublishedKey, settled: number): boolean =>
  retired === null || settled - SLACK_MS <= Date.parse(retired);

/**
 * Checks a receipt's signature against published keys. A receipt can be asked for later than the call was settled, and is
 * then signed by the key of that day: so a key may be younger than the call, but not have ended before it.
 */
export async function verifySignature(
  { statement, signature }: Receipt,
  keys: readonly PublishedKey[],
): Promise<Result<PublishedKey, Forged>> {
  const key = keys.find(({ kid }) => kid === signature.key);
  if (key === undefined) return err("unknown-key");
  if (!wasInUse(key, statement.settled)) return err("key-not-then");
  const bytes = signedBytes(statement);
  if (!bytes.ok) return err("not-canonical");
  const { kty, crv, x } = key;
  try {
    const imported = await crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]);
    const value = Buffer.from(signature.value, "base64url");
    const holds = await crypto.subtle.verify("Ed25519", imported, value, bytes.value);
    return holds ? ok(key) : err("bad-signature");
  } catch {
    return err("bad-signature");
  }
}
