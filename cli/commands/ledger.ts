// `orcade ledger list|statement|verify`: what an account paid and earned, and whether all money of a server is there.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { CliFailure, EXIT, usage } from "../failure.ts";
import { accepted, failureOf, getJson, sendSigned } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import type { Finding } from "../ledger/account.ts";
import { verify, type Verdict } from "../ledger/verify.ts";
import { count, printable, table } from "../print.ts";
import type { Settings } from "../settings.ts";

/** Parameters of the route, by the options that give them. */
const FILTERS = {
  kind: "kind",
  algorithm: "algorithm",
  algorithmVersion: "version",
  keyId: "key",
  day: "day",
  limit: "limit",
  marker: "marker",
} as const;
const FINDINGS_SHOWN = 50;

const booksOf = (invocation: Invocation): string => {
  const organization = textOption(invocation, "org");
  return organization === undefined ? "/v1/account" : `/v1/organizations/${encodeURIComponent(organization)}`;
};

function entryRow(value: unknown): readonly string[] {
  const entry = asObject(value);
  const text = (name: string): string => asString(entry?.[name]) ?? "";
  const amount = (name: string): string => count(asNumber(entry?.[name]) ?? 0);
  const [date = "", time = ""] = text("at").split("T");
  const what = [text("algorithm"), text("version")].filter(Boolean).join("@") || text("by") || text("from");
  return [
    `${date} ${time.slice(0, 8)}`,
    text("kind"),
    amount("amount_microcredits"),
    amount("balance_microcredits"),
    what,
    text("id"),
  ];
}

async function list(invocation: Invocation): Promise<Report> {
  const given = Object.entries(FILTERS).flatMap(([option, name]) => {
    const value = textOption(invocation, option);
    return value === undefined ? [] : [[name, value]];
  });
  const query = new URLSearchParams(given).toString();
  const page = await getJson(invocation.settings(), `${booksOf(invocation)}/ledger${query === "" ? "" : `?${query}`}`);
  const entries = Array.isArray(page["results"]) ? page["results"] : [];
  const head = ["when (UTC)", "kind", "microcredits", "balance", "what", "id"];
  const marker = asString(page["marker"]);
  return {
    exit: EXIT.ok,
    json: page,
    text: printable(entries.length === 0 ? "no entries" : table([head, ...entries.map(entryRow)])),
    notes: marker === undefined ? [] : [`older ones: --marker ${marker}`],
  };
}

function statementText(statement: Readonly<Record<string, unknown>>): string {
  const lines = Array.isArray(statement["lines"]) ? statement["lines"].map(asObject) : [];
  const amount = (value: unknown): string => count(asNumber(value) ?? 0);
  const rows = lines.map((line) => [
    asString(line?.["day"]) ?? "",
    asString(line?.["kind"]) ?? "",
    [line?.["algorithm"], line?.["version"]]
      .map((part) => asString(part) ?? "")
      .filter(Boolean)
      .join("@"),
    asString(line?.["key"]) ?? "",
    amount(line?.["entries"]),
    amount(line?.["amount_microcredits"]),
  ]);
  const opening = ["", "opening balance", "", "", "", amount(statement["opening_microcredits"])];
  const closing = ["", "closing balance", "", "", "", amount(statement["closing_microcredits"])];
  return printable(table([["day", "kind", "algorithm", "key", "entries", "microcredits"], opening, ...rows, closing]));
}

async function statement(invocation: Invocation): Promise<Report> {
  const month = invocation.operands[0] ?? new Date().toISOString().slice(0, 7);
  const csv = invocation.options["csv"] === true;
  const query = new URLSearchParams({
    by: invocation.options["daily"] === true ? "day" : "month",
    ...(csv ? { format: "csv" } : {}),
  });
  const path = `${booksOf(invocation)}/statements/${encodeURIComponent(month)}?${query.toString()}`;
  const reply = await sendSigned(invocation.settings(), { method: "GET", path });
  if (csv) {
    if (reply.status !== 200) throw failureOf(reply);
    return { exit: EXIT.ok, json: { csv: new TextDecoder().decode(reply.body) }, text: reply.body };
  }
  const document = accepted(reply);
  return { exit: EXIT.ok, json: document, text: statementText(document) };
}

/** Asks, and waits when the server says so. */
function asker(settings: Settings): (path: string) => Promise<unknown> {
  return async (path) => {
    for (let tries = 0; ; tries++) {
      const reply = await sendSigned(settings, { method: "GET", path });
      if (reply.status === 404) return null;
      if ((reply.status !== 429 && reply.status !== 503) || tries === 10) return accepted(reply);
      const seconds = Number(reply.headers["retry-after"] ?? 1);
      await new Promise((resolve) => setTimeout(resolve, Math.min(60, Math.max(1, seconds)) * 1_000));
    }
  };
}

const findingLine = ({ account, at, message }: Finding): string =>
  `${[account, at].filter(Boolean).join(" ") || "all accounts"}: ${message}`;

function verdictText({ accounts, entries, calls, transfers, granted, balances, inTransit, findings }: Verdict): string {
  const rows = [
    ["accounts", count(accounts)],
    ["entries", `${count(entries)}, of them ${count(calls)} calls`],
    ["transfers", count(transfers)],
    ["granted", `${granted.toLocaleString("en-US")} microcredits`],
    ["balances", balances.toLocaleString("en-US")],
    ["in transit", inTransit.toLocaleString("en-US")],
  ];
  const shown = findings.slice(0, FINDINGS_SHOWN).map(findingLine);
  const more = findings.length > shown.length ? [`… and ${count(findings.length - shown.length)} more`] : [];
  const end =
    findings.length === 0
      ? ["every microcredit is there"]
      : [`${count(findings.length)} things are wrong:`, ...shown, ...more];
  return printable([table(rows), "", ...end].join("\n"));
}

async function verifyAll(invocation: Invocation): Promise<Report> {
  const settings = invocation.settings();
  const verdict = await invocation.progress("reading every account's books", () => verify(asker(settings)));
  if (verdict.accounts === 0) {
    throw new CliFailure(EXIT.failed, "no-accounts", "No account could be read.", "Is the server bootstrapped?");
  }
  const { granted, balances, inTransit, ...rest } = verdict;
  const amounts = { granted: String(granted), balances: String(balances), in_transit: String(inTransit) };
  return {
    exit: verdict.findings.length === 0 ? EXIT.ok : EXIT.failed,
    json: { ...rest, ...amounts },
    text: verdictText(verdict),
  };
}

const org = { flags: "--org <name>", description: "the books of an organisation you own" };

export const ledgerList: Command = {
  name: "ledger list",
  summary: "list what the account paid and received, newest first",
  options: [
    { flags: "--kind <kind>", description: "only call, refund, transfer or grant" },
    { flags: "--algorithm <owner/name>", description: "only calls of this algorithm" },
    { flags: "--algorithm-version <version>", description: "only calls of this version" },
    { flags: "--key-id <id>", description: "only calls with this key" },
    { flags: "--day <day>", description: "only of this day (YYYY-MM-DD, UTC)" },
    { flags: "--limit <number>", description: "how many, at most 100 (default 50)" },
    { flags: "--marker <marker>", description: "where the page before ended" },
    org,
  ],
  examples: ["orcade ledger list --algorithm genome/kmers --day 2026-11-21"],
  run: list,
};

export const ledgerStatement: Command = {
  name: "ledger statement",
  operands: "[month]",
  summary: "show the statement of a month (YYYY-MM, UTC; default this one)",
  options: [{ flags: "--csv", description: "as CSV" }, { flags: "--daily", description: "a line for each day" }, org],
  examples: ["orcade ledger statement 2026-11 --csv > november.csv"],
  run: statement,
};

export const ledgerVerify: Command = {
  name: "ledger verify",
  summary: "recompute every balance of the server from its postings (operators)",
  description:
    "Reads every account's book and recomputes it: postings sum to zero, balances follow from them, the debit of each call " +
    "is the sum of its tree's leaves, and every transfer came where it was sent. Exits with 1 when one microcredit is missing.",
  examples: ["orcade ledger verify"],
  run: verifyAll,
};

/** For commands that take an amount. @throws CliFailure */
export function amountOf(text: string | undefined): number {
  const amount = Number(text);
  if (text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(amount) && amount > 0) return amount;
  throw usage("The amount must be whole microcredits, 1 or more.", "1 credit is 1,000,000 microcredits.");
}
