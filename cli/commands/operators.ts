// `orcade admin invite|invites|uninvite|accounts|suspend|unsuspend|jobs|stop-job`: who may come in, and who and what may not go on.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { getJson, remove, sendJson } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { cost, count, printable, table } from "../print.ts";
import { timeToCome } from "../when.ts";
import { allPages, minute } from "./keys.ts";
import { amountOf } from "./ledger.ts";

async function invite(invocation: Invocation): Promise<Report> {
  const amount = textOption(invocation, "microcredits");
  const uses = textOption(invocation, "uses") ?? "1";
  const expires = textOption(invocation, "expires");
  if (!/^[1-9]\d{0,8}$/.test(uses)) throw usage(`--uses ${uses} is not a number of uses.`);
  const made = await sendJson(invocation.settings(), "POST", "/v1/admin/invites", {
    microcredits: amount === undefined ? 0 : amountOf(amount),
    uses: Number(uses),
    note: textOption(invocation, "note") ?? "",
    ...(expires === undefined ? {} : { expires_at: timeToCome(expires) }),
  });
  const each = cost(asNumber(made["microcredits"]) ?? 0);
  const until = minute(made["expires_at"], "");
  return {
    exit: EXIT.ok,
    json: made,
    text: printable(asString(made["code"]) ?? ""),
    notes: [
      `${asString(made["id"]) ?? ""}: ${uses === "1" ? "one account" : `${count(Number(uses))} accounts`} may sign up with it` +
        `${until === "" ? "" : ` until ${until} UTC`} and gets ${each}. The code is shown this once.`,
      `orcade signup NAME --invite ${asString(made["code"]) ?? "CODE"}`,
    ],
  };
}

function inviteRow(value: unknown): readonly string[] {
  const found = asObject(value);
  const number = (name: string): string => count(asNumber(found?.[name]) ?? 0);
  const state = asString(found?.["revoked_at"]) === undefined ? minute(found?.["expires_at"], "never") : "withdrawn";
  const used = `${number("used")} of ${number("uses")}`;
  return [asString(found?.["id"]) ?? "", used, number("microcredits"), state, asString(found?.["note"]) ?? ""];
}

async function invites(invocation: Invocation): Promise<Report> {
  const found = await invocation.progress("listing invites", () => allPages(invocation, "/v1/admin/invites"));
  const rows = [["ID", "USED", "MICROCREDITS", "EXPIRES (UTC)", "NOTE"], ...found.map(inviteRow)];
  const text = found.length === 0 ? "Nobody was invited yet." : table(rows);
  return { exit: EXIT.ok, json: { invites: found }, text: printable(text) };
}

async function uninvite(invocation: Invocation): Promise<Report> {
  const [id = ""] = invocation.operands;
  await remove(invocation.settings(), `/v1/admin/invites/${encodeURIComponent(id)}`);
  return { exit: EXIT.ok, json: { id, withdrawn: true }, text: printable(`${id} lets nobody in any more.`) };
}

async function accounts(invocation: Invocation): Promise<Report> {
  const path = "/v1/admin/accounts?limit=100";
  const found = await invocation.progress("listing accounts", () => allPages(invocation, path));
  const rows = found
    .map(asObject)
    .map((account) => [
      asString(account?.["account"]) ?? "",
      asString(account?.["kind"]) ?? "",
      asString(account?.["founder"]) ?? "",
      minute(account?.["created_at"], ""),
    ]);
  const text = table([["ACCOUNT", "KIND", "FOUNDER", "SINCE (UTC)"], ...rows]);
  return { exit: EXIT.ok, json: { accounts: found }, text: printable(text) };
}

/** The address of what is suspended: an account, or one version of an algorithm. */
function suspensionOf(target: string): string {
  const parts = target.split("/").map(encodeURIComponent);
  const [first = "", name, version] = parts;
  if (parts.length === 1) return `/v1/admin/accounts/${first}/suspension`;
  if (parts.length === 3) return `/v1/admin/algorithms/${first}/${name}/versions/${version}/suspension`;
  throw usage(`${JSON.stringify(target)} can be neither.`, "Write an account, or OWNER/NAME/VERSION.");
}

async function suspend(invocation: Invocation): Promise<Report> {
  const [target = ""] = invocation.operands;
  const reason = textOption(invocation, "reason");
  if (!reason) throw usage("The reason is missing.", "Give it with --reason: whoever asks will be told.");
  const answer = await sendJson(invocation.settings(), "POST", suspensionOf(target), { reason });
  const text = `${target} is suspended: within 5 seconds ${target.includes("/") ? "nobody can call it" : "its keys open nothing"}.`;
  return { exit: EXIT.ok, json: answer, text: printable(text) };
}

async function unsuspend(invocation: Invocation): Promise<Report> {
  const [target = ""] = invocation.operands;
  const answer = await sendJson(invocation.settings(), "POST", suspensionOf(target), { reason: null });
  return { exit: EXIT.ok, json: answer, text: printable(`${target} is not suspended any more.`) };
}

async function openJobs(invocation: Invocation): Promise<Report> {
  const [account = ""] = invocation.operands;
  const answer = await getJson(invocation.settings(), `/v1/admin/accounts/${encodeURIComponent(account)}/jobs`);
  const found: readonly unknown[] = Array.isArray(answer["results"]) ? answer["results"] : [];
  const rows = found
    .map(asObject)
    .map((job) => [asString(job?.["id"]) ?? "", asString(job?.["state"]) ?? "", asString(job?.["map"]) ?? ""]);
  const text = found.length === 0 ? `${account} has no open jobs.` : table([["ID", "STATE", "MAPPER"], ...rows]);
  return { exit: EXIT.ok, json: { jobs: found }, text: printable(text) };
}

async function stopJob(invocation: Invocation): Promise<Report> {
  const [id = ""] = invocation.operands;
  const reason = textOption(invocation, "reason");
  if (!reason) throw usage("The reason is missing.", "Give it with --reason: whoever asks will be told.");
  const answer = await sendJson(invocation.settings(), "POST", `/v1/admin/jobs/${encodeURIComponent(id)}/stop`, {
    reason,
  });
  return { exit: EXIT.ok, json: answer, text: printable(`${id} is ${asString(answer["state"]) ?? "over"}.`) };
}

export const adminJobs: Command = {
  name: "admin jobs",
  operands: "<account>",
  summary: "list the jobs of an account that are open",
  examples: ["orcade admin jobs mallory"],
  run: openJobs,
};

export const adminStopJob: Command = {
  name: "admin stop-job",
  operands: "<id>",
  summary: "stop a job for good; what it had out is still paid",
  options: [{ flags: "--reason <text>", description: "why; whoever asks will be told" }],
  examples: ["orcade admin stop-job job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44 --reason 'it mines'"],
  run: stopJob,
};

export const adminInvite: Command = {
  name: "admin invite",
  summary: "make an invite, with credits for who signs up; its code is shown once",
  options: [
    { flags: "--microcredits <number>", description: "what each account gets that signs up with it (default 0)" },
    { flags: "--uses <number>", description: "how many accounts may sign up with it (default 1)" },
    { flags: "--expires <when>", description: "30d, 12h, a date or a time (default: never)" },
    { flags: "--note <text>", description: "for the list of invites" },
  ],
  examples: ["orcade admin invite --microcredits 50000000 --uses 20 --expires 14d --note workshop"],
  run: invite,
};

export const adminInvites: Command = {
  name: "admin invites",
  summary: "list invites and how often they were used",
  examples: ["orcade admin invites"],
  run: invites,
};

export const adminUninvite: Command = {
  name: "admin uninvite",
  operands: "<id>",
  summary: "withdraw an invite",
  examples: ["orcade admin uninvite inv-9c1e4b7a20d35f68"],
  run: uninvite,
};

export const adminAccounts: Command = {
  name: "admin accounts",
  summary: "list every account and organisation",
  examples: ["orcade admin accounts --json"],
  run: accounts,
};

export const adminSuspend: Command = {
  name: "admin suspend",
  operands: "<target>",
  summary: "suspend an account, or a version (OWNER/NAME/VERSION)",
  options: [{ flags: "--reason <text>", description: "why; whoever asks will be told" }],
  examples: [
    "orcade admin suspend mallory --reason spam",
    "orcade admin suspend mallory/miner/1.0.0 --reason 'it mines'",
  ],
  run: suspend,
};

export const adminUnsuspend: Command = {
  name: "admin unsuspend",
  operands: "<target>",
  summary: "let an account back in, or a version be called again",
  examples: ["orcade admin unsuspend mallory"],
  run: unsuspend,
};
