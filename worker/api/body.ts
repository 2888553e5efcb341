// Reading a request's body without trusting its Content-Length: the limit holds while reading, and chunked bodies are fine.
import { type Failure, failure } from "../market/failure.ts";
import { type Result, err, ok } from "../market/result.ts";
import { bytesHeld } from "../sandbox/held.ts";
import type { AppContext } from "./context.ts";

const tooLarge = (limit: number): Failure =>
  failure("body-too-large", `The body is over ${limit} bytes (${limit / 1_048_576} MiB): send less.`);

/** @param limit bytes; the last accepted length */
export async function readBody(request: Request, limit: number): Promise<Result<Uint8Array, Failure>> {
  const declared = Number(request.headers.get("Content-Length") ?? Number.NaN);
  if (declared > limit) return err(tooLarge(limit));
  if (declared === 0) return ok(new Uint8Array(0));
  if (declared > 0) {
    // With a declared length the runtime itself reads no more than that.
    const whole = new Uint8Array(await request.arrayBuffer());
    return whole.length > limit ? err(tooLarge(limit)) : ok(whole);
  }
  // Asked for last: it makes a stream, which a body of declared length does not need.
  return request.body === null ? ok(new Uint8Array(0)) : readStream(request.body, limit);
}

const FULL = failure("busy", "Too many long bodies are being worked on here: send it again in a moment.", {
  retryAfter: 2,
});

/**
 * As `readBody`, when there is room for it in this isolate, until the answer has left.
 * @param until when the request is over at the latest, ms since 1970
 * @param times how many times its length it takes to work on it
 */
export async function readHeld(
  c: AppContext,
  limit: number,
  until: number,
  times = 1,
): Promise<Result<Uint8Array, Failure>> {
  const declared = Number(c.req.header("Content-Length") ?? limit);
  if (declared > limit) return err(tooLarge(limit));
  const holding = await bytesHeld.take(declared * times, until);
  if (holding === null) return err(FULL);
  c.set("held", holding);
  const body = await readBody(c.req.raw, limit);
  holding.set((body.ok ? body.value.length : 0) * times);
  return body;
}

async function readStream(stream: ReadableStream<Uint8Array>, limit: number): Promise<Result<Uint8Array, Failure>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) return err(tooLarge(limit));
    chunks.push(chunk);
  }
  return ok(concat(chunks, length));
}

/** @param length the sum of the parts' lengths */
export function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
