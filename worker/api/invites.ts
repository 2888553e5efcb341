// Invites over HTTP, for operators: a code that lets somebody sign up, with credits. The code is shown once.
import type { Hono } from "hono";
import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { newInviteCode } from "../market/access/secret.ts";
import { failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { directoryOf } from "../objects/directory/object.ts";
import type { Invite } from "../objects/directory/signups.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { pageLink, pageSize } from "./page.ts";
import { expiry, plain } from "./shapes.ts";
import { bodyOf } from "./openapi/bodies.ts";

const inviteBody = bodyOf(
  "POST /v1/admin/invites",
  z.strictObject({
    microcredits: z.int().min(0).max(LIMITS.signUpCredits).default(0),
    uses: z.int().min(1).max(LIMITS.inviteUses).default(1),
    expires_at: expiry.default(null),
    note: plain(LIMITS.reasonCharacters).default(""),
  }),
);

const inviteObject = ({ credits, expires, created, revoked, maker, ...invite }: Invite): object => ({
  ...invite,
  microcredits: credits,
  maker,
  created_at: new Date(created).toISOString(),
  expires_at: expires === null ? null : new Date(expires).toISOString(),
  revoked_at: revoked === null ? null : new Date(revoked).toISOString(),
});

async function create(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, inviteBody);
  if (!body.ok) return refuse(c, body.error);
  const { microcredits: credits, uses, expires_at: expires, note } = body.value;
  const code = newInviteCode();
  const invite = await directoryOf(c.env).invite({
    codeHash: sha256OfText(code),
    credits,
    uses,
    expires: expires === null ? null : Date.parse(expires),
    note,
    maker: c.get("grant").account,
  });
  c.header("Cache-Control", "no-store");
  return c.json({ ...inviteObject(invite), code }, 201);
}

async function list(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const rows = (await directoryOf(c.env).invites(c.req.query("marker") ?? null, limit + 1)) as readonly Invite[];
  const marker = rows.length > limit ? (rows[limit - 1]?.id ?? null) : null;
  return c.json({ marker, next_link: pageLink(c, marker), results: rows.slice(0, limit).map(inviteObject) });
}

async function revoke(c: AppContext): Promise<Response> {
  const found = await directoryOf(c.env).revokeInvite(c.req.param("id") ?? "");
  return found ? c.body(null, 204) : refuse(c, failure("unknown-invite", "There is no invite with this id."));
}

export function inviteRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/admin/invites", create);
  app.get("/v1/admin/invites", list);
  app.delete("/v1/admin/invites/:id", revoke);
}
