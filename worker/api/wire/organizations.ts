// What the wire contract (§6) has of organisations beside ../organizations.ts: types, external ids, changing and deleting.
import type { Hono } from "hono";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { cardByExternalId } from "../../objects/card/object.ts";
import { directoryOf } from "../../objects/directory/object.ts";
import type { ListedName } from "../../objects/directory/protocol.ts";
import { forgetGrants } from "../caller.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { wireBody } from "./body.ts";
import { type Facts, TYPES, factsOf, keepFacts, organizationFacts, organizationObject } from "./cards.ts";
import { said } from "./shapes.ts";
import { notAuthorized } from "./target.ts";
import { DELETED, unknownOrganization, within } from "./within.ts";

const noType = (): Failure =>
  failure("invalid-body", "type_id must be one of GET /v1/organization/types.", { wire: 3108 });

/** Facts that fit: a type that there is, an external id that is nobody else's. */
export async function checkFacts(c: AppContext, facts: Facts, name: string): Promise<Result<Facts, Failure>> {
  const { type_id: type, external_id: external } = facts;
  if (type !== undefined && !TYPES.some(({ id, name: known }) => id === type || known === type)) return err(noType());
  const card = external === undefined ? null : await cardByExternalId(c.env, `organisation:${external}`).read();
  if (card !== null && card.name.toLowerCase() !== name.toLowerCase())
    return err(failure("name-taken", "This external_id belongs to another organisation.", { wire: 3101 }));
  return ok(facts);
}

async function update(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  if (found.value.role !== "owner") return refuse(c, notAuthorized());
  const body = await wireBody(c, organizationFacts);
  if (!body.ok) return refuse(c, body.error);
  const name = c.req.param("org") ?? "";
  const checked = await checkFacts(c, said(body.value), name);
  if (!checked.ok) return refuse(c, checked.error);
  const listed = (await directoryOf(c.env).find(name)) as ListedName | null;
  if (listed === null) return refuse(c, unknownOrganization());
  await keepFacts(c.env, "organisation", listed.name, checked.value);
  return c.body(null, 204);
}

/** Names are given out once and books stay: what is deleted opens nothing any more, and nobody belongs to it. */
async function remove(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  if (found.value.role !== "owner") return refuse(c, notAuthorized());
  await found.value.organisation.suspend(DELETED);
  forgetGrants();
  return c.body(null, 204);
}

async function byExternalId(c: AppContext): Promise<Response> {
  const card = await cardByExternalId(c.env, `organisation:${c.req.param("external") ?? ""}`).read();
  const listed = card === null ? null : ((await directoryOf(c.env).find(card.name)) as ListedName | null);
  const { account, operator, organisations } = c.get("grant");
  const mine = listed !== null && (operator || listed.founder === account || organisations.includes(listed.name));
  if (listed === null || !mine) return refuse(c, unknownOrganization());
  return c.json(organizationObject(listed, await factsOf(c.env, listed.name)));
}

export function wireOrganizationRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/organization/types", (c) => c.json(TYPES));
  app.get("/v1/organizations/externalId/:external", byExternalId);
  app.put("/v1/organizations/:org", update);
  app.delete("/v1/organizations/:org", remove);
}
