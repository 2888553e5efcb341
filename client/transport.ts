// One request and its answer: address, key, and when it is sent again. What can be sent again safely is: every read, what replaces
// or deletes, and whatever carries an Idempotency-Key. Anything else is sent again only after an answer by which nothing was done.
import { OrcadeError, errorOf, unreachable } from "./errors.ts";

export interface TransportOptions {
  /** `https://orcade.example.com`, without a path. */
  readonly address: string;
  readonly key?: string;
  /** Times a request is sent at most, the first included; 5 when not said. */
  readonly attempts?: number;
  /** Milliseconds: the first wait is up to `first`, each further one up to twice as long, none over `most`. */
  readonly backoff?: { readonly first?: number; readonly most?: number };
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

export interface Sent {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, text or a Blob: what can be sent again. */
  readonly body?: Uint8Array | string | Blob;
  readonly signal?: AbortSignal | undefined;
  /** Statuses that are answers, beside 2xx. */
  readonly accept?: readonly number[];
  /** Whether it comes to the same when it is sent twice; by its method and headers when not said. */
  readonly safe?: boolean;
}

const ATTEMPTS = 5;
const FIRST_MS = 200;
const MOST_MS = 10_000;
/** Methods that come to the same when they are sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE"]);
/** Answers of our server by which a request was not even begun. */
const NOT_BEGUN = new Set([429, 503]);

export class Transport {
  readonly #address: string;
  readonly #key: string | undefined;
  readonly #attempts: number;
  readonly #first: number;
  readonly #most: number;
  readonly #fetch: typeof fetch;

  constructor({ address, key, attempts = ATTEMPTS, backoff = {}, fetch: given }: TransportOptions) {
    this.#address = address.replace(/\/+$/, "");
    this.#key = key;
    this.#attempts = Math.max(1, attempts);
    this.#first = backoff.first ?? FIRST_MS;
    this.#most = backoff.most ?? MOST_MS;
    this.#fetch = given ?? ((input, init) => fetch(input, init));
  }

  /** Sends a request, as often as it may help. @throws OrcadeError */
  async send(sent: Sent): Promise<Response> {
    const { method = "GET", headers = {} } = sent;
    const keyed = Object.keys(headers).some((name) => name.toLowerCase() === "idempotency-key");
    const safe = sent.safe ?? (IDEMPOTENT.has(method) || keyed);
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(sent).catch((error: unknown) => this.#lost(error, sent));
      if (!(answer instanceof OrcadeError)) return answer;
      const again = answer.retry && (safe || NOT_BEGUN.has(answer.status));
      if (!again || attempt >= this.#attempts) throw answer;
      await this.#wait(attempt, answer.retryAfter, sent.signal);
    }
  }

  /** Sends a request and reads the JSON of its answer. */
  async json<T>(sent: Sent): Promise<T> {
    return (await (await this.send(sent)).json()) as T;
  }

  /** Sends a JSON document. */
  post<T>(path: string, document: unknown, more: Partial<Sent> = {}): Promise<T> {
    const headers = { "Content-Type": "application/json", ...more.headers };
    return this.json<T>({ method: "POST", ...more, path, headers, body: JSON.stringify(document) });
  }

  async #once({
    method = "GET",
    path,
    headers = {},
    body,
    signal,
    accept = [],
  }: Sent): Promise<Response | OrcadeError> {
    const authorization = this.#key === undefined ? {} : { Authorization: `Simple ${this.#key}` };
    const answer = await this.#fetch(`${this.#address}${path}`, {
      method,
      headers: { Accept: "application/problem+json, application/json, */*", ...authorization, ...headers },
      redirect: "error",
      ...(body === undefined ? {} : { body: body as BodyInit }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.ok || accept.includes(answer.status)) return answer;
    return errorOf(answer, await answer.text());
  }

  #lost(error: unknown, { signal }: Sent): OrcadeError {
    // Whoever cancels a request wants no other.
    if (signal?.aborted === true) throw error;
    return unreachable(error);
  }

  /** Waits, by chance up to the bound ("full jitter"), but never less than the server asks for. */
  #wait(attempt: number, seconds: number | null, signal: AbortSignal | undefined): Promise<void> {
    const bound = Math.min(this.#most, this.#first * 2 ** (attempt - 1));
    const ms = Math.max(Math.random() * bound, (seconds ?? 0) * 1_000);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new DOMException("Aborted", "AbortError"));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal?.aborted === true) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    });
  }
}

/** A query of what is said. */
export function queryOf(said: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const words = Object.entries(said).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
  );
  return words.length === 0 ? "" : `?${words.join("&")}`;
}

/** `owner/name/version` with each part as a segment of a path. */
export const segments = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
