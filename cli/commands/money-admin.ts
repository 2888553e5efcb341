// `orcade admin grant` and `orcade admin refund`: money that operators move.
import { randomUUID } from "node:crypto";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { sendJson } from "../http.ts";
import { asNumber } from "../json.ts";
import { cost, printable } from "../print.ts";
import { amountOf } from "./ledger.ts";

const pathOf = (account: string, what: string): string => `/v1/admin/accounts/${encodeURIComponent(account)}/${what}`;

async function grant(invocation: Invocation): Promise<Report> {
  const [account = "", text] = invocation.operands;
  const amount = amountOf(text);
  const id = textOption(invocation, "id") ?? `cli-${randomUUID()}`;
  const note = textOption(invocation, "note") ?? "";
  const document = await sendJson(invocation.settings(), "POST", pathOf(account, "grants"), { id, amount, note });
  const balance = cost(asNumber(document["balance_microcredits"]) ?? 0);
  return {
    exit: EXIT.ok,
    json: document,
    text: printable(`${account} was granted ${cost(amount)} and has ${balance} now.`),
  };
}

async function refund(invocation: Invocation): Promise<Report> {
  const [account = "", call = ""] = invocation.operands;
  const note = textOption(invocation, "note") ?? "";
  const document = await sendJson(invocation.settings(), "POST", pathOf(account, "refunds"), { call, note });
  const amount = cost(asNumber(document["amount_microcredits"]) ?? 0);
  return { exit: EXIT.ok, json: document, text: printable(`${account} got ${amount} back for ${call}.`) };
}

const note = { flags: "--note <text>", description: "why; the account sees it" };

export const adminGrant: Command = {
  name: "admin grant",
  operands: "<account> <microcredits>",
  summary: "give an account money",
  options: [
    { flags: "--id <id>", description: "the same id grants once only, however often it is sent (default: a new one)" },
    note,
  ],
  examples: ["orcade admin grant alice 50000000 --id invoice-17 --note 'invoice 17'"],
  run: grant,
};

export const adminRefund: Command = {
  name: "admin refund",
  operands: "<account> <call>",
  summary: "give an account back what a call cost; its authors give it back too",
  options: [note],
  examples: ["orcade admin refund alice req-6f1c9a52-0d3e-4c27-9d1c-6a4f2f0a7f11 --note 'our fault'"],
  run: refund,
};
