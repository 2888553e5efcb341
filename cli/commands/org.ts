// `orcade org create|members|add|remove`: organisations, which own algorithms, data and money, and belong to their members.
import type { Command, Invocation, Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { accepted, remove, sendJson, sendSigned } from "../http.ts";
import { asObject, asString } from "../json.ts";
import { printable, table } from "../print.ts";
import { allPages, minute } from "./keys.ts";

const membersOf = (organization: string): string => `/v1/organizations/${encodeURIComponent(organization)}/members`;
const memberOf = (organization: string, account: string): string =>
  `${membersOf(organization)}/${encodeURIComponent(account)}`;

async function create(invocation: Invocation): Promise<Report> {
  const [wanted = ""] = invocation.operands;
  const made = await sendJson(invocation.settings(), "POST", "/v1/organizations", { org_name: wanted });
  const name = asString(made["org_name"]) ?? wanted;
  return { exit: EXIT.ok, json: made, text: printable(`${name} is an organisation, and your account owns it.`) };
}

async function members(invocation: Invocation): Promise<Report> {
  const [organization = ""] = invocation.operands;
  const found = await invocation.progress("listing members", () => allPages(invocation, membersOf(organization)));
  const rows = found
    .map(asObject)
    .map((member) => [
      asString(member?.["username"]) ?? "",
      asString(member?.["role"]) ?? "",
      minute(member?.["since"], ""),
    ]);
  const text = table([["ACCOUNT", "ROLE", "SINCE (UTC)"], ...rows]);
  return { exit: EXIT.ok, json: { organization, members: found }, text: printable(text) };
}

async function add(invocation: Invocation): Promise<Report> {
  const [organization = "", account = ""] = invocation.operands;
  const role = invocation.options["owner"] === true ? "owner" : "member";
  const body = new TextEncoder().encode(JSON.stringify({ role }));
  const headers = { "content-type": "application/json" };
  const path = memberOf(organization, account);
  const reply = await sendSigned(invocation.settings(), { method: "PUT", path, headers, body });
  accepted(reply);
  const text = `${account} is ${role === "owner" ? "an owner" : "a member"} of ${organization}.`;
  return {
    exit: EXIT.ok,
    json: { organization, account, role, added: reply.status === 201 },
    text: printable(text),
  };
}

async function take(invocation: Invocation): Promise<Report> {
  const [organization = "", account = ""] = invocation.operands;
  await remove(invocation.settings(), memberOf(organization, account));
  const text = `${account} does not belong to ${organization} any more.`;
  return { exit: EXIT.ok, json: { organization, account, removed: true }, text: printable(text) };
}

export const orgCreate: Command = {
  name: "org create",
  operands: "<name>",
  summary: "found an organisation",
  examples: ["orcade org create lab"],
  run: create,
};

export const orgMembers: Command = {
  name: "org members",
  operands: "<organization>",
  summary: "list who belongs to an organisation",
  examples: ["orcade org members lab"],
  run: members,
};

export const orgAdd: Command = {
  name: "org add",
  operands: "<organization> <account>",
  summary: "make an account a member or an owner",
  description:
    "Makes an account a member, or with --owner an owner. An owner becomes a member by the same without --owner.",
  options: [{ flags: "--owner", description: "owners change who belongs, and make the organisation's keys" }],
  examples: ["orcade org add lab bob", "orcade org add lab bob --owner"],
  run: add,
};

export const orgRemove: Command = {
  name: "org remove",
  operands: "<organization> <account>",
  summary: "take an account out of an organisation, or leave it oneself",
  examples: ["orcade org remove lab bob"],
  run: take,
};
