// The only way out to the network. Every address is judged, redirects are followed by hand and judged again, nothing ambient
// goes along, and what comes back is bounded in size and time.
import { type Result, err, ok } from "../market/result.ts";
import { type Policy, type Refusal, judge } from "./policy.ts";
import { HostRates } from "./rate.ts";

/** Says how many times a request has passed through us: one that comes back is stopped at LOOPS. */
export const LOOP_HEADER = "Orcade-Hops";
export const LOOPS = 4;
const REDIRECTS = 5;

export interface Outgoing {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** Names in any case; those in FORBIDDEN are refused. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
}

export interface Bounds {
  /** Bytes of the answer's body; the last accepted length. */
  readonly answerBytes: number;
  /** Milliseconds since 1970 when it must be over. */
  readonly deadline: number;
  /** How many times the request we act for had passed through us. */
  readonly hops: number;
}

export interface Answer {
  readonly status: number;
  /** In lower case, without those that only concern the connection. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** Where it came from after redirects. */
  readonly url: string;
}

export type EgressError =
  | { readonly reason: Refusal; readonly url: string }
  | { readonly reason: "forbidden-header"; readonly header: string }
  | { readonly reason: "too-many-redirects" | "loop" | "timeout" | "rate-limited" }
  | { readonly reason: "too-large"; readonly limit: number }
  | { readonly reason: "unreachable"; readonly message: string };

/** What a request may not set: what belongs to the connection, says who we are, or is the platform's. */
const FORBIDDEN =
  /^(?:host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|via|forwarded|orcade-.*|cf-.*|x-forwarded-.*|x-real-ip|proxy-.*|sec-.*)$/;
/** What may be secret and stays with the host it was meant for. */
const PRIVATE = /^(?:authorization|cookie|.*(?:api-?key|token|secret).*)$/;
const HIDDEN = /^(?:connection|transfer-encoding|keep-alive|set-cookie2?|alt-svc|cf-.*|nel|report-to)$/;

const rates = new HostRates();

/** Sends by one network (sender.ts); a test's own may stand in for the Internet. */
export type Sender = (url: URL, init: RequestInit) => Promise<Response>;

interface Hop {
  readonly method: Outgoing["method"];
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
}

/** The request that a redirect asks for (RFC 9110 §15.4). */
function redirected(hop: Hop, from: URL, answer: Response): Hop | null {
  const location = answer.headers.get("Location");
  if (location === null || ![301, 302, 303, 307, 308].includes(answer.status) || !URL.canParse(location, from.href))
    return null;
  const to = new URL(location, from);
  const becomesGet = answer.status === 303 ? hop.method !== "HEAD" : answer.status <= 302 && hop.method === "POST";
  const kept =
    to.origin === from.origin ? hop.headers : hop.headers.filter(([name]) => !PRIVATE.test(name.toLowerCase()));
  if (!becomesGet) return { ...hop, url: to.href, headers: kept };
  return { method: "GET", url: to.href, headers: kept.filter(([name]) => !/^content-/i.test(name)), body: null };
}

/** Reads a body that may be longer than it says. */
async function bounded(answer: Response, limit: number): Promise<Result<Uint8Array, EgressError>> {
  const tooLarge = err<EgressError>({ reason: "too-large", limit });
  if (Number(answer.headers.get("Content-Length") ?? 0) > limit) {
    await answer.body?.cancel();
    return tooLarge;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > limit) return tooLarge;
    chunks.push(chunk as Uint8Array);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return ok(whole);
}

function initOf(hop: Hop, bounds: Bounds, signal: AbortSignal): RequestInit {
  const headers = new Headers({ "User-Agent": "orcade", [LOOP_HEADER]: String(bounds.hops + 1) });
  for (const [name, value] of hop.headers) headers.append(name, value);
  return { method: hop.method, headers, body: hop.body as Uint8Array<ArrayBuffer> | null, redirect: "manual", signal };
}

async function follow(
  first: Hop,
  policy: Policy,
  bounds: Bounds,
  sender: Sender,
  signal: AbortSignal,
): Promise<Result<Answer, EgressError>> {
  let hop = first;
  for (let count = 0; count <= REDIRECTS; count++) {
    const url = judge(hop.url, policy);
    if (!url.ok) return err({ reason: url.error, url: hop.url.slice(0, 200) });
    if (!rates.take(url.value.host, Date.now())) return err({ reason: "rate-limited" });
    const answer = await sender(url.value, initOf(hop, bounds, signal));
    const next = redirected(hop, url.value, answer);
    if (next === null) return finished(answer, url.value, bounds.answerBytes);
    await answer.body?.cancel();
    hop = next;
  }
  return err({ reason: "too-many-redirects" });
}

async function finished(answer: Response, url: URL, limit: number): Promise<Result<Answer, EgressError>> {
  const body = await bounded(answer, limit);
  if (!body.ok) return body;
  const headers = [...answer.headers].filter(([name]) => !HIDDEN.test(name));
  return ok({ status: answer.status, headers, body: body.value, url: url.href });
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSENDABLE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

/** A header that would be refused, or one that cannot be sent at all. */
function badHeader(headers: Outgoing["headers"]): string | undefined {
  const wrong = ([name, value]: readonly [string, string]): boolean =>
    FORBIDDEN.test(name.toLowerCase()) || !TOKEN.test(name) || UNSENDABLE.test(value);
  return headers.find(wrong)?.[0];
}

/** Sends a request out and brings the whole answer in. */
export async function send(
  outgoing: Outgoing,
  policy: Policy,
  bounds: Bounds,
  sender: Sender,
): Promise<Result<Answer, EgressError>> {
  if (bounds.hops >= LOOPS) return err({ reason: "loop" });
  const header = badHeader(outgoing.headers);
  if (header !== undefined) return err({ reason: "forbidden-header", header: header.slice(0, 100) });
  const left = bounds.deadline - Date.now();
  if (left <= 0) return err({ reason: "timeout" });
  const signal = AbortSignal.timeout(left);
  try {
    return await follow(outgoing, policy, bounds, sender, signal);
  } catch (error) {
    if (signal.aborted) return err({ reason: "timeout" });
    return err({ reason: "unreachable", message: error instanceof Error ? error.message.slice(0, 200) : "unknown" });
  }
}

/** How many times a request has passed through us. */
export function hopsOf(headers: Headers): number {
  const text = headers.get(LOOP_HEADER) ?? "0";
  return /^\d{1,3}$/.test(text) ? Number(text) : LOOPS;
}
