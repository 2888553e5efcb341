// `orcade admin flags|suspend-version|rotate-keys`: what operators watch over on the market.
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { getJson, sendJson } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { count, printable, table } from "../print.ts";
import { parseTarget } from "../target.ts";

type Document = Readonly<Record<string, unknown>>;

function flagRow(flag: Document | undefined): string[] {
  const text = (name: string): string => asString(flag?.[name]) ?? "";
  const number = (name: string): number => asNumber(flag?.[name]) ?? 0;
  return [
    new Date(number("last")).toISOString().slice(0, 19).replace("T", " "),
    `${text("algorithm")}/${text("version")}`,
    text("kind") === "version" ? "all of it" : `${count(number("calls"))} calls`,
    `${count(number("fuel"))} fuel, at most ${count(number("expected"))} expected`,
    text("call"),
  ];
}

async function flags(invocation: Invocation): Promise<Report> {
  const marker = textOption(invocation, "marker");
  const query = marker === undefined ? "" : `?marker=${encodeURIComponent(marker)}`;
  const page = await getJson(invocation.settings(), `/v1/admin/flags${query}`);
  const rows = (Array.isArray(page["results"]) ? page["results"] : []).map((each) => flagRow(asObject(each)));
  const next = asString(page["marker"]);
  return {
    exit: EXIT.ok,
    json: page,
    text: printable(
      rows.length === 0
        ? "nothing was flagged"
        : table([["LAST (UTC)", "VERSION", "WHAT", "FUEL", "FIRST CALL"], ...rows]),
    ),
    notes: next === undefined ? [] : [`older ones: --marker ${next}`],
  };
}

async function suspendVersion(invocation: Invocation): Promise<Report> {
  const { owner, name, version } = parseTarget(invocation.operands[0] ?? "");
  const undo = invocation.options["undo"] === true;
  const reason = textOption(invocation, "reason");
  if (version === undefined) throw usage("Which version?", `Write ${owner}/${name}/MAJOR.MINOR.PATCH.`);
  if (!undo && reason === undefined) throw usage("Why?", "Its owner and callers are told: --reason TEXT.");
  const path = `/v1/admin/algorithms/${owner}/${name}/versions/${version}/suspension`;
  const document = await sendJson(invocation.settings(), "POST", path, { reason: undo ? null : reason });
  const done = undo ? "can be called again" : "can be called by nobody, everywhere within 5 s";
  return { exit: EXIT.ok, json: document, text: printable(`${owner}/${name}/${version} ${done}`) };
}

async function rotateKeys(invocation: Invocation): Promise<Report> {
  const document = await sendJson(invocation.settings(), "POST", "/v1/admin/receipt-keys", {});
  return {
    exit: EXIT.ok,
    json: document,
    text: `receipts are signed by ${asString(document["key"]) ?? "another key"} now`,
  };
}

export const marketAdminCommands: readonly Command[] = [
  {
    name: "admin flags",
    summary: "list calls and versions that used far more than is usual",
    options: [{ flags: "--marker <marker>", description: "where the page before ended" }],
    examples: ["orcade admin flags"],
    run: flags,
  },
  {
    name: "admin suspend-version",
    operands: "<version>",
    summary: "let nobody call a version any more",
    options: [
      { flags: "--reason <text>", description: "why: its owner and callers are told" },
      { flags: "--undo", description: "end the suspension" },
    ],
    examples: ['orcade admin suspend-version eve/filter/1.0.1 --reason "It mines."'],
    run: suspendVersion,
  },
  {
    name: "admin rotate-keys",
    summary: "sign receipts with a new key; old receipts stay good",
    examples: ["orcade admin rotate-keys"],
    run: rotateKeys,
  },
];
