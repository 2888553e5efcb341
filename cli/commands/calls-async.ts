// `orcade calls show|cancel|log|result`: one call, while it runs and afterwards.
import type { Command, Invocation, Report } from "../command.ts";
import { resultOf } from "../calling.ts";
import { EXIT, usage } from "../failure.ts";
import { accepted, getJson, sendSigned } from "../http.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { count, printable, table } from "../print.ts";
import { outcomeReport } from "./call.ts";
import { progressText } from "./calls.ts";

const idOf = ({ operands }: Invocation): string => {
  const [id] = operands;
  if (id === undefined) throw usage("Which call? Give its id, as `orcade calls --running` lists it.");
  return id;
};

/** A fact of a call as it is printed; what is itself a document stands in JSON. */
const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

async function show(invocation: Invocation): Promise<Report> {
  const document = await getJson(invocation.settings(), `/v1/calls/${encodeURIComponent(idOf(invocation))}`);
  const rows = Object.entries(document).filter(
    ([, value]) => value !== null && asObject(asObject(value)?.["charge"]) === undefined,
  );
  return { exit: EXIT.ok, json: document, text: printable(table(rows.map(([name, value]) => [name, shown(value)]))) };
}

async function cancel(invocation: Invocation): Promise<Report> {
  const id = idOf(invocation);
  const path = `/v1/calls/${encodeURIComponent(id)}`;
  const document = accepted(await sendSigned(invocation.settings(), { method: "DELETE", path }));
  return { exit: EXIT.ok, json: document, text: printable(`${id} ends; what it used is paid`) };
}

async function result(invocation: Invocation): Promise<Report> {
  const { io, options, progress } = invocation;
  const id = idOf(invocation);
  const raw = options["raw"] === true;
  if (raw && options["json"] === true) throw usage("--raw and --json exclude each other.");
  const settings = invocation.settings();
  const wait = options["atOnce"] !== true;
  const label = `waiting for ${id}`;
  const outcome = await progress(label, (say) => {
    const watch = say && ((far: unknown) => say(printable(`${label} ${progressText(far)}`.trim())));
    return resultOf(settings, id, raw, wait, watch);
  });
  if (outcome !== null) return outcomeReport(io, outcome);
  return { exit: EXIT.failed, json: { id, state: "running" }, text: "", notes: ["The call has not ended."] };
}

/** Lines of every algorithm under its own name. */
function logText(node: Readonly<Record<string, unknown>> | undefined): string {
  const lines = Array.isArray(node?.["lines"]) ? node["lines"].map(asObject) : [];
  const said = lines.map((line) => `  ${asString(line?.["level"]) ?? ""}: ${asString(line?.["text"]) ?? ""}`);
  const dropped = asNumber(node?.["dropped"]) ?? 0;
  const rest = dropped === 0 ? [] : [`  (${count(dropped)} bytes more were not kept)`];
  return [`${shown(node?.["algorithm"])}/${shown(node?.["version"])} ${shown(node?.["id"])}`, ...said, ...rest].join(
    "\n",
  );
}

async function log(invocation: Invocation): Promise<Report> {
  const path = `/v1/calls/${encodeURIComponent(idOf(invocation))}/log`;
  const document = await getJson(invocation.settings(), path);
  const nodes = Array.isArray(document["nodes"]) ? document["nodes"].map(asObject) : [];
  const text = nodes.length === 0 ? "nothing was logged, or is kept" : nodes.map(logText).join("\n");
  return { exit: EXIT.ok, json: document, text: printable(text) };
}

const EXAMPLE = "req-0b7c5c0e-6f0f-4a53-b5b5-0c9f4c1c6a55";

export const callsAsyncCommands: readonly Command[] = [
  {
    name: "calls show",
    operands: "<call>",
    summary: "show how a call stands, or what became of it",
    examples: [`orcade calls show ${EXAMPLE}`],
    run: show,
  },
  {
    name: "calls cancel",
    operands: "<call>",
    summary: "end a call that runs or waits",
    description: "Ends a call at its next slice, the calls it made included. What it used until then is paid.",
    examples: [`orcade calls cancel ${EXAMPLE}`],
    run: cancel,
  },
  {
    name: "calls log",
    operands: "<call>",
    summary: "show what your own algorithms logged in a call",
    description:
      "Shows what algorithms of yours logged in a call of yours, the called ones included: of asynchronous calls, for a week.",
    examples: [`orcade calls log ${EXAMPLE}`],
    run: log,
  },
  {
    name: "calls result",
    operands: "<call>",
    summary: "wait for an asynchronous call, and print its result",
    description:
      "Waits until a call of `orcade call --async` has ended and prints its result, as `orcade call` would have.",
    options: [
      { flags: "--raw", description: "print nothing but the result, byte for byte" },
      { flags: "--at-once", description: "do not wait: exit code 1 while the call has not ended" },
    ],
    examples: [`orcade calls result ${EXAMPLE}`],
    run: result,
  },
];
