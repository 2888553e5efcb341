// `orcade admin bootstrap`: makes the first operator of a deployed server.
import { bootstrap, newKey } from "../bootstrap.ts";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { OWNER_NAME } from "../../worker/market/manifest.ts";
import { EXIT, usage } from "../failure.ts";
import { configPath, readConfig, saveKey, type Credentials } from "../settings.ts";

/** The key kept for this address and account, else a new one, kept before it is used. */
function credentialsFor(invocation: Invocation, address: string, account: string): Credentials {
  const kept = readConfig(invocation.io).keys[address];
  if (kept !== undefined && kept.account !== account) {
    const hint = "Use that account, or remove the entry from the file first.";
    throw usage(
      `${configPath(invocation.io)} holds a key of ${kept.account ?? "another account"} for ${address}.`,
      hint,
    );
  }
  const credentials = { address, account, key: kept?.key ?? newKey() };
  saveKey(invocation.io, credentials);
  return credentials;
}

async function run(invocation: Invocation): Promise<Report> {
  const token = textOption(invocation, "token") ?? invocation.io.env["ORCADE_BOOTSTRAP"];
  const account = textOption(invocation, "account") ?? "operator";
  if (!token) throw usage("The one-time token is missing.", "Set ORCADE_BOOTSTRAP to it, or give --token.");
  if (!OWNER_NAME.test(account))
    throw usage(`${account} cannot be an account.`, "A letter, then letters, digits or _, at most 30.");
  const { address } = invocation.settings();
  const credentials = credentialsFor(invocation, address, account);
  await invocation.progress(`asking ${address}`, () => bootstrap(credentials, token));
  const source = configPath(invocation.io);
  return {
    exit: EXIT.ok,
    json: { address, account, operator: true, config: source },
    text: `${account} is the operator of ${address}. Its key lies in ${source} (only you can read it).`,
  };
}

export const adminBootstrap: Command = {
  name: "admin bootstrap",
  summary: "make the first operator of a server",
  description:
    "Makes an account the first operator of a server, with the one-time token it was deployed with. The key is made here, " +
    "kept in the user's config file before the server hears of it, and sent as a hash only. Safe to repeat.",
  options: [
    { flags: "--token <token>", description: "the one-time token (else ORCADE_BOOTSTRAP)" },
    { flags: "--account <name>", description: 'the name of the account (default "operator")' },
  ],
  examples: ["ORCADE_BOOTSTRAP=... orcade admin bootstrap --address https://orcade.example.workers.dev --account ada"],
  run,
};
