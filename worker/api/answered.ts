// What a call came to, as HTTP tells it: the envelope of the wire contract or the bare result, and its figures in headers.
import type { Called } from "../calls/call.ts";
import { cpuMilliseconds } from "../market/money/price.ts";
import type { AppContext } from "./context.ts";
import { type Extras, errorBody, rawAnswer, resultBody } from "./envelope.ts";
import { JSON_TYPE } from "./errors.ts";

/** What a module answers is hostile to whoever opens it in a browser. */
const GUARD = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" };

/** What clients of old look for (contract §2): they read no error types. */
const TIMED_OUT = "Failed to run algorithm - may have timed-out or hit out-of-memory error";

interface Figures {
  readonly id: string;
  readonly version: string;
  readonly build: string;
  readonly fuel: number;
  /** Microcredits. */
  readonly cost: number;
}

export const callHeaders = ({ id, version, build, fuel, cost }: Figures): Record<string, string> => ({
  "X-Orcade-Call": id,
  "X-Orcade-Version": version,
  "X-Orcade-Build": build,
  "X-Orcade-Fuel": String(fuel),
  "X-Orcade-Cpu-Ms": String(cpuMilliseconds(fuel)),
  "X-Orcade-Cost": String(cost),
});

/** @param seconds of the envelope's metadata */
export function answered(
  c: AppContext,
  headers: Readonly<Record<string, string>>,
  told: Called["answer"],
  seconds: number,
  extras: Extras = {},
): Response {
  const raw = c.req.query("output") === "raw";
  if (!told.ok) {
    const { type } = told.error;
    const message = type === "TimeoutError" ? TIMED_OUT : told.error.message;
    if (raw) {
      const type = "text/plain; charset=utf-8";
      return new Response(message, { status: 400, headers: { ...headers, ...GUARD, "Content-Type": type } });
    }
    return new Response(errorBody(type, message, seconds, extras), {
      headers: { ...headers, "Content-Type": JSON_TYPE },
    });
  }
  const answer = told.value;
  const { body, type } = raw ? rawAnswer(answer) : { body: resultBody(answer, seconds, extras), type: JSON_TYPE };
  const guard = raw ? GUARD : {};
  return new Response(body as Uint8Array<ArrayBuffer>, { headers: { ...headers, ...guard, "Content-Type": type } });
}
