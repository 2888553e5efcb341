// `http.get`, `http.post` and `http.send` of a program: requests to the hosts that whoever began it allowed, through the one
// way out (worker/egress). An answer is a record {. status, headers, body .}; a body that is no UTF-8 is base64, in `bytes`.
import { type EgressError, type Outgoing, type Sender, send } from "../egress/send.ts";
import { publicSender } from "../egress/sender.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Answer } from "../orc/engine/index.ts";
import { fieldOf, Rec, recordOf, type Value } from "../orc/values/kinds.ts";
import { writeJson } from "../orc/values/json.ts";
import { HTTP_SITE } from "./compile.ts";
import { type Port, refused } from "./drive.ts";

export interface Out {
  readonly env: Env;
  /** Hosts the program may ask, `*.name` for all below a name. */
  readonly hosts: readonly string[];
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Id of the n-th call, which a request that may be sent again carries as its Idempotency-Key. */
  readonly id: (n: number) => string;
  /** How many times the request that began the program had passed through us. */
  readonly hops: number;
  /** Stands in for the Internet. */
  readonly sender?: Sender;
}

interface Wish {
  readonly outgoing: Outgoing;
  readonly timeout: number;
  readonly maxBytes: number;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
const FIELDS = ["method", "url", "headers", "body", "timeout", "maxBytes"];
const SHAPE = `http.send takes a record of ${FIELDS.join(", ")}: method one of ${METHODS.join(", ")}, headers a record of strings`;

const encoder = new TextEncoder();

/** A string as it is, everything else as JSON. */
function bodyOf(value: Value | undefined): Uint8Array | null | undefined {
  if (value === undefined) return null;
  const text = typeof value === "string" ? value : writeJson(value);
  return typeof text === "string" ? encoder.encode(text) : undefined;
}

function headersOf(value: Value | undefined): readonly (readonly [string, string])[] | undefined {
  if (value === undefined) return [];
  if (!(value instanceof Rec)) return undefined;
  const pairs = value.keys.map((key, at) => [key, value.values[at]] as const);
  return pairs.every((pair): pair is readonly [string, string] => typeof pair[1] === "string") ? pairs : undefined;
}

const wholeAt = (value: Value | undefined, most: number, usual: number): number | undefined => {
  if (value === undefined) return usual;
  return typeof value === "number" && value >= 0 ? Math.min(value, most) : undefined;
};

function wishOf(asked: Value | undefined): Result<Wish, string> {
  if (!(asked instanceof Rec) || asked.keys.some((key) => !FIELDS.includes(key))) return err(SHAPE);
  const [method = "GET", url, headers, body, time, bytes] = FIELDS.map((key) => fieldOf(asked, key));
  const known = METHODS.find((each) => each === method);
  const sent = bodyOf(body);
  const pairs = headersOf(headers);
  const timeout = wholeAt(time, LIMITS.timeoutSecondsMax * 1_000, LIMITS.orcHttpMs);
  const maxBytes = wholeAt(bytes, LIMITS.orcAnswerBytes, LIMITS.orcHttpBytes);
  if (known === undefined || typeof url !== "string" || sent === undefined || pairs === undefined) return err(SHAPE);
  if (timeout === undefined || maxBytes === undefined) return err(SHAPE);
  const json = body !== undefined && typeof body !== "string" && !pairs.some(([name]) => /^content-type$/i.test(name));
  const typed = json ? [...pairs, ["Content-Type", "application/json"] as const] : pairs;
  return ok({ outgoing: { method: known, url, headers: typed, body: sent }, timeout, maxBytes });
}

function told(error: EgressError, hosts: readonly string[]): string {
  switch (error.reason) {
    case "host-not-allowed":
      return hosts.length === 0
        ? `${error.url}: name the hosts that the program may ask in "hosts" when you send it`
        : `${error.url}: the program may ask ${hosts.join(", ")}`;
    case "forbidden-header":
      return `the header ${error.header} is not a program's to set`;
    case "too-large":
      return `the answer has more than ${error.limit} bytes`;
    case "unreachable":
      return error.message;
    case "too-many-redirects":
    case "loop":
    case "timeout":
    case "rate-limited":
      return error.reason;
    default:
      return `${error.url}: ${error.reason}`;
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function contentOf(body: Uint8Array): readonly [string, Value] {
  try {
    return ["body", strict.decode(body)];
  } catch {
    return ["bytes", Buffer.from(body).toString("base64")];
  }
}

async function answered(out: Out, asked: Value | undefined, cancel: AbortSignal, n: number): Promise<Answer> {
  const wish = wishOf(asked);
  if (!wish.ok) return refused("InvalidRequest", wish.error);
  const { outgoing, timeout, maxBytes } = wish.value;
  const policy = { ownHosts: out.env.ORCADE_HOSTS.split(",").filter((host) => host !== ""), allow: out.hosts };
  const again = outgoing.method === "GET" || outgoing.method === "HEAD";
  const headers = again ? outgoing.headers : [...outgoing.headers, ["Idempotency-Key", out.id(n)] as const];
  const deadline = Math.min(out.deadline, Date.now() + timeout);
  const sender: Sender = (url, init) => (out.sender ?? publicSender(out.env))(url, withSignal(init, cancel));
  const got = await send({ ...outgoing, headers }, policy, { answerBytes: maxBytes, deadline, hops: out.hops }, sender);
  if (!got.ok) return refused(`http.${got.error.reason}`, told(got.error, out.hosts));
  const { status, headers: lines, body } = got.value;
  return { type: "value", value: recordOf([["status", status], ["headers", recordOf(lines)], contentOf(body)]) };
}

const withSignal = (init: RequestInit, cancel: AbortSignal): RequestInit => ({
  ...init,
  signal: init.signal === null || init.signal === undefined ? cancel : AbortSignal.any([init.signal, cancel]),
});

/** The sites of HTTP_SITE. */
export function httpPorts(out: Out): ReadonlyMap<string, Port> {
  const one =
    (method: string): Port =>
    ([url, body], cancel, n) => {
      const fields: [string, Value][] = [["method", method]];
      if (url !== undefined) fields.push(["url", url]);
      if (body !== undefined) fields.push(["body", body]);
      return answered(out, recordOf(fields), cancel, n);
    };
  return new Map<string, Port>([
    [`${HTTP_SITE}.get`, one("GET")],
    [`${HTTP_SITE}.post`, one("POST")],
    [`${HTTP_SITE}.send`, ([asked], cancel, n) => answered(out, asked, cancel, n)],
  ]);
}
