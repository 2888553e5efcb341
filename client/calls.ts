// Calls of algorithms: answered at once, later, or under a key by which they are made once however often they are sent.
import { AlgorithmError, OrcadeError } from "./errors.ts";
import { Pages } from "./pages.ts";
import { type Sent, type Transport, queryOf, segments } from "./transport.ts";
import type { Answer, ListedCall } from "./types.ts";

/** A string goes as text, bytes as bytes, everything else as JSON. */
export type Input = unknown;

export interface CallOptions {
  /** Seconds the call may last; the server's 300 when not said. */
  readonly timeout?: number;
  /** Microcredits that the call, with all it calls, may cost. */
  readonly maxCost?: number;
  /** The id of a quote, whose ceiling then holds. */
  readonly quote?: string;
  /** Keep input and host answers for a week, for a replay. */
  readonly keep?: boolean;
  /**
   * Makes the call once, however often it is sent: then it is sent again when its answer is lost. True makes up a key; a string
   * is one of yours, by which a later process can ask for the same call.
   */
  readonly once?: boolean | string;
  readonly signal?: AbortSignal;
}

export interface LaterOptions extends Omit<CallOptions, "once"> {
  /** Your key of this call; one is made up when not said, so that it is safe to send it again. */
  readonly once?: string;
  /** Where its end is told: an https address (Standard Webhooks). */
  readonly webhook?: string;
}

interface Envelope {
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly error_type: string };
  readonly metadata: { readonly content_type?: string; readonly duration: number };
}

function encoded(input: Input): { readonly type: string; readonly body: Uint8Array | string } {
  if (typeof input === "string") return { type: "text/plain; charset=utf-8", body: input };
  if (input instanceof Uint8Array) return { type: "application/octet-stream", body: input };
  if (input instanceof ArrayBuffer) return { type: "application/octet-stream", body: new Uint8Array(input) };
  return { type: "application/json", body: JSON.stringify(input ?? null) };
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));

/** @throws AlgorithmError */
async function answerOf<T>(answer: Response): Promise<Answer<T>> {
  const header = (name: string): string => answer.headers.get(name) ?? "";
  const call = header("X-Orcade-Call");
  const { result, error, metadata } = (await answer.json()) as Envelope;
  if (error !== undefined) throw new AlgorithmError(error.error_type, error.message, call);
  const kind = (metadata.content_type ?? "json") as Answer<T>["kind"];
  return {
    value: (kind === "binary" ? bytesOf(String(result)) : result) as T,
    kind,
    call,
    version: header("X-Orcade-Version"),
    build: header("X-Orcade-Build"),
    fuel: Number(header("X-Orcade-Fuel")),
    microcredits: Number(header("X-Orcade-Cost")),
    duration: metadata.duration,
  };
}

function requestOf(target: string, input: Input, options: CallOptions, more: Readonly<Record<string, string>>): Sent {
  const { timeout, maxCost, quote, keep, once, signal } = options;
  const { type, body } = encoded(input);
  const key = once === true ? crypto.randomUUID() : once === false ? undefined : once;
  const headers = {
    "Content-Type": type,
    ...(maxCost === undefined ? {} : { "X-Orcade-Max-Cost": String(maxCost) }),
    ...(quote === undefined ? {} : { "X-Orcade-Quote": quote }),
    ...(keep === true ? { "X-Orcade-Keep": "input" } : {}),
    ...(key === undefined ? {} : { "Idempotency-Key": key }),
    ...more,
  };
  return { method: "POST", path: `/v1/algo/${segments(target)}${queryOf({ timeout })}`, headers, body, signal };
}

/** A call that is not waited for. */
export class Pending<T> {
  readonly #transport: Transport;
  /** Its id: it can be asked for in another process, too. */
  readonly id: string;

  constructor(transport: Transport, id: string) {
    this.#transport = transport;
    this.id = id;
  }

  /** How it stands. */
  status(): Promise<ListedCall> {
    return this.#transport.json<ListedCall>({ path: `/v1/calls/${encodeURIComponent(this.id)}` });
  }

  /** Waits for its answer. @throws AlgorithmError, OrcadeError */
  async result(options: { readonly signal?: AbortSignal } = {}): Promise<Answer<T>> {
    const path = `/v1/calls/${encodeURIComponent(this.id)}/result`;
    for (;;) {
      const answer = await this.#transport.send({ path, headers: { Prefer: "wait=20" }, signal: options.signal });
      if (answer.status !== 202) return answerOf<T>(answer);
      await answer.body?.cancel();
    }
  }

  /** Ends it. */
  async cancel(): Promise<void> {
    const path = `/v1/calls/${encodeURIComponent(this.id)}`;
    await (await this.#transport.send({ method: "DELETE", path })).body?.cancel();
  }
}

export interface CallFilter {
  readonly algorithm?: string;
  readonly version?: string;
  readonly key?: string;
  readonly day?: string;
}

export class Calls {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @see Orcade.call */
  async make<T>(target: string, input: Input, options: CallOptions = {}): Promise<Answer<T>> {
    return answerOf<T>(await this.#transport.send(requestOf(target, input, options, {})));
  }

  /** Makes a call and does not wait for it. */
  async later<T = unknown>(target: string, input: Input, options: LaterOptions = {}): Promise<Pending<T>> {
    const { webhook, ...rest } = options;
    const more = { Prefer: "respond-async", ...(webhook === undefined ? {} : { "X-Orcade-Webhook": webhook }) };
    const answer = await this.#transport.send(requestOf(target, input, { once: true, ...rest }, more));
    await answer.body?.cancel();
    const id = answer.headers.get("X-Orcade-Call");
    if (id !== null) return new Pending<T>(this.#transport, id);
    throw new OrcadeError("The server did not say the call's id.", {
      status: answer.status,
      code: "bad-answer",
      retry: false,
      retryAfter: null,
      requestId: null,
      fields: [],
    });
  }

  /** A call that was made later, by its id. */
  pending<T = unknown>(id: string): Pending<T> {
    return new Pending<T>(this.#transport, id);
  }

  /** The account's calls, newest first. */
  list(filter: CallFilter = {}): Pages<ListedCall> {
    return new Pages(this.#transport, `/v1/calls${queryOf({ limit: 100, ...filter })}`);
  }

  get(id: string): Promise<ListedCall> {
    return this.#transport.json<ListedCall>({ path: `/v1/calls/${encodeURIComponent(id)}` });
  }

  /** Its signed receipt: `orcade receipt --verify` needs no server. */
  receipt(id: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#transport.json({ path: `/v1/calls/${encodeURIComponent(id)}/receipt` });
  }
}
