// The secret that an account's webhooks are signed with (Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes). It is shown
// once, when it is made; for a day the one before signs, too, so that receivers can change over.
import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { failure } from "../market/failure.ts";
import { seal, sealersOf } from "../market/secrets.ts";
import { accountOf } from "../objects/account/object.ts";
import { WEBHOOK_SECRET, type WebhookSecret, webhookPlace } from "../objects/account/webhooks.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";

const SECRET_BYTES = 32;
const iso = (ms: number): string => new Date(ms).toISOString();

async function list(c: AppContext): Promise<Response> {
  const { account } = c.get("grant");
  const secrets = (await accountOf(c.env, account).webhookSecrets()) as readonly WebhookSecret[];
  return c.json({
    results: secrets.map(({ made, until }) => ({ created: iso(made), until: until === null ? null : iso(until) })),
  });
}

async function rotate(c: AppContext): Promise<Response> {
  const { account } = c.get("grant");
  const [sealer] = sealersOf(c.env.ORCADE_SECRET_KEYS);
  if (sealer === undefined) {
    return refuse(c, failure("not-available", "This deployment has no key for secrets: set ORCADE_SECRET_KEYS."));
  }
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
  await accountOf(c.env, account).rotateWebhookSecret(
    await seal(sealer, webhookPlace(account), WEBHOOK_SECRET, secret),
  );
  c.header("Cache-Control", "no-store");
  return c.json({ secret }, 201);
}

export function webhookRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/account/webhook-secret", list);
  app.post("/v1/account/webhook-secret", rotate);
}
