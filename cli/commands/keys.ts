// `orcade keys list|create|revoke|limit`: API keys of the account, or with --org of an organisation it owns.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { getJson, remove, sendJson } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { count, printable, table } from "../print.ts";
import { timeToCome } from "../when.ts";

const keysOf = (invocation: Invocation): string => {
  const organization = textOption(invocation, "org");
  return organization === undefined ? "/v1/keys" : `/v1/organizations/${encodeURIComponent(organization)}/keys`;
};
const keyOf = (invocation: Invocation): string =>
  `${keysOf(invocation)}/${encodeURIComponent(invocation.operands[0] ?? "")}`;

/** All pages of a list; the server says where the next one is. */
export async function allPages(invocation: Invocation, path: string): Promise<unknown[]> {
  const settings = invocation.settings();
  const found: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: Readonly<Record<string, unknown>> = await getJson(settings, next);
    if (Array.isArray(page["results"])) found.push(...page["results"]);
    next = asString(page["next_link"]);
  }
  return found;
}

/** A date and time to the minute, or what else to say. */
export const minute = (value: unknown, otherwise: string): string =>
  asString(value)?.slice(0, 16).replace("T", " ") ?? otherwise;

/** What a key may do, in few words: "call ada/*, data read, manage". */
function scopesText(value: unknown): string {
  const scopes = asObject(value);
  const call = Array.isArray(scopes?.["call"]) ? scopes["call"].map(String).join(" ") : "";
  const data = asString(scopes?.["data"]) ?? "none";
  const words = [
    call === "" ? "" : `call ${call}`,
    data === "none" ? "" : `data ${data}`,
    scopes?.["manage"] === true ? "manage" : "",
    scopes?.["admin"] === true ? "admin" : "",
  ];
  return words.filter(Boolean).join(", ") || "nothing";
}

function limitsText(value: unknown): string {
  const limits = asObject(value);
  const part = (name: string, unit: string): string => {
    const amount = asNumber(limits?.[name]);
    return amount === undefined ? "" : `${count(amount)}${unit}`;
  };
  const words = [
    part("microcredits", ""),
    part("microcredits_per_day", "/day"),
    part("calls_per_minute", " calls/min"),
  ];
  return words.filter(Boolean).join(", ") || "none";
}

function keyRow(value: unknown): readonly string[] {
  const key = asObject(value);
  const state = asString(key?.["revoked_at"]) === undefined ? minute(key?.["expires_at"], "never") : "revoked";
  return [
    asString(key?.["id"]) ?? "",
    asString(key?.["label"]) ?? "",
    scopesText(key?.["scopes"]),
    limitsText(key?.["limits"]),
    count(asNumber(asObject(key?.["spent"])?.["microcredits"]) ?? 0),
    minute(key?.["last_used_at"], "never"),
    state,
  ];
}
const HEAD = ["ID", "LABEL", "MAY", "LIMITS (microcredits)", "SPENT", "LAST USED (UTC)", "EXPIRES"];

async function list(invocation: Invocation): Promise<Report> {
  const keys = await invocation.progress("listing keys", () => allPages(invocation, keysOf(invocation)));
  const living = keys.filter((key) => asString(asObject(key)?.["revoked_at"]) === undefined);
  const shown = invocation.options["all"] === true ? keys : living;
  const hidden = keys.length - shown.length;
  return {
    exit: EXIT.ok,
    json: { keys: shown },
    text: printable(shown.length === 0 ? "There is no living key." : table([HEAD, ...shown.map(keyRow)])),
    notes: hidden === 0 ? [] : [`${hidden} revoked: --all shows them, too`],
  };
}

/** A whole number, or null for "none". */
function bound(invocation: Invocation, name: string): number | null | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (text === "none") return null;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw usage(`${JSON.stringify(text)} is not a whole number, nor "none".`);
  return value;
}

/** What of limits and expiry was said. */
function settingsOf(invocation: Invocation): Record<string, unknown> {
  const limits = {
    microcredits: bound(invocation, "spend"),
    microcredits_per_day: bound(invocation, "spendPerDay"),
    calls_per_minute: bound(invocation, "callsPerMinute"),
  };
  const expires = textOption(invocation, "expires");
  return {
    ...(Object.values(limits).some((limit) => limit !== undefined) ? { limits } : {}),
    ...(expires === undefined ? {} : { expires_at: expires === "never" ? null : timeToCome(expires) }),
  };
}

function scopesOf(invocation: Invocation): Record<string, unknown> {
  const { call, manage, admin } = invocation.options;
  const data = textOption(invocation, "data");
  return {
    ...(Array.isArray(call) ? { call: call.filter((pattern) => pattern !== "none") } : {}),
    ...(data === undefined ? {} : { data }),
    ...(manage === true ? { manage: true } : {}),
    ...(admin === true ? { admin: true } : {}),
  };
}

async function create(invocation: Invocation): Promise<Report> {
  const [label] = invocation.operands;
  const wish = {
    ...settingsOf(invocation),
    scopes: scopesOf(invocation),
    ...(label === undefined ? {} : { label }),
  };
  const made = await sendJson(invocation.settings(), "POST", keysOf(invocation), wish);
  const key = asString(made["key"]) ?? "";
  const id = asString(made["id"]) ?? "";
  return {
    exit: EXIT.ok,
    json: made,
    text: printable(key),
    notes: [
      `This is ${id}, which may ${scopesText(made["scopes"])}; limits: ${limitsText(made["limits"])}.`,
      "It is shown this once: keep it now, nobody can show it again.",
    ],
  };
}

async function limit(invocation: Invocation): Promise<Report> {
  const label = textOption(invocation, "label");
  const change = { ...settingsOf(invocation), ...(label === undefined ? {} : { label }) };
  if (Object.keys(change).length === 0)
    throw usage("Nothing was said to change.", "`orcade keys limit --help` shows what can be.");
  const changed = await sendJson(invocation.settings(), "PATCH", keyOf(invocation), change);
  return { exit: EXIT.ok, json: changed, text: printable(table([HEAD, keyRow(changed)])) };
}

async function revoke(invocation: Invocation): Promise<Report> {
  const [id = ""] = invocation.operands;
  await remove(invocation.settings(), keyOf(invocation));
  const text = `${id} is revoked: within 5 seconds it opens nothing any more, anywhere.`;
  return { exit: EXIT.ok, json: { id, revoked: true }, text: printable(text) };
}

const org = { flags: "--org <name>", description: "keys of this organisation, which your account owns" };
const bounds = [
  { flags: "--spend <microcredits>", description: 'what it may spend in all, or "none"' },
  { flags: "--spend-per-day <microcredits>", description: 'what it may spend in a day (UTC), or "none"' },
  { flags: "--calls-per-minute <number>", description: 'how many calls it may begin in a minute, or "none"' },
  { flags: "--expires <when>", description: '30d, 12h, a date, a time, or "never"' },
];

export const keysList: Command = {
  name: "keys list",
  summary: "list keys, with what they may do and have spent",
  options: [{ flags: "--all", description: "revoked ones, too" }, org],
  examples: ["orcade keys list", "orcade keys list --org lab --json"],
  run: list,
};

export const keysCreate: Command = {
  name: "keys create",
  operands: "[label]",
  summary: "make a key; it is shown once",
  description:
    "Makes a key and prints it, once. Without options it may call every algorithm and use the account's data, but not " +
    "publish or manage keys. A key hands on only what it may do itself.",
  options: [
    { flags: "--call <pattern>...", description: '"*", owner/* or owner/name; may be repeated; "none" for no calls' },
    { flags: "--data <access>", description: "none, read or write" },
    { flags: "--manage", description: "it may publish, manage keys and organisations, and see the books" },
    { flags: "--admin", description: "it may do what operators do, if the account is one" },
    ...bounds,
    org,
  ],
  examples: [
    "orcade keys create laptop",
    "orcade keys create website --call 'text/*' --data none --spend-per-day 5000000 --expires 90d",
    "orcade keys create builds --manage --org lab",
  ],
  run: create,
};

export const keysLimit: Command = {
  name: "keys limit",
  operands: "<id>",
  summary: "change what a key may spend, how often it may call, when it ends",
  options: [...bounds, { flags: "--label <text>", description: "what it is called in lists" }, org],
  examples: ["orcade keys limit key-9c1e4b7a20d35f68 --spend-per-day 1000000 --expires never"],
  run: limit,
};

export const keysRevoke: Command = {
  name: "keys revoke",
  operands: "<id>",
  summary: "end a key for good",
  options: [org],
  examples: ["orcade keys revoke key-9c1e4b7a20d35f68"],
  run: revoke,
};
