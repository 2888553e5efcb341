// Organisations over HTTP (wire contract §6): accounts that own algorithms, data and money, and belong to their members.
import type { Hono } from "hono";
import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { type Result, ok } from "../market/result.ts";
import type { MemberRefusal, MemberView, Role } from "../objects/account/members.ts";
import { type Account, accountOf } from "../objects/account/object.ts";
import { directoryOf } from "../objects/directory/object.ts";
import { nameRefusal } from "./accounts.ts";
import { forgetAccount } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { wireBody } from "./wire/body.ts";
import { factsOf, keepFacts, organizationFacts, organizationObject } from "./wire/cards.ts";
import { checkFacts } from "./wire/organizations.ts";
import { said } from "./wire/shapes.ts";
import { unknownOrganization, within } from "./wire/within.ts";
import { pageLink, pageSize } from "./page.ts";
import { name } from "./shapes.ts";
import { bodyOf } from "./openapi/bodies.ts";

const organizationBody = bodyOf("POST /v1/organizations", organizationFacts.extend({ org_name: name }));
const memberBody = bodyOf(
  "PUT /v1/organizations/:org/members/:account",
  z.strictObject({ role: z.enum(["owner", "member"]).default("member") }),
);

const tooMany = (): Failure =>
  failure("too-many-organizations", `An account may found ${LIMITS.organizations} organisations: this one has.`);

async function create(c: AppContext): Promise<Response> {
  const body = await wireBody(c, organizationBody);
  if (!body.ok) return refuse(c, body.error);
  const { org_name: wanted, ...told } = body.value;
  const facts = await checkFacts(c, said(told), wanted);
  if (!facts.ok) return refuse(c, facts.error);
  const { account, kind } = c.get("grant");
  if (kind !== "user") return refuse(c, failure("forbidden", "Only people's accounts found organisations."));
  const founder = accountOf(c.env, account);
  if (!(await founder.want(wanted))) return refuse(c, tooMany());
  const claimed = await directoryOf(c.env).claim(wanted, "organisation", account);
  const spelled = claimed.ok ? claimed.value.name : wanted;
  const role = claimed.ok ? await accountOf(c.env, wanted).found(spelled, account) : null;
  if (role === null) {
    await founder.unwant(wanted);
    const refused = nameRefusal(claimed.ok ? { code: "taken" } : claimed.error, wanted);
    return refuse(c, { ...refused, wire: 3101 });
  }
  forgetAccount(account);
  const kept = await keepFacts(c.env, "organisation", spelled, facts.value);
  return c.json(organizationObject({ name: spelled, created: Date.now() }, kept));
}

async function get(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  const listed = await directoryOf(c.env).find(c.req.param("org") ?? "");
  if (listed?.kind !== "organisation") return refuse(c, unknownOrganization());
  const facts = await factsOf(c.env, listed.name);
  return c.json({ ...organizationObject(listed, facts), role: found.value.role });
}

const memberObject = ({ account, role, since }: MemberView): object => ({
  username: account,
  role,
  since: new Date(since).toISOString(),
  user_link: `/v1/users/${account}`,
  resource_type: "organization_member",
});

async function members(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const { organisation } = found.value;
  const rows = (await organisation.members(c.req.query("marker") ?? "", limit + 1)) as readonly MemberView[];
  const marker = rows.length > limit ? (rows[limit - 1]?.account ?? null) : null;
  return c.json({ marker, next_link: pageLink(c, marker), results: rows.slice(0, limit).map(memberObject) });
}

function memberFailure(refusal: MemberRefusal, account: string): Failure {
  switch (refusal) {
    case "not-owner":
      return failure("forbidden", "Only owners of the organisation may change who belongs to it.");
    case "not-a-member":
      return failure("unknown-member", `${account} does not belong to the organisation.`);
    case "last-owner":
      return failure("last-owner", `${account} is the only owner: make somebody else an owner first.`);
    case "too-many-members":
      return failure("too-many-members", `An organisation has at most ${LIMITS.members} members.`);
  }
}

/** The role a PUT asks for: what its body says, else what stands, else member (the wire contract sends no body). */
async function roleFrom(c: AppContext, standing: Role | null): Promise<Result<Role, Failure>> {
  if (c.req.raw.body === null || c.req.header("Content-Length") === "0") return ok(standing ?? "member");
  const body = await jsonBody(c.req.raw, memberBody);
  return body.ok ? ok(body.value.role) : body;
}

async function putMember(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  const { organisation, role } = found.value;
  if (role !== "owner") return refuse(c, memberFailure("not-owner", ""));
  const wanted = c.req.param("account") ?? "";
  const listed = await directoryOf(c.env).find(wanted);
  if (listed?.kind !== "user") return refuse(c, failure("unknown-account", "There is no account of this name."));
  const standing = await organisation.role(listed.name);
  const next = await roleFrom(c, standing);
  if (!next.ok) return refuse(c, next.error);
  if (standing === null && !(await accountOf(c.env, listed.name).mayJoin())) {
    return refuse(c, failure("too-many-organizations", `${listed.name} belongs to too many organisations.`));
  }
  return changeMember(c, organisation, listed.name, next.value, standing === null ? 201 : 200);
}

async function removeMember(c: AppContext): Promise<Response> {
  const found = await within(c);
  if (!found.ok) return refuse(c, found.error);
  return changeMember(c, found.value.organisation, c.req.param("account") ?? "", "gone", 204);
}

async function changeMember(
  c: AppContext,
  organisation: DurableObjectStub<Account>,
  account: string,
  role: Role | "gone",
  status: 200 | 201 | 204,
): Promise<Response> {
  const { account: by } = c.get("grant");
  const set = (await organisation.setMember(by, account, role)) as Result<boolean, MemberRefusal>;
  if (!set.ok) return refuse(c, memberFailure(set.error, account.slice(0, 30)));
  forgetAccount(account);
  return c.body(null, status);
}

export function organizationRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/organizations", create);
  app.get("/v1/organizations/:org", get);
  app.get("/v1/organizations/:org/members", members);
  app.put("/v1/organizations/:org/members/:account", putMember);
  app.delete("/v1/organizations/:org/members/:account", removeMember);
}
