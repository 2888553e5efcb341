// Secrets of an algorithm on the wire (contract §5): values go in and never come out here; the algorithm alone reads them
// (objects/workshop/store.ts).
import type { Hono } from "hono";
import * as z from "zod";
import { type Failure, failure } from "../../market/failure.ts";
import { type Sealer, seal, sealersOf } from "../../market/secrets.ts";
import { SECRETS, type SecretView } from "../../objects/workshop/object.ts";
import { workshopOf } from "../../objects/workshop/store.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { plain } from "../shapes.ts";
import { wireBody } from "./body.ts";
import { PROVIDER_ID } from "./providers.ts";
import { own } from "./target.ts";
import { bodyOf } from "../openapi/bodies.ts";

/** Characters of a value: a private key or a token, not data. */
const VALUE = 16_384;
const value = z.string().min(1).max(VALUE);
const texts = { short_name: plain(100).optional(), description: plain(1_000).optional() };
/** The name that code reads it by, as of an environment variable. */
const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "a letter or _, then letters, digits or _, at most 100");
const newBody = bodyOf(
  "POST /v1/algorithms/:owner/:name/secrets",
  z.object({ secret_key: name, secret_value: value, ...texts }),
);
const changeBody = bodyOf(
  "PUT /v1/algorithms/:owner/:name/secrets/:secret",
  z.object({ secret_key: z.string().optional(), secret_value: value.optional(), ...texts }),
);

const iso = (ms: number): string => new Date(ms).toISOString();

const secretObject = ({ id, name, label, description, created, modified }: SecretView, owner: string): object => ({
  id,
  short_name: label,
  description,
  secret_key: name,
  owner_type: "algorithm",
  owner_id: owner,
  provider_id: PROVIDER_ID,
  created: iso(created),
  modified: iso(modified),
});

const noSealer = (): Failure =>
  failure("not-available", "This deployment has no key for secrets: set ORCADE_SECRET_KEYS to ID:BASE64 (32 bytes).");
const unknown = (): Failure => failure("unknown-secret", "The algorithm has no such secret.");

const sealerOf = (c: AppContext): Sealer | undefined => sealersOf(c.env.ORCADE_SECRET_KEYS)[0];

async function list(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const rows = (await workshopOf(c.env, found.value.id).secrets()) as readonly SecretView[];
  const secrets = rows.map((row) => secretObject(row, found.value.view.id));
  return c.json({ secrets, results: secrets, marker: null, next_link: null });
}

async function create(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const body = await wireBody(c, newBody);
  if (!body.ok) return refuse(c, body.error);
  const sealer = sealerOf(c);
  if (sealer === undefined) return refuse(c, noSealer());
  const { secret_key: key, secret_value: text, short_name: label = key, description = "" } = body.value;
  const { id, view } = found.value;
  const sealed = await seal(sealer, id, key, text);
  const made = await workshopOf(c.env, id).addSecret({ name: key, label, description }, sealed);
  if (made !== null) return c.json(secretObject(made, view.id));
  const message = `The algorithm has a secret ${key} already, or ${SECRETS} of them: change or delete one.`;
  return refuse(c, failure("secret-exists", message));
}

async function change(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const body = await wireBody(c, changeBody);
  if (!body.ok) return refuse(c, body.error);
  const { id, view } = found.value;
  const workshop = workshopOf(c.env, id);
  const standing = await workshop.secret(c.req.param("secret") ?? "");
  if (standing === null) return refuse(c, unknown());
  const { secret_key: key, secret_value: text, short_name: label, description } = body.value;
  if (key !== undefined && key !== standing.name)
    return refuse(c, failure("invalid-body", "secret_key stays as it is: make another secret."));
  const sealer = sealerOf(c);
  if (text !== undefined && sealer === undefined) return refuse(c, noSealer());
  const sealed = text === undefined || sealer === undefined ? null : await seal(sealer, id, standing.name, text);
  const wish = { label: label ?? standing.label, description: description ?? standing.description };
  const changed = await workshop.changeSecret(standing.id, wish, sealed);
  return changed === null ? refuse(c, unknown()) : c.json(secretObject(changed, view.id));
}

async function remove(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const gone = await workshopOf(c.env, found.value.id).dropSecret(c.req.param("secret") ?? "");
  return gone ? c.body(null, 204) : refuse(c, unknown());
}

export function wireSecretRoutes(app: Hono<AppEnv>): void {
  const base = "/v1/algorithms/:owner/:name/secrets";
  app.get(base, list);
  app.post(base, create);
  app.put(`${base}/:secret`, change);
  app.delete(`${base}/:secret`, remove);
}
