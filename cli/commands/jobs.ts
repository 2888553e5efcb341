// `orcade jobs run|watch|start|list|cancel|retry|delete`: one question over a lot of data, on the server.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, type Invocation, type Report, textOption } from "../command.ts";
import { CliFailure, EXIT, usage } from "../failure.ts";
import { type Reply, accepted, failureOf, getJson, remove, sendJson, sendSigned } from "../http.ts";
import { jobNotes, watchJob } from "../jobs/watch.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { cost, count, table } from "../print.ts";
import { allPages } from "./keys.ts";
import { argumentsOf, whole } from "./orc.ts";

type Document = Readonly<Record<string, unknown>>;

const ID = /^job-[0-9a-f-]{36}$/;

function idOf({ operands: [id] }: Invocation): string {
  if (id === undefined || !ID.test(id)) throw usage("Which job?", "`orcade jobs list` lists them.");
  return id;
}

/** A path of data, several, or a range of integers: `0..1000`. */
function sourceOf(first: string, more: readonly string[]): unknown {
  const range = /^(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(first);
  if (range !== null) return { from: Number(range[1]), to: Number(range[2]) };
  return more.length === 0 ? first : [first, ...more];
}

const SPLITS: Readonly<Record<string, string>> = {
  fa: "records:fasta",
  fasta: "records:fasta",
  fna: "records:fasta",
  json: "json-array",
};

/** What the ending of a source's name suggests. */
function splitOf(invocation: Invocation, source: unknown): string {
  const said = textOption(invocation, "split");
  if (said !== undefined) return said;
  if (typeof source === "object" && !Array.isArray(source)) return "range";
  const name = String(Array.isArray(source) ? source[0] : source);
  return SPLITS[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "lines";
}

/** The fields of an object that are there. */
const present = (fields: Readonly<Record<string, unknown>>): Document =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function secondsOf(invocation: Invocation): number | undefined {
  const text = textOption(invocation, "seconds");
  if (text === undefined) return undefined;
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(text)) throw usage(`--seconds ${text}: seconds are wanted, such as 0.1.`);
  return Number(text);
}

function requestOf(invocation: Invocation): Document {
  const { operands, options } = invocation;
  const more = Array.isArray(options["source"]) ? (options["source"] as readonly string[]) : [];
  const [map, first = ""] = operands;
  const source = sourceOf(first, more);
  const args = argumentsOf(invocation);
  return present({
    map,
    reduce: textOption(invocation, "reduce"),
    source,
    split: splitOf(invocation, source),
    overlap: whole(invocation, "overlap", "--overlap"),
    arguments: args === undefined ? undefined : (JSON.parse(args) as unknown),
    target: present({
      bytes: whole(invocation, "chunk", "--chunk"),
      items: whole(invocation, "items", "--items"),
      seconds: secondsOf(invocation),
    }),
    limits: present({
      cost: whole(invocation, "maxCost", "--max-cost"),
      fuelPerTask: whole(invocation, "fuelPerTask", "--fuel-per-task"),
      parallel: whole(invocation, "parallel", "--parallel"),
      retries: whole(invocation, "retries", "--retries"),
      partial: options["partial"] === true ? "allow" : undefined,
    }),
  });
}

/** The job's result: to a file, or to standard output. */
async function resultOf(invocation: Invocation, job: Document, notes: readonly string[]): Promise<Report> {
  const settings = invocation.settings();
  const id = asString(job["id"]) ?? "";
  if (asString(job["state"]) !== "done") return { exit: EXIT.failed, json: job, text: "", notes };
  const answer = await sendSigned(settings, { method: "GET", path: `/v1/jobs/${id}/result`, seconds: 600 });
  if (answer.status !== 200) throw failureOf(answer);
  const file = textOption(invocation, "output");
  if (file !== undefined) {
    await writeFile(resolve(invocation.io.cwd, file), answer.body);
    return { exit: EXIT.ok, json: job, text: "", notes: [...notes, `${count(answer.body.length)} bytes in ${file}`] };
  }
  return { exit: EXIT.ok, json: job, text: answer.body, notes };
}

async function watched(invocation: Invocation, id: string): Promise<Report> {
  const job = await watchJob(invocation.io, invocation.settings(), id);
  return resultOf(invocation, job, jobNotes(job));
}

function quoteNotes(job: Document): string[] {
  const quote = asObject(job["quote"]);
  if (quote === undefined) return jobNotes(job);
  const error = Math.round((asNumber(quote["error"]) ?? 0) * 100);
  const [price, tasks] = [asNumber(quote["cost_microcredits"]) ?? 0, asNumber(asObject(job["tasks"])?.["total"]) ?? 0];
  return [
    `About ${cost(price)} (give or take ${error} %), ${count(tasks)} tasks of ${count(asNumber(job["chunk"]) ?? 0)}.`,
  ];
}

/** Makes a job. A connection that breaks leaves open whether it was made: asked once more under the same key, it is made once. */
async function begun(invocation: Invocation, path: string): Promise<Document> {
  const headers = {
    "content-type": "application/json",
    "idempotency-key": textOption(invocation, "once") ?? randomUUID(),
  };
  const body = new TextEncoder().encode(JSON.stringify(requestOf(invocation)));
  const send = (): Promise<Reply> =>
    sendSigned(invocation.settings(), { method: "POST", path, headers, body, seconds: 150 });
  try {
    return accepted(await send());
  } catch (error) {
    if (!(error instanceof CliFailure) || error.code !== "unreachable") throw error;
    return accepted(await send());
  }
}

async function run(invocation: Invocation): Promise<Report> {
  const { options } = invocation;
  const path = options["quote"] === true ? "/v1/jobs/quote" : "/v1/jobs";
  const job = await invocation.progress("The source is looked at", () => begun(invocation, path));
  const id = asString(job["id"]) ?? "";
  if (options["quote"] === true) {
    return { exit: EXIT.ok, json: job, text: id, notes: [...quoteNotes(job), `\`orcade jobs start ${id}\` runs it.`] };
  }
  if (options["detach"] === true) return { exit: EXIT.ok, json: job, text: id };
  return watched(invocation, id);
}

const OUTPUT = { flags: "-o, --output <file>", description: "write the result there instead of to standard output" };

const jobsRun: Command = {
  name: "jobs run",
  operands: "<map> <source>",
  summary: "run a mapper on every chunk of a source, and reduce the answers",
  description:
    "Runs an algorithm on every chunk of a source: files (data://owner/collection/file, or *.fa in it) cut at the borders of " +
    "records, or integers (0..1000000). Progress is shown on a terminal; the result is printed when it is done. The same job " +
    "again costs only the looking up.",
  options: [
    { flags: "--reduce <algorithm>", description: "what makes one answer of many" },
    { flags: "--source <path>...", description: "a further file or pattern; may be repeated" },
    { flags: "--split <kind>", description: "lines, records:fasta, bytes, json-array or range (default: by the name)" },
    { flags: "--overlap <length>", description: "letters or bytes by which chunks overlap" },
    { flags: "--arguments <json>", description: "what mapper and reducer are told" },
    { flags: "--chunk <bytes>", description: "bytes of a chunk (default: measured on a sample)" },
    { flags: "--items <count>", description: "integers of a chunk, for a range" },
    { flags: "--seconds <seconds>", description: "what a chunk should take (default 0.1)" },
    { flags: "--max-cost <microcredits>", description: "what the job may cost at most (default 1,000 credits)" },
    { flags: "--fuel-per-task <fuel>", description: "what one task may burn before it is cut" },
    { flags: "--parallel <batches>", description: "batches that run at once (default 8)" },
    { flags: "--retries <times>", description: "how often a task that was lost is tried again (default 3)" },
    { flags: "--partial", description: "give a result although tasks have failed" },
    { flags: "--quote", description: "run a sample only, and say what the job will cost" },
    { flags: "--detach", description: "print the job's id and leave" },
    { flags: "--once <key>", description: "sent again under the same key, it is the same job" },
    OUTPUT,
  ],
  examples: [
    "orcade jobs run genome/fingerprint 'data://.my/genomes/*.fa' --reduce genome/fingerprint -o prints.json",
    "orcade jobs run ada/primes 0..1000000 --items 1000 --reduce ada/sum",
  ],
  run,
};

const jobsWatch: Command = {
  name: "jobs watch",
  operands: "<id>",
  summary: "watch a job until it is over, and print its result",
  options: [OUTPUT],
  examples: ["orcade jobs watch job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44"],
  run: (invocation) => watched(invocation, idOf(invocation)),
};

const jobsStart: Command = {
  name: "jobs start",
  operands: "<id>",
  summary: "run a job that was only quoted",
  options: [OUTPUT],
  examples: ["orcade jobs start job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44"],
  run: async (invocation) => {
    const id = idOf(invocation);
    await sendJson(invocation.settings(), "POST", `/v1/jobs/${id}/start`, {});
    return watched(invocation, id);
  },
};

function rowOf(job: Document): string[] {
  const tasks = asObject(job["tasks"]);
  const [done, total] = [asNumber(tasks?.["done"]) ?? 0, asNumber(tasks?.["total"]) ?? 0];
  const spent = cost(asNumber(job["spent_microcredits"]) ?? 0);
  return [
    asString(job["id"]) ?? "",
    asString(job["created"]) ?? "",
    asString(job["state"]) ?? "",
    `${count(done)}/${count(total)}`,
    spent,
    asString(job["map"]) ?? "",
  ];
}

async function list(invocation: Invocation): Promise<Report> {
  const found = await invocation.progress("listing jobs", () => allPages(invocation, "/v1/jobs?limit=100"));
  const jobs = found.map((job): Document => asObject(job) ?? {});
  const text =
    jobs.length === 0
      ? "There are no jobs."
      : table([["id", "created", "state", "tasks", "spent", "map"], ...jobs.map(rowOf)]);
  return { exit: EXIT.ok, json: { results: jobs }, text };
}

const jobsList: Command = {
  name: "jobs list",
  summary: "list the account's jobs, newest first",
  examples: ["orcade jobs list"],
  run: list,
};

async function cancel(invocation: Invocation): Promise<Report> {
  const id = idOf(invocation);
  const job = await getJson(invocation.settings(), `/v1/jobs/${id}`);
  const state = asString(job["state"]) ?? "";
  if (!["planning", "quoted", "running"].includes(state)) {
    throw new CliFailure(EXIT.failed, "job-state", `The job is ${state}: there is nothing to cancel.`);
  }
  const cancelled = accepted(await sendSigned(invocation.settings(), { method: "DELETE", path: `/v1/jobs/${id}` }));
  return { exit: EXIT.ok, json: cancelled, text: "", notes: jobNotes(cancelled) };
}

const jobsCancel: Command = {
  name: "jobs cancel",
  operands: "<id>",
  summary: "stop a job; what is done of it is kept",
  examples: ["orcade jobs cancel job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44"],
  run: cancel,
};

const jobsRetry: Command = {
  name: "jobs retry",
  operands: "<id>",
  summary: "try what failed of a job again, or go on with one that was stopped",
  options: [
    { flags: "--max-cost <microcredits>", description: "what the job may cost at most from now on, all in all" },
    OUTPUT,
  ],
  examples: ["orcade jobs retry job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44 --max-cost 2000000000"],
  run: async (invocation) => {
    const id = idOf(invocation);
    const most = whole(invocation, "maxCost", "--max-cost");
    await sendJson(invocation.settings(), "POST", `/v1/jobs/${id}/retry`, most === undefined ? {} : { cost: most });
    return watched(invocation, id);
  },
};

async function forget(invocation: Invocation): Promise<Report> {
  const id = idOf(invocation);
  const job = await getJson(invocation.settings(), `/v1/jobs/${id}`);
  const state = asString(job["state"]) ?? "";
  if (["planning", "running"].includes(state)) {
    throw new CliFailure(EXIT.failed, "job-state", `The job is ${state}: \`orcade jobs cancel ${id}\` stops it first.`);
  }
  // What was only quoted is cancelled first: then there is something to forget.
  if (state === "quoted")
    accepted(await sendSigned(invocation.settings(), { method: "DELETE", path: `/v1/jobs/${id}` }));
  await remove(invocation.settings(), `/v1/jobs/${id}`);
  return { exit: EXIT.ok, json: { id, deleted: true }, text: `${id} and its answers are deleted.` };
}

const jobsDelete: Command = {
  name: "jobs delete",
  operands: "<id>",
  summary: "delete a job that is over, and its answers",
  examples: ["orcade jobs delete job-7d1f0a52-5f0e-4c31-9d7c-0c8a1f6e2b44"],
  run: forget,
};

export const jobsCommands: readonly Command[] = [
  jobsRun,
  jobsWatch,
  jobsStart,
  jobsList,
  jobsCancel,
  jobsRetry,
  jobsDelete,
];
