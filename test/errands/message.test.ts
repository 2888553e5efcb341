// What a webhook is told: verified by the reference implementation of Standard Webhooks, under each secret that signs.
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { expect, test } from "vitest";
import { messageOf, signaturesOf } from "../../worker/errands/message.ts";
import type { Ended, Outcome } from "../../worker/objects/errand/protocol.ts";

const secret = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString("base64")}`;

const outcome: Outcome = {
  status: "completed",
  kind: "json",
  error: null,
  failure: null,
  version: "1.2.0",
  build: "0".repeat(64),
  fuel: 5_000,
  cost: 20_005,
  duration: 0.2,
  settled: "req-1",
};
const ended: Ended = {
  commission: {
    call: "req-1",
    account: "ada",
    keyHash: "f".repeat(64),
    key: "key-1",
    owner: "ada",
    name: "work",
    version: "1.2.0",
    build: "0".repeat(64),
    maxCost: null,
    quote: null,
    keep: false,
    timeoutMs: 300_000,
    timeoutChosen: false,
    webhook: "https://example.com/hook",
  },
  outcome,
  ended: 1_764_000_000_000,
};

const headersOf = (secrets: readonly string[], body: string, seconds = Math.floor(Date.now() / 1_000)) => ({
  "webhook-id": "msg_req-1",
  "webhook-timestamp": String(seconds),
  "webhook-signature": signaturesOf(secrets, "msg_req-1", seconds, body),
});

test("the reference implementation verifies it under the current secret and the one before, and no other", () => {
  const body = messageOf(ended);
  const headers = headersOf([secret(1), secret(2)], body);
  for (const fill of [1, 2]) expect(new Webhook(secret(fill)).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(secret(3)).verify(body, headers)).toThrow(WebhookVerificationError);
  expect(() => new Webhook(secret(1)).verify(`${body} `, headers)).toThrow(WebhookVerificationError);
  const old = headersOf([secret(1)], body, Math.floor(Date.now() / 1_000) - 3_600);
  expect(() => new Webhook(secret(1)).verify(body, old)).toThrow(WebhookVerificationError);
});

test("it says what happened to which call, and no secret of ours", () => {
  expect(JSON.parse(messageOf(ended))).toEqual({
    type: "call.completed",
    timestamp: "2025-11-24T16:00:00.000Z",
    data: {
      id: "req-1",
      algorithm: "ada/work",
      version: "1.2.0",
      status: "completed",
      cost_microcredits: 20_005,
      fuel: 5_000,
      error: null,
      result: "/v1/calls/req-1/result",
    },
  });
  expect(messageOf(ended)).not.toContain(ended.commission.keyHash);
});

test("a call that failed says why", () => {
  const failed = {
    ...ended,
    outcome: { ...outcome, status: "failed" as const, error: { type: "Trap", message: "no" } },
  };
  expect(JSON.parse(messageOf(failed))).toMatchObject({ type: "call.failed", data: { error: { type: "Trap" } } });
  const failure = { code: "insufficient-credits" as const, message: "none left" };
  const refused = { ...ended, outcome: { ...outcome, status: "refused" as const, failure } };
  expect(JSON.parse(messageOf(refused))).toMatchObject({
    type: "call.failed",
    data: { status: "refused", error: { type: "insufficient-credits" } },
  });
});
