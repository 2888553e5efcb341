// What a webhook is told, and how that is signed: Standard Webhooks 1.0 (https://www.standardwebhooks.com). Pure.
import { createHmac } from "node:crypto";
import type { Ended } from "../objects/errand/protocol.ts";

/** The message: what happened to which call. */
export function messageOf({ commission, outcome, ended }: Ended): string {
  const { call, owner, name, version } = commission;
  const { status, error, failure, cost, fuel } = outcome;
  return JSON.stringify({
    type: status === "completed" ? "call.completed" : "call.failed",
    timestamp: new Date(ended).toISOString(),
    data: {
      id: call,
      algorithm: `${owner}/${name}`,
      version,
      status,
      cost_microcredits: cost,
      fuel,
      error: error ?? (failure === null ? null : { type: failure.code, message: failure.message }),
      result: `/v1/calls/${call}/result`,
    },
  });
}

/** @param secrets `whsec_` and base64 each @param seconds since 1970 */
export function signaturesOf(secrets: readonly string[], id: string, seconds: number, body: string): string {
  const sign = (secret: string): string =>
    createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
      .update(`${id}.${seconds}.${body}`)
      .digest("base64");
  return secrets.map((secret) => `v1,${sign(secret)}`).join(" ");
}
