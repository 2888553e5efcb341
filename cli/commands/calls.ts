// `orcade calls|earnings`: what was called and paid, and what one's own algorithms earned.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { getJson } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { count, printable, table } from "../print.ts";
import { targetOf } from "../target.ts";

type Document = Readonly<Record<string, unknown>>;

const text = (document: Document | undefined, name: string): string => asString(document?.[name]) ?? "";
const number = (document: Document | undefined, name: string): number => asNumber(document?.[name]) ?? 0;
const listOf = (value: unknown): readonly (Document | undefined)[] => (Array.isArray(value) ? value.map(asObject) : []);

const when = (iso: string): string => iso.replace("T", " ").slice(0, 19);

const chargeOf = (node: Document | undefined): number => {
  const charge = asObject(node?.["charge"]);
  return number(charge, "compute") + number(charge, "call") + number(charge, "royalty");
};

/** A tree in lines, each level two blanks further in. */
function treeLines(node: Document | undefined, depth: number): string[][] {
  const status = text(node, "status") === "completed" ? "" : text(node, "error");
  const line = [
    `${"  ".repeat(depth)}${text(node, "algorithm")}/${text(node, "version")}`,
    count(number(node, "fuel")),
    count(chargeOf(node)),
    `${count(number(node, "duration_ms"))} ms`,
    status,
  ];
  return [line, ...listOf(node?.["children"]).flatMap((child) => treeLines(child, depth + 1))];
}

async function oneCall(invocation: Invocation, id: string): Promise<Report> {
  const document = await getJson(invocation.settings(), `/v1/calls/${encodeURIComponent(id)}/tree`);
  const tree = asObject(document["tree"]);
  const nodes =
    tree === undefined ? listOf(document["nodes"]).flatMap((node) => treeLines(node, 0)) : treeLines(tree, 0);
  const rows = table([["ALGORITHM", "FUEL", "MICROCREDITS", "TIME", "ERROR"], ...nodes]);
  const total = tree === undefined ? [] : [`${count(number(document, "cost_microcredits"))} microcredits in all`];
  return { exit: EXIT.ok, json: document, text: printable([id, rows, ...total].join("\n")) };
}

/** How far a call says it is: percent and its own words; empty where it says nothing. */
export function progressText(value: unknown): string {
  const progress = asObject(value);
  return progress === undefined
    ? ""
    : `${Math.floor(100 * number(progress, "fraction"))} % ${text(progress, "note")}`.trim();
}

const runningTable = (results: readonly (Document | undefined)[]): string =>
  table([
    ["SINCE (UTC)", "ALGORITHM", "STATE", "PROGRESS", "CALL"],
    ...results.map((call) => [
      when(text(call, "since")),
      `${text(call, "algorithm")}/${text(call, "version")}`,
      text(call, "state"),
      progressText(call?.["progress"]),
      text(call, "id"),
    ]),
  ]);

/** Calls that run, or wait to. */
async function running(invocation: Invocation): Promise<Report> {
  const account = textOption(invocation, "account");
  const more = account === undefined ? "" : `&account=${encodeURIComponent(account)}`;
  const page = await getJson(invocation.settings(), `/v1/calls?state=running${more}`);
  const results = listOf(page["results"]);
  return { exit: EXIT.ok, json: page, text: printable(results.length === 0 ? "no calls" : runningTable(results)) };
}

const FILTERS = { algorithm: "algorithm", day: "day", account: "account", limit: "limit", marker: "marker" };

async function calls(invocation: Invocation): Promise<Report> {
  const [id] = invocation.operands;
  if (id !== undefined) return oneCall(invocation, id);
  if (invocation.options["running"] === true) return running(invocation);
  const sold = textOption(invocation, "of");
  const query = new URLSearchParams();
  for (const [option, name] of Object.entries(FILTERS)) {
    const value = textOption(invocation, option);
    if (value !== undefined) query.set(name, value);
  }
  const settings = invocation.settings();
  const target = sold === undefined ? undefined : await targetOf(invocation.io, settings, sold);
  const path = target === undefined ? "/v1/calls" : `/v1/algorithms/${target.owner}/${target.name}/calls`;
  const page = await getJson(settings, `${path}${query.size === 0 ? "" : `?${query.toString()}`}`);
  const results = listOf(page["results"]);
  const marker = asString(page["marker"]);
  return {
    exit: EXIT.ok,
    json: page,
    text: printable(results.length === 0 ? "no calls" : target === undefined ? paidTable(results) : soldTable(results)),
    notes: marker === undefined ? [] : [`older ones: --marker ${marker}`],
  };
}

const paidTable = (results: readonly (Document | undefined)[]): string =>
  table([
    ["WHEN (UTC)", "ALGORITHM", "MICROCREDITS", "STATUS", "CALL"],
    ...results.map((call) => [
      when(text(call, "at")),
      `${text(call, "algorithm")}/${text(call, "version")}`,
      count(number(call, "cost_microcredits")),
      call?.["refunded"] === true ? "refunded" : text(call, "status"),
      text(call, "id"),
    ]),
  ]);

const soldTable = (results: readonly (Document | undefined)[]): string =>
  table([
    ["WHEN (UTC)", "VERSION", "CALLER", "EARNED", "FUEL", "STATUS", "CALL"],
    ...results.map((call) => [
      when(text(call, "started")),
      text(call, "version"),
      text(call, "caller"),
      count(number(call, "earned_microcredits")),
      count(number(call, "fuel")),
      text(call, "error") || text(call, "status"),
      text(call, "id"),
    ]),
  ]);

async function earnings(invocation: Invocation): Promise<Report> {
  const settings = invocation.settings();
  const { owner, name } = await targetOf(invocation.io, settings, invocation.operands[0]);
  const query = new URLSearchParams();
  for (const option of ["from", "until"]) {
    const value = textOption(invocation, option);
    if (value !== undefined) query.set(option, value);
  }
  const path = `/v1/algorithms/${owner}/${name}/earnings${query.size === 0 ? "" : `?${query.toString()}`}`;
  const document = await getJson(settings, path);
  const rows = listOf(document["results"]).map((row) => [
    text(row, "day"),
    text(row, "version"),
    count(number(row, "completed")),
    count(number(row, "failed")),
    count(number(row, "earned_microcredits")),
  ]);
  const head = ["DAY (UTC)", "VERSION", "CALLS", "FAILED", "EARNED"];
  const total = `${count(number(document, "total_microcredits"))} microcredits in all`;
  const shown = rows.length === 0 ? "no calls" : `${table([head, ...rows])}\n${total}`;
  return { exit: EXIT.ok, json: document, text: printable(shown) };
}

const LIST_OPTIONS = [
  { flags: "--running", description: "those that run, or wait to, and nothing else" },
  { flags: "--of <algorithm>", description: "calls of your algorithm, by whomever" },
  { flags: "--algorithm <owner/name>", description: "only calls of this algorithm" },
  { flags: "--day <day>", description: "only of this day (YYYY-MM-DD, UTC)" },
  { flags: "--account <organization>", description: "what an organisation of yours paid for" },
  { flags: "--limit <number>", description: "how many, at most 100 (default 50)" },
  { flags: "--marker <marker>", description: "where the page before ended" },
];

export const callsCommands: readonly Command[] = [
  {
    name: "calls",
    operands: "[call]",
    summary: "list calls you paid for, or show the tree of one",
    description:
      "Without a call: what the account paid for, newest first; with --of, every call of an algorithm of yours, its callers by pseudonyms. With the id of a call: its tree.",
    options: LIST_OPTIONS,
    examples: ["orcade calls --algorithm text/tags", "orcade calls req-0b7c5c0e-6f0f-4a53-b5b5-0c9f4c1c6a55"],
    run: calls,
  },
  {
    name: "calls ls",
    summary: "list calls you paid for, or those that run",
    options: LIST_OPTIONS,
    examples: ["orcade calls ls --running", "orcade calls ls --algorithm text/tags"],
    run: calls,
  },
  {
    name: "earnings",
    operands: "[algorithm]",
    summary: "show what an algorithm of yours earned, by day and version",
    options: [
      { flags: "--from <day>", description: "first day (YYYY-MM-DD, UTC; default 30 days ago)" },
      { flags: "--until <day>", description: "last day (default today)" },
    ],
    examples: ["orcade earnings hello/tags --from 2026-11-01"],
    run: earnings,
  },
];
