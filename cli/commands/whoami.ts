// `orcade whoami`: whose key this is, and where it comes from.
import type { Command, Invocation, Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { getJson } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { cost, printable, table } from "../print.ts";

async function run({ settings }: Invocation): Promise<Report> {
  const used = settings();
  const account = await getJson(used, "/v1/account");
  const organizations = Array.isArray(account["organizations"]) ? account["organizations"].map(String) : [];
  const key = asObject(account["key"]);
  const label = [asString(key?.["label"]), `from ${used.source ?? "nowhere"}`].filter(Boolean).join(", ");
  const rows = [
    ["account", asString(account["account"]) ?? "?"],
    ["organizations", organizations.join(", ") || "none"],
    ["balance", cost(asNumber(account["balance_microcredits"]) ?? 0)],
    ["key", label],
    ["address", used.address],
  ];
  return {
    exit: EXIT.ok,
    json: { ...account, address: used.address, source: used.source },
    text: printable(table(rows)),
  };
}

export const whoami: Command = {
  name: "whoami",
  summary: "show the account of the API key",
  examples: ["orcade whoami", "orcade whoami --json"],
  run,
};
