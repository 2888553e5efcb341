// `orcade signup`: an account with a key that is made here. The key is kept on disk before the server hears of it, and the
// server hears its hash only, so that whatever is cut off on the way is ended by the same command again.
import { OWNER_NAME } from "../../worker/market/manifest.ts";
import { newKey, sha256 } from "../bootstrap.ts";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { CliFailure, EXIT, usage } from "../failure.ts";
import { accepted, failureOf, send } from "../http.ts";
import { asNumber } from "../json.ts";
import { cost, printable } from "../print.ts";
import { configPath, dropKey, readConfig, saveKey } from "../settings.ts";

interface Held {
  readonly key: string;
  /** Whether this command wrote it to the user's config file. */
  readonly written: boolean;
}

/** The key to sign up with: that of an attempt before this one, else a new one, on disk before it is used. */
function holdKey(invocation: Invocation, address: string, account: string): Held {
  if (invocation.options["show"] === true) return { key: newKey(), written: false };
  const kept = readConfig(invocation.io).keys[address];
  if (kept !== undefined && kept.account?.toLowerCase() !== account.toLowerCase()) {
    const holder = `${configPath(invocation.io)} holds a key of ${kept.account ?? "another account"} for ${address}.`;
    throw usage(holder, "With --show the new key is printed instead of kept.");
  }
  if (kept !== undefined) return { key: kept.key, written: false };
  const key = newKey();
  saveKey(invocation.io, { address, account, key });
  return { key, written: true };
}

/** Asks; a key that the server refused for good is not kept. */
async function ask(invocation: Invocation, address: string, account: string, held: Held): Promise<unknown> {
  const invite = textOption(invocation, "invite") ?? invocation.io.env["ORCADE_INVITE"];
  const document = { account, key_sha256: sha256(held.key), ...(invite ? { invite } : {}) };
  const body = new TextEncoder().encode(JSON.stringify(document));
  const headers = { "content-type": "application/json" };
  const reply = await send(address, { method: "POST", path: "/v1/accounts", headers, body });
  if (reply.status >= 200 && reply.status < 300) return accepted(reply)["credits_microcredits"];
  if (held.written && reply.status >= 400 && reply.status < 429) dropKey(invocation.io, address);
  throw failure(failureOf(reply));
}

const failure = (found: CliFailure): CliFailure =>
  found.code === "invite-required"
    ? new CliFailure(EXIT.credentials, found.code, found.message, "Give it with --invite CODE or ORCADE_INVITE.")
    : found;

async function run(invocation: Invocation): Promise<Report> {
  const [account = ""] = invocation.operands;
  if (!OWNER_NAME.test(account))
    throw usage(`${account} cannot be an account.`, "A letter, then letters, digits or _, at most 30.");
  const { address } = invocation.settings();
  const held = holdKey(invocation, address, account);
  const credits = asNumber(
    await invocation.progress(`asking ${address}`, () => ask(invocation, address, account, held)),
  );
  const shown = invocation.options["show"] === true;
  const where = shown
    ? `Its key is shown this once; nobody can show it again:\n${held.key}`
    : `Its key lies in ${configPath(invocation.io)} (only you can read it).`;
  const money = credits === undefined || credits === 0 ? "" : ` with ${cost(credits)}`;
  return {
    exit: EXIT.ok,
    json: { address, account, credits_microcredits: credits ?? 0, ...(shown ? { key: held.key } : {}) },
    text: printable(`${account} is an account of ${address} now${money}.\n${where}`),
  };
}

export const signup: Command = {
  name: "signup",
  operands: "<account>",
  summary: "make an account, with an invite",
  description:
    "Makes an account and its first key. The key is made here, kept in the user's config file before the server hears of " +
    "it, and sent as a hash only. Safe to repeat until it has worked.",
  options: [
    { flags: "--invite <code>", description: "the code an operator gave you (else ORCADE_INVITE)" },
    { flags: "--show", description: "print the key once instead of keeping it" },
  ],
  examples: ["orcade signup alice --invite invAbC... --address https://orcade.example.workers.dev"],
  run,
};
