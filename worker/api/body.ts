// Reading a request's body without trusting its Content-Length: the limit holds while reading, and chunked bodies are fine.
import { type Failure, failure } from "../market/failure.ts";
import { type Result, err, ok } from "../market/result.ts";

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
