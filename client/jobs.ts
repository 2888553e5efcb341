// Jobs: one question asked of a lot of data, by a mapper on each chunk and a reducer on the answers (docs/jobs.md).
import { OrcadeError, unreachable } from "./errors.ts";
import { eventsOf } from "./lines.ts";
import { Pages } from "./pages.ts";
import { type Transport, queryOf } from "./transport.ts";
import type { JobFacts, JobTask } from "./types.ts";

/** What a job is to do; algorithms as `owner/name@version`. */
export interface JobWish {
  readonly map: string;
  readonly reduce?: string;
  /** `data://…`, a pattern, a list of both, or a range of integers. */
  readonly source: string | readonly string[] | { readonly from: number; readonly to: number };
  readonly split: "lines" | "records:fasta" | "bytes" | "json-array" | "range";
  readonly overlap?: number;
  readonly arguments?: unknown;
  readonly target?: { readonly bytes?: number; readonly items?: number; readonly seconds?: number };
  readonly limits?: {
    readonly cost?: number;
    readonly fuelPerTask?: number;
    readonly parallel?: number;
    readonly retries?: number;
    readonly tasks?: number;
    readonly partial?: "allow" | "refuse";
  };
}

export interface JobResult {
  /** The answer: text as a string, JSON as its value, bytes as they are; without a reducer an array of the tasks' answers. */
  readonly value: unknown;
  /** Tasks that failed and are not in it. */
  readonly missing: number;
}

/** Times in a row that a stream of events may break without having said anything. */
const BROKEN = 5;

const linesIn = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

/** The value of an answer, by its type. */
async function valueOf(answer: Response): Promise<unknown> {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.startsWith("application/json")) return answer.json();
  if (type.startsWith("application/x-ndjson")) return linesIn(await answer.text());
  return type.startsWith("text/") ? answer.text() : new Uint8Array(await answer.arrayBuffer());
}

/** One job. */
export class Job {
  readonly #transport: Transport;
  readonly #path: string;
  readonly id: string;

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.#path = `/v1/jobs/${encodeURIComponent(id)}`;
    this.id = id;
  }

  /** How it stands. */
  facts(): Promise<JobFacts> {
    return this.#transport.json<JobFacts>({ path: this.#path });
  }

  /** How it stands whenever that changes, until it is over; a job that was quoted is, until it is started. */
  async *progress({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<JobFacts, void, undefined> {
    for (let broken = 0; broken < BROKEN; broken++) {
      const headers = { Accept: "text/event-stream" };
      const answer = await this.#transport.send({ path: `${this.#path}/events`, headers, signal });
      try {
        for await (const { event, data } of answer.body === null ? [] : eventsOf(answer.body)) {
          broken = -1;
          yield data as JobFacts;
          if (event === "end") return;
        }
      } catch (error) {
        if (error instanceof OrcadeError || signal?.aborted === true) throw error;
      }
    }
    throw unreachable(new Error("the stream of events broke off again and again"));
  }

  /** Waits until it is over. */
  async end(options: { readonly signal?: AbortSignal } = {}): Promise<JobFacts> {
    let last: JobFacts | null = null;
    for await (const facts of this.progress(options)) last = facts;
    return last ?? this.facts();
  }

  /** Waits until it is over, and takes its answer. @throws OrcadeError `job-state` when it has none */
  async result(options: { readonly signal?: AbortSignal } = {}): Promise<JobResult> {
    await this.end(options);
    const answer = await this.#transport.send({ path: `${this.#path}/result`, signal: options.signal });
    const missing = Number(answer.headers.get("X-Orcade-Missing-Tasks") ?? 0);
    return { value: await valueOf(answer), missing };
  }

  /** Its tasks in one state; those that failed say why. */
  tasks(state: "failed" | "done" | "waiting" = "failed"): Pages<JobTask> {
    return new Pages(this.#transport, `${this.#path}/tasks${queryOf({ state, limit: 100 })}`);
  }

  /** Runs one that was only quoted. */
  start(): Promise<JobFacts> {
    return this.#transport.post<JobFacts>(`${this.#path}/start`, {});
  }

  /** Tries what failed again, or goes on with one that was stopped. @param cost its new cap, microcredits */
  retry(cost?: number): Promise<JobFacts> {
    return this.#transport.post<JobFacts>(`${this.#path}/retry`, { cost });
  }

  /** Stops one that is open; forgets one that is over, with its answers. Not sent twice, as the second would do the other. */
  async delete(): Promise<void> {
    await (await this.#transport.send({ method: "DELETE", path: this.#path, safe: false })).body?.cancel();
  }
}

export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Begins a job, and does not wait for it.
   * @param once your key of this job; one is made up when not said, so that it is safe to send it again
   */
  start(wish: JobWish, once: string = crypto.randomUUID()): Promise<Job> {
    return this.#begin("/v1/jobs", wish, once);
  }

  /** Runs a sample of it and says what the whole will cost (`facts().quote`); `job.start()` runs it. */
  quote(wish: JobWish, once: string = crypto.randomUUID()): Promise<Job> {
    return this.#begin("/v1/jobs/quote", wish, once);
  }

  async #begin(path: string, wish: JobWish, once: string): Promise<Job> {
    const { id } = await this.#transport.post<JobFacts>(path, wish, { headers: { "Idempotency-Key": once } });
    return new Job(this.#transport, id);
  }

  /** A job by its id. */
  get(id: string): Job {
    return new Job(this.#transport, id);
  }

  /** The account's jobs, newest first. */
  list(): Pages<JobFacts> {
    return new Pages(this.#transport, "/v1/jobs?limit=100");
  }
}
