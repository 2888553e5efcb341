// What lies outside the platform: requests to the Internet, and the secrets an author keeps for an algorithm. What a module hands
// over is checked here; whether it may, and where to, is the host's business.
import { LIMITS } from "../../limits.ts";
import type { FetchAsked, Fetched } from "../protocol.ts";
import type { Asking } from "./asking.ts";
import { stop } from "./stop.ts";

const METHODS: readonly FetchAsked["method"][] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);

const misshapen = (message: string): Fetched => ({ error: { type: "InvalidRequest", message } });

/** `METHOD URL`, and a line `Name: value` for each header. @returns a sentence when it is none */
function headOf(text: string): Omit<FetchAsked, "body"> | string {
  const [first = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const [name = "", url = "", ...more] = first.split(" ");
  const method = METHODS.find((each) => each === name);
  if (method === undefined) return `the method is one of ${METHODS.join(", ")}`;
  if (url === "" || more.length > 0) return "the first line is METHOD URL";
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return "a header's line is Name: value";
    headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return { method, url, headers };
}

export class Outside {
  readonly #asking: Asking;
  #fetches = 0;
  #secrets = 0;
  /** The last answer, without its body. */
  #last: Extract<Fetched, { readonly status: number }> | null = null;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** @param head, body views of the module's memory */
  fetch(head: Uint8Array, body: Uint8Array): Promise<Fetched> {
    if (head.length > LIMITS.fetchHeadBytes) {
      throw stop("FetchLimit", `a head of ${head.length} bytes; at most ${LIMITS.fetchHeadBytes} are sent`);
    }
    const parsed = headOf(textOf(head));
    return typeof parsed === "string"
      ? Promise.resolve(misshapen(parsed))
      : this.send({ ...parsed, body: body.length === 0 ? null : body });
  }

  /** @throws Stop FetchLimit */
  async send(asked: FetchAsked): Promise<Fetched> {
    if (++this.#fetches > LIMITS.fetches) throw stop("FetchLimit", `more than ${LIMITS.fetches} requests in one call`);
    const { body } = asked;
    if (body !== null && body.length > LIMITS.fetchBodyBytes) {
      throw stop("FetchLimit", `a body of ${body.length} bytes; at most ${LIMITS.fetchBodyBytes} are sent`);
    }
    const copy = body === null ? null : body.slice();
    const fetched = await this.#asking.ask((host) => host.fetch({ ...asked, body: copy }));
    this.#last = "error" in fetched ? null : { ...fetched, body: new Uint8Array(0) };
    return fetched;
  }

  /** Status of the last answer; 0: there is none. */
  get status(): number {
    return this.#last?.status ?? 0;
  }

  /** Headers of the last answer, names in lower case. */
  get headers(): readonly (readonly [string, string])[] {
    return this.#last?.headers ?? [];
  }

  /** @param name a view of the module's memory @returns null when there is none */
  secret(name: Uint8Array): Promise<string | null> {
    if (++this.#secrets > LIMITS.secretReads || name.length > LIMITS.secretNameBytes) {
      throw stop(
        "FetchLimit",
        `at most ${LIMITS.secretReads} secrets are read, by names of ${LIMITS.secretNameBytes} bytes`,
      );
    }
    const text = textOf(name);
    return this.#asking.ask((host) => host.secretGet(text));
  }
}
