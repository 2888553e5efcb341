// Users and organisations as the wire contract shows them (§6): the directory's names, with what only that contract asks for.
import * as z from "zod";
import type { Env } from "../../env.ts";
import { cardByExternalId, cardById, cardByName } from "../../objects/card/object.ts";
import type { ListedName } from "../../objects/directory/protocol.ts";
import { plain } from "../shapes.ts";
import { uuidOf } from "./objects.ts";
import { bodyOf } from "../openapi/bodies.ts";

const line = plain(300);
export const userFacts = bodyOf(
  "PUT /v1/users/:account",
  z.object({
    email: line.optional(),
    fullname: line.optional(),
    company_name: line.optional(),
    company_role: line.optional(),
  }),
);
export const organizationFacts = bodyOf(
  "PUT /v1/organizations/:org",
  z.object({
    org_label: line.optional(),
    org_contact_name: line.optional(),
    org_email: line.optional(),
    org_url: line.optional(),
    type_id: z.string().max(100).optional(),
    external_id: line.optional(),
    external_admin_group: line.optional(),
    external_member_group: line.optional(),
  }),
);
export type Facts = Readonly<Record<string, string | undefined>>;

const UUID_KIND = { user: "user", organisation: "organization" } as const;
type Kind = keyof typeof UUID_KIND;

export const idOf = (kind: Kind, name: string): string => uuidOf(UUID_KIND[kind], name.toLowerCase());

export async function factsOf(env: Env, name: string): Promise<Facts> {
  const card = await cardByName(env, name).read();
  return card === null ? {} : (JSON.parse(card.facts) as Facts);
}

/** Keeps facts, and the ways back from its UUID and external id. What is not said stays. */
export async function keepFacts(env: Env, kind: Kind, name: string, said: Facts): Promise<Facts> {
  const facts = { ...(await factsOf(env, name)), ...said };
  await cardByName(env, name).put(kind, name, JSON.stringify(facts));
  await cardById(env, idOf(kind, name)).put(kind, name, "{}");
  const { external_id: external } = facts;
  if (external !== undefined) await cardByExternalId(env, `${kind}:${external}`).put(kind, name, "{}");
  return facts;
}

export const userObject = ({ name, created }: Pick<ListedName, "name" | "created">, facts: Facts): object => ({
  id: facts["id"] ?? idOf("user", name),
  username: name,
  email: facts["email"] ?? "",
  fullname: facts["fullname"] ?? "",
  company_name: facts["company_name"] ?? "",
  company_role: facts["company_role"] ?? "",
  created_at: new Date(created).toISOString(),
  self_link: `/v1/users/${name}`,
  resource_type: "user",
});

/** The three types there were. Here all organisations are alike. */
export const TYPES = ["basic", "legacy", "pro"].map((name) => ({ id: uuidOf("organization-type", name), name }));

export const organizationObject = ({ name, created }: Pick<ListedName, "name" | "created">, facts: Facts): object => ({
  id: facts["id"] ?? idOf("organisation", name),
  org_name: name,
  org_label: facts["org_label"] ?? name,
  org_contact_name: facts["org_contact_name"] ?? "",
  org_email: facts["org_email"] ?? "",
  org_url: facts["org_url"] ?? "",
  org_created_at: new Date(created).toISOString(),
  type_id: facts["type_id"] ?? TYPES[0]?.id ?? "",
  external_id: facts["external_id"] ?? "",
  external_admin_group: facts["external_admin_group"] ?? "",
  external_member_group: facts["external_member_group"] ?? "",
  self_link: `/v1/organizations/${name}`,
  resource_type: "organization",
});
