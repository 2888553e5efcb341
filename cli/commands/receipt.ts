// `orcade receipt`: the signed record of a call: show it, export it with what a check needs, check one.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { PublishedKey } from "../../worker/market/receipt/receipt.ts";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { accepted, getJson, send } from "../http.ts";
import { inputOf } from "../input.ts";
import { count, printable, table } from "../print.ts";
import { exportReceipt } from "../receipt/export.ts";
import { sameServer } from "../settings.ts";
import { type ReceiptFile, keysShape, readReceiptFile, receiptShape } from "../receipt/file.ts";
import { type Verification, verifyReceipt } from "../receipt/verify.ts";

const KEYS = "/.well-known/orcade-keys";

interface Trusted {
  readonly keys: readonly PublishedKey[];
  /** Where they are from, for people. */
  readonly from: string;
  /** Whether whoever checks has named them, or the issuer: a file says of itself whatever its maker likes. */
  readonly named: boolean;
  readonly note?: string;
}

const GIVE = "Give the issuer's keys with --keys FILE or URL.";

/** The issuer's keys: from a file or address that was named, else from the issuer itself, else as the file has them. */
async function keysFor(invocation: Invocation, { receipt, keys }: ReceiptFile): Promise<Trusted> {
  const named = textOption(invocation, "keys");
  const address = named ?? receipt.statement.issuer;
  if (named !== undefined && !/^https?:\/\//.test(named)) {
    const input = await inputOf(invocation.io, { file: [named] }, () => Promise.resolve("json"));
    const text = new TextDecoder().decode(input?.bytes);
    return { keys: keysShape.parse(JSON.parse(text)).keys, from: named, named: true };
  }
  try {
    const document = accepted(await send(address, { method: "GET", path: KEYS, seconds: 10 }));
    const own = named !== undefined || sameServer(address, invocation.settings().address);
    const note = `${address} is named by the file alone, and whoever made the file chose it. ${GIVE}`;
    return { keys: keysShape.parse(document).keys, from: `${address}${KEYS}`, named: own, ...(own ? {} : { note }) };
  } catch (error) {
    if (named !== undefined) throw error;
    const note =
      `${address} could not be asked for its keys: the signature was checked against the key in the file, which whoever ` +
      `made the file chose. ${GIVE}`;
    return { keys, from: "the file itself", named: false, note };
  }
}

function headOf(file: ReceiptFile, refused: string | null, named: boolean): string {
  const { call, account, cost } = file.receipt.statement;
  if (refused !== null) return `Refused: ${refused}.`;
  const said = `${account} paid ${count(cost)} microcredits`;
  return named ? `${call} holds: ${said}.` : `Not proven: ${call} says that ${said}, by keys that nobody named.`;
}

function verificationText(file: ReceiptFile, found: Verification, { from, named }: Trusted): string {
  const { refused, key, nodes } = found;
  const head = headOf(file, refused, named);
  const rows = nodes.map(({ id, algorithm, version, verdict, reason }) => [
    verdict,
    `${algorithm}/${version}`,
    id,
    reason,
  ]);
  const signed = `signed by ${key} (${from})`;
  return printable([head, signed, ...(rows.length === 0 ? [] : [table(rows)])].join("\n"));
}

async function verify(invocation: Invocation, path: string): Promise<Report> {
  const file = readReceiptFile(resolve(invocation.io.cwd, path));
  const trusted = await keysFor(invocation, file);
  const { keys, from, named, note } = trusted;
  const found = await invocation.progress("replaying", () => verifyReceipt(file, keys));
  const { refused, key, nodes } = found;
  const holds = refused === null && named;
  return {
    exit: holds ? EXIT.ok : EXIT.failed,
    json: { call: file.receipt.statement.call, holds, refused, key, keys_from: from, keys_named: named, nodes },
    text: verificationText(file, found, trusted),
    notes: note === undefined ? [] : [note],
  };
}

async function exported(invocation: Invocation, call: string): Promise<Report> {
  const named = textOption(invocation, "input");
  const settings = invocation.settings();
  const input =
    named === undefined ? undefined : await inputOf(invocation.io, { bytes: named }, () => Promise.resolve(undefined));
  const file = await invocation.progress("exporting", () => exportReceipt(settings, call, input?.bytes));
  const text = `${JSON.stringify(file, null, 1)}\n`;
  const output = textOption(invocation, "output");
  if (output === undefined) return { exit: EXIT.ok, json: file, text: text.trimEnd() };
  writeFileSync(resolve(invocation.io.cwd, output), text);
  const open = Object.keys(file.modules).length;
  return {
    exit: EXIT.ok,
    json: { call, output, modules: open },
    text: `${output}: ${count(open)} open modules with it`,
  };
}

async function run(invocation: Invocation): Promise<Report> {
  const [call] = invocation.operands;
  const file = textOption(invocation, "verify");
  if ((call === undefined) === (file === undefined)) {
    throw usage("Which receipt?", "Write orcade receipt CALL [--export], or orcade receipt --verify FILE.");
  }
  if (file !== undefined) return verify(invocation, file);
  if (invocation.options["export"] === true) return exported(invocation, call ?? "");
  const settings = invocation.settings();
  const receipt = await getJson(settings, `/v1/calls/${encodeURIComponent(call ?? "")}/receipt`);
  const { statement, signature } = receiptShape.parse(receipt);
  const rows = statement.nodes.map((node) => [
    `${node.algorithm}/${node.version}`,
    count(node.fuel),
    count(node.charge.compute + node.charge.call + node.charge.royalty),
    node.error ?? "",
  ]);
  const lines = [
    `${statement.call}: ${statement.account} paid ${count(statement.cost)} microcredits`,
    table([["ALGORITHM", "FUEL", "MICROCREDITS", "ERROR"], ...rows]),
    `signed by ${signature.key}`,
  ];
  return { exit: EXIT.ok, json: receipt, text: printable(lines.join("\n")) };
}

export const receipt: Command = {
  name: "receipt",
  operands: "[call]",
  summary: "show, export or check the signed receipt of a call",
  description:
    "Shows the receipt of a call you paid for. --export writes it with all that a check needs: the keys, the modules of open algorithms, and what the call was given and told, if it was made with --keep. " +
    "--verify checks such a file anywhere: its signature, its sums, and every open node by running it again; each is reported as replayed or signed only.",
  options: [
    { flags: "--export", description: "write the receipt as a file that can be checked" },
    { flags: "-o, --output <file>", description: "where to; else to standard output" },
    { flags: "--input <@file>", description: "the call's input, for the replay, when the server did not keep it" },
    { flags: "--verify <file>", description: "check an exported receipt" },
    {
      flags: "--keys <file-or-url>",
      description: "the issuer's keys; without, only a receipt of the server you use is proven",
    },
  ],
  examples: [
    "orcade receipt req-0b7c5c0e-6f0f-4a53-b5b5-0c9f4c1c6a55 --export -o receipt.json",
    "orcade receipt --verify receipt.json --keys https://orcade.example",
  ],
  run,
};
