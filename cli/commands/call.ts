// `orcade call`: one call, its result on stdout, what it took on stderr.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../../worker/market/manifest.ts";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { beginCall, callAlgorithm, type Outcome } from "../calling.ts";
import { EXIT, usage } from "../failure.ts";
import { readAuthored } from "../folder.ts";
import { accepted, sendSigned } from "../http.ts";
import { inputOf, sampleInput, type Input } from "../input.ts";
import type { Io } from "../io.ts";
import { asObject } from "../json.ts";
import { cost, count, printable, seconds } from "../print.ts";
import { requireKey, type Settings } from "../settings.ts";
import { targetOf, type Target } from "../target.ts";

const KIND: Readonly<Record<string, Kind>> = {
  "application/json": "json",
  "text/plain": "text",
  "application/octet-stream": "bytes",
};

/** What the server's OpenAPI document says of the input; no answer is no failure, the call itself will tell. */
async function declaredKind(settings: Settings, { owner, name }: Target): Promise<Kind | undefined> {
  const reply = await sendSigned(settings, { method: "GET", path: `/v1/algorithms/${owner}/${name}/openapi.json` });
  if (reply.status !== 200) return undefined;
  const [path] = Object.values(asObject(accepted(reply)["paths"]) ?? {});
  const body = asObject(asObject(asObject(path)?.["post"])?.["requestBody"]);
  const [type] = Object.keys(asObject(body?.["content"]) ?? {});
  return type === undefined ? undefined : KIND[type];
}

/** The kind the local build found out; before the first build, what the sample looks like. */
function builtKind(folder: string, sample: unknown): Kind {
  const path = join(folder, "build", "manifest.json");
  const built = existsSync(path)
    ? asObject(asObject(JSON.parse(readFileSync(path, "utf8")))?.["input"])?.["kind"]
    : undefined;
  if (built === "text" || built === "json" || built === "bytes") return built;
  return typeof sample === "string" ? "text" : "json";
}

function localSample(folder: string): Input {
  const { sample } = readAuthored(folder);
  if (sample === undefined)
    throw usage('No input, and algorithm.json has no "sample".', "Give one with -d, -j, -b or -f.");
  return sampleInput(sample, builtKind(folder, sample));
}

async function chooseInput(invocation: Invocation, settings: Settings, target: Target): Promise<Input> {
  const files = invocation.options["file"];
  const flags = {
    data: textOption(invocation, "data"),
    jsonData: textOption(invocation, "jsonData"),
    bytes: textOption(invocation, "bytes"),
    file: Array.isArray(files) ? (files as readonly string[]) : [],
  };
  const input = await inputOf(invocation.io, flags, () => declaredKind(settings, target));
  if (input !== undefined) return input;
  if (target.folder !== undefined) return localSample(target.folder);
  throw usage(
    "No input.",
    `Give one: -d TEXT, -j JSON, -b @FILE or -f FILE, for example orcade call ${target.owner}/${target.name} -d hello`,
  );
}

/** A positive number from an option, in the unit the option states. */
function positive(invocation: Invocation, name: string, flag: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) throw usage(`${flag} ${text}: a whole number above 0 is wanted.`);
  return Number(text);
}

const shown = (io: Io, text: string): string => (io.stdout.isTTY ? printable(text) : text);

function resultText(io: Io, { contentType, result }: Outcome): string {
  if (contentType === "void") return "";
  if (contentType === "text" && typeof result === "string") return shown(io, result);
  if (contentType === "binary" && typeof result === "string") return result;
  return JSON.stringify(result, null, 2);
}

function tally({ fuel, cost: price, duration, version, build }: Outcome): string {
  const parts = [
    fuel === undefined ? "" : `${count(fuel)} fuel`,
    price === undefined ? "" : cost(price),
    duration === undefined ? "" : seconds(duration),
    version === undefined ? "" : `version ${version}`,
    build === undefined ? "" : `build ${build.slice(0, 12)}`,
  ];
  return printable(parts.filter((part) => part !== "").join(", "));
}

/** What a call came to, as it is printed. */
export function outcomeReport(io: Io, outcome: Outcome): Report {
  const { error, raw, document } = outcome;
  if (error !== undefined) {
    const trace = error.stacktrace === undefined ? [] : [printable(error.stacktrace)];
    const looked = outcome.call === undefined ? [] : [printable(`orcade calls ${outcome.call} tells more of it.`)];
    const notes = [printable(`${error.type}: ${error.message}`), ...trace, tally(outcome), ...looked];
    return { exit: EXIT.failed, json: document, text: "", notes };
  }
  if (raw !== undefined) return { exit: EXIT.ok, json: document, text: raw };
  const encoded =
    outcome.contentType === "binary" ? ["The result is bytes, shown in base64; --raw prints them as they are."] : [];
  return { exit: EXIT.ok, json: document, text: resultText(io, outcome), notes: [...encoded, tally(outcome)] };
}

/** A call that was begun: its id, and what to do with it. */
function begunReport(document: Readonly<Record<string, unknown>>): Report {
  const id = String(document["id"]);
  const notes = [`It runs on the server; orcade calls result ${id} waits for what it comes to.`];
  return { exit: EXIT.ok, json: document, text: printable(id), notes };
}

async function run(invocation: Invocation): Promise<Report> {
  const { io, operands, options, progress } = invocation;
  const raw = options["raw"] === true;
  if (raw && options["json"] === true) throw usage("--raw and --json exclude each other.");
  const maxCost = positive(invocation, "maxCost", "--max-cost");
  const timeout = positive(invocation, "timeout", "--timeout");
  const quote = textOption(invocation, "quote");
  const keep = options["keep"] === true;
  const idempotencyKey = textOption(invocation, "idempotencyKey");
  const webhook = textOption(invocation, "webhook");
  const begin = options["async"] === true;
  if (webhook !== undefined && !begin) throw usage("--webhook goes with --async.");
  if (begin && raw) throw usage("--raw and --async exclude each other: `orcade calls result --raw` has it.");
  const settings = invocation.settings();
  requireKey(settings);
  const target = await targetOf(io, settings, operands[0]);
  const input = await chooseInput(invocation, settings, target);
  const wishes = { raw, maxCost, timeout, quote, keep, idempotencyKey };
  if (begin) return begunReport(await beginCall(settings, target, input, wishes, webhook));
  const work = (): Promise<Outcome> => callAlgorithm(settings, target, input, wishes);
  return outcomeReport(io, await progress(`calling ${target.owner}/${target.name}`, work));
}

export const call: Command = {
  name: "call",
  operands: "[algorithm]",
  summary: "call an algorithm",
  description:
    "Calls OWNER/NAME, OWNER/NAME/VERSION or the NAME of one of your own, and prints its result; fuel, cost, duration and version go to stderr. " +
    "Without a name it calls the current algorithm, without an input with the sample of its algorithm.json.",
  options: [
    { flags: "-d, --data <text>", description: "the input is this text; - reads standard input" },
    { flags: "-j, --json-data <json>", description: "the input is this JSON, or @FILE; - reads standard input" },
    { flags: "-b, --bytes <@file>", description: "the input is the bytes of a file; - reads standard input" },
    {
      flags: "-f, --file <file>...",
      description: "the input is a file of whichever kind it is; FIELD=@FILE sets a field of -j to its text",
    },
    { flags: "--raw", description: "print nothing but the result, byte for byte" },
    { flags: "--max-cost <microcredits>", description: "end the call before it costs more than this" },
    { flags: "--quote <id>", description: "the ceiling of a quote holds (`orcade quote`)" },
    { flags: "--keep", description: "keep the input and what the call was told for a week, for its receipt" },
    { flags: "--async", description: "do not wait: print the call's id; `orcade calls result ID` has the result" },
    { flags: "--webhook <url>", description: "with --async: tell this address when the call has ended" },
    { flags: "--idempotency-key <key>", description: "sent again with the same key, it is the same call" },
    { flags: "--timeout <seconds>", description: "end the call after this long (default 300)" },
  ],
  examples: [
    'orcade call text/tags -d "The quick brown fox"',
    `orcade call genome/kmers -j '{"k": 2}' -f fasta=@genome.fasta`,
    `orcade call genome/kmers -j '{"source": "data://.my/genomes/genome.fasta", "k": 6}'`,
    "orcade call bytes/gunzip -b @archive.gz --raw > archive",
  ],
  run,
};
