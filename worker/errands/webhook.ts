// Tells a webhook that a call has ended, by Standard Webhooks 1.0 (https://www.standardwebhooks.com): at least once, under one
// id, signed with the account's secrets. The message is small: what the call answered is fetched by who was told.
import { send } from "../egress/send.ts";
import { localSender } from "../egress/sender.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { sealersOf, unseal } from "../market/secrets.ts";
import { accountOf } from "../objects/account/object.ts";
import { type WebhookSecret, WEBHOOK_SECRET, webhookPlace } from "../objects/account/webhooks.ts";
import type { Ended } from "../objects/errand/protocol.ts";
import type { Attempt, Verdict } from "../objects/task/task.ts";
import { messageOf, signaturesOf } from "./message.ts";
import { webhookPolicy } from "./policy.ts";

/** Milliseconds a receiver may take. */
const ANSWER_MS = 15_000;
/** Milliseconds after which a receiver that is asked too often is asked again, at most. */
const CROWD_MS = 4_000;

/** The secrets an account signs with now, newest first. */
async function secretsOf(env: Env, account: string): Promise<readonly string[]> {
  const sealed = (await accountOf(env, account).webhookSecrets()) as readonly WebhookSecret[];
  const sealers = sealersOf(env.ORCADE_SECRET_KEYS);
  const opened = await Promise.all(sealed.map((each) => unseal(sealers, webhookPlace(account), WEBHOOK_SECRET, each)));
  return opened.flatMap((each) => (each.ok ? [each.value] : []));
}

/** Sends it once. A receiver that answers 410 wants no more. */
export async function sendWebhook(env: Env, { task, number }: Attempt, ended: Ended): Promise<Verdict> {
  const { webhook, account, call, hops = 0 } = ended.commission;
  const secrets = webhook === null ? [] : await secretsOf(env, account);
  if (webhook === null || secrets.length === 0) return { state: "failed" };
  const body = messageOf(ended);
  const [id, seconds] = [`msg_${call}`, Math.floor(Date.now() / 1_000)];
  const headers = [
    ["content-type", "application/json"],
    ["webhook-id", id],
    ["webhook-timestamp", String(seconds)],
    ["webhook-signature", signaturesOf(secrets, id, seconds, body)],
  ] as const;
  const bounds = { answerBytes: LIMITS.webhookAnswerBytes, deadline: Date.now() + ANSWER_MS, hops };
  const outgoing = { method: "POST", url: webhook, headers, body: new TextEncoder().encode(body) } as const;
  const answer = await send(outgoing, webhookPolicy(env), bounds, localSender(env));
  // Where it was sent elsewhere by a redirect, the message may not have gone along.
  const there = answer.ok && answer.value.url === new URL(webhook).href;
  if (answer.ok && there && answer.value.status >= 200 && answer.value.status < 300) return { state: "done" };
  if (answer.ok && answer.value.status === 410) return { state: "failed" };
  if (!answer.ok && answer.error.reason === "rate-limited") {
    return { state: "again", after: Math.floor(1_000 + Math.random() * CROWD_MS) };
  }
  // It would begin itself again and again, by way of another host.
  if (!answer.ok && answer.error.reason === "loop") return { state: "failed" };
  const reason = answer.ok ? String(answer.value.status) : answer.error.reason;
  console.error(JSON.stringify({ event: "webhook-failed", call, task, attempt: number, reason }));
  return { state: "again" };
}
