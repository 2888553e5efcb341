// A job as it goes on: its events, shown as one line on a terminal's stderr that is rewritten. A script sees nothing of it.
import { failureOf, getJson } from "../http.ts";
import type { Io } from "../io.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { linesOf, openStream } from "../orc/remote.ts";
import { cost, count } from "../print.ts";
import type { Settings } from "../settings.ts";

type Document = Readonly<Record<string, unknown>>;

const WIDTH = 24;
/** Milliseconds before the events are asked for again after their stream broke; and how often it may in a row. */
const AGAIN_MS = 1_000;
const TRIES = 30;

const number = (document: Document | undefined, name: string): number => asNumber(document?.[name]) ?? 0;

/** 83 → "1:23" */
const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Units of the source in a second: bytes, or integers of a range. */
function rateOf(job: Document): string {
  const rate = number(job, "rate_per_second");
  return asString(job["split"]) === "range" ? `${count(rate)}/s` : `${(rate / 1_000_000).toFixed(1)} MB/s`;
}

/** One line about how a job stands. */
export function progressLine(job: Document): string {
  const tasks = asObject(job["tasks"]);
  const [total, done, failed] = [number(tasks, "total"), number(tasks, "done"), number(tasks, "failed")];
  const part = total === 0 ? 0 : Math.min(1, (done + failed) / total);
  const full = Math.round(part * WIDTH);
  const bar = `${"#".repeat(full)}${"-".repeat(WIDTH - full)}`;
  const eta = asNumber(job["eta_seconds"]);
  const wrong = failed === 0 ? "" : `  ${count(failed)} failed`;
  const spent = cost(number(job, "spent_microcredits"));
  return (
    `[${bar}] ${String(Math.floor(part * 100)).padStart(3)} %  ${count(done)}/${count(total)} tasks${wrong}  ${rateOf(job)}  ` +
    `${spent}  ${eta === undefined ? "-:--" : clock(eta)} left`
  );
}

/** Reads the events of one connection. @returns the job when it is over; undefined: the stream broke */
async function followed(io: Io, settings: Settings, id: string): Promise<Document | undefined> {
  const answer = await openStream(settings, "GET", `/v1/jobs/${id}/events`, { accept: "text/event-stream" });
  if (answer.statusCode !== 200) {
    const body: Uint8Array[] = [];
    for await (const chunk of answer) body.push(chunk as Uint8Array);
    throw failureOf({
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: new Uint8Array(Buffer.concat(body)),
    });
  }
  let event = "";
  for await (const line of linesOf(answer)) {
    if (line.startsWith("event: ")) event = line.slice(7);
    if (!line.startsWith("data: ")) continue;
    const job = asObject(JSON.parse(line.slice(6)));
    if (job === undefined) continue;
    if (io.stderr.isTTY) io.stderr.write(`\r${progressLine(job)}\u001b[K`);
    if (event === "end") return job;
  }
  return undefined;
}

/** Watches a job until it is over; a connection that breaks is made again. */
export async function watchJob(io: Io, settings: Settings, id: string): Promise<Document> {
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const job = await followed(io, settings, id).catch((error: unknown) => {
        if (tries === 0) throw error;
        return undefined;
      });
      if (job !== undefined) return job;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    return await getJson(settings, `/v1/jobs/${id}`);
  } finally {
    if (io.stderr.isTTY) io.stderr.write("\r\u001b[K");
  }
}

/** What there is to say of a job that is over, or goes on. */
export function jobNotes(job: Document): string[] {
  const tasks = asObject(job["tasks"]);
  const reason = asObject(job["reason"]);
  const warning = asObject(job["warning"]);
  const [state, id] = [asString(job["state"]) ?? "", asString(job["id"]) ?? ""];
  const figures =
    `${id}: ${state}. ${count(number(tasks, "done"))} of ${count(number(tasks, "total"))} tasks done, ` +
    `${count(number(tasks, "failed"))} failed, ${count(number(job, "fuel"))} fuel, ${cost(number(job, "spent_microcredits"))}`;
  return [reason, warning].reduce(
    (notes: string[], each) => (each === undefined ? notes : [...notes, asString(each["message"]) ?? ""]),
    [figures],
  );
}
