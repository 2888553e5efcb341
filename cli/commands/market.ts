// `orcade search|info|quote|yank|unyank|deprecate`: finding algorithms, what they cost, and the standing of one's own.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { CONTENT_TYPE, inputOf } from "../input.ts";
import { EXIT, usage } from "../failure.ts";
import { accepted, getJson, sendJson, sendSigned } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { count, printable, shorten, table } from "../print.ts";
import type { Settings } from "../settings.ts";
import { targetOf, type Target } from "../target.ts";

type Document = Readonly<Record<string, unknown>>;

const text = (document: Document | undefined, name: string): string => asString(document?.[name]) ?? "";
const number = (document: Document | undefined, name: string): number => asNumber(document?.[name]) ?? 0;
const listOf = (document: Document, name: string): readonly (Document | undefined)[] =>
  Array.isArray(document[name]) ? document[name].map(asObject) : [];

/** Options that are parameters of the route, by the options that give them. */
const FILTERS = {
  owner: "owner",
  tag: "tag",
  maxPrice: "max_price",
  language: "language",
  limit: "limit",
  marker: "marker",
};

async function search(invocation: Invocation): Promise<Report> {
  const query = new URLSearchParams();
  const [words] = invocation.operands;
  if (words !== undefined) query.set("q", words);
  for (const [option, name] of Object.entries(FILTERS)) {
    const value = textOption(invocation, option);
    if (value !== undefined) query.set(name, value);
  }
  const page = await getJson(invocation.settings(), `/v1/algorithms${query.size === 0 ? "" : `?${query.toString()}`}`);
  const rows = listOf(page, "results").map((entry) => [
    `${text(entry, "name")}/${text(entry, "version")}`,
    count(number(entry, "price")),
    text(entry, "deprecated") === "" ? text(entry, "summary") : `(deprecated) ${text(entry, "summary")}`,
  ]);
  const marker = asString(page["marker"]);
  return {
    exit: EXIT.ok,
    json: page,
    text: printable(
      rows.length === 0 ? "Nothing was found." : table([["ALGORITHM", "MICROCREDITS", "SUMMARY"], ...rows]),
    ),
    notes: marker === undefined ? [] : [`more: --marker ${marker}`],
  };
}

const addressOf = ({ owner, name, version }: Target): string =>
  `/v1/algorithms/${owner}/${name}${version === undefined ? "" : `/versions/${version}`}`;

function sampleLine(run: Document | undefined): string {
  switch (asString(run?.["status"])) {
    case "completed":
      return `${shorten(text(run, "output"), 200)} for ${count(number(run, "fuel"))} fuel`;
    case "failed":
      return `failed: ${text(asObject(run?.["error"]), "type")}: ${text(asObject(run?.["error"]), "message")}`;
    case "skipped":
      return `not run: ${text(run, "reason")}`;
    default:
      return "";
  }
}

function infoText(found: Document, similar: readonly string[]): string {
  const info = asObject(found["version_info"]);
  const settings = asObject(found["settings"]);
  const rows = [
    ["version", text(info, "semantic_version")],
    ["build", text(info, "git_hash")],
    ["summary", text(asObject(found["details"]), "summary")],
    ["price", `${count(number(settings, "call_microcredits"))} microcredits a call, and its fuel`],
    ["royalty", `${count(number(settings, "royalty_microcredits"))} microcredits of that`],
    ["source", `${text(settings, "source_visibility")}, ${text(settings, "license")}, ${text(settings, "language")}`],
    ["visibility", text(settings, "algorithm_callability")],
    ["published", text(info, "published_at")],
    ["notes", text(info, "release_notes").split("\n")[0] ?? ""],
    ["sample", shorten(text(info, "sample_input"), 200)],
    ["gives", sampleLine(asObject(info?.["sample_run"]))],
    ["deprecated", text(info, "deprecated")],
    ["suspended", text(info, "suspended")],
    ["yanked", info?.["yanked"] === true ? "yes: only who names this version gets it" : ""],
    ["similar", similar.length === 0 ? "" : `${similar.join(", ")}: not the same, look twice`],
  ];
  return printable(`${text(found, "algorithm")}\n${table(rows.filter(([, value]) => value !== ""))}`);
}

async function info(invocation: Invocation): Promise<Report> {
  const settings = invocation.settings();
  const target = await targetOf(invocation.io, settings, invocation.operands[0]);
  const found = await getJson(settings, addressOf(target));
  const alike = await getJson(settings, `/v1/algorithms/${target.owner}/${target.name}/similar`);
  const similar = Array.isArray(alike["results"]) ? alike["results"].map(String) : [];
  return { exit: EXIT.ok, json: { ...found, similar }, text: infoText(found, similar) };
}

/** The input's bytes in the request's body, or only their number. */
async function quoteRequest(invocation: Invocation): Promise<{ query: string; body?: Uint8Array; type?: string }> {
  const size = textOption(invocation, "size");
  if (size !== undefined) return { query: `bytes=${encodeURIComponent(size)}` };
  const flags = {
    data: textOption(invocation, "data"),
    jsonData: textOption(invocation, "jsonData"),
    bytes: textOption(invocation, "bytes"),
  };
  const input = await inputOf(invocation.io, flags, () => Promise.resolve(undefined));
  if (input === undefined)
    throw usage("No input.", "Give one: -d TEXT, -j JSON, -b @FILE, or its length: --size BYTES.");
  return { query: "", body: input.bytes, type: CONTENT_TYPE[input.kind] };
}

function quoteText(quote: Document): string {
  const [fuel, price, basis] = [
    asObject(quote["fuel"]),
    asObject(quote["price_microcredits"]),
    asObject(quote["basis"]),
  ];
  const row = (name: string, figure: string): string[] => [
    name,
    count(number(fuel, figure)),
    count(number(price, figure)),
  ];
  const callees = listOf(quote, "callees").map(
    (callee) =>
      `calls ${text(callee, "algorithm")}/${text(callee, "version")} ${number(callee, "calls_per_call")} times a call, ` +
      `royalty ${count(number(callee, "royalty_microcredits"))}`,
  );
  const lines = [
    `${text(quote, "algorithm")}/${text(quote, "version")}, input of ${count(number(quote, "input_bytes"))} bytes, ` +
      `from ${count(number(basis, "calls"))} calls (${text(basis, "of")})`,
    number(basis, "calls") === 0
      ? "Of calls like this one nothing is known yet: call it, and quotes will tell what it burns."
      : table([
          ["", "FUEL", "MICROCREDITS"],
          row("half of them", "p50"),
          row("19 of 20", "p95"),
          row("the most", "max"),
        ]),
    ...callees,
    `at most ${count(number(quote, "ceiling_microcredits"))} microcredits until ${text(quote, "expires")}: ` +
      `orcade call --quote ${text(quote, "quote")}`,
  ];
  return printable(lines.join("\n"));
}

async function quote(invocation: Invocation): Promise<Report> {
  const settings = invocation.settings();
  const target = await targetOf(invocation.io, settings, invocation.operands[0]);
  const { query, body, type } = await quoteRequest(invocation);
  const version = target.version === undefined ? "" : `version=${encodeURIComponent(target.version)}`;
  const search = [version, query].filter((part) => part !== "").join("&");
  const path = `/v1/quote/${target.owner}/${target.name}${search === "" ? "" : `?${search}`}`;
  const headers = type === undefined ? {} : { "content-type": type };
  const reply = await sendSigned(settings, { method: "POST", path, headers, ...(body === undefined ? {} : { body }) });
  const document = accepted(reply);
  return { exit: EXIT.ok, json: document, text: quoteText(document) };
}

async function versionFor(invocation: Invocation, settings: Settings): Promise<Target & { readonly version: string }> {
  const target = await targetOf(invocation.io, settings, invocation.operands[0]);
  const { version } = target;
  if (version !== undefined && /^\d+\.\d+\.\d+$/.test(version)) return { ...target, version };
  throw usage("Which version?", `Write ${target.owner}/${target.name}/MAJOR.MINOR.PATCH.`);
}

const standing =
  (changeOf: (invocation: Invocation) => object, done: string) =>
  async (invocation: Invocation): Promise<Report> => {
    const settings = invocation.settings();
    const target = await versionFor(invocation, settings);
    const document = await sendJson(settings, "PATCH", addressOf(target), changeOf(invocation));
    return {
      exit: EXIT.ok,
      json: document,
      text: printable(`${target.owner}/${target.name}/${target.version} ${done}`),
    };
  };

function deprecation(invocation: Invocation): object {
  if (invocation.options["undo"] === true) return { deprecated: null };
  return { deprecated: textOption(invocation, "reason") ?? "Use a newer version." };
}

export const marketCommands: readonly Command[] = [
  {
    name: "search",
    operands: "[words]",
    summary: "find algorithms by words, owner, tag, price or language",
    description:
      "Finds public algorithms whose name, summary, README or tags hold the words. Your own private ones are found with --owner.",
    options: [
      { flags: "--owner <account>", description: "only of this owner" },
      { flags: "--tag <tag>", description: "only with this tag" },
      { flags: "--max-price <microcredits>", description: "fee and royalty of a call at most" },
      { flags: "--language <language>", description: "only written in this" },
      { flags: "--limit <number>", description: "how many, at most 100 (default 50)" },
      { flags: "--marker <marker>", description: "where the page before ended" },
    ],
    examples: ['orcade search "topic tags"', "orcade search --tag genomics --max-price 50000"],
    run: search,
  },
  {
    name: "info",
    operands: "[algorithm]",
    summary: "show what an algorithm is, costs and makes of its sample",
    examples: ["orcade info text/tags", "orcade info genome/kmers/1.0.0"],
    run: info,
  },
  {
    name: "quote",
    operands: "[algorithm]",
    summary: "ask what a call would cost; the ceiling holds for ten minutes",
    options: [
      { flags: "-d, --data <text>", description: "the input: text" },
      { flags: "-j, --json-data <json>", description: "the input: JSON, or @FILE" },
      { flags: "-b, --bytes <file>", description: "the input: bytes of @FILE" },
      { flags: "--size <bytes>", description: "only the length of the input" },
    ],
    examples: ["orcade quote bytes/gunzip --size 100000", "orcade quote text/tags -j @input.json"],
    run: quote,
  },
  {
    name: "yank",
    operands: "<version>",
    summary: "take a version out of ranges and the catalogue",
    description: "Who names the version itself keeps it; ranges and `latest` choose another.",
    options: [{ flags: "--undo", description: "put it back" }],
    examples: ["orcade yank hello/tags/1.0.1", "orcade yank hello/tags/1.0.1 --undo"],
    run: standing(({ options }) => ({ yanked: options["undo"] !== true }), "changed: see orcade info"),
  },
  {
    name: "deprecate",
    operands: "<version>",
    summary: "tell everybody that a version should not be used any more",
    options: [
      { flags: "--reason <text>", description: "why, and what to use" },
      { flags: "--undo", description: "take it back" },
    ],
    examples: ['orcade deprecate hello/tags/1.0.1 --reason "Use 2.0.0."'],
    run: standing(deprecation, "changed: see orcade info"),
  },
];
