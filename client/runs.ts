// Durable runs of programs in Orc: begun, read while they go on, sent signals, ended.
import { OrcadeError, unreachable } from "./errors.ts";
import { eventsOf } from "./lines.ts";
import type { Program } from "./orc.ts";
import { Pages } from "./pages.ts";
import { type Transport, queryOf } from "./transport.ts";
import type { ListedRun, Publication, RunCall, RunFacts } from "./types.ts";

export interface RunOptions {
  readonly name?: string;
  /** Hosts that the program may ask over HTTP. */
  readonly hosts?: readonly string[];
  /** Seconds it may last. */
  readonly timeout?: number;
  /** Microcredits for evaluation and all calls. */
  readonly maxCost?: number;
  /** Your key of this run; one is made up when not said, so that it is safe to send it again. */
  readonly once?: string;
  readonly signal?: AbortSignal;
}

export interface EventOptions {
  /** The last event that is known: those after it follow. */
  readonly after?: number;
  /** Whether it goes on until the run has ended; else up to now. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** What a run said; `event` is its number, of which `after` takes the last. */
export type Said = Publication & { readonly event: number };

/** Times in a row that a stream of events may break without having said anything. */
const BROKEN = 5;

/** One run. */
export class DurableRun {
  readonly #transport: Transport;
  readonly #path: string;
  /** Its id: it can be asked for in another process, too. */
  readonly id: string;

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.#path = `/v1/runs/${encodeURIComponent(id)}`;
    this.id = id;
  }

  /** How it stands. */
  facts(): Promise<RunFacts> {
    return this.#transport.json<RunFacts>({ path: this.#path });
  }

  /** What it said and says. A stream that breaks off is taken up where it was. @throws OrcadeError */
  async *events({ after = 0, follow = true, signal }: EventOptions = {}): AsyncGenerator<Said, void, undefined> {
    let last = after;
    for (let broken = 0; ;) {
      const before = last;
      const path = `${this.#path}/events${queryOf({ after: last, follow })}`;
      const answer = await this.#transport.send({ path, headers: { Accept: "text/event-stream" }, signal });
      try {
        for await (const { id, data } of answer.body === null ? [] : eventsOf(answer.body)) {
          last = id;
          const said = { ...(data as Publication), event: id };
          yield said;
          if (said.type === "end") return;
        }
        if (!follow) return;
      } catch (error) {
        if (error instanceof OrcadeError || signal?.aborted === true) throw error;
      }
      broken = last > before ? 0 : broken + 1;
      if (broken >= BROKEN) throw unreachable(new Error("the stream of events broke off again and again"));
    }
  }

  /** Waits for its end. @returns what it published, in JSON where it has such a form, else as text */
  async result(options: { readonly signal?: AbortSignal } = {}): Promise<unknown[]> {
    const published: unknown[] = [];
    for await (const said of this.events(options)) {
      if (said.type === "publication") published.push("value" in said ? said.value : said.text);
    }
    return published;
  }

  /** Sends it a signal. @param once your key of this signal; one is made up when not said */
  async signal(name: string, value: unknown = null, once: string = crypto.randomUUID()): Promise<void> {
    const headers = { "Idempotency-Key": once };
    await this.#transport.post(`${this.#path}/signals/${encodeURIComponent(name)}`, value, { headers });
  }

  /** Its calls in the order they were made. */
  calls(): Pages<RunCall> {
    return new Pages(this.#transport, `${this.#path}/tree?limit=100`);
  }

  /** Ends it, and its calls. */
  cancel(): Promise<RunFacts> {
    return this.#transport.json<RunFacts>({ method: "DELETE", path: this.#path });
  }
}

export class Runs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Begins a run, and does not wait for it. @throws OrcadeError, with what is wrong with the program */
  async start(program: Program, options: RunOptions = {}): Promise<DurableRun> {
    const { name, hosts, timeout, maxCost, once = crypto.randomUUID(), signal } = options;
    const document = typeof program === "string" ? { program } : program;
    const headers = {
      "Idempotency-Key": once,
      ...(maxCost === undefined ? {} : { "X-Orcade-Max-Cost": String(maxCost) }),
    };
    const path = `/v1/runs${queryOf({ timeout })}`;
    const facts = await this.#transport.post<RunFacts>(path, { ...document, name, hosts }, { headers, signal });
    return new DurableRun(this.#transport, facts.id);
  }

  /** A run by its id. */
  get(id: string): DurableRun {
    return new DurableRun(this.#transport, id);
  }

  /** The account's runs, newest first. */
  list(filter: { readonly name?: string; readonly state?: string } = {}): Pages<ListedRun> {
    return new Pages(this.#transport, `/v1/runs${queryOf({ limit: 100, ...filter })}`);
  }
}
