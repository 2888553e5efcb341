// `orcade runs …`: durable runs of programs in Orc: begun on the server, where they go on whatever happens to this machine.
import { type Command, type Invocation, type Report, textOption } from "../command.ts";
import { CliFailure, EXIT, usage } from "../failure.ts";
import { accepted, getJson, sendSigned } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { bodyOf, endOf, failed, linesOf, openStream, type RemoteEnd, shown } from "../orc/remote.ts";
import { cost, count, printable, table } from "../print.ts";
import { argumentsOf, programOf, remoteNotes, whole } from "./orc.ts";

type Document = Readonly<Record<string, unknown>>;

const text = (document: Document | undefined, name: string): string => asString(document?.[name]) ?? "";
const number = (document: Document | undefined, name: string): number => asNumber(document?.[name]) ?? 0;
const listOf = (value: unknown): readonly (Document | undefined)[] => (Array.isArray(value) ? value.map(asObject) : []);
const when = (iso: string): string => iso.replace("T", " ").slice(0, 19);

function idOf({ operands: [id] }: Invocation): string {
  if (id !== undefined) return encodeURIComponent(id);
  throw usage("Which run?", "`orcade runs ls` lists them.");
}

function listOption(invocation: Invocation, name: string): readonly string[] {
  const value = invocation.options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

async function start(invocation: Invocation): Promise<Report> {
  const program = await programOf(invocation);
  const [name, hosts] = [textOption(invocation, "name"), listOption(invocation, "host")];
  const more = [
    ...(name === undefined ? [] : [`"name":${JSON.stringify(name)}`]),
    ...(hosts.length === 0 ? [] : [`"hosts":${JSON.stringify(hosts)}`]),
  ];
  const body = new TextEncoder().encode(bodyOf(program, argumentsOf(invocation), more));
  const [maxCost, timeout] = [whole(invocation, "maxCost", "--max-cost"), whole(invocation, "timeout", "--timeout")];
  const once = textOption(invocation, "once");
  const headers = {
    "content-type": "application/json",
    ...(maxCost === undefined ? {} : { "x-orcade-max-cost": String(maxCost) }),
    ...(once === undefined ? {} : { "idempotency-key": once }),
  };
  const path = `/v1/runs${timeout === undefined ? "" : `?timeout=${timeout}`}`;
  const document = accepted(await sendSigned(invocation.settings(), { method: "POST", path, headers, body }));
  const id = text(document, "id");
  return { exit: EXIT.ok, json: document, text: printable(id), notes: [`read it with: orcade runs watch ${id}`] };
}

const FILTERS = ["name", "state", "limit", "marker"];

async function ls(invocation: Invocation): Promise<Report> {
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const value = textOption(invocation, name);
    if (value !== undefined) query.set(name, value);
  }
  const page = await getJson(invocation.settings(), `/v1/runs${query.size === 0 ? "" : `?${query.toString()}`}`);
  const results = listOf(page["results"]);
  const rows = results.map((run) => [
    when(text(run, "created")),
    text(run, "state"),
    text(run, "name"),
    text(run, "id"),
  ]);
  const marker = asString(page["marker"]);
  return {
    exit: EXIT.ok,
    json: page,
    text: printable(rows.length === 0 ? "no runs" : table([["CREATED (UTC)", "STATE", "NAME", "RUN"], ...rows])),
    notes: marker === undefined ? [] : [`older ones: --marker ${marker}`],
  };
}

/** Pages of calls that `show` asks for. */
const PAGES = 10;

async function callsOf(invocation: Invocation, id: string): Promise<readonly (Document | undefined)[]> {
  const calls: (Document | undefined)[] = [];
  let marker: string | undefined = "0";
  for (let page = 0; page < PAGES && marker !== undefined; page++) {
    const path: string = `/v1/runs/${id}/tree?limit=100&marker=${marker}`;
    const document = await getJson(invocation.settings(), path);
    calls.push(...listOf(document["results"]));
    marker = asString(document["marker"]);
  }
  return calls;
}

function facts(run: Document): string {
  const why = text(run, "code") === "" ? "" : ` (${text(run, "code")}) ${text(run, "text")}`;
  const awaits = Array.isArray(run["awaits"]) ? run["awaits"].map(String) : [];
  const rows = [
    ["run", text(run, "id")],
    ["name", text(run, "name")],
    ["state", `${text(run, "state")}${why}`],
    ["created", when(text(run, "created"))],
    ["ended", when(text(run, "ended"))],
    ["wakes", when(text(run, "wakes"))],
    ["waits for", awaits.join(", ")],
    ["publications", count(number(run, "publications"))],
    ["calls", count(number(run, "calls"))],
    ["cost", `${cost(number(run, "cost_microcredits"))} of at most ${count(number(run, "max_cost_microcredits"))}`],
  ];
  return table(rows.filter(([, value]) => value !== ""));
}

async function show(invocation: Invocation): Promise<Report> {
  const id = idOf(invocation);
  const run = await getJson(invocation.settings(), `/v1/runs/${id}`);
  const calls = await callsOf(invocation, id);
  const rows = calls.map((call) => [
    text(call, "target"),
    text(call, "error") || text(call, "state"),
    count(number(call, "cost_microcredits")),
    text(call, "id"),
  ]);
  const tree = rows.length === 0 ? [] : [table([["CALLED", "STATE", "MICROCREDITS", "CALL"], ...rows])];
  return { exit: EXIT.ok, json: { ...run, tree: calls }, text: printable([facts(run), ...tree].join("\n\n")) };
}

/** Times that a reader whose connection breaks begins again without having heard anything, and the pause between. */
const TRIES = 5;
const PAUSE_MS = 1_000;

/** Reads what a run says, from a place on; goes on where the connection broke. @param write takes each document and its line */
async function heard(
  invocation: Invocation,
  id: string,
  follow: boolean,
  write: (document: Document, line: string) => void,
): Promise<RemoteEnd | undefined> {
  const after = textOption(invocation, "after") ?? "0";
  if (!/^\d{1,15}$/.test(after)) throw usage(`--after ${after}: the number of something that was said is wanted.`);
  let place = Number(after);
  for (let tries = 0; ; tries++) {
    const path = `/v1/runs/${id}/events?after=${place}&follow=${String(follow)}`;
    const message = await openStream(invocation.settings(), "GET", path, { accept: "application/x-ndjson" });
    if (message.statusCode !== 200) await failed(message);
    try {
      for await (const line of linesOf(message)) {
        const document = asObject(line.trim() === "" ? undefined : JSON.parse(line));
        if (document === undefined) continue;
        tries = 0;
        if (document["type"] !== "end") place++;
        write(document, line);
        if (document["type"] === "end") return endOf(document);
      }
      if (!follow) return undefined;
    } catch (error) {
      if (tries >= TRIES) throw error;
    }
    if (tries >= TRIES) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const hint = `The run goes on without a reader: orcade runs watch ${id} --after ${place}`;
  throw new CliFailure(EXIT.unreachable, "cut-short", "The server's answer broke off.", hint);
}

const report = (end: RemoteEnd | undefined): Report => {
  const good = end === undefined || end.state === "halted" || end.state === "blocked";
  const notes = end === undefined ? [] : remoteNotes(end);
  return { exit: good ? EXIT.ok : EXIT.failed, json: undefined, text: "", notes };
};

async function watch(invocation: Invocation): Promise<Report> {
  const { io, options } = invocation;
  const json = options["json"] === true;
  const end = await heard(invocation, idOf(invocation), true, (document, line) => {
    if (json) io.stdout.write(`${line}\n`);
    else if (document["type"] !== "end") io.stdout.write(shown(document));
  });
  return report(end);
}

async function result(invocation: Invocation): Promise<Report> {
  const published: unknown[] = [];
  const lines: string[] = [];
  const end = await heard(invocation, idOf(invocation), invocation.options["wait"] === true, (document) => {
    if (document["type"] !== "publication") return;
    published.push("value" in document ? document["value"] : document["text"]);
    lines.push(text(document, "text"));
  });
  const json = { state: end?.state ?? "running", publications: published };
  return { ...report(end), json, text: printable(lines.join("\n")) };
}

/** JSON as it was written; other text is a string. */
function signalBody(value: string | undefined): string {
  if (value === undefined) return "null";
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

async function signal(invocation: Invocation): Promise<Report> {
  const id = idOf(invocation);
  const [, name, value] = invocation.operands;
  if (name === undefined) throw usage("Which signal?", "orcade runs signal RUN NAME [JSON]");
  const once = textOption(invocation, "once");
  const headers = { "content-type": "application/json", ...(once === undefined ? {} : { "idempotency-key": once }) };
  const path = `/v1/runs/${id}/signals/${encodeURIComponent(name)}`;
  const body = new TextEncoder().encode(signalBody(value));
  const document = accepted(await sendSigned(invocation.settings(), { method: "POST", path, headers, body }));
  return { exit: EXIT.ok, json: document, text: `sent ${name}` };
}

async function cancel(invocation: Invocation): Promise<Report> {
  const path = `/v1/runs/${idOf(invocation)}`;
  const document = accepted(await sendSigned(invocation.settings(), { method: "DELETE", path }));
  return { exit: EXIT.ok, json: document, text: printable(text(document, "state")) };
}

const RUN = "run-1c0a3c1e-6f0f-4a53-b5b5-0c9f4c1c6a55";
const ONCE = { flags: "--once <key>", description: "sent again under the same key, it is done once" };

export const runsCommands: readonly Command[] = [
  {
    name: "runs start",
    operands: "<file>",
    summary: "begin a durable run of a program in Orc",
    description:
      "Sends the program with the files it includes, and prints the run's id. The run goes on by itself, through crashes and " +
      "releases of the server, until it ends, is cancelled, or its time is over. Its algorithms' versions stay as they are now.",
    options: [
      { flags: "--name <name>", description: "what lists call it" },
      { flags: "--arguments <json>", description: "what `arguments()` publishes" },
      { flags: "--host <name>...", description: "a host that `http` may ask, `*.example.com` for all below" },
      { flags: "--max-cost <microcredits>", description: "what the run and its calls may cost at most" },
      { flags: "--timeout <seconds>", description: "how long it may last (default 30 days)" },
      ONCE,
    ],
    examples: ["orcade runs start bands.orc --name bands"],
    run: start,
  },
  {
    name: "runs ls",
    summary: "list runs, newest first",
    options: [
      { flags: "--name <name>", description: "only those of this name" },
      { flags: "--state <state>", description: "only those that stand so: running, halted, cancelled, failed …" },
      { flags: "--limit <number>", description: "how many, at most 100 (default 50)" },
      { flags: "--marker <marker>", description: "where the page before ended" },
    ],
    examples: ["orcade runs ls --state running"],
    run: ls,
  },
  {
    name: "runs show",
    operands: "<run>",
    summary: "show how a run stands, whom it called and what that cost",
    examples: [`orcade runs show ${RUN}`],
    run: show,
  },
  {
    name: "runs watch",
    operands: "<run>",
    summary: "print what a run said and says, until it ends",
    description: "Prints as `orc run` does. A connection that breaks is taken up where it broke; leaving ends nothing.",
    options: [{ flags: "--after <number>", description: "only what was said after so many things" }],
    examples: [`orcade runs watch ${RUN}`],
    run: watch,
  },
  {
    name: "runs signal",
    operands: "<run> <name> [value]",
    summary: "send a signal to a run",
    description: "The value is JSON; what is none is sent as a string. `signal(name)` in the program publishes it.",
    options: [ONCE],
    examples: [`orcade runs signal ${RUN} answer '{"yes": true}'`],
    run: signal,
  },
  {
    name: "runs cancel",
    operands: "<run>",
    summary: "end a run and its calls",
    examples: [`orcade runs cancel ${RUN}`],
    run: cancel,
  },
  {
    name: "runs result",
    operands: "<run>",
    summary: "print what a run has published",
    options: [{ flags: "--wait", description: "until it has ended" }],
    examples: [`orcade runs result ${RUN} --wait`],
    run: result,
  },
];
